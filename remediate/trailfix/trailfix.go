// Package trailfix restores CloudTrail trails. A [Remediator] starts logging again on one that was
// stopped, a [Settings] gives back what an UpdateTrail took and suggests how to make a deleted trail
// again, and a [Selectors] gives back event selectors. They are three, so that a program needs the
// permissions of those only that it has.
//
// A Remediator answers a successful cloudtrail:StopLogging. The trail is the one that the event names, in
// the event's account and Region and nowhere else: CloudTrail lets a trail be stopped and started
// only in its home Region. Nothing is done if logging is on again, and a trail of another account
// is refused: an organization trail is started by the account that owns it.
//
// A start of logging, ours included, is not a StopLogging, so no answer brings about another.
package trailfix

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// self is the name by which plans and reports call the remediator.
const self = "trailfix"

// The IAM actions.
const (
	actionGet    = "cloudtrail:GetTrail"
	actionStatus = "cloudtrail:GetTrailStatus"
	actionStart  = "cloudtrail:StartLogging"
	actionStop   = "cloudtrail:StopLogging"
)

// A Reader reads trails. [*cloudtrail.Client] is one.
type Reader interface {
	GetTrail(context.Context, *cloudtrail.GetTrailInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error)
	GetTrailStatus(context.Context, *cloudtrail.GetTrailStatusInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error)
}

// A Writer starts logging on trails. [*cloudtrail.Client] is one.
type Writer interface {
	StartLogging(context.Context, *cloudtrail.StartLoggingInput, ...func(*cloudtrail.Options)) (*cloudtrail.StartLoggingOutput, error)
}

// Options are the settings of [New].
type Options struct {
	// Interval is the pause between reads of a trail's status while CloudTrail has yet to show
	// the latest change of it. The default is 2 seconds.
	Interval time.Duration

	// Reads is how often the status is read at most in one go. The default is 5, which with the
	// default Interval makes 8 seconds.
	Reads int
}

// A Remediator starts logging again on trails that were stopped. It is a [remediate.Remediator],
// a [remediate.Verifier] and a [remediate.Undoer], whose plan is a suggestion.
type Remediator struct {
	reader   Reader
	writer   Writer
	interval time.Duration
	reads    int
}

var (
	_ remediate.Remediator = (*Remediator)(nil)
	_ remediate.Verifier   = (*Remediator)(nil)
	_ remediate.Undoer     = (*Remediator)(nil)
	_ Reader               = (*cloudtrail.Client)(nil)
	_ Writer               = (*cloudtrail.Client)(nil)
)

// New returns a Remediator that plans and verifies with r and applies with w; both may be the
// same client, whose credentials must be of the account in which the events arise. Calls name the
// event's Region, whatever the client's own is. A nil w makes a Remediator that cannot apply. A nil
// opts means the defaults.
func New(r Reader, w Writer, opts *Options) *Remediator {
	rem := &Remediator{reader: r, writer: w, interval: 2 * time.Second, reads: 5}
	if opts != nil && opts.Interval > 0 {
		rem.interval = opts.Interval
	}
	if opts != nil && opts.Reads > 0 {
		rem.reads = opts.Reads
	}
	return rem
}

// Spec implements [remediate.Remediator].
func (r *Remediator) Spec() remediate.Spec {
	return remediate.Spec{
		Name:       self,
		Summary:    "starts logging again on a trail that was stopped",
		Handles:    []string{actionStop},
		Reads:      []string{actionGet, actionStatus},
		Writes:     []string{actionStart},
		Risk:       remediate.Low,
		Reversible: true,
	}
}

// Plan implements [remediate.Remediator]. The plan has one step, or none if logging is on again.
// The error wraps [remediate.ErrTemporary] also if CloudTrail still shows the trail as it was
// before the event, [remediate.ErrNotFound] if the trail is gone, and a [*remediate.Refusal] if
// the call failed or the trail is not of the event's account and Region.
func (r *Remediator) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	plan, err := r.plan(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("trailfix: %w", err)
	}
	return plan, nil
}

