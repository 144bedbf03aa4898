package configfix

import (
	"context"
	"fmt"
	"time"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// stopped plans the answer to StopConfigurationRecorder.
func (r *Remediator) stopped(ctx context.Context, f rule.Finding, p place) (*remediate.Plan, error) {
	name, err := textParameter(f.Record.RequestParameters, "configurationRecorderName")
	if err != nil {
		return nil, fmt.Errorf("detail.requestParameters: %w", err)
	}
	rec, err := r.recorder(ctx, p, name)
	switch {
	case err != nil:
		return nil, err
	case rec == nil:
		return nil, fmt.Errorf("%w: the recorder %q", remediate.ErrNotFound, name)
	case rec.serviceLinked:
		return nil, refuse("a service is linked to the recorder %q, and only AWS starts and stops it", name)
	}
	s, err := r.settled(ctx, p, name, f.Record.EventTime)
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(self, f)
	if s.recording {
		plan.Summary = fmt.Sprintf("The recorder %q records again, so there is nothing to do.", name)
		return plan, nil
	}
	plan.Summary = fmt.Sprintf("The recorder %q is stopped: start it again.", name)
	stoppedAt := s.stopped
	if stoppedAt.Before(f.Record.EventTime) {
		stoppedAt = f.Record.EventTime // a status that shows an earlier stop, or none
	}
	c, err := r.channel(ctx, p)
	if err != nil {
		return nil, err
	}
	if c != nil {
		plan.Steps = []remediate.Step{startStep(p, rec.path, stoppedAt, false)}
		return plan, nil
	}
	plan.Summary += " It has no delivery channel any more:"
	former, err := formerOf(ctx, r.history, channels, p, f, "", time.Now())
	if err != nil {
		return nil, err
	}
	restore(plan, p, former, "default")
	plan.Steps = append(plan.Steps, startStep(p, rec.path, stoppedAt, plan.Steps[0].Manual))
	return plan, nil
}

// restore adds to plan the step that puts a channel where there is none: a suggestion, if which one
// is not known for sure.
func restore(plan *remediate.Plan, p place, former former[channel], name string) {
	if !former.known {
		plan.Summary += " the former one is not known, so put one that delivers where it should."
		plan.Steps = append(plan.Steps, blankStep(p, name))
		return
	}
	plan.Summary += fmt.Sprintf(" put the former one back, which delivers to the bucket %q.", former.value.S3BucketName) + former.tell()
	plan.Steps = append(plan.Steps, putChannelStep(p, former.value, former.recent))
}

// channelDeleted plans the answer to DeleteDeliveryChannel.
func (r *Remediator) channelDeleted(ctx context.Context, f rule.Finding, p place) (*remediate.Plan, error) {
	name, err := textParameter(f.Record.RequestParameters, "deliveryChannelName")
	if err != nil {
		return nil, fmt.Errorf("detail.requestParameters: %w", err)
	}
	c, err := r.settledChannel(ctx, p, f.Record.EventTime)
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(self, f)
	if c != nil {
		plan.Summary = fmt.Sprintf("There is a delivery channel again, %q.", c.Name)
	} else {
		plan.Summary = fmt.Sprintf("The delivery channel %q was deleted:", name)
		former, err := formerOf(ctx, r.history, channels, p, f, name, f.Record.EventTime)
		if err != nil {
			return nil, err
		}
		restore(plan, p, former, name)
	}
	rec, err := r.recorder(ctx, p, "")
	if err != nil {
		return nil, err
	}
	if rec == nil || rec.serviceLinked {
		// Nor is there anything to tell whose the channel is.
		plan.Summary += " There is no recorder that it could serve, so whether to put it is for people to decide."
		for i := range plan.Steps {
			plan.Steps[i].Manual = true
		}
		return plan, nil
	}
	s, err := r.status(ctx, p, rec.Name)
	if err != nil {
		return nil, err
	}
	if s.recording {
		plan.Summary += fmt.Sprintf(" The recorder %q records.", rec.Name)
		return plan, nil
	}
	manual := len(plan.Steps) > 0 && plan.Steps[0].Manual
	if s.stopped.IsZero() || f.Record.EventTime.Sub(s.stopped) > sameAct {
		plan.Summary += fmt.Sprintf(" The recorder %q was not stopped for that, as far as is known: whether to start it is for people to decide.", rec.Name)
		manual = true
	} else {
		plan.Summary += fmt.Sprintf(" The recorder %q is stopped: start it again.", rec.Name)
	}
	plan.Steps = append(plan.Steps, startStep(p, rec.path, s.stopped, manual))
	return plan, nil
}

// propagation is how long after a call AWS Config may still show the state before it.
const propagation = 5 * time.Minute

// settledChannel reads the channel of a place, where one was deleted at the time given, until there is
// none. If the call is recent one that is still there is read again, and believed in the end.
func (r *Remediator) settledChannel(ctx context.Context, p place, deleted time.Time) (*channel, error) {
	for read := 1; ; read++ {
		c, err := r.channel(ctx, p)
		if err != nil || c == nil || read == r.reads || time.Since(deleted) > propagation {
			return c, err
		}
		if err := r.pause(ctx); err != nil {
			return nil, err
		}
	}
}

// channelPut plans the answer to PutDeliveryChannel.
func (r *Remediator) channelPut(ctx context.Context, f rule.Finding, p place) (*remediate.Plan, error) {
	now, err := r.channel(ctx, p)
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(self, f)
	if now == nil {
		plan.Summary = "The delivery channel was deleted since it was put."
		return plan, nil
	}
	former, err := formerOf(ctx, r.history, channels, p, f, now.Name, f.Record.EventTime)
	switch {
	case err != nil:
		return nil, err
	case !former.known:
		plan.Summary = fmt.Sprintf("The delivery channel %q delivers to the bucket %.100q. Where it delivered before, if it existed, is not known.", now.Name, now.S3BucketName)
	case former.value == *now:
		plan.Summary = fmt.Sprintf("The delivery channel %q is as it was, so there is nothing to do.", now.Name)
	default:
		plan.Summary = fmt.Sprintf("The delivery channel %q was changed: it delivers to the bucket %.100q, and delivered to %q.", now.Name, now.S3BucketName, former.value.S3BucketName) + former.tell()
		plan.Steps = []remediate.Step{replaceChannelStep(p, *now, former.value)}
	}
	return plan, nil
}

// recorderPut plans the answer to PutConfigurationRecorder.
func (r *Remediator) recorderPut(ctx context.Context, f rule.Finding, p place) (*remediate.Plan, error) {
	name, err := textParameter(member(f.Record.RequestParameters, "configurationRecorder"), "name")
	if err != nil {
		return nil, fmt.Errorf("detail.requestParameters.configurationRecorder: %w", err)
	}
	now, err := r.recorder(ctx, p, name)
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(self, f)
	if now == nil {
		plan.Summary = fmt.Sprintf("The recorder %q was deleted since it was put.", name)
		return plan, nil
	}
	if now.serviceLinked {
		return nil, refuse("a service is linked to the recorder %q, and only AWS changes it", name)
	}
	former, err := formerOf(ctx, r.history, recorders, p, f, name, f.Record.EventTime)
	if err != nil {
		return nil, err
	}
	before := former.value
	if !former.known {
		before = *now
		before.RecordingGroup = group{AllSupported: true, IncludeGlobalResourceTypes: now.RecordingGroup.IncludeGlobalResourceTypes}
	}
	less := now.less(before)
	switch {
	case less == "" && former.known:
		plan.Summary = fmt.Sprintf("The recorder %q records all that it did, so there is nothing to do.", name)
		return plan, nil
	case less == "":
		plan.Summary = fmt.Sprintf("The recorder %q records all types of resources, so there is nothing to do.", name)
		return plan, nil
	case former.known:
		plan.Summary = fmt.Sprintf("The recorder %q now %s: put it back as it was.", name, less) + former.tell()
	default:
		plan.Summary = fmt.Sprintf("The recorder %q does not record all types of resources, and which it did is not known: let it record all.", name)
	}
	plan.Steps = []remediate.Step{putRecorderStep(p, now, before)}
	return plan, nil
}

// recorderDeleted plans the answer to DeleteConfigurationRecorder.
func (r *Remediator) recorderDeleted(ctx context.Context, f rule.Finding, p place) (*remediate.Plan, error) {
	name, err := textParameter(f.Record.RequestParameters, "configurationRecorderName")
	if err != nil {
		return nil, fmt.Errorf("detail.requestParameters: %w", err)
	}
	now, err := r.recorder(ctx, p, "")
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(self, f)
	if now != nil && !now.serviceLinked {
		plan.Summary = fmt.Sprintf("There is a recorder again, %q.", now.Name)
		return plan, nil
	}
	former, err := formerOf(ctx, r.history, recorders, p, f, name, f.Record.EventTime)
	if err != nil {
		return nil, err
	}
	plan.Summary = fmt.Sprintf("The recorder %q was deleted: put the former one back and start it.", name) + former.tell()
	if !former.known {
		former.value = recorder{Name: name, RoleARN: p.serviceRole(), RecordingGroup: everything}
		plan.Summary = fmt.Sprintf("The recorder %q was deleted, and what it recorded is not known: put one that records everything and start it.", name)
	}
	plan.Steps = []remediate.Step{putRecorderStep(p, nil, former.value), startStep(p, name, f.Record.EventTime, true)}
	return plan, nil
}

// serviceRole returns the ARN of the service-linked role of AWS Config: "Using Service-Linked Roles
// for AWS Config" in the Developer Guide.
func (p place) serviceRole() string {
	return "arn:" + p.partition + ":iam::" + p.account + ":role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
}
