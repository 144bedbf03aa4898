package notify_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/countertrail/countertrail/notify"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct {
		in     string
		max    int
		want   string
		reason string
	}{
		{"plain text, 100 % of it", 100, "plain text, 100 % of it", "plain text is left alone"},
		{"Zoë 東京 Ελλάδα 🚨 e\u0301", 100, "Zoë 東京 Ελλάδα 🚨 e\u0301", "so are other scripts, symbols and combining marks"},
		{`CORP\alice`, 100, `CORP\alice`, "backslashes are part of names"},
		{"", 100, "", "empty"},
		{"a\nb\r\tc", 100, `a\nb\r\tc`, "line breaks and tabs would start a line or a column"},
		{"\x1b[31mred\x1b[0m\x07", 100, `\u001b[31mred\u001b[0m\u0007`, "terminals obey escape sequences"},
		{"a\x00b\x7f\u0085", 100, `a\u0000b\u007f\u0085`, "controls of both blocks"},
		{"invoice\u202egnp.exe", 100, `invoice\u202egnp.exe`, "an override shows the end backwards"},
		{"\u2066a\u2069\u200e\u200f\u061c", 100, `\u2066a\u2069\u200e\u200f\u061c`, "isolates and marks of direction"},
		{"adm\u200bin\u200d\ufeff\u00ad", 100, `adm\u200bin\u200d\ufeff\u00ad`, "zero width: two names that look the same"},
		{"a\u2028b\u2029c", 100, `a\u2028b\u2029c`, "Unicode's own line and paragraph separators"},
		{"\U000e0041\U000e0101\ufe0f", 100, `\U000e0041\U000e0101\ufe0f`, "tags and variation selectors carry hidden text"},
		{"\u3164\u115f\u034f\u2800", 100, `\u3164\u115f\u034f\u2800`, "letters, marks and symbols that show nothing"},
		{"\ue000\u0378\uffff", 100, `\ue000\u0378\uffff`, "private use and unassigned: no telling what a font shows"},
		{"a\xffb\xc3", 100, `a\xffb\xc3`, "bytes that are not UTF-8"},
		{"a\ufffdb", 100, "a\ufffdb", "the replacement character is visible itself"},
		{"end.  Start", 100, "end.  Start", "two spaces are punctuation"},
		{"x    who", 100, `x  \u0020\u0020who`, "more would pad a wrapped line into another"},
		{"x \u00a0\u3000\u2003who", 100, "x \u00a0" + `\u3000\u2003who`, "every space pads"},
		{"x    東", 6, `x…(+5)`, "an escaped space is whole or missing"},

		{"0123456789", 10, "0123456789", "fits exactly"},
		{"0123456789a", 10, "0123…(+7)", "the mark takes room, and counts what is missing"},
		{"東京東京東京東京", 7, "東京…(+6)", "cut between characters, by their number and not their bytes"},
		{"ab\u202ec", 7, `ab…(+2)`, "an escape is whole or missing"},
		{"\u202e\u202e", 6, `…(+2)`, "an escape is whole or missing, the first one too"},
		{strings.Repeat("x", 1000), 12, "xxxx…(+996)", "the room for the mark is that of the whole text's length"},
		{strings.Repeat("\xff", 50), 10, `\xff…(+49)`, "each wrong byte is a character"},
		{"0123456789", 5, "…", "not even the mark fits"},
		{"0123456789", 6, "…(+10)", "only the mark fits"},
		{"ab", 1, "…", "one rune"},
		{"a", 1, "a", "one rune that fits"},
		{"ab", 0, "", "no room"},
		{"ab", -1, "", "less than no room"},
		{"", -1, "", "nothing, and no room"},
	} {
		if got := notify.Clean(tt.in, tt.max); got != tt.want {
			t.Errorf("Clean(%+q, %d) = %q, want %q: %s", tt.in, tt.max, got, tt.want, tt.reason)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "plain", hostile, "東京", "e\u0301", "\u2028", "…(+3)", strings.Repeat("\u202e", 40)} {
		for _, max := range []int{-1, 0, 1, 5, 6, 7, 100} {
			f.Add(s, max)
			f.Add("a \u00a0 "+s, max)
		}
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		got := notify.Clean(s, max)
		if !utf8.ValidString(got) {
			t.Errorf("Clean(%q, %d) = %q: not UTF-8", s, max, got)
		}
		if n := utf8.RuneCountInString(got); n > 0 && n > max {
			t.Errorf("Clean(%q, %d) = %q: %d runes", s, max, got, n)
		}
		plain := utf8.ValidString(s) && !spaces.MatchString(s)
		if spaces.MatchString(got) {
			t.Errorf("Clean(%q, %d) = %q: spaces in a row", s, max, got)
		}
		for _, r := range got {
			if !shows(r) {
				t.Errorf("Clean(%q, %d) = %q: holds %U", s, max, got, r)
			}
		}
		for _, r := range s {
			plain = plain && shows(r)
		}
		if plain && utf8.RuneCountInString(s) <= max && got != s {
			t.Errorf("Clean(%q, %d) = %q: plain text was changed", s, max, got)
		}
		if again := notify.Clean(got, max); again != got {
			t.Errorf("Clean(%q, %d) = %q, and cleaned again %q", s, max, got, again)
		}
		if s != "" && max > 0 && got == "" {
			t.Errorf("Clean(%q, %d) is empty", s, max)
		}
	})
}

var spaces = regexp.MustCompile(`\p{Zs}{3}`)

// shows reports whether r has a place in a line of text, by another list than Clean's.
func shows(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs) &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) && r != 0x2800
}