func (r *Remediator) plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	rec := f.Record
	if f.Event == nil || rec == nil || rec.EventSource != "cloudtrail.amazonaws.com" || rec.EventName != "StopLogging" {
		return nil, fmt.Errorf("%w: not a record of %s", remediate.ErrNotApplicable, actionStop)
	}
	if rec.Failed() {
		return nil, &remediate.Refusal{Guard: remediate.GuardFailedCall, Reason: "the call failed, so the trail was not stopped"}
	}
	t, err := namedTrail(f.Event, rec, "name")
	if err != nil {
		return nil, err
	}
	organization, err := r.describe(ctx, t)
	if err != nil {
		return nil, err
	}
	s, err := r.settled(ctx, t, rec.EventTime)
	if err != nil {
		return nil, err
	}

	plan := remediate.NewPlan(self, f)
	if s.logging {
		plan.Summary = fmt.Sprintf("Logging on the trail %q is on again, so there is nothing to do.", t.arn())
	} else {
		plan.Summary = fmt.Sprintf("Logging on the trail %q is stopped: start it again.", t.arn())
		plan.Steps = []remediate.Step{startStep(t, later(s.stopped, rec.EventTime))}
	}
	if organization {
		plan.Summary += " It is the trail of an organization."
	}
	if s.deliveryError != "" {
		plan.Summary += fmt.Sprintf(" Its latest delivery failed (%.200q): no logs arrive until that is mended.", s.deliveryError)
	}
	return plan, nil
}

// later returns the later of two times. A status that shows an earlier stop than the event's, or
// none, would have Apply believe a start from before the event.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// describe reads the settings of t, and returns whether it is an organization trail. That the
// answer is about t, which an ARN asks for, is nevertheless checked: a bare name finds a trail of
// that name in any account and Region.
func (r *Remediator) describe(ctx context.Context, t trail) (organization bool, err error) {
	out, err := r.reader.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String(t.arn())}, in(t.region))
	if err != nil {
		return false, awserr.Wrap(ctx, err, actionGet, t.arn())
	}
	live, err := described(out, t)
	if err != nil {
		return false, err
	}
	return aws.ToBool(live.IsOrganizationTrail), nil
}

// described returns the trail of an answer about t, if it is t.
func described(out *cloudtrail.GetTrailOutput, t trail) (*types.Trail, error) {
	if out == nil || out.Trail == nil {
		return nil, fmt.Errorf("%s on %q returned no trail", actionGet, t.arn())
	}
	if arn := aws.ToString(out.Trail.TrailARN); arn != t.arn() {
		return nil, refuse("asked for the trail %q, CloudTrail tells of %.200q", t.arn(), arn)
	}
	if home := aws.ToString(out.Trail.HomeRegion); home != t.region {
		return nil, refuse("the trail %q has its home in the Region %.200q, where alone it can be changed", t.arn(), home)
	}
	return out.Trail, nil
}

// A status is what matters of a trail's status.
type status struct {
	logging       bool
	started       time.Time // when logging was last started; zero if unknown
	stopped       time.Time // when logging was last stopped; zero if unknown
	deliveryError string    // of the latest delivery to the bucket; empty if it succeeded
}

// restarted reports whether logging is on and was started no earlier than stopped.
func (s status) restarted(stopped time.Time) bool {
	return s.logging && (s.started.IsZero() || !s.started.Before(stopped))
}

// status reads the status of t.
func (r *Remediator) status(ctx context.Context, t trail) (status, error) {
	out, err := r.reader.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(t.arn())}, in(t.region))
	if err != nil {
		return status{}, awserr.Wrap(ctx, err, actionStatus, t.arn())
	}
	if out == nil || out.IsLogging == nil {
		return status{}, fmt.Errorf("%s on %q does not say whether it is logging", actionStatus, t.arn())
	}
	return status{
		logging:       *out.IsLogging,
		started:       aws.ToTime(out.StartLoggingTime),
		stopped:       aws.ToTime(out.StopLoggingTime),
		deliveryError: aws.ToString(out.LatestDeliveryError),
	}, nil
}

// settled reads the status of t, which was stopped at the time given, until it shows the stop or
// a later start. CloudTrail is eventually consistent: a trail that was just stopped can be shown
// as still logging, and to believe that would leave it stopped.
func (r *Remediator) settled(ctx context.Context, t trail, stopped time.Time) (status, error) {
	known := func(s status) bool { return !s.logging || s.restarted(stopped) }
	s, err := r.poll(ctx, t, known)
	if err == nil && !known(s) {
		err = fmt.Errorf("%w: the status of %q does not show yet that it was stopped at %s",
			remediate.ErrTemporary, t.arn(), stopped.UTC().Format(time.RFC3339))
	}
	return s, err
}

// poll reads the status of t until done accepts it, and returns the last one that it read.
func (r *Remediator) poll(ctx context.Context, t trail, done func(status) bool) (status, error) {
	for read := 1; ; read++ {
		s, err := r.status(ctx, t)
		if err != nil || done(s) || read == r.reads {
			return s, err
		}
		if err := wait(ctx, r.interval, t); err != nil {
			return s, err
		}
	}
}

// wait pauses between two reads of t.
func wait(ctx context.Context, pause time.Duration, t trail) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for %q to change: %w", t.arn(), ctx.Err())
	}
}

