package ruler

import "strings"

// rewrite returns JSON text with every string literal replaced by str of it
// and every number by num of it. Both see the literal as it is written. Text
// that is not JSON is rewritten as far as such literals can be told.
func rewrite(text string, str, num func(literal string) string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		n := literalLen(text[i:])
		lit := text[i : i+n]
		switch {
		case lit[0] == '"':
			b.WriteString(str(lit))
		case lit[0] == '-' || isDigit(lit[0]):
			b.WriteString(num(lit))
		default:
			b.WriteString(lit)
		}
		i += n
	}
	return b.String()
}

// same leaves a literal alone.
func same(literal string) string { return literal }

// literalLen returns the length of the string, the number or the other byte
// that s begins with.
func literalLen(s string) int {
	i := 1
	switch {
	case s[0] == '"':
		for i < len(s) && s[i] != '"' {
			if s[i] == '\\' {
				i++
			}
			i++
		}
		return min(i+1, len(s))
	case s[0] == '-' || isDigit(s[0]):
		for i < len(s) && (isDigit(s[i]) || strings.IndexByte("+-.eE", s[i]) >= 0) {
			i++
		}
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
