package engine

import (
	"bytes"
	"math"
	"math/bits"
)

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

// An automaton finds which of many wildcards that begin with a star fit a text, in one pass. It has two halves.
//
// One is an Aho-Corasick automaton of the parts between stars, which finds where they end. The other is a tree: a node stands for
// the parts with which some wildcards begin, so these are placed once for all of them. Since the leftmost place is as good as any, a
// node has one place in a text, and its children are looked for behind it. The last part of a wildcard that ends with a star needs no
// place: it is behind the others if the last that the text has of it is. That is an end.
type automaton struct {
	classes [256]uint16 // of letters; 0 are those that no part has
	shift   uint8       // there are no more than 1<<shift classes
	dense   []int32     // by state and class: the next state. Only the states nearest to the root have such rows
	longest []int32     // by state: the longest part with which the text that has been read ends, or 0

	// The other states.
	rows    int32   // the first of them
	edges   []span  // by state: of labels and targets
	fails   []int32 // by state: that of the longest proper suffix that is one
	labels  []byte
	targets []int32

	parts []acPart   // from 1 on, short ones first; none if the wildcards are few
	nodes []wildNode // from the root on; the children of one stand together
	ends  []wildEnd
	tails []wildTail

	singles []single // the wildcards if they are few
}

// An acPart is a text between two stars.
type acPart struct {
	size   int32
	suffix int32 // the longest part that is a proper suffix of this one, or 0
	node   int32 // the child of the root for this part, or 0
}

// A wildNode is a node of the tree of wildcards.
type wildNode struct {
	part     int32 // the last
	size     int32 // of that
	children span
	ends     span // those behind the node, unless its parent has them, and those behind its children that have few
	tails    span
	quiet    bool // it has none of these
}

// A wildEnd is a wildcard of which one part follows those of a node, and a star. Part 0 says that none follows.
type wildEnd struct{ node, part, list int32 }

// A wildTail is a wildcard of which a text follows the parts of a node, and ends it.
type wildTail struct {
	text span // of the arena
	list int32
}

// A single is a wildcard that is tried alone.
type single struct {
	parts span // of texts: all
	list  int32
}

// A wildState is what an automaton knows of one text. Between texts it is empty.
//
// Texts are read in blocks of as many letters as a word has bits. So the places of a part in a block are the bits of a word, and
// the first place behind another is found by a shift.
type wildState struct {
	here    []int32   // the parts that are in the block
	places  []uint64  // by part: where in the block it ends
	left    []uint64  // by part, a bit each: it is left for linkInOrder
	seen    []int32   // the parts that are in the text
	last    []int32   // by part: where the last of it in the text begins, or -1
	ends    []int32   // by node: where its place ends, or never; only of placed nodes and their children
	placed  []placing // the nodes that have a place, other than the quiet ones
	waiting []wait    // the nodes that were not in the blocks that have been read, but whose parents were
	waits   []int32   // by part: the first of waiting that waits for it, or -1
	lists   []int32   // room for those that are hit
}

// A placing is where in a text a node ends.
type placing struct{ node, end int32 }

// A wait is a node that waits for its part.
type wait struct {
	placing       // at the earliest
	next    int32 // of waiting, for the same part, or -1
}

const (
	blockSize = 64
	never     = math.MaxInt32
)

func (w *wildState) init(automata []automaton) {
	parts, nodes, ends := 0, 0, 0
	for i := range automata {
		a := &automata[i]
		parts, nodes, ends = max(parts, len(a.parts)), max(nodes, len(a.nodes)), max(ends, len(a.ends))
	}
	if parts == 0 {
		return
	}
	w.here, w.seen = make([]int32, max(blockSize, parts)+1), make([]int32, 0, parts)
	w.left = make([]uint64, (parts+63)/64)
	w.places, w.last, w.waits = make([]uint64, parts), make([]int32, parts), make([]int32, parts)
	w.ends, w.placed, w.waiting = make([]int32, nodes), make([]placing, 0, nodes), make([]wait, 0, nodes)
	w.lists = make([]int32, ends+1)
	fill(w.last, -1)
	fill(w.waits, -1)
	w.last[0] = never - 1 // no part follows every node that has a place
}

