package engine

import (
	"cmp"
	"math/bits"
	"slices"
)

// automaton makes the automaton of wildcards that begin with a star and have a text between two.
func (b *builder) automaton(group []access) automaton {
	var a automaton
	if len(group) <= few {
		for _, w := range group {
			a.singles = append(a.singles, single{b.wildcard(w.operand), w.list})
		}
		return a
	}
	c := automatonBuilder{b: b, a: &a, partIDs: make(map[string]int32), parts: []string{""}}
	c.number(group)
	for _, w := range group {
		c.add(w)
	}
	c.tree()
	c.states(c.trie())
	return a
}

// An automatonBuilder makes an automaton.
type automatonBuilder struct {
	b         *builder
	a         *automaton
	partIDs   map[string]int32
	parts     []string // from 1 on
	wildcards []sequence
	groups    []group   // by node
	ends      []wildEnd // by node
}

// A sequence is a wildcard as the parts between its stars.
type sequence struct {
	parts []int32
	tail  span // of the arena: what follows the last star
	list  int32
}

// A group are the wildcards of a node: those that have their first parts in common, as many as the node is deep.
type group struct {
	wildcards []sequence
	depth     int
}

// number numbers the parts, short ones first: those with which a part ends have lower numbers than it has.
func (c *automatonBuilder) number(group []access) {
	for _, w := range group {
		parts := w.operand.Wildcard.Parts()
		for _, p := range parts[1 : len(parts)-1] {
			if _, ok := c.partIDs[string(p)]; !ok {
				c.partIDs[string(p)] = 0
				c.parts = append(c.parts, string(p))
			}
		}
	}
	slices.SortStableFunc(c.parts, func(x, y string) int { return cmp.Compare(len(x), len(y)) })
	for id, p := range c.parts {
		c.partIDs[p] = int32(id)
	}
}

func (c *automatonBuilder) add(w access) {
	parts := w.operand.Wildcard.Parts()
	tail, parts := parts[len(parts)-1], parts[1:len(parts)-1]
	seq := sequence{make([]int32, len(parts)), c.b.text(string(tail)), w.list}
	for i, p := range parts {
		seq.parts[i] = c.partIDs[string(p)]
	}
	c.wildcards = append(c.wildcards, seq)
}

// tree makes the tree of the wildcards, breadth first. In the order of their parts those of a group stand together, and first those
// that have no more than what is common to all.
func (c *automatonBuilder) tree() {
	a := c.a
	a.parts = make([]acPart, len(c.parts))
	for id, text := range c.parts {
		a.parts[id].size = int32(len(text))
	}
	slices.SortFunc(c.wildcards, func(x, y sequence) int {
		return cmp.Or(slices.Compare(x.parts, y.parts), cmp.Compare(x.tail.n, y.tail.n))
	})
	a.nodes = append(a.nodes, wildNode{})
	c.groups = append(c.groups, group{c.wildcards, 0})
	for id := 0; id < len(a.nodes); id++ {
		c.node(int32(id))
	}
	c.gather()
	root := a.nodes[0].children
	for id := root.first; id < root.first+root.n; id++ {
		a.parts[a.nodes[id].part].node = int32(id)
	}
}

// node makes the children of a node, and what ends behind it.
func (c *automatonBuilder) node(id int32) {
	a, depth, rest := c.a, c.groups[id].depth, c.groups[id].wildcards
	n := a.nodes[id]
	n.children.first, n.ends.first, n.tails.first = uint32(len(a.nodes)), uint32(len(c.ends)), uint32(len(a.tails))
	for ; len(rest) > 0 && len(rest[0].parts) == depth; rest = rest[1:] {
		if w := rest[0]; w.tail.n > 0 {
			a.tails = append(a.tails, wildTail{w.tail, w.list})
		} else {
			c.ends = append(c.ends, wildEnd{id, 0, w.list})
		}
	}
	for len(rest) > 0 {
		p, same := rest[0].parts[depth], 1
		for same < len(rest) && rest[same].parts[depth] == p {
			same++
		}
		below := rest[:same]
		rest = rest[same:]
		// The first part of all is found without the root, so nothing ends behind that.
		for ; depth > 0 && len(below) > 0 && len(below[0].parts) == depth+1 && below[0].tail.n == 0; below = below[1:] {
			c.ends = append(c.ends, wildEnd{id, p, below[0].list})
		}
		if len(below) > 0 {
			a.nodes = append(a.nodes, wildNode{part: p, size: a.parts[p].size})
			c.groups = append(c.groups, group{below, depth + 1})
		}
	}
	n.children.n, n.ends.n = uint32(len(a.nodes))-n.children.first, uint32(len(c.ends))-n.ends.first
	n.tails.n = uint32(len(a.tails)) - n.tails.first
	a.nodes[id] = n
}

