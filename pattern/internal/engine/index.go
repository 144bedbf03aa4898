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
