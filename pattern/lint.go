package pattern

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/cloudtrail"
	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// LintOptions are the options of [Pattern.Lint]. The zero value is right for a rule of which nothing is known.
type LintOptions struct {
	// State is the state of the rule: "ENABLED", "DISABLED" or "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", as in PutRule.
	// Empty means ENABLED.
	State string

	// EventNames lists event names that exist beside those that are known, by event source: "iam.amazonaws.com" and so on. An
	// event source that is not known becomes one, with these names only.
	EventNames map[string][]string
}

// A Warning says that a pattern probably does not mean what its author meant.
type Warning struct {
	Code    LintCode
	Path    string // of the field, the keys joined with dots; empty if it is about the whole pattern
	Offset  int    // in the pattern's source, in bytes
	Message string // a sentence
	Fix     string // what to write instead: JSON, or a path; empty if it is not that simple
}

// String returns the warning in a line: "detail.errorCode: …; write … [literal-star]".
func (w Warning) String() string {
	var b strings.Builder
	if w.Path != "" {
		b.WriteString(clean(w.Path, maxShown) + ": ")
	}
	b.WriteString(w.Message)
	if w.Fix != "" {
		b.WriteString("; write " + clean(w.Fix, 2*maxShown))
	}
	return b.String() + " [" + string(w.Code) + "]"
}

// A LintCode names a kind of warning. Codes are stable: a program may compare them.
type LintCode string

// The codes. Where the table says CloudTrail, a warning is given only if the pattern asks for events of CloudTrail, by their
// detail type or by the event source or name.
const (
	// Texts and operators.

	LintLiteralStar     LintCode = "literal-star"      // * or ? in a text that knows no wildcards
	LintOperatorField   LintCode = "operator-as-field" // a field named like an operator: a bracket is missing
	LintQuotes          LintCode = "quotes"            // quotes inside a text: it has been quoted twice
	LintIgnoreCase      LintCode = "ignore-case"       // a letter whose cases EventBridge does not all hold equal
	LintAddressText     LintCode = "address-text"      // a text that is compared as an IP address
	LintAddressVersions LintCode = "address-versions"  // a block of addresses that holds some of the other IP version
	LintLongNumber      LintCode = "long-number"       // a number that is compared by its spelling

	// Lists of alternatives.

	LintReplaced       LintCode = "replaced"        // a list that a later one of the same path replaces
	LintRedundant      LintCode = "redundant"       // an alternative that others make superfluous
	LintAnythingButOr  LintCode = "anything-but-or" // several anything-but, of which one is enough
	LintAlwaysAccepted LintCode = "always-accepted" // a list that accepts everything, absence included

	// Fields.

	LintObjectField  LintCode = "object-field"  // CloudTrail: the field is an object, which EventBridge cannot test
	LintUnknownField LintCode = "unknown-field" // no such member of an event; CloudTrail: no such field of a record
	LintMisplaced    LintCode = "misplaced"     // a field that is known, but on another level
	LintWrongType    LintCode = "wrong-type"    // a number for a field that is text, and the like
	LintAbsent       LintCode = "absent"        // CloudTrail: anything-but on a field that many records lack

	// Events.

	LintUnscoped        LintCode = "unscoped"          // neither source nor detail type
	LintDetailType      LintCode = "detail-type"       // a detail type that is spelled differently, or in two ways
	LintEventSource     LintCode = "event-source"      // a source or event source of the wrong form
	LintSourceMismatch  LintCode = "source-mismatch"   // CloudTrail: source and event source are of two services
	LintUnknownName     LintCode = "unknown-name"      // CloudTrail: no such event name of the event source
	LintReadOnly        LintCode = "read-only"         // CloudTrail: events that a rule in this state is not offered
	LintOverDefaultSize LintCode = "over-default-size" // more than the 2,048 characters that an account has by default
)

// defaultSize is the default quota of EventBridge for the characters of a pattern. Compile accepts twice as many, to which the
// quota can be raised.
const defaultSize = 2048

// stateAll is the state of a rule that is offered read-only management events.
const stateAll = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

// Lint returns warnings about what in the pattern is valid but probably not what was meant, in the order of the source. Nil
// options mean the defaults. That there are none does not mean that the pattern is right: try it on events.
//
// The event names are those of the services of the CIS catalog (CloudTrail, Config, EC2, IAM, KMS, Organizations, S3, sign-in
// and STS), of the time of this version; names of other services are not checked. The fields are those of record version 1.11.
func (p *Pattern) Lint(opts *LintOptions) []Warning {
	tree := p.tree()
	if tree == nil {
		return nil
	}
	l := linter{
		pattern:  tree,
		rules:    make(map[*syntax.Field][]syntax.Rule),
		branches: make(map[*syntax.Field][]branch),
	}
	if opts != nil {
		l.opts = *opts
	}
	for _, r := range tree.Rules {
		for _, f := range r {
			l.rules[f] = append(l.rules[f], r)
		}
	}
	l.walk(tree.Root, nil)
	l.object(tree.Root, "")
	l.whole()
	slices.SortStableFunc(l.warnings, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Code, b.Code))
	})
	return slices.Compact(l.warnings)
}

