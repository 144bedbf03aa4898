// Package remediate plans, applies and proves corrections of what an event changed.
//
// A [Remediator] plans by reading and acts by applying, so a dry run is not calling Apply. A
// [Plan] is plain data: which IAM action on which resource with which arguments, the state
// before and after, and the inverse. It can be printed, compared, kept and approved.
//
// An [Engine] runs remediators on findings behind guards that are always on: a failed call, a
// read-only call, a replayed event, an old event or a change of our own is never remediated; an
// event acts once, only in its own account and Region; what is riskier than was allowed needs a
// person; only so many plans are applied in a window of time, in all and for one rule; and what is
// done to one resource again and again is taken for a loop and stopped. An [Exception], with an
// owner and an end, says what is left as it is, and an [Actor] whose changes are not fought. What a
// guard refuses is a [Result] with the guard and its reason. Which changes are our own is for
// [Options] to say.
//
// The zero [Mode] observes: it plans, and changes nothing. A step that is marked Manual is a
// suggestion, and applied in no mode.
//
// What is about to be done is kept as a [Receipt] before the first write, and what was done after
// the last one, so that [Engine.Undo] finds the way back. [Claims] and [Receipts] are in memory
// unless they are given a place; package dynamostore has one for several processes. A [Playbook]
// joins remediators into one, [ReadPolicy], [WritePolicy] and [SessionPolicy] say what permissions
// they need, and package remediatetest holds them to their contract.
package remediate

import (
	"context"
	"errors"
	"fmt"

	"github.com/countertrail/countertrail/rule"
)

// A Remediator corrects one kind of change. Implementations must be safe for concurrent use.
type Remediator interface {
	// Spec says what the remediator handles and needs. It is the same on every call.
	Spec() Spec

	// Plan reads what it must and says what to do about f. It never writes. A plan without steps
	// says that there is nothing to do. The error wraps [ErrNotApplicable] for a finding that is
	// not this remediator's, and is or wraps a [*Refusal] for one on which it will not act.
	Plan(ctx context.Context, f rule.Finding) (*Plan, error)

	// Apply checks the precondition of every step again and then carries it out. The receipt says
	// which steps were done and is returned beside the error of a step that failed; it is nil
	// only if nothing was attempted. The error wraps [ErrStale] if the state is no longer the one
	// that p was made for.
	Apply(ctx context.Context, p *Plan) (*Receipt, error)
}

// An Undoer is a Remediator that can plan the way back from what a receipt says was done.
type Undoer interface {
	Undo(ctx context.Context, r *Receipt) (*Plan, error)
}

// A Verifier is a Remediator that can look whether an applied plan has taken effect. Verify
// reads only, and returns nil when the state is the one that the plan promised.
type Verifier interface {
	Verify(ctx context.Context, p *Plan) error
}

// A Spec describes a remediator.
type Spec struct {
	Name    string   `json:"name"`    // unique, for example "trailfix"
	Summary string   `json:"summary"` // what it does, in a line
	Handles []string `json:"handles"` // the calls that it corrects, for example "cloudtrail:StopLogging"; an Engine gives it no others

	// Reads and Writes are the IAM actions that Plan and Verify need, and that Apply needs beside
	// those.
	Reads  []string `json:"reads"`
	Writes []string `json:"writes"`

	Risk       Risk `json:"risk"`
	Reversible bool `json:"reversible"` // every step of its plans has an inverse
}

// A Risk says how much harm a wrong application can do. The zero value is [Unrated], which says
// nothing and must be taken for the worst.
type Risk int

// The risks, in ascending order but for the first.
const (
	Unrated Risk = iota
	Low          // restores a protection; nothing that works can break
	Medium       // can interrupt somebody's work
	High         // can interrupt a service, or cannot be undone
)

var riskNames = [...]string{Unrated: "unrated", Low: "low", Medium: "medium", High: "high"}

// String returns the risk's name in lower case.
func (r Risk) String() string { return nameOf(riskNames[:], int(r), "Risk") }

// MarshalText returns the risk's name.
func (r Risk) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText sets r from a risk's name.
func (r *Risk) UnmarshalText(text []byte) error {
	return setName(r, riskNames[:], text, "risk")
}

// Errors that are answers. Those of a [Remediator] wrap the one that applies.
var (
	// ErrNotApplicable says that a finding is not this remediator's.
	ErrNotApplicable = errors.New("not applicable")
	// ErrStale says that the state is no longer the one that a plan was made for.
	ErrStale = errors.New("state has changed since the plan was made")
	// ErrTemporary says that a later attempt may succeed: throttling, a conflict, a fault of the service.
	ErrTemporary = errors.New("temporary failure")
	// ErrDenied says that our own credentials may not make a call.
	ErrDenied = errors.New("access denied")
	// ErrNotFound says that the resource does not exist.
	ErrNotFound = errors.New("not found")
)

// A Refusal is the error of a guard: it says which guard will not let a finding be acted on, and
// why.
type Refusal struct {
	Guard  string // the guard's name, for example "failed-call"
	Reason string // why, in a sentence without a full stop
}

// Error returns the reason and the guard.
func (r *Refusal) Error() string { return fmt.Sprintf("refused: %s (guard %s)", r.Reason, r.Guard) }
