package pattern_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/internal/patterngen"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/pattern/internal/naive"
	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// FuzzCompile holds that Compile answers for every text, that what it accepts comes back unchanged, and that what it rejects
// is located inside the text.
func FuzzCompile(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.pattern)
	}
	f.Add(orPattern(60))
	f.Fuzz(func(t *testing.T, src string) {
		p, err := pattern.Compile(src)
		if err != nil {
			e := err.(*pattern.SyntaxError)
			if e.Reason == "" || e.Offset < 0 || e.Offset > len(src) {
				t.Errorf("%q: %+v", src, e)
			}
			if !strings.HasPrefix(e.AWSMessage(), "Event pattern is not valid. Reason: "+e.Reason) {
				t.Errorf("%q: message %q for reason %q", src, e.AWSMessage(), e.Reason)
			}
			return
		}
		if p.String() != src {
			t.Errorf("String = %q, want %q", p, src)
		}
		if _, err := p.Match([]byte(src)); err != nil {
			t.Errorf("a pattern is a JSON object, but as an event it is not: %v", err)
		}
	})
}

// FuzzMatch holds that the matcher gives the answer of the naive one, and a Set that of its patterns alone.
func FuzzMatch(f *testing.F) {
	for _, c := range readCases(f) {
		for _, e := range c.events {
			f.Add(c.pattern, []byte(e.text))
		}
	}
	for event := range badEvents {
		if len(event) < 1000 {
			f.Add(`{"a":[1]}`, []byte(event))
		}
	}
	for seed := range uint64(100) {
		g := generator{rand.New(rand.NewPCG(2, seed))}
		f.Add(g.pattern(0), []byte(g.object(0)))
	}
	other := pattern.MustCompile(`{"a":[{"exists":true}],"$or":[{"b":[{"anything-but":1}]},{"a":{"b":[1]}}]}`)
	f.Fuzz(func(t *testing.T, src string, event []byte) {
		p, err := pattern.Compile(src)
		if err != nil {
			p = other
		}
		compare(t, p, other, event)
	})
}

