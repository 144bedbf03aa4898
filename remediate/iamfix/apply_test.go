package iamfix_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/iamfix"
)

// adminPlan returns a cloud in which alice is an administrator, and the plan to change that.
func adminPlan(t *testing.T) (*cloud, remediate.Remediator, *remediate.Plan) {
	c := newCloud()
	c.Holders["user/alice"].Attached = []string{admin}
	r := remediators(c)["attach"]
	return c, r, made(r.Plan(t.Context(), attachTo("alice", admin)))
}

// A plan is kept and comes back; what was changed on the way must not be carried out.
func TestApplyChanged(t *testing.T) {
	for _, row := range []struct {
		why, old, new string
		times         int // -1: wherever it stands
	}{
		{"another user", "user/team/alice", "user/team/mallory", -1},
		{"another policy", "policy/AdministratorAccess", "policy/AWSCompromisedKeyQuarantineV2", -1},
		{"to attach, for which there is no Reverter", `"iam:DetachUserPolicy"`, `"iam:AttachUserPolicy"`, 1},
		{"an action of another kind", `"iam:DetachUserPolicy"`, `"iam:DetachRolePolicy"`, -1},
		{"an action of another remediator", `"iam:DetachUserPolicy"`, `"iam:DeleteLoginProfile"`, 1},
		{"what people are told to run", "--user-name=alice", "--user-name=bob", -1},
		{"an account", "123456789012", "999988887777", 1},
		{"a suggestion", `"command":`, `"manual":true,"command":`, 1},
	} {
		c, r, p := adminPlan(t)
		text, _ := json.Marshal(p)
		changed := bytes.Replace(text, []byte(row.old), []byte(row.new), row.times)
		var kept remediate.Plan
		if err := json.Unmarshal(changed, &kept); err != nil || bytes.Equal(text, changed) {
			t.Fatalf("%s: %v", row.why, err)
		}
		if _, err := r.Apply(t.Context(), &kept); err == nil {
			t.Errorf("%s: no error", row.why)
		}
		if w := c.writes(); len(w) > 0 {
			t.Errorf("%s: it called %q", row.why, w)
		}
	}
}

// The policy may be gone between our look and our call.
func TestDetachedMeanwhile(t *testing.T) {
	c, r, p := adminPlan(t)
	c.hook(func(action string) error {
		if action == "iam:DetachUserPolicy" {
			c.Holders["user/alice"].Attached = nil
		}
		return nil
	})
	receipt, err := r.Apply(t.Context(), p)
	if err != nil || receipt.Steps[0].Status != remediate.StepAlreadyDone {
		t.Errorf("%v, %+v", err, receipt)
	}
}

// A login profile cannot be deleted for about a minute after it was made.
func TestDeleteLoginProfileTooEarly(t *testing.T) {
	for _, row := range []struct {
		failures int
		want     error
	}{{2, nil}, {100, remediate.ErrTemporary}} {
		c := newCloud()
		c.Holders["user/alice"].Login = at
		r := remediators(c)["login"]
		p := made(r.Plan(t.Context(), finding("CreateLoginProfile", `{"userName":"alice"}`, `null`)))
		calls := 0
		c.hook(func(action string) error {
			if action == "iam:DeleteLoginProfile" {
				if calls++; calls <= row.failures {
					return &types.EntityTemporarilyUnmodifiableException{Message: aws.String("try later")}
				}
			}
			return nil
		})
		if _, err := r.Apply(t.Context(), p); !errors.Is(err, row.want) {
			t.Errorf("%d failures: %v, want %v", row.failures, err, row.want)
		}
		if gone := c.Holders["user/alice"].Login.IsZero(); gone != (row.want == nil) {
			t.Errorf("%d failures: the password is gone: %t", row.failures, gone)
		}
	}
}

// Without a Reverter, nobody but people gives back what was taken.
func TestUndoWithoutReverter(t *testing.T) {
	c, r, p := adminPlan(t)
	receipt := made(r.Apply(t.Context(), p))
	back := made(r.(remediate.Undoer).Undo(t.Context(), receipt))
	if len(back.Steps) != 1 || !back.Steps[0].Manual || back.Steps[0].Action != "iam:AttachUserPolicy" {
		t.Errorf("the way back is %s", back)
	}
	if _, err := r.Apply(t.Context(), back); err == nil {
		t.Error("a suggestion was applied")
	}
	if len(c.Holders["user/alice"].Attached) > 0 {
		t.Error("the policy is attached again")
	}
	for _, a := range r.Spec().Writes {
		if strings.HasPrefix(a, "iam:Attach") || strings.HasPrefix(a, "iam:Put") {
			t.Errorf("it asks for %s", a)
		}
	}
}

// What somebody changed since is his, and not for us to undo.
func TestUndoStale(t *testing.T) {
	c, r, p := adminPlan(t)
	receipt := made(r.Apply(t.Context(), p))
	c.Holders["user/alice"].Attached = []string{admin}
	if back, err := r.(remediate.Undoer).Undo(t.Context(), receipt); !errors.Is(err, remediate.ErrStale) {
		t.Errorf("the way back is %v, the error %v", back, err)
	}
}

// Made without a Writer, a remediator plans.
func TestWithoutWriter(t *testing.T) {
	c := newCloud()
	c.Holders["user/alice"].Keys[key] = "Active"
	r := made(iamfix.NewAccessKey(c, nil, &soon))
	p := made(r.Plan(t.Context(), keyMade("alice")))
	if _, err := r.Apply(t.Context(), p); err == nil || c.Holders["user/alice"].Keys[key] != "Active" {
		t.Errorf("the error is %v", err)
	}
}

// What is protected stays so when a plan was made by one who did not know, and on the way back.
func TestApplyProtected(t *testing.T) {
	c, r, p := adminPlan(t)
	knows := made(iamfix.NewAttachment(c, c, &iamfix.AttachmentOptions{Options: iamfix.Options{
		Protected: []string{p.Steps[0].Resource},
	}}))
	var refusal *remediate.Refusal
	if _, err := knows.Apply(t.Context(), p); !errors.As(err, &refusal) || refusal.Guard != iamfix.GuardProtected {
		t.Errorf("Apply: %v", err)
	}
	if w := c.writes(); len(w) > 0 {
		t.Errorf("it called %q", w)
	}
	receipt := made(r.Apply(t.Context(), p))
	if _, err := knows.Undo(t.Context(), receipt); !errors.As(err, &refusal) {
		t.Errorf("Undo: %v", err)
	}
}

// What a call is refused for is told.
func TestDenied(t *testing.T) {
	c, r, p := adminPlan(t)
	c.hook(func(action string) error {
		if action == "iam:DetachUserPolicy" {
			return apiError("AccessDenied")
		}
		return nil
	})
	receipt, err := r.Apply(t.Context(), p)
	if !errors.Is(err, remediate.ErrDenied) || receipt.Changed() || receipt.Steps[0].Error == "" {
		t.Errorf("%v, %+v", err, receipt)
	}
}
