package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

// How many characters are shown of a file's name and of an error. Errors name files, and a path of
// Linux has up to 4096 bytes.
const (
	maxName  = 300
	maxError = 4096
)

// A replay runs inputs through a handler, prints what comes of them, and counts.
type replay struct {
	settings
	handler  *countertrail.Handler
	basis    string // what plans are made against
	out      io.Writer
	problems io.Writer
	progress *progress
	text     notify.Notifier // prints a finding for people
	several  bool            // there is more than one input, so that findings are headed by its name
	headed   string          // the input under whose name findings were printed last
	summary  *summary

	explained map[string]bool // controls of which it was printed what they are about
}

func newReplay(ctx context.Context, s settings, stdout, stderr io.Writer) (*replay, error) {
	benchmark, err := cis.Version("v1.3.0")
	if err != nil {
		return nil, err
	}
	rules := benchmark.Rules()
	r := &replay{
		settings: s,
		progress: newProgress(stderr),
		summary:  newSummary(rules),

		explained: make(map[string]bool),
	}
	r.out, r.problems = r.progress.around(stdout), r.progress.around(stderr)
	r.text = notify.NewWriter(r.out, &notify.WriterOptions{Color: isTerminal(stdout) && os.Getenv("NO_COLOR") == ""})

	var trails trailfix.Reader = eventState{}
	r.basis = "Plans are made against the state that each event describes; no account is asked."
	if s.live {
		client, whose, err := liveClient(ctx)
		if err != nil {
			return nil, err
		}
		trails, r.summary.Basis = client, "account"
		r.basis = "Plans are made against the account as it is now, with " + notify.Clean(whose, 200) + "."
	}
	// Without a Writer, the remediator cannot change anything, whatever the mode says.
	remediator := trailfix.New(trails, nil, nil)
	if s.live {
		r.basis += "\nThe calls are " + strings.Join(remediator.Spec().Reads, " and ") + "."
	}
	// No notifiers: print shows the messages that they would be given, with where they come from.
	r.handler, err = countertrail.New(rules, &countertrail.Options{
		Remediators: []remediate.Remediator{remediator},
		Remediation: remediate.Options{
			Mode:   remediate.Observe,
			MaxAge: math.MaxInt64, // what is read is history
		},
	})
	return r, err
}

// run reads what the arguments name, and returns the exit status.
func (r *replay) run(ctx context.Context, stdin io.Reader) int {
	found := findInputs(r.args, stdin)
	r.summary.Others, r.several = found.others, len(found.inputs) > 1
	for _, err := range found.errs {
		r.unreadable("", err)
	}
	if len(found.inputs) == 0 {
		return 1
	}
	r.progress.begin(found.inputs)
	err := r.header(found.inputs)
	for _, in := range found.inputs {
		if err != nil {
			break
		}
		err = r.read(ctx, in)
	}
	r.progress.erase()
	if err == nil {
		err = r.finish()
	}
	if err != nil {
		r.complain("", err)
		return 1
	}
	if r.summary.Unreadable+r.summary.Failed > 0 {
		return 1
	}
	return 0
}

// read runs one input through the handler. Its error is one of printing, after which there is no
// sense in going on.
func (r *replay) read(ctx context.Context, in input) error {
	f, err := in.open()
	if err != nil {
		r.unreadable("", err)
		return nil
	}
	defer f.Close()
	record, events := -1, 0 // the record is counted from 0, as the errors of ReadLog do
	var skipped error       // the first
	for e, err := range event.ReadLog(r.progress.reading(in, f)) {
		record++
		var form *event.FormError
		switch {
		case err == nil:
			events++
			if err := r.handle(ctx, in, record, e); err != nil {
				return err
			}
			r.progress.event()
		case errors.As(err, &form):
			r.summary.Skipped[form.Got.String()]++
			skipped = cmp.Or(skipped, err)
		default:
			r.unreadable(in.name, err)
		}
	}
	// What a directory holds beside logs is passed by; what was named was meant to be one.
	if events == 0 && skipped != nil && in.named {
		r.unreadable(in.name, skipped)
	}
	return nil
}

// handle runs one event through the handler, and prints its findings.
func (r *replay) handle(ctx context.Context, in input, record int, e *event.Event) error {
	rep, err := r.handler.HandleEvent(ctx, e)
	if err != nil {
		r.summary.Failed++
		r.complain(fmt.Sprintf("%s: record %d", notify.Clean(in.name, maxName), record), err)
	}
	r.summary.add(rep)
	for _, f := range rep.Findings {
		if r.tableOnly || f.Severity < r.min {
			continue
		}
		if err := r.print(ctx, in, record, f); err != nil {
			return err
		}
	}
	return nil
}

// unreadable reports what cannot be read, in the named input if the error does not name it itself.
func (r *replay) unreadable(name string, err error) {
	r.summary.Unreadable++
	r.complain(notify.Clean(name, maxName), err)
}

// complain prints an error, which may quote the input, with where it arose.
func (r *replay) complain(where string, err error) {
	if where != "" {
		where += ": "
	}
	text := err.Error()
	for _, prefix := range []string{"countertrail: ", "event: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	fmt.Fprintf(r.problems, "replay: %s%s\n", where, notify.Clean(text, maxError))
}
