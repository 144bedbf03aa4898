package main

import (
	"fmt"

	"github.com/countertrail/countertrail/internal/bench/peers"
)

// compare asks all contenders for their answers, and fails if two of the same sort, matchers or
// readers, disagree on an event.
func compare(r *result) error {
	first := make(map[bool]*contender)
	answers := make(map[bool][]string)
	for _, c := range r.contenders {
		if c.name == valid {
			continue // has no answers
		}
		p, isGo := peers.Find(c.name)
		reads := isGo && p.Reads
		got, err := c.answers()
		if err != nil {
			return err
		}
		if first[reads] == nil {
			first[reads], answers[reads] = c, got
			continue
		}
		if err := disagreement(first[reads].name, answers[reads], c.name, got); err != nil {
			return err
		}
	}
	return nil
}

// disagreement returns an error that tells the first event, if there is one, on which two contenders
// disagree. One of them may have been asked about fewer events.
func disagreement(a string, as []string, b string, bs []string) error {
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Errorf("event %d: %s says %.200q, %s says %.200q", i, a, as[i], b, bs[i])
		}
	}
	return nil
}
