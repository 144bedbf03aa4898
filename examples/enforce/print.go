package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/notify"
)

// A scene delivers events to a handler and prints what came of them.
type scene struct {
	handler *countertrail.Handler
	out     io.Writer
	receipt string // the ID of the first
	err     error  // what failed so far
}

// deliver delivers an event.
func (s *scene) deliver(ctx context.Context, what string, input json.RawMessage) {
	fmt.Fprintf(s.out, "%s\n", what)
	report, err := s.handler.Handle(ctx, input)
	s.err = errors.Join(s.err, err)
	if report == nil {
		return
	}
	for _, f := range report.Findings {
		fmt.Fprintf(s.out, "  finding   %s %s\n", f.RuleID, f.Title)
		for _, r := range f.Message.Actions {
			fmt.Fprintf(s.out, "  outcome   %s\n", r.Outcome)
			s.line("because", r.Reason)
			s.line("plan", r.Summary)
			s.line("receipt", r.Receipt)
			s.receipt = cmp.Or(s.receipt, r.Receipt)
		}
	}
	fmt.Fprintln(s.out)
}

// line prints a value, which may hold what an attacker wrote, if there is one.
func (s *scene) line(label, value string) {
	if value != "" {
		fmt.Fprintf(s.out, "  %-9s %s\n", label, notify.Clean(value, 300))
	}
}

// printReceipt prints the first receipt as it is kept, indented.
func (s *scene) printReceipt(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, s.receipt+".json"))
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "The file %s.json, indented:\n\n%s", s.receipt, &indented)
	return nil
}
