package remediate

import (
	"errors"
	"fmt"
)

// A Result says what an [Engine] did about a finding with one remediator.
type Result struct {
	Remediator string  `json:"remediator"`
	Outcome    Outcome `json:"outcome"`

	// Reason says why nothing was done, or why what was done is not all.
	Reason string `json:"reason,omitempty"`
	// Guard names the guard of a refusal or, when the outcome is Planned or Suggested,
	// the one that would refuse.
	Guard string `json:"guard,omitempty"`

	Plan    *Plan    `json:"plan,omitempty"`    // nil if none could be made
	Receipt *Receipt `json:"receipt,omitempty"` // nil if nothing was attempted
	Err     error    `json:"-"`                 // what Reason tells of a failure; nil for a refusal

	// Earlier is the receipt of the time before, for an event that was acted on before: whoever is
	// told only now, since a channel failed then, still learns what was done.
	Earlier *Receipt `json:"earlier,omitempty"`

	// Notes tell what people should know beside the outcome, such as an exception that expired.
	Notes []string `json:"notes,omitempty"`
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
	// AwaitingApproval: the plan waits for a person to approve it; nothing was done.
	AwaitingApproval
	// Suggested: the plan is for people to carry out: all its steps are suggestions, or the change
	// was made by an actor who is not to be fought.
	Suggested
)

var outcomeNames = [...]string{
	NotApplicable: "not applicable", Planned: "planned", NothingToDo: "nothing to do", Refused: "refused",
	Applied: "applied", Verified: "verified", Stale: "stale", Partial: "partial", Failed: "failed",
	AwaitingApproval: "awaiting approval", Suggested: "suggested",
}

// String returns the outcome's name in lower case.
func (o Outcome) String() string { return nameOf(outcomeNames[:], int(o), "Outcome") }

// MarshalText returns the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText sets o from an outcome's name.
func (o *Outcome) UnmarshalText(text []byte) error {
	return setName(o, outcomeNames[:], text, "outcome")
}

// note adds a note.
func (r *Result) note(text string) { r.Notes = append(r.Notes, text) }

// suggest ends a run whose plan is for people to carry out, because of the actor or, if there is
// none, of its steps. The refusal, if any, is of the guard that would not let it be carried out.
func (r *Result) suggest(actor string, refusal *Refusal) *Result {
	r.Outcome, r.Reason = Suggested, "the plan is a suggestion: what it does is for people to decide"
	if actor != "" {
		r.Guard, r.Reason = GuardActor, fmt.Sprintf("the change was made by %q, who is not to be fought", actor)
	}
	if refusal != nil {
		r.Guard, r.Reason = refusal.Guard, r.Reason+"; carrying it out would be refused: "+refusal.Reason
	}
	return r
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
