package pattern_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/countertrail/countertrail/pattern"
)

// TestTypeGrid holds which operator can hold for which type of value. The columns are: a string for which the test holds,
// one for which it does not, a number likewise, true, false, null, and absence.
func TestTypeGrid(t *testing.T) {
	const (
		absent      = 7
		emptyArray  = 8
		emptyObject = 9
	)
	tests := []struct {
		alternative   string
		yes, no       string // strings
		num, otherNum string
		want          string // Y or N for each column
	}{
		{`"x"`, `"x"`, `"y"`, `1`, `2`, "YNNNNNNNNN"},
		{`1`, `"1"`, `"x"`, `1.0`, `2`, "NNYNNNNNNN"},
		{`true`, `"true"`, `"x"`, `1`, `0`, "NNNNYNNNNN"},
		{`false`, `"false"`, `""`, `1`, `0`, "NNNNNYNNNN"},
		{`null`, `"null"`, `""`, `1`, `0`, "NNNNNNYNNN"},
		{`{"exactly":"1"}`, `"1"`, `"x"`, `1`, `2`, "YNNNNNNNNN"},
		{`{"prefix":"1"}`, `"12"`, `"21"`, `12`, `21`, "YNNNNNNNNN"},
		{`{"prefix":{"equals-ignore-case":"1"}}`, `"12"`, `"21"`, `12`, `21`, "YNNNNNNNNN"},
		{`{"suffix":"1"}`, `"21"`, `"12"`, `21`, `12`, "YNNNNNNNNN"},
		{`{"suffix":{"equals-ignore-case":"1"}}`, `"21"`, `"12"`, `21`, `12`, "YNNNNNNNNN"},
		{`{"equals-ignore-case":"1"}`, `"1"`, `"2"`, `1`, `2`, "YNNNNNNNNN"},
		{`{"wildcard":"*"}`, `"1"`, `""`, `1`, `2`, "YYNNNNNNNN"},
		{`{"numeric":["=",1]}`, `"1"`, `"2"`, `1`, `2`, "NNYNNNNNNN"},
		{`{"cidr":"10.0.0.0/8"}`, `"10.0.0.1"`, `"11.0.0.1"`, `5`, `10`, "YNNNNNNNNN"},
		{`{"exists":true}`, `"x"`, `""`, `1`, `2`, "YYYYYYYNNN"},
		{`{"exists":false}`, `"x"`, `""`, `1`, `2`, "NNNNNNNYYY"},
		{`{"anything-but":"x"}`, `"y"`, `"x"`, `1`, `2`, "YNYYYYYNNN"},
		{`{"anything-but":["x","1"]}`, `"y"`, `"1"`, `1`, `2`, "YNYYYYYNNN"},
		{`{"anything-but":1}`, `"1"`, `"x"`, `2`, `1.0`, "YYYNYYYNNN"},
		{`{"anything-but":{"prefix":"1"}}`, `"21"`, `"12"`, `12`, `21`, "YNYYYYYNNN"},
		{`{"anything-but":{"suffix":"1"}}`, `"12"`, `"21"`, `12`, `21`, "YNYYYYYNNN"},
		{`{"anything-but":{"equals-ignore-case":"x"}}`, `"y"`, `"X"`, `1`, `2`, "YNYYYYYNNN"},
		{`{"anything-but":{"wildcard":"1*"}}`, `"21"`, `"12"`, `12`, `21`, "YNYYYYYNNN"},
	}
	for _, tt := range tests {
		p := pattern.MustCompile(`{"a":[` + tt.alternative + `]}`)
		values := []string{tt.yes, tt.no, tt.num, tt.otherNum, "true", "false", "null", absent: "", emptyArray: "[]", emptyObject: "{}"}
		for i, v := range values {
			event := `{"a":` + v + `}`
			if i == absent {
				event = `{"b":1}`
			}
			got, err := p.Match([]byte(event))
			if want := tt.want[i] == 'Y'; err != nil || got != want {
				t.Errorf("%s against %s: %v, %v; want %v", tt.alternative, event, got, err, want)
			}
		}
	}
}

// TestLiteralGrid holds that a literal of one type never equals a value of another.
func TestLiteralGrid(t *testing.T) {
	literals := []string{`1`, `"1"`, `true`, `"true"`, `false`, `"false"`, `null`, `"null"`}
	for _, literal := range literals {
		p := pattern.MustCompile(`{"a":[` + literal + `]}`)
		for _, v := range literals {
			if got, err := p.Match([]byte(`{"a":` + v + `}`)); err != nil || got != (literal == v) {
				t.Errorf("%s against %s: %v, %v", literal, v, got, err)
			}
		}
	}
}

