package deploy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A template is a tree of YAML nodes, with calls of functions as CloudFormation's tags: !Ref, !Sub
// and so on. It can be written as YAML or as JSON. The tag !insert stands for what fill puts there.

const tagInsert = "!insert"

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func mapping(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: content}
}

func sequence(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: content}
}

func call(tag string, args ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: tag, Content: args, Style: yaml.FlowStyle}
}

func ref(id string) *yaml.Node           { return scalar("!Ref", id) }
func getAtt(attribute string) *yaml.Node { return scalar("!GetAtt", attribute) }
func intNode(i int) *yaml.Node           { return scalar("!!int", fmt.Sprint(i)) }

// plainString matches strings that no reader of YAML takes for anything else.
var plainString = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 _./*-]*[A-Za-z0-9*]$`)

// stringNode returns a node for a string of somebody's, quoted unless it cannot be mistaken.
func stringNode(s string) *yaml.Node {
	n := scalar("!!str", s)
	switch {
	case strings.Contains(s, "\n"):
		n.Style = yaml.LiteralStyle
	case !plainString.MatchString(s) || isWord(s):
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// isWord reports whether some version of YAML takes s for something else than a string.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan":
		return true
	}
	return false
}

// stringNodes returns a sequence of strings, or the string if there is one: the form that policies
// are usually written in.
func stringNodes(list []string) *yaml.Node {
	if len(list) == 1 {
		return stringNode(list[0])
	}
	n := sequence()
	for _, s := range list {
		n.Content = append(n.Content, stringNode(s))
	}
	return n
}

// parseTemplate returns the root of a template that is embedded.
func parseTemplate(name string) *yaml.Node {
	data, err := templates.ReadFile("templates/cloudformation/" + name)
	if err != nil {
		panic("deploy: " + err.Error())
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		panic("deploy: " + name + ": " + err.Error())
	}
	return doc.Content[0]
}

// member returns the value of the mapping n under a key, nil if there is none.
func member(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// addMember appends a member to the mapping n.
func addMember(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, scalar("!!str", key), value)
}

// fill returns a copy of n with values in the places of !insert.
func fill(n *yaml.Node, values map[string]*yaml.Node) *yaml.Node {
	if n.Tag == tagInsert {
		value, ok := values[n.Value]
		if !ok {
			panic("deploy: nothing to insert for " + n.Value)
		}
		return value
	}
	c := *n
	c.Content = nil
	for _, child := range n.Content {
		c.Content = append(c.Content, fill(child, values))
	}
	return &c
}

func encodeYAML(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(n); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func encodeJSON(n *yaml.Node) ([]byte, error) {
	var compact, b bytes.Buffer
	if err := appendJSON(&compact, n); err != nil {
		return nil, err
	}
	if err := json.Indent(&b, compact.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// appendJSON writes n as JSON, with functions in the long form.
func appendJSON(b *bytes.Buffer, n *yaml.Node) error {
	tag := n.ShortTag()
	if function, ok := strings.CutPrefix(tag, "!"); ok && !strings.HasPrefix(function, "!") {
		return appendCall(b, function, n)
	}
	switch n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b.WriteByte(',')
			}
			appendString(b, n.Content[i].Value)
			b.WriteByte(':')
			if err := appendJSON(b, n.Content[i+1]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := appendJSON(b, item); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case yaml.ScalarNode:
		switch tag {
		case "!!str":
			appendString(b, n.Value)
		case "!!int", "!!float", "!!bool":
			b.WriteString(n.Value)
		default:
			return fmt.Errorf("no JSON for %s %q", tag, n.Value)
		}
	default:
		return fmt.Errorf("no JSON for kind %d", n.Kind)
	}
	return nil
}

// appendCall writes a call of a function of CloudFormation: {"Ref": "Topic"}.
func appendCall(b *bytes.Buffer, function string, n *yaml.Node) error {
	arg := *n
	switch arg.Kind {
	case yaml.ScalarNode:
		arg.Tag = "!!str"
	case yaml.SequenceNode:
		arg.Tag = "!!seq"
	}
	switch function {
	case "Ref":
	case "GetAtt":
		resource, attribute, _ := strings.Cut(n.Value, ".")
		arg = *sequence(stringNode(resource), stringNode(attribute))
		function = "Fn::GetAtt"
	default:
		function = "Fn::" + function
	}
	b.WriteByte('{')
	appendString(b, function)
	b.WriteByte(':')
	if err := appendJSON(b, &arg); err != nil {
		return err
	}
	b.WriteByte('}')
	return nil
}

// appendString writes a JSON string, without escaping what is dangerous in HTML only.
func appendString(b *bytes.Buffer, s string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("deploy: " + err.Error()) // a string can always be encoded
	}
	b.Truncate(b.Len() - 1) // the newline
}
