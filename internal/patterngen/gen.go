// Package patterngen generates event patterns and events that nearly match
// them, for tests that compare two implementations or hold a law.
//
// A generator that drew patterns and events independently would produce
// answers that are almost all false. This one derives the event from the
// pattern: every field gets a value that satisfies one of its alternatives, or
// one that just fails to, and the structure around it is then disturbed in the
// ways the language cares about: arrays, arrays of objects, split and repeated
// keys, dotted keys, empty containers, odd spellings of the same text.
//
// Output is a function of the seed: the same seed gives the same sequence on
// every platform.
package patterngen

import "math/rand/v2"

// A Gen is a source of patterns and events. It is not safe for concurrent use.
type Gen struct {
	r *rand.Rand
}

// New returns a generator whose output is determined by seed.
func New(seed uint64) *Gen {
	return &Gen{r: rand.New(rand.NewPCG(seed, 0x70617474)) /* any constant */}
}

// Pattern returns a pattern that the language accepts, save for one
// possibility: a pattern with many wildcards in one field may exceed the
// service's limit on complexity.
func (g *Gen) Pattern() string {
	return g.print(g.object(0, false).json())
}

// Pair returns a pattern as [Gen.Pattern] does and an event for it. About two
// in five events match. The event is a JSON object; it has none of the fields
// of the EventBridge envelope.
func (g *Gen) Pair() (pattern, event string) {
	p := g.object(0, false)
	return g.print(p.json()), g.print(g.eventObject(p, 0.8))
}

// Invalid returns a pattern with something wrong in it: an operand of the
// wrong type, a structure that is not allowed, broken JSON. A small share is
// valid by accident, because what is wrong in one place is right in another.
func (g *Gen) Invalid() string {
	return g.invalid()
}

// chance reports true with probability p.
func (g *Gen) chance(p float64) bool { return g.r.Float64() < p }

// upTo returns a number in [0, n].
func (g *Gen) upTo(n int) int { return g.r.IntN(n + 1) }

// pick returns one element of list.
func pick[T any](g *Gen, list []T) T { return list[g.r.IntN(len(list))] }

// A weighted is a choice that is taken in proportion to its weight.
type weighted[T any] struct {
	weight int
	choice T
}

// choose returns one choice of list.
func choose[T any](g *Gen, list []weighted[T]) T {
	total := 0
	for _, w := range list {
		total += w.weight
	}
	n := g.r.IntN(total)
	for _, w := range list {
		if n -= w.weight; n < 0 {
			return w.choice
		}
	}
	panic("unreachable")
}
