package ownfix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// unprotected returns the name of the table whose protection the call of f turned off.
func unprotected(f rule.Finding) (name string, ok bool) {
	var request struct {
		TableName                 string
		DeletionProtectionEnabled *bool
	}
	if f.Event == nil || f.Record == nil || f.Record.Call() != "dynamodb:UpdateTable" ||
		json.Unmarshal(f.Record.RequestParameters, &request) != nil || request.DeletionProtectionEnabled == nil {
		return "", false
	}
	return request.TableName, request.TableName != "" && !*request.DeletionProtectionEnabled
}

// A table is what matters of one.
type table struct {
	arn       string
	protected bool
}

// read reads the table with the name or ARN. Where it is, DynamoDB says: an event can name any.
func (r Remediator) read(ctx context.Context, name, account, region string) (table, error) {
	out, err := r.Client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name}, in(region))
	if err != nil {
		return table{}, meaning(err)
	}
	if out == nil || out.Table == nil {
		return table{}, errors.New("ownfix: DescribeTable returned no table")
	}
	t := table{aws.ToString(out.Table.TableArn), aws.ToBool(out.Table.DeletionProtectionEnabled)}
	if where, err := arn.Parse(t.arn); err != nil || where.AccountID != account || where.Region != region {
		return table{}, &remediate.Refusal{
			Guard: remediate.GuardScope, Reason: fmt.Sprintf("the table %.200q is not in account %.20q and Region %.40q", t.arn, account, region),
		}
	}
	return t, nil
}

// protect carries a step out, after it has looked again.
func (r Remediator) protect(ctx context.Context, step remediate.Step, account string) (remediate.StepStatus, error) {
	t, err := r.read(ctx, step.Resource, account, step.Region)
	switch {
	case err != nil:
		return remediate.StepFailed, stale(err)
	case t.protected:
		return remediate.StepAlreadyDone, nil
	}
	_, err = r.Client.UpdateTable(ctx, &dynamodb.UpdateTableInput{
		TableName: &t.arn, DeletionProtectionEnabled: aws.Bool(true),
	}, in(step.Region))
	if err != nil {
		return remediate.StepFailed, stale(meaning(err))
	}
	return remediate.StepDone, nil
}

// protection returns the step that sets the protection on. To turn it off again is for people.
func protection(table, region string) remediate.Step {
	step := remediate.Step{
		Action: "dynamodb:UpdateTable", Resource: table, Region: region, Summary: "set deletion protection on",
		Before: state(false), After: state(true), Command: command(table, region, "--deletion-protection-enabled"),
	}
	back := step
	back.Summary, back.Before, back.After, back.Manual = "turn deletion protection off", step.After, step.Before, true
	back.Command = command(table, region, "--no-deletion-protection-enabled")
	step.Inverse = &back
	return step
}

func state(protected bool) json.RawMessage {
	return fmt.Appendf(nil, `{"DeletionProtectionEnabled":%t}`, protected)
}

func command(table, region, option string) string {
	return remediate.Command("aws", "dynamodb", "update-table", "--table-name", table, option, "--region", region)
}

// check returns an error unless p is as Plan makes them.
func check(p *remediate.Plan) error {
	if p == nil || p.Remediator != "ownfix" || len(p.Steps) > 1 {
		return errors.New("ownfix: the plan was not made here")
	}
	for _, s := range p.Steps {
		want := remediate.Plan{Steps: []remediate.Step{protection(s.Resource, p.Region)}}
		if (&remediate.Plan{Steps: p.Steps}).Digest() != want.Digest() {
			return errors.New("ownfix: the plan's step was not made here, or was changed")
		}
	}
	return nil
}

// in makes a call in the Region of the event.
func in(region string) func(*dynamodb.Options) {
	return func(o *dynamodb.Options) { o.Region = region }
}
