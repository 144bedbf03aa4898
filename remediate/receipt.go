package remediate

import (
	"errors"
	"fmt"
	"time"
)

// A Receipt says what an application of a plan did. It must not be changed once it is shared.
//
// An [Engine] keeps one before the first write, with every step [StepIntended], and again when it
// is known what became of them.
type Receipt struct {
	PlanDigest string       `json:"planDigest"`
	Started    time.Time    `json:"started"`
	Finished   time.Time    `json:"finished"` // zero while it is not known what became of the steps
	Steps      []StepResult `json:"steps"`    // those that were reached, in order

	// These are for the Engine to set, from the plan but for the first; a Remediator leaves them.
	ID         string `json:"id,omitempty"` // by which [Engine.Undo] finds it
	Remediator string `json:"remediator,omitempty"`
	RuleID     string `json:"ruleId,omitempty"`
	EventID    string `json:"eventId,omitempty"`
	Account    string `json:"account,omitempty"`
	Region     string `json:"region,omitempty"`
	Undoes     string `json:"undoes,omitempty"` // see [Plan]
	ApprovedBy string `json:"approvedBy,omitempty"`
	Error      string `json:"error,omitempty"` // why the application ended early
}

// stamp returns a copy of r that carries the id and says what p is about.
func (r *Receipt) stamp(id string, p *Plan) *Receipt {
	c := *r
	c.ID, c.Remediator, c.RuleID, c.EventID = id, p.Remediator, p.RuleID, p.EventID
	c.Account, c.Region, c.Undoes = p.Account, p.Region, p.Undoes
	return &c
}

// intent returns the receipt to keep before anything of p is carried out.
func intent(id string, p *Plan, now time.Time) *Receipt {
	r := &Receipt{PlanDigest: p.Digest(), Started: now.UTC(), Steps: make([]StepResult, len(p.Steps))}
	for i, s := range p.Steps {
		r.Steps[i] = StepResult{Step: s, Status: StepIntended}
	}
	return r.stamp(id, p)
}

// A StepResult says what became of one step.
type StepResult struct {
	Step   Step       `json:"step"`
	Status StepStatus `json:"status"`
	Error  string     `json:"error,omitempty"` // why it failed
}

// A StepStatus is what became of a step.
type StepStatus int

const (
	// StepFailed means that the call failed or was never made.
	StepFailed StepStatus = iota
	// StepDone means that the call succeeded.
	StepDone
	// StepAlreadyDone means that the resource already was in the state that the step would leave.
	StepAlreadyDone
	// StepIntended means that the call was about to be made, and nothing more is known.
	StepIntended
)

var stepStatusNames = [...]string{StepFailed: "failed", StepDone: "done", StepAlreadyDone: "already done", StepIntended: "intended"}

// String returns the status's name in lower case.
func (s StepStatus) String() string { return nameOf(stepStatusNames[:], int(s), "StepStatus") }

// MarshalText returns the status's name.
func (s StepStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText sets s from a status's name.
func (s *StepStatus) UnmarshalText(text []byte) error {
	return setName(s, stepStatusNames[:], text, "step status")
}

// Changed reports whether at least one step was done.
func (r *Receipt) Changed() bool {
	if r == nil {
		return false
	}
	for _, s := range r.Steps {
		if s.Status == StepDone {
			return true
		}
	}
	return false
}

// check returns an error unless r says that every step of p was carried out, or needed not be.
func (r *Receipt) check(p *Plan) error {
	if r == nil {
		return errors.New("remediate: Apply returned neither a receipt nor an error")
	}
	if len(r.Steps) != len(p.Steps) {
		return fmt.Errorf("remediate: the receipt tells of %d steps and the plan has %d", len(r.Steps), len(p.Steps))
	}
	for i, s := range r.Steps {
		if s.Status != StepDone && s.Status != StepAlreadyDone {
			return fmt.Errorf("remediate: Apply returned no error, and its receipt says of step %d: %s %s", i+1, s.Status, s.Error)
		}
	}
	return nil
}
