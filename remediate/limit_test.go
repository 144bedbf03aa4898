package remediate_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// TestHops holds that an action that changes one resource again and again is stopped, and stays so for a
// window.
func TestHops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, Budget: 100, MaxHops: 2, Window: time.Minute})
		r := &fake{}
		next := 0
		expect := func(want remediate.Outcome, guard, reason string) {
			t.Helper()
			next++
			if res := engine.Run(t.Context(), r, finding(withID(fmt.Sprint(next)))); res.Outcome != want || res.Guard != guard {
				t.Errorf("%s: %s by guard %q (%s), want %s by guard %q", reason, res.Outcome, res.Guard, res.Reason, want, guard)
			}
		}
		r.apply = func(p *remediate.Plan) (*remediate.Receipt, error) {
			return receiptOf(p, remediate.StepFailed), remediate.ErrTemporary
		}
		expect(remediate.Failed, "", "an attempt that changed nothing")
		r.apply = func(p *remediate.Plan) (*remediate.Receipt, error) {
			return receiptOf(p, remediate.StepAlreadyDone), nil
		}
		expect(remediate.NothingToDo, "", "one that needed not")
		r.apply = nil
		expect(remediate.Applied, "", "the first; those before were none")
		time.Sleep(30 * time.Second)
		expect(remediate.Applied, "", "the second")
		expect(remediate.Refused, remediate.GuardHops, "the third trips the breaker")
		r.plan = func(f rule.Finding) (*remediate.Plan, error) {
			p := planFor(f, 2)
			p.Steps[0].Resource += "2"
			return p, nil
		}
		expect(remediate.Refused, remediate.GuardHops, "with a step on another resource before it")
		r.plan = func(f rule.Finding) (*remediate.Plan, error) {
			p := planFor(f, 1)
			p.Steps[0].Resource += "2"
			return p, nil
		}
		expect(remediate.Applied, "", "another resource")
		r.plan = nil
		time.Sleep(50 * time.Second)
		expect(remediate.Refused, remediate.GuardHops, "one of the two has left the window, but the breaker is open")
		time.Sleep(11 * time.Second)
		expect(remediate.Applied, "", "the breaker has closed")
	})
}

// TestHopsDefault holds the default, and that it is on.
func TestHopsDefault(t *testing.T) {
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce})
	for i := range remediate.DefaultMaxHops + 1 {
		res := engine.Run(t.Context(), &fake{}, finding(withID(fmt.Sprint(i))))
		if last := i == remediate.DefaultMaxHops; last != (res.Guard == remediate.GuardHops) {
			t.Errorf("change %d: %s by guard %q", i+1, res.Outcome, res.Guard)
		}
	}
}

// TestRuleBudget holds that one rule does not spend what the others need.
func TestRuleBudget(t *testing.T) {
	for _, tt := range []struct{ budget, ruleBudget, want int }{{5, 0, 3}, {5, 2, 2}, {1, 0, 1}, {3, 9, 3}, {0, 0, 5}} {
		engine := remediate.NewEngine(&remediate.Options{
			Mode: remediate.Enforce, Budget: tt.budget, RuleBudget: tt.ruleBudget, MaxHops: 100,
		})
		applied := 0
		for i := range 10 {
			res := engine.Run(t.Context(), &fake{}, finding(withID(fmt.Sprint(i))))
			if res.Outcome == remediate.Applied {
				applied++
			} else if res.Guard != remediate.GuardBudget {
				t.Errorf("budgets %d and %d: %s by guard %q", tt.budget, tt.ruleBudget, res.Outcome, res.Guard)
			}
		}
		if applied != tt.want {
			t.Errorf("budgets %d and %d: one rule had %d, want %d", tt.budget, tt.ruleBudget, applied, tt.want)
		}
		f := finding(withID("other"))
		f.Rule = &rule.Rule{ID: "other"}
		res := engine.Run(t.Context(), &fake{}, f)
		if left := max(tt.budget, 1) > tt.want || tt.budget == 0; left != (res.Outcome == remediate.Applied) {
			t.Errorf("budgets %d and %d: another rule: %s by guard %q", tt.budget, tt.ruleBudget, res.Outcome, res.Guard)
		}
	}
}

