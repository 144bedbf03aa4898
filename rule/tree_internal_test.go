package rule

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern"
)

// A narrowed pattern must match the events that the pattern and the condition match, whatever the
// pattern looks like, and one that is refused must have no such event.
func TestNarrowAgreesWithConjunction(t *testing.T) {
	conditions := []struct {
		path string
		list []string
	}{
		{"a", []string{`"x"`, `"y"`}},
		{"d.a", []string{`null`, `{"exists":false}`}},
		{"d.b.c", []string{`{"anything-but":["x","xy"]}`, `{"exists":false}`}},
		{"d.b.c", []string{`{"anything-but":{"wildcard":["x*","*\\**"]}}`, `{"exists":false}`}},
		{"d.e", []string{`false`, `null`, `{"exists":false}`}},
		{"d.b.f", []string{`{"exists":false}`}},
	}
	g := treeGen{rand.New(rand.NewPCG(1, 2))}
	done, refused, never := 0, 0, 0
	for range 2000 {
		before := g.tree(0, "").String()
		p, err := pattern.Compile(before)
		if err != nil {
			continue // too complex, or too long
		}
		c := conditions[g.IntN(len(conditions))]
		want := pattern.MustCompile(nest(c.path, "["+strings.Join(c.list, ",")+"]"))
		root, err := parseTree(before)
		if err != nil {
			t.Fatal(err)
		}
		var after *pattern.Pattern
		err = root.narrow(c.path, c.list)
		var none *neverError
		switch {
		case errors.As(err, &none):
			never++
		case err != nil:
			refused++
			continue
		default:
			done++
			after, err = pattern.Compile(root.String())
			if err != nil && strings.Contains(err.Error(), "too complex") {
				continue
			}
			if err != nil {
				t.Fatalf("%s with %s: %v", before, want, err)
			}
		}
		for range 25 {
			e := g.event()
			if got, both := matches(t, after, e), matches(t, p, e) && matches(t, want, e); got != both {
				t.Fatalf("%s\nwith %s\nis   %s\nand of %s says %t, want %t", before, want, after, e, got, both)
			}
		}
	}
	if done < 500 || never < 25 || refused < 25 {
		t.Errorf("%d narrowed, %d never match, %d refused: too few of a kind to mean anything", done, never, refused)
	}
}

func matches(t *testing.T, p *pattern.Pattern, event string) bool {
	t.Helper()
	ok, err := p.Match([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// nest returns an object that has inner at path.
func nest(path, inner string) string {
	key, rest, nested := strings.Cut(path, ".")
	if nested {
		inner = nest(rest, inner)
	}
	return fmt.Sprintf(`{"%s":%s}`, key, inner)
}

// A treeGen makes patterns with few fields, so that conditions meet them, and events for them.
type treeGen struct{ *rand.Rand }

func (g treeGen) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g treeGen) tree(depth int, at string) *tree {
	t := new(tree)
	keys := map[string][]string{"": {"a", "d", "d.a", "$or"}, "d": {"a", "b", "b.c", "e", "$or"}, "d.b": {"c", "f", "$or"}}[at]
	for _, i := range g.Perm(len(keys))[:1+g.IntN(2)] {
		m := member{key: keys[i]}
		full := strings.TrimPrefix(at+"."+m.key, ".")
		switch {
		case m.key == "$or" && depth < 2:
			for range 2 + g.IntN(2) {
				m.or = append(m.or, g.tree(depth+1, at))
			}
		case m.key == "$or":
			continue
		case full == "d" || full == "d.b":
			m.object = g.tree(depth, full)
		default:
			for range 1 + g.IntN(2) {
				m.list = append(m.list, g.alternative())
			}
		}
		t.members = append(t.members, m)
	}
	if len(t.members) == 0 {
		t.members = []member{{key: keys[0], list: []string{g.alternative()}}}
	}
	return t
}

func (g treeGen) alternative() string {
	return g.pick(`"x"`, `"y"`, `"xy"`, `null`, `false`, `true`, `5`, `{"exists":true}`, `{"exists":false}`, `{"exactly":"x"}`,
		`{"prefix":"x"}`, `{"suffix":"y"}`, `{"equals-ignore-case":"X"}`, `{"wildcard":"x*y"}`, `{"numeric":[">",3]}`,
		`{"anything-but":"x"}`, `{"anything-but":["x","y"]}`, `{"anything-but":5}`, `{"anything-but":{"prefix":"x"}}`,
		`{"anything-but":{"suffix":["y","*"]}}`, `{"anything-but":{"equals-ignore-case":"X"}}`, `{"anything-but":{"wildcard":"*x"}}`)
}

// event returns an event in which every field is one value or absent, as those of records are.
func (g treeGen) event() string {
	field := func(key string) string {
		v := g.pick("", `"x"`, `"y"`, `"xy"`, `"xz"`, `"yx"`, `"X"`, `"*"`, `null`, `false`, `true`, `5`, `2`)
		if v == "" {
			return ""
		}
		return `"` + key + `":` + v
	}
	join := func(members ...string) string {
		var some []string
		for _, m := range members {
			if m != "" {
				some = append(some, m)
			}
		}
		return "{" + strings.Join(some, ",") + "}"
	}
	return join(field("a"), `"d":`+join(field("a"), field("e"), `"b":`+join(field("c"), field("f"))))
}
