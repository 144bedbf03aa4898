package remediatetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/internal/panics"
	"github.com/countertrail/countertrail/remediate"
)

// The laws of Plan, Apply, Verify and Undo when nothing goes wrong, but for the last of Apply.
var laws = append([]law{
	{"plan-reads", "Plan makes no call but those of Spec.Reads", planReads},
	{"plan-same", "Plan makes the same plan of the same world", planSame},
	{"plan-steps", "a plan says exactly what it does, on what and for whom", planSteps},
	{"plan-fixed", "there is nothing to do in a world that was fixed", planFixed},
	{"apply-nothing", "to apply a plan without steps makes no call", applyNothing},
	{"apply-receipt", "a receipt tells of every step, and the plan stays as it was", applyReceipt},
	{"apply-kept", "a plan can be kept as JSON and applied later", applyKept},
	{"apply-twice", "to apply a plan twice does nothing the second time", applyTwice},
	{"apply-stale", "a plan whose state has changed is not applied, and the error wraps ErrStale", applyStale},
	{"apply-foreign", "a plan of another remediator, or of another account, is not applied", applyForeign},
	{"verify", "Verify says no before and yes after", verify},
	{"undo", "what was applied can be undone, and the state is then as it was", undo},
	{"undo-stale", "what somebody changed since is not undone", undoStale},
	{"secrets", "no plan, receipt or error holds a secret", secrets},
}, faults...)

var reached = law{name: "permissions", says: "no action is called that is not declared, and every declared one is in some world"}

func planReads(newWorld func() *World) error {
	o := observe(newWorld)
	before := o.state()
	if _, err := o.plan(); err != nil {
		return err
	}
	return o.noWrite(before)
}

func planSame(newWorld func() *World) error {
	o := observe(newWorld)
	first, err := o.plan()
	if err != nil {
		return err
	}
	second, err := o.plan()
	if err != nil {
		return err
	}
	third, err := observe(newWorld).plan()
	if err != nil {
		return err
	}
	if first.Digest() != second.Digest() {
		return fmt.Errorf("%s\nand then\n%s", encode(first), encode(second))
	}
	// The time of the event, and so the plan, may differ from world to world; the steps' places may not.
	if first.String() != third.String() {
		return fmt.Errorf("%q, and in another world that is the same %q", first, third)
	}
	return nil
}

func planSteps(newWorld func() *World) error {
	o := observe(newWorld)
	p, err := o.plan()
	if err != nil {
		return err
	}
	var errs []error
	e := o.Finding.Event
	if p.Remediator != o.spec.Name || p.Account != e.Account || p.Region != e.Region || p.EventID != o.Finding.Record.EventID {
		errs = append(errs, fmt.Errorf("the plan is of %q for %s in %s on the event %q", p.Remediator, p.Account, p.Region, p.EventID))
	}
	if p.Summary == "" || len(p.Steps) == 0 {
		errs = append(errs, fmt.Errorf("the plan has the summary %q and %d steps", p.Summary, len(p.Steps)))
	}
	for i := range p.Steps {
		if err := checkStep(o, &p.Steps[i]); err != nil {
			errs = append(errs, fmt.Errorf("step %d: %w", i+1, err))
		}
	}
	return errors.Join(errs...)
}

func checkStep(o *observer, s *remediate.Step) error {
	fields := strings.SplitN(s.Resource, ":", 6)
	switch {
	case !s.Manual && !slices.Contains(o.spec.Writes, s.Action):
		return fmt.Errorf("the action %q is not in Spec.Writes", s.Action)
	case len(fields) != 6 || fields[0] != "arn":
		return fmt.Errorf("the resource %q is not an ARN", s.Resource)
	case fields[4] != "" && fields[4] != o.Finding.Event.Account:
		return fmt.Errorf("the resource %q is not of the event's account", s.Resource)
	case s.Region != o.Finding.Event.Region:
		return fmt.Errorf("the Region %q is not the event's", s.Region)
	case s.Summary == "" || s.Command == "":
		return errors.New("it has no summary or no command")
	case !s.Manual && o.spec.Reversible && s.Inverse == nil:
		return errors.New("it has no inverse, and the Spec says that all steps do")
	}
	for name, raw := range map[string]json.RawMessage{"Args": s.Args, "Before": s.Before, "After": s.After} {
		if len(raw) > 0 && !json.Valid(raw) {
			return fmt.Errorf("%s is not JSON: %s", name, raw)
		}
	}
	return nil
}

func planFixed(newWorld func() *World) error {
	o := observe(newWorld)
	_, r, err := o.applied()
	if err != nil || r == nil {
		return err
	}
	p, err := o.plan()
	if err != nil {
		return err
	}
	if len(p.Automatic().Steps) > 0 {
		return fmt.Errorf("the plan after the fix is %s", p)
	}
	return nil
}

