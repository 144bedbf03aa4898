package pattern_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern"
)

const tooComplex = "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character"

// reasonOf returns the reason for which a pattern is rejected, or "".
func reasonOf(t *testing.T, src string) string {
	t.Helper()
	_, err := pattern.Compile(src)
	if err == nil {
		return ""
	}
	e, ok := err.(*pattern.SyntaxError)
	if !ok {
		t.Fatalf("Compile(%s): %T is no *SyntaxError", src, err)
	}
	return e.Reason
}

func TestSyntaxErrorFields(t *testing.T) {
	tests := []struct {
		src, path string
		token     string // what Offset points at
		text      string // of Error
		reason    string
	}{
		{
			src: `{"a":{"b":["x",{"bogus":1}]}}`, path: "a.b", token: `"bogus"`,
			text:   "pattern: a.b: Unrecognized match type bogus",
			reason: "an alternative",
		},
		{
			src: `{"a":{"b":["x"],"c":7}}`, path: "a.c", token: `7`,
			text:   `pattern: a.c: "c" must be an object or an array`,
			reason: "a leaf that is no list",
		},
		{
			src: `{"a":{}}`, path: "a", token: `}}`,
			text:   "pattern: a: Empty objects are not allowed",
			reason: "an object",
		},
		{
			src: `[1]`, path: "", token: `[1]`,
			text:   "pattern: Filter is not an object",
			reason: "the root has no path",
		},
		{
			src: `{"a":{"$or":[{"b":["x"]},{"c":{"prefix":["y"]}}]}}`, path: "a.c.prefix", token: `"prefix"`,
			text:   "pattern: a.c.prefix: prefix is Ruler reserved fieldName which cannot be used inside $or.",
			reason: "$or is no step of the path",
		},
		{
			src: `{"a":[{"cidr":"10.0.0.0/99"}]}`, path: "a", token: `"10.0.0.0/99"`,
			text:   "pattern: a: IPv4 mask bits must be < 32",
			reason: "a reason that AWS does not locate is located here",
		},
		{
			src: `{"a":[{"anything-but":{"wildcard":["ok*","é**"]}}]}`, path: "a", token: `"é**"`,
			text:   "pattern: a: Consecutive wildcard characters at pos 3",
			reason: "the operand, not the place where the reader has got to",
		},
		{
			src: `{"a":["x",]}`, path: "a", token: `]}`,
			text:   "pattern: a: Unexpected character (']' (code 93)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
			reason: "a syntax error",
		},
		{
			src: `{"a":["x"]} {`, path: "", token: `{`,
			text:   "pattern: Filter must be a single JSON object; found content after it",
			reason: "what follows the root",
		},
		{
			src: "{\"a\":[\"x\xff\"]}", path: "", token: "\xff",
			text:   "pattern: Pattern is not valid UTF-8",
			reason: "the first byte that is not UTF-8",
		},
	}
	for _, tt := range tests {
		_, err := pattern.Compile(tt.src)
		e, ok := err.(*pattern.SyntaxError)
		if !ok {
			t.Errorf("%s: Compile(%s) = %v", tt.reason, tt.src, err)
			continue
		}
		if e.Path != tt.path || !strings.HasPrefix(tt.src[e.Offset:], tt.token) {
			t.Errorf("%s: %s\ngot path %q and offset %d, %q; want %q and %q", tt.reason, tt.src, e.Path, e.Offset, tt.src[e.Offset:], tt.path, tt.token)
		}
		if e.Error() != tt.text {
			t.Errorf("%s: %s\ngot  %s\nwant %s", tt.reason, tt.src, e.Error(), tt.text)
		}
	}
}

