package rule

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern"
)

// LintOptions are the options of [Lint].
type LintOptions struct {
	// Events are events, as EventBridge delivers them, on which the forms of each entry are
	// compared, beside the entries' own examples: a sample of what an account sees.
	Events iter.Seq[[]byte]

	// MaxLength is the length, in characters, from which on a pattern is too long; see
	// [Tuning.MaxLength]. Zero means 2048.
	MaxLength int

	// EventNames lists event names that exist beside those that are known, by event source; see
	// [pattern.LintOptions].
	EventNames map[string][]string
}

// A Warning says that something in a catalog is missing, or probably not as its author meant it.
type Warning struct {
	ID      string // of the entry
	Path    string // of the member in the entry's file, empty if it is about the entry
	Code    LintCode
	Message string
}

// String returns the warning in a line: `4.5: title: … [wording]`.
func (w Warning) String() string {
	at := w.ID
	if w.Path != "" {
		at += ": " + w.Path
	}
	return fmt.Sprintf("%s: %s [%s]", at, w.Message, w.Code)
}

// A LintCode names a kind of warning. Codes are stable: a program may compare them.
type LintCode string

// The codes.
const (
	LintInvalid   LintCode = "invalid"   // what [Entry.Check] reports, for entries that Read has not seen
	LintMissing   LintCode = "missing"   // no description, no references
	LintWording   LintCode = "wording"   // a text that is a demand of an auditor's rather than what has happened
	LintDuplicate LintCode = "duplicate" // a title, pattern or example that another has too
	LintPattern   LintCode = "pattern"   // what [pattern.Pattern.Lint] warns of
	LintLength    LintCode = "length"    // a pattern that is too long for an account's quota

	LintCalls      LintCode = "calls"      // a call that is in the patterns and not in the list of calls, or the other way round
	LintSeverity   LintCode = "severity"   // a severity of no call, or above that of the rule
	LintDifference LintCode = "difference" // an event on which forms differ and no departure says why
	LintNarrower   LintCode = "narrower"   // an event that the rule's own pattern matches and the extended form does not
)

// Lint looks for what is missing or doubtful in a catalog, entry by entry in their order; nil opts
// mean the defaults. It is for a test beside the catalog, and leaves out what it cannot know: whether
// an entry is about the right thing. The entries are not changed.
func Lint(entries []Entry, opts *LintOptions) []Warning {
	l := linter{entries: entries, titles: make(map[string]string), patterns: make(map[string]string), events: make(map[string]string)}
	if opts != nil {
		l.opts = *opts
	}
	l.opts.MaxLength = cmp.Or(l.opts.MaxLength, defaultMaxLength)
	for i := range entries {
		l.entry(&entries[i])
	}
	l.sample()
	slices.SortStableFunc(l.warnings, func(a, b Warning) int { return cmp.Compare(l.index(a.ID), l.index(b.ID)) })
	return l.warnings
}

// A linter collects warnings.
type linter struct {
	entries  []Entry
	opts     LintOptions
	warnings []Warning

	// Where each was seen first.
	titles, patterns, events map[string]string
}

func (l *linter) index(id string) int {
	return slices.IndexFunc(l.entries, func(e Entry) bool { return e.ID == id })
}

func (l *linter) warn(e *Entry, path string, code LintCode, format string, args ...any) {
	l.warnings = append(l.warnings, Warning{e.ID, path, code, fmt.Sprintf(format, args...)})
}

func (l *linter) entry(e *Entry) {
	for _, p := range e.problems() {
		l.warn(e, p.path, LintInvalid, "%s", p.reason)
	}
	if isBlank(e.Description) {
		l.warn(e, "description", LintMissing, "none; say why it matters and what to look at first")
	}
	if len(e.References) == 0 {
		l.warn(e, "references", LintMissing, "none; where can a reader learn more?")
	}
	for path, text := range e.texts() {
		if found := demand.FindString(text); found != "" {
			l.warn(e, path, LintWording, "%q is how a benchmark demands; say in your own words what has happened", found)
		}
	}
	l.duplicates(e)
	l.forms(e)
	l.calls(e)
	l.severities(e)
}

// demand matches what texts of benchmarks are full of, and texts that tell what has happened are not.
var demand = regexp.MustCompile(`(?i)\bensure\b|\blog metric filters?\b|\b(is|are) monitored\b|\bit is recommended\b`)

