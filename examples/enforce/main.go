// Command enforce acts on events: it starts trails again that somebody stopped, but for one that is
// excepted, and keeps receipts of what it did in a directory. The AWS account is a made-up one in the
// program's memory; with a client of AWS's SDK in its place, the same code acts on a real one.
//
// See the README beside this file.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

const usage = `Usage: enforce [directory]

Lets somebody stop trails of a made-up account, answers that, and keeps a
receipt of each answer in the directory; without one, in a temporary directory
that is removed at the end.
`

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 1 || len(args) == 1 && args[0] != "" && args[0][0] == '-' {
		fmt.Fprint(stderr, usage)
		return 2
	}
	dir, cleanUp, err := receiptsDir(args)
	if err == nil {
		defer cleanUp()
		err = play(ctx, dir, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "enforce: %v\n", err)
		return 1
	}
	return 0
}

// receiptsDir returns the directory for receipts, and what to call when it is no longer needed.
func receiptsDir(args []string) (dir string, cleanUp func(), err error) {
	if len(args) == 1 {
		return args[0], func() {}, os.MkdirAll(args[0], 0o700)
	}
	dir, err = os.MkdirTemp("", "receipts-")
	return dir, func() { os.RemoveAll(dir) }, err
}

// newHandler returns a handler that enforces on the account.
func newHandler(a *account, receipts remediate.Receipts) (*countertrail.Handler, error) {
	controls, err := cis.Version("v1.3.0")
	if err != nil {
		return nil, err
	}
	return countertrail.New(controls.Rules(), &countertrail.Options{
		Remediators: []remediate.Remediator{trailfix.New(a, a, nil)},
		Remediation: remediate.Options{
			Mode: remediate.Enforce,
			Self: remediate.Self{RoleARN: "arn:aws:iam::" + accountID + ":role/countertrail"},
			Exceptions: []remediate.Exception{{
				Resources: []string{trailARN("load-test")},
				Owner:     "platform@example.com",
				Reason:    "the load test stops its own trail every night",
				Expires:   time.Now().AddDate(0, 0, 14),
			}},
			Receipts: receipts,
		},
	})
}

// play lets things happen to a new account, and prints what came of each.
func play(ctx context.Context, dir string, w io.Writer) error {
	receipts, err := remediate.OpenReceipts(dir)
	if err != nil {
		return err
	}
	defer receipts.Close()
	a := newAccount("main", "load-test")
	h, err := newHandler(a, receipts)
	if err != nil {
		return err
	}
	s := &scene{handler: h, out: w}

	first := a.stop("main")
	s.deliver(ctx, "Somebody stops the trail main.", first)
	s.deliver(ctx, "Somebody stops the trail load-test.", a.stop("load-test"))
	second := a.stop("main")
	s.deliver(ctx, "Somebody stops main again; the event of the first time comes once more.", first)
	s.deliver(ctx, "The event of the second time comes.", second)
	a.print(w)
	if s.err != nil {
		return s.err
	}
	return s.printReceipt(dir)
}
