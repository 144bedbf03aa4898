package trailfix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// settingsName is the name by which plans and reports call a [Settings].
const settingsName = "trailfix-settings"

// The IAM actions and calls of a [Settings].
const (
	actionUpdate = "cloudtrail:UpdateTrail"
	actionDelete = "cloudtrail:DeleteTrail"
	actionCreate = "cloudtrail:CreateTrail"
)

// A SettingsReader reads trails. [*cloudtrail.Client] is one.
type SettingsReader interface {
	GetTrail(context.Context, *cloudtrail.GetTrailInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error)
}

// A SettingsWriter changes trails. [*cloudtrail.Client] is one.
type SettingsWriter interface {
	UpdateTrail(context.Context, *cloudtrail.UpdateTrailInput, ...func(*cloudtrail.Options)) (*cloudtrail.UpdateTrailOutput, error)
}

// Settings gives back to a trail what an UpdateTrail took from it: Regions, global service events,
// validation, encryption, and where its logs and notices go. What that was, a [History] knows.
//
// What was on and is off is set on again, and what was sent somewhere is sent there again, but nothing
// that the update added is taken away. Only what is still as the event left it is changed: where
// somebody has been since, that is refused. Without a history the switches that were turned off are
// suggested, since they may have been off before.
//
// For a DeleteTrail it suggests the commands that make the trail again, which is for people: a bucket
// that went with it would make the new one useless. Event selectors are not answered.
//
// It is a [remediate.Remediator] of its own, so that who only restarts trails needs no permission to
// change them.
type Settings struct {
	reader   SettingsReader
	history  History
	restorer restorer[values]
}

var (
	_ remediate.Remediator = (*Settings)(nil)
	_ remediate.Verifier   = (*Settings)(nil)
	_ remediate.Undoer     = (*Settings)(nil)
	_ SettingsReader       = (*cloudtrail.Client)(nil)
	_ SettingsWriter       = (*cloudtrail.Client)(nil)
)

// NewSettings returns a Settings that plans and verifies with r and h, and applies with w; see [New]. A
// nil h knows nothing.
func NewSettings(r SettingsReader, w SettingsWriter, h History, opts *Options) *Settings {
	if h == nil {
		h = Baselines(nil)
	}
	o := New(nil, nil, opts) // for the defaults
	s := &Settings{reader: r, history: h}
	s.restorer = restorer[values]{name: settingsName, pause: o.interval, reads: o.reads, step: updateStep, read: s.read}
	if w != nil {
		s.restorer.write = update(w)
	}
	return s
}

// Spec implements [remediate.Remediator].
func (s *Settings) Spec() remediate.Spec {
	return remediate.Spec{
		Name:       settingsName,
		Summary:    "gives back to a trail the settings that protected it",
		Handles:    []string{actionUpdate, actionDelete},
		Reads:      []string{actionGet},
		Writes:     []string{actionUpdate},
		Risk:       remediate.Low,
		Reversible: true,
	}
}

// Plan implements [remediate.Remediator]. The errors are those of [Remediator.Plan]; a deleted trail of
// which nothing is known is refused.
func (s *Settings) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	plan, err := s.plan(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("trailfix: %w", err)
	}
	return plan, nil
}

func (s *Settings) plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	rec := f.Record
	if f.Event == nil || rec == nil || rec.EventSource != "cloudtrail.amazonaws.com" || rec.EventName != "UpdateTrail" && rec.EventName != "DeleteTrail" {
		return nil, fmt.Errorf("%w: not a record of %s or %s", remediate.ErrNotApplicable, actionUpdate, actionDelete)
	}
	if rec.Failed() {
		return nil, &remediate.Refusal{Guard: remediate.GuardFailedCall, Reason: "the call failed, so the trail was not changed"}
	}
	t, err := namedTrail(f.Event, rec, "name")
	if err != nil {
		return nil, err
	}
	was, err := s.history.Before(ctx, t.arn(), rec.EventTime)
	if err != nil && !errors.Is(err, remediate.ErrNotFound) {
		return nil, fmt.Errorf("the history of %q: %w", t.arn(), err)
	}
	plan := remediate.NewPlan(settingsName, f)
	if rec.EventName == "DeleteTrail" {
		return plan, s.suggestTrail(ctx, plan, t, was)
	}
	return plan, s.planUpdate(ctx, plan, t, was, rec.ResponseElements)
}