// badEvents are no single JSON objects, and a pattern with a field "a" notices.
var badEvents = map[string]string{
	"":                              "nothing",
	" ":                             "white space",
	"null":                          "null",
	"[]":                            "an array",
	`"x"`:                           "a string",
	"1":                             "a number",
	`{"a":1`:                        "cut short",
	`{"a":1,"un\u12used":2}`:        "a short escape in a key, which may be any until it is decoded",
	`{"a":1}}`:                      "one brace too many",
	`{"a":1,"b":{}`:                 "a brace too few",
	`{"a":1,"b":[1,2}`:              "a bracket that a brace closes",
	`{"a":1,"b":{"c":1]}`:           "a brace that a bracket closes",
	`{"a":1,"b":"x}`:                "an open string where the pattern does not look",
	`{"a":1,"b":"x\"}`:              "an open string with an escaped quote",
	`{"a":1} {"a":1}`:               "two objects",
	`{"a":1} x`:                     "something behind it",
	"\ufeff{}":                      "a byte order mark",
	`{"a":[1,]}`:                    "a comma too many in an array",
	`{"a":1 "b":2}`:                 "no comma",
	`{a:1}`:                         "a key without quotes",
	`{"a":'x'}`:                     "single quotes",
	"{\"a\":\"\xed\xa0\x80\"}":      "a surrogate in UTF-8",
	"{\"a\":\"\xc0\xaf\"}":          "an overlong form",
	"{\"\\ud83d\xff\":1}":           "invalid UTF-8 behind half a pair",
	`{"a":1.}`:                      "a number that ends with its point",
	`{"a":.1}`:                      "a number that begins with its point",
	`{"a":+1}`:                      "a plus sign",
	`{"a":-}`:                       "a minus sign",
	`{"a":1e}`:                      "no exponent",
	`{"a":1e+}`:                     "no exponent behind its sign",
	`{"a":00}`:                      "two zeros",
	`{"a":-01}`:                     "a zero behind a minus sign",
	`{"a":0x1}`:                     "a hexadecimal number",
	`{"a":NaN}`:                     "NaN",
	`{"a":nulll}`:                   "a literal with a tail",
	`{"a":truefalse}`:               "two literals",
	`{"a":1"b":2}`:                  "a number and a key",
	`{"a":"x}`:                      "an open string",
	`{"a":"x\`:                      "an open escape",
	`{"a":[1}`:                      "closed like an object",
	`{"a":{"b":1]}`:                 "closed like an array",
	"{\"a\":\v1}":                   "a vertical tab",
	"{\"a\":\u00a01}":               "a no-break space",
	"{} \x00":                       "a zero byte",
	`{"a":/**/1}`:                   "a comment",
	strings.Repeat("[", 100000):     "nothing but depth",
	strings.Repeat(`{"a":`, 100000): "nothing but depth, under a path of the pattern",
}

// unseenMistakes are no JSON objects either, but for the pattern {"a": [1]} they match: it does not look where they are wrong.
var unseenMistakes = map[string]string{
	`{,"a":1}`:                                       "a comma first",
	`{"a":1,}`:                                       "a comma too many",
	`{"a":1,,"b":2}`:                                 "a comma too many between members",
	`{"a":1,"b"2}`:                                   "no colon",
	`{"a":1,"b":}`:                                   "no value",
	`{"a":1,"b":2 "c":3}`:                            "no comma",
	`{"a":1,"unused":{"x":[01]}}`:                    "a bad number",
	`{"a":1,"unused":[{"x":tru}]}`:                   "a bad literal",
	`{"a":1,"unused":{"x" "y"}}`:                     "a member without a colon",
	`{"a":1,"unused":{[1,2]}}`:                       "an array without a key",
	`{"a":1,"unused":{"x":[{]}}}`:                    "brackets that are closed in the wrong order",
	`{"a":1,"unused":"\x"}`:                          "a bad escape",
	`{"a":1,"unused":"\u12"}`:                        "a short escape",
	"{\"a\":1,\"unused\":\"\x01\"}":                  "a control character",
	"{\"a\":1,\"unused\":\"\xff\"}":                  "invalid UTF-8",
	"{\"a\":1,\"un\xffused\":2}":                     "invalid UTF-8 in a key",
	`{"a":1,"z":` + nested("[", "", "]", 5000) + `}`: "5000 levels",
}

func nested(open, inner, close string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(close, n)
}

func TestBadEvents(t *testing.T) {
	p := pattern.MustCompile(`{"a":[1,{"exists":false}]}`)
	s := pattern.NewSet(maps.All(map[string]*pattern.Pattern{"p": p}))
	for event, reason := range badEvents {
		if got, err := p.Match([]byte(event)); got || err == nil {
			t.Errorf("%s: %.60q: Match = %v, %v; want an error", reason, event, got, err)
		} else if !strings.HasPrefix(err.Error(), "pattern: ") {
			t.Errorf("%s: %q does not name the package", reason, err)
		}
		dst, err := s.AppendMatch([]string{"before"}, []byte(event))
		if err == nil || !slices.Equal(dst, []string{"before"}) {
			t.Errorf("%s: %.60q: AppendMatch = %v, %v; want what was there, and an error", reason, event, dst, err)
		}
	}
}

func TestDeepEvents(t *testing.T) {
	p := pattern.MustCompile(`{"a":{"b":["x"]}}`)
	for _, tt := range []struct {
		event  string
		want   bool
		reason string
	}{
		{`{"z":` + nested("[", "", "]", 999) + `,"a":{"b":"x"}}`, true, "1000 levels"},
		{`{"z":` + nested(`{"z":`, "1", "}", 999) + `,"a":{"b":"x"}}`, true, "1000 levels of objects"},
		{`{"a":` + nested("[", `{"b":"x"}`, "]", 998) + `}`, true, "1000 levels on the way"},
	} {
		if got, err := p.Match([]byte(tt.event)); err != nil || got != tt.want {
			t.Errorf("%s: %v, %v; want %v", tt.reason, got, err, tt.want)
		}
	}
}

func TestNoPattern(t *testing.T) {
	var nothing *pattern.Pattern
	for reason, p := range map[string]*pattern.Pattern{"nil": nothing, "zero": {}} {
		if got, err := p.Match([]byte(`{"a":1}`)); got || err != nil {
			t.Errorf("%s: Match = %v, %v; want false", reason, got, err)
		}
		if _, err := p.Match([]byte(`{`)); err == nil {
			t.Errorf("%s: no error for a bad event", reason)
		}
		if p.String() != "" {
			t.Errorf("%s: String = %q", reason, p)
		}
		if text, err := p.MarshalText(); err != nil || len(text) != 0 {
			t.Errorf("%s: MarshalText = %q, %v", reason, text, err)
		}
		s := pattern.NewSet(func(yield func(int, *pattern.Pattern) bool) {
			_ = yield(1, p) && yield(2, pattern.MustCompile(`{"a":[1]}`))
		})
		if got, err := s.Match([]byte(`{"a":1}`)); err != nil || !slices.Equal(got, []int{2}) || s.Len() != 2 {
			t.Errorf("%s: in a set: %v, %v", reason, got, err)
		}
	}
	var empty pattern.Set[int]
	if got, err := empty.Match([]byte(`{"a":1}`)); len(got) != 0 || err != nil || empty.Len() != 0 {
		t.Errorf("the zero Set: %v, %v", got, err)
	}
	if _, err := empty.Match([]byte(`[]`)); err == nil {
		t.Error("the zero Set: no error for a bad event")
	}
}

func TestSetOrder(t *testing.T) {
	sources := []string{
		`{"z":[1]}`, `{"a":[1]}`, `{"a":[{"exists":true}]}`, `{"b":[1]}`, `{"a":[1]}`, `{"a":[2,{"exists":false}]}`,
		`{"$or":[{"z":[0]},{"a":[1]},{"z":[1]}]}`,
	}
	s := pattern.NewSet(func(yield func(int, *pattern.Pattern) bool) {
		for i, src := range sources {
			if !yield(10-i, pattern.MustCompile(src)) {
				return
			}
		}
	})
	if s.Len() != len(sources) {
		t.Errorf("Len = %d", s.Len())
	}
	got, err := s.Match([]byte(`{"a":1,"z":1}`))
	if want := []int{10, 9, 8, 6, 4}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Match = %v, %v; want %v, in the order given to NewSet and each key once", got, err, want)
	}
	room := append(make([]int, 0, 10), -1)
	got, err = s.AppendMatch(room, []byte(`{"b":1}`))
	if want := []int{-1, 7, 5}; err != nil || !slices.Equal(got, want) || &got[0] != &room[0] {
		t.Errorf("AppendMatch = %v, %v; want %v in the room given", got, err, want)
	}
	if got, err := s.Match([]byte(`{"a":2,"b":[2,{"c":1}]}`)); err != nil || !slices.Equal(got, []int{8, 5}) {
		t.Errorf("Match = %v, %v", got, err)
	}
}

// TestSetEqualsEachAlone puts every pattern of the cases into one set.
func TestSetEqualsEachAlone(t *testing.T) {
	var patterns []*pattern.Pattern
	var events []string
	for _, c := range readCases(t) {
		if c.reason == "" {
			patterns = append(patterns, pattern.MustCompile(c.pattern))
		}
		for _, e := range c.events {
			events = append(events, e.text)
		}
	}
	s := pattern.NewSet(slices.All(patterns))
	for _, e := range events {
		var want []int
		for i, p := range patterns {
			ok, err := p.Match([]byte(e))
			if err != nil {
				t.Fatal(err)
			}
			if ok {
				want = append(want, i)
			}
		}
		if got, err := s.Match([]byte(e)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: Match = %v, %v; want %v", e, got, err, want)
		}
	}
}

func TestConcurrentMatch(t *testing.T) {
	p := pattern.MustCompile(`{"a":{"x":[1],"y":[{"wildcard":"*é*"}]}}`)
	s := pattern.NewSet(slices.All([]*pattern.Pattern{p, pattern.MustCompile(`{"n":[{"numeric":[">",3]}]}`)}))
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				event := fmt.Appendf(nil, `{"n":%d,"a":[{"x":0,"y":"\u00e9"},{"x":%d,"y":"%d\u00e9"}]}`, i, i%2, g)
				if got, err := p.Match(event); err != nil || got != (i%2 == 1) {
					t.Errorf("Match = %v, %v", got, err)
				}
				got, err := s.Match(event)
				if err != nil || slices.Contains(got, 0) != (i%2 == 1) || slices.Contains(got, 1) != (i > 3) {
					t.Errorf("%s: %v, %v", event, got, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestConcurrentReading holds that patterns which are read at the same time do not mix, though parsers are used again.
func TestConcurrentReading(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			var patterns []*pattern.Pattern
			for i := range 300 {
				key := fmt.Sprintf("k%d-%d", g, i)
				p, err := pattern.Compile(fmt.Sprintf(`{%q:{"x":[{"prefix":%q},%d],"y":["z"]},"$or":[{"a":[1]},{"b":[2]}]}`, key, key, g))
				if err != nil {
					t.Error(err)
					return
				}
				patterns = append(patterns, p)
				if _, err := pattern.Compile(fmt.Sprintf(`{%q:[]}`, key)); err == nil || !strings.Contains(err.Error(), key) {
					t.Errorf("error %v, want one about %s", err, key)
				}
			}
			s := pattern.NewSet(slices.All(patterns))
			for i, p := range patterns {
				event := fmt.Appendf(nil, `{"k%d-%d":{"x":"k%[1]d-%[2]d","y":"z"},"b":2}`, g, i)
				if got, err := s.Match(event); err != nil || !slices.Equal(got, []int{i}) {
					t.Errorf("%s: the set matches %v, %v", event, got, err)
				}
				if x, err := p.Explain(event); err != nil || !x.Matched || x.Fields != 3 {
					t.Errorf("%s: %+v, %v", event, x, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestSetOfSpellings holds that a text and the same without regard to case are kept apart where both are looked up.
func TestSetOfSpellings(t *testing.T) {
	s := pattern.NewSet(slices.All([]*pattern.Pattern{
		pattern.MustCompile(`{"a":{"x":["v"],"y":[1]}}`),
		pattern.MustCompile(`{"a":{"x":[{"equals-ignore-case":"v"}],"y":[1]}}`),
	}))
	for event, want := range map[string][]int{
		`{"a":[{"x":"v","y":0},{"x":"V","y":1}]}`: {1},
		`{"a":[{"x":"V","y":0},{"x":"v","y":1}]}`: {0, 1},
	} {
		if got, err := s.Match([]byte(event)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", event, got, err, want)
		}
	}
}

// TestOutsideAndInside holds that a value outside of all elements, which leads to the pattern, does not hide one inside: bound to
// an element, it leaves another element's field absent.
func TestOutsideAndInside(t *testing.T) {
	wantMatch(t, `{"a":{"x":["v"],"y":[{"exists":false}]}}`, `{"a":{"x":"v"},"a":[{"x":"v"},{"y":1}]}`, true)
	wantMatch(t, `{"a":{"x":["v"],"y":[{"exists":false}]}}`, `{"a":{"x":"v"},"a":[{"x":"w"},{"y":1}]}`, false)
	wantMatch(t, `{"a":{"x":["v"],"y":[{"exists":false}]}}`, `{"a":{"x":"v"},"a":[{"x":"v","y":1}]}`, false)
}

// TestBeforeKeys holds that what stands before a member that a pattern names is looked at, whatever way the key is found.
func TestBeforeKeys(t *testing.T) {
	for _, key := range []string{"a", "source", `so\u0075rce`} {
		for _, before := range []string{`"unused":2 `, `"unused":{} `, `7`} {
			event := `{` + before + `"` + key + `":"x"}`
			if got, err := pattern.MustCompile(`{"a":["x"],"source":["x"]}`).Match([]byte(event)); err == nil {
				t.Errorf("%s: Match = %v, want an error", event, got)
			}
			if got, err := pattern.MustCompile(`{"source":["x"]}`).Match([]byte(event)); err == nil && key != "a" {
				t.Errorf("%s: Match = %v, want an error", event, got)
			}
		}
	}
}
