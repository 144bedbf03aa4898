package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
)

// How much is shown of strings that others wrote.
const (
	maxName    = 200
	maxError   = 1000
	maxCommand = 8000 // cut where no command should be
)

// describe returns what to print of an event that remediators answered.
func describe(rep *countertrail.Report) string {
	m := rep.Findings[0].Message
	var fired []string
	for _, f := range rep.Findings {
		fired = append(fired, f.RuleID)
	}
	at := "at an unknown time"
	if !m.Time.IsZero() {
		at = m.Time.UTC().Format(time.DateTime)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s in %s by %s  (%s)\n", at, notify.Clean(m.Call, maxName), notify.Clean(m.Region, maxName),
		notify.Clean(m.Actor.String(), maxName), strings.Join(fired, ", "))
	for _, res := range rep.Findings[0].Remediations {
		describeResult(&b, res)
	}
	b.WriteByte('\n')
	return b.String()
}

// describeResult adds what one remediator answered: its plan or why there is none.
func describeResult(b *strings.Builder, res *remediate.Result) {
	fmt.Fprintf(b, "  %s: %s", res.Remediator, columnOf(res))
	if res.Guard != "" {
		fmt.Fprintf(b, " (guard %s)", res.Guard)
	}
	b.WriteByte('\n')
	if res.Reason != "" {
		fmt.Fprintf(b, "    %s\n", notify.Clean(res.Reason, maxError))
	}
	if res.Plan == nil {
		return
	}
	if res.Plan.Summary != res.Reason {
		fmt.Fprintf(b, "    %s\n", notify.Clean(res.Plan.Summary, maxError))
	}
	for i, s := range res.Plan.Steps {
		kind := ""
		if s.Manual {
			kind = " (suggestion)"
		}
		fmt.Fprintf(b, "    %d. %s on %s in %s%s\n", i+1, s.Action, notify.Clean(s.Resource, maxName), notify.Clean(s.Region, maxName), kind)
		if s.Command != "" {
			fmt.Fprintf(b, "       %s\n", notify.Clean(s.Command, maxCommand))
		}
	}
}

// indent prints JSON for people.
func indent(w io.Writer, text []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}
