package kmsfix

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
)

// Apply implements [remediate.Remediator]. Before each step it reads the key's state again; if that
// already is the one that the step would leave, nothing is written and the step is
// [remediate.StepAlreadyDone]. The first step that fails ends it. The error wraps
// [remediate.ErrStale] if the state is neither the one before nor the one after, or the key is gone,
// and [remediate.ErrDenied] if the key's policy or IAM does not let us. A plan that was not made
// here, or that was changed since, is an error before any call, as is a step for people that no
// [Reverter] can carry out.
//
// Steps that are suggestions are carried out too, for who calls Apply itself; an Engine leaves them
// out.
func (r *Remediator) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	calls, err := callsOf(p)
	if err == nil {
		err = r.able(calls)
	}
	if err != nil {
		return nil, fmt.Errorf("kmsfix: %w", err)
	}
	receipt := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now().UTC()}
	for i, c := range calls {
		result := remediate.StepResult{Step: p.Steps[i]}
		result.Status, err = r.carryOut(ctx, c)
		if err != nil {
			err = fmt.Errorf("kmsfix: %w", err)
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

// able returns an error if one of the calls needs what the Remediator was made without.
func (r *Remediator) able(calls []call) error {
	for _, c := range calls {
		switch back := c.action == actionDisable || c.action == actionSchedule; {
		case back && r.reverter == nil:
			return fmt.Errorf("made without a Reverter, so %s is for people to carry out", c.action)
		case !back && r.writer == nil:
			return errors.New("made without a Writer, so it can only plan")
		}
	}
	return nil
}

// carryOut makes one call as soon as the key's state lets it. After another call KMS may still show
// or insist on the state before that one, so a state that does not fit is read again.
func (r *Remediator) carryOut(ctx context.Context, c call) (remediate.StepStatus, error) {
	for read := 1; ; read++ {
		s, err := r.state(ctx, c.key)
		if err != nil {
			return remediate.StepFailed, stale(err)
		}
		if c.to(s) {
			return remediate.StepAlreadyDone, nil
		}
		err = fmt.Errorf("the key %q is %.40s", c.key.arn(), s.KeyState)
		if c.from(s) {
			err = c.call(ctx, r, c.key, c.args)
			if err == nil {
				return remediate.StepDone, nil
			}
			err = awserr.Wrap(ctx, err, c.action, c.key.arn())
			if unfit := new(types.KMSInvalidStateException); !errors.As(err, &unfit) {
				return remediate.StepFailed, stale(err)
			}
		}
		if read == r.reads {
			return remediate.StepFailed, fmt.Errorf("%w: %w", remediate.ErrStale, err)
		}
		if err := r.pause(ctx, c.key.arn()); err != nil {
			return remediate.StepFailed, err
		}
	}
}

// stale adds to err, if it says that the key does not exist, that it did when the plan was made.
func stale(err error) error {
	if errors.Is(err, remediate.ErrNotFound) {
		return fmt.Errorf("%w: %w", remediate.ErrStale, err)
	}
	return err
}

// Verify implements [remediate.Verifier]. It reads the key's state until that is the one that the
// last step leaves, as often as [Options] say.
func (r *Remediator) Verify(ctx context.Context, p *remediate.Plan) error {
	calls, err := callsOf(p)
	if err == nil && len(calls) > 0 {
		err = r.verify(ctx, calls[len(calls)-1])
	}
	if err != nil {
		return fmt.Errorf("kmsfix: %w", err)
	}
	return nil
}

func (r *Remediator) verify(ctx context.Context, last call) error {
	for read := 1; ; read++ {
		s, err := r.state(ctx, last.key)
		if err != nil || last.to(s) {
			return err
		}
		if read == r.reads {
			return fmt.Errorf("the key %q is still %.40s at read %d of its state", last.key.arn(), s.KeyState, r.reads)
		}
		if err := r.pause(ctx, last.key.arn()); err != nil {
			return err
		}
	}
}

// Undo implements [remediate.Undoer]. The plan has the inverses of what was done, the last first,
// all of them suggestions. The error wraps [remediate.ErrStale] if the key's state is no longer the
// one that was left.
func (r *Remediator) Undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	plan, err := r.undo(ctx, receipt)
	if err != nil {
		return nil, fmt.Errorf("kmsfix: %w", err)
	}
	return plan, nil
}

func (r *Remediator) undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	if receipt == nil {
		return nil, errors.New("no receipt")
	}
	plan := &remediate.Plan{
		Remediator: self, RuleID: receipt.RuleID, EventID: receipt.EventID, Undoes: receipt.ID, Steps: []remediate.Step{},
	}
	var last call
	for _, result := range receipt.Steps {
		if result.Status != remediate.StepDone {
			continue
		}
		c, err := callOf(result.Step)
		if err == nil && result.Step.Inverse == nil {
			err = fmt.Errorf("%s has no inverse", c.action)
		}
		if err != nil {
			return nil, fmt.Errorf("the receipt: %w", err)
		}
		if len(plan.Steps) > 0 && c.key != last.key {
			return nil, fmt.Errorf("the receipt is about two keys, %q and %q", last.key.arn(), c.key.arn())
		}
		last = c
		plan.Steps = append([]remediate.Step{*result.Step.Inverse}, plan.Steps...)
	}
	if len(plan.Steps) == 0 {
		plan.Account, plan.Region = receipt.Account, receipt.Region
		plan.Summary = "Nothing was done, so there is nothing to undo."
		return plan, nil
	}
	plan.Account, plan.Region = last.key.account, last.key.region
	s, err := r.state(ctx, last.key)
	if err != nil {
		return nil, stale(err)
	}
	if left := decode(plan.Steps[0].Before).KeyState; s.KeyState != left {
		return nil, fmt.Errorf("%w: the key %q was left %s and is %.40s", remediate.ErrStale, last.key.arn(), left, s.KeyState)
	}
	plan.Summary = fmt.Sprintf("The key %q was made usable again: take that back.", last.key.arn())
	return plan, nil
}
