package remediate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/rule"
)

// A lamp is a remediator that switches lamps on, each with one step. Its world is a set of lamps that
// are on.
type lamp struct {
	name  string
	lamps []string
	on    map[string]bool
	call  func(action string) error
	gone  bool
	mu    sync.Mutex
}

// encodeLamps returns which lamps are on.
func encodeLamps(lamps ...*lamp) (on []string) {
	for _, l := range lamps {
		for _, arn := range l.lamps {
			if l.on[arn] {
				on = append(on, arn)
			}
		}
	}
	return on
}

var testTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (l *lamp) Spec() remediate.Spec {
	return remediate.Spec{
		Name: l.name, Handles: []string{"cloudtrail:StopLogging"}, Reads: []string{l.name + ":GetLamp"}, Writes: []string{l.name + ":SetLamp"},
		Risk: remediate.Low, Reversible: true,
	}
}

// look reads whether a lamp is on.
func (l *lamp) look(ctx context.Context, arn string) (bool, error) {
	if err := l.do(ctx, "GetLamp"); err != nil {
		return false, err
	}
	if l.gone {
		return false, remediate.ErrNotFound
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.on[arn], nil
}

func (l *lamp) do(ctx context.Context, op string) error {
	if l.call != nil {
		if err := l.call(l.name + ":" + op); err != nil {
			return errors.Join(err, meaning(err))
		}
	}
	return ctx.Err()
}

// meaning returns what the errors of remediatetest mean.
func meaning(err error) error {
	switch {
	case strings.Contains(err.Error(), "Throttling"):
		return remediate.ErrTemporary
	case strings.Contains(err.Error(), "AccessDenied"):
		return remediate.ErrDenied
	}
	return nil
}

func (l *lamp) step(arn, to string) remediate.Step {
	states := map[string]string{"on": `{"on":true}`, "off": `{"on":false}`}
	from := map[string]string{"on": "off", "off": "on"}[to]
	return remediate.Step{
		Action: l.name + ":SetLamp", Resource: arn, Region: region, Summary: "switch " + to,
		Args: []byte(states[to]), Before: []byte(states[from]), After: []byte(states[to]), Command: remediate.Command("lamp", to, arn),
	}
}

func (l *lamp) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	if f.Event == nil || f.Record == nil || f.Record.EventName != "StopLogging" {
		return nil, remediate.ErrNotApplicable
	}
	p := remediate.NewPlan(l.name, f)
	p.Summary = "The lamps of " + l.name + "."
	for _, arn := range l.lamps {
		if !strings.Contains(arn, ":"+f.Event.Account+":") {
			return nil, &remediate.Refusal{Guard: remediate.GuardScope, Reason: "another's"}
		}
		on, err := l.look(ctx, arn)
		if err != nil {
			return nil, err
		}
		if !on {
			s, back := l.step(arn, "on"), l.step(arn, "off")
			s.Inverse = &back
			p.Steps = append(p.Steps, s)
		}
	}
	return p, nil
}

func (l *lamp) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	if p.Remediator != l.name || p.Account != account {
		return nil, errors.New("not mine")
	}
	r := receiptOf(p)
	r.Started, r.Steps = testTime, []remediate.StepResult{}
	r.Finished = testTime
	for _, s := range p.Steps {
		res := remediate.StepResult{Step: s, Status: remediate.StepDone}
		want := string(s.After) == `{"on":true}`
		on, err := l.look(ctx, s.Resource)
		if errors.Is(err, remediate.ErrNotFound) {
			err = fmt.Errorf("%w: %w", remediate.ErrStale, err)
		}
		if err == nil && on == want {
			res.Status = remediate.StepAlreadyDone
		} else if err == nil {
			if err = l.do(ctx, "SetLamp"); err == nil {
				l.mu.Lock()
				l.on[s.Resource] = want
				l.mu.Unlock()
			}
		}
		if err != nil {
			res.Status, res.Error = remediate.StepFailed, err.Error()
		}
		if r.Steps = append(r.Steps, res); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (l *lamp) Verify(ctx context.Context, p *remediate.Plan) error {
	for _, s := range p.Steps {
		if on, err := l.look(ctx, s.Resource); err != nil || !on {
			return fmt.Errorf("on: %t, %w", on, err)
		}
	}
	return nil
}

func (l *lamp) Undo(ctx context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	p := &remediate.Plan{Remediator: l.name, Summary: "Off again.", Steps: []remediate.Step{}}
	for _, s := range slices.Backward(r.Steps) {
		on, err := l.look(ctx, s.Step.Resource)
		if err != nil {
			return nil, err
		}
		if !on {
			return nil, remediate.ErrStale
		}
		p.Steps = append(p.Steps, *s.Step.Inverse)
	}
	return p, nil
}

func newLamp(name string, n int) *lamp {
	l := &lamp{name: name, on: make(map[string]bool)}
	for i := range n {
		l.lamps = append(l.lamps, fmt.Sprintf("arn:aws:%s:%s:%s:lamp/%d", name, region, account, i))
	}
	return l
}

func playbook(t *testing.T, plays ...remediate.Play) *remediate.Playbook {
	t.Helper()
	b, err := remediate.NewPlaybook("book", "lamps", plays...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPlaybookConformance holds that a playbook of remediators that keep the laws keeps them.
func TestPlaybookConformance(t *testing.T) {
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"two plays": func() *remediatetest.World {
			a, b := newLamp("a", 2), newLamp("b", 1)
			book := playbook(t, remediate.Play{Remediator: a}, remediate.Play{Remediator: b})
			return &remediatetest.World{
				Remediator: book, Finding: finding(),
				State: func() any {
					a.mu.Lock()
					defer a.mu.Unlock()
					b.mu.Lock()
					defer b.mu.Unlock()
					return encodeLamps(a, b)
				},
				Hook:   func(hook func(string) error) { a.call, b.call = hook, hook },
				Meddle: func() { a.gone, b.gone = true, true },
			}
		},
	}})
}