func TestAWSMessagePlaces(t *testing.T) {
	long := `{"a":["` + strings.Repeat("é", 600) + `",{}]}`
	tests := []struct{ src, want, reason string }{
		{"{\n  \"a\": \"x\"\n}", "line: 2, column: 9]", "LF"},
		{"{\r\n\r\n  \"a\": \"x\"\r\n}", "line: 3, column: 9]", "CR LF is one end of a line"},
		{"{\r\r  \"a\": \"x\"\r}", "line: 3, column: 9]", "CR alone is one too"},
		{"{\t\"a\":1}", `{\u0009"a":1}"; line: 1, column: 8]`, "a tab is one column, and is shown as an escape"},
		{"{\"a\u0085\x7f\":1}", `{"a\u0085\u007F":1}"; line: 1, column: 9]`, "so are all control characters"},
		{long, strings.Repeat("é", 493) + `"[truncated 113 chars]; line: 1, column: 612]`, "the pattern is cut at 500 characters"},
		{"\ufeff{}", "line: 1, column: 1]", "a byte order mark is a character"},
		{"{\"🚀\":\"x\"}", "line: 1, column: 8]", "a character beyond U+FFFF is two columns"},
	}
	for _, tt := range tests {
		_, err := pattern.Compile(tt.src)
		e, ok := err.(*pattern.SyntaxError)
		if !ok {
			t.Errorf("%s: Compile(%q) = %v", tt.reason, tt.src, err)
			continue
		}
		if got := e.AWSMessage(); !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s: %q\ngot  …%s\nwant …%s", tt.reason, tt.src, got, tt.want)
		}
	}
}

func TestByteOrderMark(t *testing.T) {
	const want = "Unexpected character ('\ufeff' (code 65279 / 0xfeff)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	if got := reasonOf(t, "\ufeff{}"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReservedInsideOr(t *testing.T) {
	for _, word := range []string{
		"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
		"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
		"date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
	} {
		want := word + " is Ruler reserved fieldName which cannot be used inside $or."
		for _, src := range []string{
			`{"$or":[{"a":["x"]},{"%s":["y"]}]}`,
			`{"$or":[{"%s":["y"]},{"a":["x"]}]}`,
			`{"$or":[{"a":["x"]},{"b":{"c":{"%s":{"d":["y"]}}}}]}`,
			`{"$or":[{"a":["x"]},{"$or":[{"b":["y"]},{"%s":["y"]}]}]}`,
		} {
			if got := reasonOf(t, fmt.Sprintf(src, word)); got != want {
				t.Errorf(src+": got %q, want %q", word, got, want)
			}
		}
		for _, src := range []string{
			`{"%s":["y"]}`,
			`{"%s":{"a":["y"]},"$or":[{"a":["x"]},{"b":["y"]}]}`,
			`{"$or":[{"a":["x"]},{"x%s":["y"]}]}`,
		} {
			if got := reasonOf(t, fmt.Sprintf(src, word)); got != "" {
				t.Errorf(src+": got %q, want none", word, got)
			}
		}
	}
}

