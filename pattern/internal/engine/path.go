package engine

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// A node stands for a path, as far as the keys of an event have been followed. It has a table of the keys that lead on from it.
//
// To EventBridge a dot in a key is a level like any other. So the table has the names of the node's children, and the ends of
// the names of what is below them, joined with dots: a key with such an end is looked at whole.
type node struct {
	slots  span     // a power of two of them
	shift  uint32   // of the hash
	short  int32    // the first entry whose name is short, or -1
	inner  bool     // keys lead on from here
	fast   bool     // an empty slot for its window says that a key without escapes leads nowhere
	slow   bool     // the keys of the event must be decoded before they are looked up
	wanted bool     // there are paths
	paths  [2]int32 // that end here, or -1; the second is for patterns that look into members named ""
}

// maxDotted is how many levels below a node a key is thought to lead to. If there are more, all keys are looked at.
const maxDotted = 8

// A slot of a node's table holds the entries for one window. The window of a key is its last four bytes, together with the
// quote before it; it can be read where the key ends, without a look for where it begins.
type slot struct {
	window uint32
	entry  int32 // or -1
}

// An entry is a key that leads from one node to another, or an end that says that the whole key has to be looked at.
type entry struct {
	end  span  // of the arena: what a key ends with, and the quote or dot before that
	node int32 // to which it leads, or dotted or crowded
	next int32 // entry of the same window, or -1
	mark byte  // the first of end, in which most keys differ that have the window of another
}

const (
	dotted  = -1 // a key with dots may end so
	crowded = -2 // so may more names than one would compare with a key one after the other, which are literals instead
)

// name returns the name of a key that leads to a node.
func (e *entry) name() span { return span{e.end.first + 1, e.end.n - 1} }

// maxChain is how many names of one window, or short ones, are compared with a key one after the other. maxEnds is how many
// of the names that may follow a dot are; if there are more of them, all keys of the window are looked at for dots.
const (
	maxChain = 8
	maxEnds  = 4
)

const windowSize = 4

// isShort reports whether a name of n bytes has no window. Short names are entries in a list of their own.
func isShort[N int | uint32](n N) bool { return n < windowSize-1 }

// hash returns where in the table of n a window is looked for first. Nobody who writes patterns knows spread, so nobody can
// fill a table with names that are all looked for in one place.
func (n *node) hash(window, spread uint32) uint32 { return window * spread >> (n.shift & 31) }

// follow returns the node to which a decoded key leads from n, or -1.
func (m *Matcher) follow(n int32, key []byte) int32 {
	for {
		dot := bytes.IndexByte(key, '.')
		step := key
		if dot >= 0 {
			step = key[:dot]
		}
		if n = m.child(n, step); n < 0 || dot < 0 {
			return n
		}
		key = key[dot+1:]
	}
}

// child returns the node to which the name of one level leads, or -1.
func (m *Matcher) child(id int32, name []byte) int32 {
	n := &m.nodes[id]
	e := n.short
	if !isShort(len(name)) {
		e = m.slotOf(n, windowOf(name))
	}
	for ; e >= 0 && m.entries[e].node >= 0; e = m.entries[e].next {
		if string(part(m.arena, m.entries[e].name())) == string(name) {
			return m.entries[e].node
		}
	}
	if e >= 0 && m.entries[e].node == crowded {
		return m.crowdedChild(id, name)
	}
	return -1
}

// crowdedChild is child for a window that is crowded.
func (m *Matcher) crowdedChild(id int32, name []byte) int32 {
	if l := m.literalOf(literalKey(id, nodeName), name); l >= 0 {
		return m.literals[l].list
	}
	return -1
}

// slotOf returns the first entry of a window, or -1.
func (m *Matcher) slotOf(n *node, window uint32) int32 {
	if n.slots.n == 0 {
		return -1
	}
	for i := n.hash(window, m.spread); ; i++ {
		s := &m.slots[n.slots.first+i&(n.slots.n-1)]
		if s.window == window || s.entry < 0 {
			return s.entry
		}
	}
}

// windowOf returns the window of a name of three bytes or more.
func windowOf(name []byte) uint32 {
	if len(name) < windowSize {
		return uint32('"') | uint32(name[0])<<8 | uint32(name[1])<<16 | uint32(name[2])<<24
	}
	return binary.LittleEndian.Uint32(name[len(name)-windowSize:])
}

// A tree is the nodes while they are built.
type tree struct {
	b     *builder
	nodes []treeNode
	step  map[treeStep]int32
}

type treeNode struct {
	parent int32
	name   string
	end    span // of the arena: a dot and the name; empty until it is needed
	height int  // of the nodes below
	paths  [2]int32
}

type treeStep struct {
	parent int32
	name   string
}

// A tail is the end of keys with dots that lead from a node to another.
type tail struct {
	window uint32
	name   string // the last step
	node   int32  // one of those with that name
}

func newTree(b *builder) *tree {
	return &tree{b: b, nodes: []treeNode{{parent: -1, paths: [2]int32{-1, -1}}}, step: make(map[treeStep]int32)}
}

// add returns the node of a path.
func (t *tree) add(path string) *treeNode {
	n := int32(0)
	for name := range strings.SplitSeq(path, ".") {
		next, ok := t.step[treeStep{n, name}]
		if !ok {
			next = int32(len(t.nodes))
			t.nodes = append(t.nodes, treeNode{parent: n, name: name, paths: [2]int32{-1, -1}})
			t.step[treeStep{n, name}] = next
		}
		n = next
	}
	for i, above := n, 0; i >= 0; i, above = t.nodes[i].parent, above+1 {
		t.nodes[i].height = max(t.nodes[i].height, above)
	}
	return &t.nodes[n]
}

