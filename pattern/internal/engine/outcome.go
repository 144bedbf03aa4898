package engine

import "slices"

// An outcome is what is known of a field. It counts only if the epoch is that of the event.
//
// Most values are in no array of objects. For those it is enough to know whether one was there and whether one was accepted.
type outcome struct {
	epoch    uint32
	present  bool  // there is a value outside of all elements
	accepted bool  // one of them is accepted
	inside   int32 // of insides, or -1: the values inside elements that count
}

// inside are the values of a field inside elements: those that are accepted, and if the field may be absent, all.
type inside struct {
	field       int32
	occurrences []occurrence // sorted by element, each once
	accepted    bool         // one of them is
}

// maxOccurrences is how many occurrences are remembered for the rules that are yet to be checked. Without a bound there could be as
// many as there are fields on a path times values there.
const maxOccurrences = 1 << 18

// forget forgets the outcomes that have occurrences, if these are too many. It must not be called while a rule is checked.
func (s *state) forget() {
	if s.occurring <= maxOccurrences {
		return
	}
	for i := range s.insides {
		s.outcomes[s.insides[i].field].epoch = 0 // which is no event's
	}
	s.insides, s.occurring = nil, 0
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

// accept notes that a field is known to accept a value outside of all elements. It reports whether that is all there is to know.
func (s *state) accept(id int32) bool {
	if s.paths[s.m.fields[id].path].where&seenInside != 0 {
		return false
	}
	if o := &s.outcomes[id]; o.epoch != s.epoch {
		*o = outcome{s.epoch, true, true, -1}
	}
	return true
}

// outcome returns what is known of a field.
func (s *state) outcome(id int32) *outcome {
	o := &s.outcomes[id]
	if o.epoch == s.epoch {
		return o
	}
	*o = outcome{epoch: s.epoch, inside: -1}
	f := &s.m.fields[id]
	p := &s.paths[f.path]
	switch {
	case p.epoch != s.epoch:
	case p.where&seenInside != 0:
		s.weigh(id, o, f, p)
		s.occurring += len(s.occurrences(o))
	default:
		o.present = true
		o.accepted = s.acceptsOne(f, p)
	}
	return o
}

// acceptsOne reports whether a field accepts one of the values of a path.
func (s *state) acceptsOne(f *field, p *pathState) bool {
	if f.alternatives.n == 0 && f.kinds == 0 {
		// Only literals are, and these are known without a look at the values, of which there may be many.
		for _, id := range part(s.m.ids, f.literals) {
			if s.seen[id].epoch == s.epoch {
				return true
			}
		}
		return false
	}
	for i := p.first; i >= 0; i = s.values[i].next {
		if s.accepts(f, &s.values[i]) {
			return true
		}
	}
	return false
}

// weigh looks at all values of a path, some of which are inside elements.
func (s *state) weigh(id int32, o *outcome, f *field, p *pathState) {
	o.inside = int32(len(s.insides))
	if len(s.insides) < cap(s.insides) {
		s.insides = s.insides[:len(s.insides)+1]
	} else {
		s.insides = append(s.insides, inside{})
	}
	in := &s.insides[o.inside]
	list := in.occurrences[:0]
	in.field, in.accepted = id, false
	if f.alternatives.n == 0 && f.kinds == 0 && !f.absent {
		// Only literals are accepted, and it is known where they are. Whether there are other values does not matter.
		for _, literal := range part(s.m.ids, f.literals) {
			seen := &s.seen[literal]
			if seen.epoch != s.epoch {
				continue
			}
			if seen.where&seenOutside != 0 {
				o.present, o.accepted = true, true
			}
			for i := seen.first; i >= 0; i = s.values[i].same {
				list = append(list, occurrence{s.values[i].element, true})
			}
		}
		in.accepted = len(list) > 0
		in.occurrences = merged(list)
		return
	}
	for i := p.first; i >= 0; i = s.values[i].next {
		v := &s.values[i]
		accepted := s.accepts(f, v)
		if v.element == 0 {
			o.present = true
			o.accepted = o.accepted || accepted
			continue
		}
		if !accepted && !f.absent {
			continue
		}
		in.accepted = in.accepted || accepted
		if n := len(list); n > 0 && list[n-1].element == v.element {
			list[n-1].accepted = list[n-1].accepted || accepted
			continue
		}
		list = append(list, occurrence{v.element, accepted})
	}
	in.occurrences = merged(list)
}

// merged puts occurrences in the order of the elements, each element once.
func merged(list []occurrence) []occurrence {
	byElement := func(a, b occurrence) int { return int(a.element - b.element) }
	if !slices.IsSortedFunc(list, byElement) {
		slices.SortFunc(list, byElement)
	}
	kept := list[:0]
	for _, in := range list {
		if n := len(kept); n > 0 && kept[n-1].element == in.element {
			kept[n-1].accepted = kept[n-1].accepted || in.accepted
			continue
		}
		kept = append(kept, in)
	}
	return kept
}

// occurrences returns the values inside elements that count.
func (s *state) occurrences(o *outcome) []occurrence {
	if o.inside < 0 {
		return nil
	}
	return s.insides[o.inside].occurrences
}

// satisfied reports whether a rule is satisfied.
func (s *state) satisfied(r *rule) (bool, *Error) {
	fields := part(s.m.ruleFields, r.fields)
	simple := true
	for _, id := range fields {
		if only := s.m.fields[id].only; only >= 0 {
			// Most fields are so, and need no outcome as long as no choice of elements depends on them.
			switch seen := &s.seen[only]; {
			case seen.epoch != s.epoch:
				return false, nil
			case seen.where&seenOutside != 0:
				continue
			}
		}
		o := s.outcome(id)
		switch {
		case o.accepted:
		case s.m.fields[id].absent && !o.present:
			simple = simple && len(s.occurrences(o)) == 0
		case o.inside >= 0 && s.insides[o.inside].accepted:
			simple = false
		default:
			return false, nil
		}
	}
	if simple {
		return true, nil
	}
	return s.choose(fields)
}
