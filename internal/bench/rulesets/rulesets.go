// Package rulesets makes the sets of rules that are measured: patterns of EventBridge, as JSON.
//
// What the rules ask for is partly taken from the events, with a fixed seed, and partly made up, so
// that a set of any size matches an event once or twice. A call returns the same rules each time.
package rulesets

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

//go:embed cis15.txt
var cis15 string

// CIS returns the patterns of the fifteen controls of the catalog. It is a copy, so that what is
// measured does not need the packages that read the catalog; a test compares the two.
func CIS() []string { return strings.Split(strings.TrimSpace(cis15), "\n") }

// A Maker makes rules about the events of a corpus.
type Maker struct {
	events []facts
	calls  []facts // one for each call that occurs
}

// NewMaker returns a maker of rules about events.
func NewMaker(events [][]byte) *Maker {
	m := new(Maker)
	seen := make(map[string]bool)
	for _, raw := range events {
		f := newFacts(raw)
		m.events = append(m.events, f)
		if key := f.eventSource + " " + f.eventName; !seen[key] && f.eventName != "" {
			seen[key] = true
			m.calls = append(m.calls, f)
		}
	}
	return m
}

// Exact returns n rules that each ask for one to four calls of a service.
func (m *Maker) Exact(n int) []string { return m.draw(n, exactSeed, []kind{{1, exact}}) }

// Mixed returns n rules of the kinds that every peer has operators for.
func (m *Maker) Mixed(n int) []string { return m.draw(n, mixedSeed, mixed) }

// Full returns n rules like those of Mixed, with the operators that not every peer has beside them.
func (m *Maker) Full(n int) []string { return m.draw(n, fullSeed, full) }

const (
	exactSeed = iota + 1
	mixedSeed
	fullSeed
	wildcardSeed
)

// A kind of rule has a share of a set, by its weight.
type kind struct {
	weight int
	make   func(*rules) pattern
}

// mixed holds the kinds of rules that a team has, with the operators that all peers have.
var mixed = []kind{
	{35, exact},
	{15, arnPrefix},
	{10, arnSuffix},
	{10, sourceAddress},
	{10, errorWildcard},
	{10, anythingBut},
	{10, nested},
}

// full holds those of mixed and the other operators.
var full = []kind{
	{35, exact},
	{10, arnPrefix},
	{7, arnSuffix},
	{6, errorWildcard},
	{6, anythingBut},
	{6, nested},
	{6, addressBlock},
	{6, numberRange},
	{6, ignoringCase},
	{6, anythingButPrefix},
	{6, branches},
}

// A rules is a set in the making.
type rules struct {
	*Maker
	rand *rand.Rand
	real float64 // the share of values that are those of an event
}

// draw returns n different rules. The larger the set the more of its values are made up, so that
// the number of rules that match an event stays about the same.
func (m *Maker) draw(n int, seed uint64, kinds []kind) []string {
	r := &rules{Maker: m, rand: rand.New(rand.NewPCG(seed, uint64(n))), real: min(0.5, 350/float64(n))}
	weight := 0
	for _, k := range kinds {
		weight += k.weight
	}
	seen := make(map[string]bool, n)
	all := make([]string, 0, n)
	for len(all) < n {
		at := r.rand.IntN(weight)
		i := 0
		for ; at >= kinds[i].weight; i++ {
			at -= kinds[i].weight
		}
		if text := kinds[i].make(r).String(); !seen[text] {
			seen[text] = true
			all = append(all, text)
		}
	}
	return all
}

// A pattern maps dotted paths to lists of alternatives, and "$or" to branches.
type pattern map[string][]any

// String returns the JSON of the pattern.
func (p pattern) String() string {
	text, err := json.Marshal(p.object())
	if err != nil {
		panic(fmt.Sprintf("rulesets: %v", err))
	}
	return string(text)
}

func (p pattern) object() map[string]any {
	root := make(map[string]any)
	for path, alternatives := range p {
		at := root
		keys := strings.Split(path, ".")
		for _, key := range keys[:len(keys)-1] {
			inner, ok := at[key].(map[string]any)
			if !ok {
				inner = make(map[string]any)
				at[key] = inner
			}
			at = inner
		}
		at[keys[len(keys)-1]] = alternatives
	}
	return root
}

// op returns an alternative with an operator.
func op(name string, operand any) any { return map[string]any{name: operand} }
