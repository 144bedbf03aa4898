package remediate_test

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

const (
	account = "123456789012"
	region  = "eu-west-1"
)

// A fake is a remediator of cloudtrail:StopLogging. What it does is what its fields say; by
// default it plans one step and carries it out.
type fake struct {
	plan  func(rule.Finding) (*remediate.Plan, error)
	apply func(*remediate.Plan) (*remediate.Receipt, error)

	plans, applies atomic.Int32
}

func (f *fake) Spec() remediate.Spec {
	return remediate.Spec{Name: "fake", Handles: []string{"cloudtrail:StopLogging"}, Risk: remediate.Low}
}

func (f *fake) Plan(_ context.Context, finding rule.Finding) (*remediate.Plan, error) {
	f.plans.Add(1)
	if f.plan != nil {
		return f.plan(finding)
	}
	return planFor(finding, 1), nil
}

func (f *fake) Apply(_ context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	f.applies.Add(1)
	if f.apply != nil {
		return f.apply(p)
	}
	return receiptOf(p, slices.Repeat([]remediate.StepStatus{remediate.StepDone}, len(p.Steps))...), nil
}

// A verifier is a fake that verifies as its field says.
type verifier struct {
	fake
	verify func(*remediate.Plan) error
}

func (v *verifier) Verify(_ context.Context, p *remediate.Plan) error { return v.verify(p) }

// planFor returns a plan of the given number of steps.
func planFor(f rule.Finding, steps int) *remediate.Plan {
	p := remediate.NewPlan("fake", f)
	p.Summary = "the summary"
	for range steps {
		p.Steps = append(p.Steps, remediate.Step{
			Action:   "cloudtrail:StartLogging",
			Resource: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main",
			Region:   region,
		})
	}
	return p
}

// receiptOf returns the receipt of an application of p in which the steps ended as told.
func receiptOf(p *remediate.Plan, statuses ...remediate.StepStatus) *remediate.Receipt {
	r := &remediate.Receipt{PlanDigest: p.Digest()}
	for i, s := range statuses {
		r.Steps = append(r.Steps, remediate.StepResult{Step: p.Steps[i], Status: s})
	}
	return r
}

// finding returns a finding on a StopLogging that happened just now; edit changes its event and
// record.
func finding(edit ...func(*event.Event, *event.Record)) rule.Finding {
	now := time.Now()
	e := &event.Event{ID: "envelope-id", Account: account, Region: region, Time: now}
	rec := &event.Record{
		EventSource: "cloudtrail.amazonaws.com", EventName: "StopLogging", EventTime: now,
		AWSRegion: region, RecipientAccountID: account, EventID: "event-id",
	}
	for _, f := range edit {
		f(e, rec)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "4.5"}, Event: e, Record: rec}
}

// withID sets CloudTrail's id of the event.
func withID(id string) func(*event.Event, *event.Record) {
	return func(_ *event.Event, r *event.Record) { r.EventID = id }
}

// enforcing returns an engine that enforces; a nil opts means the defaults otherwise. Of budgets and
// hops only Budget is what it is in use: all findings of these tests are of one rule and one trail.
func enforcing(opts *remediate.Options) *remediate.Engine {
	var o remediate.Options
	if opts != nil {
		o = *opts
	}
	o.Mode = remediate.Enforce
	if o.RuleBudget == 0 {
		o.RuleBudget = math.MaxInt
	}
	if o.MaxHops == 0 {
		o.MaxHops = math.MaxInt
	}
	return remediate.NewEngine(&o)
}
