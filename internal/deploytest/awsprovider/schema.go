package main

import (
	tf "github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/countertrail/countertrail/internal/deploytest/awsschema"
)

// response returns s as the plugin protocol has it.
func response(s *awsschema.Schema) *tf.GetProviderSchemaResponse {
	return &tf.GetProviderSchemaResponse{
		Provider:          schema(s.Provider, false),
		ResourceSchemas:   schemas(s.Resources),
		DataSourceSchemas: schemas(s.DataSources),
	}
}

func schemas(blocks map[string]*awsschema.Block) map[string]*tf.Schema {
	all := make(map[string]*tf.Schema)
	for name, b := range blocks {
		all[name] = schema(b, true)
	}
	return all
}

// schema returns the schema of b. With computed set, the provider may give a value to what is left
// out: the published schema does not tell for which arguments AWS's does.
func schema(b *awsschema.Block, computed bool) *tf.Schema {
	s := &tf.Schema{Block: block(b)}
	if computed {
		for _, a := range s.Block.Attributes {
			a.Computed = !a.Required
		}
	}
	return s
}

func block(b *awsschema.Block) *tf.SchemaBlock {
	s := &tf.SchemaBlock{}
	for _, a := range b.Attributes {
		s.Attributes = append(s.Attributes, &tf.SchemaAttribute{
			Name: a.Name, Type: attributeType(a.Type), Required: a.Required, Optional: !a.Required && !a.ReadOnly, Computed: a.ReadOnly,
		})
	}
	for _, n := range b.Blocks {
		s.BlockTypes = append(s.BlockTypes, nestedBlock(n))
	}
	return s
}

func nestedBlock(n awsschema.NestedBlock) *tf.SchemaNestedBlock {
	s := &tf.SchemaNestedBlock{TypeName: n.Name, Block: block(n.Block)}
	switch n.Nesting {
	case awsschema.Struct:
		s.Nesting = tf.SchemaNestedBlockNestingModeSingle
		return s
	case awsschema.Set:
		s.Nesting = tf.SchemaNestedBlockNestingModeSet
	default:
		s.Nesting = tf.SchemaNestedBlockNestingModeList
	}
	if n.Required {
		s.MinItems = 1
	}
	if n.Single {
		s.MaxItems = 1
	}
	return s
}

// attributeType reads a type in Terraform's notation, of which package awsschema uses these.
func attributeType(notation string) tftypes.Type {
	if t, ok := simpleTypes[notation]; ok {
		return t
	}
	for name, element := range simpleTypes {
		switch notation {
		case `["list",` + name + `]`:
			return tftypes.List{ElementType: element}
		case `["set",` + name + `]`:
			return tftypes.Set{ElementType: element}
		case `["map",` + name + `]`:
			return tftypes.Map{ElementType: element}
		}
	}
	return tftypes.DynamicPseudoType
}

var simpleTypes = map[string]tftypes.Type{
	`"string"`: tftypes.String,
	`"number"`: tftypes.Number,
	`"bool"`:   tftypes.Bool,
}
