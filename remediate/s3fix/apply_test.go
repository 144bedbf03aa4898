package s3fix_test

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

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/s3fix"
)

// opened returns a world with a public policy, and the plan to cut it.
func opened(t *testing.T) (*cloud, *s3fix.Remediator, *remediate.Plan) {
	t.Helper()
	c := newCloud()
	c.policy = publicPolicy
	rem := s3fix.New(c, c, soon)
	plan, err := rem.Plan(t.Context(), finding("PutBucketPolicy", putPolicy))
	if err != nil || len(plan.Steps) != 1 {
		t.Fatalf("plan %v, error %v", plan, err)
	}
	c.calls = nil
	return c, rem, plan
}

func TestApply(t *testing.T) {
	c, rem, plan := opened(t)
	receipt, err := rem.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.PlanDigest != plan.Digest() || receipt.Started.IsZero() || receipt.Finished.Before(receipt.Started) {
		t.Errorf("receipt %+v", receipt)
	}
	if diff := cmp.Diff([]remediate.StepResult{{Step: plan.Steps[0], Status: remediate.StepDone}}, receipt.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if c.policy != cutPolicy {
		t.Errorf("policy %s", c.policy)
	}
	if err := rem.Verify(t.Context(), plan); err != nil {
		t.Error(err)
	}
	wantCalls := []string{
		"GetBucketPolicy eu-west-1 example-bucket 123456789012", "PutBucketPolicy eu-west-1 example-bucket 123456789012",
		"GetBucketPolicy eu-west-1 example-bucket 123456789012",
	}
	if diff := cmp.Diff(wantCalls, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestApplyStale holds that what somebody changed since the plan is let be.
func TestApplyStale(t *testing.T) {
	tests := []struct {
		change func(*cloud)
		reason string
	}{
		{func(c *cloud) { c.policy = strings.Replace(publicPolicy, "Partner", "Other", 1) }, "another statement is changed"},
		{func(c *cloud) { c.policy = "" }, "the policy is deleted"},
		{func(c *cloud) { c.errs["GetBucketPolicy"] = apiError("NoSuchBucket") }, "the bucket is deleted"},
		{func(c *cloud) { c.errs["PutBucketPolicy"] = apiError("NoSuchBucket") }, "the bucket is deleted just now"},
	}
	for _, tt := range tests {
		c, rem, plan := opened(t)
		tt.change(c)
		before := c.policy
		receipt, err := rem.Apply(t.Context(), plan)
		if !errors.Is(err, remediate.ErrStale) || receipt == nil || receipt.Changed() || c.policy != before {
			t.Errorf("receipt %+v, error %v; %s", receipt, err, tt.reason)
		} else {
			checkText(t, err)
		}
	}

	c := newCloud()
	openACL(c)
	rem := s3fix.New(c, c, soon)
	plan, err := rem.Plan(t.Context(), finding("PutBucketAcl", putACL))
	if err != nil {
		t.Fatal(err)
	}
	c.noACLs = true
	if _, err := rem.Apply(t.Context(), plan); !errors.Is(err, remediate.ErrStale) {
		t.Errorf("ACLs were disabled: error %v", err)
	}
}

// TestApplySame holds that white space of a policy and the order of grants do not matter, and
// anything else of them does.
func TestApplySame(t *testing.T) {
	c, rem, plan := opened(t)
	c.policy = strings.ReplaceAll(publicPolicy, "\n", "\r\n\t")
	if receipt, err := rem.Apply(t.Context(), plan); err != nil || !receipt.Changed() {
		t.Errorf("other white space: receipt %+v, error %v", receipt, err)
	}

	c = newCloud()
	openACL(c)
	rem = s3fix.New(c, c, soon)
	plan, err := rem.Plan(t.Context(), finding("PutBucketAcl", putACL))
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(c.grants)
	if receipt, err := rem.Apply(t.Context(), plan); err != nil || !receipt.Changed() {
		t.Errorf("another order: receipt %+v, error %v", receipt, err)
	}
	c.grants = append(c.grants, c.grants[0])
	if err := rem.Verify(t.Context(), plan); err == nil {
		t.Error("a grant twice: verified")
	}
}

// TestApplyKept holds that a plan may be kept as JSON before it is applied.
func TestApplyKept(t *testing.T) {
	c, rem, plan := opened(t)
	text, err := json.MarshalIndent(plan, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	var kept *remediate.Plan
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if _, err := rem.Apply(t.Context(), kept); err != nil || c.policy != cutPolicy {
		t.Errorf("error %v, policy %s", err, c.policy)
	}
}

// TestApplyForeign holds that only a plan of our own is applied, and not once it was changed.
func TestApplyForeign(t *testing.T) {
	replace := func(old, new string) func(*remediate.Plan) {
		return func(p *remediate.Plan) {
			text, err := json.Marshal(p.Steps)
			if err != nil {
				panic(err)
			}
			if !bytes.Contains(text, []byte(old)) {
				panic(old + " is not in " + string(text))
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
		{"another account", func(p *remediate.Plan) { p.Account = "111122223333" }},
		{"another Region", func(p *remediate.Plan) { p.Region = "us-east-1" }},
		{"another account, everywhere in the steps", replace("123456789012", "111122223333")},
		{"another Region, everywhere in the steps", replace("eu-west-1", "us-east-1")},
		{"no bucket's name, everywhere in the steps", replace("example-bucket", "..")},
		{"another action", func(p *remediate.Plan) { p.Steps[0].Action = "s3:DeleteBucket" }},
		{"an action of ours for another setting", func(p *remediate.Plan) { p.Steps[0].Action = "s3:PutBucketAcl" }},
		{"deletes the policy", func(p *remediate.Plan) { p.Steps[0].Action = "s3:DeleteBucketPolicy" }},
		{"another resource", func(p *remediate.Plan) { p.Steps[0].Resource += "2" }},
		{"another partition in one place", func(p *remediate.Plan) { p.Steps[0].Resource = "arn:aws-cn:s3:::example-bucket" }},
		{"other arguments", func(p *remediate.Plan) { p.Steps[0].Args = json.RawMessage(`{}`) }},
		{"broken arguments", func(p *remediate.Plan) { p.Steps[0].Args = json.RawMessage(`{`) }},
		{"no arguments", func(p *remediate.Plan) { p.Steps[0].Args = nil }},
		{"no state before", func(p *remediate.Plan) { p.Steps[0].Before = nil }},
		{"broken state after", func(p *remediate.Plan) { p.Steps[0].After = json.RawMessage(`7`) }},
		{"the same state before and after", func(p *remediate.Plan) { p.Steps[0].Before = p.Steps[0].After }},
		{"a public policy that was not there before", replace("111122223333:root", "444455556666:root")},
		{"a policy that is none", func(p *remediate.Plan) { p.Steps[0].Before = json.RawMessage(`{"document":"x"}`) }},
		{"another command", func(p *remediate.Plan) { p.Steps[0].Command = "rm -rf /" }},
		{"no inverse", func(p *remediate.Plan) { p.Steps[0].Inverse = nil }},
		{"a suggestion", func(p *remediate.Plan) { p.Steps[0].Manual = true }},
	}
	for _, tt := range tests {
		c, rem, plan := opened(t)
		tt.edit(plan)
		receipt, err := rem.Apply(t.Context(), plan)
		if tt.reason == "a public policy that was not there before" {
			// It is as we would make it for that policy, so it is for the state to refuse it.
			if !errors.Is(err, remediate.ErrStale) || c.policy != publicPolicy {
				t.Errorf("%s: error %v", tt.reason, err)
			}
			continue
		}
		if err == nil || receipt != nil || len(c.calls) > 0 {
			t.Errorf("%s: receipt %v, error %v, calls %v; want only an error", tt.reason, receipt, err, c.calls)
		}
		if err := rem.Verify(t.Context(), plan); err == nil {
			t.Errorf("%s: verified", tt.reason)
		}
	}
}

func TestApplyNothing(t *testing.T) {
	c, rem, plan := opened(t)
	if receipt, err := rem.Apply(t.Context(), nil); err == nil || receipt != nil {
		t.Errorf("no plan: receipt %v, error %v, want only an error", receipt, err)
	}
	if err := rem.Verify(t.Context(), nil); err == nil {
		t.Error("no plan: verified")
	}
	if receipt, err := s3fix.New(c, nil, soon).Apply(t.Context(), plan); err == nil || receipt != nil {
		t.Errorf("no Writer: receipt %v, error %v, want only an error", receipt, err)
	}
	plan.Steps = nil
	if receipt, err := rem.Apply(t.Context(), plan); err != nil || receipt == nil || len(receipt.Steps) != 0 {
		t.Errorf("no steps: receipt %v, error %v, want an empty receipt", receipt, err)
	}
	if len(c.calls) > 0 {
		t.Errorf("called %v", c.calls)
	}
}

func TestVerify(t *testing.T) {
	for lag := range 6 {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			c, _, plan := opened(t)
			c.policy = cutPolicy
			for range lag {
				c.lag = append(c.lag, snapshot{policy: publicPolicy})
			}
			err := s3fix.New(c, nil, nil).Verify(t.Context(), plan)
			if (err == nil) != (lag < 5) {
				t.Errorf("late by %d reads: error %v, want one only after 5", lag, err)
			}
			if got, want := time.Since(begin), time.Duration(min(lag, 4))*2*time.Second; got != want {
				t.Errorf("late by %d reads: waited %s, want %s", lag, got, want)
			}
		})
	}
}

// TestUndo holds the way back: to the letter, once, and only from what we left.
func TestUndo(t *testing.T) {
	c, rem, plan := opened(t)
	receipt, err := rem.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	receipt.ID, receipt.RuleID = "r1", "4.8"
	undo, err := rem.Undo(t.Context(), receipt)
	if err != nil || len(undo.Steps) != 1 || undo.Undoes != "r1" || undo.RuleID != "4.8" || undo.Account != account || undo.Region != region {
		t.Fatalf("plan %+v, error %v", undo, err)
	}
	back, forth := undo.Steps[0], *undo.Steps[0].Inverse
	back.Inverse = nil
	want := *plan.Steps[0].Inverse
	if diff := cmp.Diff(want, back); diff != "" {
		t.Errorf("the way back is not the inverse that the plan showed (-want +got):\n%s", diff)
	}
	want = plan.Steps[0]
	want.Inverse = nil
	if diff := cmp.Diff(want, forth); diff != "" {
		t.Errorf("the way back from the way back is not the plan (-want +got):\n%s", diff)
	}

	c.policy = strings.Replace(cutPolicy, "Partner", "Other", 1)
	if _, err := rem.Undo(t.Context(), receipt); !errors.Is(err, remediate.ErrStale) {
		t.Errorf("somebody changed the policy: error %v", err)
	}
	c.policy = cutPolicy
	for range 2 {
		if _, err := rem.Apply(t.Context(), undo); err != nil || c.policy != publicPolicy {
			t.Errorf("error %v, policy %s", err, c.policy)
		}
	}
	undo, err = rem.Undo(t.Context(), receipt)
	if err != nil || len(undo.Steps) > 0 {
		t.Errorf("undone already: plan %v, error %v", undo, err)
	}

	receipt.Steps[0].Status = remediate.StepAlreadyDone
	c.policy = cutPolicy
	if undo, err = rem.Undo(t.Context(), receipt); err != nil || len(undo.Steps) > 0 {
		t.Errorf("what we did not do: plan %v, error %v", undo, err)
	}
	receipt.Steps[0].Status = remediate.StepIntended
	if undo, err = rem.Undo(t.Context(), receipt); err != nil || len(undo.Steps) != 1 {
		t.Errorf("what we may have done: plan %v, error %v", undo, err)
	}
	receipt.Steps[0].Step.Action = "s3:DeleteBucket"
	if _, err = rem.Undo(t.Context(), receipt); err == nil {
		t.Error("what is not ours: no error")
	}
	if _, err = rem.Undo(t.Context(), nil); err == nil {
		t.Error("no receipt: no error")
	}
}

// TestUndoBlock holds that a block that was missing is missing again, and one that had nothing on has
// nothing on.
func TestUndoBlock(t *testing.T) {
	for _, before := range []*types.PublicAccessBlockConfiguration{nil, blockWith(false)} {
		c := newCloud()
		c.block = before
		rem := s3fix.New(c, c, soon)
		plan, err := rem.Plan(t.Context(), finding("DeleteBucketPublicAccessBlock", deleteBlock))
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := rem.Apply(t.Context(), plan)
		if err != nil {
			t.Fatal(err)
		}
		undo, err := rem.Undo(t.Context(), receipt)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rem.Apply(t.Context(), undo); err != nil {
			t.Fatal(err)
		}
		got, want := encoded(c.block), encoded(before)
		if got != want {
			t.Errorf("undone to %s, want %s", got, want)
		}
	}
}

func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestCancelled(t *testing.T) {
	c, rem, plan := opened(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, planErr := rem.Plan(ctx, finding("PutBucketPolicy", putPolicy))
	receipt, applyErr := rem.Apply(ctx, plan)
	verifyErr := rem.Verify(ctx, plan)
	for _, err := range []error{planErr, applyErr, verifyErr} {
		if !errors.Is(err, context.Canceled) || errors.Is(err, remediate.ErrTemporary) {
			t.Errorf("error %v, want that of the context and no other", err)
		}
	}
	if receipt.Changed() || strings.Contains(c.ops(), "Put") {
		t.Errorf("receipt %+v, calls %v, want no write", receipt, c.calls)
	}
}

// TestEngine holds that an engine carries out what people asked for and leaves the account to them,
// and that the event of what it did, recognised as its own or not, leads to nothing.
func TestEngine(t *testing.T) {
	now := func(e *event.Event, r *event.Record) { e.Time = time.Now(); r.EventTime = time.Now() }
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, MaxRisk: remediate.Medium})
	c, rem, _ := opened(t)
	if res := engine.Run(t.Context(), rem, finding("PutBucketPolicy", putPolicy, now)); res.Outcome != remediate.Verified || c.policy != cutPolicy {
		t.Errorf("PutBucketPolicy: %s: %s", res.Outcome, res.Reason)
	}
	ours := finding("PutBucketPolicy", `{"bucketName":"example-bucket","bucketPolicy":`+cutPolicy+`}`, now,
		func(_ *event.Event, r *event.Record) { r.EventID = "33333333-3333-3333-3333-333333333333" })
	if res := engine.Run(t.Context(), rem, ours); res.Outcome != remediate.NothingToDo {
		t.Errorf("our own PutBucketPolicy: %s: %s", res.Outcome, res.Reason)
	}
	account := finding("DeleteAccountPublicAccessBlock", `{}`, now, func(_ *event.Event, r *event.Record) { r.EventID = "4" })
	if res := engine.Run(t.Context(), rem, account); res.Outcome != remediate.Suggested {
		t.Errorf("DeleteAccountPublicAccessBlock: %s: %s", res.Outcome, res.Reason)
	}
}