// A linter collects the warnings for one pattern.
type linter struct {
	pattern  *syntax.Pattern
	opts     LintOptions
	rules    map[*syntax.Field][]syntax.Rule // by field: those that it is in
	branches map[*syntax.Field][]branch      // by field: those around it
	warnings []Warning
}

func (l *linter) warn(code LintCode, path string, offset int, fix, format string, args ...any) {
	l.warnings = append(l.warnings, Warning{code, path, offset, fmt.Sprintf(format, args...), fix})
}

// walk notes the branches that the fields of an object are in.
func (l *linter) walk(o *syntax.Object, in []branch) {
	for _, m := range o.Members {
		switch {
		case m.Field != nil:
			l.branches[m.Field] = in
		case m.Object != nil:
			l.walk(m.Object, in)
		default:
			for i, b := range m.Or {
				l.walk(b, append(slices.Clip(in), branch{m.Offset, i}))
			}
		}
	}
}

// object checks the members of an object of the pattern.
func (l *linter) object(o *syntax.Object, path string) {
	for _, m := range o.Members {
		at := m.Key
		if path != "" {
			at = path + "." + m.Key
		}
		switch {
		case m.Field != nil:
			l.operatorField(m.Key, m.Field.Path, m.Offset)
			l.field(m.Field)
		case m.Object != nil:
			l.operatorField(m.Key, at, m.Offset)
			l.object(m.Object, at)
		default:
			for _, b := range m.Or {
				l.object(b, path)
			}
		}
	}
}

// operators are the names of the operators.
var operators = []string{
	"anything-but", "cidr", "equals-ignore-case", "exactly", "exists", "numeric", "prefix", "suffix", "wildcard",
}

func (l *linter) operatorField(key, path string, offset int) {
	if slices.Contains(operators, key) && strings.Contains(path, ".") {
		l.warn(LintOperatorField, path, offset, `[{"`+key+`": …}]`,
			"%q is the name of a field here, not the operator, since it is not in a list", key)
	}
}

// field makes the checks of one field.
func (l *linter) field(f *syntax.Field) {
	rules := l.rules[f]
	if len(rules) == 0 {
		l.warn(LintReplaced, f.Path, f.Offset, "", "a later list of the same path replaces this one, which has no effect")
		return
	}
	l.overridden(f)
	l.place(f)
	for i := range f.Alternatives {
		l.alternative(f, &f.Alternatives[i])
	}
	l.list(f)
	if l.isCloudTrail(f) {
		l.record(f)
	}
}

// overridden warns of a field that a branch of a later $or replaces.
func (l *linter) overridden(f *syntax.Field) {
	for _, r := range l.pattern.Rules {
		for _, g := range r {
			if g.Path == f.Path && g.Offset > f.Offset && !l.apart(f, g) {
				l.warn(LintReplaced, f.Path, f.Offset, "",
					"some branches of the $or that follows have a list for the same path, which replaces this one there")
				return
			}
		}
	}
}

// A branch is a branch of a $or.
type branch struct {
	or    int // offset of the $or
	index int
}

// apart reports whether two fields are in different branches of one $or, so that they never meet.
func (l *linter) apart(f, g *syntax.Field) bool {
	for _, x := range l.branches[f] {
		for _, y := range l.branches[g] {
			if x.or == y.or && x.index != y.index {
				return true
			}
		}
	}
	return false
}

// whole makes the checks of the pattern as a whole.
func (l *linter) whole() {
	if n := utf8.RuneCountInString(l.pattern.Source); n > defaultSize {
		l.warn(LintOverDefaultSize, "", 0, "", "%d characters; an account may use %d unless its quota is raised", n, defaultSize)
	}
	for _, r := range l.pattern.Rules {
		if !slices.ContainsFunc(r, func(f *syntax.Field) bool { return f.Path == "source" || f.Path == "detail-type" }) {
			l.warn(LintUnscoped, "", 0, "", "neither source nor detail-type is asked for, so events of every kind are compared")
			break
		}
	}
}

// isCloudTrail reports whether all rules that a field is in ask for events that carry a CloudTrail record.
func (l *linter) isCloudTrail(f *syntax.Field) bool {
	for _, r := range l.rules[f] {
		if !isCloudTrailRule(r) {
			return false
		}
	}
	return true
}

func isCloudTrailRule(r syntax.Rule) bool {
	record := false
	for _, f := range r {
		switch f.Path {
		case "detail-type":
			for i := range f.Alternatives {
				a := &f.Alternatives[i]
				if a.Not || len(a.Operands) == 0 || !isCloudTrailType(a) {
					return false
				}
			}
			return true
		case "detail.eventSource", "detail.eventName":
			record = true
		}
	}
	return record
}

// isCloudTrailType reports whether all detail types that an alternative accepts, as far as they exist, are CloudTrail's.
func isCloudTrailType(a *syntax.Alternative) bool {
	text := a.Operands[0].Text
	switch a.Op {
	case syntax.OpPrefix, syntax.OpPrefixIgnoreCase:
		return slices.ContainsFunc(cloudtrail.DetailTypes, func(t string) bool {
			return len(text) > len("AWS ") && len(text) <= len(t) && strings.EqualFold(t[:len(text)], text)
		})
	}
	return strings.HasSuffix(strings.ToLower(strings.TrimSpace(text)), "via cloudtrail")
}
