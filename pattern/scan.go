package pattern

import (
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
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

// check checks that the text is one JSON object.
func (s *scanner) check() error {
	if !utf8.Valid(s.data) {
		s.pos = invalidUTF8(s.data)
		s.fail("invalid UTF-8")
		return s.err
	}
	if c := s.next(); c != '{' {
		s.unexpected("an object")
		return s.err
	}
	if !s.object() {
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

// value checks a value.
func (s *scanner) value() bool {
	switch c := s.next(); {
	case c == '{':
		return s.object()
	case c == '[':
		return s.array()
	case c == '"':
		_, _, ok := s.quoted()
		return ok
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	}
	return s.unexpected("a value")
}

func (s *scanner) object() bool {
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
		if _, _, ok := s.quoted(); !ok {
			return false
		}
		if s.next() != ':' {
			return s.unexpected("a colon")
		}
		s.pos++
		if !s.value() {
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

func (s *scanner) array() bool {
	if !s.enter() {
		return false
	}
	if s.next() == ']' {
		return s.leave()
	}
	for {
		if !s.value() {
			return false
		}
		switch s.next() {
		case ',':
			s.pos++
		case ']':
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
