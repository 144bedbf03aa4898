package engine

import (
	"cmp"
	"math"
	"slices"
)

// An interval has both of its ends. It leads to rules that may accept a value in it; they have the last word.
type interval struct {
	low, high uint64 // as orderOf has them
	list      int32
}

// intervals are sorted by their lower ends. They are a binary tree too: the middle one is the root, and what lies before and
// after it are its subtrees.
type intervals struct {
	all   []interval
	reach []uint64 // of the subtree whose root is here: the highest end
}

func newIntervals(all []interval) intervals {
	slices.SortFunc(all, func(a, b interval) int { return cmp.Compare(a.low, b.low) })
	t := intervals{all, make([]uint64, len(all))}
	t.fill(0, len(all))
	return t
}

func (t *intervals) fill(from, to int) (reach uint64) {
	if from == to {
		return 0
	}
	mid := (from + to) / 2
	reach = max(t.all[mid].high, t.fill(from, mid), t.fill(mid+1, to))
	t.reach[mid] = reach
	return reach
}

// stab hits the lists of the intervals that contain k.
func (s *state) stab(t *intervals, k uint64) { s.stabIn(t, k, 0, len(t.all)) }

func (s *state) stabIn(t *intervals, k uint64, from, to int) {
	for from < to {
		mid := (from + to) / 2
		if t.reach[mid] < k {
			return
		}
		s.stabIn(t, k, from, mid)
		if t.all[mid].low > k {
			return
		}
		if t.all[mid].high >= k {
			s.hit(t.all[mid].list, false)
		}
		from = mid + 1
	}
}

// orderOf returns an integer for a number. They are in the same order.
func orderOf(f float64) uint64 {
	if f == 0 {
		f = 0 // of either sign
	}
	b := math.Float64bits(f)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}
