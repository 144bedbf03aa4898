package syntax

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ComparePaths compares two paths in the order in which the engine decides the fields of a rule: by UTF-16 code units. It
// differs from the order of the bytes only for characters beyond U+FFFF, whose surrogates sort before U+E000.
func ComparePaths(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && (n < len(a) && !utf8.RuneStart(a[n]) || n < len(b) && !utf8.RuneStart(b[n])) {
		n--
	}
	a, b = a[n:], b[n:]
	if a == "" || b == "" {
		return len(a) - len(b)
	}
	x, _ := utf8.DecodeRuneInString(a)
	y, _ := utf8.DecodeRuneInString(b)
	if (x > 0xffff) != (y > 0xffff) {
		x, y = firstUnit(x), firstUnit(y)
	}
	if x == y { // lone surrogates, which are not UTF-8
		return strings.Compare(a, b)
	}
	return int(x - y)
}

func firstUnit(r rune) rune {
	if r > 0xffff {
		r, _ = utf16.EncodeRune(r)
	}
	return r
}
