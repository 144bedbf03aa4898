package notify

import (
	"fmt"
	"iter"
	"slices"
	"unicode/utf8"
)

// Shorter returns m and then forms of it that are ever shorter, for channels with a limit: the first
// that fits is the one to send. They leave out the description and the references; then long lists and
// long strings; then everything but what happened, who did it, where, and what came of it. Each says
// in its notes what it left out. The last, as JSON, is never larger than 32 KiB.
//
// Strings are cut between two characters and marked as by [Clean]. A command is whole or missing:
// half a command may do something else.
func (m *Message) Shorter() iter.Seq[*Message] {
	return func(yield func(*Message) bool) {
		if !yield(m) {
			return
		}
		bare := *m
		bare.Description, bare.References = "", nil
		bare.Notes = slices.Clip(m.Notes)
		bare.note("shortened to fit: without the description and the references")
		if !yield(&bare) {
			return
		}
		if !yield(shorten(m, 10, 1024)) {
			return
		}
		stepless := *m
		stepless.Actions = slices.Clone(m.Actions)
		steps := 0
		for i := range stepless.Actions {
			steps += len(stepless.Actions[i].Steps)
			stepless.Actions[i].Steps = nil
		}
		last := shorten(&stepless, 5, 96)
		if steps > 0 {
			last.note("the steps of the actions are left out")
		}
		yield(last)
	}
}

// shorten returns m without description and references, with at most items elements in each list and
// at most runes runes in each string.
func shorten(m *Message, items, runes int) *Message {
	s := *m
	s.Description, s.References = "", nil
	s.Notes = slices.Clip(first(m.Notes, items))
	s.note("shortened to fit: without the description and the references, and with long values cut")
	if more := len(m.Notes) - items; more > 0 {
		s.note("%d more notes are not listed", more)
	}
	s.Resources = slices.Clone(first(m.Resources, items))
	if more := len(m.Resources) - len(s.Resources); more > 0 {
		s.note("%d more resources are not listed", more)
	}
	s.Actions = slices.Clone(first(m.Actions, items))
	if more := len(m.Actions) - len(s.Actions); more > 0 {
		s.note("%d more actions are not listed", more)
	}
	for i := range s.Actions {
		a := &s.Actions[i]
		if more := len(a.Steps) - items; more > 0 {
			s.note("%d more steps of %s are not listed", more, a.Remediator)
		}
		a.Steps = slices.Clone(first(a.Steps, items))
		for j := range a.Steps {
			a.Steps[j].shorten(runes)
		}
		clipAll(runes, &a.Remediator, &a.Outcome, &a.Summary, &a.Reason, &a.Receipt)
	}

	clipAll(runes, &s.Key, &s.RuleID, &s.Title, &s.Call, &s.Error, &s.Account, &s.Region, &s.EventID, &s.Replay, &s.Request)
	a := &s.Actor
	clipAll(runes, &a.Type, &a.ARN, &a.Name, &a.AccountID, &a.AccessKeyID, &a.MFA, &a.InvokedBy, &a.SourceIP,
		&a.UserAgent, &a.SourceIdentity)
	for i := range s.Resources {
		clipAll(runes, &s.Resources[i])
	}
	for i := range s.Notes {
		clipAll(runes, &s.Notes[i])
	}
	return &s
}

func (c *Change) shorten(runes int) {
	clipAll(runes, &c.Action, &c.Resource, &c.Region, &c.Summary, &c.Status)
	for _, command := range []*string{&c.Command, &c.Undo} {
		if n := utf8.RuneCountInString(*command); n > runes {
			*command = fmt.Sprintf("left out: %d characters long", n)
		}
	}
}

// clipAll cuts each string to max runes.
func clipAll(max int, strings ...*string) {
	for _, s := range strings {
		*s = clip(*s, max)
	}
}

func first[S ~[]E, E any](s S, n int) S { return s[:min(n, len(s)):min(n, len(s))] }
