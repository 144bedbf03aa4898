package engine

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/countertrail/countertrail/pattern/internal/value"
)

// A path is what is known of a path of the patterns: what is to be looked up for a value that stands there.
type path struct {
	numbers bool // there are literals or operands for numbers
	words   bool // there are literals for true, false and null

	operands bool // there are indexes of what is compared with strings, other than literals

	presence int32  // the list of the rules that any value leads to, or -1
	lengths  uint64 // of its literals that are strings, as lengthBit has them

	// The indexes of what leads to rules, or -1.
	prefixes, suffixes           int32 // radix trees, of texts
	lowerPrefixes, lowerSuffixes int32 // the same in lower case
	lower                        bool  // there are literals in lower case
	wild                         int32 // automaton of wildcards that begin with a star
	addresses                    int32 // radix tree of the digits with which addresses begin
	numeric                      int32 // intervals
}

// The kinds of literals, beyond those of values.
const (
	lowerCase = value.Null + 1 + iota // a text in lower case
	nodeName                          // a key that leads from a node, which stands for the path, to the node that is its list
)

// A literal is a value that a rule names, on a path.
type literal struct {
	key  int32 // the path and kind
	text span  // of the arena; of a number, its bits if it is comparable
	list int32 // of the rules to which it leads, or -1
}

func literalKey(path int32, kind value.Kind) int32 { return path<<3 | int32(kind) }

// lengthBit returns the bit for a length. That no literal has the length of a text is known without a look at it.
func lengthBit(n int) uint64 { return 1 << min(n, 63) }

// A bucket is a place of the hash table of literals. Its tag is the upper half of the hash.
type bucket struct {
	tag uint32
	id  int32 // or -1
}

