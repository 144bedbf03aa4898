package trailfix

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// selectorsName is the name by which plans and reports call a [Selectors].
const selectorsName = "trailfix-selectors"

// The IAM actions of a [Selectors].
const (
	actionGetSelectors = "cloudtrail:GetEventSelectors"
	actionPutSelectors = "cloudtrail:PutEventSelectors"
)

// A SelectorsReader reads event selectors. [*cloudtrail.Client] is one.
type SelectorsReader interface {
	GetEventSelectors(context.Context, *cloudtrail.GetEventSelectorsInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetEventSelectorsOutput, error)
}

// A SelectorsWriter sets event selectors. [*cloudtrail.Client] is one.
type SelectorsWriter interface {
	PutEventSelectors(context.Context, *cloudtrail.PutEventSelectorsInput, ...func(*cloudtrail.Options)) (*cloudtrail.PutEventSelectorsOutput, error)
}

// Selectors gives a trail back its basic event selectors when a PutEventSelectors has it log less. That
// makes a trail blind while it counts as logging.
//
// What it logged before, a [History] knows. Where the trail now also logs what it did not log then, to
// put the selectors back would take that away, so it is a suggestion; and so is to log all management
// events where nothing is known. Advanced event selectors are refused: whether one logs less than
// another is more than can be told.
type Selectors struct {
	history  History
	restorer restorer[[]selector]
}

var (
	_ remediate.Remediator = (*Selectors)(nil)
	_ remediate.Verifier   = (*Selectors)(nil)
	_ remediate.Undoer     = (*Selectors)(nil)
	_ SelectorsReader      = (*cloudtrail.Client)(nil)
	_ SelectorsWriter      = (*cloudtrail.Client)(nil)
)

// NewSelectors returns a Selectors that plans and verifies with r and h, and applies with w; see [New]. A
// nil h knows nothing.
func NewSelectors(r SelectorsReader, w SelectorsWriter, h History, opts *Options) *Selectors {
	if h == nil {
		h = Baselines(nil)
	}
	o := New(nil, nil, opts) // for the defaults
	s := &Selectors{history: h}
	s.restorer = restorer[[]selector]{name: selectorsName, pause: o.interval, reads: o.reads, step: putStep, read: readSelectors(r)}
	if w != nil {
		s.restorer.write = putSelectors(w)
	}
	return s
}

// Spec implements [remediate.Remediator].
func (s *Selectors) Spec() remediate.Spec {
	return remediate.Spec{
		Name:       selectorsName,
		Summary:    "gives back to a trail the event selectors by which it logged more",
		Handles:    []string{actionPutSelectors},
		Reads:      []string{actionGetSelectors},
		Writes:     []string{actionPutSelectors},
		Risk:       remediate.Low,
		Reversible: true,
	}
}

// Plan implements [remediate.Remediator]. The errors are those of [Remediator.Plan].
func (s *Selectors) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	plan, err := s.plan(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("trailfix: %w", err)
	}
	return plan, nil
}