func applyNothing(newWorld func() *World) error {
	o := observe(newWorld)
	p, err := o.plan()
	if err != nil {
		return err
	}
	empty := *p
	empty.Steps = nil
	o.watch(nil)
	r, err := o.apply(&empty)
	if err != nil {
		return err
	}
	if calls := o.made(); len(calls) > 0 || len(r.Steps) > 0 {
		return fmt.Errorf("it called %q, and its receipt has %d steps", calls, len(r.Steps))
	}
	return nil
}

func applyReceipt(newWorld func() *World) error {
	o := observe(newWorld)
	p, err := o.automatic()
	if err != nil || len(p.Steps) == 0 {
		return err
	}
	digest := p.Digest()
	r, err := o.apply(p)
	if err != nil {
		return err
	}
	switch {
	case p.Digest() != digest:
		return errors.New("the plan was changed")
	case r.PlanDigest != digest:
		return fmt.Errorf("the receipt is for the plan %q, not %q", r.PlanDigest, digest)
	case r.Started.IsZero() || r.Finished.Before(r.Started):
		return fmt.Errorf("the receipt says that it took from %s to %s", r.Started, r.Finished)
	}
	return checkSteps(p, r, len(p.Steps), remediate.StepDone)
}

// checkSteps returns an error unless r has n steps, p's first, all of which ended as told.
func checkSteps(p *remediate.Plan, r *remediate.Receipt, n int, want remediate.StepStatus) error {
	if len(r.Steps) != n {
		return fmt.Errorf("the receipt has %d steps, not %d", len(r.Steps), n)
	}
	for i, s := range r.Steps {
		if s.Status != want || encode(s.Step) != encode(p.Steps[i]) {
			return fmt.Errorf("the receipt says of step %d: %s %s, and not: %s", i+1, s.Status, s.Error, want)
		}
	}
	return nil
}

func applyKept(newWorld func() *World) error {
	o := observe(newWorld)
	p, err := o.automatic()
	if err != nil || len(p.Steps) == 0 {
		return err
	}
	text, err := json.MarshalIndent(p, "", "\t")
	if err != nil {
		return err
	}
	var kept remediate.Plan
	if err := json.Unmarshal(text, &kept); err != nil {
		return err
	}
	_, err = o.apply(&kept)
	return err
}

func applyTwice(newWorld func() *World) error {
	o := observe(newWorld)
	p, r, err := o.applied()
	if err != nil || r == nil {
		return err
	}
	after := o.state()
	o.watch(nil)
	r, err = o.apply(p)
	if err != nil {
		return fmt.Errorf("the second time: %w", err)
	}
	return errors.Join(checkSteps(p, r, len(p.Steps), remediate.StepAlreadyDone), o.noWrite(after))
}

func applyStale(newWorld func() *World) error {
	o := observe(newWorld)
	p, err := o.automatic()
	if err != nil || len(p.Steps) == 0 {
		return err
	}
	o.Meddle()
	state := o.state()
	o.watch(nil)
	r, err := o.apply(p)
	if !errors.Is(err, remediate.ErrStale) {
		return fmt.Errorf("the error is %v", err)
	}
	if r.Changed() {
		return errors.New("the receipt tells of a change")
	}
	return o.noWrite(state)
}

func applyForeign(newWorld func() *World) error {
	for what, edit := range map[string]func(*remediate.Plan){
		"of another remediator": func(p *remediate.Plan) { p.Remediator += "-other" },
		"of another account":    func(p *remediate.Plan) { p.Account = otherAccount },
	} {
		o := observe(newWorld)
		p, err := o.automatic()
		if err != nil || len(p.Steps) == 0 {
			return err
		}
		state := o.state()
		o.watch(nil)
		edit(p)
		if _, err := o.apply(p); err == nil {
			return fmt.Errorf("a plan %s: no error", what)
		}
		if err := o.noWrite(state); err != nil {
			return fmt.Errorf("a plan %s: %w", what, err)
		}
	}
	return nil
}

func verify(newWorld func() *World) error {
	o := observe(newWorld)
	v, ok := o.Remediator.(remediate.Verifier)
	p, err := o.automatic()
	if err != nil || !ok || len(p.Steps) == 0 {
		return err
	}
	state := o.state()
	if err := v.Verify(context.Background(), p); err == nil {
		return errors.New("it said yes before the plan was applied")
	}
	if err := o.noWrite(state); err != nil {
		return err
	}
	if _, err := o.apply(p); err != nil {
		return err
	}
	o.watch(nil)
	state = o.state()
	if err := v.Verify(context.Background(), p); err != nil {
		return fmt.Errorf("it said no afterwards: %w", err)
	}
	return o.noWrite(state)
}

