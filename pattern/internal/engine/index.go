package engine

import (
	"cmp"
	"slices"
)

// index makes the indexes of the accesses that lead to rules.
func (b *builder) index() {
	m := b.m
	used := slices.DeleteFunc(b.accesses, func(a access) bool { return a.list < 0 })
	slices.SortStableFunc(used, func(x, y access) int {
		return cmp.Or(cmp.Compare(x.path, y.path), cmp.Compare(x.kind, y.kind))
	})
	for len(used) > 0 {
		n := 1
		for n < len(used) && used[n].path == used[0].path && used[n].kind == used[0].kind {
			n++
		}
		group := used[:n]
		used = used[n:]
		p := &m.paths[group[0].path]
		switch group[0].kind {
		case byPresence:
			p.presence = group[0].list
		case byPrefix:
			p.prefixes = b.radixTree(listed(group, false))
		case bySuffix:
			p.suffixes = b.radixTree(listed(group, true))
		case byLowerPrefix:
			p.lowerPrefixes = b.radixTree(listed(group, false))
		case byLowerSuffix:
			p.lowerSuffixes = b.radixTree(listed(group, true))
		case byWildcard:
			p.wild = int32(len(m.automata))
			m.automata = append(m.automata, b.automaton(group))
		case byNumber:
			p.numeric = int32(len(m.intervals))
			m.intervals = append(m.intervals, numbers(group))
		case byAddress:
			p.addresses = b.radixTree(listed(group, false))
		}
	}
}

func listed(group []access, reverse bool) []listedText {
	texts := make([]listedText, len(group))
	for i, a := range group {
		texts[i] = listedText{a.text, a.list}
		if reverse {
			texts[i].text = reversed(a.text)
		}
	}
	return texts
}

func numbers(group []access) intervals {
	all := make([]interval, len(group))
	for i, a := range group {
		r := newRange(&a.operand.Range)
		all[i] = interval{orderOf(r.low), orderOf(r.high), a.list}
	}
	return newIntervals(all)
}

// automaton makes the automaton of wildcards that begin with a star and have a text between two.
func (b *builder) automaton(group []access) automaton {
	var a automaton
	c := automatonBuilder{b: b, a: &a, partIDs: make(map[string]int32)}
	for _, w := range group {
		c.add(w)
	}
	if len(group) > few {
		c.finish()
	}
	return a
}

// An automatonBuilder makes an automaton. While it does, the edges from a state are a list.
type automatonBuilder struct {
	b       *builder
	a       *automaton
	partIDs map[string]int32
	parts   []string
	first   []int32 // by wildcard: its first part
}

func (c *automatonBuilder) add(w access) {
	a := c.a
	parts := w.operand.Wildcard.Parts()
	first := uint32(len(a.sequences))
	for _, p := range parts[1 : len(parts)-1] {
		id, ok := c.partIDs[string(p)]
		if !ok {
			id = int32(len(c.parts))
			c.partIDs[string(p)] = id
			c.parts = append(c.parts, string(p))
			a.parts = append(a.parts, acPart{size: int32(len(p))})
		}
		a.sequences = append(a.sequences, id)
	}
	a.sequences = append(a.sequences, -1)
	texts := c.b.wildcard(w.operand)
	tail := c.b.m.texts[texts.first+texts.n-1]
	c.first = append(c.first, a.sequences[first])
	a.wildcards = append(a.wildcards, waiter{texts, first, tail, w.list})
}

func (c *automatonBuilder) finish() {
	c.queue()
	c.trie()
	c.links()
}

// queue lists the wildcards by their first part.
func (c *automatonBuilder) queue() {
	a := c.a
	ids := make([]int32, len(c.first))
	for i := range ids {
		ids[i] = int32(i)
	}
	slices.SortStableFunc(ids, func(x, y int32) int { return cmp.Compare(c.first[x], c.first[y]) })
	a.waiting = ids
	for i, id := range ids {
		w := &a.parts[c.first[id]].waiting
		if w.n == 0 {
			w.first = uint32(i)
		}
		w.n++
	}
}

// trie makes the states and edges.
func (c *automatonBuilder) trie() {
	type edge struct {
		label    byte
		to, next int32
	}
	a := c.a
	edges := []edge{{}} // from 1 on; 0 ends a list
	first := []int32{0} // by state
	a.states = append(a.states, acState{part: -1, link: -1})
	for id, text := range c.parts {
		at := int32(0)
		for i := range len(text) {
			e := first[at]
			for e != 0 && edges[e].label != text[i] {
				e = edges[e].next
			}
			if e == 0 {
				e = int32(len(edges))
				edges = append(edges, edge{text[i], int32(len(a.states)), first[at]})
				first[at] = e
				first = append(first, 0)
				a.states = append(a.states, acState{part: -1, link: -1})
			}
			at = edges[e].to
		}
		a.states[at].part = int32(id)
	}
	a.labels = make([]byte, 0, len(edges)-1)
	a.targets = make([]int32, 0, len(edges)-1)
	for i := range a.states {
		s := &a.states[i]
		s.edges.first = uint32(len(a.labels))
		for e := first[i]; e != 0; e = edges[e].next {
			a.labels = append(a.labels, edges[e].label)
			a.targets = append(a.targets, edges[e].to)
			s.edges.n++
			if i == 0 {
				a.root[edges[e].label] = edges[e].to
			}
		}
	}
}

// links sets fail and link, breadth first.
func (c *automatonBuilder) links() {
	a := c.a
	queue := []int32{0}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		edges := a.states[at].edges
		for i, label := range part(a.labels, edges) {
			to := a.targets[edges.first+uint32(i)]
			if at != 0 {
				a.states[to].fail = a.step(a.states[at].fail, label)
			}
			s, fail := &a.states[to], a.states[to].fail
			s.link = fail
			if a.states[fail].part < 0 {
				s.link = a.states[fail].link
			}
			queue = append(queue, to)
		}
	}
}
