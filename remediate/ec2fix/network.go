package ec2fix

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A NetworkReader reads network ACLs, route tables and internet gateways. [*ec2.Client] is one.
type NetworkReader interface {
	DescribeNetworkAcls(context.Context, *ec2.DescribeNetworkAclsInput, ...func(*ec2.Options)) (*ec2.DescribeNetworkAclsOutput, error)
	DescribeRouteTables(context.Context, *ec2.DescribeRouteTablesInput, ...func(*ec2.Options)) (*ec2.DescribeRouteTablesOutput, error)
	DescribeInternetGateways(context.Context, *ec2.DescribeInternetGatewaysInput, ...func(*ec2.Options)) (*ec2.DescribeInternetGatewaysOutput, error)
}

// Network suggests how to take back changes of network ACLs, routes and internet gateways. It never
// writes: every step of its plans is a suggestion, with the exact command. It is a
// [remediate.Remediator], and safe for concurrent use.
//
// It answers what the event alone tells how to take back: an entry of an ACL or a route that was
// created, and an internet gateway that was attached or detached. For what was replaced or deleted
// it refuses, since what was there before is not in the event.
type Network struct{ reader NetworkReader }

var (
	_ remediate.Remediator = (*Network)(nil)
	_ NetworkReader        = (*ec2.Client)(nil)
)

// NewNetwork returns a Network that reads with r.
func NewNetwork(r NetworkReader) *Network { return &Network{reader: r} }

// GuardPriorState is the guard of the refusal of [Network] to plan without knowing what was there
// before.
const GuardPriorState = "prior-state"

const networkName = "ec2fix-network"

// The IAM actions of Network.
const (
	actionACLs     = "ec2:DescribeNetworkAcls"
	actionTables   = "ec2:DescribeRouteTables"
	actionGateways = "ec2:DescribeInternetGateways"

	actionCreateEntry = "ec2:CreateNetworkAclEntry"
	actionDeleteEntry = "ec2:DeleteNetworkAclEntry"
	actionCreateRoute = "ec2:CreateRoute"
	actionDeleteRoute = "ec2:DeleteRoute"
	actionAttach      = "ec2:AttachInternetGateway"
	actionDetach      = "ec2:DetachInternetGateway"
)

// replaced holds the calls that leave no trace of what was there before, and says what that is.
var replaced = map[string]string{
	"DeleteNetworkAclEntry":        "what the deleted entry was",
	"ReplaceNetworkAclEntry":       "what the entry was before",
	"ReplaceNetworkAclAssociation": "which network ACL the subnet had before",
	"DeleteRoute":                  "where the deleted route led",
	"ReplaceRoute":                 "where the route led before",
	"ReplaceRouteTableAssociation": "which route table the subnet had before",
	"DisassociateRouteTable":       "which route table the subnet had",
}

// Spec implements [remediate.Remediator].
func (n *Network) Spec() remediate.Spec {
	s := remediate.Spec{
		Name:       networkName,
		Summary:    "suggests how to take back changes of network ACLs, routes and internet gateways",
		Handles:    []string{actionCreateEntry, actionCreateRoute, actionAttach, actionDetach},
		Reads:      []string{actionACLs, actionTables, actionGateways},
		Writes:     []string{},
		Risk:       remediate.High,
		Reversible: true,
	}
	for name := range replaced {
		s.Handles = append(s.Handles, "ec2:"+name)
	}
	slices.Sort(s.Handles)
	return s
}

// Plan implements [remediate.Remediator]. The plan has one step, which is a suggestion, or none if
// what the event did is no longer so. The error is a [*remediate.Refusal] if the call failed, or if
// the event does not tell what was there before.
func (n *Network) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	plan, err := n.plan(ctx, f)
	return plan, located(err)
}

func (n *Network) plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	spec := n.Spec()
	c, err := changeOf(f, spec.Handles)
	if err != nil {
		return nil, err
	}
	if what, ok := replaced[c.name]; ok {
		return nil, &remediate.Refusal{Guard: GuardPriorState, Reason: fmt.Sprintf(
			"%s cannot be taken back from the event, which does not tell %s; AWS Config or an earlier event may",
			c.name, what)}
	}
	var step *remediate.Step
	switch c.name {
	case "CreateNetworkAclEntry":
		step, err = n.createdEntry(ctx, c)
	case "CreateRoute":
		step, err = n.createdRoute(ctx, c)
	default:
		step, err = n.movedGateway(ctx, c)
	}
	plan := remediate.NewPlan(spec.Name, f)
	plan.Summary = fmt.Sprintf("What %s did is no longer so, so there is nothing to do.", c.name)
	switch {
	case errors.Is(err, remediate.ErrNotFound):
		return plan, nil
	case err != nil:
		return nil, err
	case step != nil:
		plan.Summary = fmt.Sprintf("%s can be taken back: %s. "+
			"That can cut off what works, so it is for people to decide.", c.name, step.Summary)
		plan.Steps = append(plan.Steps, *step)
	}
	return plan, nil
}

// Apply implements [remediate.Remediator]. It carries out nothing: a plan without steps has an
// empty receipt, and any other is an error.
func (n *Network) Apply(_ context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	switch {
	case p == nil:
		return nil, errors.New("ec2fix: no plan")
	case p.Remediator != networkName:
		return nil, fmt.Errorf("ec2fix: the plan is of the remediator %.200q", p.Remediator)
	case len(p.Steps) > 0:
		return nil, errors.New("ec2fix: the steps of the plan are suggestions, for people to carry out")
	}
	return &remediate.Receipt{PlanDigest: p.Digest(), Steps: []remediate.StepResult{}}, nil
}

// suggestion returns a step that is one, with the step that undoes it. There and back are the
// states that it expects and leaves.
func (t target) suggestion(do, undo operation, there, back any) *remediate.Step {
	step, inverse := do.step(t), undo.step(t)
	step.Before, step.After = encode(there), encode(back)
	inverse.Before, inverse.After = step.After, step.Before
	step.Inverse = &inverse
	return &step
}

// An operation is a call of EC2: its name, the arguments by the names of the API, and the words of
// the AWS CLI.
type operation struct {
	action  string
	summary string
	args    map[string]any
	words   []string
}

func (o operation) step(t target) remediate.Step {
	return remediate.Step{
		Action: o.action, Resource: t.arn(), Region: t.region, Summary: o.summary, Manual: true, Args: encode(o.args),
		Command: remediate.Command(append(append([]string{"aws", "ec2"}, o.words...), "--region", t.region)...),
	}
}
