package trailfix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

func apiError(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "a message"}
}

// mustPlan returns the plan to start the trail main again.
func mustPlan(t *testing.T) *remediate.Plan {
	t.Helper()
	plan, err := trailfix.New(newCloud(mainARN, stopped), nil, nil).Plan(t.Context(), stopLogging("main", stopped))
	if err != nil || len(plan.Steps) != 1 {
		t.Fatalf("plan %v, error %v", plan, err)
	}
	return plan
}

func TestApply(t *testing.T) {
	c := newCloud(mainARN, stopped)
	rem := trailfix.New(c, c, nil)
	plan := mustPlan(t)

	receipt, err := rem.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.PlanDigest != plan.Digest() || receipt.Started.IsZero() || receipt.Finished.Before(receipt.Started) {
		t.Errorf("receipt %+v", receipt)
	}
	want := []remediate.StepResult{{Step: plan.Steps[0], Status: remediate.StepDone}}
	if diff := cmp.Diff(want, receipt.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}

	// Once more: nothing is left to do.
	receipt, err = rem.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	want[0].Status = remediate.StepAlreadyDone
	if diff := cmp.Diff(want, receipt.Steps); diff != "" {
		t.Errorf("steps of the second application (-want +got):\n%s", diff)
	}
	if err := rem.Verify(t.Context(), plan); err != nil {
		t.Error(err)
	}
	wantCalls := []call{
		{"GetTrailStatus", region, mainARN}, {"StartLogging", region, mainARN},
		{"GetTrailStatus", region, mainARN},
		{"GetTrailStatus", region, mainARN},
	}
	if diff := cmp.Diff(wantCalls, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestApplyKept holds that a plan may be kept as JSON before it is applied.
func TestApplyKept(t *testing.T) {
	text, err := json.MarshalIndent(mustPlan(t), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	var kept *remediate.Plan
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	c := newCloud(mainARN, stopped)
	if _, err := trailfix.New(c, c, nil).Apply(t.Context(), kept); err != nil {
		t.Error(err)
	}
}

// TestApplyForeign holds that only a plan of our own is applied, and not once it was changed.
func TestApplyForeign(t *testing.T) {
	const otherARN = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
	replace := func(old, new string) func(*remediate.Plan) {
		return func(p *remediate.Plan) {
			text, err := json.Marshal(p.Steps)
			if err != nil {
				panic(err)
			}
			p.Steps = nil
			if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(old), []byte(new)), &p.Steps); err != nil {
				panic(err)
			}
		}
	}
	tests := []struct {
		reason string
		edit   func(*remediate.Plan)
	}{
		{"another remediator's", func(p *remediate.Plan) { p.Remediator = "other" }},
		{"nobody's", func(p *remediate.Plan) { p.Remediator = "" }},
		{"another account", func(p *remediate.Plan) { p.Account = "111122223333" }},
		{"another Region", func(p *remediate.Plan) { p.Region = "us-east-1" }},
		{"two steps", func(p *remediate.Plan) { p.Steps = append(p.Steps, p.Steps[0]) }},
		{"another action", func(p *remediate.Plan) { p.Steps[0].Action = "cloudtrail:DeleteTrail" }},
		{"the inverse", func(p *remediate.Plan) { p.Steps[0] = *p.Steps[0].Inverse }},
		{"another resource", func(p *remediate.Plan) { p.Steps[0].Resource = mainARN + "2" }},
		{"another account's resource", func(p *remediate.Plan) { p.Steps[0].Resource = otherARN }},
		{"another account's trail, everywhere in the steps", replace(mainARN, otherARN)},
		{"another Region's trail, everywhere in the steps", replace("eu-west-1", "us-east-1")},
		{"not a trail", func(p *remediate.Plan) { p.Steps[0].Resource = "arn:aws:s3:::example-bucket" }},
		{"no resource", func(p *remediate.Plan) { p.Steps[0].Resource = "" }},
		{"called in another Region", func(p *remediate.Plan) { p.Steps[0].Region = "us-east-1" }},
		{"other arguments", func(p *remediate.Plan) { p.Steps[0].Args = json.RawMessage(`{"Name":"` + otherARN + `"}`) }},
		{"more arguments", func(p *remediate.Plan) { p.Steps[0].Args = json.RawMessage(`{"Name":"` + mainARN + `","X":1}`) }},
		{"no arguments", func(p *remediate.Plan) { p.Steps[0].Args = nil }},
		{"broken arguments", func(p *remediate.Plan) { p.Steps[0].Args = json.RawMessage(`{`) }},
		{"another state before", func(p *remediate.Plan) { p.Steps[0].Before = json.RawMessage(`{"isLogging":true}`) }},
		{"more state before", func(p *remediate.Plan) { p.Steps[0].Before = json.RawMessage(`{"isLogging":false,"x":1}`) }},
		{"no state before", func(p *remediate.Plan) { p.Steps[0].Before = nil }},
		{"a time that JSON cannot hold in UTC", func(p *remediate.Plan) {
			p.Steps[0].Before = json.RawMessage(`{"isLogging":false,"stopLoggingTime":"9999-12-31T23:59:59-23:59"}`)
		}},
		{"another state after", func(p *remediate.Plan) { p.Steps[0].After = json.RawMessage(`{"isLogging":false}`) }},
		{"another command", func(p *remediate.Plan) { p.Steps[0].Command = "rm -rf /" }},
		{"no inverse", func(p *remediate.Plan) { p.Steps[0].Inverse = nil }},
		{"another inverse", func(p *remediate.Plan) { p.Steps[0].Inverse.Command = "rm -rf /" }},
	}
	for _, tt := range tests {
		c := newCloud(mainARN, stopped)
		rem := trailfix.New(c, c, nil)
		plan := mustPlan(t)
		tt.edit(plan)
		receipt, err := rem.Apply(t.Context(), plan)
		if err == nil || receipt != nil {
			t.Errorf("%s: receipt %v, error %v, want only an error", tt.reason, receipt, err)
		} else {
			checkText(t, err)
		}
		if err := rem.Verify(t.Context(), plan); err == nil {
			t.Errorf("%s: verified", tt.reason)
		}
		if len(c.calls) > 0 {
			t.Errorf("%s: called %v", tt.reason, c.calls)
		}
	}
}

func TestApplyNothing(t *testing.T) {
	c := newCloud(mainARN, stopped)
	rem := trailfix.New(c, c, nil)
	if receipt, err := rem.Apply(t.Context(), nil); err == nil || receipt != nil {
		t.Errorf("no plan: receipt %v, error %v, want only an error", receipt, err)
	}
	if err := rem.Verify(t.Context(), nil); err == nil {
		t.Error("no plan: verified")
	}
	plan := mustPlan(t)
	if receipt, err := trailfix.New(c, nil, nil).Apply(t.Context(), plan); err == nil || receipt != nil {
		t.Errorf("no Writer: receipt %v, error %v, want only an error", receipt, err)
	}
	plan.Steps = nil
	if receipt, err := rem.Apply(t.Context(), plan); err != nil || receipt == nil || len(receipt.Steps) != 0 {
		t.Errorf("no steps: receipt %v, error %v, want an empty receipt", receipt, err)
	}
	if err := rem.Verify(t.Context(), plan); err != nil {
		t.Errorf("no steps: %v", err)
	}
	if len(c.calls) > 0 {
		t.Errorf("called %v", c.calls)
	}
}

// TestApplyWaits holds that Apply, too, does not believe a status from before the stop.
func TestApplyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(mainARN, stopped)
		old := c.on(stopped.Add(-24 * time.Hour))
		c.lag = append(c.lag, old, old)
		receipt, err := trailfix.New(c, c, nil).Apply(t.Context(), mustPlan(t))
		if err != nil || !receipt.Changed() {
			t.Errorf("receipt %+v, error %v, want logging to be started", receipt, err)
		}
	})
}

