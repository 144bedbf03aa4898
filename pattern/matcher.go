package pattern

import (
	"strings"
	"sync"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// A matcher matches events against a list of patterns. Matching has three steps: scan reads the event once, and tests the
// values on the paths of the patterns as it meets them; then each rule is looked up in the outcomes; and only if what
// satisfies it lies in arrays of objects, search looks for a choice of elements.
type matcher struct {
	trie   trieNode
	tests  []fieldTest // by field, a number
	rules  [][]rule    // by pattern
	states sync.Pool   // of *state
}

// A rule is the list of a sub-rule's fields, in the order that decides absence.
type rule []int32

// A trieNode stands for a path, as far as an event's keys have been followed. Paths are taken apart at their dots, and so are
// keys, because to EventBridge a dot in a key is a level like any other.
type trieNode struct {
	children map[string]*trieNode
	fields   []int32 // that have this path
}

func newMatcher(patterns []*syntax.Pattern) *matcher {
	m := new(matcher)
	m.rules = make([][]rule, len(patterns))
	for i, p := range patterns {
		if p == nil {
			continue
		}
		ids := make(map[*syntax.Field]int32)
		for _, r := range p.Rules {
			var fields rule
			for _, f := range r {
				id, ok := ids[f]
				if !ok {
					id = m.addField(f, p.EmptyKeys)
					ids[f] = id
				}
				fields = append(fields, id)
			}
			m.rules[i] = append(m.rules[i], fields)
		}
	}
	return m
}

func (m *matcher) addField(f *syntax.Field, emptyKeys bool) int32 {
	id := int32(len(m.tests))
	m.tests = append(m.tests, newFieldTest(f, emptyKeys))
	n := &m.trie
	for step := range strings.SplitSeq(f.Path, ".") {
		next := n.children[step]
		if next == nil {
			next = new(trieNode)
			if n.children == nil {
				n.children = make(map[string]*trieNode)
			}
			n.children[step] = next
		}
		n = next
	}
	n.fields = append(n.fields, id)
	return id
}

// follow returns the node to which a key leads, or nil if no path goes that way.
func (n *trieNode) follow(key []byte) *trieNode {
	start := 0
	for i, c := range key {
		if c == '.' {
			if n = n.children[string(key[start:i])]; n == nil {
				return nil
			}
			start = i + 1
		}
	}
	return n.children[string(key[start:])]
}

// match calls yield for each pattern that matches, in order. If it fails it may have called yield before.
func (m *matcher) match(event []byte, yield func(int)) error {
	s, _ := m.states.Get().(*state)
	if s == nil {
		s = &state{m: m, outcomes: make([]outcome, len(m.tests))}
	}
	defer func() {
		s.reset()
		m.states.Put(s)
	}()
	if err := s.scan(event); err != nil {
		return err
	}
	for i, rules := range m.rules {
		ok, err := s.anySatisfied(rules)
		if err != nil {
			return err
		}
		if ok {
			yield(i)
		}
	}
	return nil
}

// A state is what a matcher knows about one event.
type state struct {
	m *matcher
	scanner
	scalar   scalar    // the value that is being tested
	outcomes []outcome // by field
	touched  []int32   // the fields whose outcome is not the zero outcome
	elements []element // 1 and up; 0 is the event itself
	arrays   []array
	search   search
}

// An outcome is what is known of a field after the scan.
//
// Most values are in no array of objects. For those it is enough to know whether one was there and whether one was accepted.
type outcome struct {
	present  bool // there is a value outside of all elements
	accepted bool // one of them is accepted
	touched  bool
	inside   []occurrence // the values inside elements that count; for the others it does not matter that they are there
	anyIn    bool         // one of inside is accepted
	sorted   bool
}

// An occurrence says that a field has values in an element.
type occurrence struct {
	element  int32
	accepted bool // one of them is
}

// An element is an element of an array that is an object or an array itself, and may hold values on the path of a pattern.
// Elements are numbered in the order in which they begin, so those inside element e are the numbers from e+1 to its end.
type element struct {
	array int32
	end   int32
}

// An array is an array that has elements.
type array struct {
	parent int32 // the element in which the array is, or 0
	end    int32 // the number behind its last element and those inside it

	// For the rule that is being searched for:
	round  int   // the search that last is of
	last   int32 // the last of the rule's fields that has an occurrence in the array
	chosen int32 // the element that is chosen, or 0
}

func (s *state) reset() {
	for _, id := range s.touched {
		o := &s.outcomes[id]
		*o = outcome{inside: o.inside[:0]}
	}
	s.touched = s.touched[:0]
	s.elements = s.elements[:0]
	s.arrays = s.arrays[:0]
	s.scanner = scanner{buf: s.buf[:0]}
	s.scalar = scalar{}
}

// record notes a value of the path that n stands for.
func (s *state) record(n *trieNode, at place, v *scalar) {
	for _, id := range n.fields {
		t, o := &s.m.tests[id], &s.outcomes[id]
		if at.emptyKey && !t.emptyKeys || at.element == 0 && o.accepted {
			continue
		}
		accepted := t.accepts(v)
		if !o.touched {
			o.touched = true
			s.touched = append(s.touched, id)
		}
		if at.element == 0 {
			o.present = true
			o.accepted = o.accepted || accepted
			continue
		}
		if !accepted && !t.absent {
			continue
		}
		o.anyIn = o.anyIn || accepted
		if n := len(o.inside); n > 0 && o.inside[n-1].element == at.element {
			o.inside[n-1].accepted = o.inside[n-1].accepted || accepted
			continue
		}
		o.inside = append(o.inside, occurrence{at.element, accepted})
	}
}

// anySatisfied reports whether one of the rules of a pattern is satisfied. It fails only if none of the others is.
func (s *state) anySatisfied(rules []rule) (bool, error) {
	var failed error
	for _, r := range rules {
		ok, err := s.satisfied(r)
		if ok {
			return true, nil
		}
		if err != nil {
			failed = err
		}
	}
	return false, failed
}

// satisfied reports whether a rule is satisfied.
func (s *state) satisfied(r rule) (bool, error) {
	simple := true
	for _, id := range r {
		o := &s.outcomes[id]
		switch {
		case o.accepted:
		case s.m.tests[id].absent && !o.present:
			simple = simple && len(o.inside) == 0
		case o.anyIn:
			simple = false
		default:
			return false, nil
		}
	}
	if simple {
		return true, nil
	}
	return s.choose(r)
}
