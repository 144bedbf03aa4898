// Package rule holds rules as data: a [Rule] is a named event pattern with what people need to
// know about it, a [Finding] is a rule that fired on an event, and [Read] reads a catalog of
// rules kept as files, one a rule, each with events that must match and events that must not.
//
// The catalog of the CIS AWS Foundations monitoring controls, package cis, is such a directory,
// read by the same reader.
package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/pattern"
)

// A Rule is an event pattern with a name and what people need to know about it. Rules are data:
// copy them, change the copy, keep them in files. A Rule must not be changed once it is shared.
type Rule struct {
	ID          string // unique in its catalog, for example "4.5"
	Title       string // what happened, in a line: "CloudTrail configuration changed"
	Description string // why it matters and what to look at first
	Severity    Severity
	State       State // the state that the rule needs on EventBridge; empty means [Enabled]
	Pattern     *pattern.Pattern
	References  []string // URLs
}

// A State says which CloudTrail management events EventBridge offers to a rule. Values are
// those of the State parameter of PutRule.
type State string

const (
	// Enabled rules are offered no read-only management events (List, Get, Describe, AssumeRole
	// and the like).
	Enabled State = "ENABLED"
	// EnabledAll rules are offered read-only management events as well.
	EnabledAll State = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	// Disabled rules are offered nothing.
	Disabled State = "DISABLED"
)

var states = []State{Enabled, EnabledAll, Disabled}

func noState(s State) string {
	return fmt.Sprintf("no state %q; want one of %s, %s, %s", s, Enabled, EnabledAll, Disabled)
}

// A Severity ranks a rule. The zero value is [Info].
type Severity int

// The severities, in ascending order.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{Info: "info", Low: "low", Medium: "medium", High: "high", Critical: "critical"}

// String returns the severity's name in lower case.
func (s Severity) String() string {
	if s < 0 || int(s) >= len(severityNames) {
		return fmt.Sprintf("Severity(%d)", int(s))
	}
	return severityNames[s]
}

// MarshalText returns the severity's name; it is an error for a value that has none.
func (s Severity) MarshalText() ([]byte, error) {
	if s < 0 || int(s) >= len(severityNames) {
		return nil, fmt.Errorf("rule: no severity %d", int(s))
	}
	return []byte(severityNames[s]), nil
}

// UnmarshalText sets s from a severity's name, in lower case.
func (s *Severity) UnmarshalText(text []byte) error {
	v, err := parseSeverity(string(text))
	if err != nil {
		return fmt.Errorf("rule: %v", err)
	}
	*s = v
	return nil
}

func parseSeverity(name string) (Severity, error) {
	i := slices.Index(severityNames[:], name)
	if i < 0 {
		return 0, fmt.Errorf("no severity %q; want one of %s", name, strings.Join(severityNames[:], ", "))
	}
	return Severity(i), nil
}

// A Finding is a rule that fired on an event.
type Finding struct {
	Rule  *Rule
	Event *event.Event
	// Record is the CloudTrail record that the event carries, nil if it carries none.
	Record *event.Record
}

// CompareIDs orders rule ids as people number them: runs of digits by value, the rest as text,
// so that "4.2" comes before "4.10". It returns a negative number, zero or a positive number, as
// [cmp.Compare] does; distinct ids never compare equal.
func CompareIDs(a, b string) int {
	rest := [2]string{a, b}
	for rest[0] != "" && rest[1] != "" {
		x, xdigits := splitRun(rest[0])
		y, ydigits := splitRun(rest[1])
		c := strings.Compare(x, y)
		if xdigits && ydigits {
			c = compareDigits(x, y)
		}
		if c != 0 {
			return c
		}
		rest[0], rest[1] = rest[0][len(x):], rest[1][len(y):]
	}
	return cmp.Or(cmp.Compare(len(rest[0]), len(rest[1])), strings.Compare(a, b))
}

// splitRun returns the longest prefix of s that is all digits or has none.
func splitRun(s string) (run string, digits bool) {
	digits = isDigit(s[0])
	n := strings.IndexFunc(s, func(r rune) bool { return (r < 0x80 && isDigit(byte(r))) != digits })
	if n < 0 {
		n = len(s)
	}
	return s[:n], digits
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// compareDigits compares two runs of digits by value, without a limit on their length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