// texts yields what people read in an entry, with the path of each.
func (e *Entry) texts() iter.Seq2[string, string] {
	type text struct{ path, text string }
	all := []text{{"title", e.Title}, {"description", e.Description}}
	for i, x := range e.Errata {
		all = append(all, text{fmt.Sprintf("errata[%d].text", i), x.Text})
	}
	for i, d := range e.Departures {
		all = append(all, text{fmt.Sprintf("departures[%d].change", i), d.Change}, text{fmt.Sprintf("departures[%d].reason", i), d.Reason})
	}
	for i, a := range e.Additions {
		all = append(all, text{fmt.Sprintf("additions[%d].change", i), a.Change}, text{fmt.Sprintf("additions[%d].reason", i), a.Reason})
	}
	for i, c := range e.Calls {
		all = append(all, text{fmt.Sprintf("calls[%d].reason", i), c.Reason}, text{fmt.Sprintf("calls[%d].reversal.note", i), c.Reversal.Note})
	}
	return func(yield func(string, string) bool) {
		for _, t := range all {
			if !yield(t.path, t.text) {
				return
			}
		}
	}
}

// duplicates warns of what was seen before.
func (l *linter) duplicates(e *Entry) {
	once := func(seen map[string]string, key, path string) {
		where := e.ID + ": " + path
		if first, ok := seen[key]; ok {
			l.warn(e, path, LintDuplicate, "the same as %s", first)
			return
		}
		seen[key] = where
	}
	once(l.titles, strings.ToLower(e.Title), "title")
	if e.Pattern != nil {
		once(l.patterns, compactJSON([]byte(e.Pattern.String())), "pattern")
	}
	for i, x := range e.Examples {
		if v, _ := parseValue(x.Event); v.text != nil {
			once(l.events, compactJSON(v.text), fmt.Sprintf("examples[%d].event", i))
		}
	}
}

// forms looks at the patterns by themselves. The literal ones are as they were published, so only
// their length counts.
func (l *linter) forms(e *Entry) {
	own := []struct {
		path string
		*pattern.Pattern
	}{{"pattern", e.Pattern}, {"extended", e.Extended}}
	for _, p := range own {
		for _, w := range p.Lint(&pattern.LintOptions{State: string(e.State), EventNames: l.opts.EventNames}) {
			if w.Code != pattern.LintOverDefaultSize {
				l.warn(e, p.path, LintPattern, "%s", w)
			}
		}
		l.length(e, p.path, p.Pattern)
	}
	for i, f := range e.Filters {
		l.length(e, fmt.Sprintf("filters[%d].literal", i), f.Literal)
	}
}

func (l *linter) length(e *Entry, path string, p *pattern.Pattern) {
	if p == nil {
		return
	}
	// White space counts on EventBridge, and need not be sent.
	if n := utf8.RuneCountInString(compactJSON([]byte(p.String()))); n > l.opts.MaxLength {
		l.warn(e, path, LintLength, "%d characters, of which %d are allowed", n, l.opts.MaxLength)
	}
}

// calls compares the list of calls with the names in the patterns.
func (l *linter) calls(e *Entry) {
	if len(e.Calls) == 0 {
		return
	}
	own := eventNames(e.Pattern)
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(own, eventNames(e.Extended)))))
	for i, c := range e.Calls {
		at := fmt.Sprintf("calls[%d]", i)
		switch {
		case !slices.Contains(all, c.Name):
			l.warn(e, at, LintCalls, "%s is in no pattern", c.Name)
		case c.Extended() && slices.Contains(own, c.Name):
			l.warn(e, at, LintCalls, "%s is in the rule's own pattern, so the reason is not for the extended form alone", c.Name)
		case !c.Extended() && !slices.Contains(own, c.Name):
			l.warn(e, at, LintCalls, "%s is in the extended form only, and has no reason", c.Name)
		}
	}
	for _, name := range all {
		if !slices.ContainsFunc(e.Calls, func(c Call) bool { return c.Name == name }) {
			l.warn(e, "calls", LintCalls, "%s is missing; a pattern asks for it", name)
		}
	}
}

// eventNames returns the texts that a pattern wants as detail.eventName, in any branch.
func eventNames(p *pattern.Pattern) []string {
	if p == nil {
		return nil
	}
	root, err := parseTree(p.String())
	if err != nil {
		return nil // repeated members, which Read refuses
	}
	var names []string
	for alternative := range root.lists("detail.eventName") {
		if alternative[0] == '"' {
			names = append(names, unquote([]byte(alternative)))
		}
	}
	return names
}

// severities warns of severities that nobody will see.
func (l *linter) severities(e *Entry) {
	for _, name := range slices.Sorted(maps.Keys(e.Severities)) {
		s, at := e.Severities[name], join("severities", name)
		i := slices.IndexFunc(e.Calls, func(c Call) bool { return c.Name == name })
		switch {
		case i < 0:
			if len(e.Calls) > 0 {
				l.warn(e, at, LintSeverity, "it is not among the calls")
			}
		case s > e.Severity && !e.Calls[i].Extended():
			l.warn(e, at, LintSeverity, "%s, and the rule is only %s: who goes by the rule overlooks it", s, e.Severity)
		}
	}
}
