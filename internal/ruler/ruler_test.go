package ruler

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/internal/patterngen"
)

var (
	pairs = flag.Int("pairs", 200_000, "number of pairs to compare")
	seed  = flag.Uint64("seed", 1, "seed of the generator")
)

// How many unexplained pairs are minimised and shown, in all and of one kind.
const (
	maxReports = 20
	maxOfKind  = 3
)

// maxTries is how many smaller pairs are tried to minimise one; each costs a
// millisecond or, if the pattern is large, many.
const maxTries = 2000

// batch is how many pairs are on their way to the engine at once.
const batch = 5000

// start starts an engine that ends with the test.
func start(t *testing.T) *engine {
	e, err := startEngine(context.Background(), "driver")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// TestEngine compares every answer of package pattern, text of refusals
// included, with the engine's.
func TestEngine(t *testing.T) {
	e := start(t)
	c := &comparison{engine: e, classes: make(map[string]int), unexplained: make(map[string][]*dispute)}
	g := patterngen.New(*seed)
	for c.total < *pairs && c.shown() < maxReports {
		if err := c.compare(generate(g, min(batch, *pairs-c.total))); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d, Java %s\n%s", *seed, e.javaVersion, c.summary())
	for _, kind := range slices.Sorted(maps.Keys(c.unexplained)) {
		list := c.unexplained[kind]
		for _, d := range list[:min(len(list), maxOfKind)] {
			d, err := c.minimise(d)
			if err != nil {
				t.Fatal(err)
			}
			t.Errorf("unexplained (%d of the kind %s, with seed %d):\n%v", len(list), kind, *seed, d)
		}
	}
	for _, class := range known {
		if n := c.classes[class.name]; class.rare && n > 1+c.total/rarity {
			t.Errorf("%d of %d pairs are explained by %q, which should be rare", n, c.total, class.name)
		}
	}
	// What a run with the generator broken would look like.
	if accepted := c.matched + c.unmatched; c.matched < accepted/4 || c.unmatched < accepted/4 || c.refused < c.total/20 {
		t.Errorf("of %d pairs %d match, %d do not, %d are refused", c.total, c.matched, c.unmatched, c.refused)
	}
}

// TestKnown holds each class to its example.
func TestKnown(t *testing.T) {
	e := start(t)
	for _, c := range known {
		d, err := newDispute(e, c.example)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.class()
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case !d.differs():
			t.Errorf("%s: the example is not in dispute:\n%v", c.name, d)
		case got == nil:
			t.Errorf("%s: the example is in no class:\n%v", c.name, d)
		case got.name != c.name:
			t.Errorf("%s: the example is in class %s:\n%v", c.name, got.name, d)
		}
	}
}

// TestCombined holds that pairs with more than one cause are explained.
func TestCombined(t *testing.T) {
	e := start(t)
	for _, tt := range []struct {
		reason string
		pair
		want string
	}{
		{
			reason: "a rounded fraction leaves the engine's crash to be explained",
			pair: pair{
				`{"a":[{"suffix":{"equals-ignore-case":"a雨a"}}],"d":[1.0000000000000001],"$or":[{"b":[1]},{"c":[1]}]}`,
				`{"a":"a雨a","d":1.0000000000000001,"b":1}`,
			},
			want: "crash: same ignored case twice",
		},
		{
			reason: "the engine matches by a quote and by a fraction",
			pair:   pair{`{"a":[{"suffix":"\"x"},1e309]}`, `{"a":["x",1e309]}`},
			want:   several.name,
		},
	} {
		d, err := newDispute(e, tt.pair)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := d.class(); err != nil || c == nil || c.name != tt.want {
			t.Errorf("%s: class() = %v, %v; want %q for\n%v", tt.reason, c, err, tt.want, d)
		}
	}
}

// generate returns n pairs, one in six with a pattern that is probably not
// valid.
func generate(g *patterngen.Gen, n int) []pair {
	list := make([]pair, n)
	for i := range list {
		list[i].pattern, list[i].event = g.Pair()
		if i%6 == 0 {
			list[i].pattern = g.Invalid()
		}
	}
	return list
}

// A comparison counts.
type comparison struct {
	engine                             *engine
	total, refused, matched, unmatched int // by the engine
	classes                            map[string]int
	unexplained                        map[string][]*dispute // by kind
}

func (c *comparison) compare(batch []pair) error {
	answers := make(chan []answer, 1)
	go func() { // while the engine does its part
		list := make([]answer, len(batch))
		for i, p := range batch {
			list[i] = ours(p)
		}
		answers <- list
	}()
	replies, err := c.engine.ask(quick, batch...)
	our := <-answers
	if err != nil {
		return err
	}
	for i, r := range replies {
		a := theirs(r)
		c.total++
		switch {
		case a.refusal != "":
			c.refused++
		case a.matched:
			c.matched++
		default:
			c.unmatched++
		}
		if a == our[i] {
			continue
		}
		if err := c.judge(batch[i]); err != nil {
			return err
		}
	}
	return nil
}

// judge files a pair on which the answers differ.
func (c *comparison) judge(p pair) error {
	d, err := newDispute(c.engine, p)
	if err != nil {
		return err
	}
	class, err := d.class()
	switch {
	case err != nil:
		return err
	case class == nil:
		c.unexplained[d.kind()] = append(c.unexplained[d.kind()], d)
	default:
		c.classes[class.name]++
	}
	return nil
}

// minimise returns a smaller dispute that is not explained either.
func (c *comparison) minimise(d *dispute) (*dispute, error) {
	var failed error
	tries := 0
	p := shrink(d.pair, func(p pair) bool {
		if tries++; tries > maxTries {
			return false
		}
		smaller, err := newDispute(c.engine, p)
		if err != nil {
			failed = cmp.Or(failed, err)
			return false
		}
		if !smaller.differs() || smaller.kind() != d.kind() || smaller.reply.failure != "" {
			return false
		}
		class, err := smaller.class()
		failed = cmp.Or(failed, err)
		return class == nil
	})
	if failed != nil {
		return nil, failed
	}
	return newDispute(c.engine, p)
}

// shown returns how many of the unexplained pairs will be shown.
func (c *comparison) shown() int {
	n := 0
	for _, list := range c.unexplained {
		n += min(len(list), maxOfKind)
	}
	return n
}

func (c *comparison) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d pairs: %d match, %d do not, %d patterns refused\n", c.total, c.matched, c.unmatched, c.refused)
	for _, name := range slices.Sorted(maps.Keys(c.classes)) {
		fmt.Fprintf(&b, "%7d  %s\n", c.classes[name], name)
	}
	for _, kind := range slices.Sorted(maps.Keys(c.unexplained)) {
		fmt.Fprintf(&b, "%7d  UNEXPLAINED: %s\n", len(c.unexplained[kind]), kind)
	}
	return b.String()
}
