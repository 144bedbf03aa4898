package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/notify"
)

// A comparison counts which records of some logs each filter and its pattern match.
type comparison struct {
	records int
	tallies map[*filter]*tally
}

// A tally is the count for one filter.
type tally struct {
	both        int
	differences int
	examples    []string // the first of the differences, clean
}

// maxExamples is how many differences are shown for a filter.
const maxExamples = 5

func newComparison(filters []*filter) *comparison {
	c := &comparison{tallies: make(map[*filter]*tally)}
	for _, f := range filters {
		if f.parsed != nil {
			c.tallies[f] = new(tally)
		}
	}
	return c
}

// readLog tries all filters on the records of a file. Of what cannot be read it returns the first
// error, and reads on.
func (c *comparison) readLog(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	var first error
	for e, err := range event.ReadLog(file) {
		if err == nil {
			err = c.try(e)
		}
		if err != nil && first == nil {
			first = fmt.Errorf("%s: %w", name, err)
		}
	}
	return first
}

// try counts a record. Other events, which may stand in a log as well, never reach a log group.
func (c *comparison) try(e *event.Event) error {
	if !strings.HasSuffix(e.DetailType, " via CloudTrail") {
		return nil
	}
	c.records++
	for f, t := range c.tallies {
		byFilter, err := f.parsed.Match(e.Detail)
		if err != nil {
			return err
		}
		byPattern := byFilter
		if f.pattern != nil {
			if byPattern, err = f.pattern.Match(e.Raw()); err != nil {
				return err
			}
		}
		t.add(e, byFilter, byPattern)
	}
	return nil
}

func (t *tally) add(e *event.Event, byFilter, byPattern bool) {
	if byFilter == byPattern {
		if byFilter {
			t.both++
		}
		return
	}
	if t.differences++; len(t.examples) == maxExamples {
		return
	}
	who := "the pattern"
	if byFilter {
		who = "the filter"
	}
	name := ""
	if record, err := e.CloudTrail(); err == nil {
		name = record.EventName
	}
	t.examples = append(t.examples, fmt.Sprintf("only %s matches %s %s of %s", who,
		notify.Clean(name, 100), notify.Clean(e.ID, 100), e.Time.Format("2006-01-02 15:04:05")))
}

// print says what was found for a filter, and reports whether it and its pattern agree.
func (c *comparison) print(w io.Writer, f *filter) (agree bool) {
	t := c.tallies[f]
	switch {
	case t == nil:
		return false
	case f.pattern == nil:
		fmt.Fprintf(w, "of %d records the filter matches %d\n", c.records, t.both)
		return false
	case t.differences == 0:
		fmt.Fprintf(w, "of %d records both match %d\n", c.records, t.both)
		return true
	}
	fmt.Fprintf(w, "of %d records both match %d and one of the two %d:\n",
		c.records, t.both, t.differences)
	for _, example := range t.examples {
		fmt.Fprintf(w, "  %s\n", example)
	}
	if more := t.differences - len(t.examples); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
	return false
}