func undo(newWorld func() *World) error {
	o := observe(newWorld)
	before := o.state()
	_, r, err := o.applied()
	u, ok := o.Remediator.(remediate.Undoer)
	if err != nil || r == nil || !ok {
		return err
	}
	after := o.state()
	o.watch(nil)
	p, err := u.Undo(context.Background(), r)
	if err != nil {
		return fmt.Errorf("of Undo: %w", err)
	}
	if err := o.noWrite(after); err != nil {
		return fmt.Errorf("of Undo: %w", err)
	}
	if p == nil || len(p.Steps) == 0 {
		return errors.New("the way back has no steps, and the receipt has")
	}
	back := p.Automatic()
	if len(back.Steps) == 0 {
		return nil // a suggestion, which is for people
	}
	back.Account, back.Region = o.Finding.Event.Account, o.Finding.Event.Region // as Engine.Undo sets them
	if _, err := o.apply(back); err != nil {
		return fmt.Errorf("of the way back: %w", err)
	}
	if len(back.Steps) < len(p.Steps) {
		return nil // not all the way
	}
	return o.sameState(before)
}

func undoStale(newWorld func() *World) error {
	o := observe(newWorld)
	_, r, err := o.applied()
	u, ok := o.Remediator.(remediate.Undoer)
	if err != nil || r == nil || !ok {
		return err
	}
	o.Meddle()
	state := o.state()
	o.watch(nil)
	p, err := u.Undo(context.Background(), r)
	if err == nil && len(p.Automatic().Steps) > 0 {
		back := p.Automatic()
		back.Account, back.Region = o.Finding.Event.Account, o.Finding.Event.Region
		_, err = o.apply(back)
		if err == nil {
			return errors.New("it was undone all the same")
		}
	}
	var refusal *remediate.Refusal
	if err != nil && !errors.Is(err, remediate.ErrStale) && !errors.Is(err, remediate.ErrNotFound) && !errors.As(err, &refusal) {
		return fmt.Errorf("the error is neither ErrStale nor a Refusal: %w", err)
	}
	return o.noWrite(state)
}

func secrets(newWorld func() *World) error {
	o := observe(newWorld)
	if len(o.Secrets) == 0 {
		return nil
	}
	p, r, err := o.applied()
	if err != nil {
		return err
	}
	text := encode(p) + encode(r)
	for _, s := range o.Secrets {
		if strings.Contains(text, s) {
			return errors.New("a plan or a receipt holds one")
		}
	}
	return nil
}

// checkReached plans, applies, verifies and undoes in every world, and compares the calls with the Spec.
func checkReached(h Harness) error {
	var errs []error
	seen := make(map[string]bool)
	var spec remediate.Spec
	for name, newWorld := range h.Worlds {
		calls, s, err := tour(newWorld)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		spec = s
		for _, c := range calls {
			if !seen[c] && !slices.Contains(s.Reads, c) && !slices.Contains(s.Writes, c) {
				errs = append(errs, fmt.Errorf("%s: %s is called and not declared", name, c))
			}
			seen[c] = true
		}
	}
	for _, a := range slices.Concat(spec.Reads, spec.Writes) {
		if !seen[a] {
			errs = append(errs, fmt.Errorf("%s is declared, and called in no world", a))
		}
	}
	return errors.Join(errs...)
}

// tour has the world's remediator do all that it can, and returns the calls.
func tour(newWorld func() *World) (calls []string, spec remediate.Spec, err error) {
	defer panics.Recover(&err)
	o := observe(newWorld)
	p, r, err := o.applied()
	if err != nil {
		return nil, o.spec, err
	}
	if v, ok := o.Remediator.(remediate.Verifier); ok {
		err = errors.Join(err, v.Verify(context.Background(), p))
	}
	if reader, ok := o.Remediator.(remediate.TagReader); ok {
		for _, s := range p.Steps {
			if _, tagErr := reader.Tags(context.Background(), s); !errors.Is(tagErr, errors.ErrUnsupported) {
				err = errors.Join(err, tagErr)
			}
		}
	}
	if u, ok := o.Remediator.(remediate.Undoer); ok && r != nil {
		if back, undoErr := u.Undo(context.Background(), r); undoErr == nil {
			back = back.Automatic()
			back.Account, back.Region = o.Finding.Event.Account, o.Finding.Event.Region
			_, undoErr = o.apply(back)
			err = errors.Join(err, undoErr)
		}
	}
	return o.made(), o.spec, err
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
