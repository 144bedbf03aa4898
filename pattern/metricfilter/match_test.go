package metricfilter

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	const shapes = `{"s": "abc", "ip": "111.111.111.111", "digits": "123", "empty": "", "i": 123, "f": 12.34, "f0": 12.0,
		"null": null, "true": true, "false": false, "object": {"a": "x"}, "array": ["x", "y"], "none": [],
"lines": "a\nb", "list": [{"id": 1}, {"id": 2, "name": "b"}], "grid": [[0, 1], [4, 5]], "a.b": "dotted", "star": "a*c"}`
	for _, c := range []struct {
		filter string
		want   bool
		reason string
	}{
		{`{ $.s = "abc" }`, true, "the same text"},
		{`{ $.s = abc }`, true, "quotes carry no meaning"},
		{`{ $.s = "ABC" }`, false, "case does"},
		{`{ $.s = "ab" }`, false, "the whole text is compared"},
		{`{ $.s != "abc" }`, false, ""},
		{`{ $.s != "x" }`, true, ""},
		{`{ $.S = "abc" }`, false, "names of members have case too"},
		{`{ $.empty = "" }`, true, "an empty text is a text"},

		{`{ $.s = "a*" }`, true, "star at the end"},
		{`{ $.s = "*c" }`, true, "star at the front"},
		{`{ $.s = "*b*" }`, true, "stars at both"},
		{`{ $.s = "a*c" }`, true, "star in the middle"},
		{`{ $.s = "abc*" }`, true, "a star may stand for nothing"},
		{`{ $.s = "ab*bc" }`, false, "what stands around a star does not overlap"},
		{`{ $.s = "a**c" }`, true, "two stars are as good as one"},
		{`{ $.s != "x*" }`, true, ""},
		{`{ $.s != "a*" }`, false, ""},
		{`{ $.ip = 111.* }`, true, "a word may have dots and stars"},
		{`{ $.ip != 123.123.* }`, true, "the guide's own example"},
		{`{ $.s = * }`, true, ""},
		{`{ $.empty = "*" }`, true, "observed"},
		{`{ $.i = * }`, true, "observed"},
		{`{ $.true = * }`, true, "every value"},
		{`{ $.null = * }`, true, "every value"},
		{`{ $.object = * }`, false, "an object is none"},
		{`{ $.nowhere = * }`, false, ""},
		{`{ $.s != * }`, false, "everything is equal to a star"},

		{`{ $.i = 123 }`, true, ""},
		{`{ $.i = 123.0 }`, true, "numbers are compared by value; observed"},
		{`{ $.i = +123 }`, true, "a sign"},
		{`{ $.i = 1.23e2 }`, true, "an exponent"},
		{`{ $.i = 0123 }`, true, "leading zeros"},
		{`{ $.i != 111 }`, true, ""},
		{`{ $.i != 123 }`, false, ""},
		{`{ $.i = "123" }`, true, "text is compared with the spelling; observed"},
		{`{ $.i = "123.0" }`, false, "which is another; observed"},
		{`{ $.f0 != "12" }`, true, "observed"},
		{`{ $.f0 = 12 }`, true, "observed"},
		{`{ $.i = 12* }`, true, "a star goes by the spelling; observed"},
		{`{ $.f = "*.34" }`, true, "observed"},
		{`{ $.digits = 123 }`, true, "a string is compared as it is written"},
		{`{ $.digits = 123.0 }`, false, "and not by value"},
		{`{ $.s != 111 }`, true, "observed"},

		{`{ $.i > 122 }`, true, ""},
		{`{ $.i > 123 }`, false, ""},
		{`{ $.i >= 123 }`, true, ""},
		{`{ $.i < 124 }`, true, ""},
		{`{ $.i < 123 }`, false, ""},
		{`{ $.i <= 123 }`, true, ""},
		{`{ $.f < 1e999 }`, true, "beyond binary64"},
		{`{ $.i > -5 }`, true, ""},
		{`{ $.digits > 1 }`, false, "strings are not ordered; observed"},
		{`{ $.true > 0 }`, false, ""},
		{`{ $.nowhere < 1 }`, false, ""},

		{`{ $.nowhere = "x" }`, false, ""},
		{`{ $.nowhere != "x" }`, false, "observed: absence does not pass !="},
		{`{ $.null.x != "x" }`, false, "below null is nothing"},
		{`{ $.s.x != "x" }`, false, "below a text is nothing"},
		{`{ $.object != "x" }`, false, "documented"},
		{`{ $.array = "x" }`, false, "documented"},
		{`{ $.array != "z" }`, false, "documented"},
		{`{ $.true = "true" }`, false, "ours"},
		{`{ $.true != "x" }`, true, "ours"},
		{`{ $.null != "x" }`, true, "ours"},

		{`{ $.null IS NULL }`, true, ""},
		{`{ $.nowhere IS NULL }`, false, "absent is not null"},
		{`{ $.s IS NULL }`, false, ""},
		{`{ $.true IS TRUE }`, true, ""},
		{`{ $.false IS TRUE }`, false, ""},
		{`{ $.false IS FALSE }`, true, ""},
		{`{ $.null IS FALSE }`, false, ""},
		{`{ $.object IS NULL }`, false, ""},
		{`{ $.true is true }`, true, "small letters are in use"},
		{`{ $.nowhere NOT EXISTS }`, true, ""},
		{`{ $.s.nowhere NOT EXISTS }`, true, ""},
		{`{ $.null NOT EXISTS }`, false, "null is there"},
		{`{ $.s NOT EXISTS }`, false, ""},
		{`{ $.object NOT EXISTS }`, false, ""},
		{`{ $.none NOT EXISTS }`, false, ""},

		{`{ $.object.a = "x" }`, true, ""},
		{`{ $.array[0] = "x" }`, true, ""},
		{`{ $.array[1] = "x" }`, false, "the other element"},
		{`{ $.array[2] NOT EXISTS }`, true, "beyond the end"},
		{`{ $.object[0] = "x" }`, false, "not an array"},
		{`{ $.list[1].id = 2 }`, true, "the guide's own example"},
		{`{ $.list.id = 2 }`, false, "arrays are not looked into by themselves"},
		{`{ $.grid[1][0] = 4 }`, true, ""},
		{`{ $.array[*] = "y" }`, true, ""},
		{`{ $.array[*] = "z" }`, false, ""},
		{`{ $.array[*] != "x" }`, true, "one of them is not"},
		{`{ $.list[*].name = "b" }`, true, ""},
		{`{ $.list[*].nowhere NOT EXISTS }`, true, ""},
		{`{ $.list[*].name NOT EXISTS }`, false, "one of them has it"},
		{`{ $.none[*] NOT EXISTS }`, true, "an empty array has no elements"},
		{`{ $.* = "abc" }`, true, ""},
		{`{ $.* = "abd" }`, false, ""},
		{`{ $.object.* = "x" }`, true, ""},
		{`{ $.['a.b'] = "dotted" }`, true, ""},
		{`{ $.['object'].a = "x" }`, true, ""},
		{`{ $.a.b = "dotted" }`, false, "a dot in a key is not a level"},

		{`{ $.s = %b% }`, true, "found anywhere"},
		{`{ $.s = %^b% }`, false, ""},
		{`{ $.s = %[a-c]{3}$% }`, true, ""},
		{`{ $.s != %b% }`, false, ""},
		{`{ $.s != %x% }`, true, ""},
		{`{ $.nowhere != %x% }`, false, ""},
		{`{ $.i = %^\d+$% }`, true, "numbers by their spelling"},
		{`{ $.true = %true% }`, false, ""},
		{`{ $.star = %a\*c% }`, true, ""},
		{`{ $.s = %a\x62c% }`, true, ""},
		{`{ $.lines = %a.b% }`, true, "a dot is also the end of a line"},

		{`{ $.s = x || $.i = 1 && $.i = 2 || $.s = abc }`, true, ""},
		{`{ $.s = abc || $.i = 1 && $.i = 2 }`, true, "&& binds tighter"},
		{`{ ($.s = abc || $.i = 1) && $.i = 2 }`, false, "unless there are parentheses"},
		{`{$.s=abc&&$.i=123}`, true, "white space carries no meaning"},
		{" {\n\t( ( $.s = abc ) )\r\n} ", true, "nor does its kind, nor parentheses too many"},
	} {
		if got, err := mustParse(t, c.filter).Match([]byte(shapes)); got != c.want || err != nil {
			t.Errorf("%s: %t, %v; want %t: %s", c.filter, got, err, c.want, c.reason)
		}
	}
}

