package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// A wildcardGenerator makes wildcards and texts of few letters, so that parts are often in one another, overlap and repeat.
type wildcardGenerator struct {
	*rand.Rand
	letters []string
	texts   []string // that have been made
}

func (g *wildcardGenerator) letter() string { return g.letters[g.IntN(len(g.letters))] }

func (g *wildcardGenerator) random(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(g.letter())
	}
	return b.String()
}

// text returns a text of up to some blocks. Every other one repeats itself.
func (g *wildcardGenerator) text() string {
	n := []int{0, 1, 3, 10, 30, 63, 64, 65, 100, 128, 200}[g.IntN(11)]
	text := g.random(n)
	if g.IntN(2) == 0 {
		text = strings.Repeat(g.random(1+g.IntN(6)), n)[:n]
		text = strings.ToValidUTF8(text, "")
	}
	g.texts = append(g.texts, text)
	return text
}

// part returns a text between stars: a few letters, or now and then more letters of a text than a block has.
func (g *wildcardGenerator) part() string {
	if g.IntN(12) == 0 {
		if text := g.texts[g.IntN(len(g.texts))]; len(text) > 70 {
			at := g.IntN(len(text) - 70)
			if p := strings.ToValidUTF8(text[at:at+20+g.IntN(50)], ""); p != "" {
				return p
			}
		}
	}
	return g.random(1 + g.IntN(3))
}

func (g *wildcardGenerator) wildcard() string {
	var b strings.Builder
	b.WriteByte('*')
	p := g.part()
	for range 1 + g.IntN(4) {
		b.WriteString(p + "*")
		if g.IntN(3) > 0 {
			p = g.part()
		}
	}
	if g.IntN(3) == 0 {
		b.WriteString(g.random(g.IntN(3)))
	}
	return b.String()
}

