// Command dryrun tells, from CloudTrail logs, what the remediators of this module would have done
// about a month in your account. It changes nothing: they are given clients to read with, and none to write.
//
// See the README beside this file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/countertrail/countertrail/internal/awsplace"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
)

const usage = `Usage: dryrun [flags] file or directory ...

Reads CloudTrail logs, runs the monitoring controls of the CIS AWS Foundations
Benchmark v1.3.0 on them, and asks the remediators what they would do in your
account about each finding. Changes nothing.

A file may be a log file as CloudTrail delivers it, or records a line each, plain
or gzip. A directory is searched for files that end in .json, .jsonl, .ndjson or
.log, with or without .gz.

Flags:
  -account id        look only at events of this account, which must be that of
                     the credentials. Without it, logs of another are refused
  -calls             ask about every call that a remediator answers, also where
                     no control watches for it
  -extended          run the controls in their extended form
  -policy            print the IAM policy that this program needs, and do no more
  -profile name      profile of your AWS configuration
  -quarantine calls  plan a quarantine for who made these calls: names such as
                     cloudtrail:DeleteTrail, with commas between. The default is
                     none
  -region name       Region of the client that asks whose the credentials are.
                     Everything else is asked in the Region of the event

Exit status: 0 if everything was read and planned for, whatever was found; 1 if
something could not be; 2 if the command line is wrong.
`

// settings are what the command line says.
type settings struct {
	account, profile, region string
	calls, extended, policy  bool
	quarantine               []string
	args                     []string
}

func parseArgs(args []string) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("dryrun", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // the error says what is wrong, and usage stands above
	fs.StringVar(&s.account, "account", "", "")
	fs.BoolVar(&s.calls, "calls", false, "")
	fs.BoolVar(&s.extended, "extended", false, "")
	fs.BoolVar(&s.policy, "policy", false, "")
	fs.StringVar(&s.profile, "profile", "", "")
	quarantine := fs.String("quarantine", "", "")
	fs.StringVar(&s.region, "region", "", "")
	if err := fs.Parse(args); err != nil {
		return s, err
	}
	if *quarantine != "" {
		s.quarantine = strings.Split(*quarantine, ",")
	}
	s.args = fs.Args()
	for _, call := range s.quarantine {
		if service, name, _ := strings.Cut(call, ":"); service == "" || name == "" {
			return s, fmt.Errorf("-quarantine: %q is not a call, such as cloudtrail:DeleteTrail", call)
		}
	}
	switch {
	case s.account != "" && !awsplace.IsAccount(s.account):
		return s, fmt.Errorf("-account %q is not the twelve digits of one", s.account)
	case len(s.args) == 0 && !s.policy:
		return s, errors.New("no logs are named")
	}
	return s, nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr, loadConfig)
	stop()
	os.Exit(status)
}

// A loader returns the configuration of the AWS clients.
type loader func(ctx context.Context, s settings) (aws.Config, error)

// run is the command; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, load loader) int {
	s, err := parseArgs(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "dryrun: %s\nRun \"dryrun -h\" for usage.\n", notify.Clean(err.Error(), maxError))
		return 2
	}
	if s.policy {
		err = printPolicy(s, stdout)
	} else {
		err = dryRun(ctx, s, stdout, stderr, load)
	}
	if err != nil {
		fmt.Fprintf(stderr, "dryrun: %s\n", notify.Clean(err.Error(), maxError))
		return 1
	}
	return 0
}

// printPolicy prints the IAM policy with what the remediators read.
func printPolicy(s settings, w io.Writer) error {
	all, err := remediators(aws.Config{}, s.quarantine)
	if err != nil {
		return err
	}
	policy, err := remediate.ReadPolicy(all...)
	if err != nil {
		return err
	}
	return indent(w, policy)
}