// TestRuleBudgetWindow holds that a rule gets back what has left the window.
func TestRuleBudgetWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := enforcing(&remediate.Options{RuleBudget: 1, Window: time.Minute})
		for i, want := range []string{"", remediate.GuardBudget, ""} {
			if res := engine.Run(t.Context(), &fake{}, finding(withID(fmt.Sprint(i)))); res.Guard != want {
				t.Errorf("plan %d: %s by guard %q, want by %q", i+1, res.Outcome, res.Guard, want)
			}
			time.Sleep(time.Duration(i)*time.Minute + time.Second)
		}
	})
}

// risky is a fake of the given risk.
type risky struct {
	fake
	risk remediate.Risk
}

func (r *risky) Spec() remediate.Spec {
	s := r.fake.Spec()
	s.Risk = r.risk
	return s
}

// TestRisk holds which risks are taken without asking.
func TestRisk(t *testing.T) {
	for _, tt := range []struct {
		limit, risk remediate.Risk
		applied     bool
	}{
		{0, remediate.Low, true},
		{0, remediate.Medium, false},
		{0, remediate.High, false},
		{0, remediate.Unrated, false},
		{remediate.Medium, remediate.Medium, true},
		{remediate.Medium, remediate.High, false},
		{remediate.High, remediate.High, true},
		{remediate.High, remediate.Unrated, false},
		{remediate.High, -1, false},
		{-1, remediate.Low, true},
	} {
		r := &risky{risk: tt.risk}
		res := enforcing(&remediate.Options{MaxRisk: tt.limit}).Run(t.Context(), r, finding())
		if (res.Outcome == remediate.Applied) != tt.applied || (res.Guard == remediate.GuardRisk) == tt.applied {
			t.Errorf("risk %s where %s is the limit: %s by guard %q", tt.risk, tt.limit, res.Outcome, res.Guard)
		}
		observed := remediate.NewEngine(&remediate.Options{MaxRisk: tt.limit}).Run(t.Context(), r, finding())
		if observed.Outcome != remediate.Planned || (observed.Guard == remediate.GuardRisk) == tt.applied {
			t.Errorf("risk %s where %s is the limit, observing: %s by guard %q", tt.risk, tt.limit, observed.Outcome, observed.Guard)
		}
	}
}

// TestManual holds that no mode applies a suggestion.
func TestManual(t *testing.T) {
	approvals, approver := approving(t)
	for _, mode := range []remediate.Mode{remediate.Observe, remediate.Approve, remediate.Enforce} {
		engine := remediate.NewEngine(&remediate.Options{Mode: mode, Approver: approver, Approvals: approvals})
		r := &fake{plan: func(f rule.Finding) (*remediate.Plan, error) {
			p := planFor(f, 2)
			p.Steps[0].Manual, p.Steps[1].Manual = true, true
			return p, nil
		}}
		res := engine.Run(t.Context(), r, finding())
		if res.Outcome != remediate.Suggested || res.Guard != "" || r.applies.Load() > 0 || res.Err != nil {
			t.Errorf("mode %s, suggestions alone: %s: %s", mode, res.Outcome, res.Reason)
		}
		f := finding()
		f.Event.ReplayName = "again"
		if res := engine.Run(t.Context(), r, f); res.Outcome != remediate.Suggested || res.Guard != remediate.GuardReplay {
			t.Errorf("mode %s, suggestions of a replay: %s by guard %q", mode, res.Outcome, res.Guard)
		}

		r.plan = func(f rule.Finding) (*remediate.Plan, error) {
			p := planFor(f, 2)
			p.Steps[0].Manual = true
			return p, nil
		}
		r.apply = func(p *remediate.Plan) (*remediate.Receipt, error) {
			if len(p.Steps) != 1 || p.Steps[0].Manual {
				t.Errorf("mode %s: applied %v", mode, p)
			}
			return receiptOf(p, remediate.StepDone), nil
		}
		res = engine.Run(t.Context(), r, finding())
		if (res.Outcome == remediate.Applied) != (mode != remediate.Observe) || len(res.Plan.Steps) != 2 {
			t.Errorf("mode %s, a suggestion and a step: %s: %s", mode, res.Outcome, res.Reason)
		}
	}
}

// approving returns approvals and somebody who approves of everything.
func approving(t *testing.T) (*remediate.Approvals, approver) {
	t.Helper()
	approvals, err := remediate.NewApprovals(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return approvals, func(p *remediate.Plan) (string, error) {
		return approvals.Token(p, "alice", time.Now().Add(time.Hour))
	}
}

// An approver is a function that is an Approver.
type approver func(*remediate.Plan) (string, error)

func (a approver) Approve(_ context.Context, p *remediate.Plan) (string, error) { return a(p) }

var errOdd = errors.New("odd")
