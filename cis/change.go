package cis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/countertrail/countertrail/rule"
)

// A Change is a difference between two versions of the benchmark.
type Change struct {
	Key  string // of the item
	Kind ChangeKind
	// From and To are what was and what is: an id, a level, an assessment or the text of a filter.
	// From is empty for what was added, and To for what was removed.
	From, To string
}

// A ChangeKind says what has changed.
type ChangeKind string

// The kinds of changes.
const (
	Added             ChangeKind = "added"
	Removed           ChangeKind = "removed"
	Renumbered        ChangeKind = "renumbered"
	LevelChanged      ChangeKind = "level changed"
	AssessmentChanged ChangeKind = "assessment changed"
	FilterAdded       ChangeKind = "filter added"
	FilterRemoved     ChangeKind = "filter removed"
)

// String returns the change in a line.
func (c Change) String() string {
	switch {
	case c.From == "":
		return fmt.Sprintf("%s %s: %s", c.Key, c.Kind, c.To)
	case c.To == "":
		return fmt.Sprintf("%s %s: %s", c.Key, c.Kind, c.From)
	}
	return fmt.Sprintf("%s %s: %s to %s", c.Key, c.Kind, c.From, c.To)
}

// Changes returns what changed from one version to another, control by control; the versions may be
// in any order. White space in filters does not count.
func Changes(from, to string) ([]Change, error) {
	a, err := Version(from)
	if err != nil {
		return nil, err
	}
	b, err := Version(to)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, x := range a.items() {
		if y, ok := b.item(x.Key); ok {
			changes = append(changes, itemChanges(x, y)...)
			changes = append(changes, filterChanges(x.Key, a.version, b.version)...)
		} else {
			changes = append(changes, Change{x.Key, Removed, x.ID, ""})
		}
	}
	for _, y := range b.items() {
		if _, ok := a.item(y.Key); !ok {
			changes = append(changes, Change{y.Key, Added, "", y.ID})
		}
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return rule.CompareIDs(a.Key, b.Key) })
	return changes, nil
}

// item returns the item with a key.
func (b *Benchmark) item(key string) (Item, bool) {
	for _, x := range b.items() {
		if x.Key == key {
			return x, true
		}
	}
	return Item{}, false
}

func itemChanges(x, y Item) []Change {
	var changes []Change
	for _, c := range []Change{
		{x.Key, Renumbered, x.ID, y.ID},
		{x.Key, LevelChanged, strconv.Itoa(x.Level), strconv.Itoa(y.Level)},
		{x.Key, AssessmentChanged, string(x.Assessment), string(y.Assessment)},
	} {
		if c.From != c.To {
			changes = append(changes, c)
		}
	}
	return changes
}

func filterChanges(key, from, to string) []Change {
	e := entries()[key]
	was, is := e.At(from).Filters, e.At(to).Filters
	var changes []Change
	for _, f := range without(was, is) {
		changes = append(changes, Change{key, FilterRemoved, f.Text, ""})
	}
	for _, f := range without(is, was) {
		changes = append(changes, Change{key, FilterAdded, "", f.Text})
	}
	return changes
}

// without returns those of a whose text, white space aside, none of b has.
func without(a, b []rule.Filter) []rule.Filter {
	squeezed := func(f rule.Filter) string { return strings.Join(strings.Fields(f.Text), "") }
	var rest []rule.Filter
	for _, f := range a {
		if !slices.ContainsFunc(b, func(g rule.Filter) bool { return squeezed(f) == squeezed(g) }) {
			rest = append(rest, f)
		}
	}
	return rest
}