// compare compares the matchers.
func compare(t *testing.T, p, other *pattern.Pattern, event []byte) {
	t.Helper()
	syn, err := syntax.Parse(p.String())
	if err != nil {
		t.Fatal(err)
	}
	got, gotErr := p.Match(event)
	var hostile *pattern.EventError
	if errors.As(gotErr, &hostile) && hostile.Hostile {
		return
	}
	e, wantErr := naive.Flatten(event)
	if wantErr != nil {
		return // the fast matcher may not have looked there, see TestDifferences
	}
	if gotErr != nil {
		t.Fatalf("%q: Match fails with %v, the naive matcher does not", event, gotErr)
	}
	if cut := event[:len(bytes.TrimSpace(event))/2]; json.Valid(event) {
		if _, err := p.Match(cut); err == nil {
			t.Fatalf("%q: no error", cut)
		}
	}
	if e.Combinations(syn) < 1e5 {
		if want := naive.Match(syn, e); got != want {
			t.Fatalf("%s\n%s\nMatch = %v, the naive matcher says %v", p, event, got, want)
		}
	}
	third, err := other.Match(event)
	if errors.As(err, &hostile) && hostile.Hostile {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	s := pattern.NewSet(slices.All([]*pattern.Pattern{p, other, p}))
	keys, err := s.Match(event)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(keys, 0) != got || slices.Contains(keys, 2) != got || slices.Contains(keys, 1) != third || !slices.IsSorted(keys) {
		t.Fatalf("%s\n%s\n%s\nSet.Match = %v, alone %v and %v", p, other, event, keys, got, third)
	}
}

// TestRandomArrays compares the matchers where they are most likely to differ: arrays in arrays, absence, duplicate and dotted
// keys.
func TestRandomArrays(t *testing.T) {
	n := 5000
	if testing.Short() {
		n = 500
	}
	matched := 0
	for seed := range n {
		g := generator{rand.New(rand.NewPCG(1, uint64(seed)))}
		p, q := pattern.MustCompile(g.pattern(0)), pattern.MustCompile(g.pattern(0))
		for range 4 {
			event := []byte(g.object(0))
			compare(t, p, q, event)
			if ok, _ := p.Match(event); ok {
				matched++
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if matched < n/2 || matched > 4*n-n/2 {
		t.Errorf("%d of %d events matched: not much of a comparison", matched, 4*n)
	}
}

// A generator makes patterns and events of few keys and few values, so that they often meet.
type generator struct{ *rand.Rand }

func (g generator) key() string {
	return []string{"a", "b", "c", "a", "b", "a.b", "b.c", "a-b", ""}[g.IntN(9)]
}

func (g generator) object(depth int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range g.IntN(4) + 1 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(g.key()) + ":" + g.value(depth+1))
	}
	b.WriteByte('}')
	return b.String()
}

func (g generator) value(depth int) string {
	if depth > 5 {
		return "1"
	}
	switch g.IntN(8) {
	case 0, 1:
		return g.object(depth)
	case 2, 3, 4:
		elements := make([]string, g.IntN(4))
		for i := range elements {
			elements[i] = g.value(depth + 1)
		}
		return "[" + strings.Join(elements, ",") + "]"
	}
	return strconv.Itoa(g.IntN(3))
}

func (g generator) pattern(depth int) string {
	var members []string
	for range g.IntN(3) + 1 {
		switch k := g.IntN(8); {
		case k == 0 && depth < 3:
			members = append(members, `"$or":[`+g.pattern(depth+1)+","+g.pattern(depth+1)+"]")
		case k < 4 && depth < 3:
			members = append(members, strconv.Quote(g.key())+":"+g.pattern(depth+1))
		default:
			members = append(members, strconv.Quote(g.key())+":["+g.alternatives()+"]")
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (g generator) alternatives() string {
	return []string{
		`0`, `1`, `2`, `1,2`, `{"exists":false}`, `{"exists":false}`, `1,{"exists":false}`, `{"exists":true}`,
		`{"anything-but":1}`, `{"anything-but":1},{"exists":false}`, `{"numeric":[">",0]}`,
	}[g.IntN(11)]
}

// TestGeneratedSets holds that a set of many patterns, with all operators and on the same paths, gives the answers of the naive
// matcher. The events are made for one pattern each, and near the others.
func TestGeneratedSets(t *testing.T) {
	sets := 40
	if testing.Short() {
		sets = 4
	}
	matched := 0
	for seed := range uint64(sets) {
		g := patterngen.New(1000 + seed)
		var patterns []*pattern.Pattern
		var trees []*syntax.Pattern
		var events []*naive.Event
		var texts []string
		for range 60 {
			src, text := g.Pair()
			p, err := pattern.Compile(src)
			if err != nil {
				continue
			}
			tree, _ := syntax.Parse(src)
			e, err := naive.Flatten([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			patterns, trees, events, texts = append(patterns, p), append(trees, tree), append(events, e), append(texts, text)
		}
		s := pattern.NewSet(slices.All(patterns))
		for i, e := range events {
			got, err := s.Match([]byte(texts[i]))
			var hostile *pattern.EventError
			if errors.As(err, &hostile) && hostile.Hostile {
				continue
			}
			if err != nil {
				t.Fatalf("seed %d: %s: %v", seed, texts[i], err)
			}
			for j, tree := range trees {
				if e.Combinations(tree) > 1e4 {
					continue
				}
				want := naive.Match(tree, e)
				if want {
					matched++
				}
				if slices.Contains(got, j) != want {
					t.Fatalf("seed %d:\n%s\n%s\nin a set the match is %v", seed, tree.Source, texts[i], !want)
				}
			}
		}
	}
	if matched < 20*sets {
		t.Errorf("only %d matches", matched)
	}
}
