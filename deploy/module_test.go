package deploy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/countertrail/countertrail/deploy"
)

// A module is the files of a Terraform module, parsed.
type module struct {
	blocks []*hclsyntax.Block
}

func newModule(t testing.TB, files []deploy.File) *module {
	t.Helper()
	m := &module{}
	for _, f := range files {
		parsed, diags := hclsyntax.ParseConfig(f.Data, f.Name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%v\n%s", diags, f.Data)
		}
		m.blocks = append(m.blocks, parsed.Body.(*hclsyntax.Body).Blocks...)
	}
	return m
}

// resources returns the bodies of resources of a type, or of all.
func (m *module) resources(typeName string) []*hclsyntax.Block {
	var all []*hclsyntax.Block
	for _, b := range m.blocks {
		if b.Type == "resource" && (typeName == "" || b.Labels[0] == typeName) {
			all = append(all, b)
		}
	}
	return all
}

// local returns the value of a local value that refers to nothing but what the parts of a module know
// of each other.
func (m *module) local(t testing.TB, name string) cty.Value {
	t.Helper()
	return m.evaluate(t, name, map[string]cty.Value{
		"local":         values("partition", "aws", "region", "eu-west-1", "account", "123456789012"),
		"var":           values("mode", "mode"),
		"aws_sns_topic": cty.ObjectVal(map[string]cty.Value{"alerts": values("arn", "topic")}),
		"aws_kms_key":   cty.ObjectVal(map[string]cty.Value{"alerts": values("arn", "key")}),
		"aws_iam_role":  cty.ObjectVal(map[string]cty.Value{"function": values("arn", "role")}),
	})
}

// values returns an object of strings.
func values(namesAndValues ...string) cty.Value {
	attributes := make(map[string]cty.Value)
	for pair := range slices.Chunk(namesAndValues, 2) {
		attributes[pair[0]] = cty.StringVal(pair[1])
	}
	return cty.ObjectVal(attributes)
}

// evaluate returns the value of a local value, given those that it refers to.
func (m *module) evaluate(t testing.TB, name string, variables map[string]cty.Value) cty.Value {
	t.Helper()
	context := &hcl.EvalContext{
		Variables: variables,
		Functions: map[string]function.Function{"length": stdlib.LengthFunc, "contains": stdlib.ContainsFunc, "merge": stdlib.MergeFunc},
	}
	for _, b := range m.blocks {
		if b.Type == "locals" && b.Body.Attributes[name] != nil {
			v, diags := b.Body.Attributes[name].Expr.Value(context)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			return v
		}
	}
	t.Fatalf("there is no local.%s", name)
	return cty.NilVal
}

func stringsOf(v cty.Value) []string {
	var all []string
	for _, item := range v.AsValueSlice() {
		all = append(all, item.AsString())
	}
	return all
}

// source returns the text of an attribute of a block, or of a block in it.
func source(files []deploy.File, b *hclsyntax.Body, path ...string) string {
	for _, name := range path[:len(path)-1] {
		i := slices.IndexFunc(b.Blocks, func(b *hclsyntax.Block) bool { return b.Type == name })
		if i < 0 {
			return ""
		}
		b = b.Blocks[i].Body
	}
	a := b.Attributes[path[len(path)-1]]
	if a == nil {
		return ""
	}
	r := a.Expr.Range()
	i := slices.IndexFunc(files, func(f deploy.File) bool { return f.Name == r.Filename })
	return string(r.SliceBytes(files[i].Data))
}

// address returns what a resource, a data source or a variable is called in expressions.
func address(b *hclsyntax.Block) string {
	switch b.Type {
	case "resource":
		return strings.Join(b.Labels, ".")
	case "data":
		return "data." + strings.Join(b.Labels, ".")
	case "variable":
		return "var." + b.Labels[0]
	}
	return ""
}

// moduleReferences returns what the expressions of a block refer to outside of them.
func moduleReferences(b *hclsyntax.Block) map[string]bool {
	refs := make(map[string]bool)
	bound := map[string]bool{"each": true, "path": true, "count": true, "self": true, "statement": true}
	var visit func(*hclsyntax.Body)
	visit = func(body *hclsyntax.Body) {
		for _, a := range body.Attributes {
			for _, v := range a.Expr.Variables() {
				steps := []string{v.RootName()}
				for _, step := range v[1:] {
					if s, ok := step.(hcl.TraverseAttr); ok {
						steps = append(steps, s.Name)
					}
				}
				n := 2
				if steps[0] == "data" {
					n = 3
				}
				if !bound[steps[0]] && b.Type != "terraform" && !(b.Type == "variable" && a.Name == "type") {
					refs[strings.Join(steps[:min(n, len(steps))], ".")] = true
				}
			}
		}
		for _, inner := range body.Blocks {
			visit(inner.Body)
		}
	}
	visit(b.Body)
	return refs
}
