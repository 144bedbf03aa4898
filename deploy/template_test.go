package deploy_test

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/rule"
)

// object is a JSON object of a template.
type object = map[string]any

// parseTemplate parses a template in JSON. Numbers stay as they are written.
func parseTemplate(t testing.TB, data []byte) object {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var template object
	if err := dec.Decode(&template); err != nil {
		t.Fatal(err)
	}
	return template
}

// parseYAML parses a template in YAML into what its form in JSON says.
func parseYAML(t testing.TB, data []byte) any {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return plainValue(t, doc.Content[0])
}

// plainValue is written without a look at how the package writes JSON.
func plainValue(t testing.TB, n *yaml.Node) any {
	var v any
	switch n.Kind {
	case yaml.MappingNode:
		o := object{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i]
			if _, repeated := o[key.Value]; repeated || key.ShortTag() != "!!str" {
				t.Errorf("line %d: the key %s %q is not one string", key.Line, key.Tag, key.Value)
			}
			o[key.Value] = plainValue(t, n.Content[i+1])
		}
		v = o
	case yaml.SequenceNode:
		list := []any{}
		for _, child := range n.Content {
			list = append(list, plainValue(t, child))
		}
		v = list
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!int", "!!float":
			v = json.Number(n.Value)
		case "!!bool":
			v = n.Value == "true"
		default:
			v = n.Value
		}
	default:
		t.Fatalf("line %d: a node of kind %d", n.Line, n.Kind)
	}
	switch n.ShortTag() {
	case "!!map", "!!seq", "!!str", "!!int", "!!float", "!!bool":
		return v
	case "!Ref":
		return object{"Ref": v}
	case "!GetAtt":
		resource, attribute, _ := strings.Cut(n.Value, ".")
		return object{"Fn::GetAtt": []any{resource, attribute}}
	case "!Sub", "!If", "!Or", "!Not", "!Equals":
		return object{"Fn::" + n.Tag[1:]: v}
	}
	t.Errorf("line %d: a template has no values tagged %s", n.Line, n.Tag)
	return v
}

// tokens returns what JSON text says, members of objects sorted unless they repeat themselves.
func tokens(t *testing.T, text string) any {
	t.Helper()
	type member struct {
		Name  string
		Value any
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	next := func() json.Token {
		token, err := dec.Token()
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return token
	}
	var value func() any
	value = func() any {
		switch token := next(); token {
		case json.Delim('{'):
			members := []member{}
			for dec.More() {
				members = append(members, member{next().(string), value()})
			}
			next()
			slices.SortStableFunc(members, func(a, b member) int { return strings.Compare(a.Name, b.Name) })
			return members
		case json.Delim('['):
			list := []any{}
			for dec.More() {
				list = append(list, value())
			}
			next()
			return list
		default:
			return token
		}
	}
	return value()
}

// A template is one in JSON, parsed, with ways to look things up in it.
type template struct {
	object
	data string
}

func newTemplate(t testing.TB, s *deploy.Stack) *template {
	data := cloudFormation(t, s, deploy.JSON)
	return &template{parseTemplate(t, data), string(data)}
}

func (tp *template) section(name string) object {
	o, _ := tp.object[name].(object)
	return o
}

// ofType yields the resources of a type, by their logical ids in order.
func (tp *template) ofType(typeName string) iter.Seq2[string, object] {
	return func(yield func(string, object) bool) {
		resources := tp.section("Resources")
		for _, id := range slices.Sorted(maps.Keys(resources)) {
			if r := resources[id].(object); r["Type"] == typeName && !yield(id, r) {
				return
			}
		}
	}
}

func properties(resource object) object {
	p, _ := resource["Properties"].(object)
	return p
}

// ruleOf returns the logical id of a rule: that of the resource whose description begins with its id.
func (tp *template) ruleOf(t *testing.T, r rule.Rule) string {
	t.Helper()
	prefix := visible(r.ID) + " "
	for id, resource := range tp.ofType("AWS::Events::Rule") {
		if description, _ := properties(resource)["Description"].(string); strings.HasPrefix(description+" ", prefix) {
			return id
		}
	}
	t.Fatalf("no rule is described as %q", r.ID)
	return ""
}

// regionsOf returns the Regions in which the condition of a resource lets it be; nil without one.
func (tp *template) regionsOf(t *testing.T, resource object) []string {
	t.Helper()
	name, ok := resource["Condition"].(string)
	if !ok {
		return nil
	}
	condition, ok := tp.section("Conditions")[name].(object)
	if !ok {
		t.Fatalf("there is no condition %s", name)
	}
	return regionsIn(t, condition)
}

func regionsIn(t *testing.T, condition object) []string {
	if or, ok := condition["Fn::Or"].([]any); ok {
		if len(or) < 2 || len(or) > 10 {
			t.Errorf("Fn::Or of %d conditions; 2 to 10 are allowed", len(or))
		}
		var all []string
		for _, c := range or {
			all = append(all, regionsIn(t, c.(object))...)
		}
		return all
	}
	equals, _ := condition["Fn::Equals"].([]any)
	if len(equals) != 2 || !cmp.Equal(equals[0], any(object{"Ref": "AWS::Region"})) {
		t.Fatalf("the condition %v is not about the Region", condition)
	}
	return []string{equals[1].(string)}
}

// subVariable matches what Fn::Sub replaces; "${!" stands for "${".
var subVariable = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

// references yields the logical ids and pseudo parameters that v refers to. What is in a pattern is
// never a reference.
func references(v any) iter.Seq[string] {
	return func(yield func(string) bool) {
		walk(v, func(o object) bool {
			if id, ok := o["Ref"].(string); ok && len(o) == 1 && !yield(id) {
				return false
			}
			if list, ok := o["Fn::GetAtt"].([]any); ok && !yield(list[0].(string)) {
				return false
			}
			if text, ok := o["Fn::Sub"].(string); ok {
				for _, m := range subVariable.FindAllStringSubmatch(text, -1) {
					id, _, _ := strings.Cut(m[1], ".")
					if !yield(id) {
						return false
					}
				}
			}
			return true
		})
	}
}

// walk calls f for each object in v, until it returns false.
func walk(v any, f func(object) bool) bool {
	switch v := v.(type) {
	case object:
		if !f(v) {
			return false
		}
		for _, child := range v {
			if !walk(child, f) {
				return false
			}
		}
	case []any:
		for _, child := range v {
			if !walk(child, f) {
				return false
			}
		}
	}
	return true
}