// Apply implements [remediate.Remediator]. It reads the trail's status again; if logging is on,
// nothing is written and the step is [remediate.StepAlreadyDone]. The error wraps
// [remediate.ErrStale] if the trail is gone. A plan that Plan did not make, or that was changed
// since, is an error before any call.
func (r *Remediator) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	t, stopped, err := planned(p)
	if err == nil && r.writer == nil {
		err = errors.New("made without a Writer, so it can only plan")
	}
	if err != nil {
		return nil, fmt.Errorf("trailfix: %w", err)
	}
	receipt := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now().UTC()}
	for _, step := range p.Steps { // at most one
		result := remediate.StepResult{Step: step}
		result.Status, err = r.start(ctx, t, stopped)
		if err != nil {
			err = fmt.Errorf("trailfix: %w", err)
			result.Error = err.Error()
		}
		receipt.Steps = append(receipt.Steps, result)
	}
	receipt.Finished = time.Now().UTC()
	return receipt, err
}

// start starts logging on t unless it was started since it was stopped.
func (r *Remediator) start(ctx context.Context, t trail, stopped time.Time) (remediate.StepStatus, error) {
	s, err := r.settled(ctx, t, stopped)
	if err != nil {
		return remediate.StepFailed, stale(err)
	}
	if s.logging {
		return remediate.StepAlreadyDone, nil
	}
	_, err = r.writer.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: aws.String(t.arn())}, in(t.region))
	if err != nil {
		return remediate.StepFailed, stale(awserr.Wrap(ctx, err, actionStart, t.arn()))
	}
	return remediate.StepDone, nil
}

// stale adds to err, if it says that the trail does not exist, that it did when the plan was made.
func stale(err error) error {
	if errors.Is(err, remediate.ErrNotFound) {
		return fmt.Errorf("%w: %w", remediate.ErrStale, err)
	}
	return err
}

// Verify implements [remediate.Verifier]. It reads the trail's status until that shows the start,
// as often as [Options] say.
func (r *Remediator) Verify(ctx context.Context, p *remediate.Plan) error {
	t, stopped, err := planned(p)
	if err == nil && len(p.Steps) > 0 {
		var s status
		s, err = r.poll(ctx, t, func(s status) bool { return s.restarted(stopped) })
		if err == nil && !s.restarted(stopped) {
			err = fmt.Errorf("the trail %q is still not logging at read %d of its status", t.arn(), r.reads)
		}
	}
	if err != nil {
		return fmt.Errorf("trailfix: %w", err)
	}
	return nil
}

// Undo implements [remediate.Undoer]. The way back would stop the trail, so the plan is a suggestion:
// no engine applies it. The error wraps [remediate.ErrStale] if logging was stopped since.
func (r *Remediator) Undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	plan, err := r.undo(ctx, receipt)
	if err != nil {
		return nil, fmt.Errorf("trailfix: %w", err)
	}
	return plan, nil
}

func (r *Remediator) undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	plan, t, err := undoPlan(self, receipt)
	if err != nil {
		return nil, err
	}
	if _, _, err := planned(plan); err != nil {
		return nil, err
	}
	s, err := r.poll(ctx, t, func(s status) bool { return s.logging })
	if err != nil {
		return nil, stale(err)
	}
	if !s.logging {
		return nil, fmt.Errorf("%w: logging on the trail %q was stopped since", remediate.ErrStale, t.arn())
	}
	back := *plan.Steps[0].Inverse
	back.Manual = true
	plan.Steps[0] = back
	plan.Summary = fmt.Sprintf("Logging on the trail %q was started: to stop it is for people.", t.arn())
	return plan, nil
}

// undoPlan returns a plan with the one step of the receipt, and its trail.
func undoPlan(remediator string, receipt *remediate.Receipt) (*remediate.Plan, trail, error) {
	if receipt == nil || len(receipt.Steps) != 1 {
		return nil, trail{}, errors.New("not a receipt of one step")
	}
	step := receipt.Steps[0].Step
	t, err := parseTrailARN(step.Resource)
	if err != nil {
		return nil, trail{}, fmt.Errorf("the receipt's resource: %w", err)
	}
	return &remediate.Plan{
		Remediator: remediator, RuleID: receipt.RuleID, EventID: receipt.EventID, Account: t.account, Region: t.region,
		Steps: []remediate.Step{step},
	}, t, nil
}

// in returns the setting of a call that makes it in the given Region.
func in(region string) func(*cloudtrail.Options) {
	return func(o *cloudtrail.Options) { o.Region = region }
}

func refuse(format string, args ...any) error {
	return &remediate.Refusal{Guard: remediate.GuardScope, Reason: fmt.Sprintf(format, args...)}
}
