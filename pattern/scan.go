package pattern

import (
	"math"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// maxDepth is how deeply the objects and arrays of an event may be nested. It is the limit of the JSON reader that EventBridge
// uses, and it bounds the recursion here.
const maxDepth = 1000

// A scanner reads strict JSON. Its methods return false when they have met an error, which is then in err.
type scanner struct {
	data  []byte
	pos   int
	depth int
	err   *EventError
	buf   []byte // for text that has to be decoded
}

// A place says where in the event a value is, beside its path.
type place struct {
	element  int32 // the innermost element of an array that is an object or array and holds the value, or 0
	emptyKey bool  // one of the keys that lead here is ""
}

// scan reads an event and records the values on the paths of the matcher.
func (s *state) scan(event []byte) error {
	if len(event) > math.MaxInt32 {
		return &EventError{Reason: "longer than 2 GiB", Offset: math.MaxInt32}
	}
	s.data = event
	if !utf8.Valid(event) {
		s.pos = invalidUTF8(event)
		s.fail("invalid UTF-8")
		return s.err
	}
	s.elements = append(s.elements, element{array: -1})
	if c := s.next(); c != '{' {
		s.unexpected("an object")
		return s.err
	}
	if !s.object(&s.m.trie, place{}) {
		return s.err
	}
	if s.next(); s.pos < len(s.data) {
		s.fail("more than one value")
		return s.err
	}
	return nil
}

func invalidUTF8(b []byte) int {
	for i := 0; ; {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
}

func (s *scanner) fail(reason string) bool {
	if s.err == nil {
		s.err = &EventError{Reason: reason, Offset: s.pos}
	}
	return false
}

func (s *scanner) unexpected(want string) bool {
	if s.pos >= len(s.data) {
		return s.fail("unexpected end, want " + want)
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return s.fail("unexpected character " + strconv.QuoteRune(r) + ", want " + want)
}

// next skips white space and returns the byte that follows, or 0 at the end.
func (s *scanner) next() byte {
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) enter() bool {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		return s.fail("nested more than " + strconv.Itoa(maxDepth) + " levels deep")
	}
	return true
}

func (s *scanner) leave() bool {
	s.pos++
	s.depth--
	return true
}

// value reads a value. If n is nil no path leads here, and the value is only checked.
func (s *state) value(n *trieNode, at place) bool {
	v := &s.scalar
	*v = scalar{}
	switch c := s.next(); {
	case c == '{':
		return s.object(n, at)
	case c == '[':
		return s.array(n, at)
	case c == '"':
		start, escaped, ok := s.quoted()
		if !ok {
			return false
		}
		if n == nil || len(n.fields) == 0 {
			return true
		}
		v.kind, v.text = value.String, s.data[start:s.pos-1]
		if escaped {
			v.text = s.decode(v.text, false)
		}
	case c == 't':
		v.kind = value.True
		if !s.literal("true") {
			return false
		}
	case c == 'f':
		v.kind = value.False
		if !s.literal("false") {
			return false
		}
	case c == 'n':
		v.kind = value.Null
		if !s.literal("null") {
			return false
		}
	case c == '-' || '0' <= c && c <= '9':
		start := s.pos
		if !s.number() {
			return false
		}
		v.kind, v.text = value.Number, s.data[start:s.pos]
	default:
		return s.unexpected("a value")
	}
	if n != nil {
		s.record(n, at, v)
	}
	return true
}

func (s *state) object(n *trieNode, at place) bool {
	if !s.enter() {
		return false
	}
	if s.next() == '}' {
		return s.leave()
	}
	for {
		if s.next() != '"' {
			return s.unexpected("a key")
		}
		start, escaped, ok := s.quoted()
		if !ok {
			return false
		}
		var child *trieNode
		inside := at
		if n != nil {
			key := s.data[start : s.pos-1]
			if escaped {
				key = s.decode(key, true)
			}
			child = n.follow(key)
			inside.emptyKey = at.emptyKey || len(key) == 0
		}
		if s.next() != ':' {
			return s.unexpected("a colon")
		}
		s.pos++
		if !s.value(child, inside) {
			return false
		}
		switch s.next() {
		case ',':
			s.pos++
		case '}':
			return s.leave()
		default:
			return s.unexpected("a comma or a closing brace")
		}
	}
}

// array reads an array. It adds nothing to the path. What is in one of its objects or arrays is bound to that element; its
// scalars are not.
func (s *state) array(n *trieNode, at place) bool {
	if !s.enter() {
		return false
	}
	if s.next() == ']' {
		return s.leave()
	}
	id := int32(-1)
	for {
		inside := at
		c := s.next()
		if n != nil && (c == '{' || c == '[') {
			if id < 0 {
				id = int32(len(s.arrays))
				s.arrays = append(s.arrays, array{parent: at.element})
			}
			inside.element = int32(len(s.elements))
			s.elements = append(s.elements, element{array: id})
		}
		if !s.value(n, inside) {
			return false
		}
		if inside.element != at.element {
			s.elements[inside.element].end = int32(len(s.elements))
		}
		switch s.next() {
		case ',':
			s.pos++
		case ']':
			if id >= 0 {
				s.arrays[id].end = int32(len(s.elements))
			}
			return s.leave()
		default:
			return s.unexpected("a comma or a closing bracket")
		}
	}
}

// quoted reads a string and returns where its text begins and whether there are escapes in it. The text ends before the
// closing quote, which is the last byte read.
func (s *scanner) quoted() (start int, escaped, ok bool) {
	s.pos++
	start = s.pos
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return start, escaped, true
		case c == '\\':
			escaped = true
			if !s.escape() {
				return 0, false, false
			}
		case c < ' ':
			return 0, false, s.unexpected("no control character in a string")
		}
	}
	return 0, false, s.unexpected("a closing quote")
}

