package value

import (
	"bytes"
	"strconv"
	"strings"
)

// Wildcard is a compiled wildcard operand: the literal parts between its stars.
type Wildcard struct {
	parts [][]byte // n stars make n+1 parts, some of which may be empty
}

// ParseWildcard reads the operand of wildcard: * is any sequence of bytes, \* is a star and \\ a backslash. An error is a
// Reason.
func ParseWildcard(text string) (Wildcard, error) {
	var w Wildcard
	var part []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '*' && strings.HasPrefix(text[i+1:], "*"):
			return Wildcard{}, Reason("Consecutive wildcard characters at pos " + strconv.Itoa(i+1))
		case c == '*':
			w.parts = append(w.parts, part)
			part = nil
		case c == '\\':
			if i++; i == len(text) || text[i] != '*' && text[i] != '\\' {
				return Wildcard{}, Reason("Invalid escape character at pos " + strconv.Itoa(i))
			}
			part = append(part, text[i])
		default:
			part = append(part, c)
		}
	}
	w.parts = append(w.parts, part)
	return w, nil
}

// Parts returns the literal text before, between and after the stars. The caller must not change it.
func (w Wildcard) Parts() [][]byte { return w.parts }

// Match reports whether text as a whole fits w.
//
// The leftmost occurrence of each part is as good as any other, because everything after it is a star: no backtracking,
// and time linear in text for each part.
func (w Wildcard) Match(text []byte) bool {
	first, last := w.parts[0], w.parts[len(w.parts)-1]
	if len(w.parts) == 1 {
		return bytes.Equal(text, first)
	}
	if len(text) < len(first)+len(last) || !bytes.HasPrefix(text, first) || !bytes.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range w.parts[1 : len(w.parts)-1] {
		i := bytes.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}
