package main

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/internal/bench/corpus"
	"github.com/countertrail/countertrail/internal/bench/peers"
	"github.com/countertrail/countertrail/internal/bench/rulesets"
)

// A question is rules and events to which all matchers must give the same answers.
type question struct {
	name   string
	rules  []string
	events [][]byte
	slow   string // the name of a peer that would take minutes
}

// questions returns smaller works than those that are measured.
func questions() []question {
	s := newSource()
	wild, wildEvents := rulesets.Wildcards(200)
	long, longEvents := rulesets.LongWildcard()
	all := []question{
		{name: "cis15", rules: rulesets.CIS(), events: s.events},
		{name: "exact", rules: s.maker.Exact(300), events: s.events[:1500]},
		{name: "mixed", rules: s.maker.Mixed(300), events: s.events[:1500]},
		{name: "full", rules: s.maker.Full(300), events: s.events[:1500]},
		{name: "wildcards", rules: wild, events: wildEvents[:16], slow: quamina},
		{name: "long wildcard", rules: long, events: longEvents[:4]},
		{name: "arrays", rules: rulesets.Arrays(), events: [][]byte{corpus.Objects(1000), corpus.Strings(10_000)}},
	}
	hostile := question{name: "hostile", rules: rulesets.CIS()}
	for _, h := range corpus.Hostiles() {
		hostile.events = append(hostile.events, h.Event)
	}
	return append(all, hostile)
}

// TestAnswers compares our answers with those of the other matchers in Go.
func TestAnswers(t *testing.T) {
	for _, q := range questions() {
		t.Run(q.name, func(t *testing.T) {
			want := answersOf(t, peers.Ours, q)
			for _, p := range peers.Go() {
				if p.Name == peers.Ours || p.Reads || p.Name == q.slow {
					continue
				}
				if err := disagreement(peers.Ours, want, p.Name, answersOf(t, p.Name, q)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// answersOf returns which rules match each event, by a peer in Go. It skips the rest of the test if
// the peer lacks an operator.
func answersOf(t *testing.T, peer string, q question) []string {
	t.Helper()
	p, ok := peers.Find(peer)
	if !ok {
		t.Fatalf("no peer %q", peer)
	}
	m, err := p.Build(q.rules, func() {})
	if errors.Is(err, peers.ErrLacks) && peer == quamina {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := &worker{events: q.events, matcher: m, out: bufio.NewWriter(&out)}
	w.answers(len(q.events))
	if err := w.out.Flush(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}

// TestAnswersOfRuler compares our answers with those of event-ruler.
func TestAnswersOfRuler(t *testing.T) {
	classPath, err := buildDriver("driver")
	if errors.Is(err, errNoJava) {
		t.Skip("NOT COMPARED WITH AWS'S ENGINE: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, q := range questions() {
		t.Run(q.name, func(t *testing.T) {
			rules, err := writeLines(dir, "rules", rulesAsLines(q.rules))
			if err != nil {
				t.Fatal(err)
			}
			events, err := writeLines(dir, "events", q.events)
			if err != nil {
				t.Fatal(err)
			}
			c, err := startContender(ruler, append(javaCommand(classPath), rules, events))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.events = len(q.events)
			if err := c.build(); err != nil {
				t.Fatal(err)
			}
			theirs, err := c.answers()
			if err != nil {
				t.Fatal(err)
			}
			if err := disagreement(peers.Ours, answersOf(t, peers.Ours, q), ruler, theirs); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReaders holds the readers to reading the same.
func TestReaders(t *testing.T) {
	q := question{events: newSource().events[:1000]}
	want := answersOf(t, "encoding/json", q)
	for _, p := range peers.Go() {
		if !p.Reads || p.Name == valid {
			continue
		}
		if err := disagreement("encoding/json", want, p.Name, answersOf(t, p.Name, q)); err != nil {
			t.Error(err)
		}
	}
}

func TestDisagreement(t *testing.T) {
	for _, tt := range []struct {
		name   string
		as, bs []string
		want   string
	}{
		{"the same answers", []string{"1 2", ""}, []string{"1 2", ""}, ""},
		{"one was asked about fewer events", []string{"1 2", "3"}, []string{"1 2"}, ""},
		{"a rule more", []string{"1", "2"}, []string{"1", "2 3"}, `event 1: a says "2", b says "2 3"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := disagreement("a", tt.as, "b", tt.bs); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
