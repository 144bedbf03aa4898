package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/countertrail/countertrail/pattern"
)

// An Entry is a rule as a catalog keeps it: with where it comes from, what else is known of it, and
// the events that prove it. Anyone can make one, in Go or as a file for [Read]; the entries of
// package cis are no different. Only the rule and the examples must be there. An Entry must not be
// changed once it is shared.
type Entry struct {
	Rule

	// Filters are the published CloudWatch Logs metric filters that the rule's pattern stands in
	// for, the one that counts first.
	Filters []Filter

	// Errata says what is wrong with the filters as published, one mistake each.
	Errata []Erratum

	// Departures says where the pattern matches other events than the filter does.
	Departures []Departure

	// Extended is a pattern that asks for more than the rule's own: the [Extended] form. Nil if there
	// is none.
	Extended *pattern.Pattern

	// Additions says what else the extended form asks for, beside calls.
	Additions []Addition

	// Calls are the calls that the patterns ask for, in their order.
	Calls []Call

	// Delivery says what it takes for the events to arrive, beside the rule's State and Regions.
	Delivery Delivery

	// Mappings says what the entry answers to in published frameworks.
	Mappings []Mapping

	// Examples are events that the pattern must match and events that it must not.
	Examples []Example
}

// Rules returns the rules of entries, in their order. The slice is the caller's: rules can be
// added, dropped, and given another severity or pattern.
func Rules(entries []Entry) []Rule {
	rules := make([]Rule, len(entries))
	for i := range entries {
		rules[i] = entries[i].Rule.Clone()
	}
	return rules
}

// A Filter is a published CloudWatch Logs metric filter.
type Filter struct {
	// Text is the filter exactly as it was published.
	Text string
	// Literal is the pattern that matches the same events: the [Literal] form. Nil if there is none.
	Literal *pattern.Pattern
	// Regions are the Regions in which the literal form's events arrive, as [Rule.Regions] are for
	// the rule's own pattern.
	Regions []string
	// Versions are the versions of the publication that have the filter; none means all.
	Versions []string
}

// An Erratum is a mistake in published filters.
type Erratum struct {
	Text     string   `json:"text"`               // what is wrong, and what comes of it
	Versions []string `json:"versions,omitempty"` // the versions of the publication that have the mistake; none means all
}

// A Departure is a difference between the pattern and the filters that it stands in for.
type Departure struct {
	Change string // what the pattern does differently
	Reason string // why
	// Where matches the events about which the two may disagree for this reason, so that [Lint]
	// can tell a difference that is explained from one that is not. Nil explains none.
	Where *pattern.Pattern
	// Versions are the versions of the publication whose filter differs; none means all.
	Versions []string
}

// An Addition is what an extended form asks for beyond the rule's own pattern.
type Addition struct {
	Change string `json:"change"` // what the form adds
	Reason string `json:"reason"` // why
}

// An Example is an event and the answer that the rule's pattern must give on it.
type Example struct {
	Match  bool            `json:"match"`  // the answer
	Reason string          `json:"reason"` // why that is the right answer
	Event  json.RawMessage `json:"event"`  // one JSON object, as EventBridge delivers it
}

// At returns e with those filters, errata and departures only that concern a version of the
// publication. It shares memory with e.
func (e *Entry) At(version string) Entry {
	at := *e
	at.Filters = concerning(e.Filters, version, func(f Filter) []string { return f.Versions })
	at.Errata = concerning(e.Errata, version, func(x Erratum) []string { return x.Versions })
	at.Departures = concerning(e.Departures, version, func(d Departure) []string { return d.Versions })
	return at
}

func concerning[T any](all []T, version string, versions func(T) []string) []T {
	var some []T
	for _, x := range all {
		if v := versions(x); len(v) == 0 || slices.Contains(v, version) {
			some = append(some, x)
		}
	}
	return some
}

// Check reports whether e is complete and its pattern gives the right answer on every example: the
// id is there and has no spaces, the title is one line, severity and state are of those that
// exist, references are URLs, departures, examples and what the extended form adds have their
// reasons, and there is an example of either kind. The error tells everything that is wrong, one
// problem a line.
func (e *Entry) Check() error {
	var errs []error
	for _, p := range e.problems() {
		errs = append(errs, fmt.Errorf("rule: entry %q: %s: %s", e.ID, p.path, p.reason))
	}
	return errors.Join(errs...)
}