// hash returns the hash of a literal. It is that of the Go runtime for processors that have no instructions for hashing (wyhash),
// which takes half the time of a call to hash/maphash. It has a secret as that has, so nobody who writes events or patterns can
// choose texts that are all looked for in one place.
func (m *Matcher) hash(key int32, text []byte) uint64 {
	h, n := mix(m.secret[0]^uint64(key), m.secret[2]), len(text)
	for rest := text; len(rest) > 16; rest = rest[16:] {
		h = mix(binary.LittleEndian.Uint64(rest)^m.secret[1], binary.LittleEndian.Uint64(rest[8:])^h)
	}
	var a, b uint64 // the last 16 bytes
	switch {
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(text[max(n-16, 0):]), binary.LittleEndian.Uint64(text[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(text)), uint64(binary.LittleEndian.Uint32(text[n-4:]))
	case n > 0:
		a = uint64(text[0])<<16 | uint64(text[n/2])<<8 | uint64(text[n-1])
	}
	return mix(m.secret[2]^uint64(n), mix(a^m.secret[1], b^h))
}

// mix multiplies, and folds the product.
func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// literalOf returns the literal with a key and text, or -1.
func (m *Matcher) literalOf(key int32, text []byte) int32 {
	h := m.hash(key, text)
	mask := uint64(len(m.buckets) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		b := m.buckets[i]
		if b.id < 0 {
			return -1
		}
		if b.tag == uint32(h>>32) {
			if l := &m.literals[b.id]; l.key == key && string(part(m.arena, l.text)) == string(text) {
				return b.id
			}
		}
	}
}

// addText notes a string on a path, and looks it up.
func (s *state) addText(id, element int32, text []byte, start, end uint32, decoded bool) {
	p := &s.m.paths[id]
	outside := element == 0
	s.note(id, p, outside)
	literal := int32(-1)
	if p.lengths&lengthBit(len(text)) != 0 {
		literal = s.see(literalKey(id, value.String), text, outside)
	}
	if p.operands {
		s.lookUpText(id, p, spotOf(start, decoded), text, outside)
	}
	s.values = append(s.values, datum{-1, element, literal, -1, start, end, -1, value.String, decoded})
}

// addWord notes a number, true, false or null, and looks it up.
func (s *state) addWord(id, element int32, kind value.Kind, start, end int) {
	p := &s.m.paths[id]
	outside := element == 0
	s.note(id, p, outside)
	literal, number := int32(-1), int32(-1)
	switch {
	case kind != value.Number:
		if p.words {
			literal = s.see(literalKey(id, kind), nil, outside)
		}
	case p.numbers:
		number = int32(len(s.numbers))
		literal = s.lookUpNumber(id, p, s.data[start:end], outside)
	}
	s.values = append(s.values, datum{-1, element, literal, -1, uint32(start), uint32(end), number, kind, false})
}

// note notes that the next of the values is on a path.
func (s *state) note(id int32, p *path, outside bool) {
	known := &s.paths[id]
	this := int32(len(s.values))
	where := uint8(seenInside)
	if outside {
		where = seenOutside
	}
	s.stats.Values++
	if known.epoch == s.epoch {
		s.values[known.last].next = this
		known.last = this
		known.where |= where
		return
	}
	known.epoch, known.first, known.last, known.where = s.epoch, this, this, where
	if p.presence >= 0 {
		s.hit(p.presence, false)
	}
}

// see looks up a literal and notes that the next of the values equals it.
func (s *state) see(key int32, text []byte, outside bool) int32 {
	id := s.m.literalOf(key, text)
	if id < 0 {
		return -1
	}
	seen := &s.seen[id]
	if seen.epoch != s.epoch {
		*seen = sighting{epoch: s.epoch, first: -1}
	}
	if outside {
		seen.where |= seenOutside
	} else {
		// The value will be the next of all.
		this := int32(len(s.values))
		if seen.first < 0 {
			seen.first = this
		} else {
			s.values[seen.last].same = this
		}
		seen.last = this
		seen.where |= seenInside
	}
	if list := s.m.literals[id].list; list >= 0 {
		s.hit(list, outside)
	}
	return id
}

// hit notes that a value leads to a list of rules.
func (s *state) hit(list int32, outside bool) {
	if p := s.m.certain[list]; p >= 0 && outside {
		s.addMatch(p)
		return
	}
	if s.listSeen[list] != s.epoch {
		s.listSeen[list] = s.epoch
		s.hits = append(s.hits, hit{list, outside})
	}
}

// lookUpText looks up what is not equal to the text.
func (s *state) lookUpText(id int32, p *path, at spot, text []byte, outside bool) {
	if p.prefixes >= 0 {
		s.prefixes(p.prefixes, text, outside)
	}
	if p.suffixes >= 0 {
		s.suffixes(p.suffixes, text, outside)
	}
	if p.wild >= 0 {
		s.wildcards(&s.m.automata[p.wild], text, outside)
	}
	if p.lower || p.lowerPrefixes >= 0 || p.lowerSuffixes >= 0 {
		s.lower = appendLower(s.lower[:0], text)
		if p.lower && p.lengths&lengthBit(len(text)) != 0 {
			if l := s.m.literalOf(literalKey(id, lowerCase), s.lower); l >= 0 && s.m.literals[l].list >= 0 {
				s.hit(s.m.literals[l].list, outside)
			}
		}
		if p.lowerPrefixes >= 0 {
			s.prefixes(p.lowerPrefixes, s.lower, outside)
		}
		if p.lowerSuffixes >= 0 {
			s.suffixes(p.lowerSuffixes, s.lower, outside)
		}
	}
	if p.addresses >= 0 {
		if digits := s.digitsOf(at, text); len(digits) > 0 {
			s.prefixes(p.addresses, digits, outside)
		}
	}
}

// lookUpNumber looks up a number, and returns the literal that it equals, or -1.
func (s *state) lookUpNumber(id int32, p *path, text []byte, outside bool) (literal int32) {
	num := value.ParseEventNum(text)
	s.numbers = append(s.numbers, num)
	var spelled [32]byte
	if num.Comparable {
		bits := numberBits(num.Float)
		literal = s.see(literalKey(id, value.Number), bits[:], outside)
		if p.numeric >= 0 {
			s.stab(&s.m.intervals[p.numeric], orderOf(num.Float))
		}
	} else {
		literal = s.see(literalKey(id, value.Number), value.AppendEventText(spelled[:0], text), outside)
	}
	if p.addresses >= 0 {
		s.prefixes(p.addresses, value.AppendEventText(spelled[:0], text), false) // which is not all that decides
	}
	return literal
}

// numberBits returns the text of the literal for a comparable number. It has eight bytes, and a tag that no spelling has.
func numberBits(f float64) (b [9]byte) {
	if f == 0 {
		f = 0 // of either sign
	}
	binary.LittleEndian.PutUint64(b[1:], math.Float64bits(f))
	return b
}

// appendLower appends text with ASCII letters in lower case.
func appendLower(dst, text []byte) []byte {
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
