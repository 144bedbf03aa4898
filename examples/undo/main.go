// Command undo takes back what a remediator did, by the receipt that was kept of it: it prints the
// way back, and carries it out once somebody has approved it.
//
// See the README beside this file.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/countertrail/countertrail/notify"
)

const usage = `Usage: undo -receipts directory [flags] [receipt]

Without a receipt, lists those in the directory. With the ID of one, prints the
way back from what it says was done. With a key too, asks for an approval of
exactly that, and carries it out. The AWS credentials are those of your
environment, which must be of the account that the receipt is of.

Flags:
  -receipts directory  where the receipts are kept
  -key file            the key of approvals, 32 random bytes or more
  -approve name        print an approval in that name, good for an hour, and
                       change nothing
  -yes name            approve in that name and carry it out, without asking

Exit status: 0 if what was asked for was done, or there was nothing to do; 1 if
not; 2 if the command line is wrong.
`

func main() {
	c := command{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, pause: 2 * time.Second}
	os.Exit(c.run(context.Background(), os.Args[1:]))
}

// A command is the command and what it is connected to.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	pause          time.Duration // between reads of what AWS has yet to show
}

// settings are what the command line says.
type settings struct {
	receipts string
	key      string
	approve  string
	yes      string
	id       string // empty: list
}

func parseArgs(args []string) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("undo", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // the error says what is wrong, and usage stands above
	fs.StringVar(&s.receipts, "receipts", "", "")
	fs.StringVar(&s.key, "key", "", "")
	fs.StringVar(&s.approve, "approve", "", "")
	fs.StringVar(&s.yes, "yes", "", "")
	if err := fs.Parse(args); err != nil {
		return s, err
	}
	s.id = fs.Arg(0)
	switch {
	case s.receipts == "":
		return s, errors.New("-receipts is missing: where are they kept?")
	case fs.NArg() > 1:
		return s, errors.New("one receipt at a time")
	case s.approve != "" && s.yes != "":
		return s, errors.New("-approve prints an approval and -yes uses one: say which")
	case (s.approve != "" || s.yes != "") && (s.key == "" || s.id == ""):
		return s, errors.New("an approval needs the -key and a receipt")
	}
	return s, nil
}

// run runs the command; it returns the exit status.
func (c command) run(ctx context.Context, args []string) int {
	s, err := parseArgs(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(c.stderr, "undo: %v\nRun \"undo -h\" for usage.\n", err)
		return 2
	}
	if s.id == "" {
		err = c.list(ctx, s.receipts)
	} else {
		err = c.undo(ctx, s)
	}
	if err != nil {
		fmt.Fprintf(c.stderr, "undo: %s\n", notify.Clean(err.Error(), 2000))
		return 1
	}
	return 0
}

// ask returns a line that somebody types; it may be empty.
func (c command) ask(question string) (string, error) {
	fmt.Fprint(c.stdout, question)
	lines := bufio.NewScanner(c.stdin)
	lines.Scan()
	return lines.Text(), lines.Err()
}
