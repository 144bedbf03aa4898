package syntax

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestComplexity holds the exact values, of which Parse tells only whether they are above the limit. They are those of the
// engine's own evaluation.
func TestComplexity(t *testing.T) {
	wildcards := func(texts ...string) string {
		return `{"a":[{"wildcard":"` + strings.Join(texts, `"},{"wildcard":"`) + `"}]}`
	}
	tests := []struct {
		src    string
		want   int
		reason string
	}{
		{`{"a":["*",{"prefix":"*"}]}`, 0, "no wildcard"},
		{wildcards("abc"), 1, "no star"},
		{wildcards(""), 1, "nothing at all"},
		{wildcards("*"), 2, "behind the opening quote, and behind the star"},
		{wildcards("*a"), 2, "a star, then a letter"},
		{wildcards("a*"), 2, "a letter, then a star"},
		{wildcards("*a*"), 3, "both stars and the letter"},
		{wildcards("*/lib/*"), 4, "the slash is behind either"},
		{wildcards("*abcabc*"), 4, "half of a part that repeats itself"},
		{wildcards("/Users/*/doc.txt"), 2, "one star"},
		{wildcards("/Users/*/dir/dir/dir/dir/dir/doc.txt"), 7, "five repetitions and what begins like another"},
		{wildcards("*:*:*:*:event-bus/*"), 9, "five stars"},
		{wildcards("*:*:*:*:*:event-bus/*"), 11, "six stars"},
		{wildcards("*a*a*a*a*a"), 10, "twice the stars"},
		{wildcards("*a*a*a*a*a*a"), 12, "twice the stars"},
		{wildcards("*a*a*a*a*a*"), 11, "and one for a star at the end"},
		{wildcards("*aaaaaaaaa"), 10, "a star and nine letters"},
		{wildcards("*aaaaaaaaaa"), 11, "a star and ten letters"},
		{wildcards("*a\\\\*a\\\\*a"), 4, "stars that are escaped are characters"},
		{wildcards("*:stack/A/*", "*:stack/B/*", "*:stack/C/*"), 9, "three for each"},
		{wildcards("*.a", "*.b", "*.c", "*.d"), 8, "two for each"},
		{wildcards("*/datasync/*.x", "*/datasync/*.y", "*/datasync/*.z"), 12, "four for each"},
		{wildcards("*/*", "*/*"), 3, "the same twice, without a letter behind a star, counts once"},
		{wildcards("*x*", "*x*"), 5, "with one it counts nearly twice"},
		{wildcards("x*", "x*"), 2, "a letter before the star does not matter"},
		{`{"a":[{"anything-but":{"wildcard":["*a","*b"]}}]}`, 2, "operands of one alternative share what they can"},
		{`{"a":[{"anything-but":{"wildcard":["*a","b*"]}}]}`, 3, "and their ends"},
		{`{"a":[{"wildcard":"*x*y"}],"b":[{"wildcard":"*"}]}`, 3, "fields do not add up"},
		{`{"a":[{"wildcard":"*x*y"}],"$or":[{"b":[1]},{"c":[2]}]}`, 5, "each branch adds the field again"},
		{`{"a":[{"wildcard":"*x*y"}],"$or":[{"b":[1]},{"c":[2]},{"d":[1]},{"e":[1]}]}`, 9, "four times"},
		{`{"z":[{"wildcard":"*x*"}],"$or":[{"b":[1]},{"c":[2]},{"b":[1],"c":[3]},{"b":[1,2]}]}`, 5, "but not if the branches part before it"},
		{`{"a":[{"exists":false}],"b":[{"wildcard":"*"}]}`, 0, "behind an absence"},
		{`{"a":[{"exists":false},1],"b":[{"wildcard":"*"}]}`, 2, "behind an absence and something else"},
	}
	for _, tt := range tests {
		if got := exactComplexity(new(Parser).Read(tt.src).Rules, 1000); got != tt.want {
			t.Errorf("%s: %s: got %d, want %d", tt.reason, tt.src, got, tt.want)
		}
	}
}

// TestPositions holds that the shortcut never accepts a field that is too complex.
func TestPositions(t *testing.T) {
	const letters = "aab*/."
	rng := rand.New(rand.NewPCG(3, 4))
	accepted := 0
	for range 20000 {
		var alternatives []string
		for range 1 + rng.IntN(3) {
			text := make([]byte, 1+rng.IntN(12))
			for i := range text {
				text[i] = letters[rng.IntN(len(letters))]
			}
			w := strings.ReplaceAll(strings.ReplaceAll(string(text), "****", "*"), "***", "*")
			w = strings.ReplaceAll(strings.ReplaceAll(w, "**", "*"), "**", "*")
			alternatives = append(alternatives, `{"wildcard":"`+w+`"}`, `{"anything-but":{"wildcard":["`+w+`","x`+w+`"]}}`)
		}
		src := `{"a":[` + strings.Join(alternatives[:1+rng.IntN(len(alternatives))], ",") + `]}`
		rules := new(Parser).Read(src).Rules
		bound, exact := rules[0][0].positions(), exactComplexity(rules, 1000)
		if exact > bound {
			t.Fatalf("%s: complexity %d, bound %d", src, exact, bound)
		}
		if bound <= maxComplexity {
			accepted++
		}
	}
	if accepted < 2000 {
		t.Errorf("only %d of the fields are taken by the shortcut", accepted)
	}
}
