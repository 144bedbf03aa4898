package s3fix

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countertrail/countertrail/remediate"
)

// Apply implements [remediate.Remediator]. It reads the setting again; if it already is what the step
// would leave, nothing is written and the step is [remediate.StepAlreadyDone]. The error wraps
// [remediate.ErrStale] if it is neither that nor what the plan expects, or the bucket is gone. A
// plan that was not made here, or that was changed since, is an error before any call, and so is a
// suggestion.
func (r *Remediator) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	changes, err := changesOf(p)
	if err == nil && r.writer == nil {
		err = errors.New("made without a Writer, so it can only plan")
	}
	if err != nil {
		return nil, fmt.Errorf("s3fix: %w", err)
	}
	receipt := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now().UTC()}
	for i, c := range changes {
		result := remediate.StepResult{Step: p.Steps[i]}
		result.Status, err = r.carryOut(ctx, c)
		if err != nil {
			err = fmt.Errorf("s3fix: %w", err)
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

// carryOut makes one change, if the state is the one that it expects.
func (r *Remediator) carryOut(ctx context.Context, c change) (remediate.StepStatus, error) {
	live, err := c.what.read(ctx, r.reader, c.bucket)
	if err != nil {
		return remediate.StepFailed, stale(err)
	}
	if c.after.equal(live) {
		return remediate.StepAlreadyDone, nil
	}
	if !c.before.equal(live) {
		return remediate.StepFailed, c.stale()
	}
	made := c.after.call(c.bucket)
	if err := made.do(ctx, r.writer); err != nil {
		return remediate.StepFailed, stale(c.bucket.wrap(ctx, err, made.action))
	}
	return remediate.StepDone, nil
}

// stale says that the state is neither the one before c nor the one after.
func (c change) stale() error {
	return fmt.Errorf("%w: somebody changed the %s of the bucket %q", remediate.ErrStale, c.what.name, c.bucket.name)
}

// stale adds to err, if it says that there is no such bucket or that its ACLs are disabled, that
// there was, or that they were not, when the plan was made.
func stale(err error) error {
	if errors.Is(err, remediate.ErrNotFound) || code(err) == "AccessControlListNotSupported" {
		return fmt.Errorf("%w: %w", remediate.ErrStale, err)
	}
	return err
}

// Verify implements [remediate.Verifier]. It reads the setting until that shows what the plan
// promised, as often as [Options] say.
func (r *Remediator) Verify(ctx context.Context, p *remediate.Plan) error {
	changes, err := changesOf(p)
	for _, c := range changes {
		var done bool
		err = r.poll(ctx, c.bucket, c.what, func(live state) (bool, error) {
			done = c.after.equal(live)
			return done, nil
		})
		if err == nil && !done {
			err = fmt.Errorf("the %s of the bucket %q is not what it was set to at read %d", c.what.name, c.bucket.name, r.reads)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("s3fix: %w", err)
	}
	return nil
}

// Undo implements [remediate.Undoer]. The plan sets what was changed back to what it was, a policy to
// the letter, which makes the bucket public again; it has no steps for what was set back already.
// The error wraps [remediate.ErrStale] if the setting is neither what we left nor what there was
// before.
func (r *Remediator) Undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	plan, err := r.undo(ctx, receipt)
	if err != nil {
		return nil, fmt.Errorf("s3fix: %w", err)
	}
	return plan, nil
}

func (r *Remediator) undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	if receipt == nil {
		return nil, errors.New("no receipt")
	}
	plan := &remediate.Plan{
		Remediator: self,
		RuleID:     receipt.RuleID,
		EventID:    receipt.EventID,
		Account:    receipt.Account,
		Region:     receipt.Region,
		Summary:    "What was done is undone already, so there is nothing to do.",
		Steps:      []remediate.Step{},
		Undoes:     receipt.ID,
	}
	for i := len(receipt.Steps) - 1; i >= 0; i-- {
		result := receipt.Steps[i]
		if result.Status != remediate.StepDone && result.Status != remediate.StepIntended {
			continue
		}
		c, err := planned(result.Step)
		if err != nil {
			return nil, fmt.Errorf("step %d of the receipt: %w", i+1, err)
		}
		live, err := c.what.read(ctx, r.reader, c.bucket)
		if err != nil {
			return nil, stale(err)
		}
		switch {
		case c.before.equal(live):
		case c.after.equal(live):
			step := c.inverse().step()
			plan.Account, plan.Region = c.bucket.account, c.bucket.region
			plan.Summary = fmt.Sprintf("Undo what was done to the bucket %q: %s.", c.bucket.name, step.Summary)
			plan.Steps = append(plan.Steps, step)
		default:
			return nil, c.stale()
		}
	}
	return plan, nil
}

// changesOf returns the changes of a plan, or an error unless all are of a plan of ours.
func changesOf(p *remediate.Plan) ([]change, error) {
	if p == nil {
		return nil, errors.New("no plan")
	}
	if p.Remediator != self {
		return nil, fmt.Errorf("the plan is of the remediator %.200q", p.Remediator)
	}
	var changes []change
	for i, s := range p.Steps {
		c, err := planned(s)
		if err != nil {
			return nil, fmt.Errorf("step %d of the plan: %w", i+1, err)
		}
		if p.Account != c.bucket.account || p.Region != c.bucket.region {
			return nil, fmt.Errorf("the plan is of account %.20q in Region %.40q, and its bucket %q of account %s in %s",
				p.Account, p.Region, c.bucket.name, c.bucket.account, c.bucket.region)
		}
		changes = append(changes, c)
	}
	return changes, nil
}
