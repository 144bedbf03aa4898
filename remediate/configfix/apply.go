package configfix

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
)

// Apply implements [remediate.Remediator]. Before each step it reads the state again; if that
// already is the one that the step would leave, nothing is written and the step is
// [remediate.StepAlreadyDone]. The first step that fails ends it. The error wraps
// [remediate.ErrStale] if the state is neither the one before nor the one after, or the recorder is
// gone. A plan that was not made here, or that was changed since, is an error before any call, as is a
// step that is for people alone, or that takes a [Reverter] where there is none.
//
// Other steps that are suggestions are carried out too, for who calls Apply itself; an Engine leaves
// them out.
func (r *Remediator) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	calls, err := callsOf(p)
	if err == nil {
		err = r.able(calls)
	}
	if err != nil {
		return nil, fmt.Errorf("configfix: %w", err)
	}
	receipt := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now().UTC()}
	for i, c := range calls {
		result := remediate.StepResult{Step: p.Steps[i]}
		result.Status, err = r.carryOut(ctx, c)
		if err != nil {
			err = fmt.Errorf("configfix: %w", err)
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
		switch back := c.action == actionStop || c.action == actionDeleteChannel; {
		case back && r.reverter == nil:
			return fmt.Errorf("made without a Reverter, so %s is for people to carry out", c.action)
		case !back && r.writer == nil:
			return errors.New("made without a Writer, so it can only plan")
		}
	}
	return nil
}

// carryOut makes one call as soon as the state lets it. After another call AWS Config may still show
// or insist on the state before that one, so a state that does not fit is read again.
func (r *Remediator) carryOut(ctx context.Context, c call) (remediate.StepStatus, error) {
	for read := 1; ; read++ {
		now, err := c.look(ctx, r)
		if err != nil {
			return remediate.StepFailed, stale(err)
		}
		if now.done {
			return remediate.StepAlreadyDone, nil
		}
		err = errors.New(now.tell)
		if now.ready {
			err = c.do(ctx, r)
			if err == nil {
				return remediate.StepDone, nil
			}
			unfit := isUnfit(err)
			err = awserr.Wrap(ctx, err, c.action, c.resource)
			if !unfit {
				return remediate.StepFailed, stale(err)
			}
		}
		if read == r.reads {
			return remediate.StepFailed, fmt.Errorf("%w: %w", remediate.ErrStale, err)
		}
		if err := r.pause(ctx); err != nil {
			return remediate.StepFailed, err
		}
	}
}

// isUnfit reports whether err says that another state is needed than there is: a channel to start a
// recorder, none to put one, and no running recorder to delete one.
func isUnfit(err error) bool {
	var (
		none    *types.NoAvailableDeliveryChannelException
		many    *types.MaxNumberOfDeliveryChannelsExceededException
		running *types.LastDeliveryChannelDeleteFailedException
	)
	return errors.As(err, &none) || errors.As(err, &many) || errors.As(err, &running)
}

// stale adds to err, if it says that something does not exist, that it did when the plan was made.
func stale(err error) error {
	if errors.Is(err, remediate.ErrNotFound) {
		return fmt.Errorf("%w: %w", remediate.ErrStale, err)
	}
	return err
}

// Verify implements [remediate.Verifier]. It reads the state that each step leaves until it is
// there, as often as [Options] say.
func (r *Remediator) Verify(ctx context.Context, p *remediate.Plan) error {
	calls, err := callsOf(p)
	for i := 0; i < len(calls) && err == nil; i++ {
		err = r.verify(ctx, calls[i])
	}
	if err != nil {
		return fmt.Errorf("configfix: %w", err)
	}
	return nil
}

func (r *Remediator) verify(ctx context.Context, c call) error {
	for read := 1; ; read++ {
		now, err := c.look(ctx, r)
		if err != nil || now.done {
			return err
		}
		if read == r.reads {
			return fmt.Errorf("%s has no effect at read %d: %s", c.action, r.reads, now.tell)
		}
		if err := r.pause(ctx); err != nil {
			return err
		}
	}
}

// Undo implements [remediate.Undoer]. The plan has the inverses of what was done, the last first,
// all of them suggestions. The error wraps [remediate.ErrStale] if the state is no longer the one
// that was left.
func (r *Remediator) Undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	plan, err := r.undo(ctx, receipt)
	if err != nil {
		return nil, fmt.Errorf("configfix: %w", err)
	}
	return plan, nil
}

func (r *Remediator) undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	if receipt == nil {
		return nil, errors.New("no receipt")
	}
	plan := &remediate.Plan{
		Remediator: self, RuleID: receipt.RuleID, EventID: receipt.EventID, Undoes: receipt.ID,
		Account: receipt.Account, Region: receipt.Region,
		Summary: "Nothing was done, so there is nothing to undo.", Steps: []remediate.Step{},
	}
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
		now, err := c.look(ctx, r)
		if err != nil {
			return nil, stale(err)
		}
		if !now.done {
			return nil, fmt.Errorf("%w: after %s, %s", remediate.ErrStale, c.action, now.tell)
		}
		plan.Account, plan.Region = c.place.account, c.place.region
		plan.Summary = "AWS Config was made to record again: take that back."
		plan.Steps = append([]remediate.Step{*result.Step.Inverse}, plan.Steps...)
	}
	return plan, nil
}