// quoted returns a text as a JSON string, in every third with escapes.
func (g *wildcardGenerator) quoted(text string) string {
	escapes := g.IntN(3) == 0
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		if escapes && g.IntN(4) == 0 {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (g *wildcardGenerator) event() string {
	v := func() string { return g.quoted(g.text()) }
	switch g.IntN(6) {
	case 0:
		return fmt.Sprintf(`{"a":{"x":[%s,%s,[%s]],"y":"1"}}`, v(), v(), v())
	case 1:
		return fmt.Sprintf(`{"a":[{"x":%s,"y":"1"},{"x":%s,"y":"%d"},{"x":[%s]}]}`, v(), v(), g.IntN(2), v())
	case 2:
		return fmt.Sprintf(`{"a":{"x":%s,"y":"1"},"a":{"x":%s},"a":[{"x":%s}]}`, v(), v(), v())
	}
	return fmt.Sprintf(`{"a":{"y":"%d","x":%s}}`, g.IntN(2), v())
}

// rule returns a rule with a wildcard. That of some is not looked at for its complexity, which is beyond a field that may be absent.
func (g *wildcardGenerator) rule() string {
	switch g.IntN(4) {
	case 0:
		return fmt.Sprintf(`{"a":{"w":[{"exists":false}],"x":[{"wildcard":"%s"}]}}`, g.wildcard())
	case 1:
		return fmt.Sprintf(`{"a":{"x":[{"wildcard":"%s"},{"wildcard":"%s"}],"y":["1"]}}`, g.wildcard(), g.wildcard())
	}
	return fmt.Sprintf(`{"a":{"x":[{"wildcard":"%s"}]}}`, g.wildcard())
}

// TestWildcards compares sets of wildcards on one path with the naive matcher: some that are tried one by one and some that share an
// automaton, in which each state has a row or few do.
func TestWildcards(t *testing.T) {
	var many []string
	for r := 'a'; r <= 'z'; r++ {
		many = append(many, string(r), "a", "b")
	}
	alphabets := map[string][]string{"one": {"a"}, "two": {"a", "b"}, "four": {"a", "b", "c", "d"}, "wide": {"a", "é", "è", "漢", "𝄞"}, "many": many}
	for name, letters := range alphabets {
		t.Run(name, func(t *testing.T) {
			g := &wildcardGenerator{Rand: rand.New(rand.NewPCG(7, 8)), letters: letters}
			g.text()
			matched, dense, sparse := 0, 0, 0
			for round := range 60 {
				var patterns []*syntax.Pattern
				for range 20000 {
					if p, err := syntax.Parse(g.rule()); err == nil {
						patterns = append(patterns, p)
					}
					if len(patterns) == []int{few - 2, 2 * few, 100}[round%3] {
						break
					}
				}
				m := New(sourcesOf(patterns))
				for _, a := range m.automata {
					dense, sparse = dense+int(a.rows), sparse+len(a.edges)
				}
				s := newState(m)
				for range 60 {
					event := g.event()
					got, want := matches(t, s, event), obvious(t, patterns, event)
					matched += len(want)
					for i, p := range patterns {
						if slices.Contains(got, int32(i)) != slices.Contains(want, int32(i)) {
							t.Fatalf("%s\n%s\nthe matcher and the naive one differ", event, p.Source)
						}
					}
					if !slices.Equal(got, want) {
						t.Fatalf("%s\n%v, want %v", event, got, want)
					}
				}
			}
			t.Logf("%d matches, %d states with a row and %d without", matched, dense, sparse)
			if matched < 1000 || dense == 0 || name == "many" && sparse == 0 {
				t.Error("not much of a comparison")
			}
		})
	}
}

// TestWildcardsMoveOnce holds that in one text each wildcard moves at most once for each of its parts.
func TestWildcardsMoveOnce(t *testing.T) {
	var sources []string
	for i := range 1000 {
		sources = append(sources, fmt.Sprintf(`{"a":[{"wildcard":"*%c%c*%c%c*%c*"}]}`, 'a'+i%4, 'a'+i/4%4, 'a'+i/16%4, 'a'+i/64%4, 'a'+i/256%4))
	}
	m := New(sources)
	for _, text := range []string{strings.Repeat("abcd", 5000), strings.Repeat("a", 20000), strings.Repeat("aabbccdd", 2500), strings.Repeat("aaab", 5000)} {
		stats, err := m.Measure([]byte(`{"a":"` + text + `"}`))
		if err != nil || stats.Moves > 3*len(sources) || stats.Checks > len(sources) {
			t.Errorf("%.8s…: %+v, %v", text, stats, err)
		}
	}
}

// TestWildcardsWaitTogether holds that what a text does not have is not looked for: neither wildcards of which it has not the first
// part, nor those below a node that many have in common.
func TestWildcardsWaitTogether(t *testing.T) {
	var sources []string
	for i := range 1000 {
		sources = append(sources, fmt.Sprintf(`{"a":[{"wildcard":"*k%d*y*"}]}`, i), fmt.Sprintf(`{"a":[{"wildcard":"*n%d*"}]}`, i),
			fmt.Sprintf(`{"a":[{"wildcard":"*arn:*:role*x%d*"}]}`, i), fmt.Sprintf(`{"a":[{"wildcard":"*arn:*:role*x%d*z*e"}]}`, i))
	}
	m := New(sources)
	for text, most := range map[string]int{
		strings.Repeat("k n x1 y e", 1000):         0,
		strings.Repeat("arn:k n x1 y ", 1000):      2,
		strings.Repeat("arn:k n y :role ", 1000):   2100,
		strings.Repeat("k7 n8 arn:k n y e ", 1000): 10,
	} {
		stats, err := m.Measure([]byte(`{"a":"` + text + `"}`))
		if err != nil || stats.Moves > most {
			t.Errorf("%.20s…: %+v, %v; want at most %d moves", text, stats, err, most)
		}
	}
}

// TestLongPartsWait holds that a node that waits is looked at only as often as its part may begin too early.
func TestLongPartsWait(t *testing.T) {
	long := strings.Repeat("0123456789", 100)
	var sources []string
	for i := range 100 {
		// Too complex, but the service does not look behind a field that may be absent.
		sources = append(sources, fmt.Sprintf(`{"a":{"w":[{"exists":false}],"x":[{"wildcard":"*5*%s*y%d*"}]}}`, long, i))
	}
	m := New(sources)
	stats, err := m.Measure([]byte(`{"a":{"x":"` + strings.Repeat(long, 40) + `"}}`))
	if least := len(long) / blockSize; err != nil || stats.Moves < least || stats.Moves > 4+least+len(sources) {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestPartsInParts holds that the parts with which a longer one ends are gone through once for all of its places in a block.
func TestPartsInParts(t *testing.T) {
	const deep, blocks = 200, 100
	letters := make([]rune, deep)
	for i := range letters {
		letters[i] = rune(0x100 + i)
	}
	var sources []string
	for i := range letters {
		sources = append(sources, fmt.Sprintf(`{"a":[{"wildcard":"*%s*"}]}`, string(letters[i:])))
	}
	for i := 1; i < 9; i++ {
		sources = append(sources, fmt.Sprintf(`{"a":[{"wildcard":"*%s*"}]}`, strings.Repeat("a", i)))
	}
	m := New(sources)
	for _, c := range []struct {
		text        string
		least, most int
	}{
		{strings.Repeat("a", blocks*blockSize), 7 * blocks, 7*blocks + 7*8/2},
		{strings.Repeat(string(letters), blocks), (deep - 1) * blocks, (deep - 1) * blocks},
		{strings.Repeat(string(letters[deep-1:]), blocks*blockSize), 0, 0},
	} {
		stats, err := m.Measure([]byte(`{"a":"` + c.text + `"}`))
		if err != nil || stats.Links < c.least || stats.Links > c.most {
			t.Errorf("%.20s…: %+v, %v; want %d to %d links", c.text, stats, err, c.least, c.most)
		}
	}
}

// TestLongPartsInParts holds that so they are, within a few steps for each, if there are many longer ones in the block.
func TestLongPartsInParts(t *testing.T) {
	const deep = 150
	var sources []string
	for i := 1; i <= deep; i++ {
		// Too complex, but the service does not look behind a field that may be absent.
		for _, w := range []string{"*%s*b*", "*b*%s*c*", "*%sc*%[1]s*", "*b%s*"} {
			sources = append(sources, fmt.Sprintf(`{"a":{"w":[{"exists":false}],"x":[{"wildcard":"`+w+`"}]}}`, strings.Repeat("a", i)))
		}
	}
	patterns := parse(t, sources...)
	s := newState(New(sourcesOf(patterns)))
	r := rand.New(rand.NewPCG(11, 12))
	texts := []string{strings.Repeat(strings.Repeat("a", deep)+"d", 20)}
	for range 40 {
		var b strings.Builder
		for range 1 + r.IntN(5) {
			b.WriteString(strings.Repeat("a", r.IntN(deep)) + []string{"b", "c", "d"}[r.IntN(3)])
		}
		texts = append(texts, b.String())
	}
	for _, text := range texts {
		event := `{"a":{"x":"` + text + `"}}`
		if got, want := matches(t, s, event), obvious(t, patterns, event); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", event, got, want)
		}
		blocks := (len(text) + blockSize - 1) / blockSize
		if most := blocks * (3*3*deep + 2*fewAgain); s.stats.Links > most {
			t.Errorf("%s: %d links, want at most %d", event, s.stats.Links, most)
		}
	}
}

// TestAutomataAreLinear holds that what an automaton keeps does not exceed so much for each letter of its parts, be there few letters
// or many different ones.
func TestAutomataAreLinear(t *testing.T) {
	for _, letters := range []int{1, 2, 5, 60, 2000} {
		for _, n := range []int{10, 1000} {
			r := rand.New(rand.NewPCG(9, uint64(letters)))
			size := 0
			var patterns []*syntax.Pattern
			for range n {
				var b strings.Builder
				for range 12 {
					b.WriteRune(rune(0x100 + r.IntN(letters)))
				}
				if p, err := syntax.Parse(`{"a":[{"wildcard":"*` + b.String() + `*` + b.String()[:6] + `*"}]}`); err == nil {
					patterns, size = append(patterns, p), size+b.Len()+6
				}
			}
			if len(patterns) <= few {
				continue
			}
			a := &New(sourcesOf(patterns)).automata[0]
			numbers := len(a.dense) + len(a.longest) + 2*len(a.edges) + len(a.fails) + len(a.targets)
			if most := (rowNumbers+6)*size + 256; numbers > most {
				t.Errorf("%d of %d letters: %d numbers, want at most %d", n, letters, numbers, most)
			}
		}
	}
}
