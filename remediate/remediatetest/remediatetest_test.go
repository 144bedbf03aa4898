package remediatetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/rule"
)

const (
	account = "123456789012"
	region  = "eu-west-1"
)

// A house has two lamps, which are to be on, and which somebody switched off.
type house struct {
	mu    sync.Mutex
	lamps map[string]bool // whether the lamp is on
	hook  func(action string) error
}

func (h *house) call(action string) error {
	if h.hook == nil {
		return nil
	}
	return h.hook(action)
}

func (h *house) get(ctx context.Context, name string) (bool, error) {
	if err := h.call("lamp:Get"); err != nil {
		return false, meaning(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	on, ok := h.lamps[name]
	if !ok {
		return false, remediate.ErrNotFound
	}
	return on, ctx.Err()
}

func (h *house) set(ctx context.Context, name string, on bool) error {
	if err := h.call("lamp:Set"); err != nil {
		return meaning(err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lamps[name] = on
	return nil
}

func meaning(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	sentinel := remediate.ErrTemporary
	if api.ErrorCode() == "AccessDeniedException" {
		sentinel = remediate.ErrDenied
	}
	return fmt.Errorf("%w: %w", sentinel, err)
}

// A fault is one way in which a lighter breaks the contract.
type fault string

// A lighter switches lamps on again, and keeps every law but for its fault.
type lighter struct {
	house *house
	fault fault
	plans int
	last  *remediate.Plan
	mu    sync.Mutex
}

func (l *lighter) Spec() remediate.Spec {
	s := remediate.Spec{
		Name: "lighter", Summary: "switches lamps on", Handles: []string{"lamp:Set"}, Reads: []string{"lamp:Get"}, Writes: []string{"lamp:Set"},
		Risk: remediate.Low, Reversible: true,
	}
	switch l.fault {
	case "declares what it never does":
		s.Writes = append(s.Writes, "lamp:Delete")
	case "does not declare what it reads":
		s.Reads = nil
	case "is unrated":
		s.Risk = remediate.Unrated
	}
	return s
}

func arnOf(name string) string { return "arn:aws:lamp:" + region + ":" + account + ":lamp/" + name }

func step(name string, on bool) remediate.Step {
	state := func(on bool) json.RawMessage { return fmt.Appendf(nil, `{"on":%t}`, on) }
	return remediate.Step{
		Action: "lamp:Set", Resource: arnOf(name), Region: region, Summary: "switch it", Args: state(on), Before: state(!on), After: state(on),
		Command: remediate.Command("lamp", name),
	}
}

func (l *lighter) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	if l.fault == "panics at an empty record" && f.Record != nil && f.Record.EventName == "" {
		panic("odd")
	}
	if f.Event == nil || f.Record == nil || f.Record.Call() != "lamp:Set" {
		return nil, remediate.ErrNotApplicable
	}
	if f.Event.Account != account && l.fault != "acts in any account" {
		return nil, &remediate.Refusal{Guard: remediate.GuardScope, Reason: "another's"}
	}
	var params struct{ Names []string }
	if json.Unmarshal(f.Record.RequestParameters, &params) != nil || len(params.Names) == 0 {
		return nil, errors.New("no names")
	}
	p := remediate.NewPlan("lighter", f)
	p.Summary = "Light."
	l.mu.Lock()
	l.plans++
	l.last = p
	if l.fault == "makes another plan every time" {
		p.Summary += strings.Repeat("!", l.plans)
	}
	l.mu.Unlock()
	if l.fault == "writes while it plans" {
		if err := l.house.set(ctx, "hall", true); err != nil {
			return nil, err
		}
	}
	for _, name := range params.Names {
		on, err := l.house.get(ctx, name)
		if err != nil {
			if l.fault == "hides why it failed" {
				err = errors.New("it failed")
			}
			return nil, err
		}
		if on && l.fault != "plans what is done" && l.fault != "does all again" {
			continue
		}
		s, back := step(name, true), step(name, false)
		s.Inverse = &back
		switch l.fault {
		case "has no ARN":
			s.Resource = name
		case "has no inverse":
			s.Inverse = nil
		case "takes names for options":
			s.Command = "lamp --help"
		}
		p.Steps = append(p.Steps, s)
	}
	return p, nil
}

func (l *lighter) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	if (p.Remediator != "lighter" || p.Account != account) && l.fault != "applies any plan" {
		return nil, errors.New("not mine")
	}
	l.mu.Lock()
	known := p == l.last
	l.mu.Unlock()
	if l.fault == "knows its plans by their address" && !known {
		return nil, errors.New("not mine")
	}
	if l.fault == "looks though there is nothing to do" {
		if _, err := l.house.get(ctx, "hall"); err != nil {
			return nil, err
		}
	}
	r := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now(), Steps: []remediate.StepResult{}}
	var failure error
	for i := range p.Steps {
		res, err := l.apply(ctx, &p.Steps[i])
		r.Steps = append(r.Steps, res)
		if err != nil && l.fault != "goes on after a failure" {
			failure = err
			break
		}
		failure = errors.Join(failure, err)
	}
	r.Finished = time.Now()
	switch l.fault {
	case "loses the receipt of a failure":
		if failure != nil {
			return nil, failure
		}
	case "tells of all as done":
		r.Steps = nil
		for _, s := range p.Steps {
			r.Steps = append(r.Steps, remediate.StepResult{Step: s, Status: remediate.StepDone})
		}
	case "changes the plan":
		p.Summary += "!"
	}
	return r, failure
}

func (l *lighter) apply(ctx context.Context, s *remediate.Step) (remediate.StepResult, error) {
	name := s.Resource[strings.LastIndex(s.Resource, "/")+1:]
	res := remediate.StepResult{Step: *s, Status: remediate.StepDone}
	want := string(s.After) == `{"on":true}`
	if l.fault == "ignores its context" {
		ctx = context.WithoutCancel(ctx)
	}
	var on bool
	var err error
	if l.fault != "does not look again" && l.fault != "does all again" {
		on, err = l.house.get(ctx, name)
		if errors.Is(err, remediate.ErrNotFound) {
			err = fmt.Errorf("%w: %w", remediate.ErrStale, err)
		}
	}
	switch {
	case err == nil && on == want && l.fault != "does all again" && l.fault != "takes what is done for a change":
		res.Status = remediate.StepAlreadyDone
	case err == nil:
		err = l.house.set(ctx, name, want)
	}
	if l.fault == "ignores its context" && errors.Is(err, context.Canceled) {
		err = l.house.set(ctx, name, want)
	}
	if err != nil {
		res.Status, res.Error = remediate.StepFailed, err.Error()
	}
	return res, err
}

func (l *lighter) Verify(ctx context.Context, p *remediate.Plan) error {
	for _, s := range p.Steps {
		on, err := l.house.get(ctx, s.Resource[strings.LastIndex(s.Resource, "/")+1:])
		if err != nil {
			return err
		}
		if !on && l.fault != "verifies anything" {
			return errors.New("off")
		}
	}
	return nil
}

func (l *lighter) Undo(ctx context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	p := &remediate.Plan{Remediator: "lighter", Summary: "Off again.", Steps: []remediate.Step{}}
	for _, s := range r.Steps {
		name := s.Step.Resource[strings.LastIndex(s.Step.Resource, "/")+1:]
		if l.fault == "undoes at once" {
			if err := l.house.set(ctx, name, false); err != nil {
				return nil, err
			}
		}
		if on, err := l.house.get(ctx, name); err != nil || !on {
			return nil, fmt.Errorf("%w: %w", remediate.ErrStale, err)
		}
		p.Steps = append(p.Steps, *s.Step.Inverse)
	}
	if l.fault == "undoes half" {
		p.Steps = p.Steps[:1]
	}
	return p, nil
}

// harness returns one of lighters with the fault.
func harness(f fault) remediatetest.Harness {
	return remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{"two lamps": func() *remediatetest.World {
		h := &house{lamps: map[string]bool{"hall": false, "stairs": false}}
		now := time.Now()
		w := &remediatetest.World{
			Remediator: &lighter{house: h, fault: f},
			Finding: rule.Finding{
				Rule:  &rule.Rule{ID: "lamps"},
				Event: &event.Event{ID: "e", Account: account, Region: region, Time: now},
				Record: &event.Record{
					EventSource: "lamp.amazonaws.com", EventName: "Set", EventTime: now, AWSRegion: region, RecipientAccountID: account,
					EventID: "event-id", RequestParameters: json.RawMessage(`{"names":["hall","stairs"]}`), ResponseElements: json.RawMessage("null"),
				},
			},
			State: func() any {
				h.mu.Lock()
				defer h.mu.Unlock()
				state := make(map[string]bool, len(h.lamps))
				for name, on := range h.lamps {
					state[name] = on
				}
				return state
			},
			Hook:   func(hook func(string) error) { h.hook = hook },
			Meddle: func() { delete(h.lamps, "hall"); delete(h.lamps, "stairs") },
		}
		if f == "tells a secret" {
			w.Secrets = []string{"lamp/hall"}
		} else {
			w.Secrets = []string{"s3cr3t"}
		}
		return w
	}}}
}