func fill(s []int32, v int32) {
	for i := range s {
		s[i] = v
	}
}

// wildcards hits the lists of the wildcards that text fits.
//
// The work is a step for each letter, some links for each part that is in a block, a move for each child and each end of the nodes
// that have a place, and for each node that waits a move for each block in which its part is. It gets a place in the first of these
// whose part begins behind its parent, so there are no more than two and one for each block that the part is long.
func (s *state) wildcards(a *automaton, text []byte, outside bool) {
	for i := range a.singles {
		s.stats.Tests++
		if w := &a.singles[i]; s.m.matchWildcard(part(s.m.texts, w.parts), text) {
			s.hit(w.list, outside)
		}
	}
	if len(a.parts) == 0 {
		return
	}
	w := &s.wild
	at := int32(0)
	for base := 0; base < len(text); base += blockSize {
		at = w.read(a, at, text[base:min(base+blockSize, len(text))])
		s.stats.Links += w.link(a)
		s.stats.Moves += w.move(a, int32(base), base+blockSize >= len(text))
	}
	s.end(a, text, outside)
	w.clear(a)
}

// read finds where in a block parts end, but not those that end with a longer one. Whether a part is new to the block makes no branch,
// since it cannot be foretold.
func (w *wildState) read(a *automaton, at int32, block []byte) int32 {
	here, places, dense, n := w.here[:blockSize+1], w.places, a.dense, 0
	for i, c := range block {
		if at < a.rows {
			at = dense[int(at)<<a.shift|int(a.classes[c])]
		} else {
			at = a.step(at, c)
		}
		if p := a.longest[at]; p > 0 {
			here[n] = p
			n += one(places[p] == 0)
			places[p] |= 1 << (i % blockSize)
		}
	}
	w.here = here[:n]
	return at
}

// one returns 1 for true. It makes no branch.
func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (a *automaton) step(at int32, c byte) int32 {
	for at >= a.rows {
		if next := a.edge(at, c); next >= 0 {
			return next
		}
		at = a.fails[at-a.rows]
	}
	return a.dense[int(at)<<a.shift|int(a.classes[c])]
}

// edge returns the state to which a letter leads from one that has no row, or -1.
func (a *automaton) edge(at int32, c byte) int32 {
	edges := a.edges[at-a.rows]
	for i, label := range part(a.labels, edges) {
		if label == c {
			return a.targets[edges.first+uint32(i)]
		}
	}
	return -1
}

// fewAgain is how many steps of one block may lead to parts that are known to be in it, before the parts are gone through in order.
const fewAgain = 2 * blockSize

// link finds where in a block the parts end with which longer ones end, and returns the number of steps. If a part has all the
// places of a longer one, so have or will have those with which it ends itself: the longer one is not the only one that leads there.
func (w *wildState) link(a *automaton) (steps int) {
	again := 0
	for _, p := range w.here {
		places := w.places[p]
		for p = a.parts[p].suffix; p > 0 && places&^w.places[p] != 0; p = a.parts[p].suffix {
			steps++
			if w.places[p] == 0 {
				w.here = append(w.here, p)
			} else {
				again++
			}
			w.places[p] |= places
		}
		if again > fewAgain {
			return steps + w.linkInOrder(a)
		}
	}
	return steps
}

// linkInOrder is like link, and takes one step for each part, however many lead to it: long ones first, by their numbers. It is for
// texts that have many long parts with the same ends, as aaa… may.
func (w *wildState) linkInOrder(a *automaton) (steps int) {
	for _, p := range w.here {
		w.left[p>>6] |= 1 << (p & 63)
	}
	for i := (len(a.parts) - 1) >> 6; i >= 0; i-- {
		for w.left[i] != 0 {
			p := int32(64*i + bits.Len64(w.left[i]) - 1)
			w.left[i] &^= 1 << (p & 63)
			suffix := a.parts[p].suffix
			if suffix == 0 {
				continue
			}
			steps++
			if w.places[suffix] == 0 {
				w.here = append(w.here, suffix)
				w.left[suffix>>6] |= 1 << (suffix & 63)
			}
			w.places[suffix] |= w.places[p]
		}
	}
	return steps
}

