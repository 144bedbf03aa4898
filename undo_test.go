package countertrail_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
)

// undoFix is a fix that can undo.
type undoFix struct{ *fix }

func (f undoFix) Undo(_ context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	s := r.Steps[0].Step
	s.Command = "stop it"
	return &remediate.Plan{Summary: "stop it again", Steps: []remediate.Step{s}}, nil
}

// TestModesOfRules holds that of several rules that fire on an event, the mode that goes furthest counts.
func TestModesOfRules(t *testing.T) {
	for _, tt := range []struct {
		byDefault remediate.Mode
		modes     map[string]remediate.Mode
		want      remediate.Outcome
		rule      string // whose plan it is
	}{
		{remediate.Observe, nil, remediate.Planned, "any"},
		{remediate.Observe, map[string]remediate.Mode{"stop": remediate.Enforce}, remediate.Applied, "stop"},
		{remediate.Observe, map[string]remediate.Mode{"stop": remediate.Approve}, remediate.AwaitingApproval, "stop"},
		{remediate.Enforce, map[string]remediate.Mode{"stop": remediate.Observe}, remediate.Applied, "any"},
		{remediate.Enforce, map[string]remediate.Mode{"stop": remediate.Observe, "any": remediate.Observe}, remediate.Planned, "any"},
		{remediate.Observe, map[string]remediate.Mode{"stop": remediate.Approve, "any": remediate.Enforce}, remediate.Applied, "any"},
	} {
		f := &fix{name: "fix"}
		h := newHandler(t, &countertrail.Options{
			Remediators: []remediate.Remediator{f},
			Remediation: remediate.Options{Mode: tt.byDefault, Modes: tt.modes, Self: enforce.Self},
		}, anyCall, stopLogging)
		rep, err := h.Handle(t.Context(), stopEvent(time.Now(), "1"))
		if err != nil {
			t.Fatal(err)
		}
		if res := rep.Findings[0].Remediations[0]; res.Outcome != tt.want || res.Plan.RuleID != tt.rule {
			t.Errorf("mode %s, and %v: %s for the rule %s, want %s for %s", tt.byDefault, tt.modes, res.Outcome, res.Plan.RuleID, tt.want, tt.rule)
		}
	}
}

// TestUndo holds that what a handler did can be undone by the ID that people were told, with an approval
// and not without.
func TestUndo(t *testing.T) {
	approvals, err := remediate.NewApprovals([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	f, box := &fix{name: "fix"}, &inbox{}
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{&fix{name: "other"}, undoFix{f}},
		Remediation: remediate.Options{Mode: remediate.Enforce, Self: enforce.Self, Approvals: approvals},
		Notifiers:   map[string]notify.Notifier{"box": box},
	}, stopLogging)
	if _, err := h.Handle(t.Context(), stopEvent(time.Now(), "1")); err != nil {
		t.Fatal(err)
	}
	id := box.messages[0].Actions[1].Receipt
	if id == "" || !strings.Contains(notify.Text(box.messages[0], 0), "receipt   "+id) {
		t.Fatalf("people were not told of the receipt %q", id)
	}
	plan, err := h.Undo(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := h.Apply(t.Context(), plan, ""); err != nil || res.Guard != remediate.GuardApproval || f.applied != 1 {
		t.Errorf("without an approval: %+v, error %v", res, err)
	}
	token, err := approvals.Token(plan, "alice", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if res, err := h.Apply(t.Context(), plan, token); err != nil || res.Outcome != remediate.Applied || f.applied != 2 {
		t.Errorf("with an approval: %+v, error %v", res, err)
	}

	if _, err := h.Undo(t.Context(), "absent"); err == nil {
		t.Error("no such receipt: no error")
	}
	if _, err := h.Undo(t.Context(), box.messages[0].Actions[0].Receipt); err == nil || !strings.Contains(err.Error(), "cannot undo") {
		t.Errorf("a remediator that cannot undo: %v", err)
	}
	plan.Remediator = "absent"
	if _, err := h.Apply(t.Context(), plan, token); err == nil {
		t.Error("no such remediator: no error")
	}
}

// TestNotesAreTold holds that people hear of an exception that has expired, and that a suggestion is told
// as one.
func TestNotesAreTold(t *testing.T) {
	f, box := &fix{name: "fix"}, &inbox{}
	f.plan = func(_ context.Context, p *remediate.Plan) error { p.Steps[0].Manual = true; return nil }
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{f},
		Remediation: remediate.Options{Exceptions: []remediate.Exception{{
			Principals: []string{"arn:aws:iam::123456789012:user/alice"}, Owner: "ops", Reason: "a test", Expires: time.Now().Add(-time.Hour),
		}}},
		Notifiers: map[string]notify.Notifier{"box": box},
	}, stopLogging)
	if _, err := h.Handle(t.Context(), stopEvent(time.Now(), "1")); err != nil {
		t.Fatal(err)
	}
	m := box.messages[0]
	if len(m.Notes) != 1 || !strings.Contains(m.Notes[0], `an exception of "ops" has expired`) {
		t.Errorf("notes %q", m.Notes)
	}
	if a := m.Actions[0]; a.Outcome != "suggested" || a.Steps[0].Status != "suggestion" || m.Outcome() != "suggested" {
		t.Errorf("action %+v", a)
	}
	if text := notify.Text(m, 0); !strings.Contains(text, "suggested by fix\nchanged   nothing so far\n") {
		t.Errorf("text\n%s", text)
	}
}
