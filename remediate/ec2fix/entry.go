package ec2fix

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countertrail/countertrail/remediate"
)

// An entry lets somebody in: a rule of a security group, or a permission of a snapshot or image.
type entry interface {
	key() string     // by which an entry is found again
	content() string // all that makes two entries the same, as text
}

// A keeper reads and writes the entries of one kind of resource.
type keeper[E entry] interface {
	name() string
	writable(add bool) bool

	read(ctx context.Context, t target) ([]E, error)
	remove(ctx context.Context, t target, e E) (remediate.StepStatus, error)
	add(ctx context.Context, t target, e E) (remediate.StepStatus, error)

	// call describes the call that adds or removes an entry. What is left in it empty is filled in
	// by newStep.
	call(t target, e E, add bool) remediate.Step
	// side returns the target, which the ARN of a step names, on which a step for e acts.
	side(t target, e E) target
}

// A state is what a step needs to know of its target: the entry that is there, or that the entry is
// not there and what all the others are.
type state[E entry] struct {
	Entry   *E     `json:"entry,omitempty"`
	Account string `json:"account,omitempty"` // of the target, beside the entry, if the ARN does not name it
	Others  string `json:"others,omitempty"`  // the fingerprint of all the others
}

// newStep returns the step that removes e from t, or adds it. Others is the fingerprint of the
// entries of t without e.
func newStep[E entry](k keeper[E], t target, e E, others string, add bool) remediate.Step {
	s := k.call(t, e, add)
	s.Resource, s.Region, s.Manual = t.arn(), t.region, add
	held := state[E]{Entry: &e}
	if !t.namesAccount() {
		held.Account = t.account
	}
	s.Before, s.After = encode(held), encode(state[E]{Others: others})
	if add {
		s.Before, s.After = s.After, s.Before
		return s
	}
	inverse := newStep(k, t, e, others, true)
	s.Inverse = &inverse
	return s
}

// removals returns the steps that remove entries, one after the other, from t, whose entries are
// all.
func removals[E entry](k keeper[E], t target, all, entries []E) []remediate.Step {
	var steps []remediate.Step
	for _, e := range entries {
		all = without(all, e.key())
		steps = append(steps, newStep(k, t, e, fingerprint(all), false))
	}
	return steps
}

// without returns a copy of entries in which the one with the given key is missing.
func without[E entry](entries []E, key string) []E {
	return slices.DeleteFunc(slices.Clone(entries), func(e E) bool { return e.key() == key })
}

// fingerprint returns what is the same for two sets of entries only if they hold the same, in
// whatever order.
func fingerprint[E entry](entries []E) string {
	contents := make([]string, len(entries))
	for i, e := range entries {
		contents[i] = e.content()
	}
	slices.Sort(contents)
	sum := sha256.Sum256([]byte(strings.Join(contents, "\n"))) // a content is JSON, in one line
	return hex.EncodeToString(sum[:])
}

// A move is a step, understood.
type move[E entry] struct {
	target target
	entry  E
	add    bool
	others string
	ours   bool // in a receipt: done, and not found to be done
}

// moves returns what the steps of a plan do. It returns an error unless each step is as newStep
// makes it, whatever way the plan took since.
func moves[E entry](k keeper[E], p *remediate.Plan) ([]move[E], error) {
	switch {
	case p == nil:
		return nil, errors.New("no plan")
	case p.Remediator != k.name():
		return nil, fmt.Errorf("the plan is of the remediator %.200q", p.Remediator)
	}
	list := make([]move[E], len(p.Steps))
	for i, s := range p.Steps {
		m, err := moveOf(k, s)
		if err == nil && (m.target.region != p.Region || m.target.account != p.Account) {
			err = fmt.Errorf("the plan is of account %.20q in Region %.40q and the step of %q",
				p.Account, p.Region, m.target.arn())
		}
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		list[i] = m
	}
	return list, nil
}

