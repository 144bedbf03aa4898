package syntax

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// text returns the text of the current token and, if it is a string, moves behind its closing quote.
func (r *reader) text() string {
	if r.open {
		r.open = false
		r.word = r.quoted(false)
	}
	switch r.tok {
	case tokObject:
		return "{"
	case tokObjectEnd:
		return "}"
	case tokArray:
		return "["
	case tokArrayEnd:
		return "]"
	}
	return r.word
}

// quoted reads a string from behind its opening quote on.
func (r *reader) quoted(name bool) string {
	end, context := ": was expecting closing quote for a string value", "string value"
	if name {
		end, context = " in field name", "name"
	}
	var buf []byte
	for from := r.pos; ; {
		if r.pos == len(r.src) {
			r.failAt(r.pos, "Unexpected end-of-input"+end)
		}
		switch c := r.src[r.pos]; {
		case c == '"':
			r.pos++
			if buf == nil {
				return r.src[from : r.pos-1]
			}
			return string(append(buf, r.src[from:r.pos-1]...))
		case c == '\\':
			buf = append(buf, r.src[from:r.pos]...)
			buf = r.escape(buf, name)
			from = r.pos
		case c < ' ':
			r.failAt(r.pos, "Illegal unquoted character ("+charDesc(rune(c))+
				"): has to be escaped using backslash to be included in "+context)
		default:
			r.pos++
		}
	}
}

// escape reads an escape sequence and appends the character. Half of a surrogate pair becomes what Java's UTF-8 encoder
// makes of it in a value, a question mark. Names are compared before they are encoded, so there it stays distinct.
func (r *reader) escape(dst []byte, name bool) []byte {
	r.pos++
	if r.pos == len(r.src) {
		r.failAt(r.pos, "Unexpected end-of-input in character escape sequence")
	}
	c := r.peek()
	r.pos++
	switch c {
	case '"', '\\', '/':
		return append(dst, byte(c))
	case 'b':
		return append(dst, '\b')
	case 'f':
		return append(dst, '\f')
	case 'n':
		return append(dst, '\n')
	case 'r':
		return append(dst, '\r')
	case 't':
		return append(dst, '\t')
	case 'u':
	default:
		r.failAt(r.pos-1, "Unrecognized character escape "+charDesc(c))
	}
	u := r.hex4()
	if !utf16.IsSurrogate(u) {
		return utf8.AppendRune(dst, u)
	}
	if strings.HasPrefix(r.src[r.pos:], `\u`) && len(r.src)-r.pos >= len(`\u0000`) {
		if low, err := strconv.ParseUint(r.src[r.pos+2:r.pos+6], 16, 16); err == nil {
			if full := utf16.DecodeRune(u, rune(low)); full != unicode.ReplacementChar {
				r.pos += len(`\u0000`)
				return utf8.AppendRune(dst, full)
			}
		}
	}
	return AppendSurrogate(dst, u, name)
}

// AppendSurrogate appends a lone surrogate: to a value as "?", to a name in the way of WTF-8, which no other name contains.
func AppendSurrogate(dst []byte, u rune, name bool) []byte {
	if !name {
		return append(dst, '?')
	}
	return append(dst, 0xed, 0x80|byte(u>>6)&0x3f, 0x80|byte(u)&0x3f)
}

// encodable returns text that may be made of names, with a question mark for each lone surrogate.
func encodable(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			r, n = '?', len("\xed\xa0\x80")
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

func (r *reader) hex4() rune {
	var u rune
	for range 4 {
		if r.pos == len(r.src) {
			r.failAt(r.pos, "Unexpected end-of-input in character escape sequence")
		}
		d, err := strconv.ParseUint(r.src[r.pos:r.pos+1], 16, 8)
		if err != nil {
			r.unexpected("expected a hex-digit for character escape sequence")
		}
		u = u<<4 | rune(d)
		r.pos++
	}
	return u
}
