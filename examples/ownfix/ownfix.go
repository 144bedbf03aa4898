// Package ownfix is a remediator of one's own: it sets the deletion protection of a DynamoDB table
// on again where somebody turned it off. See the README beside this file.
package ownfix

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A Client reads and changes tables. [*dynamodb.Client] is one.
type Client interface {
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
	UpdateTable(context.Context, *dynamodb.UpdateTableInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateTableOutput, error)
}

// A Remediator sets deletion protection on again. It is a [remediate.Remediator], and safe for
// concurrent use.
type Remediator struct{ Client Client }

// Spec implements [remediate.Remediator].
func (Remediator) Spec() remediate.Spec {
	return remediate.Spec{
		Name: "ownfix", Summary: "sets the deletion protection of a table on again", Handles: []string{"dynamodb:UpdateTable"},
		Reads: []string{"dynamodb:DescribeTable"}, Writes: []string{"dynamodb:UpdateTable"}, Risk: remediate.Low, Reversible: true,
	}
}

// Plan implements [remediate.Remediator].
func (r Remediator) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	name, ok := unprotected(f)
	if !ok {
		return nil, fmt.Errorf("ownfix: %w: not a call that turns deletion protection off", remediate.ErrNotApplicable)
	}
	t, err := r.read(ctx, name, f.Event.Account, f.Event.Region)
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan("ownfix", f)
	plan.Summary = fmt.Sprintf("The table %q is protected from deletion, so there is nothing to do.", t.arn)
	if !t.protected {
		plan.Summary = fmt.Sprintf("The table %q can be deleted by one call: protect it again.", t.arn)
		plan.Steps = []remediate.Step{protection(t.arn, f.Event.Region)}
	}
	return plan, nil
}

// Apply implements [remediate.Remediator].
func (r Remediator) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	receipt := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now().UTC()}
	var err error
	for _, step := range p.Steps { // at most one
		result := remediate.StepResult{Step: step}
		if result.Status, err = r.protect(ctx, step, p.Account); err != nil {
			result.Error = err.Error()
		}
		receipt.Steps = append(receipt.Steps, result)
	}
	receipt.Finished = time.Now().UTC()
	return receipt, err
}