func TestPlaybook(t *testing.T) {
	a, b, c := newLamp("a", 2), newLamp("b", 1), newLamp("c", 1)
	book := playbook(t,
		remediate.Play{Remediator: a},
		remediate.Play{Remediator: c, When: pattern.MustCompile(`{"source":["other"]}`)},
		remediate.Play{Remediator: b, When: pattern.MustCompile(`{"source":["aws.cloudtrail"]}`)},
	)
	approvals, yes := approving(t)
	engine := enforcing(&remediate.Options{Approvals: approvals})
	res := engine.Run(t.Context(), book, parsed(t, ""))
	if res.Outcome != remediate.Verified || len(res.Receipt.Steps) != 3 || len(a.on)+len(b.on) != 3 || len(c.on) != 0 {
		t.Fatalf("%s: %s; lamps %v %v %v", res.Outcome, res.Reason, a.on, b.on, c.on)
	}
	plan, err := engine.Undo(t.Context(), book, res.Receipt.ID)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, s := range plan.Steps {
		order = append(order, s.Remediator+s.Resource[len(s.Resource)-1:])
	}
	if got := strings.Join(order, " "); got != "b0 a1 a0" {
		t.Errorf("the way back is %s", got)
	}
	token, err := yes(plan)
	if err != nil {
		t.Fatal(err)
	}
	if back := engine.Apply(t.Context(), book, plan, token); back.Receipt == nil || a.on[a.lamps[0]] || b.on[b.lamps[0]] {
		t.Errorf("%s: %s; lamps %v %v", back.Outcome, back.Reason, a.on, b.on)
	}

	// A condition that cannot be answered, since there is no event's text, does not hold.
	unanswered := playbook(t, remediate.Play{Remediator: b, When: pattern.MustCompile(`{"source":["aws.cloudtrail"]}`)})
	if _, err := unanswered.Plan(t.Context(), finding()); !errors.Is(err, remediate.ErrNotApplicable) {
		t.Errorf("a condition that cannot be answered: %v", err)
	}

	// Nobody's condition.
	if _, err := playbook(t, remediate.Play{Remediator: c, When: pattern.MustCompile(`{"source":["other"]}`)}).Plan(t.Context(), parsed(t, "")); !errors.Is(err, remediate.ErrNotApplicable) {
		t.Errorf("no play is for it: %v", err)
	}
}

// TestPlaybookPartial holds that the receipt of a playbook that ended early tells of what was done.
func TestPlaybookPartial(t *testing.T) {
	for _, tt := range []struct {
		reason string
		call   func(string) error
		want   string // statuses
	}{
		{"the second remediator fails", func(action string) error {
			if action == "b:SetLamp" {
				return errOdd
			}
			return nil
		}, "[done failed]"},
		{"the second panics, so what it did is not known", func(action string) error {
			if action == "b:SetLamp" {
				panic("odd")
			}
			return nil
		}, "[done intended]"},
	} {
		a, b, c := newLamp("a", 1), newLamp("b", 1), newLamp("c", 1)
		b.call = tt.call
		book := playbook(t, remediate.Play{Remediator: a}, remediate.Play{Remediator: b}, remediate.Play{Remediator: c})
		res := enforcing(nil).Run(t.Context(), book, finding())
		var statuses []remediate.StepStatus
		for _, s := range res.Receipt.Steps {
			statuses = append(statuses, s.Status)
		}
		if res.Outcome != remediate.Partial || fmt.Sprint(statuses) != tt.want || len(c.on) > 0 {
			t.Errorf("%s: %s: %s; %v", tt.reason, res.Outcome, res.Reason, statuses)
		}
	}
}

func TestNewPlaybook(t *testing.T) {
	a := &specced{spec: remediate.Spec{Name: "a", Handles: []string{"x:Y", "x:Z"}, Reads: []string{"x:R"}, Risk: remediate.Medium, Reversible: true}}
	b := &specced{spec: remediate.Spec{Name: "b", Handles: []string{"x:Y"}, Writes: []string{"x:W"}, Risk: remediate.Low}}
	unrated := &specced{spec: remediate.Spec{Name: "c"}}
	spec := playbook(t, remediate.Play{Remediator: b}, remediate.Play{Remediator: a}).Spec()
	if fmt.Sprint(spec.Handles, spec.Reads, spec.Writes) != "[x:Y x:Z] [x:R] [x:W]" || spec.Risk != remediate.Medium || spec.Reversible {
		t.Errorf("spec %+v", spec)
	}
	for _, order := range [][]remediate.Play{{{Remediator: a}, {Remediator: unrated}}, {{Remediator: unrated}, {Remediator: a}}} {
		if risk := playbook(t, order...).Spec().Risk; risk != remediate.Unrated {
			t.Errorf("the risk is %s, and one is unrated", risk)
		}
	}
	for _, tt := range []struct {
		name   string
		plays  []remediate.Play
		reason string
	}{
		{"", []remediate.Play{{Remediator: a}}, "no name"},
		{"book", nil, "no plays"},
		{"book", []remediate.Play{{}}, "no remediator"},
		{"book", []remediate.Play{{Remediator: a}, {Remediator: a}}, "one remediator twice"},
		{"a", []remediate.Play{{Remediator: a}}, "named like its remediator"},
		{"book", []remediate.Play{{Remediator: &specced{}}}, "a remediator without a name"},
	} {
		if _, err := remediate.NewPlaybook(tt.name, "", tt.plays...); err == nil {
			t.Errorf("%s: no error", tt.reason)
		}
	}
}
