package remediate

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/countertrail/countertrail/internal/panics"
	"github.com/countertrail/countertrail/rule"
)

// A Mode says how far an [Engine] goes. The zero value is [Observe].
type Mode int

const (
	// Observe plans and changes nothing.
	Observe Mode = iota
	// Enforce applies the plans that every guard lets pass.
	Enforce
)

var modeNames = [...]string{Observe: "observe", Enforce: "enforce"}

// String returns the mode's name in lower case.
func (m Mode) String() string { return nameOf(modeNames[:], int(m), "Mode") }

// MarshalText returns the mode's name.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText sets m from a mode's name.
func (m *Mode) UnmarshalText(text []byte) error {
	return setName(m, modeNames[:], text, "mode")
}

// Options are the settings of [NewEngine]. The zero value observes.
type Options struct {
	Mode Mode

	// Self says by what our own changes are recognised.
	Self Self

	// MaxAge is the age at which an event is too old to act on. The default is 24 hours, for as
	// long does EventBridge try to deliver one.
	MaxAge time.Duration

	// Budget is how many plans may be applied within Window, over all rules. The defaults are 10
	// and one hour. A plan that fails counts, since it may have changed something.
	Budget int
	Window time.Duration
}

// The defaults of [Options].
const (
	DefaultMaxAge = 24 * time.Hour
	DefaultBudget = 10
	DefaultWindow = time.Hour
)

// An Engine runs remediators on findings, behind guards. It is safe for concurrent use. It
// remembers claims and the budget in memory: engines in two processes do not know of each other.
type Engine struct {
	opts Options

	mu      sync.Mutex
	claims  map[claimKey]claim
	applied []time.Time // when plans were applied, within the window, oldest first
}

// NewEngine returns an Engine; a nil opts means the defaults.
func NewEngine(opts *Options) *Engine {
	e := &Engine{claims: make(map[claimKey]claim)}
	if opts != nil {
		e.opts = *opts
	}
	if e.opts.MaxAge <= 0 {
		e.opts.MaxAge = DefaultMaxAge
	}
	e.opts.MaxAge = min(e.opts.MaxAge, math.MaxInt64-maxSkew) // a claim lives for both together
	if e.opts.Budget <= 0 {
		e.opts.Budget = DefaultBudget
	}
	if e.opts.Window <= 0 {
		e.opts.Window = DefaultWindow
	}
	return e
}

// Mode returns the mode in which the engine works.
func (e *Engine) Mode() Mode { return e.opts.Mode }

// A Result says what an [Engine] did about a finding with one remediator.
type Result struct {
	Remediator string  `json:"remediator"`
	Outcome    Outcome `json:"outcome"`

	// Reason says why nothing was done, or why what was done is not all.
	Reason string `json:"reason,omitempty"`
	// Guard names the guard of a refusal or, when the outcome is Planned, the one that would refuse.
	Guard string `json:"guard,omitempty"`

	Plan    *Plan    `json:"plan,omitempty"`    // nil if none could be made
	Receipt *Receipt `json:"receipt,omitempty"` // nil if nothing was attempted
	Err     error    `json:"-"`                 // what Reason tells of a failure; nil for a refusal

	// Earlier is the receipt of the time before, for an event that was acted on before: whoever is
	// told only now, since a channel failed then, still learns what was done.
	Earlier *Receipt `json:"earlier,omitempty"`
}

// An Outcome is what became of a finding.
type Outcome int

const (
	// NotApplicable: the remediator does not handle this kind of finding.
	NotApplicable Outcome = iota
	// Planned: the plan was made and, the engine observing, not applied.
	Planned
	// NothingToDo: the state is already as it should be.
	NothingToDo
	// Refused: a guard would not let the finding be acted on.
	Refused
	// Applied: every step was carried out; the effect was not looked at, or, if there is an Err,
	// not confirmed.
	Applied
	// Verified: every step was carried out, and the state is the one that was promised.
	Verified
	// Stale: the state was no longer the one that the plan was made for; nothing was done.
	Stale
	// Partial: some steps were carried out, and one failed. The receipt says which.
	Partial
	// Failed: nothing is known to have been carried out.
	Failed
)

var outcomeNames = [...]string{
	NotApplicable: "not applicable", Planned: "planned", NothingToDo: "nothing to do", Refused: "refused",
	Applied: "applied", Verified: "verified", Stale: "stale", Partial: "partial", Failed: "failed",
}

