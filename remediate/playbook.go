package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// A Play is one entry of a [Playbook].
type Play struct {
	Remediator Remediator
	When       *pattern.Pattern // on which events, as EventBridge delivers them; nil means all
}

// A Playbook is several remediators in the place of one: one plan, one receipt, one way back. Give an
// [Engine] the playbook or the remediators, not both: each would answer.
//
// The plans of all its plays are made before any is applied, so a play does not see what those before
// it will have changed. They are applied in order, and the first that fails is the last.
type Playbook struct {
	spec  Spec
	plays []Play
}

var (
	_ Remediator = (*Playbook)(nil)
	_ Undoer     = (*Playbook)(nil)
	_ Verifier   = (*Playbook)(nil)
	_ TagReader  = (*Playbook)(nil)
)

// NewPlaybook returns a playbook with the given name, unique among remediators. It is an error if it
// has no plays, or if two of its remediators share a name or have none.
func NewPlaybook(name, summary string, plays ...Play) (*Playbook, error) {
	b := &Playbook{spec: Spec{Name: name, Summary: summary, Risk: Low, Reversible: true}, plays: slices.Clone(plays)}
	if name == "" || len(plays) == 0 {
		return nil, fmt.Errorf("remediate: the playbook %q needs a name and plays", name)
	}
	var names []string
	for i, play := range plays {
		if play.Remediator == nil {
			return nil, fmt.Errorf("remediate: the playbook %q: play %d has no remediator", name, i+1)
		}
		s := play.Remediator.Spec()
		if s.Name == "" || s.Name == name || slices.Contains(names, s.Name) {
			return nil, fmt.Errorf("remediate: the playbook %q: play %d is named %q, like another or not at all", name, i+1, s.Name)
		}
		names = append(names, s.Name)
		b.spec.include(s)
	}
	return b, nil
}

// include makes s the Spec of what it describes together with what other does.
func (s *Spec) include(other Spec) {
	union := func(to *[]string, from []string) {
		*to = append(*to, from...)
		slices.Sort(*to)
		*to = slices.Compact(*to)
	}
	union(&s.Handles, other.Handles)
	union(&s.Reads, other.Reads)
	union(&s.Writes, other.Writes)
	s.Reversible = s.Reversible && other.Reversible
	if s.Risk != Unrated { // which is the worst
		s.Risk = max(s.Risk, other.Risk)
		if other.Risk == Unrated {
			s.Risk = Unrated
		}
	}
}

// Spec implements [Remediator]: it has everything of its remediators', and the highest risk of all.
func (b *Playbook) Spec() Spec {
	s := b.spec
	s.Handles, s.Reads, s.Writes = slices.Clone(s.Handles), slices.Clone(s.Reads), slices.Clone(s.Writes)
	return s
}

// Plan implements [Remediator]. It is made of the plans of the plays that the finding is for; one
// that cannot be made is an error, and there is no plan. If it is for none, the error wraps
// [ErrNotApplicable].
func (b *Playbook) Plan(ctx context.Context, f rule.Finding) (*Plan, error) {
	plan := NewPlan(b.spec.Name, f)
	var summaries []string
	for _, play := range b.plays {
		if !play.isFor(f) {
			continue
		}
		sub, err := play.Remediator.Plan(ctx, f)
		name := play.Remediator.Spec().Name
		switch {
		case errors.Is(err, ErrNotApplicable):
			continue
		case err != nil:
			return nil, fmt.Errorf("playbook %s: %w", b.spec.Name, err)
		case sub == nil:
			return nil, fmt.Errorf("playbook %s: the remediator %s returned neither a plan nor an error", b.spec.Name, name)
		}
		summaries = append(summaries, sub.Summary)
		for _, s := range sub.Steps {
			s.Remediator = name
			plan.Steps = append(plan.Steps, s)
		}
	}
	if summaries == nil {
		return nil, fmt.Errorf("playbook %s: %w: no play is for it", b.spec.Name, ErrNotApplicable)
	}
	plan.Summary = strings.Join(summaries, " ")
	return plan, nil
}

// isFor reports whether p is for f: whether its remediator declares the call, and its condition holds.
// A condition that cannot be answered does not hold: nothing is done.
func (p *Play) isFor(f rule.Finding) bool {
	if f.Event == nil || f.Record == nil || !slices.Contains(p.Remediator.Spec().Handles, f.Record.Call()) {
		return false
	}
	if p.When == nil {
		return true
	}
	ok, err := p.When.Match(f.Event.Raw())
	return ok && err == nil
}

// A part is what of a plan is one remediator's.
type part struct {
	remediator Remediator
	plan       *Plan
}

