package remediate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// keys is what keyfix needs of AWS KMS.
type keys interface {
	Enabled(ctx context.Context, arn string) (bool, error)
	Enable(ctx context.Context, arn string) error
}

// keyfix enables KMS keys that were disabled.
type keyfix struct{ keys keys }

func (k keyfix) Spec() remediate.Spec {
	return remediate.Spec{
		Name: "keyfix", Summary: "enables a key that was disabled", Handles: []string{"kms:DisableKey"},
		Reads: []string{"kms:DescribeKey"}, Writes: []string{"kms:EnableKey"}, Risk: remediate.Low,
	}
}

func (k keyfix) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	if f.Record == nil || f.Record.Call() != "kms:DisableKey" || len(f.Record.Resources) != 1 {
		return nil, remediate.ErrNotApplicable
	}
	arn := f.Record.Resources[0].ARN
	plan := remediate.NewPlan("keyfix", f)
	enabled, err := k.keys.Enabled(ctx, arn)
	if err != nil || enabled {
		plan.Summary = "The key is enabled."
		return plan, err
	}
	plan.Summary = "Enable the key again."
	plan.Steps = []remediate.Step{{
		Action: "kms:EnableKey", Resource: arn, Region: f.Event.Region, Summary: "enable the key",
		Before: json.RawMessage(`{"enabled":false}`), After: json.RawMessage(`{"enabled":true}`),
		Command: remediate.Command("aws", "kms", "enable-key", "--key-id", arn, "--region", f.Event.Region),
	}}
	return plan, nil
}

func (k keyfix) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	receipt := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now()}
	for _, step := range p.Steps {
		result := remediate.StepResult{Step: step, Status: remediate.StepAlreadyDone}
		enabled, err := k.keys.Enabled(ctx, step.Resource)
		if err == nil && !enabled {
			result.Status = remediate.StepDone
			err = k.keys.Enable(ctx, step.Resource)
		}
		if err != nil {
			result.Status, result.Error = remediate.StepFailed, err.Error()
		}
		receipt.Steps, receipt.Finished = append(receipt.Steps, result), time.Now()
		if err != nil {
			return receipt, err
		}
	}
	return receipt, nil
}

// fakeKeys holds which keys are enabled.
type fakeKeys map[string]bool

func (f fakeKeys) Enabled(_ context.Context, arn string) (bool, error) { return f[arn], nil }
func (f fakeKeys) Enable(_ context.Context, arn string) error          { f[arn] = true; return nil }

// A remediator of one's own takes three methods. An engine that observes tells what it would do.
func Example() {
	const arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	e := &event.Event{Account: "123456789012", Region: "eu-west-1", Time: time.Now()}
	disabled := rule.Finding{Event: e, Record: &event.Record{
		EventSource: "kms.amazonaws.com", EventName: "DisableKey", EventID: "6f8a1e0c-5f0e-4f4d-9a53-2c6b6cf7a001",
		EventTime: e.Time, Resources: []event.Resource{{ARN: arn}},
	}}

	engine := remediate.NewEngine(nil)
	res := engine.Run(context.Background(), keyfix{fakeKeys{arn: false}}, disabled)
	if res.Err != nil {
		log.Fatal(res.Err)
	}
	fmt.Println(res.Outcome)
	fmt.Println(res.Plan)
	fmt.Println(res.Plan.Steps[0].Command)

	// The same event from an archive.
	e.ReplayName = "last-week"
	res = engine.Run(context.Background(), keyfix{fakeKeys{arn: false}}, disabled)
	fmt.Println(res.Reason)
	// Output:
	// planned
	// Enable the key again.
	// 1. kms:EnableKey on "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab" in eu-west-1
	// aws kms enable-key --key-id arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab --region eu-west-1
	// enforcing would be refused: the event was sent again by the replay "last-week"
}

// What was done can be undone by the receipt that was kept before anything was done. Nothing but a
// person's approval of the very plan carries that out.
func ExampleEngine_Undo() {
	key := []byte("32 random bytes from a secrets store")
	approvals, err := remediate.NewApprovals(key)
	if err != nil {
		log.Fatal(err)
	}
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, Approvals: approvals})
	lamp := newLamp("lamp", 1)
	done := engine.Run(context.Background(), lamp, finding())
	fmt.Println(done.Outcome)

	plan, err := engine.Undo(context.Background(), lamp, done.Receipt.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan)
	fmt.Println(engine.Apply(context.Background(), lamp, plan, "please").Reason)
	token, err := approvals.Token(plan, "alice", time.Now().Add(time.Hour))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(engine.Apply(context.Background(), lamp, plan, token).Receipt.Changed())
	// Output:
	// verified
	// Off again.
	// 1. lamp:SetLamp on "arn:aws:lamp:eu-west-1:123456789012:lamp/0" in eu-west-1
	// the approval was not made here, or was changed
	// true
}