// planUpdate completes the plan for an update after which the trail was as the response says, and before
// which it was as was says, if that is not nil.
func (s *Settings) planUpdate(ctx context.Context, plan *remediate.Plan, t trail, was *Baseline, response json.RawMessage) error {
	became, err := responseValues(response)
	if err != nil {
		return err
	}
	// A trail that was just changed can be shown as it was before: to believe that would leave it changed.
	now, err := s.restorer.poll(ctx, t, became)
	if err != nil {
		return err
	}
	before := values{"IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true, "EnableLogFileValidation": true}
	if was != nil {
		before = valuesOf(&was.Trail)
	}
	lost := weakened(before, now)
	if len(lost) == 0 {
		plan.Summary = fmt.Sprintf("The trail %q lacks nothing that it is known to have had, so there is nothing to do.", t.arn())
		return nil
	}
	if !same(now.of(lost), became.of(lost)) {
		return refuse("the trail %q was changed since (%s): somebody else is at work there", t.arn(), lost.names())
	}
	step := updateStep(t, now.of(lost), lost)
	if step.Command == "" {
		return refuse("the trail %q had settings (%s) that no command can carry", t.arn(), lost.names())
	}
	plan.Summary = fmt.Sprintf("The trail %q has lost settings that protected it (%s): give them back.", t.arn(), lost.names())
	if was == nil {
		step.Manual = true
		plan.Summary = fmt.Sprintf("The trail %q lacks what protects one (%s), and whether it ever had it is not known: look, and set it on.", t.arn(), lost.names())
	}
	plan.Steps = []remediate.Step{step}
	return nil
}

// updateStep returns the step that changes settings of t.
func updateStep(t trail, before, after values) remediate.Step {
	step := func(from, to values, summary string) remediate.Step {
		args := maps.Clone(to)
		args["Name"] = t.arn()
		return remediate.Step{
			Action: actionUpdate, Resource: t.arn(), Region: t.region, Summary: fmt.Sprintf("%s of the trail %q: %s", summary, t.name, to.names()),
			Args: encode(args), Before: encode(from), After: encode(to), Command: to.command("update-trail", t.arn(), t),
		}
	}
	s, back := step(before, after, "give back settings"), step(after, before, "take back settings")
	back.Manual = true // it would weaken the trail
	s.Inverse = &back
	return s
}

// suggestTrail completes the plan for a trail that was deleted.
func (s *Settings) suggestTrail(ctx context.Context, plan *remediate.Plan, t trail, was *Baseline) error {
	for read := 1; ; read++ {
		_, err := s.get(ctx, t)
		if errors.Is(err, remediate.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		if read >= s.restorer.reads {
			plan.Summary = fmt.Sprintf("The trail %q is there again.", t.arn())
			return nil
		}
		if err := wait(ctx, s.restorer.pause, t); err != nil {
			return err
		}
	}
	if was == nil {
		return &remediate.Refusal{Guard: "history", Reason: fmt.Sprintf("the trail %q is gone, and how it was is not known", t.arn())}
	}
	v := maps.Clone(valuesOf(&was.Trail))
	maps.DeleteFunc(v, func(_ string, value any) bool { return value == "" || value == false })
	create, start := v.command("create-trail", t.name, t), command("start-logging", t)
	if create == "" {
		return refuse("the trail %q had settings (%s) that no command can carry", t.arn(), v.names())
	}
	args := maps.Clone(v)
	args["Name"] = t.name
	plan.Summary = fmt.Sprintf("The trail %q is gone. If its bucket is still there, make it again, then set its event selectors and tags.", t.arn())
	plan.Steps = []remediate.Step{
		{
			Action: actionCreate, Resource: t.arn(), Region: t.region, Summary: fmt.Sprintf("make the trail %q again", t.name),
			Args: encode(args), After: encode(v), Command: create, Manual: true,
		},
		{
			Action: actionStart, Resource: t.arn(), Region: t.region, Summary: fmt.Sprintf("start logging on the trail %q", t.name),
			Args: encode(map[string]string{"Name": t.arn()}), Command: start, Manual: true,
		},
	}
	return nil
}

// get reads t, and looks whether the answer is about it.
func (s *Settings) get(ctx context.Context, t trail) (*types.Trail, error) {
	out, err := s.reader.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String(t.arn())}, in(t.region))
	if err != nil {
		return nil, awserr.Wrap(ctx, err, actionGet, t.arn())
	}
	return described(out, t)
}

// read returns the settings of t for the parameters of part; all, if that is nil.
func (s *Settings) read(ctx context.Context, t trail, part values) (values, error) {
	live, err := s.get(ctx, t)
	if err != nil {
		return nil, err
	}
	if part == nil {
		return valuesOf(live), nil
	}
	return valuesOf(live).of(part), nil
}

// update returns what sets the values through w.
func update(w SettingsWriter) func(context.Context, trail, values) error {
	return func(ctx context.Context, t trail, after values) error {
		input := &cloudtrail.UpdateTrailInput{Name: aws.String(t.arn())}
		for _, set := range settings {
			if value, ok := after[set.param]; ok {
				set.set(input, value)
			}
		}
		_, err := w.UpdateTrail(ctx, input, in(t.region))
		return awserr.Wrap(ctx, err, actionUpdate, t.arn())
	}
}

// Apply implements [remediate.Remediator]. It reads the trail again; what is as the plan would leave it
// is [remediate.StepAlreadyDone]. The error wraps [remediate.ErrStale] if the settings that the plan
// changes are neither as it expects nor as it leaves them, or the trail is gone.
func (s *Settings) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	return s.restorer.apply(ctx, p)
}

// Verify implements [remediate.Verifier]. It reads the trail until it shows the settings.
func (s *Settings) Verify(ctx context.Context, p *remediate.Plan) error {
	return s.restorer.verify(ctx, p)
}

// Undo implements [remediate.Undoer]. The way back would weaken the trail, so the plan is a suggestion.
// The error wraps [remediate.ErrStale] if the settings were changed since.
func (s *Settings) Undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	return s.restorer.undo(ctx, receipt)
}