func TestMatchEscapes(t *testing.T) {
	f := mustParse(t, `{ $.a = "say \"x\" or \\*" }`)
	for event, want := range map[string]bool{
		`{"a": "say \"x\" or \\"}`:     true,
		`{"a": "say \"x\" or \\y"}`:    true, // the star behind the backslash is still a wildcard
		`{"a": "say \\\"x\\\" or \\"}`: false,
	} {
		if got, err := f.Match([]byte(event)); got != want || err != nil {
			t.Errorf("%s: %t, %v; want %t", event, got, err, want)
		}
	}
}

func TestMatchRefuses(t *testing.T) {
	for event, reason := range map[string]string{
		``:                         "EOF",
		`[]`:                       "not a JSON object",
		`null`:                     "not a JSON object",
		`{} {}`:                    "text after the object",
		`{"a": 1,}`:                "invalid character",
		"{\"a\": \"\xff\"}":        "UTF-8",
		strings.Repeat("[", 1e6):   "depth",
		`{"a":` + `[[[[[[[[` + `}`: "invalid character",
	} {
		got, err := mustParse(t, `{ $.a NOT EXISTS }`).Match([]byte(event))
		if err == nil || !strings.HasPrefix(err.Error(), "metricfilter: log event: ") || !strings.Contains(err.Error(), reason) || got {
			t.Errorf("%.20q: %t, %v; want an error about %s", event, got, err, reason)
		}
	}
}