// fewEnds is how many ends a node leaves to its parent, which looks at those of all its children in one go. They are looked at even
// if the node has no place, so they must be few: then they are no more work than to look for the node.
const fewEnds = 8

// gather puts ends where they are looked at.
func (c *automatonBuilder) gather() {
	a := c.a
	leaves := func(id uint32) bool { return c.groups[id].depth > 1 && a.nodes[id].ends.n <= fewEnds }
	ends := make([]span, len(a.nodes))
	for id := range a.nodes {
		n := &a.nodes[id]
		first := uint32(len(a.ends))
		if !leaves(uint32(id)) {
			a.ends = append(a.ends, part(c.ends, n.ends)...)
		}
		for child := n.children.first; child < n.children.first+n.children.n; child++ {
			if leaves(child) {
				a.ends = append(a.ends, part(c.ends, a.nodes[child].ends)...)
			}
		}
		ends[id] = span{first, uint32(len(a.ends)) - first}
	}
	for id := range a.nodes {
		n := &a.nodes[id]
		n.ends = ends[id]
		n.quiet = n.children.n == 0 && n.ends.n == 0 && n.tails.n == 0
	}
}

// A trie is that of the parts. Its nodes become the states.
type trie struct {
	first []int32    // by node: of the edges from it
	parts []int32    // by node: the part that it is, or 0
	edges []trieEdge // from 1 on; 0 ends a list
}

type trieEdge struct {
	label    byte
	to, next int32
}

func (c *automatonBuilder) trie() *trie {
	t := &trie{make([]int32, 1), make([]int32, 1), make([]trieEdge, 1)}
	for id, text := range c.parts[1:] {
		at := int32(0)
		for i := range len(text) {
			at = t.child(at, text[i])
		}
		t.parts[at] = int32(id + 1)
	}
	return t
}

// child returns the node to which a letter leads. It makes one if there is none.
func (t *trie) child(at int32, label byte) int32 {
	for e := t.first[at]; e != 0; e = t.edges[e].next {
		if t.edges[e].label == label {
			return t.edges[e].to
		}
	}
	to := int32(len(t.first))
	t.edges = append(t.edges, trieEdge{label, to, t.first[at]})
	t.first[at] = int32(len(t.edges) - 1)
	t.first, t.parts = append(t.first, 0), append(t.parts, 0)
	return to
}

// rowNumbers is how many numbers the rows have for each state, most of which have none.
const rowNumbers = 8

// states makes the states, breadth first: what a state fails to is nearer to the root.
func (c *automatonBuilder) states(t *trie) {
	a := c.a
	a.classify(t)
	n := len(t.first)
	a.rows = int32(min(n, max(1, rowNumbers*n>>a.shift)))
	a.dense, a.longest = make([]int32, int(a.rows)<<a.shift), make([]int32, 1, n)
	nodes, fails := make([]int32, 1, n), make([]int32, 1, n) // by state
	for at := int32(0); int(at) < len(nodes); at++ {
		a.open(at, fails[at])
		for e := t.first[nodes[at]]; e != 0; e = t.edges[e].next {
			label, fail, to := t.edges[e].label, int32(0), int32(len(nodes))
			if at > 0 {
				fail = a.step(fails[at], label)
			}
			longest := a.longest[fail]
			if p := t.parts[t.edges[e].to]; p > 0 {
				a.parts[p].suffix = longest
				longest = p
			}
			nodes, fails, a.longest = append(nodes, t.edges[e].to), append(fails, fail), append(a.longest, longest)
			a.connect(at, label, to)
		}
	}
	a.labels, a.targets = slices.Clip(a.labels), slices.Clip(a.targets)
}

// classify gives the letters of the parts classes.
func (a *automaton) classify(t *trie) {
	classes := uint16(1)
	for _, e := range t.edges[1:] {
		if a.classes[e.label] == 0 {
			a.classes[e.label] = classes
			classes++
		}
	}
	a.shift = uint8(bits.Len16(classes - 1))
}

func (a *automaton) row(at int32) []int32 { return a.dense[int(at)<<a.shift : int(at+1)<<a.shift] }

// open begins a state.
func (a *automaton) open(at, fail int32) {
	switch {
	case at >= a.rows:
		a.edges, a.fails = append(a.edges, span{uint32(len(a.labels)), 0}), append(a.fails, fail)
	case at > 0:
		copy(a.row(at), a.row(fail))
	}
}

// connect lets a letter lead from the state that was begun last to another.
func (a *automaton) connect(at int32, label byte, to int32) {
	if at < a.rows {
		a.row(at)[a.classes[label]] = to
		return
	}
	a.labels, a.targets = append(a.labels, label), append(a.targets, to)
	a.edges[at-a.rows].n++
}
