package remediate

import (
	"context"
	"errors"
	"fmt"

	"github.com/countertrail/countertrail/internal/panics"
)

// Receipt returns the receipt with the ID, as it was kept last. The error wraps [ErrNotFound] if
// there is none.
func (e *Engine) Receipt(ctx context.Context, id string) (*Receipt, error) {
	return e.opts.Receipts.Get(ctx, id)
}

// Undo returns the plan of the way back from what the receipt with the ID says that r did. It reads
// only. To undo may be to loosen, so that nothing but [Engine.Apply] carries the plan out, with a
// person's approval, and steps that are suggestions stay that.
//
// The plan's steps expect the state that was left then. If somebody changed it since, the error of
// Undo or of the application wraps [ErrStale], or is a [*Refusal]. Of a receipt that was never
// finished the steps count as done; those that were not are stale.
func (e *Engine) Undo(ctx context.Context, r Remediator, id string) (*Plan, error) {
	name := r.Spec().Name
	u, ok := r.(Undoer)
	if !ok {
		return nil, fmt.Errorf("remediate: %s cannot undo", name)
	}
	kept, err := e.opts.Receipts.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if kept.Remediator != name {
		return nil, fmt.Errorf("remediate: the receipt %.100q is of the remediator %.100q, not of %s", id, kept.Remediator, name)
	}
	p, err := makeUndo(ctx, u, kept.done())
	if err != nil {
		return nil, err
	}
	undo := *p
	undo.Remediator, undo.RuleID, undo.EventID = kept.Remediator, kept.RuleID, kept.EventID
	undo.Account, undo.Region, undo.Undoes = kept.Account, kept.Region, kept.ID
	return &undo, nil
}

// done returns a copy of r with no steps but those that were done, or may have been.
func (r *Receipt) done() *Receipt {
	c := *r
	c.Steps = []StepResult{}
	for _, s := range r.Steps {
		if s.Status == StepDone || s.Status == StepIntended {
			s.Status = StepDone
			c.Steps = append(c.Steps, s)
		}
	}
	return &c
}

// makeUndo returns the plan of u for the way back from r, which may have no steps.
func makeUndo(ctx context.Context, u Undoer, r *Receipt) (p *Plan, err error) {
	if len(r.Steps) == 0 {
		return &Plan{Summary: "Nothing was done, so there is nothing to undo.", Steps: []Step{}}, nil
	}
	defer panics.Recover(&err)
	p, err = u.Undo(ctx, r)
	if err == nil && p == nil {
		err = errors.New("remediate: Undo returned neither a plan nor an error")
	}
	return p, err
}
