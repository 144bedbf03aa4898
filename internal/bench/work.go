package main

import (
	"github.com/countertrail/countertrail/internal/bench/corpus"
	"github.com/countertrail/countertrail/internal/bench/rulesets"
)

// A work is what contenders are compared on: rules, and events for them.
type work struct {
	name  string
	title string // for people
	input func(*source) (rules []string, events [][]byte)
	peers []string // who does it beside us

	// few says of how many events only a peer is asked, where all would take it minutes.
	few map[string]int

	// builds tells that building is measured too, not just done.
	builds bool

	// goroutines tells that the work is also done by two goroutines at once.
	goroutines bool

	// slow tells that the work is left out of a quick run.
	slow bool
}

// The names of the peers, as they are printed.
const (
	quamina = "quamina"
	walk    = "walk"
	ruler   = "event-ruler"
	valid   = "json.Valid"
)

// works returns all works, in the order in which they are done.
func works() []work {
	all := []work{
		{
			name: "cis15", title: "the fifteen controls",
			input: func(s *source) ([]string, [][]byte) { return rulesets.CIS(), s.events },
			peers: []string{quamina, ruler, walk}, builds: true, goroutines: true,
		},
		{
			name: "readers", title: "reading the fields of the fifteen controls, no matching",
			input: func(s *source) ([]string, [][]byte) { return rulesets.CIS(), s.events },
			peers: []string{valid, "encoding/json", "gjson", "fastjson", "sonic"},
		},
		{
			name: "exact1000", title: "1,000 exact rules",
			input: func(s *source) ([]string, [][]byte) { return s.maker.Exact(1000), s.events },
			peers: []string{quamina, ruler, walk}, builds: true, few: map[string]int{walk: 1000},
		},
		{
			name: "mixed100", title: "100 mixed rules",
			input: func(s *source) ([]string, [][]byte) { return s.maker.Mixed(100), s.events },
			peers: []string{quamina, ruler, walk}, builds: true,
		},
		{
			name: "mixed1000", title: "1,000 mixed rules",
			input: func(s *source) ([]string, [][]byte) { return s.maker.Mixed(1000), s.events },
			peers: []string{quamina, ruler, walk}, builds: true, goroutines: true, few: map[string]int{walk: 1000},
		},
		{
			name: "mixed10000", title: "10,000 mixed rules",
			input: func(s *source) ([]string, [][]byte) { return s.maker.Mixed(10_000), s.events },
			peers: []string{quamina, ruler, walk}, builds: true, few: map[string]int{walk: 50},
		},
		{
			name: "mixed100000", title: "100,000 mixed rules",
			input: func(s *source) ([]string, [][]byte) { return s.maker.Mixed(100_000), s.events },
			peers: []string{ruler}, builds: true, slow: true,
		},
		{
			name: "exact100000", title: "100,000 exact rules",
			input: func(s *source) ([]string, [][]byte) { return s.maker.Exact(100_000), s.events },
			peers: []string{ruler}, builds: true, slow: true,
		},
		{
			name: "full1000", title: "1,000 rules with all operators",
			input: func(s *source) ([]string, [][]byte) { return s.maker.Full(1000), s.events },
			peers: []string{ruler, walk}, builds: true, few: map[string]int{walk: 1000},
		},
		{
			name: "full10000", title: "10,000 rules with all operators",
			input: func(s *source) ([]string, [][]byte) { return s.maker.Full(10_000), s.events },
			peers: []string{ruler, walk}, builds: true, few: map[string]int{walk: 50},
		},
		{
			name: "wildcard", title: "one wildcard of three parts, 2 KB values",
			input: func(*source) ([]string, [][]byte) { return rulesets.LongWildcard() },
			peers: []string{quamina, ruler, walk},
		},
		{
			name: "wildcards1000", title: "1,000 wildcards on one field",
			input: func(*source) ([]string, [][]byte) { return rulesets.Wildcards(1000) },
			peers: []string{ruler, walk}, builds: true, few: map[string]int{ruler: 4},
		},
		{
			name: "objects", title: "an array of 1,000 objects, array-consistent rules",
			input: func(*source) ([]string, [][]byte) { return rulesets.Arrays(), [][]byte{corpus.Objects(1000)} },
			peers: []string{quamina, ruler, walk},
		},
		{
			name: "strings", title: "10,000 strings under a rule's path",
			input: func(*source) ([]string, [][]byte) { return rulesets.Arrays(), [][]byte{corpus.Strings(10_000)} },
			peers: []string{quamina, ruler, walk},
		},
	}
	for _, h := range corpus.Hostiles() {
		all = append(all, work{
			name: hostilePrefix + h.Name, title: "256 KB: " + h.Name,
			input: func(*source) ([]string, [][]byte) { return rulesets.CIS(), [][]byte{h.Event} },
			peers: []string{valid, quamina, walk},
		})
	}
	return all
}

// hostilePrefix begins the names of the works that are one hostile event each.
const hostilePrefix = "hostile/"

// A source holds what inputs are made from.
type source struct {
	events [][]byte
	maker  *rulesets.Maker
}

func newSource() *source {
	events := corpus.Events()
	return &source{events, rulesets.NewMaker(events)}
}
