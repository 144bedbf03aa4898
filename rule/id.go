package rule

import (
	"cmp"
	"strings"
)

// CompareIDs orders rule ids as people number them: runs of digits by value, the rest as text,
// so that "4.2" comes before "4.10". It returns a negative number, zero or a positive number, as
// [cmp.Compare] does; distinct ids never compare equal.
func CompareIDs(a, b string) int {
	rest := [2]string{a, b}
	for rest[0] != "" && rest[1] != "" {
		x, xdigits := splitRun(rest[0])
		y, ydigits := splitRun(rest[1])
		c := strings.Compare(x, y)
		if xdigits && ydigits {
			c = compareDigits(x, y)
		}
		if c != 0 {
			return c
		}
		rest[0], rest[1] = rest[0][len(x):], rest[1][len(y):]
	}
	return cmp.Or(cmp.Compare(len(rest[0]), len(rest[1])), strings.Compare(a, b))
}

// splitRun returns the longest prefix of s that is all digits or has none.
func splitRun(s string) (run string, digits bool) {
	digits = isDigit(s[0])
	n := 1
	for n < len(s) && isDigit(s[n]) == digits {
		n++
	}
	return s[:n], digits
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// compareDigits compares two runs of digits by value, without a limit on their length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
