package syntax

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Error says why a pattern is not valid.
type Error struct {
	Reason string // in the words of the service
	Path   string // dotted path of the field in which the error is; "" at the root
	Offset int    // byte offset of the token at which the error is

	source string
	places []place // that the service's message locates, none to two
}

func (e *Error) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// Message returns the whole message of the service's InvalidEventPatternException.
func (e *Error) Message() string {
	var b strings.Builder
	b.WriteString("Event pattern is not valid. Reason: ")
	b.WriteString(e.Reason)
	for _, at := range e.places {
		b.WriteString("\n at ")
		b.WriteString(location(e.source, at))
	}
	return b.String()
}

// maxEcho is how many UTF-16 code units of a pattern the service's JSON reader shows in a location.
const maxEcho = 500

// location renders a place in source as the service's JSON reader, Jackson, does.
func location(source string, at place) string {
	var b strings.Builder
	b.WriteString(`[Source: (String)"`)
	units := 0
	for _, r := range source {
		n := utf16.RuneLen(r)
		switch {
		case units >= maxEcho:
		case units+n > maxEcho: // the first half of a pair
			b.WriteByte('?')
		case r < ' ' && r != '\r' && r != '\n' || 0x7f <= r && r <= 0x9f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
		units += n
	}
	b.WriteByte('"')
	if units > maxEcho {
		fmt.Fprintf(&b, "[truncated %d chars]", units-maxEcho)
	}
	fmt.Fprintf(&b, "; line: %d, column: %d]", at.line, at.column)
	return b.String()
}

// A place is a line and a column, both counted from 1. A column is one UTF-16 code unit; LF, CR and CR LF end a line.
type place struct {
	line, column int
}

// placeOf returns the place of a byte offset.
func placeOf(source string, offset int) place {
	at := place{line: 1, column: 1}
	start := 0
	for i := range offset {
		switch source[i] {
		case '\n':
			start = i + 1
			if i == 0 || source[i-1] != '\r' {
				at.line++
			}
		case '\r':
			start = i + 1
			at.line++
		}
	}
	for _, r := range source[start:offset] {
		at.column += utf16.RuneLen(r)
	}
	return at
}

// charDesc describes a character as Jackson does, which sees UTF-16 code units.
func charDesc(r rune) string {
	if r > 0xffff {
		r, _ = utf16.EncodeRune(r)
	}
	shown := r
	if utf16.IsSurrogate(r) {
		shown = '?'
	}
	switch {
	case r < ' ' || 0x7f <= r && r <= 0x9f:
		return fmt.Sprintf("(CTRL-CHAR, code %d)", r)
	case r > 255:
		return fmt.Sprintf("'%c' (code %d / 0x%x)", shown, r, r)
	}
	return fmt.Sprintf("'%c' (code %d)", shown, r)
}

// firstInvalid returns the offset of the first byte that is not part of valid UTF-8, or -1.
func firstInvalid(s string) int {
	if utf8.ValidString(s) { // which reads many bytes at once
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}