// move gives nodes places in a block, and returns the number of moves.
func (w *wildState) move(a *automaton, base int32, final bool) (moves int) {
	from := len(w.placed)
	for _, p := range w.here {
		places := w.places[p]
		if w.last[p] < 0 {
			w.seen = append(w.seen, p)
			if n := a.parts[p].node; n > 0 {
				moves++
				w.place(a, n, firstEnd(base, places))
			}
		}
		w.last[p] = base + int32(bits.Len64(places)) - a.parts[p].size
		if w.waits[p] >= 0 {
			moves += w.wake(a, p, base)
		}
	}
	for i := from; i < len(w.placed); i++ {
		moves += w.follow(a, w.placed[i], base, final)
	}
	for _, p := range w.here {
		w.places[p] = 0
	}
	return moves
}

// firstEnd returns where the first of the places in a block ends.
func firstEnd(base int32, places uint64) int32 { return base + int32(bits.TrailingZeros64(places)) + 1 }

func (w *wildState) place(a *automaton, id, end int32) {
	w.ends[id] = end
	if !a.nodes[id].quiet {
		w.placed = append(w.placed, placing{id, end})
	}
}

// wake gives the nodes that wait for a part their places, unless these are behind the block.
func (w *wildState) wake(a *automaton, p, base int32) (moves int) {
	places, left := w.places[p], int32(-1)
	for i := w.waits[p]; i >= 0; moves++ {
		x := &w.waiting[i]
		next, skip := x.next, max(x.end-base-1, 0)
		if behind := places >> skip << skip; behind != 0 {
			w.place(a, x.node, firstEnd(base, behind))
		} else {
			x.next, left = left, i
		}
		i = next
	}
	w.waits[p] = left
	return moves
}

// follow gives the children of a node that has got its place in a block theirs. Those that are not there wait, unless the block is
// the final one.
//
// Most children are quiet, and whether they are there cannot be foretold. In the final block, which is often the only one, that makes
// no branch.
func (w *wildState) follow(a *automaton, at placing, base int32, final bool) (moves int) {
	of := a.nodes[at.node].children
	children, ends := part(a.nodes, of), part(w.ends, of)
	for i := range children {
		n := &children[i]
		least := at.end + n.size
		skip := uint32(least - base - 1)
		behind := w.places[n.part] >> skip << skip
		end := firstEnd(base, behind)
		if behind == 0 {
			end = never
		}
		ends[i] = end
		if final && n.quiet {
			continue
		}
		id := int32(of.first) + int32(i)
		switch {
		case behind == 0 && !final:
			w.waiting = append(w.waiting, wait{placing{id, least}, w.waits[n.part]})
			w.waits[n.part] = int32(len(w.waiting) - 1)
		case behind != 0 && !n.quiet:
			w.placed = append(w.placed, placing{id, end})
		}
	}
	return len(children)
}

// end hits the lists of the wildcards that fit, when all of the text has been read. Which do makes no branch before there is a list
// of them.
func (s *state) end(a *automaton, text []byte, outside bool) {
	w := &s.wild
	lists, last, places, n := w.lists, w.last, w.ends, 0
	for _, at := range w.placed {
		node := &a.nodes[at.node]
		s.stats.Moves += int(node.ends.n + node.tails.n)
		for _, e := range part(a.ends, node.ends) {
			lists[n] = e.list
			n += one(last[e.part] >= places[e.node])
		}
		for _, t := range part(a.tails, node.tails) {
			if bytes.HasSuffix(text[at.end:], part(s.m.arena, t.text)) {
				s.hit(t.list, outside)
			}
		}
	}
	for _, list := range lists[:n] {
		s.hit(list, outside)
	}
}

// clear makes w empty, but for the ends: those of a node are not read before they are set.
func (w *wildState) clear(a *automaton) {
	for _, p := range w.seen {
		w.last[p] = -1
	}
	for _, x := range w.waiting {
		w.waits[a.nodes[x.node].part] = -1
	}
	w.seen, w.placed, w.waiting = w.seen[:0], w.placed[:0], w.waiting[:0]
}
