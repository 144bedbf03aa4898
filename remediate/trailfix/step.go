package trailfix

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/countertrail/countertrail/remediate"
)

// args is the input of StartLogging and of StopLogging.
type args struct {
	Name string `json:"Name"`
}

// state is what a step needs to know of a trail.
type state struct {
	IsLogging bool `json:"isLogging"`

	// StopLoggingTime tells a start of logging since then from a status that is out of date.
	StopLoggingTime time.Time `json:"stopLoggingTime,omitzero"`
}

// startStep returns the step that starts logging on t, which was stopped at the time given; zero
// if that is unknown.
func startStep(t trail, stopped time.Time) remediate.Step {
	if stopped = stopped.UTC(); stopped.Year() < 1 || stopped.Year() > 9999 {
		stopped = time.Time{} // no time that JSON could hold, and none that CloudTrail means
	}
	var (
		input = encode(args{Name: t.arn()})
		off   = encode(state{StopLoggingTime: stopped})
		on    = encode(state{IsLogging: true})
	)
	return remediate.Step{
		Action:   actionStart,
		Resource: t.arn(),
		Region:   t.region,
		Summary:  fmt.Sprintf("start logging on the trail %q", t.name),
		Args:     input,
		Before:   off,
		After:    on,
		Command:  command("start-logging", t),
		Inverse: &remediate.Step{
			Action:   actionStop,
			Resource: t.arn(),
			Region:   t.region,
			Summary:  fmt.Sprintf("stop logging on the trail %q", t.name),
			Args:     input,
			Before:   on,
			After:    encode(state{}),
			Command:  command("stop-logging", t),
		},
	}
}

func command(operation string, t trail) string {
	return remediate.Command("aws", "cloudtrail", operation, "--name", t.arn(), "--region", t.region)
}

// planned returns the trail of a plan, and when the plan says that it was stopped. It returns an
// error unless p is as Plan makes it, whatever way it took since: its step must be the very one
// that follows from the trail that the step names.
func planned(p *remediate.Plan) (t trail, stopped time.Time, err error) {
	switch {
	case p == nil:
		return t, stopped, errors.New("no plan")
	case p.Remediator != self:
		return t, stopped, fmt.Errorf("the plan is of the remediator %.200q", p.Remediator)
	case len(p.Steps) > 1:
		return t, stopped, fmt.Errorf("the plan has %d steps, not one", len(p.Steps))
	case len(p.Steps) == 0:
		return t, stopped, nil
	}
	step := p.Steps[0]
	if t, err = parseTrailARN(step.Resource); err != nil {
		return t, stopped, fmt.Errorf("the plan's resource: %w", err)
	}
	if p.Account != t.account || p.Region != t.region {
		return t, stopped, fmt.Errorf("the plan is of account %.20q in Region %.40q and its trail is %q", p.Account, p.Region, t.arn())
	}
	var before state
	if err := json.Unmarshal(step.Before, &before); err != nil {
		return t, stopped, fmt.Errorf("the plan's state before: %w", err)
	}
	if digest(step) != digest(startStep(t, before.StopLoggingTime)) {
		return t, stopped, fmt.Errorf("the plan's step was not made here, or was changed: %.200q on %q", step.Action, t.arn())
	}
	return t, before.StopLoggingTime, nil
}

func digest(s remediate.Step) string {
	return (&remediate.Plan{Steps: []remediate.Step{s}}).Digest()
}

// encode returns v as JSON. None of the types given to it can fail.
func encode(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
