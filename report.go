package countertrail

import (
	"time"

	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A Report says what came of one event. It is data, and marshals to JSON.
type Report struct {
	ID         string    `json:"id"`                // EventBridge's id of the event
	EventID    string    `json:"eventId,omitempty"` // CloudTrail's eventID; empty unless rules fired on a record of CloudTrail
	DetailType string    `json:"detailType"`
	Account    string    `json:"account"`
	Region     string    `json:"region"`
	Time       time.Time `json:"time,omitzero"`

	// RecordError says why the CloudTrail record could not be read, although rules fired on it.
	RecordError string `json:"recordError,omitempty"`

	// Findings holds the rules that fired, in the order in which they were given to [New].
	Findings []FindingReport `json:"findings,omitempty"`
}

// A FindingReport says what came of one rule that fired on an event.
type FindingReport struct {
	RuleID   string        `json:"ruleId"`
	Title    string        `json:"title"`
	Severity rule.Severity `json:"severity"` // of the call, where the rule has one for it

	// Remediations holds the answers of the remediators that the event concerns. They are the
	// same for every rule that fired on the event.
	Remediations []*remediate.Result `json:"remediations,omitempty"`

	// Message is what the notifiers were given.
	Message *notify.Message `json:"-"`
	// Deliveries says how each notifier fared, by the order of their names.
	Deliveries []Delivery `json:"deliveries,omitempty"`
}

// A Delivery says how one notifier fared with one message.
type Delivery struct {
	Notifier string `json:"notifier"`
	Error    string `json:"error,omitempty"` // empty if the message was accepted
}

// message returns what to tell of f and of what the remediators did about it.
func message(f rule.Finding, results []*remediate.Result) *notify.Message {
	m := notify.NewMessage(f)
	for _, res := range results {
		m.Actions = append(m.Actions, action(res))
		for _, note := range res.Notes {
			m.Notes = append(m.Notes, res.Remediator+": "+note)
		}
	}
	return m
}

// action restates a remediator's result for people.
func action(res *remediate.Result) notify.Action {
	a := notify.Action{Remediator: res.Remediator, Outcome: res.Outcome.String(), Reason: res.Reason}
	if res.Plan == nil {
		return a
	}
	a.Summary = res.Plan.Summary
	if r := res.Receipt; r != nil {
		a.Receipt = r.ID
	} else if r := res.Earlier; r != nil {
		a.Receipt = r.ID
	}
	steps, receipt := res.Plan.Steps, res.Receipt
	if len(steps) == 0 && res.Earlier != nil { // there is nothing to do because it was done then
		steps, receipt = nil, res.Earlier
		for _, s := range receipt.Steps {
			steps = append(steps, s.Step)
		}
	}
	var reached int // the receipt has no results of steps that are suggestions
	for _, s := range steps {
		c := notify.Change{Action: s.Action, Resource: s.Resource, Region: s.Region, Summary: s.Summary, Command: s.Command}
		switch {
		case s.Manual:
			c.Status = "suggestion"
		case receipt != nil && reached < len(receipt.Steps):
			c.Status = receipt.Steps[reached].Status.String()
			reached++
		}
		if s.Inverse != nil {
			c.Undo = s.Inverse.Command
			if c.Undo == "" {
				c.Undo = s.Inverse.Action + " on " + s.Inverse.Resource
			}
		}
		a.Steps = append(a.Steps, c)
	}
	return a
}
