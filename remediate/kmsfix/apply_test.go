package kmsfix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/kmsfix"
)

// both are options under which both halves are planned and can be taken back.
func both(c *cloud) *kmsfix.Options {
	return &kmsfix.Options{
		History: past{records: []*event.Record{record("EnableKey", time.Hour)}}, Reverter: c, Interval: time.Millisecond,
	}
}

// mustPlan returns a cloud with a key to be deleted, a remediator for it, and the plan of both halves.
func mustPlan(t *testing.T) (*cloud, *kmsfix.Remediator, *remediate.Plan) {
	t.Helper()
	c := newCloud(pending)
	rem := kmsfix.New(c, c, both(c))
	plan, err := rem.Plan(t.Context(), scheduled())
	if err != nil || outline(plan) != "CancelKeyDeletion EnableKey" {
		t.Fatalf("plan %v, error %v", plan, err)
	}
	c.calls = nil
	return c, rem, plan
}

// statuses returns what became of a receipt's steps.
func statuses(r *remediate.Receipt) string {
	var words []string
	for _, s := range r.Steps {
		words = append(words, s.Status.String())
	}
	return strings.Join(words, ", ")
}

func TestApply(t *testing.T) {
	c, rem, plan := mustPlan(t)
	receipt, err := rem.Apply(t.Context(), plan)
	if err != nil || statuses(receipt) != "done, done" || receipt.PlanDigest != plan.Digest() || receipt.Finished.Before(receipt.Started) {
		t.Fatalf("receipt %+v, error %v", receipt, err)
	}
	want := []string{"DescribeKey", "CancelKeyDeletion", "DescribeKey", "EnableKey"}
	if diff := cmp.Diff(want, c.ops()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if c.meta.KeyState != enabled {
		t.Errorf("the key is %s", c.meta.KeyState)
	}
	if err := rem.Verify(t.Context(), plan); err != nil {
		t.Error(err)
	}

	// Once more: nothing is left to do.
	c.calls = nil
	if receipt, err := rem.Apply(t.Context(), plan); err != nil || statuses(receipt) != "already done, already done" || len(c.writes()) > 0 {
		t.Errorf("again: receipt %+v, error %v, writes %q", receipt, err, c.writes())
	}
	if plan, err := rem.Plan(t.Context(), scheduled()); err != nil || len(plan.Steps) > 0 || !strings.Contains(plan.Summary, "was cancelled, and it is enabled") {
		t.Errorf("planned again: %v, %v, want no steps", plan, err)
	}
}

// TestApplyNothing holds that a plan without steps makes no call.
func TestApplyNothing(t *testing.T) {
	c := newCloud(enabled)
	plan := remediate.NewPlan("kmsfix", scheduled())
	if receipt, err := kmsfix.New(c, c, nil).Apply(t.Context(), plan); err != nil || len(receipt.Steps) > 0 || len(c.calls) > 0 {
		t.Errorf("receipt %+v, error %v, calls %q", receipt, err, c.calls)
	}
}

// TestApplyStates holds what Apply does when the key is in another state than it was.
func TestApplyStates(t *testing.T) {
	tests := []struct {
		reason string
		state  types.KeyState
		want   string // the steps' statuses
		left   types.KeyState
		stale  bool
	}{
		{"as planned", pending, "done, done", enabled, false},
		{"it waits for replicas now", replicas, "done, done", enabled, false},
		{"cancelled by somebody", disabled, "already done, done", enabled, false},
		{"all done by somebody", enabled, "already done, already done", enabled, false},
		{"its key store was disconnected", types.KeyStateUnavailable, "failed", types.KeyStateUnavailable, true},
	}
	for _, tt := range tests {
		c, rem, plan := mustPlan(t)
		c.meta.KeyState = tt.state
		receipt, err := rem.Apply(t.Context(), plan)
		if statuses(receipt) != tt.want || errors.Is(err, remediate.ErrStale) != tt.stale || (err != nil) != tt.stale || c.meta.KeyState != tt.left {
			t.Errorf("%s: %s, error %v, key %s; want %s and %s", tt.reason, statuses(receipt), err, c.meta.KeyState, tt.want, tt.left)
		}
		if tt.stale && len(c.writes()) > 0 {
			t.Errorf("%s: wrote %q", tt.reason, c.writes())
		}
	}
}

// TestApplyLag holds that the second half waits for the first to show, and does not give up on the
// key before.
func TestApplyLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, plan := mustPlan(t)
		c.lag = []types.KeyState{pending, pending, pending}
		rem := kmsfix.New(c, c, nil)
		begin := time.Now()
		receipt, err := rem.Apply(t.Context(), plan)
		if err != nil || statuses(receipt) != "done, done" || time.Since(begin) != 4*time.Second {
			t.Errorf("receipt %+v, error %v after %s", receipt, err, time.Since(begin))
		}
	})
}