// String returns the outcome's name in lower case.
func (o Outcome) String() string { return nameOf(outcomeNames[:], int(o), "Outcome") }

// MarshalText returns the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText sets o from an outcome's name.
func (o *Outcome) UnmarshalText(text []byte) error {
	return setName(o, outcomeNames[:], text, "outcome")
}

// Run does about f what r can do, as far as the mode and the guards allow. It always returns a
// Result; a panic of r is a failure of what r was asked for.
//
// A call that changed nothing, or was our own, is refused before anything is read. Everything
// else is planned, and then, in mode Enforce, applied if the other guards let it pass; in mode
// Observe, which takes no claim and spends no budget, the result says which of those for replay,
// age and scope would not. An attempt that changed nothing (throttled, denied, cancelled) gives
// its claim back, so that the event may be tried again; one that panicked may have changed
// something, and keeps it.
func (e *Engine) Run(ctx context.Context, r Remediator, f rule.Finding) *Result {
	spec := r.Spec()
	res := &Result{Remediator: spec.Name}
	if f.Record != nil && !slices.Contains(spec.Handles, f.Record.Call()) {
		return res // not applicable: a remediator acts on what it declares, and on nothing else
	}
	if refusal := guardCall(f, e.opts.Self); refusal != nil {
		return res.fail(refusal)
	}
	plan, err := makePlan(ctx, r, f)
	if err != nil {
		return res.fail(err)
	}
	res.Plan = plan
	key := keyOf(f, spec.Name)
	if len(plan.Steps) == 0 {
		res.Outcome, res.Reason = NothingToDo, plan.Summary
		if c, ok := e.claimed(key); ok {
			res.Earlier = c.receipt
			res.Reason += " This event was acted on at " + c.at.UTC().Format(time.RFC3339) + "."
		}
		return res
	}
	refusal := guardPlan(plan, f, e.opts.MaxAge, time.Now())
	if e.opts.Mode != Enforce {
		res.Outcome = Planned
		if refusal != nil {
			res.Guard, res.Reason = refusal.Guard, "enforcing would be refused: "+refusal.Reason
		}
		return res
	}
	if refusal != nil {
		return res.fail(refusal)
	}

	if res.Earlier, refusal = e.claim(key); refusal != nil {
		return res.fail(refusal)
	}
	res.Receipt, err = apply(ctx, r, plan)
	e.settle(key, res.Receipt, err)
	if err != nil {
		return res.fail(err)
	}
	res.Outcome = Applied
	if !res.Receipt.Changed() {
		res.Outcome, res.Reason = NothingToDo, "the state was already as planned"
		return res
	}
	if v, ok := r.(Verifier); ok {
		if err := verify(ctx, v, plan); err != nil {
			res.Reason, res.Err = "applied, but the effect was not confirmed: "+err.Error(), err
			return res
		}
		res.Outcome = Verified
	}
	return res
}

// makePlan returns the plan of r for f.
func makePlan(ctx context.Context, r Remediator, f rule.Finding) (plan *Plan, err error) {
	defer panics.Recover(&err)
	plan, err = r.Plan(ctx, f)
	if err == nil && plan == nil {
		err = errors.New("remediate: Plan returned neither a plan nor an error")
	}
	return plan, err
}

// apply carries p out, and holds r to what its receipt says.
func apply(ctx context.Context, r Remediator, p *Plan) (receipt *Receipt, err error) {
	defer panics.Recover(&err)
	receipt, err = r.Apply(ctx, p)
	if err == nil {
		err = receipt.check(p)
	}
	return receipt, err
}

// verify looks whether p has taken effect.
func verify(ctx context.Context, v Verifier, p *Plan) (err error) {
	defer panics.Recover(&err)
	return v.Verify(ctx, p)
}

// fail records err as the end of a run.
func (r *Result) fail(err error) *Result {
	r.Reason = err.Error()
	var refusal *Refusal
	switch {
	case r.Receipt.Changed():
		r.Outcome = Partial
	case errors.As(err, &refusal):
		r.Outcome, r.Guard, r.Reason = Refused, refusal.Guard, refusal.Reason
		return r
	case r.Plan == nil && errors.Is(err, ErrNotApplicable):
		r.Outcome = NotApplicable
		return r
	case errors.Is(err, ErrStale):
		r.Outcome = Stale
	default:
		r.Outcome = Failed
	}
	r.Err = err
	return r
}
