// Package awsschema reads the schema of Terraform's AWS provider from where it can be had without
// the provider: the bindings that CDK Terrain generates from it and publishes as an npm package.
// Their JavaScript names every argument, its type and whether it is a block; their TypeScript
// declarations say which are required and which blocks can be repeated.
package awsschema

import "fmt"

// A Schema is what a release of the provider accepts.
type Schema struct {
	Version     string // of the provider
	Provider    *Block
	Resources   map[string]*Block // by type, such as aws_sqs_queue
	DataSources map[string]*Block
}

// A Block is the inside of a resource, a data source or a nested block.
type Block struct {
	Attributes []Attribute
	Blocks     []NestedBlock
}

// An Attribute is an argument, or a value that the provider gives.
type Attribute struct {
	Name string
	// Type is a type in Terraform's JSON notation, such as "string" or ["list","string"], quotes
	// included. It is "dynamic", any type, for the few whose type the bindings do not tell.
	Type string
	// Required arguments must be given. All others can be left out, and the provider may then give
	// them a value; those with ReadOnly set cannot be given.
	Required, ReadOnly bool
}

// A NestedBlock is a block in a block.
type NestedBlock struct {
	Name     string
	Nesting  Nesting
	Required bool // at least one
	Single   bool // at most one
	Block    *Block
}

// Nesting says what blocks of one name make together.
type Nesting string

// The kinds of nesting.
const (
	List   Nesting = "list"
	Set    Nesting = "set"
	Struct Nesting = "struct"
)

// types has the types of attributes, by kind and class of storage as the bindings name them.
var types = map[[2]string]string{
	{"simple", "string"}:    `"string"`,
	{"simple", "number"}:    `"number"`,
	{"simple", "boolean"}:   `"bool"`,
	{"list", "stringList"}:  `["list","string"]`,
	{"list", "numberList"}:  `["list","number"]`,
	{"set", "stringList"}:   `["set","string"]`,
	{"set", "numberList"}:   `["set","number"]`,
	{"map", "stringMap"}:    `["map","string"]`,
	{"map", "numberMap"}:    `["map","number"]`,
	{"map", "booleanMap"}:   `["map","bool"]`,
	{"list", "booleanList"}: `["list","bool"]`,
}

const dynamic = `"dynamic"`

// getters has the types of values that the provider gives, by the method that reads them.
var getters = map[string]string{
	"String":    `"string"`,
	"Number":    `"number"`,
	"Boolean":   `"bool"`,
	"List":      `["list","string"]`, // or a set; the bindings read both alike
	"StringMap": `["map","string"]`,
}

func attributeType(kind, class string) string {
	if t, ok := types[[2]string{kind, class}]; ok {
		return t
	}
	return dynamic
}

func nesting(kind string) (Nesting, error) {
	switch n := Nesting(kind); n {
	case List, Set, Struct:
		return n, nil
	}
	return "", fmt.Errorf("no nesting %q", kind)
}
