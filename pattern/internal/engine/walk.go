package engine

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

// maxDepth is how deeply what the walk enters may be nested: the objects on the paths of the patterns, and the arrays among
// them. It is the limit of the JSON reader that EventBridge uses.
const maxDepth = 1000

// A frame is an object or array that the walk has entered.
type frame struct {
	node  int32
	array int32 // the number of an array, unnumbered before it has an element, or isObject
	begun bool  // an array has had an element
	place place
	level balance // inside of it
}

const (
	isObject   = -1
	unnumbered = -2
)

// A place says where in the event a value is, beside its path.
type place struct {
	element  int32 // the innermost element of an array that is an object or array and holds the value, or 0
	emptyKey bool  // one of the keys that lead here is ""
}

// A balance is how many objects and arrays are open, in the lower half, and how many of them are objects, in the upper half.
type balance int64

const (
	bracket balance = 1
	brace   balance = 1<<32 + 1
)

func (b balance) depth() int32 { return int32(b) }

// weight is what a character adds to the balance.
var weight = [256]balance{'{': brace, '}': -brace, '[': bracket, ']': -bracket}

// walk passes over the event and looks up the values on the paths of the matcher.
//
// It goes from bracket to bracket and colon to colon, as the index has them. A colon at the level of the object that it is in
// ends a key of that object. If the key leads on, its value is read; if not, the walk does not even look at it, and tells what
// is inside by the balance. So it depends on the paths of the patterns alone how deeply it is nested itself.
func (s *state) walk() *Error {
	if len(s.data) > math.MaxInt32 {
		return &Error{Reason: "longer than 2 GiB", Offset: math.MaxInt32}
	}
	s.index.Read(s.data)
	pos := s.space(0)
	if s.byteAt(pos) != '{' {
		return s.unexpected(pos, "an object")
	}
	if s.index.Open {
		return s.unexpected(len(s.data), "a closing quote")
	}
	s.open = 0
	s.frames = append(s.frames, frame{0, isObject, false, place{}, brace})
	for len(s.frames) > 0 {
		var err *Error
		if s.frames[len(s.frames)-1].array == isObject {
			pos, err = s.inObject(pos)
		} else {
			pos, err = s.inArray(pos)
		}
		if err != nil {
			return err
		}
	}
	if pos = s.space(pos); pos < len(s.data) {
		return s.fail(pos, "more than one value")
	}
	return nil
}

// enter enters an object or array that begins at pos.
func (s *state) enter(pos int, f frame) *Error {
	if len(s.frames) >= maxDepth {
		return s.tooDeep(pos)
	}
	s.frames = append(s.frames, f)
	return nil
}

// leave leaves the object or array that s is in, and returns the one around it. The root is around itself.
func (s *state) leave() frame {
	last := len(s.frames) - 1
	left := s.frames[last]
	s.frames = s.frames[:last]
	if last == 0 {
		return left
	}
	around := s.frames[last-1]
	if left.place.element != around.place.element {
		s.elements[left.place.element].end = int32(len(s.elements))
	}
	return around
}

