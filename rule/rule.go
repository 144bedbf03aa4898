// Package rule holds rules as data: a [Rule] is a named event pattern with what people need to
// know about it, a [Finding] is a rule that fired on an event, and [Read] reads a catalog of
// rules kept as files, one a rule, each with events that must match and events that must not.
//
// An [Entry] of a catalog knows more than the rule at run time: the metric filter that it stands
// in for and how it differs, a wider [Form], the calls that it watches and how each is undone,
// where its events arrive, and what it answers to in published frameworks. [Lint] looks for what is
// missing or doubtful in a catalog, and a [Tuning] narrows a rule to what its users want to hear
// of.
//
// The catalog of the CIS AWS Foundations monitoring controls, package cis, is such a directory,
// read by the same reader.
package rule

import (
	"maps"
	"slices"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/pattern"
)

// A Rule is an event pattern with a name and what people need to know about it. Rules are data:
// copy them with [Rule.Clone], change the copy, keep them in files. A Rule must not be changed once
// it is shared.
type Rule struct {
	ID          string // unique in its catalog, for example "4.5"
	Title       string // what happened, in a line: "CloudTrail configuration changed"
	Description string // why it matters and what to look at first
	Severity    Severity
	// Severities are the severities of calls that weigh less or more than Severity says, by
	// eventName. To give a rule one severity, set Severity and drop Severities.
	Severities map[string]Severity
	State      State // the state that the rule needs on EventBridge; empty means [Enabled]
	// Regions are the only Regions in whose default event bus the rule's events arrive, such as
	// us-east-1 for IAM, one or more for each partition of AWS; none means every Region.
	Regions    []string
	Pattern    *pattern.Pattern
	References []string // URLs
}

// SeverityOf returns the severity of a finding of r on rec: that of the call if r has one for it,
// else that of the rule. A nil rec is none of the calls.
func (r *Rule) SeverityOf(rec *event.Record) Severity {
	if rec != nil {
		if s, ok := r.Severities[rec.EventName]; ok {
			return s
		}
	}
	return r.Severity
}

// Clone returns a copy of r that shares nothing with it that can be changed.
func (r *Rule) Clone() Rule {
	c := *r
	c.Severities = maps.Clone(r.Severities)
	c.Regions = slices.Clone(r.Regions)
	c.References = slices.Clone(r.References)
	return c
}

// A Finding is a rule that fired on an event.
type Finding struct {
	Rule  *Rule
	Event *event.Event
	// Record is the CloudTrail record that the event carries, nil if it carries none.
	Record *event.Record
}

// Severity returns the severity of the call on which the rule fired; see [Rule.SeverityOf].
func (f Finding) Severity() Severity { return f.Rule.SeverityOf(f.Record) }