// escape checks an escape sequence and stops at its last byte.
func (s *scanner) escape() bool {
	if s.pos++; s.pos < len(s.data) {
		switch s.data[s.pos] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			return true
		case 'u':
			for range 4 {
				if s.pos++; s.pos >= len(s.data) || !isHex(s.data[s.pos]) {
					return s.unexpected("a hexadecimal digit")
				}
			}
			return true
		}
	}
	return s.unexpected("an escape sequence")
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func (s *scanner) literal(want string) bool {
	for i := range len(want) {
		if s.pos >= len(s.data) || s.data[s.pos] != want[i] {
			return s.unexpected(want)
		}
		s.pos++
	}
	return true
}

func (s *scanner) number() bool {
	if s.data[s.pos] == '-' {
		s.pos++
	}
	if s.pos < len(s.data) && s.data[s.pos] == '0' {
		s.pos++
	} else if !s.digits() {
		return false
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if s.pos < len(s.data) && (s.data[s.pos] == 'e' || s.data[s.pos] == 'E') {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		return s.digits()
	}
	return true
}

// digits reads one digit or more.
func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start || s.unexpected("a digit")
}

// decode decodes the escapes of a string that has been checked. The result is valid until the next call.
func (s *scanner) decode(text []byte, name bool) []byte {
	b := s.buf[:0]
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			b = append(b, text[i])
			i++
			continue
		}
		c := text[i+1]
		i += 2
		switch c {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			u := hex4(text[i:])
			i += 4
			switch {
			case !utf16.IsSurrogate(u):
				b = utf8.AppendRune(b, u)
			case len(text)-i >= 6 && text[i] == '\\' && text[i+1] == 'u' && utf16.DecodeRune(u, hex4(text[i+2:])) != unicode.ReplacementChar:
				b = utf8.AppendRune(b, utf16.DecodeRune(u, hex4(text[i+2:])))
				i += 6
			default:
				b = syntax.AppendSurrogate(b, u, name)
			}
		default:
			b = append(b, c)
		}
	}
	s.buf = b
	return b
}

func hex4(b []byte) rune {
	var u rune
	for _, c := range b[:4] {
		switch {
		case c <= '9':
			c -= '0'
		case c >= 'a':
			c -= 'a' - 10
		default:
			c -= 'A' - 10
		}
		u = u<<4 | rune(c)
	}
	return u
}