func (s *Selectors) plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	rec := f.Record
	if f.Event == nil || rec == nil || rec.EventSource != "cloudtrail.amazonaws.com" || rec.EventName != "PutEventSelectors" {
		return nil, fmt.Errorf("%w: not a record of %s", remediate.ErrNotApplicable, actionPutSelectors)
	}
	if rec.Failed() {
		return nil, &remediate.Refusal{Guard: remediate.GuardFailedCall, Reason: "the call failed, so the trail was not changed"}
	}
	t, err := namedTrail(f.Event, rec, "trailName")
	if err != nil {
		return nil, err
	}
	became, err := responseSelectors(rec.ResponseElements)
	if err != nil {
		return nil, err
	}
	was, err := s.history.Before(ctx, t.arn(), rec.EventTime)
	if err != nil && !errors.Is(err, remediate.ErrNotFound) {
		return nil, fmt.Errorf("the history of %q: %w", t.arn(), err)
	}
	now, err := s.restorer.poll(ctx, t, became)
	if err != nil {
		return nil, err
	}
	before, known := []selector{floor}, false
	if was != nil && len(was.Selectors) > 0 {
		before, known = selectorsOf(was.Selectors), true
	}
	plan := remediate.NewPlan(selectorsName, f)
	less, more := compareSelectors(before, now)
	if !less {
		plan.Summary = fmt.Sprintf("The trail %q logs no less than it is known to have, so there is nothing to do.", t.arn())
		return plan, nil
	}
	if !same(now, became) {
		return nil, refuse("the event selectors of the trail %q were changed since: somebody else is at work there", t.arn())
	}
	after := before
	if !known {
		after = append(slices.Clone(now), floor)
	}
	step := putStep(t, now, after)
	step.Manual = !known || more
	switch {
	case !known:
		plan.Summary = fmt.Sprintf("The trail %q does not log all management events, and whether it did is not known: look, and have it log them.", t.arn())
	case more:
		plan.Summary = fmt.Sprintf("The trail %q logs less than it did, and something that it did not: look which is meant.", t.arn())
	default:
		plan.Summary = fmt.Sprintf("The trail %q logs less than it did: give it back its event selectors.", t.arn())
	}
	plan.Steps = []remediate.Step{step}
	return plan, nil
}

// putStep returns the step that sets the event selectors of t.
func putStep(t trail, before, after []selector) remediate.Step {
	step := func(from, to []selector, summary string) remediate.Step {
		return remediate.Step{
			Action: actionPutSelectors, Resource: t.arn(), Region: t.region, Summary: fmt.Sprintf("%s the event selectors of the trail %q", summary, t.name),
			Args: encode(struct {
				TrailName      string
				EventSelectors []selector
			}{t.arn(), to}),
			Before: encode(from), After: encode(to),
			Command: remediate.Command("aws", "cloudtrail", "put-event-selectors", "--trail-name", t.arn(),
				"--event-selectors", string(encode(to)), "--region", t.region),
		}
	}
	s, back := step(before, after, "give back"), step(after, before, "take back")
	back.Manual = true // the trail would log less
	s.Inverse = &back
	return s
}

// readSelectors returns what reads event selectors through r. Advanced ones are refused.
func readSelectors(r SelectorsReader) func(context.Context, trail, []selector) ([]selector, error) {
	return func(ctx context.Context, t trail, _ []selector) ([]selector, error) {
		out, err := r.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: aws.String(t.arn())}, in(t.region))
		switch {
		case err != nil:
			return nil, awserr.Wrap(ctx, err, actionGetSelectors, t.arn())
		case out == nil || aws.ToString(out.TrailARN) != t.arn():
			return nil, refuse("asked for the event selectors of %q, CloudTrail tells of another trail", t.arn())
		case len(out.AdvancedEventSelectors) > 0:
			return nil, &remediate.Refusal{Guard: "advanced-selectors", Reason: fmt.Sprintf("the trail %q has advanced event selectors", t.arn())}
		}
		return selectorsOf(out.EventSelectors), nil
	}
}

// putSelectors returns what sets event selectors through w.
func putSelectors(w SelectorsWriter) func(context.Context, trail, []selector) error {
	return func(ctx context.Context, t trail, after []selector) error {
		_, err := w.PutEventSelectors(ctx, &cloudtrail.PutEventSelectorsInput{TrailName: aws.String(t.arn()), EventSelectors: input(after)}, in(t.region))
		return awserr.Wrap(ctx, err, actionPutSelectors, t.arn())
	}
}

// Apply implements [remediate.Remediator], as [Settings.Apply].
func (s *Selectors) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	return s.restorer.apply(ctx, p)
}

// Verify implements [remediate.Verifier]. It reads the event selectors until they are those of the plan.
func (s *Selectors) Verify(ctx context.Context, p *remediate.Plan) error {
	return s.restorer.verify(ctx, p)
}

// Undo implements [remediate.Undoer], as [Settings.Undo].
func (s *Selectors) Undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	return s.restorer.undo(ctx, receipt)
}