// inObject goes on in an object, and in those inside of it, from pos until it is in an array or at the end of the root. It
// returns where it has got to.
func (s *state) inObject(pos int) (int, *Error) {
	data, brackets := s.data, s.index.Brackets
	block := pos >> 6
	if block == len(brackets) {
		return 0, s.unexpected(pos, "a closing brace")
	}
	rest := brackets[block] >> (pos & 63) << (pos & 63)
	open, spread := s.open, s.m.spread
	here, level, slots, shift := s.inside()
	for {
		for rest == 0 {
			if block++; block == len(brackets) {
				return 0, s.unexpected(len(data), "a closing brace")
			}
			rest = brackets[block]
		}
		pos = block<<6 + bits.TrailingZeros64(rest)
		rest &= rest - 1

		c := data[pos]
		open += weight[c]
		if open.depth() > level.depth() {
			if pos, rest, open = s.pass(block, rest, open, level); pos == len(data) {
				return 0, s.unexpected(pos, "a closing brace")
			}
			block = pos >> 6
			continue
		}
		if c != ':' {
			if open.depth() == level.depth() {
				continue // the end of a value
			}
			if open != level-brace {
				return 0, s.unexpected(pos, "a closing brace")
			}
			pos++
			around := s.leave()
			if len(s.frames) == 0 {
				return pos, nil
			}
			if around.array != isObject {
				s.open = open
				return pos, nil
			}
			if err := s.ends(pos); err != nil {
				return 0, err
			}
			here, level, slots, shift = s.inside()
			continue
		}
		if open != level {
			return 0, s.unexpected(pos, "brackets and braces that are closed alike")
		}

		// A key of this object. Nearly all lead nowhere, and show it by their last bytes.
		child, at := int32(-1), place{}
		if pos > windowSize && data[pos-1] == '"' {
			window := binary.LittleEndian.Uint32(data[pos-1-windowSize:])
			// The hash has no sign, and would have one as an int of 32 bits if there is no table.
			if i := uint(window * spread >> (shift & 31)); i < uint(len(slots)) {
				for slots[i].entry >= 0 && slots[i].window != window {
					i = (i + 1) & uint(len(slots)-1)
				}
				e := slots[i].entry
				if e < 0 {
					continue
				}
				if e = s.m.firstEntry(e, data[:pos-1]); e < 0 {
					continue
				}
				if entry := &s.m.entries[e]; entry.node >= 0 {
					if before := data[pos-2-int(entry.end.n)]; before == ',' || before == '{' {
						child, at = entry.node, here.place
					}
				}
			}
		}
		if child < 0 {
			var err *Error
			if child, at, err = s.key(here.node, here.place, pos); err != nil {
				return 0, err
			}
			if child < 0 {
				continue
			}
		}
		next := &s.m.nodes[child]
		pos = s.space(pos + 1)
		switch c := s.byteAt(pos); {
		case c == '{':
			if next.inner {
				if err := s.enter(pos, frame{child, isObject, false, at, open + brace}); err != nil {
					return 0, err
				}
				here, level, slots, shift = s.inside()
			}
		case c == '[':
			open += bracket
			s.open = open
			return pos + 1, s.enter(pos, frame{child, unnumbered, false, at, open})
		case next.wanted:
			end, err := s.scalar(pos, next, at)
			if err != nil {
				return 0, err
			}
			if c := s.byteAt(end); c != ',' && c != '}' {
				if err := s.ends(end); err != nil {
					return 0, err
				}
			}
		}
	}
}

// inside returns the object that s is in, its level, and the table in which a key without escapes may be looked up by its window:
// there is none if all keys have to be looked at.
func (s *state) inside() (here *frame, level balance, slots []slot, shift uint32) {
	here = &s.frames[len(s.frames)-1]
	n := &s.m.nodes[here.node]
	if n.fast && !s.index.Escapes {
		slots = part(s.m.slots, n.slots)
	}
	return here, here.level, slots, n.shift
}

// inArray goes on in an array, and in those inside of it, from pos until it is in an object. It returns where it has got to.
//
// An array adds nothing to the path. What is in one of its objects or arrays is bound to that element; its scalars are not.
func (s *state) inArray(pos int) (int, *Error) {
	for {
		here := &s.frames[len(s.frames)-1]
		n := &s.m.nodes[here.node]
		pos = s.space(pos)
		c := s.byteAt(pos)
		if c == ']' {
			pos++
			s.open -= bracket
			if here.array >= 0 {
				s.arrays[here.array].end = int32(len(s.elements))
			}
			if s.leave().array == isObject {
				return pos, s.ends(pos)
			}
			continue
		}
		if here.begun {
			if c != ',' {
				return 0, s.unexpected(pos, "a comma or a closing bracket")
			}
			pos = s.space(pos + 1)
			c = s.byteAt(pos)
		}
		here.begun = true
		var err *Error
		switch {
		case c == '{' && n.inner:
			return pos, s.enter(pos, frame{here.node, isObject, false, s.element(here), s.open + brace})
		case c == '{':
			pos, err = s.skip(pos)
		case c == '[':
			s.open += bracket
			err = s.enter(pos, frame{here.node, unnumbered, false, s.element(here), s.open})
			pos++
		default:
			pos, err = s.scalar(pos, n, here.place)
		}
		if err != nil {
			return 0, err
		}
	}
}

// element numbers an element of an array that is an object or array, and returns its place.
func (s *state) element(f *frame) place {
	if f.array == unnumbered {
		f.array = int32(len(s.arrays))
		s.arrays = append(s.arrays, array{parent: f.place.element})
	}
	at := place{int32(len(s.elements)), f.place.emptyKey}
	s.elements = append(s.elements, element{array: f.array})
	return at
}

// pass passes over what is deeper than a level. It begins in a word of the index, of which some bits are left, with so many open. It
// returns the bracket that leads back to the level, or the end of the event if there is none, and what is left of its word and open
// behind it.
//
// Colons and brackets take the same way: a branch for each would be mispredicted often.
func (s *state) pass(block int, rest uint64, open, level balance) (pos int, left uint64, behind balance) {
	data, brackets := s.data, s.index.Brackets
	for {
		for rest == 0 {
			if block++; block == len(brackets) {
				return len(data), 0, open
			}
			rest = brackets[block]
		}
		pos = block<<6 + bits.TrailingZeros64(rest)
		rest &= rest - 1
		if open += weight[data[pos]]; open.depth() <= level.depth() {
			return pos, rest, open
		}
	}
}

