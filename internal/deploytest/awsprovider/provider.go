package main

import (
	"context"
	"errors"

	tf "github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A provider answers what OpenTofu asks when it validates and plans. What the embedded interface,
// which is nil, would have to answer is never asked then.
type provider struct {
	tf.ProviderServer
	schema *tf.GetProviderSchemaResponse
	region string // of the configuration
}

func (p *provider) GetProviderSchema(context.Context, *tf.GetProviderSchemaRequest) (*tf.GetProviderSchemaResponse, error) {
	return p.schema, nil
}

func (p *provider) GetResourceIdentitySchemas(context.Context, *tf.GetResourceIdentitySchemasRequest) (*tf.GetResourceIdentitySchemasResponse, error) {
	return &tf.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) ValidateProviderConfig(_ context.Context, req *tf.ValidateProviderConfigRequest) (*tf.ValidateProviderConfigResponse, error) {
	return &tf.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (p *provider) ConfigureProvider(_ context.Context, req *tf.ConfigureProviderRequest) (*tf.ConfigureProviderResponse, error) {
	config, err := req.Config.Unmarshal(p.schema.Provider.ValueType())
	if err != nil {
		return nil, err
	}
	attributes, err := members(config)
	if err != nil {
		return nil, err
	}
	if region := attributes["region"]; region.IsKnown() && !region.IsNull() {
		err = region.As(&p.region)
	}
	return &tf.ConfigureProviderResponse{}, err
}

func (p *provider) StopProvider(context.Context, *tf.StopProviderRequest) (*tf.StopProviderResponse, error) {
	return &tf.StopProviderResponse{}, nil
}

func (p *provider) ValidateResourceConfig(_ context.Context, req *tf.ValidateResourceConfigRequest) (*tf.ValidateResourceConfigResponse, error) {
	diagnostics, err := readOnly(p.schema.ResourceSchemas[req.TypeName], req.Config)
	return &tf.ValidateResourceConfigResponse{Diagnostics: diagnostics}, err
}

func (p *provider) ValidateDataResourceConfig(_ context.Context, req *tf.ValidateDataResourceConfigRequest) (*tf.ValidateDataResourceConfigResponse, error) {
	diagnostics, err := readOnly(p.schema.DataSourceSchemas[req.TypeName], req.Config)
	return &tf.ValidateDataResourceConfigResponse{Diagnostics: diagnostics}, err
}

// readOnly complains of arguments that only the provider gives a value to. OpenTofu leaves that to
// providers.
func readOnly(s *tf.Schema, config *tf.DynamicValue) ([]*tf.Diagnostic, error) {
	value, err := config.Unmarshal(s.ValueType())
	if err != nil {
		return nil, err
	}
	attributes, err := members(value)
	if err != nil {
		return nil, err
	}
	var diagnostics []*tf.Diagnostic
	for _, a := range s.Block.Attributes {
		if !a.Optional && !a.Required && !attributes[a.Name].IsNull() {
			diagnostics = append(diagnostics, &tf.Diagnostic{
				Severity:  tf.DiagnosticSeverityError,
				Summary:   "Value for unconfigurable attribute",
				Detail:    "Can't configure a value for " + a.Name + ": the provider decides it.",
				Attribute: tftypes.NewAttributePath().WithAttributeName(a.Name),
			})
		}
	}
	return diagnostics, nil
}

// PlanResourceChange plans what the configuration says; what it leaves out is known after the
// apply.
func (p *provider) PlanResourceChange(_ context.Context, req *tf.PlanResourceChangeRequest) (*tf.PlanResourceChangeResponse, error) {
	s := p.schema.ResourceSchemas[req.TypeName]
	planned, err := complete(s, req.ProposedNewState, func(_ string, typ tftypes.Type) tftypes.Value {
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	})
	return &tf.PlanResourceChangeResponse{PlannedState: planned}, err
}

// ReadDataSource answers with the configuration, in which every string that is left out gets a value that
// depends only on its name, the Region excepted.
func (p *provider) ReadDataSource(_ context.Context, req *tf.ReadDataSourceRequest) (*tf.ReadDataSourceResponse, error) {
	s := p.schema.DataSourceSchemas[req.TypeName]
	state, err := complete(s, req.Config, func(name string, typ tftypes.Type) tftypes.Value {
		if !typ.Is(tftypes.String) {
			return tftypes.NewValue(typ, nil)
		}
		return tftypes.NewValue(typ, p.read(req.TypeName, name))
	})
	return &tf.ReadDataSourceResponse{State: state}, err
}

// read returns an attribute of a data source.
func (p *provider) read(dataSource, attribute string) string {
	switch dataSource + "." + attribute {
	case "aws_region.region", "aws_region.name", "aws_region.id":
		return p.region
	case "aws_partition.partition", "aws_partition.id":
		return "aws"
	case "aws_partition.dns_suffix":
		return "amazonaws.com"
	case "aws_caller_identity.account_id", "aws_caller_identity.id":
		return "123456789012"
	case "aws_caller_identity.arn":
		return "arn:aws:iam::123456789012:user/deployer"
	}
	return dataSource + "." + attribute
}

// complete returns a value of schema s in which the attributes that are null and that the provider
// may give a value to have the value that give returns.
func complete(
	s *tf.Schema, v *tf.DynamicValue, give func(name string, typ tftypes.Type) tftypes.Value,
) (*tf.DynamicValue, error) {
	if s == nil {
		return nil, errors.New("no such type in the schema")
	}
	typ := s.ValueType()
	value, err := v.Unmarshal(typ)
	if err != nil || value.IsNull() { // null: the resource is to be destroyed
		return v, err
	}
	attributes, err := members(value)
	if err != nil {
		return nil, err
	}
	for _, a := range s.Block.Attributes {
		if a.Computed && attributes[a.Name].IsNull() {
			attributes[a.Name] = give(a.Name, a.Type)
		}
	}
	completed, err := tf.NewDynamicValue(typ, tftypes.NewValue(typ, attributes))
	return &completed, err
}

// members returns the members of an object.
func members(object tftypes.Value) (map[string]tftypes.Value, error) {
	var all map[string]tftypes.Value
	err := object.As(&all)
	return all, err
}
