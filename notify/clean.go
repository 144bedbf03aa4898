package notify

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns s as it can be shown to people: in one line, in the order in which it is written,
// with nothing invisible in it, and no longer than max runes.
//
// What would move the cursor, turn the direction of the text or not show at all is written as a Go
// escape: control characters and line breaks, format characters (bidirectional overrides and
// isolates, zero-width characters, tags), variation selectors and other characters that fonts leave
// out, unassigned and private-use characters, and bytes that are not UTF-8. So is every space after
// the second in a row: where a screen wraps a long line, spaces can make the rest of it look like a
// line of its own. A longer text is cut between two characters and ends in "…(+N)", N being how many
// characters of s are missing. If not even that fits, "…" stands for the whole, and for a max below 1
// the result is empty.
//
// Text without such characters comes back as it is, backslashes included, so the result cannot be
// turned back into s. Cleaning it again does not change it. Letters of scripts that run from right
// to left still do so. What a channel's markup needs is for the channel to escape.
func Clean(s string, max int) string {
	if len(s) <= max && plainASCII(s) && !strings.Contains(s, "   ") {
		return s
	}
	spaces := 0 // in a row
	return cut(s, max, func(r rune, text string) string {
		if !unicode.Is(unicode.Zs, r) {
			spaces = 0
			return visible(r, text)
		}
		if spaces++; spaces > 2 {
			return escape(r)
		}
		return text
	})
}

// clip returns s, cut to max runes as by [Clean], but with every character as it is.
func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return cut(s, max, func(_ rune, text string) string { return text })
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// cut returns s with what show makes of each of its characters, in at most max runes.
func cut(s string, max int, show func(r rune, text string) string) string {
	if max < 1 {
		return ""
	}
	total := utf8.RuneCountInString(s) // a byte that is not UTF-8 counts as one
	room := max - len("?(+)") - len(strconv.Itoa(total))

	var b strings.Builder
	var done, shown int              // characters of s in b, runes in b
	var fits struct{ done, end int } // as far as the mark of a cut fits behind
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		piece := show(r, s[i:i+size])
		i += size
		shown += utf8.RuneCountInString(piece)
		if shown > max {
			if room < 0 {
				return "…"
			}
			return fmt.Sprintf("%s…(+%d)", b.String()[:fits.end], total-fits.done)
		}
		b.WriteString(piece)
		done++
		if shown <= room {
			fits.done, fits.end = done, b.Len()
		}
	}
	return b.String()
}

// visible returns text, which is the rune r or a byte that is not UTF-8, as Clean shows it.
func visible(r rune, text string) string {
	switch {
	case r == utf8.RuneError && len(text) == 1:
		return fmt.Sprintf(`\x%02x`, text[0])
	case unicode.IsGraphic(r) && !unicode.In(r, invisible...):
		return text
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	}
	return escape(r)
}

func escape(r rune) string {
	if r > 0xFFFF {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// invisible holds the characters that Unicode counts as letters, marks or symbols and that show
// nothing.
var invisible = []*unicode.RangeTable{
	unicode.Other_Default_Ignorable_Code_Point,
	unicode.Variation_Selector,
	{R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}}}, // the braille pattern without dots
}
