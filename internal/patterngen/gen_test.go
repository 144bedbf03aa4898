package patterngen_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/countertrail/countertrail/internal/patterngen"
	"github.com/countertrail/countertrail/pattern"
)

// sample is how many pairs a test looks at. Shares vary by about one percent
// of the whole at this number.
const sample = 10_000

func TestSeed(t *testing.T) {
	a, b, other := patterngen.New(7), patterngen.New(7), patterngen.New(8)
	different := 0
	for range 1000 {
		p1, e1 := a.Pair()
		p2, e2 := b.Pair()
		if p1 != p2 || e1 != e2 {
			t.Fatalf("same seed, different pairs:\n%s  <=  %s\n%s  <=  %s", p1, e1, p2, e2)
		}
		if i1, i2 := a.Invalid(), b.Invalid(); i1 != i2 {
			t.Fatalf("same seed, different invalid patterns:\n%s\n%s", i1, i2)
		}
		p3, e3 := other.Pair()
		other.Invalid()
		if p1 != p3 || e1 != e3 {
			different++
		}
	}
	if different < 950 {
		t.Errorf("another seed gives the same pair in %d of 1000 cases", 1000-different)
	}
}

func TestPairIsJSON(t *testing.T) {
	g := patterngen.New(1)
	for range sample {
		p, e := g.Pair()
		for _, text := range []string{p, e} {
			if !json.Valid([]byte(text)) || text[:1] == "[" {
				t.Fatalf("not a JSON object: %s", text)
			}
		}
	}
}

// TestShares holds the generator near the middle: a test that compares answers
// learns most if neither answer is rare.
func TestShares(t *testing.T) {
	g := patterngen.New(1)
	var matches, refused, invalid int
	for range sample {
		src, event := g.Pair()
		p, err := pattern.Compile(src)
		if err != nil {
			refused++
			continue
		}
		ok, err := p.Match([]byte(event))
		if err != nil {
			t.Fatalf("Match(%s): %v", event, err)
		}
		if ok {
			matches++
		}
		if _, err := pattern.Compile(g.Invalid()); err != nil {
			invalid++
		}
	}
	accepted := sample - refused
	check := func(name string, got, of int, low, high float64) {
		t.Helper()
		share := float64(got) / float64(of)
		t.Logf("%s: %.1f %%", name, 100*share)
		if share < low || share > high {
			t.Errorf("%s are %.1f %%, want %.0f to %.0f", name, 100*share, 100*low, 100*high)
		}
	}
	check("pairs that match", matches, accepted, 0.25, 0.65)
	check("patterns of Pair that are refused", refused, sample, 0, 0.02)
	check("patterns of Invalid that are refused", invalid, accepted, 0.70, 0.98)
}

