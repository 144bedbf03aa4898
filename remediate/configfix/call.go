package configfix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"

	"github.com/countertrail/countertrail/remediate"
)

// A call is a step as Apply carries it out.
type call struct {
	action   string
	resource string
	place    place

	// look reads the state that the step is about.
	look func(context.Context, *Remediator) (standing, error)
	// do makes the call.
	do func(context.Context, *Remediator) error
}

// A standing is how far a step has got.
type standing struct {
	ready bool   // the state is the one before the step
	done  bool   // it is the one after
	tell  string // what it is
}

// callsOf returns the calls of a plan. It returns an error unless p is as Plan or Undo makes it,
// whatever way it took since: every step must be the very one that follows from its resource and
// from the states that it names.
func callsOf(p *remediate.Plan) ([]call, error) {
	switch {
	case p == nil:
		return nil, errors.New("no plan")
	case p.Remediator != self:
		return nil, fmt.Errorf("the plan is of the remediator %.200q", p.Remediator)
	case len(p.Steps) > maxSteps:
		return nil, fmt.Errorf("the plan has %d steps, and none of ours more than %d", len(p.Steps), maxSteps)
	}
	calls := make([]call, len(p.Steps))
	for i, s := range p.Steps {
		c, err := callOf(s)
		if err == nil && (c.place.account != p.Account || c.place.region != p.Region) {
			err = fmt.Errorf("the plan is of account %.20q in Region %.40q and its resource is %q", p.Account, p.Region, c.resource)
		}
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		calls[i] = c
	}
	return calls, nil
}

// maxSteps is how many steps a plan has at most: the channel and the recorder.
const maxSteps = 2

func callOf(s remediate.Step) (call, error) {
	var (
		c    call
		want remediate.Step
		err  error
	)
	switch s.Action {
	case actionStart, actionStop:
		c, want, err = recorderCall(s)
	case actionPutChannel, actionDeleteChannel:
		c, want, err = channelCall(s)
	default:
		err = errors.New("no such step is made here but for people to carry out")
	}
	if err == nil && digest(s) != digest(want) {
		err = errors.New("for people to carry out, not made here, or changed")
	}
	if err != nil {
		return call{}, fmt.Errorf("%.100q on %.200q: %w", s.Action, s.Resource, err)
	}
	c.action, c.resource = s.Action, s.Resource
	return c, nil
}

// recorderCall returns the call of a step on a recorder, and the step as it is made here.
func recorderCall(s remediate.Step) (c call, want remediate.Step, err error) {
	p, path, err := parseARN(s.Resource, typeRecorder)
	if err != nil {
		return c, want, err
	}
	var before recordingState
	if err := json.Unmarshal(s.Before, &before); err != nil {
		return c, want, fmt.Errorf("the state before: %w", err)
	}
	c.place = p
	name := nameOf(path)
	if s.Action == actionStart {
		want = startStep(p, path, before.LastStopTime, s.Manual)
		c.do = func(ctx context.Context, r *Remediator) error {
			_, err := r.writer.StartConfigurationRecorder(ctx, &configservice.StartConfigurationRecorderInput{ConfigurationRecorderName: aws.String(name)}, in(p.region))
			return err
		}
	} else {
		want = stopStep(p, path)
		c.do = func(ctx context.Context, r *Remediator) error {
			_, err := r.reverter.StopConfigurationRecorder(ctx, &configservice.StopConfigurationRecorderInput{ConfigurationRecorderName: aws.String(name)}, in(p.region))
			return err
		}
	}
	c.look = func(ctx context.Context, r *Remediator) (standing, error) {
		st, err := r.status(ctx, p, name)
		now := standing{ready: st.recording, done: !st.recording, tell: fmt.Sprintf("the recorder %q records: %t", name, st.recording)}
		if s.Action == actionStart {
			now.ready, now.done = !st.recording, st.restarted(before.LastStopTime)
		}
		return now, err
	}
	return c, want, nil
}

// channelCall returns the call of a step on a channel, and the step as it is made here.
func channelCall(s remediate.Step) (c call, want remediate.Step, err error) {
	p, name, err := parseARN(s.Resource, typeChannel)
	if err != nil {
		return c, want, err
	}
	var before, after channelState
	if err := errors.Join(json.Unmarshal(s.Before, &before), json.Unmarshal(s.After, &after)); err != nil {
		return c, want, fmt.Errorf("the states before and after: %w", err)
	}
	what := after.DeliveryChannel
	if s.Action == actionDeleteChannel {
		what = before.DeliveryChannel
	}
	if what == nil {
		return c, want, errors.New("names no delivery channel")
	}
	if err := what.check(); err != nil {
		return c, want, err
	}
	c.place = p
	if s.Action == actionPutChannel {
		want = putChannelStep(p, *what, s.Manual)
		c.do = func(ctx context.Context, r *Remediator) error {
			_, err := r.writer.PutDeliveryChannel(ctx, &configservice.PutDeliveryChannelInput{DeliveryChannel: what.input()}, in(p.region))
			return err
		}
	} else {
		want = deleteChannelStep(p, *what)
		c.do = func(ctx context.Context, r *Remediator) error {
			_, err := r.reverter.DeleteDeliveryChannel(ctx, &configservice.DeleteDeliveryChannelInput{DeliveryChannelName: aws.String(name)}, in(p.region))
			return err
		}
	}
	c.look = func(ctx context.Context, r *Remediator) (standing, error) {
		now, err := r.channel(ctx, p)
		none, same := now == nil, now != nil && *now == *what
		st := standing{ready: none, done: same, tell: "there is no delivery channel"}
		if s.Action == actionDeleteChannel {
			st.ready, st.done = same, none
		}
		if now != nil {
			st.tell = fmt.Sprintf("there is the delivery channel %.100q to the bucket %.100q", now.Name, now.S3BucketName)
		}
		return st, err
	}
	return c, want, nil
}
