package engine

import (
	"cmp"
	"math"
	"slices"
)

// A key is a place on a line: of numbers, or of addresses.
type key struct{ high, low uint64 }

func (k key) compare(l key) int {
	return cmp.Or(cmp.Compare(k.high, l.high), cmp.Compare(k.low, l.low))
}

// An interval has both of its ends. It leads to rules that may accept a value in it; they have the last word.
type interval struct {
	low, high key
	list      int32
}

// intervals are sorted by their lower ends. They are a binary tree too: the middle one is the root, and what lies before and
// after it are its subtrees.
type intervals struct {
	all   []interval
	reach []key // of the subtree whose root is here: the highest end
}

func newIntervals(all []interval) intervals {
	slices.SortFunc(all, func(a, b interval) int { return a.low.compare(b.low) })
	t := intervals{all, make([]key, len(all))}
	t.fill(0, len(all))
	return t
}

func (t *intervals) fill(from, to int) (reach key) {
	if from == to {
		return key{}
	}
	mid := (from + to) / 2
	reach = t.all[mid].high
	for _, r := range [...]key{t.fill(from, mid), t.fill(mid+1, to)} {
		if r.compare(reach) > 0 {
			reach = r
		}
	}
	t.reach[mid] = reach
	return reach
}

// stab hits the lists of the intervals that contain k.
func (s *state) stab(t *intervals, k key) { s.stabIn(t, k, 0, len(t.all)) }

func (s *state) stabIn(t *intervals, k key, from, to int) {
	for from < to {
		mid := (from + to) / 2
		if t.reach[mid].compare(k) < 0 {
			return
		}
		s.stabIn(t, k, from, mid)
		if t.all[mid].low.compare(k) > 0 {
			return
		}
		if t.all[mid].high.compare(k) >= 0 {
			s.hit(t.all[mid].list, false)
		}
		from = mid + 1
	}
}

// numberKey returns the key of a number. Keys are in the order of the numbers.
func numberKey(f float64) key {
	if f == 0 {
		f = 0 // of either sign
	}
	b := math.Float64bits(f)
	if b>>63 != 0 {
		return key{high: ^b}
	}
	return key{high: b | 1<<63}
}

// paddedKey returns the key of an address, or of another text that is compared with addresses: its leading hexadecimal digits, up
// to 32 of them. It takes those that are missing for pad.
func paddedKey[T string | []byte](digits T, pad byte) (k key) {
	for i := range 32 {
		c := pad
		if i < len(digits) {
			c = digits[i]
		}
		var d uint64
		switch {
		case '0' <= c && c <= '9':
			d = uint64(c - '0')
		case 'A' <= c && c <= 'F':
			d = uint64(c-'A') + 10
		default:
			return paddedKey(digits[:i], pad)
		}
		if i < 16 {
			k.high = k.high<<4 | d
		} else {
			k.low = k.low<<4 | d
		}
	}
	return k
}
