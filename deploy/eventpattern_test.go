package deploy

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/countertrail/countertrail/pattern"
)

// What is not certain to reach EventBridge as it is goes as text.
func TestPatternNode(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		text    string // if not an object
		reason  string
	}{
		{`{"source": ["aws.iam"], "detail": {"errorCode": [{"exists": false}]}}`, "", "what patterns are made of"},
		{`{"a": [0, -1, 2.5, -0.5, 300, 123456789012345, 123456789.000001]}`, "", "numbers that all readers read alike"},
		{`{"a": ["<x>", "${AWS::Region}", "!Ref x", "Ref"]}`, "", "strings are only strings"},
		{`{"a": [null]}`, `{"a":[null]}`, "templates may not have a null"},
		{`{"a": [1e3]}`, `{"a":[1e3]}`, "a string to YAML 1.1"},
		{`{"a": [1234567890.5]}`, `{"a":[1234567890.5]}`, "has more digits than some keep"},
		{`{"a": [1.50]}`, `{"a":[1.50]}`, "may become 1.5"},
		{`{"a": [1234567890123456]}`, `{"a":[1234567890123456]}`, "may be rounded"},
		{`{"a": [-0]}`, `{"a":[-0]}`, "may become 0"},
		{`{"a": {"Ref": ["x"]}}`, `{"a":{"Ref":["x"]}}`, "a reference"},
		{`{"Fn::If": ["x"]}`, `{"Fn::If":["x"]}`, "a function"},
		{`{"a": [1], "a": [2]}`, `{"a":[1],"a":[2]}`, "no object has two members of one name"},
		{`{"a": ["é\ud83d\udd12🔒"]}`, `{"a":["\u00e9\ud83d\udd12\ud83d\udd12"]}`, "CloudFormation may show question marks for other than ASCII"},
		{`{"a": ["{{resolve:ssm:x}}", "{{{"]}`, `{"a":["{\u007bresolve:ssm:x}}","{\u007b{"]}`, "a dynamic reference"},
	} {
		n := patternNode(pattern.MustCompile(tt.pattern))
		if isText := n.Kind == yaml.ScalarNode; isText != (tt.text != "") || isText && n.Value != tt.text {
			t.Errorf("%s becomes %q (text: %t), want %q: %s", tt.pattern, n.Value, isText, tt.text, tt.reason)
		}
	}
}

func TestStringNode(t *testing.T) {
	for _, tt := range []struct {
		s      string
		style  yaml.Style
		reason string
	}{
		{"ENABLED", 0, "a word"},
		{"Root user activity", 0, "words"},
		{"yes", yaml.DoubleQuotedStyle, "true to YAML 1.1"},
		{"Off", yaml.DoubleQuotedStyle, "false to YAML 1.1"},
		{"N", yaml.DoubleQuotedStyle, "false to some"},
		{"4.5", yaml.DoubleQuotedStyle, "a number"},
		{"12:30", yaml.DoubleQuotedStyle, "a number to the base of 60"},
		{"a: b", yaml.DoubleQuotedStyle, "a mapping"},
		{"a #b", yaml.DoubleQuotedStyle, "a comment"},
		{"aws.", yaml.DoubleQuotedStyle, "no harm, but not obvious"},
		{"", yaml.DoubleQuotedStyle, "null"},
		{"a\nb", yaml.LiteralStyle, "lines"},
	} {
		if got := stringNode(tt.s).Style; got != tt.style {
			t.Errorf("%q has the style %d, want %d: %s", tt.s, got, tt.style, tt.reason)
		}
	}
}

func TestLayout(t *testing.T) {
	long := strings.Repeat("x", 100)
	deep := strings.Repeat(`{"a":`, 31) + `["x"]` + strings.Repeat("}", 31)
	for _, tt := range []struct{ text, want string }{
		{`{"a":["b",1,{"c":"d,e:f"}]}`, `{"a": ["b", 1, {"c": "d,e:f"}]}`},
		{deep, deep},
		{`{"a":"\",b:c\\","d":1}`, `{"a": "\",b:c\\", "d": 1}`},
		{`{"a\":b":"` + long + `","c":[],"d":{}}`, "{\n  \"a\\\":b\": \"" + long + "\",\n  \"c\": [],\n  \"d\": {}\n}"},
		{`[["` + long + `"],"` + long + `"]`, "[\n  [\n    \"" + long + "\"\n  ],\n  \"" + long + "\"\n]"},
	} {
		got := layout(tt.text)
		if got != tt.want {
			t.Errorf("layout(%s) = %s, want %s", tt.text, got, tt.want)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(got)); err != nil || compact.String() != tt.text {
			t.Errorf("%s does not say what %s does: %v", got, tt.text, err)
		}
	}
}