// A checker collects problems, each with the path that the member has in a file.
type checker struct{ problems []problem }

func (c *checker) fail(path, format string, args ...any) {
	c.problems = append(c.problems, problem{path: path, reason: fmt.Sprintf(format, args...)})
}

func (c *checker) require(ok bool, path, format string, args ...any) {
	if !ok {
		c.fail(path, format, args...)
	}
}

func (c *checker) text(s, path string) { c.require(!isBlank(s), path, "must not be blank") }

func (c *checker) names(names []string, path, what string) {
	for i, s := range names {
		if !isName(s) {
			c.fail(fmt.Sprintf("%s[%d]", path, i), "must be %s without spaces", what)
		}
	}
}

func (c *checker) severity(s Severity, path string) {
	if s < Info || s > Critical {
		c.fail(path, "no severity %d", int(s))
	}
}

// problems returns what [Entry.Check] reports.
func (e *Entry) problems() []problem {
	var c checker
	e.Rule.check(&c)
	for i, f := range e.Filters {
		at := fmt.Sprintf("filters[%d].", i)
		c.text(f.Text, at+"text")
		c.names(f.Regions, at+"regions", "a Region")
		c.names(f.Versions, at+"versions", "a version")
	}
	for i, x := range e.Errata {
		at := fmt.Sprintf("errata[%d].", i)
		c.text(x.Text, at+"text")
		c.names(x.Versions, at+"versions", "a version")
	}
	for i, d := range e.Departures {
		at := fmt.Sprintf("departures[%d].", i)
		c.text(d.Change, at+"change")
		c.text(d.Reason, at+"reason")
		c.names(d.Versions, at+"versions", "a version")
	}
	for i, a := range e.Additions {
		at := fmt.Sprintf("additions[%d].", i)
		c.text(a.Change, at+"change")
		c.text(a.Reason, at+"reason")
	}
	for i := range e.Calls {
		e.Calls[i].check(&c, fmt.Sprintf("calls[%d]", i), e.Extended != nil)
	}
	for i, s := range e.Delivery.SilencedBy {
		c.text(s, fmt.Sprintf("delivery.silencedBy[%d]", i))
	}
	for i, m := range e.Mappings {
		at := fmt.Sprintf("mappings[%d].", i)
		c.text(m.Framework, at+"framework")
		c.require(len(m.IDs) > 0, at+"ids", "must not be empty")
		for j, id := range m.IDs {
			c.text(id, fmt.Sprintf("%sids[%d]", at, j))
		}
	}
	e.checkExamples(&c)
	return c.problems
}

func (r *Rule) check(c *checker) {
	c.require(isName(r.ID), "id", "must be a name without spaces")
	c.require(isLine(r.Title), "title", "must be one line of text")
	c.severity(r.Severity, "severity")
	var wrong []string
	for name, s := range r.Severities {
		if !isName(name) || s < Info || s > Critical {
			wrong = append(wrong, name)
		}
	}
	slices.Sort(wrong)
	for _, name := range wrong {
		at := join("severities", name)
		c.require(isName(name), at, "must be the name of a call")
		c.severity(r.Severities[name], at)
	}
	c.require(slices.Contains(states, r.State), "state", "no state %q; want one of %s, %s, %s", r.State, Enabled, EnabledAll, Disabled)
	c.names(r.Regions, "regions", "a Region")
	c.require(r.Pattern != nil, "pattern", "missing")
	for i, s := range r.References {
		if !isURL(s) {
			c.fail(fmt.Sprintf("references[%d]", i), "must be an http or https URL, not %q", s)
		}
	}
}

func (e *Entry) checkExamples(c *checker) {
	has := make(map[bool]bool)
	for i, x := range e.Examples {
		has[x.Match] = true
		c.text(x.Reason, fmt.Sprintf("examples[%d].reason", i))
		if reason := e.contradiction(x); reason != "" {
			c.require(false, fmt.Sprintf("examples[%d]", i), "%s", reason)
		}
	}
	c.require(has[true], "examples", "none that must match")
	c.require(has[false], "examples", "none that must not match")
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