func moveOf[E entry](k keeper[E], s remediate.Step) (m move[E], err error) {
	var before, after state[E]
	if err := cmp.Or(json.Unmarshal(s.Before, &before), json.Unmarshal(s.After, &after)); err != nil {
		return m, fmt.Errorf("its states: %w", err)
	}
	m.add = before.Entry == nil
	held, left := before, after
	if m.add {
		held, left = after, before
	}
	if held.Entry == nil {
		return m, errors.New("it does not say which entry it is about")
	}
	if m.target, err = parseARN(s.Resource, held.Account); err != nil {
		return m, err
	}
	m.entry, m.others = *held.Entry, left.Others
	m.target = k.side(m.target, m.entry)
	want := newStep(k, m.target, m.entry, m.others, m.add)
	want.Manual = m.add || s.Manual // a removal may be a suggestion
	if digest(s) != digest(want) {
		return m, fmt.Errorf("it was not made here, or was changed: %.200q on %q", s.Action, m.target.arn())
	}
	return m, nil
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

// apply carries a plan out, up to the first step that fails.
func apply[E entry](ctx context.Context, k keeper[E], w wait, p *remediate.Plan) (*remediate.Receipt, error) {
	list, err := moves(k, p)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if !k.writable(m.add) {
			return nil, errors.New("made without what it takes to write, so it can only plan")
		}
	}
	receipt := &remediate.Receipt{PlanDigest: p.Digest(), Started: time.Now().UTC()}
	for i, m := range list {
		result := remediate.StepResult{Step: p.Steps[i]}
		if result.Status, err = applyMove(ctx, k, w, m); err != nil {
			err = fmt.Errorf("step %d: %w", i+1, err)
			result.Error = err.Error()
		}
		receipt.Steps = append(receipt.Steps, result)
		if err != nil {
			break
		}
	}
	receipt.Finished = time.Now().UTC()
	return receipt, err
}

// applyMove looks at the entries again and carries m out if they are as it expects.
func applyMove[E entry](ctx context.Context, k keeper[E], w wait, m move[E]) (remediate.StepStatus, error) {
	ready := func(all []E) bool { return true }
	if m.add { // a removal, or an addition of a step before, may not show yet
		ready = func(all []E) bool { return fingerprint(all) == m.others }
	}
	all, err := readUntil(ctx, k, w, m.target, ready)
	switch {
	case errors.Is(err, remediate.ErrNotFound):
		return remediate.StepFailed, fmt.Errorf("%w: %w", remediate.ErrStale, err)
	case err != nil:
		return remediate.StepFailed, err
	}
	if m.add {
		switch {
		case holds(all, m.entry):
			return remediate.StepAlreadyDone, nil
		case fingerprint(all) != m.others:
			return remediate.StepFailed, stale(m.target, "lets others in than when the plan was made")
		}
		return k.add(ctx, m.target, m.entry)
	}
	i := slices.IndexFunc(all, func(e E) bool { return e.key() == m.entry.key() })
	switch {
	case i < 0:
		return remediate.StepAlreadyDone, nil
	case all[i].content() != m.entry.content():
		return remediate.StepFailed, stale(m.target, "holds another thing than what is to be removed")
	}
	return k.remove(ctx, m.target, m.entry)
}

func stale(t target, why string) error {
	return fmt.Errorf("%w: %q %s", remediate.ErrStale, t.arn(), why)
}

// holds reports whether entries hold one with the content of e.
func holds[E entry](entries []E, e E) bool {
	return slices.ContainsFunc(entries, func(other E) bool { return other.content() == e.content() })
}

// verify reads until all entries that a plan removes are gone, and those that it adds are there.
func verify[E entry](ctx context.Context, k keeper[E], w wait, p *remediate.Plan) error {
	list, err := moves(k, p)
	if err != nil {
		return err
	}
	for _, m := range list {
		done := func(all []E) bool {
			if m.add {
				return holds(all, m.entry)
			}
			return len(without(all, m.entry.key())) == len(all)
		}
		all, err := readUntil(ctx, k, w, m.target, done)
		switch {
		case errors.Is(err, remediate.ErrNotFound) && !m.add: // what is gone lets nobody in
		case err != nil:
			return err
		case !done(all):
			return fmt.Errorf("%q does not show the change at read %d", m.target.arn(), w.reads)
		}
	}
	return nil
}

