package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// An Entry is a rule as a catalog keeps it: with where it comes from and the events that prove it.
// Anyone can make one, in Go or as a file for [Read]; the entries of package cis are no different.
// An Entry must not be changed once it is shared.
type Entry struct {
	Rule

	// Filter is the CloudWatch Logs metric filter that the rule's pattern stands in for, exactly
	// as it was published; empty if there is none.
	Filter string

	// Errata says what is wrong with the filter as published, one mistake each.
	Errata []string

	// Departures says where the pattern matches other events than the filter does.
	Departures []Departure

	// Examples are events that the pattern must match and events that it must not.
	Examples []Example
}

// Rules returns the rules of entries, in their order. The slice is the caller's: rules can be
// added, dropped, and given another severity or pattern.
func Rules(entries []Entry) []Rule {
	rules := make([]Rule, len(entries))
	for i, e := range entries {
		rules[i] = e.Rule
		rules[i].References = slices.Clone(e.References)
	}
	return rules
}

// A Departure is a difference between a pattern and the filter that it stands in for.
type Departure struct {
	Change string // what the pattern does differently
	Reason string // why
}

// An Example is an event and the answer that a pattern must give on it.
type Example struct {
	Match  bool            // the answer
	Reason string          // why that is the right answer
	Event  json.RawMessage // one JSON object, as EventBridge delivers it
}

// Check reports whether e is complete and its pattern gives the right answer on every example: the
// id is there and has no spaces, the title is one line, severity and state are of those that
// exist, references are URLs, departures and examples have their reasons, and there is an example
// of either kind. The error tells everything that is wrong, one problem a line.
func (e *Entry) Check() error {
	var errs []error
	for _, p := range e.problems() {
		errs = append(errs, fmt.Errorf("rule: entry %q: %s: %s", e.ID, p.path, p.reason))
	}
	return errors.Join(errs...)
}

// problems returns what [Entry.Check] reports, each with the path that the member has in a file.
func (e *Entry) problems() []problem {
	var all []problem
	require := func(ok bool, path, reason string) {
		if !ok {
			all = append(all, problem{path: path, reason: reason})
		}
	}
	require(isName(e.ID), "id", "must be a name without spaces")
	require(isLine(e.Title), "title", "must be one line of text")
	require(Info <= e.Severity && e.Severity <= Critical, "severity", fmt.Sprintf("no severity %d", int(e.Severity)))
	require(slices.Contains(states, e.State), "state", noState(e.State))
	require(e.Pattern != nil, "pattern", "missing")
	for i, r := range e.References {
		require(isURL(r), fmt.Sprintf("references[%d]", i), fmt.Sprintf("must be an http or https URL, not %q", r))
	}
	for i, d := range e.Departures {
		require(!isBlank(d.Change), fmt.Sprintf("departures[%d].change", i), "must not be blank")
		require(!isBlank(d.Reason), fmt.Sprintf("departures[%d].reason", i), "must not be blank")
	}
	has := make(map[bool]bool)
	for i, x := range e.Examples {
		has[x.Match] = true
		require(!isBlank(x.Reason), fmt.Sprintf("examples[%d].reason", i), "must not be blank")
		if reason := e.contradiction(x); reason != "" {
			require(false, fmt.Sprintf("examples[%d]", i), reason)
		}
	}
	require(has[true], "examples", "none that must match")
	require(has[false], "examples", "none that must not match")
	return all
}

// contradiction says how the pattern's answer on x is wrong; empty if it is right.
func (e *Entry) contradiction(x Example) string {
	if e.Pattern == nil {
		return "" // and that is told
	}
	got, err := e.Pattern.Match(x.Event)
	switch {
	case err != nil:
		return strings.TrimPrefix(err.Error(), "pattern: ")
	case got && !x.Match:
		return fmt.Sprintf("the pattern matches and must not: %q", x.Reason)
	case !got && x.Match:
		return fmt.Sprintf("the pattern does not match and must: %q", x.Reason)
	}
	return ""
}

// isName reports whether s can be an id: people type it, and it stands in configuration and URLs.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r)
	})
}

func isLine(s string) bool {
	return !isBlank(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }

// isURL reports whether s can be shown as a link: a channel must not be made to render another
// scheme.
func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
