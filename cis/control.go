package cis

import (
	"encoding/json"

	"github.com/countertrail/countertrail/rule"
)

// A Control is a monitoring control as one version of the benchmark has it: an entry of the catalog
// with that version's number, filters, errata and departures. It must not be changed once it is
// shared.
type Control struct {
	rule.Entry
	Version string // of the benchmark: "v1.3.0"
	Item
}

// MarshalJSON returns an object with the benchmark's facts and, as "entry", what [rule.Read] takes.
func (c Control) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Version string `json:"version"`
		Item
		Entry rule.Entry `json:"entry"`
	}{c.Version, c.Item, c.Entry})
}

// An Item is what the section numbers.
type Item struct {
	ID string `json:"id"` // "4.5" in most versions, "3.5" and "5.5" in others
	// Key names the item in all versions: it is the id that it has in v1.3.0 to v5.0.0.
	Key string `json:"key"`
	// Subject says what it is about. What is not about events is no control here.
	Subject    Subject    `json:"subject"`
	Level      int        `json:"level"` // 1 or 2; level 2 is for where security matters more than convenience
	Assessment Assessment `json:"assessment"`
	Note       string     `json:"note,omitempty"` // what public copies disagree on, and the like
}

// An Assessment says how an auditor is to look at an item.
type Assessment string

// The assessments. Version 1.2.0 distinguishes scored items and others, and has none of the others
// in this section.
const (
	Scored    Assessment = "scored"
	Automated Assessment = "automated"
	Manual    Assessment = "manual"
)

// A Subject says what an item wants to be looked at.
type Subject string

// The subjects.
const (
	Events Subject = "events" // calls and sign-ins, for which there is a control here
	State  Subject = "state"  // how an account is set up
)