// orPattern returns a pattern of n two-way alternatives, which make 2^n combinations.
func orPattern(n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"f%d":{"$or":[{"a":[1]},{"b":[2]}]}`, i)
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// wideOr returns a $or of n branches.
func wideOr(n int) string {
	return `{"$or":[` + strings.TrimSuffix(strings.Repeat(`{"":[1]},`, n), ",") + "]}"
}

func TestOrCombinations(t *testing.T) {
	const over = "Or operator is producing over 1000 rule combinations"
	tests := []struct{ src, want, reason string }{
		{orPattern(9), "", "512"},
		{orPattern(10), over, "1024"},
		{orPattern(60), over, "2^60, which nothing must try to build"},
		{`{"a":{"$or":[{"a":[1]},{"a":[2]},{"a":[3]},{"a":[4]}]},"b":{"$or":[{"a":[1]},{"a":[2]},{"a":[3]},{"a":[4]}]},"c":` + wideOr(62) + `}`, "", "4*4*62 = 992"},
		{`{"a":{"$or":[{"a":[1]},{"a":[2]},{"a":[3]},{"a":[4]}]},"b":{"$or":[{"a":[1]},{"a":[2]},{"a":[3]},{"a":[4]}]},"c":` + wideOr(63) + `}`, over, "4*4*63 = 1008"},
		{`{"a":` + wideOr(250) + `,"b":{"$or":[{"a":[1]},{"a":[2]},{"a":[3]},{"a":[4]}]}}`, "", "exactly 1000"},
		{`{"$or":[` + orPattern(9) + `,` + orPattern(8) + `,` + wideOr(232) + `]}`, "", "512+256+232 = 1000"},
		{`{"$or":[` + orPattern(9) + `,` + orPattern(8) + `,` + wideOr(233) + `]}`, over, "512+256+233 = 1001"},
		{`{"$or":[{"a":[1]},{"b":[1]}],"x":["y",{"bogus":1}]}`, "Unrecognized match type bogus", "other reasons come first"},
	}
	for _, tt := range tests {
		_, err := pattern.Compile(tt.src)
		if got := reasonOf(t, tt.src); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		} else if got == over {
			e := err.(*pattern.SyntaxError)
			if e.AWSMessage() != "Event pattern is not valid. Reason: "+over {
				t.Errorf("%s: AWS does not locate this reason", tt.reason)
			}
			if e.Path != "" || e.Offset != 0 {
				t.Errorf("%s: path %q and offset %d, though it is about all of the pattern", tt.reason, e.Path, e.Offset)
			}
		}
	}
}

// wildcards returns a list of alternatives.
func wildcards(texts ...string) string {
	for i, s := range texts {
		texts[i] = fmt.Sprintf(`{"wildcard":%q}`, s)
	}
	return strings.Join(texts, ",")
}

func TestComplexityLimit(t *testing.T) {
	field := func(alternatives string) string { return `{"a":[` + alternatives + `]}` }
	equalPrefix := func(n int) string {
		branches := make([]string, n)
		for i := range branches {
			branches[i] = fmt.Sprintf(`{"a":["x"],"b":[{"wildcard":"w%d"}]}`, i)
		}
		return `{"$or":[` + strings.Join(branches, ",") + `]}`
	}
	ext := make([]string, 11)
	for i := range ext {
		ext[i] = fmt.Sprintf("w%d", i)
	}
	tests := []struct {
		src    string
		ok     bool
		reason string
	}{
		{field(wildcards("*:*:*:*:event-bus/*")), true, "9"},
		{field(wildcards("*:*:*:*:*:event-bus/*")), false, "11"},
		{field(wildcards("*a*a*a*a*a")), true, "10"},
		{field(wildcards("*a*a*a*a*a*")), false, "11"},
		{field(wildcards("*a*a*a*a*a*a")), false, "12"},
		{field(wildcards("*aaaaaaaaa")), true, "10"},
		{field(wildcards("*aaaaaaaaaa")), false, "11"},
		{field(wildcards("*:stack/A/*", "*:stack/B/*", "*:stack/C/*")), true, "9"},
		{field(wildcards("*:stack/A/*", "*:stack/B/*", "*:stack/C/*", "*:stack/D/*")), false, "12"},
		{field(wildcards("*.a", "*.b", "*.c", "*.d")), true, "8"},
		{field(wildcards("*/datasync/*.x", "*/datasync/*.y", "*/datasync/*.z")), false, "12"},
		{field(wildcards(ext[:10]...)), true, "ten wildcards without a star"},
		{field(wildcards("w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "w9", "w10")), false, "eleven of them"},
		{field(wildcards("*:*:*:*:*:", "*:*:*:*:*:")), true, "the same alternative counts once"},
		{field(wildcards("*a*a*a", "*a*a*a")), false, "unless there are letters behind its stars"},
		{`{"a":[{"wildcard":"*x*y"}],"$or":[{"b":[1]},{"c":[2]},{"d":[1]},{"e":[1]}]}`, true, "9: each branch adds what comes before it"},
		{`{"a":[{"wildcard":"*x*y*z"}],"$or":[{"b":[1]},{"c":[2]},{"d":[1]},{"e":[1]}]}`, false, "13"},
		{field(`{"anything-but":{"wildcard":"*a*a*a*a*a*"}}`), false, "anything-but counts too"},
		{`{"a":[` + wildcards("*a*a*a*a*a") + `],"b":[` + wildcards("*a*a*a*a*a") + `]}`, true, "fields do not add up"},
		{equalPrefix(10), true, "ten branches that share the field before"},
		{equalPrefix(11), false, "eleven of them add up"},
		{strings.Replace(equalPrefix(11), `"a":["x"]`, `"a":["y"]`, 1), true, "one of which has another value before"},
		{`{"a":[{"exists":false}],"b":[` + wildcards("*a*a*a*a*a*a") + `]}`, true, "the service does not look behind exists:false"},
		{`{"b":[{"exists":false}],"a":[` + wildcards("*a*a*a*a*a*a") + `]}`, false, "but before it"},
		{`{"a":["x",{"exists":false}],"b":[` + wildcards("*a*a*a*a*a*a") + `]}`, false, "and by the way of another alternative"},
		{field(wildcards("*" + strings.Repeat("ab", 1900) + "c")), false, "a long part that repeats itself"},
		{field(wildcards("*" + strings.Repeat("a", 8) + strings.Repeat("b", 4000))), true, "a long part that does not"},
		{field(wildcards("*"+strings.Repeat("x", 3)+strings.Repeat("a", 1300)+"*"+strings.Repeat("y", 3)+strings.Repeat("a", 1300)+"*", "*z")), true, "long parts that resemble each other"},
	}
	for _, tt := range tests {
		want := ""
		if !tt.ok {
			want = tooComplex
		}
		if got := reasonOf(t, tt.src); got != want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, want)
		}
	}
}

func TestLength(t *testing.T) {
	const over = "Value at 'eventPattern' failed to satisfy constraint: Member must have length less than or equal to 4096"
	pad := func(s string, n int) string { return `{"a":["` + strings.Repeat(s, n-len(`{"a":[""]}`)) + `"]}` }
	tests := []struct{ src, want, reason string }{
		{pad("x", 4096), "", "the most that the service takes"},
		{pad("x", 4097), over, "one more"},
		{pad("é", 4096), "", "characters count, not bytes"},
		{pad("🚀", 4096), "", "characters count, not UTF-16 code units"},
		{pad(" ", 4097), over, "white space counts"},
		{"{" + strings.Repeat(" ", 4096), over, "before the JSON is looked at"},
	}
	for _, tt := range tests {
		if got := reasonOf(t, tt.src); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
	}
}

func TestDeepPattern(t *testing.T) {
	// As deep as 4096 characters allow.
	const depth = 680
	p, err := pattern.Compile(nested(`{"a":`, `["x"]`, "}", depth))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Match([]byte(nested(`{"a":`, `"x"`, "}", depth))); !got || err != nil {
		t.Errorf("Match = %v, %v; want true", got, err)
	}
	if got := reasonOf(t, strings.Repeat(`{"a":`, 819)); !strings.HasPrefix(got, "Unexpected end-of-input") {
		t.Errorf("cut short: reason %.60q", got)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, c := range readCases(t) {
		if c.reason != "" {
			continue
		}
		p := pattern.MustCompile(c.pattern)
		if p.String() != c.pattern {
			t.Errorf("%s: String = %s", c.at, p)
		}
		text, err := p.MarshalText()
		if err != nil {
			t.Errorf("%s: MarshalText: %v", c.at, err)
		}
		var q pattern.Pattern
		if err := q.UnmarshalText(text); err != nil || q.String() != c.pattern {
			t.Errorf("%s: UnmarshalText: %v, %s", c.at, err, q.String())
		}
	}
}

func TestUnmarshalTextKeepsPatternOnError(t *testing.T) {
	p := pattern.MustCompile(`{"a":["x"]}`)
	err := p.UnmarshalText([]byte(`{"a":"x"}`))
	if _, ok := err.(*pattern.SyntaxError); !ok {
		t.Errorf("UnmarshalText = %v, want a *SyntaxError", err)
	}
	if got, _ := p.Match([]byte(`{"a":"x"}`)); !got {
		t.Error("the pattern has changed")
	}
}

func TestMustCompilePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("MustCompile did not panic")
		}
	}()
	pattern.MustCompile(`{}`)
}
