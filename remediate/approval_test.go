package remediate_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countertrail/countertrail/remediate"
)

func TestApprovals(t *testing.T) {
	if _, err := remediate.NewApprovals(make([]byte, 31)); err == nil {
		t.Error("a short key: no error")
	}
	key := make([]byte, 32)
	a, err := remediate.NewApprovals(key)
	if err != nil {
		t.Fatal(err)
	}
	p := fullPlan()
	if _, err := a.Token(p, "", time.Now()); err == nil {
		t.Error("approved by nobody: no error")
	}
	token, err := a.Token(p, "alice", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if by, err := a.Check(p, token); by != "alice" || err != nil {
		t.Errorf("by %q, error %v", by, err)
	}
	refused := func(a *remediate.Approvals, p *remediate.Plan, token, reason string) {
		t.Helper()
		by, err := a.Check(p, token)
		var refusal *remediate.Refusal
		if by != "" || !errors.As(err, &refusal) || refusal.Guard != remediate.GuardApproval {
			t.Errorf("%s: by %q, error %v", reason, by, err)
		}
	}
	refused(nil, p, token, "no key")
	for i := range token {
		changed := []byte(token)
		changed[i] ^= 1
		refused(a, p, string(changed), "a byte is another")
		refused(a, p, token[:i], "cut short")
	}
	refused(a, p, token+"=", "longer")
	refused(a, p, token+".", "more parts")
	refused(a, p, token+"\n", "a line break")
	other := fullPlan()
	other.Steps[0].Args = json.RawMessage(`{}`)
	refused(a, other, token, "another plan")
	key[0] = 1 // is not the key any more: it was copied
	if _, err := a.Check(p, token); err != nil {
		t.Errorf("the caller's bytes have changed: %v", err)
	}
	second, err := remediate.NewApprovals(key)
	if err != nil {
		t.Fatal(err)
	}
	refused(second, p, token, "another key")
	synctest.Test(t, func(t *testing.T) {
		token, err := a.Token(p, "alice", time.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Second)
		if _, err := a.Check(p, token); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		refused(a, p, token, "expired")
	})
}

// TestApprove holds what becomes of a plan that has to be approved.
func TestApprove(t *testing.T) {
	approvals, yes := approving(t)
	stranger, err := remediate.NewApprovals([]byte(strings.Repeat("x", 32)))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		reason    string
		approver  remediate.Approver
		approvals *remediate.Approvals
		want      remediate.Outcome
		guard     string
	}{
		{"approved", yes, approvals, remediate.Applied, ""},
		{"nobody to ask", nil, approvals, remediate.AwaitingApproval, ""},
		{"not yet", approver(func(*remediate.Plan) (string, error) { return "", nil }), approvals, remediate.AwaitingApproval, ""},
		{"somebody said no", approver(func(*remediate.Plan) (string, error) {
			return "", &remediate.Refusal{Guard: remediate.GuardApproval, Reason: "alice says no"}
		}), approvals, remediate.Refused, remediate.GuardApproval},
		{"the question was lost", approver(func(*remediate.Plan) (string, error) { return "", errOdd }), approvals, remediate.Failed, ""},
		{"asking panicked", approver(func(*remediate.Plan) (string, error) { panic("odd") }), approvals, remediate.Failed, ""},
		{"a token of another key", yes, stranger, remediate.Refused, remediate.GuardApproval},
		{"no key to believe a token by", yes, nil, remediate.Refused, remediate.GuardApproval},
		{"no token at all", approver(func(*remediate.Plan) (string, error) { return "yes", nil }), approvals, remediate.Refused, remediate.GuardApproval},
	}
	for _, tt := range tests {
		r := &risky{risk: remediate.High} // for a person to weigh
		engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Approve, Approver: tt.approver, Approvals: tt.approvals})
		res := engine.Run(t.Context(), r, finding())
		if res.Outcome != tt.want || res.Guard != tt.guard || (r.applies.Load() > 0) != (tt.want == remediate.Applied) {
			t.Errorf("%s: %s by guard %q: %s", tt.reason, res.Outcome, res.Guard, res.Reason)
		}
		if res.Receipt != nil && res.Receipt.ApprovedBy != "alice" {
			t.Errorf("%s: approved by %q", tt.reason, res.Receipt.ApprovedBy)
		}
	}
}

// TestApplyApproved holds that a plan that waits can be applied later, once, and by nothing but the
// approval of this very plan.
func TestApplyApproved(t *testing.T) {
	approvals, yes := approving(t)
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Approve, Approvals: approvals})
	r := &fake{}
	waiting := engine.Run(t.Context(), r, finding())
	if waiting.Outcome != remediate.AwaitingApproval {
		t.Fatalf("%s: %s", waiting.Outcome, waiting.Reason)
	}
	text, err := json.Marshal(waiting.Plan) // it has waited in a queue
	if err != nil {
		t.Fatal(err)
	}
	load := func() *remediate.Plan {
		p := new(remediate.Plan)
		if err := json.Unmarshal(text, p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	token := func(p *remediate.Plan) string {
		token, err := yes(p)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	good := token(load())
	for _, tt := range []struct {
		reason string
		edit   func(*remediate.Plan)
		token  func(*remediate.Plan) string // nil: good
		want   remediate.Outcome
		guard  string
	}{
		{"no approval", func(*remediate.Plan) {}, func(*remediate.Plan) string { return "" }, remediate.Refused, remediate.GuardApproval},
		{"changed since", func(p *remediate.Plan) { p.Steps[0].Resource += "2" }, nil, remediate.Refused, remediate.GuardApproval},
		{"another account's resource", func(p *remediate.Plan) { p.Account = "111122223333" }, token, remediate.Refused, remediate.GuardScope},
		{"another Region", func(p *remediate.Plan) { p.Region = "us-east-1" }, token, remediate.Refused, remediate.GuardScope},
		{"no account", func(p *remediate.Plan) { p.Account = "" }, token, remediate.Refused, remediate.GuardScope},
		{"no event and no receipt", func(p *remediate.Plan) { p.EventID = "" }, token, remediate.Refused, remediate.GuardDuplicate},
		{"another remediator's", func(p *remediate.Plan) { p.Remediator = "other" }, token, remediate.Failed, ""},
		{"a suggestion", func(p *remediate.Plan) { p.Steps[0].Manual = true }, token, remediate.Suggested, ""},
		{"no steps", func(p *remediate.Plan) { p.Steps = nil }, token, remediate.NothingToDo, ""},
		{"approved", func(*remediate.Plan) {}, nil, remediate.Applied, ""},
		{"approved, again", func(*remediate.Plan) {}, nil, remediate.Refused, remediate.GuardDuplicate},
	} {
		p := load()
		tt.edit(p)
		approval := good
		if tt.token != nil {
			approval = tt.token(p)
		}
		before := r.applies.Load()
		res := engine.Apply(t.Context(), r, p, approval)
		if res.Outcome != tt.want || res.Guard != tt.guard || (r.applies.Load() > before) != (tt.want == remediate.Applied) {
			t.Errorf("%s: %s by guard %q: %s", tt.reason, res.Outcome, res.Guard, res.Reason)
		}
	}
	if res := engine.Run(t.Context(), r, finding()); res.Outcome != remediate.AwaitingApproval || r.applies.Load() != 1 {
		t.Errorf("the event, again: %s by guard %q, applied %d times", res.Outcome, res.Guard, r.applies.Load())
	}
}
