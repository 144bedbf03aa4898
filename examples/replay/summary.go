package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A summary counts what came of the events. It is the last object in the output of -json.
type summary struct {
	Type  string `json:"type"`  // "summary"
	Basis string `json:"basis"` // what plans were made against: "event" or "account"

	Events     int            `json:"events"`
	Ordinary   int            `json:"ordinary"` // events on which no control fired
	Findings   int            `json:"findings"`
	First      time.Time      `json:"first,omitzero"` // the times of the events
	Last       time.Time      `json:"last,omitzero"`
	Skipped    map[string]int `json:"skipped"`    // what was intact and no event, by its form
	Unreadable int            `json:"unreadable"` // files and records that could not be read
	Failed     int            `json:"failed"`     // events on which something failed, such as a plan
	Others     int            `json:"others"`     // what was passed over in directories for its name or kind

	Controls []*control `json:"controls"` // all, in the order of their numbers
}

// A control counts the findings of one control.
type control struct {
	ID       string         `json:"id"`
	Severity rule.Severity  `json:"severity"`
	Title    string         `json:"title"`
	Findings int            `json:"findings"`
	Outcomes map[string]int `json:"outcomes,omitempty"` // of remediations, by outcome
	First    time.Time      `json:"first,omitzero"`
	Last     time.Time      `json:"last,omitzero"`
}

func newSummary(rules []rule.Rule) *summary {
	s := &summary{Type: "summary", Basis: "event", Skipped: make(map[string]int)}
	for _, r := range rules {
		s.Controls = append(s.Controls, &control{ID: r.ID, Severity: r.Severity, Title: r.Title, Outcomes: make(map[string]int)})
	}
	return s
}

// add counts what came of one event.
func (s *summary) add(rep *countertrail.Report) {
	s.Events++
	extend(&s.First, &s.Last, rep.Time)
	if len(rep.Findings) == 0 {
		s.Ordinary++
	}
	for _, f := range rep.Findings {
		s.Findings++
		c := s.Controls[slices.IndexFunc(s.Controls, func(c *control) bool { return c.ID == f.RuleID })]
		c.Findings++
		extend(&c.First, &c.Last, rep.Time)
		for _, res := range f.Remediations {
			c.Outcomes[res.Outcome.String()]++
		}
	}
}

// extend makes first and last embrace at; an unknown time changes nothing.
func extend(first, last *time.Time, at time.Time) {
	if at.IsZero() {
		return
	}
	if first.IsZero() || at.Before(*first) {
		*first = at
	}
	if at.After(*last) {
		*last = at
	}
}

// text returns the summary for people.
func (s *summary) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s: ", plural(s.Events, "event"), s.span())
	if s.Findings > 0 {
		fmt.Fprintf(&b, "%s on %d of them, none on %d.\n", plural(s.Findings, "finding"), s.Events-s.Ordinary, s.Ordinary)
	} else {
		b.WriteString("no findings.\n")
	}
	if s.Unreadable > 0 {
		fmt.Fprintf(&b, "NOT READ: %s. Standard error says which.\n", plural(s.Unreadable, "file or record"))
	}
	if s.Failed > 0 {
		fmt.Fprintf(&b, "FAILED: %s. Standard error says why.\n", plural(s.Failed, "event"))
	}
	for _, form := range slices.Sorted(maps.Keys(s.Skipped)) {
		fmt.Fprintf(&b, "Skipped, being no event: %s.\n", plural(s.Skipped[form], form))
	}
	if s.Others > 0 {
		fmt.Fprintf(&b, "Passed over for name or kind: %s.\n", plural(s.Others, "file"))
	}
	if s.Events > 0 {
		b.WriteString("\n" + s.table())
	}
	return b.String()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprint(n, " ", noun, "s")
}

// span says when the events happened.
func (s *summary) span() string {
	switch first, last := s.First.UTC(), s.Last.UTC(); {
	case s.First.IsZero():
		return ""
	case first.Format(time.DateOnly) == last.Format(time.DateOnly):
		return first.Format(" of 2006-01-02, 15:04") + last.Format(" to 15:04 UTC")
	default:
		return first.Format(" of 2006-01-02 15:04") + last.Format(" to 2006-01-02 15:04 UTC")
	}
}

// maxTitle is how much of a title the table shows, which keeps it within 120 columns.
const maxTitle = 44

// outcomes are those of observing, in the order of the table's columns.
var outcomes = []remediate.Outcome{remediate.Planned, remediate.NothingToDo, remediate.Refused, remediate.Failed}

// table returns a line for each control. An outcome has a column if there is one.
func (s *summary) table() string {
	head := []string{"control", "severity", "findings"}
	for _, o := range outcomes {
		if slices.ContainsFunc(s.Controls, func(c *control) bool { return c.Outcomes[o.String()] > 0 }) {
			head = append(head, o.String())
		}
	}
	shown := head[3:]
	rows := [][]string{append(head, "first", "last", "title")}
	layout := s.layout()
	for _, c := range s.Controls {
		row := []string{c.ID, c.Severity.String(), fmt.Sprint(c.Findings)}
		for _, o := range shown {
			n := ""
			if c.Outcomes[o] > 0 {
				n = fmt.Sprint(c.Outcomes[o])
			}
			row = append(row, n)
		}
		first, last := "", ""
		if !c.First.IsZero() {
			first, last = c.First.UTC().Format(layout), c.Last.UTC().Format(layout)
		}
		rows = append(rows, append(row, first, last, notify.Clean(c.Title, maxTitle)))
	}
	return align(rows, func(column int) bool { return 2 <= column && column < 3+len(shown) })
}

// layout returns the shortest form of times that tells those of the summary apart.
func (s *summary) layout() string {
	switch first, last := s.First.UTC(), s.Last.UTC(); {
	case first.Year() != last.Year():
		return time.DateOnly
	case first.YearDay() != last.YearDay():
		return "01-02 15:04"
	}
	return "15:04"
}

// align returns rows as lines, with every column but the last as wide as it must be.
func align(rows [][]string, right func(column int) bool) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			switch {
			case i == len(row)-1:
				b.WriteString(cell + "\n")
			case right(i):
				fmt.Fprintf(&b, "%*s  ", widths[i], cell)
			default:
				fmt.Fprintf(&b, "%-*s  ", widths[i], cell)
			}
		}
	}
	return b.String()
}
