package engine

import "bytes"

// A wildcard has one kind of special character, the star, so the leftmost occurrence of each part between two stars is as good
// as any other: whatever comes after it may begin later, but never must.

// matchWildcard reports whether text fits a wildcard.
func (m *Matcher) matchWildcard(parts []span, text []byte) bool {
	first, last := part(m.arena, parts[0]), part(m.arena, parts[len(parts)-1])
	if len(parts) == 1 {
		return bytes.Equal(text, first)
	}
	if len(text) < len(first)+len(last) || !bytes.HasPrefix(text, first) || !bytes.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		between := part(m.arena, p)
		i := bytes.Index(text, between)
		if i < 0 {
			return false
		}
		text = text[i+len(between):]
	}
	return true
}

// few is how many wildcards are tried one by one. More of them share an automaton.
const few = 8

// An automaton finds which of many wildcards that begin with a star fit a text, in one pass. It is an Aho-Corasick automaton of
// the parts between their stars. Each wildcard waits for the first of its parts, and when that has been found, for the next.
type automaton struct {
	root      [256]int32 // from the state 0
	states    []acState
	labels    []byte // by edge
	targets   []int32
	parts     []acPart
	sequences []int32 // by wildcard: its parts between stars, and -1
	wildcards []waiter
	waiting   []int32 // wildcards by their first part
}

// An acState is a state of the automaton: what the text that has been read ends with.
type acState struct {
	edges span
	fail  int32 // the state of the longest proper suffix that is one
	part  int32 // that this state is, or -1
	link  int32 // the nearest state on the way of fail that is a part, or -1
}

// An acPart is a text between two stars.
type acPart struct {
	size    int32
	waiting span // wildcards of which it is the first
}

// A waiter is a wildcard.
type waiter struct {
	parts span   // of texts: all
	first uint32 // of its sequence
	tail  span   // of the arena: what follows the last star
	list  int32
}

// A wildState is how far the wildcards of an automaton have got with one text. What it says of another has another run.
type wildState struct {
	run       uint32
	parts     []partState
	wildcards []waitState
}

// A partState is the queue of the wildcards that wait for a part, except those of which it is the first.
type partState struct {
	begun      uint32 // the run in which the part has been found
	run        uint32 // of the queue
	head, tail int32  // -1 if the queue is empty
}

// A waitState is where in its queue a wildcard is.
type waitState struct {
	next int32  // in the queue, or -1
	step uint32 // of sequences: the part for which it waits
	from int32  // where the part may begin; never descending in a queue
}

func (w *wildState) init(automata []automaton) {
	parts, wildcards := 0, 0
	for i := range automata {
		parts, wildcards = max(parts, len(automata[i].parts)), max(wildcards, len(automata[i].wildcards))
	}
	w.parts, w.wildcards = make([]partState, parts), make([]waitState, wildcards)
}

// wildcards hits the lists of the wildcards that text fits.
func (s *state) wildcards(a *automaton, text []byte, outside bool) {
	if len(a.states) == 0 {
		for i := range a.wildcards {
			s.stats.Tests++
			if w := &a.wildcards[i]; s.m.matchWildcard(part(s.m.texts, w.parts), text) {
				s.hit(w.list, outside)
			}
		}
		return
	}
	w := &s.wild
	if w.run++; w.run == 0 {
		w.run = 1
		clear(w.parts)
	}
	at := int32(0)
	for i, c := range text {
		at = a.step(at, c)
		for found := at; found >= 0; found = a.states[found].link {
			if p := a.states[found].part; p >= 0 {
				s.found(a, p, text, int32(i+1), outside)
			}
		}
	}
}

func (a *automaton) step(at int32, c byte) int32 {
	for at != 0 {
		if next := a.edge(at, c); next >= 0 {
			return next
		}
		at = a.states[at].fail
	}
	return a.root[c]
}

// edge returns the state to which a letter leads from one that is not the root, or -1.
func (a *automaton) edge(at int32, c byte) int32 {
	edges := a.states[at].edges
	for i, label := range part(a.labels, edges) {
		if label == c {
			return a.targets[edges.first+uint32(i)]
		}
	}
	return -1
}

// found moves on the wildcards that wait for a part which ends at end.
func (s *state) found(a *automaton, p int32, text []byte, end int32, outside bool) {
	run, queue := s.wild.run, &s.wild.parts[p]
	if queue.run == run {
		// The queue may grow meanwhile, but only by wildcards that have got to end and must wait.
		begin := end - a.parts[p].size
		for id := queue.head; id >= 0 && s.wild.wildcards[id].from <= begin; id = queue.head {
			queue.head = s.wild.wildcards[id].next
			s.advance(a, id, text, end, outside)
		}
	}
	if queue.begun != run {
		queue.begun = run
		for _, id := range part(a.waiting, a.parts[p].waiting) {
			s.wild.wildcards[id].step = a.wildcards[id].first
			s.advance(a, id, text, end, outside)
		}
	}
}

// advance lets a wildcard wait for its next part.
func (s *state) advance(a *automaton, id int32, text []byte, end int32, outside bool) {
	s.stats.Moves++
	w := &s.wild.wildcards[id]
	w.step++
	p := a.sequences[w.step]
	if p < 0 {
		if bytes.HasSuffix(text[end:], part(s.m.arena, a.wildcards[id].tail)) {
			s.hit(a.wildcards[id].list, outside)
		}
		return
	}
	w.next, w.from = -1, end
	queue := &s.wild.parts[p]
	if queue.run != s.wild.run || queue.head < 0 {
		queue.run, queue.head = s.wild.run, id
	} else {
		s.wild.wildcards[queue.tail].next = id
	}
	queue.tail = id
}
