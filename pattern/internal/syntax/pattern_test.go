package syntax_test

import (
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// TestTree holds what tools rely on: where each part of the tree is in the source, which fields are in force, and in which
// order.
func TestTree(t *testing.T) {
	const src = ` {"s" : ["x", 1.50 ,null], "d":{"a.b":[{"prefix":"p"} , {"anything-but" : ["q","r"]}],
		"$or":[{"c":[true]},{"e":{"f":[{"numeric":[">",0,"<=",5]}]}}]}, "s":["10.0.0.1",{"exists":false}]}`
	p, err := syntax.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var walk func(o *syntax.Object)
	walk = func(o *syntax.Object) {
		if src[o.Offset] != '{' {
			t.Errorf("an object at %q", src[o.Offset:])
		}
		for _, m := range o.Members {
			if !strings.HasPrefix(src[m.Offset:], `"`+m.Key+`"`) {
				t.Errorf("key %s at %q", m.Key, src[m.Offset:])
			}
			switch {
			case m.Object != nil:
				walk(m.Object)
			case m.Field != nil:
				f := m.Field
				if f.Offset != m.Offset || src[f.List] != '[' || src[f.End-1] != ']' {
					t.Errorf("field %s: key at %d, list %q", f.Path, f.Offset, src[f.List:f.End])
				}
				for _, a := range f.Alternatives {
					got = append(got, f.Path+" "+src[a.Offset:a.End])
					for _, o := range a.Operands {
						if o.Offset <= a.Offset-1 || o.Offset >= a.End {
							t.Errorf("%s: operand outside of its alternative", f.Path)
						}
					}
				}
			default:
				for _, branch := range m.Or {
					walk(branch)
				}
			}
		}
	}
	walk(p.Root)
	want := []string{
		`s "x"`, `s 1.50`, `s null`, `d.a.b {"prefix":"p"}`, `d.a.b {"anything-but" : ["q","r"]}`, `d.c true`,
		`d.e.f {"numeric":[">",0,"<=",5]}`, `s "10.0.0.1"`, `s {"exists":false}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	var rules []string
	for _, r := range p.Rules {
		var paths []string
		for _, f := range r {
			paths = append(paths, f.Path)
			if f.Path == "s" && f.Alternatives[0].Op != syntax.OpAddress {
				t.Error("the first list of s is in force")
			}
		}
		rules = append(rules, strings.Join(paths, " "))
	}
	if got, want := strings.Join(rules, "; "), "d.a.b d.c s; d.a.b d.e.f s"; got != want {
		t.Errorf("rules %s, want %s", got, want)
	}
}

func TestComparePaths(t *testing.T) {
	sorted := []string{"", "-", ".", "A", "a", "a-b", "a.b", "a.b.c", "aa", "é", "\U00010000", "\U0001f680", "\U0001f680a", "\ue000", "\uffff"}
	for i, a := range sorted {
		for j, b := range sorted {
			got := syntax.ComparePaths(a, b)
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("ComparePaths(%q, %q) = %d", a, b, got)
			}
		}
	}
}