// TestApplyWaitsForTheEvent holds that it is the stop of the event that Apply waits to see, even if
// the status that was planned on showed an earlier one or none.
func TestApplyWaitsForTheEvent(t *testing.T) {
	for _, shown := range []*time.Time{nil, aws.Time(stopped.Add(-48 * time.Hour))} {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(mainARN, stopped)
			late := *c.status
			late.StopLoggingTime = shown
			c.lag = append(c.lag, &late, c.on(stopped.Add(-24*time.Hour)))
			rem := trailfix.New(c, c, nil)
			plan, err := rem.Plan(t.Context(), stopLogging("main", stopped))
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := rem.Apply(t.Context(), plan)
			if err != nil || !receipt.Changed() {
				t.Errorf("stop shown as of %v: receipt %+v, error %v, want logging to be started", shown, receipt, err)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	for lag := range 6 {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			c := newCloud(mainARN, stopped)
			for i := range lag {
				late := c.status // from before the start
				if i%2 == 1 {
					late = c.on(stopped.Add(-24 * time.Hour)) // from before the stop
				}
				c.lag = append(c.lag, late)
			}
			c.status = c.on(stopped.Add(time.Minute))
			err := trailfix.New(c, c, nil).Verify(t.Context(), mustPlan(t))
			if (err == nil) != (lag < 5) {
				t.Errorf("status late by %d reads: error %v, want one only after 5", lag, err)
			}
			if err != nil {
				checkText(t, err)
			}
			if got, want := time.Since(begin), time.Duration(min(lag, 4))*2*time.Second; got != want {
				t.Errorf("status late by %d reads: waited %s, want %s", lag, got, want)
			}
		})
	}
}

func TestVerifyStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		c := newCloud(mainARN, stopped)
		err := trailfix.New(c, c, nil).Verify(ctx, mustPlan(t))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 3*time.Second {
			t.Errorf("error %v after %s, want that of the context after 3s", err, time.Since(begin))
		}
	})
}

func TestCancelled(t *testing.T) {
	plan := mustPlan(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := newCloud(mainARN, stopped)
	rem := trailfix.New(c, c, nil)
	_, planErr := rem.Plan(ctx, stopLogging("main", stopped))
	receipt, applyErr := rem.Apply(ctx, plan)
	verifyErr := rem.Verify(ctx, plan)
	for _, err := range []error{planErr, applyErr, verifyErr} {
		if !errors.Is(err, context.Canceled) || errors.Is(err, remediate.ErrTemporary) {
			t.Errorf("error %v, want that of the context and no other", err)
		}
	}
	if receipt.Changed() || slices.ContainsFunc(c.calls, func(made call) bool { return made.Op == "StartLogging" }) {
		t.Errorf("receipt %+v, calls %v, want no write", receipt, c.calls)
	}
}

// TestSpec holds that the permissions which are declared are those which are used.
func TestSpec(t *testing.T) {
	c := newCloud(mainARN, stopped)
	rem := trailfix.New(c, c, nil)
	spec := rem.Spec()
	used := func() []string {
		var actions []string
		for _, made := range c.calls {
			actions = append(actions, made.action())
		}
		c.calls = nil
		slices.Sort(actions)
		return slices.Compact(actions)
	}

	plan, err := rem.Plan(t.Context(), stopLogging("main", stopped))
	if err != nil {
		t.Fatal(err)
	}
	planned := used()
	if _, err := rem.Apply(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	applied := used()
	if err := rem.Verify(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	if reads := slices.Compact(slices.Sorted(slices.Values(append(planned, used()...)))); !slices.Equal(reads, spec.Reads) {
		t.Errorf("Plan and Verify use %v, and the Spec's Reads are %v", reads, spec.Reads)
	}
	writes := slices.DeleteFunc(applied, func(a string) bool { return slices.Contains(spec.Reads, a) })
	if !slices.Equal(writes, spec.Writes) {
		t.Errorf("Apply uses %v besides, and the Spec's Writes are %v", writes, spec.Writes)
	}
	for _, s := range plan.Steps {
		if !slices.Contains(spec.Writes, s.Action) || (s.Inverse != nil) != spec.Reversible {
			t.Errorf("step %s does not agree with the Spec", s.Action)
		}
	}
	if call := stopLogging("main", stopped).Record.Call(); !slices.Equal(spec.Handles, []string{call}) {
		t.Errorf("Handles %v, want %s", spec.Handles, call)
	}

	// Two callers do not share what they are given.
	spec.Writes[0] = "changed"
	if rem.Spec().Writes[0] == "changed" {
		t.Error("Spec returns the same slice twice")
	}
}

// TestEngine holds that an answer brings about no other: the trail is stopped, we start it, and
// the event of that start, recognised as ours or not, leads to nothing.
func TestEngine(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/ops/responder"
	now := time.Now().Truncate(time.Second).UTC()
	c := newCloud(mainARN, now)
	rem := trailfix.New(c, c, nil)
	started := stopLogging(mainARN, now, func(e *event.Event, r *event.Record) {
		e.ID, r.EventID, r.EventName = "e2", "r2", "StartLogging"
		r.UserIdentity = event.UserIdentity{
			Type: event.IdentityAssumedRole,
			ARN:  "arn:aws:sts::123456789012:assumed-role/responder/s",
			SessionContext: &event.SessionContext{
				SessionIssuer: event.SessionIssuer{Type: "Role", ARN: role, AccountID: account, UserName: "responder"},
			},
		}
	})
	for _, self := range []remediate.Self{{RoleARN: role}, {}} {
		c.status = newCloud(mainARN, now).status
		c.calls = nil
		engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, Self: self})
		if res := engine.Run(t.Context(), rem, stopLogging("main", now)); res.Outcome != remediate.Verified {
			t.Fatalf("self %+v: StopLogging: %s: %s", self, res.Outcome, res.Reason)
		}
		before := len(c.calls)
		if res := engine.Run(t.Context(), rem, started); res.Outcome != remediate.NotApplicable {
			t.Errorf("self %+v: StartLogging: %s: %s, want not applicable", self, res.Outcome, res.Reason)
		}
		if len(c.calls) != before {
			t.Errorf("self %+v: StartLogging was answered with %v", self, c.calls[before:])
		}
		if res := engine.Run(t.Context(), rem, stopLogging("main", now)); res.Outcome != remediate.NothingToDo {
			t.Errorf("self %+v: StopLogging, delivered twice: %s: %s, want nothing to do", self, res.Outcome, res.Reason)
		}
	}

	// A stop that we made ourselves, as by hand with our role, is let be.
	byUs := stopLogging("main", now, func(_ *event.Event, r *event.Record) { r.UserIdentity = started.Record.UserIdentity })
	c.calls = nil
	res := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, Self: remediate.Self{RoleARN: role}}).Run(t.Context(), rem, byUs)
	if res.Outcome != remediate.Refused || res.Guard != remediate.GuardSelf || len(c.calls) > 0 {
		t.Errorf("our own StopLogging: %s (guard %s), calls %v", res.Outcome, res.Guard, c.calls)
	}
}

// TestEngineObserves holds that a dry run writes nothing, and that the result says what would be
// done.
func TestEngineObserves(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	c := newCloud(mainARN, now)
	res := remediate.NewEngine(nil).Run(t.Context(), trailfix.New(c, c, nil), stopLogging("main", now))
	if res.Outcome != remediate.Planned || res.Receipt != nil || !strings.Contains(res.Plan.String(), "cloudtrail:StartLogging on") {
		t.Errorf("result %+v", res)
	}
	for _, made := range c.calls {
		if made.Op == "StartLogging" {
			t.Errorf("called %v", made)
		}
	}
}
