package kmsfix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/countertrail/countertrail/remediate"
)

// args is the input of every call.
type args struct {
	KeyID               string `json:"KeyId"`
	PendingWindowInDays int    `json:"PendingWindowInDays,omitempty"`
}

// cancelStep returns the step that cancels the deletion of k, and enableStep the one that enables it.
func cancelStep(k key, keyState string, window int, manual bool) remediate.Step {
	s := step(actionCancel, k, "cancel the deletion of the key "+strconv.Quote(k.id), manual)
	s.Before = encode(state{KeyState: keyState, PendingWindowInDays: window})
	s.After = encode(state{KeyState: keyDisabled})
	inverse := scheduleStep(k, keyState, window)
	s.Inverse = &inverse
	return s
}

func enableStep(k key, manual bool) remediate.Step {
	s := step(actionEnable, k, "enable the key "+strconv.Quote(k.id), manual)
	s.Before = encode(state{KeyState: keyDisabled})
	s.After = encode(state{KeyState: keyEnabled})
	inverse := disableStep(k)
	s.Inverse = &inverse
	return s
}

// scheduleStep and disableStep return the inverses, which are suggestions always.
func scheduleStep(k key, keyState string, window int) remediate.Step {
	s := step(actionSchedule, k, "schedule the deletion of the key "+strconv.Quote(k.id)+" again", true)
	s.Args = encode(args{KeyID: k.arn(), PendingWindowInDays: window})
	s.Command += " " + remediate.Command("--pending-window-in-days", strconv.Itoa(window))
	s.Before = encode(state{KeyState: keyDisabled})
	s.After = encode(state{KeyState: keyState, PendingWindowInDays: window})
	return s
}

func disableStep(k key) remediate.Step {
	s := step(actionDisable, k, "disable the key "+strconv.Quote(k.id)+" again", true)
	s.Before = encode(state{KeyState: keyEnabled})
	s.After = encode(state{KeyState: keyDisabled})
	return s
}

func step(action string, k key, summary string, manual bool) remediate.Step {
	return remediate.Step{
		Action:   action,
		Resource: k.arn(),
		Region:   k.region,
		Summary:  summary,
		Args:     encode(args{KeyID: k.arn()}),
		Command:  remediate.Command("aws", "kms", operations[action].cli, "--key-id", k.arn(), "--region", k.region),
		Manual:   manual,
	}
}

// An operation is what there is to know of a call that a step can make.
type operation struct {
	cli  string
	from func(state) bool // whether the call makes sense in this state
	to   func(state) bool // whether the state is what the call leaves, or better
	call func(context.Context, *Remediator, key, args) error
}

// operations holds the calls by their IAM action.
var operations = map[string]operation{
	actionCancel: {"cancel-key-deletion", state.pending, is(keyDisabled, keyEnabled),
		func(ctx context.Context, r *Remediator, k key, _ args) error {
			_, err := r.writer.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: aws.String(k.arn())}, in(k.region))
			return err
		}},
	actionEnable: {"enable-key", is(keyDisabled), is(keyEnabled),
		func(ctx context.Context, r *Remediator, k key, _ args) error {
			_, err := r.writer.EnableKey(ctx, &kms.EnableKeyInput{KeyId: aws.String(k.arn())}, in(k.region))
			return err
		}},
	actionDisable: {"disable-key", is(keyEnabled), is(keyDisabled),
		func(ctx context.Context, r *Remediator, k key, _ args) error {
			_, err := r.reverter.DisableKey(ctx, &kms.DisableKeyInput{KeyId: aws.String(k.arn())}, in(k.region))
			return err
		}},
	actionSchedule: {"schedule-key-deletion", is(keyDisabled), state.pending,
		func(ctx context.Context, r *Remediator, k key, a args) error {
			_, err := r.reverter.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{
				KeyId: aws.String(k.arn()), PendingWindowInDays: aws.Int32(int32(a.PendingWindowInDays)),
			}, in(k.region))
			return err
		}},
}

func is(states ...string) func(state) bool {
	return func(s state) bool { return slices.Contains(states, s.KeyState) }
}

// A call is a step as Apply carries it out.
type call struct {
	operation
	action string
	key    key
	args   args
}

// callsOf returns the calls of a plan. It returns an error unless p is as Plan or Undo makes it,
// whatever way it took since: every step must be the very one that follows from its key, its action
// and the states that it names.
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
		if err == nil && (c.key.account != p.Account || c.key.region != p.Region || c.key != calls[0].key && i > 0) {
			err = fmt.Errorf("the plan is of account %.20q in Region %.40q and its key is %q", p.Account, p.Region, c.key.arn())
		}
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		calls[i] = c
	}
	return calls, nil
}

// maxSteps is how many steps a plan has at most: the two halves.
const maxSteps = 2

func callOf(s remediate.Step) (call, error) {
	k, err := parseARN(s.Resource)
	if err != nil {
		return call{}, err
	}
	if s.Action == actionPutPolicy {
		return call{}, fmt.Errorf("%s is for people to carry out: %s", s.Action, s.Summary)
	}
	var want remediate.Step
	switch s.Action {
	case actionCancel:
		before := decode(s.Before)
		want = cancelStep(k, before.KeyState, before.PendingWindowInDays, s.Manual)
		if !before.pending() {
			return call{}, fmt.Errorf("%s in the state %.40q", s.Action, before.KeyState)
		}
	case actionEnable:
		want = enableStep(k, s.Manual)
	case actionSchedule:
		after := decode(s.After)
		want = scheduleStep(k, after.KeyState, after.PendingWindowInDays)
		if !after.pending() || after.PendingWindowInDays < minWindow || after.PendingWindowInDays > maxWindow {
			return call{}, fmt.Errorf("%s to the state %.40q in %d days", s.Action, after.KeyState, after.PendingWindowInDays)
		}
	case actionDisable:
		want = disableStep(k)
	}
	if digest(s) != digest(want) {
		return call{}, fmt.Errorf("not made here, or changed: %.200q on %q", s.Action, k.arn())
	}
	c := call{operation: operations[s.Action], action: s.Action, key: k}
	return c, json.Unmarshal(s.Args, &c.args)
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

// decode returns the state that raw holds; the zero state, which is none, if it holds none.
func decode(raw json.RawMessage) (s state) {
	if json.Unmarshal(raw, &s) != nil {
		return state{}
	}
	return s
}
