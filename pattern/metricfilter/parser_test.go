package metricfilter

import (
	"errors"
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		filter string
		offset int
		reason string
	}{
		{``, 0, "begins with {"},
		{`ERROR`, 0, "begins with {"},
		{`[ip, user]`, 0, "begins with {"},
		{"{ $.a = \"\xff\" }", 0, "not UTF-8"},
		{`{`, 1, "selector such as $.eventName, or a parenthesis, is missing before the end"},
		{`{}`, 1, `is missing before "}"`},
		{`{ $.a = 1`, 9, "&&, || or } is missing before the end"},
		{`{ $.a = 1 & $.b = 2 }`, 10, `&&, || or } is missing before "&"`},
		{`{ $.a = 1 $.b = 2 }`, 10, `before "$"`},
		{`{ $.a = 1 } x`, 12, "after the closing brace"},
		{`{ ($.a = 1 }`, 11, "the parenthesis at offset 2 is not closed"},
		{`{ $.a = 1) }`, 9, `before ")"`},
		{`{ () }`, 3, "selector such as"},
		{`{ !($.a = 1) }`, 2, "selector such as"},
		{`{ $.a = 1 && }`, 13, "selector such as"},
		{`{ a = 1 }`, 2, "selector such as"},
		{`{ $ = 1 }`, 2, "needs the name of a member"},
		{`{ $eventName = x }`, 2, "needs the name of a member"}, // in the v1.3.0 text of CIS 4.4
		{`{ $. = 1 }`, 4, `a name of letters, digits, - and _ is missing before " "`},
		{`{ $.ä = 1 }`, 4, `.['name']`},
		{`{ $[0] = 1 }`, 3, "the first step"},
		{`{ $['a'] = 1 }`, 3, "$.['name']"},
		{`{ $.['a] = 1 }`, 4, "not closed"},
		{`{ $.[''] = 1 }`, 4, "missing"},
		{`{ $.a[x] = 1 }`, 5, "number of an element"},
		{`{ $.a[-1] = 1 }`, 5, "number of an element"},
		{`{ $.a[99999999999999999999] = 1 }`, 5, "number of an element"},
		{`{ $.a[0 = 1 }`, 5, "not closed"},
		{`{ $.a[*].b[*] = 1 }`, 2, "at most 1 wildcard"},
		{`{ $.* = 1 || $.* = 2 || $.* = 3 || $.* = 4 }`, 35, "at most 3 selectors"},
		{`{ $.a }`, 6, "an operator is missing"},
		{`{ $.a 1 }`, 6, "an operator is missing"},
		{`{ $.a == 1 }`, 6, "== is not an operator; it is ="},
		{`{ $.a <> 1 }`, 6, "<> is not an operator; it is !="},
		{`{ $.a =! 1 }`, 6, "an operator is missing"},
		{`{ $.a IS NOT NULL }`, 6, "neither IS NOT nor EXISTS"},
		{`{ $.a EXISTS }`, 6, "for a value that exists, write = *"},
		{`{ $.a IS nothing }`, 6, "an operator in words is"},
		{`{ $.a LIKE x }`, 6, "an operator in words is"},
		{`{ $.a = }`, 8, `a value is missing before "}"`},
		{`{ $.a = "x }`, 8, "the quote is not closed"},
		{`{ $.a = 'x' }`, 8, `a text with "'" stands in double quotes`},
		{`{ $.a = x@y }`, 9, `a text with "@" stands`},
		{`{ $.a = ä }`, 8, `a text with "ä" stands`},
		{`{ $.a = a+b }`, 9, "a text with + stands"},
		{`{ $.a = "a\nb" }`, 10, "a backslash stands before"},
		{`{ $.a = "a\`, 10, "a backslash stands before"},
		{`{ $.a > "1" }`, 8, "> compares with a number, which stands without quotes"},
		{`{ $.a <= x }`, 9, "<= compares with a number"},
		{`{ $.a < 1* }`, 8, "< compares with a number"},
		{`{ $.a >= %1% }`, 9, ">= compares with a number"},
		{`{ $.a = %x }`, 8, "not closed by %"},
		{`{ $.a = %(x)% }`, 9, "_#=@/;:,- and ^$?[]{}|\\*+. only"},
		{`{ $.a = %x\(% }`, 10, "only"},
		{`{ $.a = %ä% }`, 9, "only"},
		{`{ $.a = %\1% }`, 9, "only"},
		{`{ $.a = %[x% }`, 8, "not valid: missing closing ]"},
		{`{ $.a = %x{1000}{1000}% }`, 8, "not valid"},
		{`{ $.a = %x% || $.a = %y% || $.a = %z% }`, 34, "at most 2 regular expressions"},
		{`{ $.a = "` + strings.Repeat("x", 1024) + `" }`, 0, "has 1036 characters; CloudWatch Logs takes 1024"},
	} {
		f, err := Parse(c.filter)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != c.offset || !strings.Contains(syntax.Reason, c.reason) {
			t.Errorf("%s: %v, %v; want offset %d: %s", c.filter, f, err, c.offset, c.reason)
		}
	}
}

// The limit is one of characters, not of bytes.
func TestParseLongest(t *testing.T) {
	src := `{ $.a = "` + strings.Repeat("ä", maxLength-len(`{ $.a = "" }`)) + `" }`
	mustParse(t, src)
}

// Nesting is bounded only by the length.
func TestParseDeepest(t *testing.T) {
	n := (maxLength - len(`{$.a=x}`)) / 2
	f := mustParse(t, "{"+strings.Repeat("(", n)+"$.a=x"+strings.Repeat(")", n)+"}")
	if got, err := f.Match([]byte(`{"a":"x"}`)); !got || err != nil {
		t.Errorf("%t, %v; want true", got, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, p := range readPublished(f) {
		f.Add(p.filter)
	}
	f.Add(`{ $.a[*].['b.c'] != %^x.*y|z$% && ($.d IS NULL || $.e[0] NOT EXISTS) && $.f >= -1.5e3 }`)
	f.Add(`{ $.a = "\"\\*" || $.b = +5 }`)
	f.Fuzz(func(t *testing.T, src string) {
		filter, err := Parse(src)
		if err != nil {
			if e := err.(*SyntaxError); e.Offset < 0 || e.Offset > len(src) || e.Reason == "" {
				t.Errorf("%q: an error at offset %d: %q", src, e.Offset, e.Reason)
			}
			return
		}
		if filter.String() != src {
			t.Errorf("%q has become %q", src, filter)
		}

		// Parentheses around everything change nothing.
		trimmed := strings.Trim(src, " \t\r\n")
		same, err := Parse("{(" + trimmed[1:len(trimmed)-1] + ")}")
		if err != nil {
			if !strings.Contains(err.Error(), "characters") {
				t.Errorf("%q in parentheses: %v", src, err)
			}
			return
		}
		for _, event := range []string{`{}`, `{"a": "x", "b": [5], "d": null}`} {
			want, _ := filter.Match([]byte(event))
			if got, err := same.Match([]byte(event)); got != want || err != nil {
				t.Errorf("%q in parentheses: %s: %t, %v; want %t", src, event, got, err, want)
			}
		}
	})
}
