package iamfix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// An operation is what there is to know of a call that a step can make.
type operation struct {
	read func(context.Context, change) (state, error)
	call func(context.Context, change) error // nil if there is nothing to make it with
}

// A fixer is what the remediators of the package have in common: all but how they plan. They embed it.
type fixer struct {
	settings
	name string
	ops  map[string]operation // by IAM action
	vet  func(change) error   // what more is asked of a step than to be well-formed; may be nil
}

// can reports whether the action is one that can be carried out.
func (x *fixer) can(action string) bool { return x.ops[action].call != nil }

// plan returns a plan of the changes.
func (x *fixer) plan(f rule.Finding, summary string, changes ...change) *remediate.Plan {
	p := remediate.NewPlan(x.name, f)
	p.Summary = summary
	if len(changes) > 0 {
		p.Summary = "Containment: " + summary
	}
	for _, c := range changes {
		p.Steps = append(p.Steps, c.step(x.can))
	}
	return p
}

// fail returns err as an error of the remediator.
func (x *fixer) fail(err error) error { return fmt.Errorf("%s: %w", x.name, err) }

// changes returns what the steps of p change. It returns an error unless p was made here.
func (x *fixer) changes(p *remediate.Plan) ([]change, error) {
	switch {
	case p == nil:
		return nil, errors.New("no plan")
	case p.Remediator != x.name:
		return nil, fmt.Errorf("the plan is of the remediator %.200q", p.Remediator)
	}
	changes := make([]change, len(p.Steps))
	for i, s := range p.Steps {
		c, err := x.change(s)
		switch {
		case err != nil:
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		case c.on.account != p.Account || c.region != p.Region:
			return nil, fmt.Errorf("step %d: %q is not of account %.20q, or the call not for Region %.40q", i+1, c.on.arn(), p.Account, p.Region)
		}
		changes[i] = c
	}
	return changes, nil
}

func (x *fixer) change(s remediate.Step) (change, error) {
	c, err := readStep(s)
	if err == nil {
		err = x.touchable(c.on)
	}
	if err == nil && x.ops[c.action].read == nil {
		err = fmt.Errorf("%.100q is no action of this remediator", c.action)
	}
	if err == nil && x.vet != nil {
		err = x.vet(c)
	}
	return c, err
}

// Apply implements [remediate.Remediator]. Before each step it reads the state again: if that already
// is the one that the step would leave, nothing is written and the step is
// [remediate.StepAlreadyDone]. The first step that fails ends it. The error wraps
// [remediate.ErrStale] if the state is neither the one before nor the one after. A plan that was not
// made here, that was changed since or that holds a suggestion is an error before any call.
func (x *fixer) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	changes, err := x.changes(p)
	for i := 0; i < len(changes) && err == nil; i++ {
		switch c := changes[i]; {
		case c.manual:
			err = fmt.Errorf("step %d is a suggestion, for people to carry out", i+1)
		case !x.can(c.action):
			err = fmt.Errorf("step %d: made without what %s takes", i+1, c.action)
		}
	}
	if err != nil {
		return nil, x.fail(err)
	}
	receipt := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now().UTC()}
	for i, c := range changes {
		result := remediate.StepResult{Step: p.Steps[i]}
		result.Status, err = x.carryOut(ctx, c)
		if err != nil {
			err = x.fail(err)
			result.Error = err.Error()
		}
		receipt.Steps = append(receipt.Steps, result)
		if err != nil {
			break
		}
	}
	receipt.Finished = time.Now().UTC()
	return receipt, err
}

