package remediate

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Options are the settings of [NewEngine]. The zero value observes.
type Options struct {
	// Mode is that of every rule that Modes, by the rule's ID, has no other for.
	Mode  Mode
	Modes map[string]Mode

	// Self says by what our own changes are recognised.
	Self Self

	// Exceptions say what is left as it is, and Actors whose changes are answered with a
	// suggestion and no more.
	Exceptions []Exception
	Actors     []Actor

	// MaxRisk is the highest risk at which a plan is applied without a person's approval. The
	// default is [Low]. A remediator that is [Unrated] is above every limit.
	MaxRisk Risk

	// MaxAge is the age at which an event is too old to act on. The default is 24 hours, for as
	// long does EventBridge try to deliver one.
	MaxAge time.Duration

	// Budget is how many plans may be applied within Window, over all rules, and RuleBudget how
	// many for one rule. The defaults are 10, half of Budget, and one hour. A plan that fails
	// counts, since it may have changed something.
	Budget     int
	RuleBudget int
	Window     time.Duration

	// MaxHops is how often one action may change one resource within Window. One more is taken
	// for a loop, or for a quarrel with somebody, and that action on that resource is refused
	// until a Window has passed. The default is 3.
	MaxHops int

	// Claims keeps which events are acted on. The default is a [MemoryClaims] of the engine's own.
	Claims Claims
	// Lease is how long an attempt holds its claim that was never heard of again. The default is
	// 15 minutes, the longest that a Lambda function runs.
	Lease time.Duration

	// Receipts keeps what was about to be done, and what was done. The default is a
	// [MemoryReceipts] of the engine's own.
	Receipts Receipts

	// Approver is asked in mode [Approve], and Approvals proves that an approval is for this very
	// plan. Without the first, plans wait for [Engine.Apply]; without the second, no approval is
	// believed.
	Approver  Approver
	Approvals *Approvals
}

// The defaults of [Options].
const (
	DefaultMaxAge  = 24 * time.Hour
	DefaultBudget  = 10
	DefaultWindow  = time.Hour
	DefaultMaxHops = 3
	DefaultLease   = 15 * time.Minute
)

// Check returns an error for settings that would do less than they say: a [Self] that could never
// match, a mode that there is not, an exception without an owner, a reason or an end, and a mode
// that acts without a Self to recognise our own changes by.
func (o *Options) Check() error {
	errs := []error{o.Self.Check()}
	acts := o.Mode > Observe
	if !o.Mode.exists() {
		errs = append(errs, fmt.Errorf("remediate: there is no mode %s", o.Mode))
	}
	for _, id := range slices.Sorted(maps.Keys(o.Modes)) {
		m := o.Modes[id]
		if !m.exists() {
			errs = append(errs, fmt.Errorf("remediate: rule %q: there is no mode %s", id, m))
		}
		acts = acts || m > Observe
	}
	if acts && o.Self == (Self{}) {
		errs = append(errs, errors.New("remediate: a mode that acts without a Self: our own changes would not be recognised"))
	}
	for i := range o.Exceptions {
		if err := o.Exceptions[i].check(); err != nil {
			errs = append(errs, fmt.Errorf("remediate: exception %d: %w", i+1, err))
		}
	}
	for i, a := range o.Actors {
		if a.Name == "" || a.Pattern == nil {
			errs = append(errs, fmt.Errorf("remediate: actor %d has no name or no pattern", i+1))
		}
	}
	return errors.Join(errs...)
}

// withDefaults returns o with the defaults in the place of what is not set.
func (o Options) withDefaults() Options {
	positive(&o.MaxAge, DefaultMaxAge)
	o.MaxAge = min(o.MaxAge, math.MaxInt64-maxSkew) // a claim lives for both together
	positive(&o.Budget, DefaultBudget)
	positive(&o.RuleBudget, o.Budget/2+o.Budget%2)
	positive(&o.Window, DefaultWindow)
	positive(&o.MaxHops, DefaultMaxHops)
	positive(&o.Lease, DefaultLease)
	positive(&o.MaxRisk, Low)
	if o.Claims == nil {
		o.Claims = NewMemoryClaims()
	}
	if o.Receipts == nil {
		o.Receipts = NewMemoryReceipts()
	}
	return o
}

// positive sets *v to the default if it is not positive.
func positive[T ~int | ~int64](v *T, byDefault T) {
	if *v <= 0 {
		*v = byDefault
	}
}
