package configfix_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/configfix"
)

// mustPlan returns a cloud whose recorder is stopped and whose channel is gone, a remediator for it,
// and the plan of both steps.
func mustPlan(t *testing.T) (*cloud, *configfix.Remediator, *remediate.Plan) {
	t.Helper()
	c := newCloud()
	c.channel = nil
	history := past{records: []*event.Record{record(putChannel, putParams, long)}}
	rem := configfix.New(c, c, &configfix.Options{History: history, Reverter: c, Interval: time.Millisecond})
	plan, err := rem.Plan(t.Context(), finding("DeleteDeliveryChannel", deleteParams))
	if err != nil || outline(plan) != putChannel+" "+start {
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
	want := []string{
		"DescribeDeliveryChannels eu-west-1", "PutDeliveryChannel eu-west-1",
		"DescribeConfigurationRecorderStatus eu-west-1", "StartConfigurationRecorder eu-west-1",
	}
	if diff := cmp.Diff(want, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if !c.status.Recording || aws.ToString(c.channel.S3BucketName) != "logs" || aws.ToString(c.channel.SnsTopicARN) == "" || c.channel.S3KeyPrefix != nil {
		t.Errorf("recording %t to %+v", c.status.Recording, c.channel)
	}
	if err := rem.Verify(t.Context(), plan); err != nil {
		t.Error(err)
	}

	// Once more: nothing is left to do.
	c.calls = nil
	if receipt, err := rem.Apply(t.Context(), plan); err != nil || statuses(receipt) != "already done, already done" || len(c.writes()) > 0 {
		t.Errorf("again: receipt %+v, error %v, writes %q", receipt, err, c.writes())
	}
	if plan, err := rem.Plan(t.Context(), finding("DeleteDeliveryChannel", deleteParams)); err != nil || len(plan.Steps) > 0 {
		t.Errorf("planned again: %v, %v, want no steps", plan, err)
	}
}

// TestApplyNothing holds that a plan without steps makes no call.
func TestApplyNothing(t *testing.T) {
	c := newCloud()
	plan := remediate.NewPlan("configfix", finding("StopConfigurationRecorder", stopParams))
	if receipt, err := configfix.New(c, c, nil).Apply(t.Context(), plan); err != nil || len(receipt.Steps) > 0 || len(c.calls) > 0 {
		t.Errorf("receipt %+v, error %v, calls %q", receipt, err, c.calls)
	}
}

// TestApplyStates holds what Apply does when the state is another than it was.
func TestApplyStates(t *testing.T) {
	tests := []struct {
		reason string
		edit   func(*cloud)
		want   string // the steps' statuses
		stale  bool
		writes int
	}{
		{"as planned", func(*cloud) {}, "done, done", false, 2},
		{"the same channel was put by somebody", func(c *cloud) { c.channel = newCloud().channel }, "already done, done", false, 1},
		{"another channel was put by somebody", func(c *cloud) {
			c.channel = &types.DeliveryChannel{Name: aws.String("default"), S3BucketName: aws.String("other")}
		}, "failed", true, 0},
		{"all was done by somebody", func(c *cloud) { c.channel, c.status = newCloud().channel, recording(at.Add(time.Minute)) }, "already done, already done", false, 0},
		{"the recorder was deleted", func(c *cloud) { c.recorder = nil }, "done, failed", true, 1},
	}
	for _, tt := range tests {
		c, rem, plan := mustPlan(t)
		tt.edit(c)
		receipt, err := rem.Apply(t.Context(), plan)
		if statuses(receipt) != tt.want || errors.Is(err, remediate.ErrStale) != tt.stale || (err != nil) != tt.stale || len(c.writes()) != tt.writes {
			t.Errorf("%s: %s, error %v, writes %q; want %s", tt.reason, statuses(receipt), err, c.writes(), tt.want)
		}
	}
}

// TestApplyLag holds that the start waits for the channel to be there.
func TestApplyLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, plan := mustPlan(t)
		c.gone = 2
		begin := time.Now()
		receipt, err := configfix.New(c, c, nil).Apply(t.Context(), plan)
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
		stale  bool
	}{
		{"we may not", apiError("AccessDeniedException"), remediate.ErrDenied, false},
		{"throttled", apiError("ThrottlingException"), remediate.ErrTemporary, false},
		{"the connection broke", io.ErrUnexpectedEOF, remediate.ErrTemporary, false},
		{"the recorder is gone", &types.NoSuchConfigurationRecorderException{}, remediate.ErrNotFound, true},
		{"a service is linked to the recorder", &types.UnmodifiableEntityException{}, nil, false},
		{"the bucket is gone", &types.NoSuchBucketException{}, nil, false},
		{"the bucket does not let AWS Config write", &types.InsufficientDeliveryPolicyException{}, nil, false},
		{"there is a channel, after all", &types.MaxNumberOfDeliveryChannelsExceededException{}, nil, true},
		{"there is no channel, after all", &types.NoAvailableDeliveryChannelException{}, nil, true},
	}
	for _, tt := range tests {
		for op, want := range map[string]string{
			"DescribeConfigurationRecorderStatus": "done, failed", "PutDeliveryChannel": "failed", "StartConfigurationRecorder": "done, failed",
		} {
			c, rem, plan := mustPlan(t)
			c.errs[op] = tt.err
			receipt, err := rem.Apply(t.Context(), plan)
			if !errors.Is(err, tt.err) {
				t.Fatalf("%s, %s: error %v", op, tt.reason, err)
			}
			checkText(t, err)
			for _, s := range sentinels {
				if errors.Is(err, s) != (s == tt.is) {
					t.Errorf("%s, %s: errors.Is(%v, %v) = %t", op, tt.reason, err, s, s != tt.is)
				}
			}
			if read := strings.HasPrefix(op, "Describe"); errors.Is(err, remediate.ErrStale) != (tt.stale && (!read || tt.is != nil)) {
				t.Errorf("%s, %s: error %v, want ErrStale: %t", op, tt.reason, err, tt.stale)
			}
			if statuses(receipt) != want || receipt.Steps[len(receipt.Steps)-1].Error != err.Error() || !strings.Contains(err.Error(), "config:"+op) {
				t.Errorf("%s, %s: receipt %+v, error %v, want %s", op, tt.reason, receipt, err, want)
			}
		}
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
		{"another account's recorder", everywhere(account, "111122223333")},
		{"three steps", func(p *remediate.Plan) { p.Steps = append(p.Steps, p.Steps[1]) }},
		{"another action", func(p *remediate.Plan) { p.Steps[1].Action = "config:DeleteConfigRule" }},
		{"a call in another Region", func(p *remediate.Plan) { p.Steps[1].Region = "us-east-1" }},
		{"another bucket in the arguments", func(p *remediate.Plan) {
			p.Steps[0].Args = bytes.ReplaceAll(p.Steps[0].Args, []byte("logs"), []byte("evil"))
		}},
		{"a bucket that there cannot be", everywhere("logs", "-x-")},
		{"no bucket", func(p *remediate.Plan) { p.Steps[0].After = json.RawMessage(`{"DeliveryChannel":{"name":"default"}}`) }},
		{"no channel", func(p *remediate.Plan) { p.Steps[0].After = p.Steps[0].Before }},
		{"no state", func(p *remediate.Plan) { p.Steps[1].Before = nil }},
		{"a time that JSON cannot hold in UTC", func(p *remediate.Plan) {
			p.Steps[1].Before = json.RawMessage(`{"recording":false,"lastStopTime":"9999-12-31T23:59:59-23:59"}`)
		}},
		{"another command", func(p *remediate.Plan) { p.Steps[0].Command = "rm -rf /" }},
		{"no inverse", func(p *remediate.Plan) { p.Steps[0].Inverse = nil }},
		{"an inverse that is not for people", func(p *remediate.Plan) {
			p.Steps = []remediate.Step{*p.Steps[1].Inverse}
			p.Steps[0].Manual = false
		}},
		{"not a recorder", func(p *remediate.Plan) { p.Steps[1].Resource = "arn:aws:s3:::bucket" }},
		{"a channel where a recorder should be", func(p *remediate.Plan) { p.Steps[1].Resource = channelARN }},
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
	c, _, plan := mustPlan(t)
	if _, err := configfix.New(c, nil, nil).Apply(t.Context(), plan); err == nil || len(c.calls) > 0 {
		t.Errorf("without a Writer: error %v, calls %q", err, c.calls)
	}
	if _, err := configfix.New(c, c, nil).Apply(t.Context(), nil); err == nil {
		t.Error("no plan: no error")
	}
}

// TestApplyKept holds that a plan may be kept as JSON before it is applied.
func TestApplyKept(t *testing.T) {
	_, rem, plan := mustPlan(t)
	text, err := json.MarshalIndent(plan, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	var kept *remediate.Plan
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if _, err := rem.Apply(t.Context(), kept); err != nil {
		t.Error(err)
	}
}

// TestVerify holds that a state that is not the promised one is not verified.
func TestVerify(t *testing.T) {
	for reason, edit := range map[string]func(*cloud){
		"the recorder is stopped": func(c *cloud) { c.status.Recording = false },
		"it was started before":   func(c *cloud) { c.status = recording(at.Add(-time.Minute)) },
		"the channel is gone":     func(c *cloud) { c.channel = nil },
		"we may not look":         func(c *cloud) { c.errs["DescribeDeliveryChannels"] = apiError("AccessDeniedException") },
	} {
		c, rem, plan := mustPlan(t)
		if _, err := rem.Apply(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
		edit(c)
		if err := rem.Verify(t.Context(), plan); err == nil {
			t.Errorf("%s: verified", reason)
		}
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
	if err != nil || outline(back) != "(StopConfigurationRecorder) (DeleteDeliveryChannel)" {
		t.Fatalf("plan %v, error %v", back, err)
	}
	if _, err := configfix.New(c, c, nil).Apply(t.Context(), back); err == nil || !c.status.Recording {
		t.Errorf("without a Reverter: error %v, recording %t", err, c.status.Recording)
	}
	if receipt, err := rem.Apply(t.Context(), back); err != nil || statuses(receipt) != "done, done" || c.status.Recording || c.channel != nil {
		t.Errorf("receipt %+v, error %v, recording %t to %v", receipt, err, c.status.Recording, c.channel)
	}
}

// TestUndoGuards holds when there is no way back.
func TestUndoGuards(t *testing.T) {
	c, rem, plan := mustPlan(t)
	c.errs[start] = apiError("AccessDeniedException")
	receipt, _ := rem.Apply(t.Context(), plan)
	if back, err := rem.Undo(t.Context(), receipt); err != nil || outline(back) != "(DeleteDeliveryChannel)" {
		t.Errorf("after one step: plan %v, error %v", back, err)
	}
	c.channel = &types.DeliveryChannel{Name: aws.String("default"), S3BucketName: aws.String("other")}
	if back, err := rem.Undo(t.Context(), receipt); !errors.Is(err, remediate.ErrStale) {
		t.Errorf("somebody changed it since: plan %v, error %v, want ErrStale", back, err)
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
	if _, err := rem.Plan(t.Context(), finding("DeleteDeliveryChannel", deleteParams)); err != nil {
		t.Fatal(err)
	}
	receipt, err := rem.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	back, err := rem.Undo(t.Context(), receipt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rem.Apply(t.Context(), back); err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, call := range c.calls {
		op, _, _ := strings.Cut(call, " ")
		made = append(made, "config:"+op)
	}
	slices.Sort(made)
	spec := rem.Spec()
	declared := slices.Sorted(slices.Values(append(slices.Clone(spec.Reads), spec.Writes...)))
	if diff := cmp.Diff(declared, slices.Compact(made)); diff != "" {
		t.Errorf("actions (-declared +called):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"config:PutDeliveryChannel", "config:StartConfigurationRecorder"}, configfix.New(c, c, nil).Spec().Writes); diff != "" {
		t.Errorf("writes without a Reverter (-want +got):\n%s", diff)
	}
}