// TestRun holds that a remediator that keeps the laws passes.
func TestRun(t *testing.T) { remediatetest.Run(t, harness("")) }

// TestBroken holds that of each remediator that breaks a law, the law is told.
func TestBroken(t *testing.T) {
	tests := []struct {
		fault fault
		laws  []string // that must be told, among others
	}{
		{"writes while it plans", []string{"plan-reads"}},
		{"makes another plan every time", []string{"plan-same"}},
		{"has no ARN", []string{"plan-steps"}},
		{"has no inverse", []string{"plan-steps"}},
		{"plans what is done", []string{"plan-fixed"}},
		{"does all again", []string{"plan-fixed", "apply-twice", "delayed"}},
		{"knows its plans by their address", []string{"apply-kept"}},
		{"looks though there is nothing to do", []string{"apply-nothing"}},
		{"tells of all as done", []string{"apply-twice", "partial"}},
		{"changes the plan", []string{"apply-receipt"}},
		{"takes what is done for a change", []string{"apply-twice"}},
		{"does not look again", []string{"apply-stale"}},
		{"applies any plan", []string{"apply-foreign"}},
		{"verifies anything", []string{"verify"}},
		{"undoes half", []string{"undo"}},
		{"undoes at once", []string{"undo"}},
		{"tells a secret", []string{"secrets"}},
		{"hides why it failed", []string{"throttled", "denied"}},
		{"goes on after a failure", []string{"partial"}},
		{"loses the receipt of a failure", []string{"partial"}},
		{"ignores its context", []string{"cancelled"}},
		{"acts in any account", []string{"another-account"}},
		{"panics at an empty record", []string{"hostile"}},
		{"takes names for options", []string{"hostile"}},
		{"declares what it never does", []string{"permissions"}},
		{"does not declare what it reads", []string{"permissions"}},
		{"is unrated", []string{"duplicate"}},
	}
	for _, tt := range tests {
		err := remediatetest.Test(harness(tt.fault))
		if err == nil {
			t.Errorf("%s: passes", tt.fault)
			continue
		}
		for _, law := range tt.laws {
			told := slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool {
				return strings.Contains(line, "/"+law+": ") || strings.HasPrefix(line, "remediatetest: "+law+": ")
			})
			if !told {
				t.Errorf("%s: the law %s is not told:\n%v", tt.fault, law, err)
			}
		}
	}
	if err := remediatetest.Test(remediatetest.Harness{}); err == nil {
		t.Error("no worlds: passes")
	}
}
