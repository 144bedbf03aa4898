// Command replay runs CloudTrail logs and EventBridge events through the monitoring controls of
// the CIS AWS Foundations Benchmark, prints every finding with what would be done about it, and
// ends with a table by control. It changes nothing.
//
// Without arguments it runs on a sample that it carries. See the README beside this file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/rule"
)

const usage = `Usage: replay [flags] [file or directory ...]

Runs CloudTrail logs and EventBridge events through the monitoring controls of
the CIS AWS Foundations Benchmark v1.3.0. Prints every finding with what would
be done about it, and a table by control. Changes nothing.

A file may be a log file as CloudTrail delivers it, an event, or events a line
each, compressed or not. A directory is searched for files that end in .json,
.jsonl, .ndjson or .log, with or without .gz. "-" is standard input. Without
arguments, a sample is read: a day of a made-up organization.

Flags:
  -json          print a JSON object a line: every finding, then the summary
  -live          plan against the account that the logs are of: read its trails
                 with the AWS credentials of your environment. Without it, plans
                 are made against the state that each event describes
  -min severity  print only findings of at least this severity: info, low,
                 medium, high or critical. The table counts them all
  -summary       print only the table or, with -json, the summary

Exit status: 0 if everything was read and planned for, whatever was found; 1 if
something could not be; 2 if the command line is wrong.
`

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// settings are what the command line says.
type settings struct {
	json      bool
	live      bool
	min       rule.Severity
	tableOnly bool
	args      []string
}

func parseArgs(args []string) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("replay", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // the error says what is wrong, and usage stands above
	fs.BoolVar(&s.json, "json", false, "")
	fs.BoolVar(&s.live, "live", false, "")
	fs.TextVar(&s.min, "min", rule.Info, "")
	fs.BoolVar(&s.tableOnly, "summary", false, "")
	if err := fs.Parse(args); err != nil {
		return s, err
	}
	s.args = fs.Args()
	if s.live && len(s.args) == 0 {
		return s, errors.New("-live needs logs of your account: that of the sample does not exist")
	}
	return s, nil
}

// run is the command; it returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s, err := parseArgs(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "replay: %s\nRun \"replay -h\" for usage.\n", notify.Clean(err.Error(), maxError))
		return 2
	}
	ctx := context.Background()
	r, err := newReplay(ctx, s, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "replay: %s\n", notify.Clean(err.Error(), maxError))
		return 1
	}
	return r.run(ctx, stdin)
}
