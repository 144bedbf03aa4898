// Package engine matches an event against many patterns at once, in time that hardly depends on how many there are.
//
// Matching has three steps. The walk passes over the event by its structure and stops only at the members that a pattern
// names. Each value found there is looked up in the indexes of its path, which know for what rules it is the rarest thing they
// ask for. Those rules, few as a rule, are then checked whole; and if what satisfies one lies in arrays of objects, a search
// looks for a choice of elements.
package engine

import (
	"math/bits"
	"slices"
	"sync"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// An Error says why there is no answer for an event.
type Error struct {
	Reason  string
	Offset  int
	Hostile bool // the search for a choice of array elements was given up
}

func (e *Error) Error() string { return e.Reason }

// A Matcher matches events against a list of patterns. It is immutable and safe for concurrent use.
//
// Everything refers to everything else by number, in slices of which the large ones have no pointers: there is little to miss in a
// cache, and next to nothing for the garbage collector to follow.
type Matcher struct {
	patterns int
	arena    []byte // all texts

	// Where the walk stops.
	nodes   []node
	slots   []slot
	entries []entry

	// What is looked up there.
	paths     []path
	literals  []literal
	secret    [3]uint64
	spread    uint32   // odd, and random: by what windows are multiplied to hash them
	buckets   []bucket // of literals
	radix     []radixNode
	automata  []automaton
	intervals []intervals

	// What is found there: rules, and what they ask for.
	lists        []span    // of postings
	certain      []int32   // by list: the pattern that matches if a value outside of all elements leads to it, or -1
	postings     []posting // by list
	always       []int32   // rules that no value leads to
	rules        []rule
	ruleFields   []int32 // by rule
	fields       []field
	ids          []int32 // of literals, by field or alternative
	alternatives []alternative
	texts        []span // of the arena
	wildcards    []span // of texts: the parts between stars
	ranges       []numericRange
	blocks       []value.Block
	folds        []value.Fold

	states sync.Pool // of *state
}

// A span is a part of one of the slices.
type span struct{ first, n uint32 }

func part[T any](s []T, of span) []T { return s[of.first : of.first+of.n] }

// A rule is the list of a sub-rule's fields, in the order that decides absence.
type rule struct {
	pattern int32
	access  int32 // the field by which it is found, if what leads to it is accepted for certain, or -1
	fields  span
}

// A posting is a rule under a value that leads to it. The guard is a literal without which the rule cannot match, or -1. It
// stands here so that most rules are ruled out without a look at them.
//
// A rule to which more than a few values lead is in one list all the same, that of its field. Under each of the values there is
// then a posting with ^list instead of a rule.
type posting struct{ rule, guard int32 }

// New returns a matcher for patterns, given by their sources, which must be valid. An empty source never matches.
func New(sources []string) *Matcher {
	b := newBuilder(len(sources))
	p := syntax.Borrow()
	defer p.Return()
	for i, source := range sources {
		if source != "" {
			b.add(int32(i), p.Read(source))
		}
	}
	return b.finish()
}

// Match calls yield with the patterns that match, in order, which yield must not keep. If it fails, with an *Error, it has not called
// yield.
func (m *Matcher) Match(event []byte, yield func(patterns []int32)) error {
	s, _ := m.states.Get().(*state)
	if s == nil {
		s = newState(m)
	}
	err := s.match(event)
	if err == nil {
		yield(s.matched)
	}
	s.release()
	m.states.Put(s)
	if err != nil {
		return err
	}
	return nil
}

// Measure does what Match does and counts its steps. It is for the tests that hold Match to its bounds.
func (m *Matcher) Measure(event []byte) (Stats, error) {
	s := newState(m)
	if err := s.match(event); err != nil {
		return s.stats, err
	}
	return s.stats, nil
}

// match finds the patterns that match.
func (s *state) match(event []byte) *Error {
	s.begin(event)
	if err := s.walk(); err != nil {
		return err
	}
	for i := 0; i < len(s.hits); i++ { // a list may lead to others
		h := s.hits[i]
		for _, p := range part(s.m.postings, s.m.lists[h.list]) {
			s.stats.Postings++
			switch {
			case p.guard >= 0 && s.seen[p.guard].epoch != s.epoch:
			case p.rule < 0:
				s.hit(^p.rule, h.outside)
			default:
				s.check(p.rule, h.outside)
			}
		}
	}
	for _, r := range s.m.always {
		s.check(r, false)
	}
	for _, u := range s.undecided {
		if !s.hasMatched(u.pattern) {
			return u.reason
		}
	}
	s.sortMatched()
	return nil
}

// sortMatched puts the patterns that match in order. If they are many, the bits have them in order already.
func (s *state) sortMatched() {
	if !s.manyMatched() {
		slices.Sort(s.matched)
		return
	}
	s.matched = s.matched[:0]
	for i, word := range s.matchedBits {
		for ; word != 0; word &= word - 1 {
			s.matched = append(s.matched, int32(64*i+bits.TrailingZeros64(word)))
		}
	}
}

// manyMatched reports whether it is less work to go through all of the bits than through what has matched.
func (s *state) manyMatched() bool { return len(s.matched) > len(s.matchedBits)/2 }

func (s *state) hasMatched(pattern int32) bool { return s.matchedBits[pattern>>6]>>(pattern&63)&1 != 0 }

// clearMatched forgets what has matched.
func (s *state) clearMatched() {
	if s.manyMatched() {
		clear(s.matchedBits)
	} else {
		for _, p := range s.matched {
			s.matchedBits[p>>6] = 0
		}
	}
	s.matched = s.matched[:0]
}

// addMatch notes that a pattern matches.
func (s *state) addMatch(pattern int32) {
	word, bit := &s.matchedBits[pattern>>6], uint64(1)<<(pattern&63)
	if *word&bit == 0 {
		*word |= bit
		s.matched = append(s.matched, pattern)
	}
}

// check notes the rule's pattern if the rule is satisfied. That a value outside of all elements is accepted by the field by which
// the rule was found may be known.
func (s *state) check(id int32, accepted bool) {
	r := &s.m.rules[id]
	if s.hasMatched(r.pattern) {
		return
	}
	s.stats.Checks++
	accepted = accepted && r.access >= 0 && s.accept(r.access)
	if !accepted || r.fields.n > 1 {
		ok, err := s.satisfied(r)
		s.forget()
		if err != nil {
			// Another rule of the pattern may still be satisfied.
			s.undecided = append(s.undecided, undecided{r.pattern, err})
		}
		if !ok {
			return
		}
	}
	s.addMatch(r.pattern)
}

// An undecided pattern has a rule for which the search was given up.
type undecided struct {
	pattern int32
	reason  *Error
}