// skip returns where the object that begins at pos ends.
func (s *state) skip(pos int) (int, *Error) {
	rest := s.index.Brackets[pos>>6] >> (pos & 63) << (pos & 63)
	end, _, open := s.pass(pos>>6, rest&(rest-1), brace, 0)
	if open != 0 { // be it that the event ends before
		return 0, s.unexpected(end, "a closing brace")
	}
	return end + 1, nil
}

// ends checks that a member of an object ends at pos.
func (s *state) ends(pos int) *Error {
	pos = s.space(pos)
	if c := s.byteAt(pos); c != ',' && c != '}' {
		return s.unexpected(pos, "a comma or a closing brace")
	}
	return nil
}

// key returns the node to which the key before a colon leads from a node, or -1, and the place of its value.
func (s *state) key(id int32, at place, colon int) (int32, place, *Error) {
	n := &s.m.nodes[id]
	end := colon - 1 // the closing quote
	for isSpace(s.data[end]) {
		end--
	}
	if s.data[end] != '"' {
		return 0, at, s.unexpected(end, "a key")
	}
	e := int32(-1)
	if !n.slow {
		e = s.firstKey(n.short, end)
		if e >= 0 && s.m.entries[e].node == crowded && !isShort(end-s.quoteBefore(end)-1) {
			e = -1
		}
		if e < 0 && end >= windowSize {
			e = s.firstKey(s.m.slotOf(n, binary.LittleEndian.Uint32(s.data[end-windowSize:])), end)
		}
		if e >= 0 && s.m.entries[e].node >= 0 {
			size := int(s.m.entries[e].end.n)
			at.emptyKey = at.emptyKey || size == 1 // of the quote
			return s.m.entries[e].node, at, s.begins(end - size)
		}
		if e < 0 && !s.index.Escapes {
			return -1, at, nil
		}
	}
	return s.wholeKey(id, at, end, e)
}

// firstEntry returns the first entry from e on with whose end text ends, or -1. The text is longer: an object has begun before the
// key.
func (m *Matcher) firstEntry(e int32, text []byte) int32 {
	for e >= 0 {
		entry := &m.entries[e]
		start := len(text) - int(entry.end.n)
		if entry.end.n == 0 || start > 0 && text[start] == entry.mark && string(text[start:]) == string(part(m.arena, entry.end)) {
			break
		}
		e = entry.next
	}
	return e
}

// firstKey returns the first entry from e on with whose end the text before a closing quote ends, or -1.
func (s *state) firstKey(e int32, end int) int32 {
	for e >= 0 && !s.isKey(&s.m.entries[e], end) {
		e = s.m.entries[e].next
	}
	return e
}

// isKey reports whether the text before a closing quote ends like an entry. If this is a name, it has to be a key without
// escapes.
func (s *state) isKey(e *entry, end int) bool {
	text := part(s.m.arena, e.end)
	start := end - len(text)
	return start >= 0 && string(s.data[start:end]) == string(text) && (e.node < 0 || s.isQuote(start))
}

// wholeKey is like key, and looks at the whole key before a closing quote. The last entry of its window is e, or -1.
func (s *state) wholeKey(id int32, at place, end int, e int32) (int32, place, *Error) {
	start := s.quoteBefore(end)
	if start < 0 || !s.isQuote(end) {
		return 0, at, s.unexpected(end, "a key")
	}
	key := s.data[start+1 : end]
	child := int32(-1)
	switch {
	case s.m.nodes[id].slow || s.index.Escapes && bytes.IndexByte(key, '\\') >= 0:
		size := len(s.buf)
		var err *Error
		if key, _, err = s.text(start+1, end, true); err != nil {
			return 0, at, err
		}
		s.buf = s.buf[:size]
		child = s.m.follow(id, key)
	case bytes.IndexByte(key, '.') >= 0:
		child = s.m.follow(id, key)
	case e >= 0 && s.m.entries[e].node == crowded:
		child = s.m.crowdedChild(id, key)
	}
	if child < 0 {
		return child, at, nil
	}
	at.emptyKey = at.emptyKey || len(key) == 0
	return child, at, s.begins(start)
}

// begins checks that a member of an object may begin at pos.
func (s *state) begins(pos int) *Error {
	before := pos - 1
	for isSpace(s.data[before]) {
		before--
	}
	if c := s.data[before]; c != ',' && c != '{' {
		return s.unexpected(pos, "a comma or an opening brace before a key")
	}
	return nil
}