// finish makes the tables.
func (t *tree) finish() {
	m := t.b.m
	m.nodes = make([]node, len(t.nodes))
	keys := make([][]entry, len(t.nodes)) // by the node from which they lead
	tails := make([][]tail, len(t.nodes)) // of keys with dots
	for i := range t.nodes {
		n := &t.nodes[i]
		m.nodes[i] = node{
			short:  -1,
			inner:  n.height > 0,
			slow:   n.height > maxDotted,
			wanted: n.paths[0] >= 0 || n.paths[1] >= 0,
			paths:  n.paths,
		}
		if i == 0 {
			continue
		}
		keys[n.parent] = append(keys[n.parent], entry{t.b.text(`"` + n.name), int32(i), -1, '"'})
		if !isPlain(n.name) {
			m.nodes[n.parent].slow = true
		}
		name := n.name
		for above, levels := n.parent, 1; t.nodes[above].parent >= 0 && levels < maxDotted; levels++ {
			name = t.nodes[above].name + "." + name
			above = t.nodes[above].parent
			if t.nodes[above].height > maxDotted {
				break // from here up all nodes are slow, and have no use for windows
			}
			if isShort(len(name)) || !isPlain(name) {
				m.nodes[above].slow = true
			} else {
				tails[above] = append(tails[above], tail{windowOf([]byte(name)), n.name, int32(i)})
			}
		}
	}
	for i := range keys {
		t.table(int32(i), keys[i], tails[i])
	}
}

// table makes the table of a node from the keys that lead on from it and the ends of those with dots.
func (t *tree) table(id int32, keys []entry, tails []tail) {
	m := t.b.m
	n := &m.nodes[id]
	names, short := make(map[uint32]int), 0 // by window
	for _, w := range tails {
		names[w.window] = 0
	}
	for _, e := range keys {
		if name := e.name(); isShort(name.n) {
			short++
		} else {
			names[windowOf(part(m.arena, name))]++
		}
	}
	n.fast = len(names) > 0 && short == 0 && !n.slow
	if len(names) > 0 {
		size := uint32(1) << bits.Len(uint(2*len(names)))
		if len(names) <= 64 {
			size *= 4 // most keys of an event are in no table, and find it out at an empty slot
		}
		n.slots = span{uint32(len(m.slots)), size}
		n.shift = uint32(32 - bits.TrailingZeros32(size))
		for range size {
			m.slots = append(m.slots, slot{entry: -1})
		}
	}
	t.dotted(n, tails, names)
	for _, e := range keys {
		name := e.name()
		if isShort(name.n) {
			switch {
			case short <= maxChain:
				t.insertShort(n, e)
			case n.short < 0:
				t.insertShort(n, entry{node: crowded})
				fallthrough
			default:
				t.literal(id, e)
			}
			continue
		}
		w := windowOf(part(m.arena, name))
		if names[w] <= maxChain {
			t.insert(n, w, e)
			continue
		}
		if m.slotOf(n, w) < 0 {
			t.insert(n, w, entry{node: crowded})
		}
		t.literal(id, e)
	}
}

// dotted inserts the ends of the keys with dots, before the names that are to stand before them. How many names a window has
// is given; where these are a crowd all keys are looked at anyway.
func (t *tree) dotted(n *node, tails []tail, names map[uint32]int) {
	slices.SortFunc(tails, func(x, y tail) int { return cmp.Or(cmp.Compare(x.window, y.window), strings.Compare(x.name, y.name)) })
	tails = slices.CompactFunc(tails, func(x, y tail) bool { return x.window == y.window && x.name == y.name })
	for len(tails) > 0 {
		w, count := tails[0].window, 1
		for count < len(tails) && tails[count].window == w {
			count++
		}
		ends := tails[:count]
		tails = tails[count:]
		switch {
		case names[w] > maxChain:
		case len(ends) > maxEnds:
			t.insert(n, w, entry{node: dotted})
		default:
			for _, e := range ends {
				to := &t.nodes[e.node]
				if to.end.n == 0 {
					to.end = t.b.text("." + to.name)
				}
				t.insert(n, w, entry{end: to.end, node: dotted, mark: '.'})
			}
		}
	}
}

// literal makes a key a literal, since it is one of a crowd.
func (t *tree) literal(id int32, e entry) {
	t.b.m.literals = append(t.b.m.literals, literal{literalKey(id, nodeName), e.name(), e.node})
	t.b.literalUses = append(t.b.literalUses, 0)
}

// insertShort puts an entry before the others whose names are short.
func (t *tree) insertShort(n *node, e entry) {
	e.next, n.short = n.short, int32(len(t.b.m.entries))
	t.b.m.entries = append(t.b.m.entries, e)
}

// insert puts an entry before the others of its window.
func (t *tree) insert(n *node, window uint32, e entry) {
	m := t.b.m
	for i := n.hash(window, m.spread); ; i++ {
		s := &m.slots[n.slots.first+i&(n.slots.n-1)]
		if s.entry < 0 || s.window == window {
			e.next = s.entry
			*s = slot{window, int32(len(m.entries))}
			m.entries = append(m.entries, e)
			return
		}
	}
}

// isPlain reports whether a key of this name can be found in the text of an event as it is, if it has no escapes there.
func isPlain(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return utf8.ValidString(name)
}
