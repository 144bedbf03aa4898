package awsschema

import (
	"fmt"
	"regexp"
	"strings"
)

// The bindings are generated, so expressions read them. What they do not find is an error, or an
// argument too few, which shows as soon as it is used.
var (
	// The head of a list of arguments: of the construct itself, or of the struct that it names.
	listHead = regexp.MustCompile(`(?m)^    synthesizeHclAttributes\(\) \{$|^function (\w+)ToHclTerraform\(struct\) \{$`)
	listBody = regexp.MustCompile(`(?s)const attrs = \{\n(.*?) {4,8}\};\n`)
	entry    = regexp.MustCompile(`(?s)(\w+): \{\s+value: (.*?),\n\s+isBlock: (true|false),\s+type: "(\w+)",\s+storageClassType: "(\w+)",`)
	child    = regexp.MustCompile(`(?:^|\()(\w+)ToHclTerraform\b`)

	// The class of the construct stands last in its file.
	construct = regexp.MustCompile(`(?m)^class \w+ extends cdkt[fn]\.Terraform(?:Resource|DataSource|Provider) \{$`)
	getter    = regexp.MustCompile(`this\.get(\w+)Attribute\('(\w+)'\)`)
	object    = regexp.MustCompile(`this\._\w+ = new \w+\(this, "(\w+)"`)

	interfaceHead = regexp.MustCompile(`(?m)^export interface (\w+)( extends cdkt[fn]\.TerraformMetaArguments)? \{`)
	property      = regexp.MustCompile(`/docs(?:/[\w-]+)*#(\w+) \w+#\w+\}\n(?:\s+\*[^\n]*\n)*?\s+\*/\n\s+readonly \w+(\??): (?:(\w+)(\[\])?)?`)
)

// A bindings is the text of the bindings of one construct.
type bindings struct {
	script       string
	declarations map[string]map[string]declaration // by interface and argument
	lists        map[string]string                 // of arguments, by struct; "" for the construct
}

// A declaration is what an interface says about an argument.
type declaration struct {
	optional, repeated bool
}

// newBindings prepares the text of index.js and index.d.ts.
func newBindings(script, declarations string) (*bindings, error) {
	b := &bindings{script: script, declarations: make(map[string]map[string]declaration), lists: make(map[string]string)}
	heads := listHead.FindAllStringSubmatchIndex(script, -1)
	for i, head := range heads {
		name := ""
		if head[2] >= 0 {
			name = upperFirst(script[head[2]:head[3]])
		}
		end := len(script)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		if body := listBody.FindStringSubmatch(script[head[1]:end]); body != nil {
			b.lists[name] = body[1]
		}
	}
	interfaces := interfaceHead.FindAllStringSubmatchIndex(declarations, -1)
	for i, head := range interfaces {
		end := len(declarations)
		if i+1 < len(interfaces) {
			end = interfaces[i+1][0]
		}
		text, _, _ := strings.Cut(declarations[head[1]:end], "\n}")
		members := make(map[string]declaration)
		for _, m := range property.FindAllStringSubmatch(text, -1) {
			members[m[1]] = declaration{optional: m[2] != "", repeated: m[4] != ""}
		}
		name := declarations[head[2]:head[3]]
		if head[4] >= 0 || name == "AwsProviderConfig" {
			name = "" // the construct itself
		}
		b.declarations[name] = members
	}
	if _, ok := b.lists[""]; !ok {
		return nil, fmt.Errorf("no list of arguments found")
	}
	return b, nil
}

// schema returns the schema of the construct.
func (b *bindings) schema() (*Block, error) {
	block, err := b.block("")
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool)
	for _, a := range block.Attributes {
		known[a.Name] = true
	}
	for _, n := range block.Blocks {
		known[n.Name] = true
	}
	at := construct.FindStringIndex(b.script)
	if at == nil {
		return nil, fmt.Errorf("no class found")
	}
	given := func(name, typ string) {
		if !known[name] {
			known[name] = true
			block.Attributes = append(block.Attributes, Attribute{Name: name, Type: typ, ReadOnly: true})
		}
	}
	for _, m := range getter.FindAllStringSubmatch(b.script[at[1]:], -1) {
		typ, ok := getters[m[1]]
		if !ok {
			typ = dynamic
		}
		given(m[2], typ)
	}
	for _, m := range object.FindAllStringSubmatch(b.script[at[1]:], -1) {
		given(m[1], dynamic)
	}
	return block, nil
}

// block returns the arguments of a struct; "" means the construct itself.
func (b *bindings) block(name string) (*Block, error) {
	list, ok := b.lists[name]
	if !ok {
		return nil, fmt.Errorf("no list of arguments of %s found", name)
	}
	declared, ok := b.declarations[name]
	if !ok {
		return nil, fmt.Errorf("no interface %s found", name)
	}
	block := &Block{}
	entries := entry.FindAllStringSubmatch(list, -1)
	if len(entries) != strings.Count(list, "isBlock: ") {
		return nil, fmt.Errorf("%d of %d arguments of %q found", len(entries), strings.Count(list, "isBlock: "), name)
	}
	for _, e := range entries {
		argument, value, isBlock, kind, class := e[1], e[2], e[3] == "true", e[4], e[5]
		d, ok := declared[argument]
		if !ok {
			return nil, fmt.Errorf("argument %s of %q is not declared", argument, name)
		}
		if !isBlock {
			block.Attributes = append(block.Attributes, Attribute{Name: argument, Type: attributeType(kind, class), Required: !d.optional})
			continue
		}
		nested := NestedBlock{Name: argument, Required: !d.optional, Single: !d.repeated}
		var err error
		if nested.Nesting, err = nesting(kind); err != nil {
			return nil, fmt.Errorf("argument %s of %q: %w", argument, name, err)
		}
		m := child.FindStringSubmatch(value)
		if m == nil {
			return nil, fmt.Errorf("argument %s of %q: no struct in %s", argument, name, value)
		}
		if nested.Block, err = b.block(upperFirst(m[1])); err != nil {
			return nil, err
		}
		block.Blocks = append(block.Blocks, nested)
	}
	return block, nil
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
