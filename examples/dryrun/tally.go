package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/countertrail/countertrail/remediate"
)

// A column is of the table, and what is told of each answer.
type column string

const (
	planned   column = "planned"       // would have been applied by itself
	held      column = "held"          // planned, but a guard would have kept it for a person
	suggested column = "suggested"     // for people to carry out
	nothing   column = "nothing to do" // all is as it should be, today
	refused   column = "refused"       // by a guard
	gone      column = "gone"          // what the event is about is not there any more
	failed    column = "failed"
)

var columns = []column{planned, held, suggested, nothing, refused, gone, failed}

// columnOf returns where an answer is counted.
func columnOf(res *remediate.Result) column {
	switch res.Outcome {
	case remediate.Planned:
		if res.Guard != "" {
			return held
		}
		return planned
	case remediate.Suggested:
		return suggested
	case remediate.NothingToDo:
		return nothing
	case remediate.Refused:
		return refused
	}
	if errors.Is(res.Err, remediate.ErrNotFound) {
		return gone
	}
	return failed
}

// A row counts the answers of one remediator.
type row struct {
	name   string
	counts map[column]int
	guards map[string]int // that refused or held
}

// A tally counts what came of the events.
type tally struct {
	rows []*row

	events, findings  int // findings: events on which rules fired
	others, repeated  int // events of other accounts, and those that were asked about before
	skipped           int // intact, and no record
	unreadable        int
	denied, throttled int // of the answers that failed
}

func newTally(all []remediate.Remediator) *tally {
	t := new(tally)
	for _, r := range all {
		t.rows = append(t.rows, &row{name: r.Spec().Name, counts: make(map[column]int), guards: make(map[string]int)})
	}
	return t
}

// add counts one answer.
func (t *tally) add(res *remediate.Result) {
	r := t.rows[slices.IndexFunc(t.rows, func(r *row) bool { return r.name == res.Remediator })]
	c := columnOf(res)
	r.counts[c]++
	if c == held || c == refused {
		r.guards[res.Guard]++
	}
	switch {
	case c != failed:
	case errors.Is(res.Err, remediate.ErrDenied):
		t.denied++
	case errors.Is(res.Err, remediate.ErrTemporary):
		t.throttled++
	}
}

// total returns how many answers are in a column.
func (t *tally) total(c column) int {
	n := 0
	for _, r := range t.rows {
		n += r.counts[c]
	}
	return n
}

// err returns an error if something could not be read or planned for.
func (t *tally) err() error {
	n := t.total(failed)
	if n+t.unreadable == 0 {
		return nil
	}
	return fmt.Errorf("incomplete: answers that failed: %d; files and records that could not be read: %d", n, t.unreadable)
}

// text returns the table and what stands around it.
func (t *tally) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Events: %d. With findings: %d.\n", t.events, t.findings)
	for _, note := range []struct {
		text string
		n    int
	}{
		{"Not asked about again, being in the logs before", t.repeated},
		{"Passed by, being of other accounts", t.others},
		{"Passed by, being no records", t.skipped},
		{"Failed because reading was denied (-policy prints what is needed)", t.denied},
		{"Failed in a way that may not last, such as by throttling (run again)", t.throttled},
	} {
		if note.n > 0 {
			fmt.Fprintf(&b, "%s: %d.\n", note.text, note.n)
		}
	}
	b.WriteByte('\n')
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "remediator")
	for _, c := range columns {
		fmt.Fprintf(w, "\t%s", c)
	}
	fmt.Fprintln(w, "\tguards")
	for _, r := range t.rows {
		fmt.Fprint(w, r.name)
		for _, c := range columns {
			fmt.Fprintf(w, "\t%d", r.counts[c])
		}
		fmt.Fprintf(w, "\t%s\n", r.guardText())
	}
	w.Flush()
	return b.String()
}

// guardText tells which guards refused or held, how often.
func (r *row) guardText() string {
	if len(r.guards) == 0 {
		return "-"
	}
	var text []string
	for _, g := range slices.Sorted(maps.Keys(r.guards)) {
		text = append(text, fmt.Sprintf("%s %d", g, r.guards[g]))
	}
	return strings.Join(text, ", ")
}
