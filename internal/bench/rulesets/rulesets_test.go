package rulesets

import (
	"fmt"
	"slices"
	"testing"

	pat "github.com/countertrail/countertrail/pattern"

	"github.com/countertrail/countertrail/internal/bench/corpus"
)

// TestMatches tells how many rules of each set match an event, which should be one or two however
// large the set is, and that all of them are valid.
func TestMatches(t *testing.T) {
	events := corpus.Events()
	m := NewMaker(events)
	wild, wildEvents := Wildcards(1000)
	long, longEvents := LongWildcard()
	objects := [][]byte{corpus.Objects(1000), corpus.Strings(10_000)}
	for _, s := range []struct {
		name      string
		rules     []string
		events    [][]byte
		low, high float64
	}{
		{"cis", CIS(), events, 0.1, 0.5},
		{"exact100", m.Exact(100), events, 0.05, 0.6},
		{"exact1000", m.Exact(1000), events, 1, 2},
		{"mixed100", m.Mixed(100), events, 0.05, 0.6},
		{"mixed1000", m.Mixed(1000), events, 1, 2},
		{"full100", m.Full(100), events, 0.05, 0.6},
		{"full1000", m.Full(1000), events, 1, 2},
		{"wildcards", wild, wildEvents, 300, 900},
		{"long wildcard", long, longEvents, 0.5, 0.5},
		{"arrays", Arrays(), objects, 1, 29},
	} {
		t.Run(s.name, func(t *testing.T) {
			var patterns []*pat.Pattern
			for _, text := range s.rules {
				p, err := pat.Compile(text)
				if err != nil {
					t.Fatalf("%v in %s", err, text)
				}
				patterns = append(patterns, p)
			}
			set := pat.NewSet(slices.All(patterns))
			matches, of := 0, make(map[int]bool)
			for _, e := range s.events {
				keys, err := set.Match(e)
				if err != nil {
					t.Fatal(err)
				}
				matches += len(keys)
				for _, k := range keys {
					of[k] = true
				}
			}
			rate := float64(matches) / float64(len(s.events))
			t.Logf("%.2f matches an event, of %d rules", rate, len(of))
			if rate < s.low || rate > s.high {
				t.Errorf("%.2f matches an event, want from %v to %v", rate, s.low, s.high)
			}
		})
	}
}

func TestRulesAreTheSame(t *testing.T) {
	m := NewMaker(corpus.Events())
	for i, rules := range []func(int) []string{m.Exact, m.Mixed, m.Full} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if !slices.Equal(rules(500), rules(500)) {
				t.Error("two calls return different rules")
			}
		})
	}
}