// TestCoverage names what the generator is for. Each row must occur in at
// least one of two hundred pairs.
func TestCoverage(t *testing.T) {
	rows := []struct {
		what    string
		pattern string // regular expressions; empty matches all
		event   string
	}{
		{what: "string literal", pattern: `\["`},
		{what: "number literal", pattern: `[\[,]-?[0-9]`},
		{what: "true, false and null", pattern: `[\[,](true|false|null)`},
		{what: "exactly", pattern: `\{"exactly":"`},
		{what: "prefix", pattern: `\[\{"prefix":"`},
		{what: "prefix, ignoring case", pattern: `\{"prefix":\{"equals-ignore-case":"`},
		{what: "suffix", pattern: `\[\{"suffix":"`},
		{what: "suffix, ignoring case", pattern: `\{"suffix":\{"equals-ignore-case":"`},
		{what: "equals-ignore-case", pattern: `\[\{"equals-ignore-case":"`},
		{what: "wildcard with a star", pattern: `\{"wildcard":"[^"]*\*`},
		{what: "wildcard with an escape", pattern: `\{"wildcard":"[^"]*\\\\`},
		{what: "anything-but a string", pattern: `\{"anything-but":"`},
		{what: "anything-but a number", pattern: `\{"anything-but":-?[0-9]`},
		{what: "anything-but strings", pattern: `\{"anything-but":\["[^"]*",`},
		{what: "anything-but numbers", pattern: `\{"anything-but":\[-?[0-9.eE+-]+,`},
		{what: "anything-but prefix", pattern: `\{"anything-but":\{"prefix":"`},
		{what: "anything-but prefixes", pattern: `\{"anything-but":\{"prefix":\[`},
		{what: "anything-but suffix", pattern: `\{"anything-but":\{"suffix":"`},
		{what: "anything-but suffixes", pattern: `\{"anything-but":\{"suffix":\[`},
		{what: "anything-but ignoring case", pattern: `\{"anything-but":\{"equals-ignore-case":"`},
		{what: "anything-but several, ignoring case", pattern: `\{"anything-but":\{"equals-ignore-case":\[`},
		{what: "anything-but wildcard", pattern: `\{"anything-but":\{"wildcard":"`},
		{what: "anything-but wildcards", pattern: `\{"anything-but":\{"wildcard":\[`},
		{what: "numeric equality", pattern: `\{"numeric":\["=",`},
		{what: "numeric bound", pattern: `\{"numeric":\["[<>]=?",[^,]*\]`},
		{what: "numeric range", pattern: `\{"numeric":\[">=?",[^,]*,"<=?"`},
		{what: "IPv4 block", pattern: `\{"cidr":"[0-9.]+/`},
		{what: "IPv6 block", pattern: `\{"cidr":"[0-9a-fA-F:]*:[0-9a-fA-F:]*/`},
		{what: "exists", pattern: `\{"exists":true`},
		{what: "exists not", pattern: `\{"exists":false`},
		{what: "$or at the root", pattern: `^\{.*"\$or":\[`},
		{what: "$or with a sibling before", pattern: `\],"\$or":\[`},
		{what: "$or with a sibling after", pattern: `\}\],"[a-d]":`},
		{what: "$or in a branch of $or", pattern: `"\$or":\[.*[{,]"\$or":\[`},
		{what: "several alternatives", pattern: `"\],|",\{"`},
		{what: "the same key twice in a pattern", pattern: `^\{"a":.*\],"a":`},
		{what: "an operator's name as a key", pattern: `"(prefix|suffix|wildcard|numeric|cidr|exists|exactly)":\[`},
		{what: "dotted key in a pattern", pattern: `"a\.b":`},
		{what: "keys that sort differently in UTF-16", pattern: "\U00010000|\uf8ff"},
		{what: "escapes in a pattern", pattern: `\\u00[46]`},
		{what: "white space in a pattern", pattern: `[\]}]\s+[\]},]`},
		{what: "surrogates in a pattern", pattern: `\\u[dD][89a-dA-D]`},
		{what: "number spelled oddly", event: `[0-9][eE][+-]?[0-9]`},
		{what: "number that binary64 does not hold", event: `9007199254740993|1e309|0000000000001`},
		{what: "array of scalars", event: `:\["[^"]*",`},
		{what: "array of objects", event: `:\[\{.*\},\{`},
		{what: "array in an array", event: `\[\[`},
		{what: "empty array", event: `\[\]`},
		{what: "empty object", event: `\{\}`},
		{what: "null", event: `:null`},
		{what: "the same key twice in an event", event: `\{"a":[^"]*,"a":|\{"b":[^"]*,"b":|"d":[^"]*,"d":`},
		{what: "dotted key in an event", event: `"[a-d]\.[a-d]":`},
		{what: "escapes in an event", event: `\\u00[46]`},
		{what: "quote in a value", event: `:"\\"|\\""`},
		{what: "backslash in a value", event: `\\\\`},
		{what: "IPv4 address mapped to IPv6", event: `(?i)"::ffff:`},
		{what: "case that folds oddly", event: `[ſßẞİıςǅŉ\x{212a}]`},
	}
	type row struct{ pattern, event *regexp.Regexp }
	compiled := make([]row, len(rows))
	for i, r := range rows {
		compiled[i] = row{regexp.MustCompile(r.pattern), regexp.MustCompile(r.event)}
	}
	seen := make([]int, len(rows))
	g := patterngen.New(1)
	for range sample {
		p, e := g.Pair()
		for i, r := range compiled {
			if r.pattern.MatchString(p) && r.event.MatchString(e) {
				seen[i]++
			}
		}
	}
	for i, r := range rows {
		if seen[i] < sample/200 {
			t.Errorf("%s: in %d of %d pairs", r.what, seen[i], sample)
		}
	}
}
