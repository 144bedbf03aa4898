package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
)

// A findingLine is a finding in the output of -json.
type findingLine struct {
	Type   string `json:"type"`   // "finding"
	File   string `json:"file"`   // the input, as the summary and messages name it
	Record int    `json:"record"` // which of the input's records it is, counted from 0

	Message      *notify.Message     `json:"message"`
	Remediations []*remediate.Result `json:"remediations,omitempty"`
}

// header says what will be read, and what the plans are worth.
func (r *replay) header(inputs []input) error {
	if r.json {
		return nil
	}
	what := plural(len(inputs), "file")
	switch {
	case len(r.args) == 0:
		what = "the sample, a day of a made-up organization"
	case len(inputs) == 1:
		what = notify.Clean(inputs[0].name, maxName)
	}
	_, err := fmt.Fprintf(r.out, "Replaying %s.\n"+
		"Controls: CIS AWS Foundations Benchmark v1.3.0. Mode: observe; nothing is changed.\n%s\n\n", what, r.basis)
	return err
}

// print prints a finding.
func (r *replay) print(ctx context.Context, in input, record int, f countertrail.FindingReport) error {
	if r.json {
		return r.printJSON(findingLine{"finding", in.name, record, f.Message, f.Remediations})
	}
	if r.several && r.headed != in.name {
		r.headed = in.name
		if _, err := fmt.Fprintf(r.out, "==> %s <==\n\n", notify.Clean(in.name, maxName)); err != nil {
			return err
		}
	}
	m := *f.Message
	if r.explained[f.RuleID] {
		m.Description, m.References = "", nil // once is enough
	}
	r.explained[f.RuleID] = true
	return r.text.Notify(ctx, &m)
}

// printJSON prints v on a line. Everything but printable ASCII is escaped: strings of events must
// not reach a terminal as they are.
func (r *replay) printJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, c := range string(text) {
		switch {
		case c < 0x7f:
			b.WriteRune(c)
		case c <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	b.WriteByte('\n')
	_, err = r.out.Write([]byte(b.String()))
	return err
}

// finish prints the summary.
func (r *replay) finish() error {
	if r.json {
		return r.printJSON(r.summary)
	}
	_, err := fmt.Fprint(r.out, r.summary.text())
	return err
}
