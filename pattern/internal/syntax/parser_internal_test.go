package syntax

import (
	"reflect"
	"testing"

	"github.com/countertrail/countertrail/internal/patterngen"
)

// TestParserForgets holds that what a parser reads does not depend on what it read before, be that valid or not.
func TestParserForgets(t *testing.T) {
	g := patterngen.New(1)
	var p Parser
	valid := 0
	for i := range 3000 {
		src := g.Pattern()
		if i%3 == 0 {
			src = g.Invalid()
		}
		want, wantErr := new(Parser).parse(src)
		got, err := p.parse(src)
		if !reflect.DeepEqual(err, wantErr) {
			t.Fatalf("%s: %v, want %v", src, err, wantErr)
		}
		if err != nil {
			continue
		}
		valid++
		if len(p.open) > 0 {
			t.Fatalf("%s: %d members of objects before are kept", src, len(p.open))
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s is not read as it is at first", src)
		}
		if !reflect.DeepEqual(p.Read(src), want) {
			t.Fatalf("%s is not read as it is parsed", src)
		}
		ours := make(map[*Field]bool) // each field is one pointer, in the tree and in the rules
		collect(got.Root, ours)
		for _, r := range got.Rules {
			for _, f := range r {
				if !ours[f] {
					t.Fatalf("%s: the field %s of a rule is not that of the tree", src, f.Path)
				}
			}
		}
		if len(ours) != got.Fields {
			t.Fatalf("%s: %d fields, want %d", src, len(ours), got.Fields)
		}
	}
	if valid < 1000 {
		t.Errorf("only %d patterns are valid", valid)
	}
}

func collect(o *Object, fields map[*Field]bool) {
	for _, m := range o.Members {
		switch {
		case m.Field != nil:
			fields[m.Field] = true
		case m.Object != nil:
			collect(m.Object, fields)
		default:
			for _, branch := range m.Or {
				collect(branch, fields)
			}
		}
	}
}
