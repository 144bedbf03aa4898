package engine

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

func (s *state) fail(pos int, reason string) *Error { return &Error{Reason: reason, Offset: pos} }

func (s *state) unexpected(pos int, want string) *Error {
	if pos >= len(s.data) {
		return s.fail(len(s.data), "unexpected end, want "+want)
	}
	r, _ := utf8.DecodeRune(s.data[pos:])
	return s.fail(pos, "unexpected character "+strconv.QuoteRune(r)+", want "+want)
}

func (s *state) tooDeep(pos int) *Error {
	return s.fail(pos, "nested more than "+strconv.Itoa(maxDepth)+" levels deep")
}

// byteAt returns the byte at pos, or 0 behind the end.
func (s *state) byteAt(pos int) byte {
	if pos < len(s.data) {
		return s.data[pos]
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// space returns the first place from pos on where there is no white space.
func (s *state) space(pos int) int {
	if pos < len(s.data) && s.data[pos] > ' ' {
		return pos
	}
	return s.spaces(pos)
}

func (s *state) spaces(pos int) int {
	for pos < len(s.data) && isSpace(s.data[pos]) {
		pos++
		for pos+8 <= len(s.data) && binary.LittleEndian.Uint64(s.data[pos:]) == 0x2020202020202020 {
			pos += 8
		}
	}
	return pos
}

// isQuote reports whether the quote at pos begins or ends a string.
func (s *state) isQuote(pos int) bool { return s.index.Quotes[pos>>6]>>(pos&63)&1 != 0 }

// quoteFrom returns the first quote from pos on. There is one, because pos is in a string and no string is open at the end.
func (s *state) quoteFrom(pos int) int {
	block := pos >> 6
	rest := s.index.Quotes[block] >> (pos & 63)
	if rest != 0 {
		return pos + bits.TrailingZeros64(rest)
	}
	for {
		block++
		if rest = s.index.Quotes[block]; rest != 0 {
			return block<<6 + bits.TrailingZeros64(rest)
		}
	}
}

// quoteBefore returns the last quote before pos, or -1.
func (s *state) quoteBefore(pos int) int {
	block := pos >> 6
	rest := s.index.Quotes[block] & (1<<(pos&63) - 1)
	for rest == 0 {
		if block--; block < 0 {
			return -1
		}
		rest = s.index.Quotes[block]
	}
	return block<<6 + 63 - bits.LeadingZeros64(rest)
}

// scalar reads the string, number, true, false or null at pos, which is on the path of n. It returns where it ends.
func (s *state) scalar(pos int, n *node, at place) (int, *Error) {
	if s.byteAt(pos) == '"' {
		end := s.quoteFrom(pos + 1)
		text, decoded, err := s.text(pos+1, end, false)
		if err != nil {
			return 0, err
		}
		start, last := uint32(pos+1), uint32(end)
		if decoded {
			start, last = uint32(len(s.buf)-len(text)), uint32(len(s.buf))
		}
		if n.paths[0] >= 0 && !at.emptyKey {
			s.addText(n.paths[0], at.element, text, start, last, decoded)
		}
		if n.paths[1] >= 0 {
			s.addText(n.paths[1], at.element, text, start, last, decoded)
		}
		return end + 1, nil
	}
	kind, end, err := s.word(pos)
	if err != nil {
		return 0, err
	}
	if n.paths[0] >= 0 && !at.emptyKey {
		s.addWord(n.paths[0], at.element, kind, pos, end)
	}
	if n.paths[1] >= 0 {
		s.addWord(n.paths[1], at.element, kind, pos, end)
	}
	return end, nil
}

// word checks the number, true, false or null at pos, and returns where it ends.
func (s *state) word(pos int) (kind value.Kind, end int, err *Error) {
	switch c := s.byteAt(pos); {
	case c == '-' || '0' <= c && c <= '9':
		end, err = s.number(pos)
		return value.Number, end, err
	case s.hasWord(pos, "true"):
		return value.True, pos + len("true"), nil
	case s.hasWord(pos, "false"):
		return value.False, pos + len("false"), nil
	case s.hasWord(pos, "null"):
		return value.Null, pos + len("null"), nil
	}
	return 0, 0, s.unexpected(pos, "a value")
}

func (s *state) hasWord(pos int, word string) bool {
	return value.HasPrefix(s.data[min(pos, len(s.data)):], word)
}

// number checks the number at pos and returns where it ends.
func (s *state) number(pos int) (int, *Error) {
	if s.data[pos] == '-' {
		pos++
	}
	var err *Error
	if s.byteAt(pos) == '0' {
		pos++
	} else if pos, err = s.digits(pos); err != nil {
		return 0, err
	}
	if s.byteAt(pos) == '.' {
		if pos, err = s.digits(pos + 1); err != nil {
			return 0, err
		}
	}
	if c := s.byteAt(pos); c == 'e' || c == 'E' {
		pos++
		if c := s.byteAt(pos); c == '+' || c == '-' {
			pos++
		}
		return s.digits(pos)
	}
	return pos, nil
}

// digits passes over one digit or more.
func (s *state) digits(pos int) (int, *Error) {
	start := pos
	for pos < len(s.data) && '0' <= s.data[pos] && s.data[pos] <= '9' {
		pos++
	}
	if pos == start {
		return 0, s.unexpected(pos, "a digit")
	}
	return pos, nil
}

// text checks the text of a string and returns it without escapes. If it had some, it is the end of buf.
func (s *state) text(start, end int, name bool) (text []byte, decoded bool, err *Error) {
	text = s.data[start:end]
	if !s.index.Printable && !isPrintable(text) {
		if err := s.checkText(start, end); err != nil {
			return nil, false, err
		}
	}
	if !s.index.Escapes || bytes.IndexByte(text, '\\') < 0 {
		return text, false, nil
	}
	before := len(s.buf)
	if err := s.decode(start, end, name); err != nil {
		return nil, false, err
	}
	return s.buf[before:], true, nil
}

// isPrintable reports whether text is ASCII without control characters.
func isPrintable(text []byte) bool {
	const (
		low  = 0x0101010101010101
		high = 0x8080808080808080
	)
	var odd uint64
	for len(text) >= 8 {
		w := binary.LittleEndian.Uint64(text)
		odd |= (w-low*' ')&^w | w
		text = text[8:]
	}
	var last byte
	for _, c := range text {
		last |= (c - ' ') | c
	}
	return odd&high == 0 && last < 0x80
}

// checkText checks that a string has no control characters and is UTF-8.
func (s *state) checkText(start, end int) *Error {
	for pos := start; pos < end; {
		r, size := utf8.DecodeRune(s.data[pos:end])
		switch {
		case r < ' ':
			return s.unexpected(pos, "no control character in a string")
		case r == utf8.RuneError && size == 1:
			return s.fail(pos, "invalid UTF-8")
		}
		pos += size
	}
	return nil
}

// decode appends the text of a string to buf.
func (s *state) decode(start, end int, name bool) *Error {
	text := s.data[:end]
	for i := start; i < end; {
		plain := bytes.IndexByte(text[i:], '\\')
		if plain < 0 {
			s.buf = append(s.buf, text[i:]...)
			break
		}
		s.buf = append(s.buf, text[i:i+plain]...)
		i += plain + 1
		c := text[i] // there is one, or the quote behind the backslash would not end the string
		i++
		switch c {
		case '"', '\\', '/':
			s.buf = append(s.buf, c)
		case 'b':
			s.buf = append(s.buf, '\b')
		case 'f':
			s.buf = append(s.buf, '\f')
		case 'n':
			s.buf = append(s.buf, '\n')
		case 'r':
			s.buf = append(s.buf, '\r')
		case 't':
			s.buf = append(s.buf, '\t')
		case 'u':
			u, ok := hex4(text[i:])
			if !ok {
				return s.fail(i, "unexpected end of an escape sequence, want four hexadecimal digits")
			}
			i += 4
			if !utf16.IsSurrogate(u) {
				s.buf = utf8.AppendRune(s.buf, u)
				break
			}
			if bytes.HasPrefix(text[i:], []byte(`\u`)) {
				if low, ok := hex4(text[i+2:]); ok && utf16.DecodeRune(u, low) != unicode.ReplacementChar {
					s.buf = utf8.AppendRune(s.buf, utf16.DecodeRune(u, low))
					i += 6
					break
				}
			}
			s.buf = syntax.AppendSurrogate(s.buf, u, name)
		default:
			return s.unexpected(i-1, "an escape sequence")
		}
	}
	return nil
}

// hex4 reads four hexadecimal digits.
func hex4(text []byte) (u rune, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for _, c := range text[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		u = u<<4 | rune(c)
	}
	return u, true
}
