package engine

import "sort"

// search is the work space of the search for a choice of array elements.
//
// Of each array that two values of a rule are in, both must be in the same element. So for each field of a rule, in order, a
// value is chosen that is accepted and whose elements agree with those chosen before; or, if the field may be absent, it has
// to have no value whose elements agree. That absence is judged by what has been chosen before, and not by what comes after,
// is the engine's order, and part of the language.
//
// Two things keep the search short. Values in the same element are one occurrence. And a state from which the search has
// failed is not searched again: what lies ahead depends only on the field that is next and on the elements chosen in arrays
// in which a field to come has an occurrence. Nearly always those elements lie one inside the other, and then the innermost
// one stands for them all.
type search struct {
	fields  []int32 // of the rule
	round   int
	chosen  []int32 // the elements chosen so far
	absence int     // the last field whose absence depends on the choice, or -1
	failed  map[failure]struct{}
	steps   int // that are left, or -1 if they did not suffice
}

// A failure is a state from which the search has failed: the field that is next and the innermost element that matters.
type failure struct {
	next    int32
	element int32
}

// stepsPerOccurrence and freeSteps bound a search: the steps that it may take for each occurrence of the rule's fields, and
// on top of that. A step is a look at an element.
//
// As long as the elements that matter lie one inside the other, a field's occurrence is considered once for each element
// around it, and a few more are considered to skip those that were not chosen; to consider it is to look at all elements around
// it. In the events of AWS, arrays of objects are rarely nested three deep, which makes some twenty looks. At the bound, a
// search takes a millisecond for each thousand occurrences. Without one an event could pose any riddle: duplicate keys give one
// path many arrays, and which elements to choose from them is a question as hard as any that is known.
const (
	stepsPerOccurrence = 100
	freeSteps          = 4096
)

// choose reports whether there is a choice of values that satisfies the rule.
func (s *state) choose(fields []int32) (bool, *Error) {
	w := &s.search
	w.fields, w.absence = fields, -1
	w.round++
	w.steps = freeSteps
	if w.failed == nil {
		w.failed = make(map[failure]struct{})
	}
	clear(w.failed)
	for i := len(fields) - 1; i >= 0; i-- {
		inside := s.occurrences(s.outcome(fields[i]))
		w.steps += stepsPerOccurrence * len(inside)
		if w.absence < 0 && s.m.fields[fields[i]].absent && len(inside) > 0 {
			w.absence = i
		}
		for _, in := range inside {
			s.involve(in.element, int32(i))
		}
	}
	allowed := w.steps
	found := s.chooseFrom(0)
	if taken := allowed - w.steps; taken > s.stats.Steps {
		s.stats.Steps, s.stats.AllowedSteps = taken, allowed
	}
	s.unchoose(0)
	if w.steps < 0 {
		return false, &Error{Reason: "too many arrays of objects under one path", Hostile: true}
	}
	return found, nil
}

// spend takes steps and reports whether there were enough.
func (w *search) spend(steps int) bool {
	w.steps = max(w.steps-steps, -1)
	return w.steps >= 0
}

// involve notes that field i of the rule has an occurrence in element e. Fields come in descending order.
func (s *state) involve(e, i int32) {
	for e != 0 {
		a := &s.arrays[s.elements[e].array]
		if a.round == s.search.round {
			return
		}
		a.round, a.last = s.search.round, i
		e = a.parent
	}
}

// chooseFrom reports whether the fields from i on can be satisfied together with what has been chosen. When no steps are left
// it returns false.
func (s *state) chooseFrom(i int) bool {
	w := &s.search
	if i == len(w.fields) {
		return true
	}
	if !w.spend(1 + len(w.chosen)) {
		return false
	}
	e, inLine := s.innermost(int32(i))
	here := failure{int32(i), e}
	if _, failed := w.failed[here]; failed && inLine {
		return false
	}
	if s.chooseField(i) {
		return true
	}
	if inLine {
		w.failed[here] = struct{}{}
	}
	return false
}

// chooseField tries the values of field i, and its absence.
func (s *state) chooseField(i int) bool {
	w := &s.search
	o := s.outcome(w.fields[i])
	inside := s.occurrences(o)
	if o.accepted {
		if s.chooseFrom(i + 1) {
			return true
		}
		// To be bound to fewer elements is never worse, except for a field to come that has to be absent.
		if i >= w.absence {
			return false
		}
	}
	present := o.present
	for j := 0; j < len(inside); {
		in := inside[j]
		next, looks := s.conflict(in.element)
		if !w.spend(looks) {
			return false
		}
		if next != 0 {
			j += sort.Search(len(inside)-j, func(k int) bool { return inside[j+k].element >= next })
			continue
		}
		j++
		present = true
		if !in.accepted {
			continue
		}
		before := len(w.chosen)
		s.take(in.element)
		if s.chooseFrom(i + 1) {
			return true
		}
		s.unchoose(before)
	}
	return !present && s.m.fields[w.fields[i]].absent && s.chooseFrom(i+1)
}

// conflict returns 0 if element e agrees with what has been chosen. Otherwise it returns the next element that may agree. It
// also returns how many elements it has looked at.
func (s *state) conflict(e int32) (next int32, looks int) {
	for e != 0 {
		looks++
		a := &s.arrays[s.elements[e].array]
		switch {
		case a.chosen == 0 || a.chosen == e:
		case a.chosen > e:
			next = a.chosen
		default:
			next = a.end
		}
		e = a.parent
	}
	return next, looks
}

// take chooses an element, and those around it.
func (s *state) take(e int32) {
	for e != 0 {
		a := &s.arrays[s.elements[e].array]
		if a.chosen == e {
			return
		}
		a.chosen = e
		s.search.chosen = append(s.search.chosen, e)
		e = a.parent
	}
}

// unchoose takes back all choices but the first n.
func (s *state) unchoose(n int) {
	for _, e := range s.search.chosen[n:] {
		s.arrays[s.elements[e].array].chosen = 0
	}
	s.search.chosen = s.search.chosen[:n]
}

// innermost returns the innermost of the chosen elements that matter to the fields from i on, or 0. It reports whether the
// others are around it.
func (s *state) innermost(i int32) (e int32, inLine bool) {
	for _, c := range s.search.chosen {
		if s.arrays[s.elements[c].array].last >= i {
			e = max(e, c)
		}
	}
	for _, c := range s.search.chosen {
		if s.arrays[s.elements[c].array].last >= i && c != e && s.elements[c].end <= e {
			return e, false
		}
	}
	return e, true
}
