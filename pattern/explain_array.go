package pattern

import (
	"slices"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

const (
	// Looking for the array that is to blame is given up, and the conflict told without it, beyond these sizes: values of the
	// fields of a rule, fields of a rule, combinations of fields that one array can satisfy, and rules. All are far beyond
	// what a record holds in which a person would look for the reason.
	maxConflictValues = 20_000
	maxConflictFields = 64
	maxConflictStates = 16
	maxConflictRules  = 8
)

// conflict returns what keeps a rule from holding of which each field holds, or nil if there is no such rule.
func (e *explainer) conflict() *Conflict {
	var unknown *Conflict
	tried := 0
	for _, r := range e.pattern.Rules {
		if tried == maxConflictRules {
			break
		}
		if slices.ContainsFunc(r, func(f *syntax.Field) bool { return !e.results[f].held }) {
			continue
		}
		tried++
		if c := e.conflictOf(r); c != nil {
			return c
		}
		unknown = new(Conflict)
	}
	return unknown
}

// conflictOf returns the first array of whose elements none can satisfy the fields of r that have no other place to be
// satisfied, or nil if there is none.
func (e *explainer) conflictOf(r syntax.Rule) *Conflict {
	s := solver{rule: r, places: make(map[*position]*elementNode), arrays: make(map[*position]*arrayNode)}
	values := 0
	for _, f := range r {
		values += len(e.results[f].values)
	}
	if len(r) > maxConflictFields || values > maxConflictValues {
		return nil
	}
	for i, f := range r {
		facts := e.results[f]
		s.accepted = append(s.accepted, len(facts.accepted))
		s.absent = append(s.absent, facts.mayBeAbsent)
		accepted := facts.accepted
		for _, v := range facts.values {
			n := s.place(v.pos.outer.within)
			ok := len(accepted) > 0 && accepted[0] == v
			if ok {
				accepted = accepted[1:]
			}
			if ok || facts.mayBeAbsent {
				n.values = append(n.values, fieldValue{i, ok})
			}
		}
	}
	s.solveElement(s.place(nil))
	return s.conflict
}

// A solver looks for a choice of elements, from the innermost arrays outwards.
type solver struct {
	rule     syntax.Rule
	accepted []int  // by field of the rule: how many values there are that are accepted
	absent   []bool // by field: it may be absent
	places   map[*position]*elementNode
	arrays   map[*position]*arrayNode
	conflict *Conflict
	gaveUp   bool
}

// An elementNode is an element of an array, or the event itself, with what is in it and in no array of its own.
type elementNode struct {
	index  int
	values []fieldValue
	arrays []*arrayNode
}

type arrayNode struct {
	pos      *position
	elements []*elementNode
}

type fieldValue struct {
	field    int
	accepted bool
}

// place returns the node of an element.
func (s *solver) place(element *position) *elementNode {
	n := s.places[element]
	if n != nil {
		return n
	}
	n = &elementNode{index: -1}
	s.places[element] = n
	if element != nil {
		n.index = element.index
		a := s.arrays[element.outer]
		if a == nil {
			a = &arrayNode{pos: element.outer}
			s.arrays[element.outer] = a
			around := s.place(element.outer.within)
			around.arrays = append(around.arrays, a)
		}
		a.elements = append(a.elements, n)
	}
	return n
}

// A fieldSet is a set of fields of the rule, by number.
type fieldSet uint64

func (s fieldSet) has(field int) bool { return s>>field&1 != 0 }

// A solution is one way to choose the elements in a part of the event: the fields that have a value there, and those for
// which no value there is left, so that as far as this part goes they are absent.
type solution struct {
	have, clear fieldSet
}

func (a solution) covers(b solution) bool {
	return a.have&b.have == b.have && a.clear&b.clear == b.clear
}

// A census counts what is in a part of the event, by field.
type census struct {
	accepted, present []int
}

func (s *solver) census() census {
	return census{make([]int, len(s.rule)), make([]int, len(s.rule))}
}

func (c census) add(d census) {
	for i := range c.accepted {
		c.accepted[i] += d.accepted[i]
		c.present[i] += d.present[i]
	}
}

func (s *solver) solveElement(n *elementNode) ([]solution, census) {
	c := s.census()
	here := solution{clear: 1<<len(s.rule) - 1}
	for _, v := range n.values {
		c.present[v.field]++
		here.clear &^= 1 << v.field
		if v.accepted {
			c.accepted[v.field]++
			here.have |= 1 << v.field
		}
	}
	all := []solution{here}
	for _, a := range n.arrays {
		inside, d := s.solveArray(a)
		if s.conflict != nil || s.gaveUp {
			return nil, c
		}
		c.add(d)
		var both []solution
		for _, x := range all {
			for _, y := range inside {
				both = s.insert(both, solution{x.have | y.have, x.clear & y.clear})
			}
		}
		all = both
	}
	return all, c
}

func (s *solver) solveArray(a *arrayNode) ([]solution, census) {
	c := s.census()
	type choice struct {
		solution
		index int
	}
	var choices []choice
	for _, n := range a.elements {
		inside, d := s.solveElement(n)
		if s.conflict != nil || s.gaveUp {
			return nil, c
		}
		c.add(d)
		for _, x := range inside {
			choices = append(choices, choice{x, n.index})
		}
	}
	needed := s.needed(c)
	var all []solution
	elements := make(map[int][]int) // by field
	var sets []fieldSet             // of needed, by choice
	for _, x := range choices {
		// satisfied is what this element satisfies, maybe together with the elements of other arrays.
		satisfied := x.have
		for f := range s.rule {
			if s.absent[f] && x.clear.has(f) {
				satisfied |= 1 << f
			}
			if in := elements[f]; satisfied.has(f) && (len(in) == 0 || in[len(in)-1] != x.index) {
				elements[f] = append(in, x.index)
			}
		}
		sets = append(sets, satisfied&needed)
		// What is in the other elements counts as absent only for a field before which another has chosen this element.
		for f := range s.rule {
			if c.present[f] > 0 && x.have&(1<<f-1) == 0 {
				x.clear &^= 1 << f
				satisfied = satisfied&^(1<<f) | x.have&(1<<f)
			}
		}
		if satisfied&needed == needed {
			all = s.insert(all, x.solution)
		}
	}
	if len(all) == 0 && !s.gaveUp {
		s.conflict = s.describe(a, smallest(needed, sets), elements)
	}
	return all, c
}

// needed returns the fields that must be satisfied in a part of the event, because the rest of it cannot satisfy them.
func (s *solver) needed(c census) (set fieldSet) {
	for f := range s.rule {
		switch {
		case s.accepted[f] > c.accepted[f]:
		case s.absent[f] && c.present[f] > 0, !s.absent[f] && c.accepted[f] > 0:
			set |= 1 << f
		}
	}
	return set
}

// insert adds a solution unless there is a better one, and removes those that it is better than.
func (s *solver) insert(all []solution, x solution) []solution {
	for _, y := range all {
		if y.covers(x) {
			return all
		}
	}
	all = slices.DeleteFunc(all, x.covers)
	if len(all) == maxConflictStates {
		s.gaveUp = true
		return all
	}
	return append(all, x)
}

// smallest returns a smallest part of needed that is in none of sets.
func smallest(needed fieldSet, sets []fieldSet) fieldSet {
	for f := range maxConflictFields {
		if !needed.has(f) {
			continue
		}
		without := needed &^ (1 << f)
		if !slices.ContainsFunc(sets, func(s fieldSet) bool { return s&without == without }) {
			needed = without
		}
	}
	return needed
}

func (s *solver) describe(a *arrayNode, fields fieldSet, elements map[int][]int) *Conflict {
	c := &Conflict{Array: a.pos.String()}
	for f, field := range s.rule {
		if !fields.has(f) {
			continue
		}
		in := elements[f]
		n := min(len(in), maxValues)
		c.Fields = append(c.Fields, ConflictField{Path: field.Path, Elements: slices.Clip(in[:n]), More: len(in) - n})
	}
	return c
}