// TestCallErrors holds that what a call fails with is told for what it is, and that the receipt has
// exactly the steps that were reached.
func TestCallErrors(t *testing.T) {
	sentinels := []error{remediate.ErrNotFound, remediate.ErrTemporary, remediate.ErrDenied}
	tests := []struct {
		reason string
		err    error
		is     error // nil: no sentinel
	}{
		{"the key's policy keeps us out", apiError("AccessDeniedException"), remediate.ErrDenied},
		{"throttled", apiError("ThrottlingException"), remediate.ErrTemporary},
		{"a quota, which no waiting lifts", &types.LimitExceededException{}, nil},
		{"the key is gone", &types.NotFoundException{}, remediate.ErrNotFound},
		{"a fault of KMS", &types.KMSInternalException{}, remediate.ErrTemporary},
		{"a time-out behind KMS", &types.DependencyTimeoutException{}, remediate.ErrTemporary},
		{"somebody else is changing it", &types.ConflictException{}, remediate.ErrTemporary},
		{"the connection broke", io.ErrUnexpectedEOF, remediate.ErrTemporary},
	}
	for _, tt := range tests {
		for op, want := range map[string]string{"DescribeKey": "failed", "CancelKeyDeletion": "failed", "EnableKey": "done, failed"} {
			c, rem, plan := mustPlan(t)
			c.errs[op] = tt.err
			receipt, err := rem.Apply(t.Context(), plan)
			if err == nil {
				t.Fatalf("%s, %s: no error", op, tt.reason)
			}
			checkText(t, err)
			for _, s := range sentinels {
				if errors.Is(err, s) != (s == tt.is) {
					t.Errorf("%s, %s: errors.Is(%v, %v) = %t", op, tt.reason, err, s, s != tt.is)
				}
			}
			if errors.Is(err, remediate.ErrStale) != (tt.is == remediate.ErrNotFound) || !strings.Contains(err.Error(), "kms:"+op+` on "`+keyARN) {
				t.Errorf("%s, %s: error %v", op, tt.reason, err)
			}
			if statuses(receipt) != want || receipt.Steps[len(receipt.Steps)-1].Error != err.Error() {
				t.Errorf("%s, %s: receipt %+v, want %s", op, tt.reason, receipt, want)
			}
			if op == "DescribeKey" {
				if _, err := rem.Plan(t.Context(), scheduled()); !errors.Is(err, tt.err) {
					t.Errorf("%s, %s: Plan: %v", op, tt.reason, err)
				}
				if err := rem.Verify(t.Context(), plan); !errors.Is(err, tt.err) {
					t.Errorf("%s, %s: Verify: %v", op, tt.reason, err)
				}
			}
		}
	}
}