// carryOut makes the call of c when the state is the one before. One that is neither that nor the one
// after may be out of date, as may be an IAM that says there is nothing to change: it is looked at again.
func (x *fixer) carryOut(ctx context.Context, c change) (remediate.StepStatus, error) {
	op := x.ops[c.action]
	for n := 1; ; n++ {
		s, err := op.read(ctx, c)
		switch {
		case err != nil:
			return remediate.StepFailed, stale(err)
		case s == c.after():
			return remediate.StepAlreadyDone, nil
		}
		err = fmt.Errorf("what to change on %q is no longer as it was", c.on.arn())
		if s == c.before {
			if err := ctx.Err(); err != nil {
				return remediate.StepFailed, err
			}
			if err = op.call(ctx, c); err == nil {
				return remediate.StepDone, nil
			}
			var busy *types.EntityTemporarilyUnmodifiableException // for about a minute after it was made
			again := noSuchEntity(err) || errors.As(err, &busy)
			if err = awserr.Wrap(ctx, err, c.action, c.on.arn()); !again {
				return remediate.StepFailed, err
			}
		}
		if n >= x.reads {
			if errors.Is(err, remediate.ErrTemporary) {
				return remediate.StepFailed, err
			}
			return remediate.StepFailed, fmt.Errorf("%w: %w", remediate.ErrStale, err)
		}
		if err := x.pause(ctx); err != nil {
			return remediate.StepFailed, err
		}
	}
}

// stale adds to err, if it says that something does not exist, that it did when the plan was made.
func stale(err error) error {
	if errors.Is(err, remediate.ErrNotFound) {
		return fmt.Errorf("%w: %w", remediate.ErrStale, err)
	}
	return err
}

// Verify implements [remediate.Verifier]. It reads the state of what each step changed until that is
// the one that the step leaves, as often as [Options] say.
func (x *fixer) Verify(ctx context.Context, p *remediate.Plan) error {
	changes, err := x.changes(p)
	if err != nil {
		return x.fail(err)
	}
	for _, c := range changes {
		if c.manual {
			continue
		}
		done := func(s state) bool { return s == c.after() }
		s, err := settle(ctx, x.settings, func() (state, error) { return x.ops[c.action].read(ctx, c) }, done)
		if err == nil && !done(s) {
			err = fmt.Errorf("at read %d it is not so: %s", x.reads, c.summary())
		}
		if err != nil {
			return x.fail(err)
		}
	}
	return nil
}

// undo plans the inverses of what was done, the last first.
func (x *fixer) undo(ctx context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	if r == nil {
		return nil, x.fail(errors.New("no receipt"))
	}
	plan := &remediate.Plan{
		Remediator: x.name, RuleID: r.RuleID, EventID: r.EventID, Account: r.Account, Region: r.Region, Undoes: r.ID, Steps: []remediate.Step{},
		Summary: "Take back what was done as containment.",
	}
	for _, result := range slices.Backward(r.Steps) {
		if result.Status != remediate.StepDone {
			continue
		}
		back, err := x.back(ctx, result.Step)
		if err != nil {
			return nil, x.fail(err)
		}
		plan.Account, plan.Region = back.on.account, back.region
		plan.Steps = append(plan.Steps, back.step(x.can))
	}
	if len(plan.Steps) == 0 {
		plan.Summary = "Nothing was done, so there is nothing to undo."
	}
	return plan, nil
}

// back returns the change that takes back a step that was done, if what it left is still so.
func (x *fixer) back(ctx context.Context, s remediate.Step) (change, error) {
	c, err := x.change(s)
	if err != nil {
		return change{}, fmt.Errorf("the receipt: %w", err)
	}
	back, ok := c.inverse()
	if !ok {
		return change{}, fmt.Errorf("nothing takes back %s on %q", c.action, c.on.arn())
	}
	back.manual = !x.can(back.action)
	left := func(s state) bool { return s == c.after() }
	now, err := settle(ctx, x.settings, func() (state, error) { return x.ops[c.action].read(ctx, c) }, left)
	switch {
	case err != nil:
		return change{}, stale(err)
	case !left(now):
		return change{}, fmt.Errorf("%w: since it was done, somebody changed what it is about: %s", remediate.ErrStale, c.summary())
	}
	return back, nil
}
