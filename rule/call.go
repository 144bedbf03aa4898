package rule

import (
	"fmt"
	"regexp"
	"slices"
)

// A Call is a call that an entry's patterns ask for, and what comes of it.
type Call struct {
	Source string `json:"source"` // eventSource: "cloudtrail.amazonaws.com"
	Name   string `json:"name"`   // eventName, as CloudTrail writes it, which is not always as the API has it
	// Reason says why the extended form asks for the call; empty for a call of the rule's own
	// pattern.
	Reason string `json:"reason,omitempty"`
	// Mutating reports whether the call changes something when it succeeds.
	Mutating bool `json:"mutating"`
	// Reversal says how a change is undone. It is zero for a call that changes nothing, and where
	// nobody has looked.
	Reversal Reversal `json:"reversal,omitzero"`
}

// Extended reports whether only the extended form asks for the call.
func (c *Call) Extended() bool { return c.Reason != "" }

// A Reversal says how a call is undone. It is knowledge, not a plan: what may be done without
// asking people is decided elsewhere, and restoring access never is.
type Reversal struct {
	Basis Basis `json:"basis,omitempty"`
	// How says which calls undo it, and where their arguments come from.
	How string `json:"how,omitempty"`
	// Contain says what stops the harm, from the event alone, where undoing it takes more.
	Contain string `json:"contain,omitempty"`
	// Actions are the IAM actions that undoing or containing it takes, beside those to look first.
	Actions []string `json:"actions,omitempty"`
	// Note says what goes wrong most likely.
	Note string `json:"note,omitempty"`
}

// A Basis says what must be known to undo a call.
type Basis string

// What must be known to undo a call, from little to what nobody has.
const (
	FromEvent    Basis = "event"   // the event holds all arguments
	FromState    Basis = "state"   // the event, and the state as it is now
	FromHistory  Basis = "history" // the state before, which the event does not hold: AWS Config, an earlier record, code
	Irreversible Basis = "none"    // no call undoes it
)

var bases = []Basis{FromEvent, FromState, FromHistory, Irreversible}

// check reports what is wrong with the call; extended says whether the entry has an extended form.
func (c *Call) check(to *checker, path string, extended bool) {
	to.require(isName(c.Source), path+".source", "must be an event source")
	to.require(isName(c.Name), path+".name", "must be an event name")
	to.require(extended || !c.Extended(), path+".reason", "has a place only where the entry has an extended form")
	r := c.Reversal
	if r.Basis == "" && r.How == "" && r.Contain == "" && r.Note == "" && len(r.Actions) == 0 {
		return
	}
	at := path + ".reversal"
	to.require(c.Mutating, at, "of a call that changes nothing")
	to.require(slices.Contains(bases, r.Basis), at+".basis", `must be "event", "state", "history" or "none"`)
	to.require(!isBlank(r.How) || r.Basis == Irreversible, at+".how", "must not be blank")
	for i, a := range r.Actions {
		to.require(action.MatchString(a), fmt.Sprintf("%s.actions[%d]", at, i), "must be an IAM action, not %q", a)
	}
}

// action matches an IAM action, such as "cloudtrail:StartLogging".
var action = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+\*?$`)
