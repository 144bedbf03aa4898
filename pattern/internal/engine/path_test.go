package engine

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// A pathGenerator makes paths of few different steps, and events whose keys have some of the dots in them.
type pathGenerator struct {
	*rand.Rand
	steps []string // as they are written in JSON
}

func (g *pathGenerator) path() []string {
	path := make([]string, 1+g.IntN(4))
	if g.IntN(3) == 0 {
		path = make([]string, 7+g.IntN(5)) // about as many levels as keys with dots are looked up by their ends for
	}
	for i := range path {
		path[i] = g.steps[g.IntN(len(g.steps))]
	}
	return path
}

func (g *pathGenerator) event(paths [][]string) string {
	path := slices.Clone(paths[g.IntN(len(paths))])
	if g.IntN(2) == 0 {
		path[g.IntN(len(path))] = g.steps[g.IntN(len(g.steps))]
	}
	if g.IntN(8) == 0 {
		path = path[g.IntN(len(path)):]
	}
	keys, closing := []string{}, ""
	for len(path) > 0 {
		n := 1 + g.IntN(len(path))
		if g.IntN(3) == 0 {
			n = 1
		}
		keys, path = append(keys, `{"`+strings.Join(path[:n], ".")+`":`), path[n:]
		closing += "}"
	}
	event := strings.Join(keys, "") + `"x"` + closing
	if g.IntN(4) == 0 {
		event = strings.Replace(event, "{", `{"other":"\u0061","`+g.steps[g.IntN(len(g.steps))]+`" : 1 , `, 1)
	}
	return event
}

// TestDottedKeys compares with the naive matcher how keys with dots are followed, in sets of paths whose steps are short, end alike or
// need escapes, and of as many levels as the ends of keys are kept for, and more.
func TestDottedKeys(t *testing.T) {
	kinds := map[string][]string{
		"short":   {"a", "b", "", "ab", "abc"},
		"alike":   {"Name", "xName", "xxName", "yxName", "zName", "a"},
		"many":    {"aName", "bName", "cName", "dName", "eName", "fName", "gName", "hName", "iName", "jName", "kName"},
		"escaped": {"a", "name", `na\"me`, `na\u0001me`, `\\`, `\ud800`, "é", "named"},
		"plain":   {"detail", "source", "userIdentity", "eventName", "arn"},
	}
	for name, steps := range kinds {
		t.Run(name, func(t *testing.T) {
			g := &pathGenerator{rand.New(rand.NewPCG(3, 4)), steps}
			matched := 0
			for round := range 300 {
				var patterns []*syntax.Pattern
				var paths [][]string
				for range []int{1, 3, 30}[round%3] {
					path := g.path()
					source := `{"` + strings.Join(path, `":{"`) + `":["x"]` + strings.Repeat("}", len(path))
					paths, patterns = append(paths, path), append(patterns, parse(t, source)...)
				}
				s := newState(New(sourcesOf(patterns)))
				for range 60 {
					event := g.event(paths)
					want := obvious(t, patterns, event)
					matched += len(want)
					if got := matches(t, s, event); !slices.Equal(got, want) {
						t.Fatalf("%s: %v, want %v of %s", event, got, want, sourcesOf(patterns))
					}
				}
			}
			if matched < 1000 {
				t.Errorf("only %d matches", matched)
			}
		})
	}
}