// parts returns what of p is whose, in the order of its steps.
func (b *Playbook) parts(p *Plan) ([]part, error) {
	if p == nil {
		return nil, errors.New("no plan")
	}
	if p.Remediator != b.spec.Name {
		return nil, fmt.Errorf("the plan is of the remediator %.100q", p.Remediator)
	}
	var parts []part
	for i, s := range p.Steps {
		if i == 0 || s.Remediator != p.Steps[i-1].Remediator {
			r := b.remediator(s.Remediator)
			if r == nil {
				return nil, fmt.Errorf("step %d is of the remediator %.100q, which has no play", i+1, s.Remediator)
			}
			sub := *p
			sub.Remediator, sub.Steps = s.Remediator, nil
			parts = append(parts, part{r, &sub})
		}
		last := parts[len(parts)-1].plan
		s.Remediator = ""
		last.Steps = append(last.Steps, s)
	}
	return parts, nil
}

// remediator returns the one with the name; nil if there is none.
func (b *Playbook) remediator(name string) Remediator {
	for _, play := range b.plays {
		if play.Remediator.Spec().Name == name {
			return play.Remediator
		}
	}
	return nil
}

// Apply implements [Remediator].
func (b *Playbook) Apply(ctx context.Context, p *Plan) (*Receipt, error) {
	parts, err := b.parts(p)
	if err != nil {
		return nil, fmt.Errorf("playbook %s: %w", b.spec.Name, err)
	}
	receipt := &Receipt{PlanDigest: p.Digest(), Started: time.Now().UTC(), Steps: []StepResult{}}
	for _, part := range parts {
		sub, err := apply(ctx, part.remediator, part.plan)
		if sub != nil {
			for _, s := range sub.Steps {
				s.Step.Remediator = part.plan.Remediator
				receipt.Steps = append(receipt.Steps, s)
			}
		}
		if isPanic(err) { // what it did is not known
			for _, s := range part.plan.Steps {
				s.Remediator = part.plan.Remediator
				receipt.Steps = append(receipt.Steps, StepResult{Step: s, Status: StepIntended})
			}
		}
		if err != nil {
			receipt.Finished = time.Now().UTC()
			return receipt, fmt.Errorf("playbook %s: %w", b.spec.Name, err)
		}
	}
	receipt.Finished = time.Now().UTC()
	return receipt, nil
}

// Verify implements [Verifier]. What a remediator cannot verify is taken for granted.
func (b *Playbook) Verify(ctx context.Context, p *Plan) error {
	parts, err := b.parts(p)
	if err != nil {
		return fmt.Errorf("playbook %s: %w", b.spec.Name, err)
	}
	for _, part := range parts {
		if v, ok := part.remediator.(Verifier); ok {
			if err := v.Verify(ctx, part.plan); err != nil {
				return fmt.Errorf("playbook %s: %w", b.spec.Name, err)
			}
		}
	}
	return nil
}

// Undo implements [Undoer]: what was done last is undone first. It is an error if something was done
// by a remediator that cannot undo.
func (b *Playbook) Undo(ctx context.Context, r *Receipt) (*Plan, error) {
	undo := &Plan{Remediator: b.spec.Name, RuleID: r.RuleID, EventID: r.EventID, Account: r.Account, Region: r.Region, Steps: []Step{}}
	var summaries []string
	for _, sub := range slices.Backward(split(r)) {
		u, ok := b.remediator(sub.Remediator).(Undoer)
		if !ok {
			return nil, fmt.Errorf("playbook %s: %.100q cannot undo", b.spec.Name, sub.Remediator)
		}
		p, err := u.Undo(ctx, sub)
		if err != nil {
			return nil, fmt.Errorf("playbook %s: %w", b.spec.Name, err)
		}
		if p == nil {
			return nil, fmt.Errorf("playbook %s: the remediator %s returned neither a plan nor an error", b.spec.Name, sub.Remediator)
		}
		summaries = append(summaries, p.Summary)
		for _, s := range p.Steps {
			s.Remediator = sub.Remediator
			undo.Steps = append(undo.Steps, s)
		}
	}
	undo.Summary = strings.Join(summaries, " ")
	return undo, nil
}

// split returns what of r is whose, in the order of its steps.
func split(r *Receipt) []*Receipt {
	var subs []*Receipt
	for i, s := range r.Steps {
		if i == 0 || s.Step.Remediator != r.Steps[i-1].Step.Remediator {
			sub := *r
			sub.Remediator, sub.Steps = s.Step.Remediator, nil
			subs = append(subs, &sub)
		}
		last := subs[len(subs)-1]
		s.Step.Remediator = ""
		last.Steps = append(last.Steps, s)
	}
	return subs
}

// Tags implements [TagReader]. The error wraps [errors.ErrUnsupported] for a step of a remediator that
// reads no tags.
func (b *Playbook) Tags(ctx context.Context, s Step) (map[string]string, error) {
	r := b.remediator(s.Remediator)
	if _, ok := r.(TagReader); !ok {
		return nil, fmt.Errorf("playbook %s: %.100q reads no tags: %w", b.spec.Name, s.Remediator, errors.ErrUnsupported)
	}
	s.Remediator = ""
	return tagsOf(ctx, r, s)
}