// undo plans the way back from what a receipt says was removed. Its steps loosen, so they are
// suggestions.
func undo[E entry](ctx context.Context, k keeper[E], w wait, r *remediate.Receipt) (*remediate.Plan, error) {
	removed, err := removedBy(k, r)
	if err != nil {
		return nil, err
	}
	plan := &remediate.Plan{
		Remediator: k.name(), RuleID: r.RuleID, EventID: r.EventID, Account: r.Account, Region: r.Region, Undoes: r.ID,
		Summary: "Nothing that was removed is still missing, so there is nothing to restore.", Steps: []remediate.Step{},
	}
	for _, t := range targets(removed) {
		steps, err := restorations(ctx, k, w, t, removed, r.Finished)
		if err != nil {
			return nil, err
		}
		plan.Account, plan.Region = t.account, t.region
		plan.Steps = append(plan.Steps, steps...)
	}
	if len(plan.Steps) > 0 {
		plan.Summary = fmt.Sprintf("Restore what was removed, which let somebody in %d times: "+
			"that is for people to decide.", len(plan.Steps))
	}
	return plan, nil
}

// restorations returns the steps that add to t again those of the removals that are missing from
// it.
func restorations[E entry](
	ctx context.Context, k keeper[E], w wait, t target, removed []move[E], finished time.Time,
) ([]remediate.Step, error) {
	removed = slices.DeleteFunc(slices.Clone(removed), func(m move[E]) bool { return m.target != t })
	left := removed[len(removed)-1].others
	missing := func(all []E) []move[E] {
		return slices.DeleteFunc(slices.Clone(removed), func(m move[E]) bool { return !m.ours || holds(all, m.entry) })
	}
	// What was just removed may still show, and is then not to be taken for restored.
	all, err := readUntil(ctx, k, w, t, func(all []E) bool {
		return fingerprint(all) == left || !recent(finished) && len(missing(all)) == 0
	})
	switch {
	case errors.Is(err, remediate.ErrNotFound):
		return nil, fmt.Errorf("%w: %w", remediate.ErrStale, err)
	case err != nil:
		return nil, err
	case fingerprint(all) != left && len(missing(all)) > 0:
		return nil, stale(t, "lets others in than those that we left")
	}
	var steps []remediate.Step
	for _, m := range slices.Backward(missing(all)) {
		steps = append(steps, newStep(k, t, m.entry, fingerprint(all), true))
		all = append(slices.Clone(all), m.entry)
	}
	return steps, nil
}

// removedBy returns the removals that a receipt says were done, by us or by others, in order.
func removedBy[E entry](k keeper[E], r *remediate.Receipt) ([]move[E], error) {
	switch {
	case r == nil:
		return nil, errors.New("no receipt")
	case r.Remediator != "" && r.Remediator != k.name():
		return nil, fmt.Errorf("%w: the receipt is of the remediator %.200q", remediate.ErrNotApplicable, r.Remediator)
	}
	var removed []move[E]
	for i, s := range r.Steps {
		if s.Status != remediate.StepDone && s.Status != remediate.StepAlreadyDone {
			continue
		}
		m, err := moveOf(k, s.Step)
		switch {
		case err != nil:
			return nil, fmt.Errorf("step %d of the receipt: %w", i+1, err)
		case r.Account != "" && r.Account != m.target.account:
			return nil, fmt.Errorf("step %d of the receipt is of %q, and the receipt of account %.20q",
				i+1, m.target.arn(), r.Account)
		case m.add:
			return nil, fmt.Errorf("%w: step %d of the receipt restored something, and has no way back of its own",
				remediate.ErrNotApplicable, i+1)
		}
		m.ours = s.Status == remediate.StepDone // what others removed is not ours to restore
		removed = append(removed, m)
	}
	return removed, nil
}

// targets returns those of a list of moves, each once, in order.
func targets[E entry](list []move[E]) []target {
	var ts []target
	for _, m := range list {
		if !slices.Contains(ts, m.target) {
			ts = append(ts, m.target)
		}
	}
	return ts
}
