package deploy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/countertrail/countertrail/pattern"
)

// A pattern's JSON is not decoded and encoded again: that would take the last of two members of one
// name and round numbers. It is passed on token by token, or as the text that it is.

// patternText returns the JSON of p without spaces and in ASCII, with the same meaning. Terraform
// would compose the accents of anything else.
func patternText(p *pattern.Pattern) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(p.String())); err != nil {
		panic("deploy: a compiled pattern is not JSON: " + err.Error())
	}
	var b strings.Builder
	for _, r := range compact.String() { // non-ASCII characters stand in strings only
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		}
	}
	return b.String()
}

// patternNode returns p as a value of a template: an object if CloudFormation hands it on unchanged,
// and otherwise its text, which the property EventPattern takes as well.
func patternNode(p *pattern.Pattern) *yaml.Node {
	text := patternText(p)
	if n, ok := decodePattern(text); ok {
		return n
	}
	// Begun with "{{", a dynamic reference would be resolved even here.
	return stringNode(strings.ReplaceAll(text, "{{", `{\u007b`))
}

// decodePattern returns the JSON text as a node, and reports whether CloudFormation leaves it alone.
func decodePattern(text string) (*yaml.Node, bool) {
	if strings.Contains(text, "{{") || strings.Contains(text, `\u`) {
		return nil, false // a dynamic reference; characters that it may replace by question marks
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	return decodeValue(dec)
}

// plainNumber matches the numbers that every reader of YAML and JSON takes for the same, and writes
// as they were.
var plainNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,14}|-?(0|[1-9][0-9]{0,8})\.[0-9]{0,5}[1-9])$`)

func decodeValue(dec *json.Decoder) (*yaml.Node, bool) {
	token, err := dec.Token()
	if err != nil {
		return nil, false
	}
	switch v := token.(type) {
	case string:
		return stringNode(v), true
	case bool:
		return scalar("!!bool", fmt.Sprint(v)), true
	case json.Number:
		tag := "!!int"
		if strings.Contains(v.String(), ".") {
			tag = "!!float"
		}
		return scalar(tag, v.String()), plainNumber.MatchString(v.String())
	case json.Delim:
		n := sequence()
		if v == '{' {
			n = mapping()
		}
		seen := make(map[string]bool)
		for dec.More() {
			if v == '{' {
				key, err := dec.Token()
				name, ok := key.(string)
				if err != nil || !ok || seen[name] || isFunction(name) {
					return nil, false
				}
				seen[name] = true
				n.Content = append(n.Content, stringNode(name))
			}
			child, ok := decodeValue(dec)
			if !ok {
				return nil, false
			}
			n.Content = append(n.Content, child)
		}
		_, err := dec.Token()
		if v == '[' && width(n) <= maxInline {
			n.Style = yaml.FlowStyle
		}
		return n, err == nil
	}
	return nil, false // null, which templates may not have
}

// width returns about how many characters n takes in one line.
func width(n *yaml.Node) int {
	w := len(n.Value) + 2
	for _, child := range n.Content {
		w += width(child) + 2
	}
	return w
}

// isFunction reports whether CloudFormation takes a member of this name for a call of a function.
func isFunction(name string) bool {
	return name == "Ref" || strings.HasPrefix(name, "Fn::")
}
