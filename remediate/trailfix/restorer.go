package trailfix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/countertrail/countertrail/remediate"
)

// A restorer carries out plans of one step that gives a trail back a state of type T.
type restorer[T any] struct {
	name  string // of the remediator
	pause time.Duration
	reads int

	step  func(t trail, before, after T) remediate.Step       // the only step from the one state to the other
	read  func(ctx context.Context, t trail, of T) (T, error) // the state of t now, as far as that given tells
	write func(ctx context.Context, t trail, after T) error   // nil: it can only plan
}

// same reports whether two states are written the same.
func same[T any](a, b T) bool { return string(encode(a)) == string(encode(b)) }

// planned returns what a plan changes. It returns an error unless p is as it was made.
func (r *restorer[T]) planned(p *remediate.Plan) (t trail, before, after T, err error) {
	switch {
	case p == nil:
		return t, before, after, errors.New("no plan")
	case p.Remediator != r.name:
		return t, before, after, fmt.Errorf("the plan is of the remediator %.200q", p.Remediator)
	case len(p.Steps) > 1:
		return t, before, after, fmt.Errorf("the plan has %d steps, not one", len(p.Steps))
	case len(p.Steps) == 0:
		return t, before, after, nil
	}
	step := p.Steps[0]
	if t, err = parseTrailARN(step.Resource); err != nil {
		return t, before, after, fmt.Errorf("the plan's resource: %w", err)
	}
	if p.Account != t.account || p.Region != t.region {
		return t, before, after, fmt.Errorf("the plan is of account %.20q in Region %.40q and its trail is %q", p.Account, p.Region, t.arn())
	}
	if json.Unmarshal(step.Before, &before) != nil || json.Unmarshal(step.After, &after) != nil {
		return t, before, after, errors.New("the plan's states are not those of a trail")
	}
	if want := r.step(t, before, after); digest(step) != digest(want) {
		return t, before, after, fmt.Errorf("the plan's step was not made here, or was changed: %.200q on %q", step.Action, t.arn())
	}
	return t, before, after, nil
}

// apply carries p out.
func (r *restorer[T]) apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	t, before, after, err := r.planned(p)
	if err == nil && r.write == nil {
		err = errors.New("made without a writer, so it can only plan")
	}
	if err != nil {
		return nil, fmt.Errorf("trailfix: %w", err)
	}
	receipt := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now().UTC(), Steps: []remediate.StepResult{}}
	for _, step := range p.Steps { // at most one
		result := remediate.StepResult{Step: step}
		result.Status, err = r.change(ctx, t, before, after)
		if err != nil {
			err = fmt.Errorf("trailfix: %w", stale(err))
			result.Error = err.Error()
		}
		receipt.Steps = append(receipt.Steps, result)
	}
	receipt.Finished = time.Now().UTC()
	return receipt, err
}

// change brings t from one state into the other.
func (r *restorer[T]) change(ctx context.Context, t trail, before, after T) (remediate.StepStatus, error) {
	now, err := r.read(ctx, t, after)
	switch {
	case err != nil:
		return remediate.StepFailed, err
	case same(now, after):
		return remediate.StepAlreadyDone, nil
	case !same(now, before):
		return remediate.StepFailed, fmt.Errorf("%w: the trail %q was changed by somebody", remediate.ErrStale, t.arn())
	}
	if err := r.write(ctx, t, after); err != nil {
		return remediate.StepFailed, err
	}
	return remediate.StepDone, nil
}

// poll reads the state of t until it is the one wanted, and returns the one that it read last.
func (r *restorer[T]) poll(ctx context.Context, t trail, want T) (T, error) {
	for read := 1; ; read++ {
		now, err := r.read(ctx, t, want)
		if err != nil || same(now, want) || read >= r.reads {
			return now, err
		}
		if err := wait(ctx, r.pause, t); err != nil {
			return now, err
		}
	}
}

// verify reads the trail until it shows what p promised.
func (r *restorer[T]) verify(ctx context.Context, p *remediate.Plan) error {
	t, _, after, err := r.planned(p)
	if err == nil && len(p.Steps) > 0 {
		var now T
		now, err = r.poll(ctx, t, after)
		if err == nil && !same(now, after) {
			err = fmt.Errorf("the trail %q is still not as it is meant to be at read %d", t.arn(), r.reads)
		}
	}
	if err != nil {
		return fmt.Errorf("trailfix: %w", err)
	}
	return nil
}

// undo returns the plan of the way back from a receipt, which is a suggestion, if the trail is as it was
// left.
func (r *restorer[T]) undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	plan, t, err := undoPlan(r.name, receipt)
	if err != nil {
		return nil, fmt.Errorf("trailfix: %w", err)
	}
	_, _, after, err := r.planned(plan)
	if err != nil {
		return nil, fmt.Errorf("trailfix: %w", err)
	}
	now, err := r.poll(ctx, t, after)
	if err == nil && !same(now, after) {
		err = fmt.Errorf("%w: the trail %q was changed since", remediate.ErrStale, t.arn())
	}
	if err != nil {
		return nil, fmt.Errorf("trailfix: %w", stale(err))
	}
	plan.Steps = []remediate.Step{*plan.Steps[0].Inverse}
	plan.Summary = fmt.Sprintf("The trail %q was given back what protected it: to take it is for people.", t.arn())
	return plan, nil
}