// TestApplyInvalidState holds that KMS's word counts more than what it showed.
func TestApplyInvalidState(t *testing.T) {
	c, rem, plan := mustPlan(t)
	c.errs["CancelKeyDeletion"] = &types.KMSInvalidStateException{}
	receipt, err := rem.Apply(t.Context(), plan)
	if !errors.Is(err, remediate.ErrStale) || statuses(receipt) != "failed" || c.meta.KeyState != pending {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
}

// TestApplyForeign holds that only a plan of our own is applied, and not once it was changed.
func TestApplyForeign(t *testing.T) {
	everywhere := func(old, new string) func(*remediate.Plan) {
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
		{"another account", func(p *remediate.Plan) { p.Account = "111122223333" }},
		{"another Region", func(p *remediate.Plan) { p.Region = "us-east-1" }},
		{"another account's key", everywhere(account, "111122223333")},
		{"two keys", func(p *remediate.Plan) {
			other := *p
			everywhere("0a1b", "ffff")(&other)
			p.Steps[1] = other.Steps[1]
		}},
		{"three steps", func(p *remediate.Plan) { p.Steps = append(p.Steps, p.Steps[1]) }},
		{"another action", func(p *remediate.Plan) { p.Steps[1].Action = "kms:CreateGrant" }},
		{"another call in the Region", func(p *remediate.Plan) { p.Steps[1].Region = "us-east-1" }},
		{"other arguments", func(p *remediate.Plan) { p.Steps[1].Args = json.RawMessage(`{"KeyId":"other"}`) }},
		{"another state before", func(p *remediate.Plan) { p.Steps[0].Before = json.RawMessage(`{"keyState":"Enabled"}`) }},
		{"no state before", func(p *remediate.Plan) { p.Steps[0].Before = nil }},
		{"another command", func(p *remediate.Plan) { p.Steps[0].Command = "rm -rf /" }},
		{"no inverse", func(p *remediate.Plan) { p.Steps[0].Inverse = nil }},
		{"not a key", func(p *remediate.Plan) { p.Steps[0].Resource = "arn:aws:s3:::bucket" }},
		{"an inverse that is not for people", func(p *remediate.Plan) {
			p.Steps = []remediate.Step{*p.Steps[0].Inverse}
			p.Steps[0].Manual = false
		}},
		{"a deletion sooner than KMS takes", func(p *remediate.Plan) {
			everywhere(`"PendingWindowInDays":7`, `"PendingWindowInDays":1`)(p)
			everywhere(`"pendingWindowInDays":7`, `"pendingWindowInDays":1`)(p)
			everywhere(`in-days 7`, `in-days 1`)(p)
			p.Steps = []remediate.Step{*p.Steps[0].Inverse}
		}},
	}
	for _, tt := range tests {
		c, rem, plan := mustPlan(t)
		tt.edit(plan)
		receipt, err := rem.Apply(t.Context(), plan)
		if err == nil || receipt != nil || len(c.calls) > 0 {
			t.Errorf("%s: receipt %v, error %v, calls %q; want only an error", tt.reason, receipt, err, c.calls)
		}
		if err := rem.Verify(t.Context(), plan); err == nil {
			t.Errorf("%s: verified", tt.reason)
		}
	}
	c := newCloud(pending)
	if _, err := kmsfix.New(c, c, nil).Apply(t.Context(), nil); err == nil {
		t.Error("no plan: no error")
	}
	_, _, plan := mustPlan(t)
	if _, err := kmsfix.New(c, nil, nil).Apply(t.Context(), plan); err == nil || len(c.calls) > 0 {
		t.Errorf("without a Writer: error %v, calls %q", err, c.calls)
	}
}

// TestApplyKept holds that a plan may be kept as JSON, and that its automatic part alone may be applied.
func TestApplyKept(t *testing.T) {
	c := newCloud(pending)
	rem := kmsfix.New(c, c, nil)
	plan, err := rem.Plan(t.Context(), scheduled())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(plan.Automatic(), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	var kept *remediate.Plan
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	receipt, err := rem.Apply(t.Context(), kept)
	if err != nil || statuses(receipt) != "done" || c.meta.KeyState != disabled {
		t.Errorf("receipt %+v, error %v, key %s", receipt, err, c.meta.KeyState)
	}
	if err := rem.Verify(t.Context(), kept); err != nil {
		t.Error(err)
	}
	c.meta.KeyState = pending
	if err := kmsfix.New(c, nil, &kmsfix.Options{Interval: 1}).Verify(t.Context(), kept); err == nil {
		t.Error("a key that is to be deleted was verified")
	}
}

// TestUndo holds that the way back leads to the state before, and is for people.
func TestUndo(t *testing.T) {
	c, rem, plan := mustPlan(t)
	receipt, err := rem.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	back, err := rem.Undo(t.Context(), receipt)
	if err != nil || outline(back) != "(DisableKey) (ScheduleKeyDeletion)" {
		t.Fatalf("plan %v, error %v", back, err)
	}
	if len(back.Automatic().Steps) > 0 {
		t.Error("a step is automatic")
	}
	if _, err := kmsfix.New(c, c, nil).Apply(t.Context(), back); err == nil || c.meta.KeyState != enabled {
		t.Errorf("without a Reverter: error %v, key %s", err, c.meta.KeyState)
	}
	if receipt, err := rem.Apply(t.Context(), back); err != nil || statuses(receipt) != "done, done" || c.meta.KeyState != pending {
		t.Errorf("receipt %+v, error %v, key %s", receipt, err, c.meta.KeyState)
	}
}

// TestUndoGuards holds when there is no way back.
func TestUndoGuards(t *testing.T) {
	c, rem, plan := mustPlan(t)
	c.errs["EnableKey"] = apiError("AccessDeniedException")
	receipt, _ := rem.Apply(t.Context(), plan)
	if back, err := rem.Undo(t.Context(), receipt); err != nil || outline(back) != "(ScheduleKeyDeletion)" {
		t.Errorf("after one half: plan %v, error %v", back, err)
	}
	c.meta.KeyState = enabled
	if back, err := rem.Undo(t.Context(), receipt); !errors.Is(err, remediate.ErrStale) {
		t.Errorf("somebody enabled it since: plan %v, error %v, want ErrStale", back, err)
	}
	c.errs["DescribeKey"] = &types.NotFoundException{Message: aws.String("gone")}
	if _, err := rem.Undo(t.Context(), receipt); !errors.Is(err, remediate.ErrStale) {
		t.Errorf("the key is gone: error %v, want ErrStale", err)
	}
	if back, err := rem.Undo(t.Context(), &remediate.Receipt{}); err != nil || len(back.Steps) > 0 {
		t.Errorf("nothing was done: plan %v, error %v", back, err)
	}
	if _, err := rem.Undo(t.Context(), nil); err == nil {
		t.Error("no receipt: no error")
	}
	receipt.Steps[0].Step.Resource = "arn:aws:s3:::bucket"
	if _, err := rem.Undo(t.Context(), receipt); err == nil {
		t.Error("a receipt that was changed: no error")
	}
}

// TestSpec holds that the declared actions are those of the calls that can be made, and no others.
func TestSpec(t *testing.T) {
	c, rem, plan := mustPlan(t)
	ctx := context.Background()
	receipt, err := rem.Apply(ctx, plan)
	if err != nil {
		t.Fatal(err)
	}
	back, err := rem.Undo(ctx, receipt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rem.Apply(ctx, back); err != nil {
		t.Fatal(err)
	}
	c.policy = `{}`
	if _, err := rem.Plan(ctx, finding("PutKeyPolicy", `{}`)); err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, op := range c.ops() {
		made = append(made, "kms:"+op)
	}
	slices.Sort(made)
	spec := rem.Spec()
	declared := slices.Sorted(slices.Values(append(slices.Clone(spec.Reads), spec.Writes...)))
	if diff := cmp.Diff(declared, slices.Compact(made)); diff != "" {
		t.Errorf("actions (-declared +called):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"kms:CancelKeyDeletion", "kms:EnableKey"}, kmsfix.New(c, c, nil).Spec().Writes); diff != "" {
		t.Errorf("writes without a Reverter (-want +got):\n%s", diff)
	}
}