func TestMatchLastOfSameName(t *testing.T) {
	f := mustParse(t, `{ $.a = x }`)
	for event, want := range map[string]bool{`{"a": "y", "a": "x"}`: true, `{"a": "x", "a": "y"}`: false} {
		if got, err := f.Match([]byte(event)); got != want || err != nil {
			t.Errorf("%s: %t, %v; want %t", event, got, err, want)
		}
	}
}

func TestZeroFilter(t *testing.T) {
	for _, f := range []*Filter{nil, {}} {
		if got, err := f.Match([]byte(`{}`)); got || err != nil {
			t.Errorf("Match: %t, %v; want false", got, err)
		}
		if p, err := f.Pattern(); p != nil || err == nil {
			t.Errorf("Pattern: %v, %v; want an error", p, err)
		}
		if f.String() != "" {
			t.Errorf("String: %q; want nothing", f)
		}
	}
}

func TestUnmarshalText(t *testing.T) {
	var f Filter
	const src = `{ $.a = x }`
	if err := f.UnmarshalText([]byte(src)); err != nil {
		t.Fatal(err)
	}
	if err := f.UnmarshalText([]byte(`{ $.a = }`)); err == nil {
		t.Error("a filter that is not valid was taken")
	}
	if text, err := f.MarshalText(); string(text) != src || err != nil {
		t.Errorf("MarshalText: %q, %v; want %q, as before the error", text, err, src)
	}
}

func mustParse(t testing.TB, src string) *Filter {
	t.Helper()
	f, err := Parse(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return f
}
