package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
)

// An inquiry asks about the events of logs.
type inquiry struct {
	handler *countertrail.Handler
	out     io.Writer
	errs    io.Writer

	account string // the one whose state is asked for
	only    bool   // pass by events of others, and do not refuse them
	asked   map[string]bool
	tally   *tally
}

// dryRun reads the logs that s names, asks, and prints.
func dryRun(ctx context.Context, s settings, stdout, stderr io.Writer, load loader) error {
	files, err := logFiles(s.args)
	if err != nil {
		return err
	}
	cfg, err := load(ctx, s)
	if err != nil {
		return err
	}
	account, who, err := callerIdentity(ctx, cfg)
	if err != nil {
		return err
	}
	if s.account != "" && s.account != account {
		return fmt.Errorf("the credentials are of account %s, and -account is %s", account, s.account)
	}
	all, err := remediators(cfg, s.quarantine)
	if err != nil {
		return err
	}
	rs, err := rules(s, all)
	if err != nil {
		return err
	}
	h, err := countertrail.New(rs, &countertrail.Options{
		Remediators: all,
		Remediation: remediate.Options{
			Mode:   remediate.Observe,
			MaxAge: math.MaxInt64, // what is read is history
		},
	})
	if err != nil {
		return err
	}
	q := &inquiry{
		handler: h, out: stdout, errs: stderr,
		account: account, only: s.account != "",
		asked: make(map[string]bool), tally: newTally(all),
	}
	fmt.Fprintf(stdout, "What would be done today in account %s, asked as %s. Nothing is changed.\n\n", account, notify.Clean(who, maxName))
	for _, name := range files {
		if err := q.read(ctx, name); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprint(stdout, q.tally.text()); err != nil {
		return err
	}
	return q.tally.err()
}

// read asks about one log. What cannot be read of it is counted and told; an error ends the run.
func (q *inquiry) read(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for e, err := range event.ReadLog(f) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var form *event.FormError
		switch {
		case errors.As(err, &form): // a digest, a snapshot of Config, and the like
			q.tally.skipped++
		case err != nil:
			q.tally.unreadable++
			q.complain(fmt.Errorf("%s: %w", name, err))
		default:
			if err := q.ask(ctx, e); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// ask runs one event through the handler and prints what the remediators answer, if any does. An
// event that stands in the logs twice, such as in those of two trails, is asked about once.
func (q *inquiry) ask(ctx context.Context, e *event.Event) error {
	switch {
	case e.Account == q.account:
	case q.only:
		q.tally.others++
		return nil
	default:
		return fmt.Errorf("an event is of account %q and the credentials are of account %s, whose state says nothing of it; "+
			"with -account %[2]s, only events of that are looked at", e.Account, q.account)
	}
	if q.asked[e.ID] {
		q.tally.repeated++
		return nil
	}
	rep, err := q.handler.HandleEvent(ctx, e)
	q.tally.events++
	if err != nil && (len(rep.Findings) == 0 || rep.RecordError != "") { // else it is told of a remediator
		q.tally.unreadable++
		q.complain(err)
	}
	if len(rep.Findings) == 0 {
		return nil
	}
	q.tally.findings++
	results := rep.Findings[0].Remediations // those of every rule that fired
	if len(results) == 0 {
		return nil
	}
	if e.ID != "" {
		q.asked[e.ID] = true
	}
	for _, res := range results {
		q.tally.add(res)
	}
	_, err = io.WriteString(q.out, describe(rep))
	return err
}

func (q *inquiry) complain(err error) {
	fmt.Fprintf(q.errs, "dryrun: %s\n", notify.Clean(err.Error(), maxError))
}
