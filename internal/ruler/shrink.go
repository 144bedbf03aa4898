package ruler

import (
	"strings"
	"unicode/utf8"
)

// shrink returns the smallest pair it finds for which bad still holds. It only
// ever removes text.
func shrink(p pair, bad func(pair) bool) pair {
	for {
		before := len(p.pattern) + len(p.event)
		p.pattern = shrinkText(p.pattern, func(s string) bool { return bad(pair{s, p.event}) })
		p.event = shrinkText(p.event, func(s string) bool { return bad(pair{p.pattern, s}) })
		if len(p.pattern)+len(p.event) == before {
			return p
		}
	}
}

func shrinkText(s string, bad func(string) bool) string {
next:
	for i := 0; i < len(s); {
		for _, rest := range cuts(s[i:]) {
			if bad(s[:i] + rest) {
				s = s[:i] + rest
				continue next
			}
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return s
}

// cuts returns what may be left of s when something is removed at its
// beginning: a value, a member or an element with its comma, the brackets
// around an object or array, one character.
func cuts(s string) []string {
	comma := 0
	if s[0] == ',' {
		comma = 1
	}
	end := comma + valueLen(s[comma:]) // of a value or a key
	value := comma                     // where the value starts
	if strings.HasPrefix(s[end:], ":") {
		value = end + 1
		end = value + valueLen(s[value:])
	}
	rest := s[end:]
	cuts := []string{rest}
	if comma == 0 {
		cuts = append(cuts, strings.TrimPrefix(rest, ","))
	}
	if inner := s[value:end]; len(inner) > 1 && (inner[0] == '{' || inner[0] == '[') {
		inner = inner[1 : len(inner)-1]
		cuts = append(cuts, s[:comma]+inner+rest, s[:value]+inner+rest)
	}
	_, size := utf8.DecodeRuneInString(s)
	return append(cuts, s[size:])
}

// valueLen returns the length of the JSON value that s begins with, roughly:
// brackets are counted, not matched.
func valueLen(s string) int {
	depth := 0
	for i := 0; i < len(s); {
		switch s[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		n := literalLen(s[i:])
		for 'a' <= s[i] && s[i] <= 'z' && i+n < len(s) && 'a' <= s[i+n] && s[i+n] <= 'z' { // true, false, null
			n++
		}
		if i += n; depth <= 0 {
			return i
		}
	}
	return len(s)
}
