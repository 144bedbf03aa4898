package rule

import (
	"fmt"
	"slices"

	"github.com/countertrail/countertrail/pattern"
)

// A comparison is an entry with what its forms are compared for.
type comparison struct {
	entry *Entry
	// literals are the literal forms, each with the departures that concern the same version.
	literals []literalForm
	told     map[string]bool // the paths and codes of what was warned of
}

type literalForm struct {
	path       string
	pattern    *pattern.Pattern
	departures []Departure
}

func newComparison(e *Entry) *comparison {
	c := &comparison{entry: e, told: make(map[string]bool)}
	versions := []string{""} // of a publication that has none
	for _, f := range e.Filters {
		versions = append(versions, f.Versions...)
	}
	slices.Sort(versions)
	for _, version := range slices.Compact(versions) {
		at := e.At(version)
		if len(at.Filters) == 0 || at.Filters[0].Literal == nil {
			continue
		}
		i := slices.IndexFunc(e.Filters, func(f Filter) bool { return f.Literal == at.Filters[0].Literal })
		c.literals = append(c.literals, literalForm{fmt.Sprintf("filters[%d].literal", i), at.Filters[0].Literal, at.Departures})
	}
	return c
}

// sample compares the forms of all entries on their examples and on the events of the options.
func (l *linter) sample() {
	var all []*comparison
	for i := range l.entries {
		e := &l.entries[i]
		if e.Pattern == nil {
			continue
		}
		c := newComparison(e)
		for j, x := range e.Examples {
			l.compare(c, x.Event, fmt.Sprintf("examples[%d]", j))
		}
		all = append(all, c)
	}
	if l.opts.Events == nil {
		return
	}
	i := 0
	for event := range l.opts.Events {
		for _, c := range all {
			l.compare(c, event, fmt.Sprintf("event %d of the sample", i))
		}
		i++
	}
}

// compare compares the forms on one event. An event that cannot be matched says nothing; of each form
// the first difference is enough.
func (l *linter) compare(c *comparison, event []byte, name string) {
	own, err := c.entry.Pattern.Match(event)
	if err != nil {
		return
	}
	warn := func(path string, code LintCode, format string, args ...any) {
		if key := path + string(code); !c.told[key] {
			c.told[key] = true
			l.warn(c.entry, path, code, format, args...)
		}
	}
	if wide, err := c.entry.Extended.Match(event); err == nil && c.entry.Extended != nil && own && !wide {
		warn("extended", LintNarrower, "does not match %s, which the rule's own pattern matches", name)
	}
	for _, f := range c.literals {
		literal, err := f.pattern.Match(event)
		if err == nil && literal != own && !slices.ContainsFunc(f.departures, func(d Departure) bool { return d.explains(event) }) {
			warn(f.path, LintDifference, "matches %s: %t; the rule's own pattern: %t; no departure explains it", name, literal, own)
		}
	}
}

// explains reports whether the two forms may differ on event because of d.
func (d *Departure) explains(event []byte) bool {
	ok, err := d.Where.Match(event)
	return ok && err == nil
}
