package remediate_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// An undoer is a fake that plans the way back as its field says; by default it takes the steps in the
// other order.
type undoer struct {
	fake
	undo func(*remediate.Receipt) (*remediate.Plan, error)
}

func (u *undoer) Undo(_ context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	if u.undo != nil {
		return u.undo(r)
	}
	p := &remediate.Plan{Summary: "back", Steps: []remediate.Step{}}
	for i := len(r.Steps) - 1; i >= 0; i-- {
		p.Steps = append(p.Steps, remediate.Step{Action: "cloudtrail:StopLogging", Resource: r.Steps[i].Step.Resource, Region: region})
	}
	return p, nil
}

func TestUndo(t *testing.T) {
	approvals, yes := approving(t)
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, Approvals: approvals})
	u := &undoer{}
	u.plan = func(f rule.Finding) (*remediate.Plan, error) { return planFor(f, 3), nil }
	u.apply = func(p *remediate.Plan) (*remediate.Receipt, error) {
		return receiptOf(p, remediate.StepDone, remediate.StepAlreadyDone, remediate.StepFailed), remediate.ErrTemporary
	}
	res := engine.Run(t.Context(), u, finding())
	if res.Outcome != remediate.Partial {
		t.Fatalf("%s: %s", res.Outcome, res.Reason)
	}
	plan, err := engine.Undo(t.Context(), u, res.Receipt.ID)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Undoes != res.Receipt.ID || plan.Remediator != "fake" || plan.Account != account || plan.Region != region || plan.RuleID != "4.5" || plan.EventID != "event-id" {
		t.Errorf("the plan does not say what it undoes: %+v", plan)
	}
	if len(plan.Steps) != 1 {
		t.Errorf("%d steps to undo, want that of the step that was done", len(plan.Steps))
	}

	u.apply = nil
	token, err := yes(plan)
	if err != nil {
		t.Fatal(err)
	}
	back := engine.Apply(t.Context(), u, plan, token)
	if back.Outcome != remediate.Applied || back.Receipt.Undoes != res.Receipt.ID || back.Receipt.ApprovedBy != "alice" {
		t.Errorf("%s: %s, receipt %+v", back.Outcome, back.Reason, back.Receipt)
	}
	if again := engine.Apply(t.Context(), u, plan, token); again.Guard != remediate.GuardDuplicate {
		t.Errorf("undone twice: %s by guard %q", again.Outcome, again.Guard)
	}
	if u.applies.Load() != 2 {
		t.Errorf("applied %d times", u.applies.Load())
	}

	// The way back from the way back is one, too.
	forth, err := engine.Undo(t.Context(), u, back.Receipt.ID)
	if err != nil || forth.Undoes != back.Receipt.ID || len(forth.Steps) != 1 {
		t.Errorf("%+v, error %v", forth, err)
	}
}

// TestUndoUnfinished holds that what may have been done can be undone.
func TestUndoUnfinished(t *testing.T) {
	engine := enforcing(nil)
	u := &undoer{}
	u.apply = func(*remediate.Plan) (*remediate.Receipt, error) { panic("odd") }
	res := engine.Run(t.Context(), u, finding())
	if res.Outcome != remediate.Failed || res.Receipt == nil {
		t.Fatalf("%s: %s, receipt %+v", res.Outcome, res.Reason, res.Receipt)
	}
	if plan, err := engine.Undo(t.Context(), u, res.Receipt.ID); err != nil || len(plan.Steps) != 1 {
		t.Errorf("%+v, error %v", plan, err)
	}
}

func TestUndoFails(t *testing.T) {
	engine := enforcing(nil)
	u := &undoer{}
	id := engine.Run(t.Context(), u, finding()).Receipt.ID
	nothing := &undoer{}
	nothing.apply = func(p *remediate.Plan) (*remediate.Receipt, error) {
		return receiptOf(p, remediate.StepAlreadyDone), nil
	}
	needless := engine.Run(t.Context(), nothing, finding(withID("other"))).Receipt.ID

	if plan, err := engine.Undo(t.Context(), u, needless); err != nil || len(plan.Steps) != 0 || !strings.Contains(plan.Summary, "nothing to undo") {
		t.Errorf("nothing was done: %v, error %v", plan, err)
	}
	for _, tt := range []struct {
		reason string
		r      remediate.Remediator
		id     string
		undo   func(*remediate.Receipt) (*remediate.Plan, error)
		is     error // nil: any
	}{
		{"no such receipt", u, "absent", nil, remediate.ErrNotFound},
		{"cannot undo", &u.fake, id, nil, nil},
		{"another remediator's receipt", renamedUndoer{u}, id, nil, nil},
		{"somebody changed it since", u, id, func(*remediate.Receipt) (*remediate.Plan, error) { return nil, remediate.ErrStale }, remediate.ErrStale},
		{"neither a plan nor an error", u, id, func(*remediate.Receipt) (*remediate.Plan, error) { return nil, nil }, nil},
		{"panicked", u, id, func(*remediate.Receipt) (*remediate.Plan, error) { panic("odd") }, nil},
	} {
		u.undo = tt.undo
		plan, err := engine.Undo(t.Context(), tt.r, tt.id)
		if plan != nil || err == nil || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: plan %v, error %v", tt.reason, plan, err)
		}
	}
}

// renamedUndoer is an undoer by another name.
type renamedUndoer struct{ *undoer }

func (r renamedUndoer) Spec() remediate.Spec {
	spec := r.undoer.Spec()
	spec.Name = "renamed"
	return spec
}
