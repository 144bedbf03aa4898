package engine

import (
	"slices"
	"strings"
)

// A radixNode is a node of a radix tree. The trees of prefixes have texts as they are; those of suffixes have them reversed.
type radixNode struct {
	text     span // of the arena: what leads from the parent to here
	children span // in the order of their heads
	list     int32
	head     byte // of text
}

// radixChild returns the child whose text begins with c, or -1.
func (m *Matcher) radixChild(n *radixNode, c byte) int32 {
	first, last := n.children.first, n.children.first+n.children.n
	for first < last {
		mid := (first + last) / 2
		switch head := m.radix[mid].head; {
		case head == c:
			return int32(mid)
		case head < c:
			first = mid + 1
		default:
			last = mid
		}
	}
	return -1
}

// prefixes hits the lists of the texts of a tree with which text begins.
func (s *state) prefixes(at int32, text []byte, outside bool) {
	for {
		n := &s.m.radix[at]
		if n.list >= 0 {
			s.hit(n.list, outside)
		}
		if len(text) == 0 {
			return
		}
		if at = s.m.radixChild(n, text[0]); at < 0 {
			return
		}
		step := part(s.m.arena, s.m.radix[at].text)
		if len(text) < len(step) || string(text[:len(step)]) != string(step) {
			return
		}
		text = text[len(step):]
	}
}

// suffixes hits the lists of the texts of a tree with which text ends.
func (s *state) suffixes(at int32, text []byte, outside bool) {
	for {
		n := &s.m.radix[at]
		if n.list >= 0 {
			s.hit(n.list, outside)
		}
		if len(text) == 0 {
			return
		}
		if at = s.m.radixChild(n, text[len(text)-1]); at < 0 {
			return
		}
		step := part(s.m.arena, s.m.radix[at].text)
		if len(text) < len(step) {
			return
		}
		for _, c := range step {
			if text[len(text)-1] != c {
				return
			}
			text = text[:len(text)-1]
		}
	}
}

// A listedText is a text and the list of the rules to which it leads.
type listedText struct {
	text string
	list int32
}

// radixTree makes a tree of distinct texts and returns its root.
func (b *builder) radixTree(texts []listedText) int32 {
	slices.SortFunc(texts, func(x, y listedText) int { return strings.Compare(x.text, y.text) })
	root := int32(len(b.m.radix))
	b.m.radix = append(b.m.radix, radixNode{list: -1})
	b.radixNode(root, texts, 0)
	return root
}

// radixNode fills a node to which the first depth bytes of the texts lead.
func (b *builder) radixNode(at int32, texts []listedText, depth int) {
	if len(texts[0].text) == depth {
		b.m.radix[at].list = texts[0].list
		texts = texts[1:]
	}
	var groups [][]listedText
	for len(texts) > 0 {
		n := 1
		for n < len(texts) && texts[n].text[depth] == texts[0].text[depth] {
			n++
		}
		groups = append(groups, texts[:n])
		texts = texts[n:]
	}
	first := len(b.m.radix)
	b.m.radix[at].children = span{uint32(first), uint32(len(groups))}
	for _, g := range groups {
		// The texts are sorted, so what the first and the last have in common, all have.
		end := depth + commonPrefix(g[0].text[depth:], g[len(g)-1].text[depth:])
		b.m.radix = append(b.m.radix, radixNode{text: b.text(g[0].text[depth:end]), list: -1, head: g[0].text[depth]})
	}
	for i, g := range groups {
		child := int32(first + i)
		b.radixNode(child, g, depth+int(b.m.radix[child].text.n))
	}
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func reversed(text string) string {
	b := []byte(text)
	slices.Reverse(b)
	return string(b)
}
