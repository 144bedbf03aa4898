package notify

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// How many runes of a value are shown. The numbers are those of the longest value that is real:
// CloudTrail cuts user agents and error messages at 1 KB, and a command may carry a bucket policy of
// 20 KB, quoted.
const (
	maxWord    = 128 // ids, and names that AWS gives
	maxLine    = 1024
	maxCommand = 32 << 10
)

// minTitle is how many runes of its title a headline shows at least. Fewer say nothing; where they
// leave no room for the rest, it is the end that is cut.
const minTitle = 16

// Headline returns a line about m in at most max runes, for subjects and titles:
//
//	[CRITICAL] CloudTrail logging stopped: 4.5 in 123456789012/eu-west-1
//
// After the title it says so if the call failed, since most titles tell of a change. It is clean in the
// sense of [Clean]. Where max is short, the title is cut first.
func Headline(m *Message, max int) string {
	head := "[" + strings.ToUpper(m.Severity.String()) + "] "
	var tail string
	if m.Failed {
		tail = " (call failed)"
	}
	if m.RuleID != "" {
		tail += ": " + Clean(m.RuleID, 48)
	}
	if at := place(m); at != "" {
		tail += " in " + at
	}
	room := max - utf8.RuneCountInString(head) - utf8.RuneCountInString(tail)
	if room < minTitle {
		room = minTitle
	}
	title := Clean(cmp.Or(m.Title, m.Call, "finding without a title"), room)
	return Clean(head+title+tail, max)
}

// place says in which account and Region m arose.
func place(m *Message) string {
	account, region := Clean(m.Account, 32), Clean(m.Region, 32)
	if account == "" || region == "" {
		return account + region
	}
	return account + "/" + region
}

// Text returns m as plain text of at most max bytes, for people: what happened, who did it, from
// where and when, to which resource, what was done about it or would be, how to undo that, and what
// the rule says. It ends in a line break. A max below 1 means no limit.
//
// Every value is cleaned by [Clean] and stays within its line, so it can neither begin a line nor
// hide one; only the description, which is the rule's, is wrapped. A command that cannot be shown as
// it is says so, since it must not be copied. A message that does not fit is shortened as
// [Message.Shorter] does and, should not even the last form fit, cut at the end.
//
// The text is for reading: its form may change.
func Text(m *Message, max int) string {
	var text string
	for s := range m.Shorter() {
		text = render(s)
		if max < 1 || len(text) <= max {
			return text
		}
	}
	const mark = "…\n"
	if max < len(mark) {
		return strings.Repeat("\n", max)
	}
	end := max - len(mark)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + mark
}

// render returns the whole of m as text.
func render(m *Message) string {
	var p page
	p.WriteString(Headline(m, maxLine) + "\n")
	p.call(m)
	p.actor(m)
	for i, r := range m.Resources {
		label := "resource"
		if i > 0 {
			label = ""
		}
		p.line(label, Clean(r, maxResource))
	}
	p.line("request", Clean(m.Request, maxLine))
	for _, note := range m.Notes {
		p.line("note", Clean(note, maxLine))
	}
	p.actions(m)
	p.background(m)
	return p.String()
}

// A page is text under way. Values that are given to its methods are clean.
type page struct{ strings.Builder }

// line writes a value under a label; an empty label continues the one before. It writes nothing for
// an empty value.
func (p *page) line(label, value string) {
	if value != "" {
		fmt.Fprintf(p, "%-9s %s\n", label, value)
	}
}

func (p *page) call(m *Message) {
	p.line("what", Clean(m.Call, maxLine))
	if m.Failed {
		p.line("failed", Clean(cmp.Or(m.Error, "the record does not say why"), maxLine))
	} else {
		p.line("message", Clean(m.Error, maxLine))
	}
	p.line("where", place(m))
	p.line("rule", Clean(m.RuleID, maxLine))
	if m.Time.IsZero() {
		p.line("when", "the event does not say")
	} else {
		p.line("when", m.Time.UTC().Format(time.DateTime+" UTC"))
	}
	p.line("event", Clean(m.EventID, maxWord))
	if m.Replay != "" {
		p.line("replay", "sent again by the replay "+Clean(m.Replay, maxWord))
	}
}

func (p *page) actor(m *Message) {
	a := m.Actor
	if a == (Actor{}) {
		return
	}
	who := a.String()
	p.line("who", Clean(who, maxLine))
	if a.ARN != who {
		p.line("", Clean(a.ARN, maxResource))
	}
	p.line("type", Clean(a.Type, maxWord))
	if a.AccountID != m.Account && a.AccountID != "" {
		p.line("account", Clean(a.AccountID, maxWord)+", not that of the event")
	}
	p.line("key", Clean(a.AccessKeyID, maxWord))
	p.line("MFA", Clean(a.MFA, maxWord))
	p.line("identity", Clean(a.SourceIdentity, maxWord))
	if a.InvokedBy != who {
		p.line("through", Clean(a.InvokedBy, maxWord))
	}
	p.line("from", Clean(a.SourceIP, maxLine))
	p.line("agent", Clean(a.UserAgent, maxLine))
}

// background writes what the rule says. A description has paragraphs; each line of it is indented
// like a value.
func (p *page) background(m *Message) {
	description := strings.TrimSpace(m.Description)
	if description != "" || len(m.References) > 0 {
		p.WriteString("\n")
	}
	label := "about"
	for paragraph := range strings.Lines(description) {
		for _, line := range wrap(Clean(strings.TrimSpace(paragraph), maxLine)) {
			p.line(label, line)
			label = ""
		}
	}
	for _, ref := range m.References {
		p.line("see", Clean(ref, maxResource))
	}
}

// wrap returns the lines into which text is broken between words so that a label and a line of it
// fit into 80 columns, unless a word is longer.
func wrap(text string) []string {
	const width = 70
	var lines []string
	for _, word := range strings.Fields(text) {
		last := len(lines) - 1
		if last >= 0 && utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= width {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

func (p *page) actions(m *Message) {
	if len(m.Actions) == 0 {
		p.WriteString("\nnothing was done, and nothing is planned\n")
	}
	for _, a := range m.Actions {
		fmt.Fprintf(p, "\n%s by %s\n", Clean(a.Outcome, maxWord), Clean(a.Remediator, maxWord))
		switch a.Outcome {
		case "planned", "awaiting approval", "suggested":
			p.line("changed", "nothing so far")
		}
		if a.Summary != a.Reason { // a plan without steps gives its summary as the reason
			p.line("plan", Clean(a.Summary, maxLine))
		}
		p.line("reason", Clean(a.Reason, maxLine))
		p.line("receipt", Clean(a.Receipt, maxWord))
		for i, s := range a.Steps {
			p.step(i+1, s)
		}
	}
}

func (p *page) step(n int, s Change) {
	call := Clean(s.Action, maxWord) + " on " + Clean(s.Resource, maxResource)
	if s.Region != "" {
		call += " in " + Clean(s.Region, maxWord)
	}
	p.line(fmt.Sprintf("step %d", n), call)
	p.line("", Clean(s.Summary, maxLine))
	p.line("status", Clean(s.Status, maxLine))
	p.line("call", command(s.Command))
	p.line("undo", cmp.Or(command(s.Undo), "no way is known"))
}

// command returns the command s for a line of its own.
func command(s string) string {
	if clean := Clean(s, maxCommand); clean != s {
		return "(not as it is, do not run) " + Clean(s, maxLine)
	}
	return s
}
