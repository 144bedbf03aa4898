package pattern

import (
	"slices"
	"strings"

	"github.com/countertrail/countertrail/pattern/internal/cloudtrail"
	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// place checks that a field can be where it is, in events of any kind.
func (l *linter) place(f *syntax.Field) {
	root, _, _ := strings.Cut(f.Path, ".")
	if root == "detail" && f.Path != "detail" {
		return
	}
	field, within, ok := cloudtrail.Lookup(f.Path)
	switch {
	case !ok:
		l.unknown(f, "no event has such a member")
	case within:
	case field.Kind != cloudtrail.Text:
		l.warn(LintObjectField, f.Path, f.Offset, "", "detail is an object, of which EventBridge sees only what is in it")
	default:
		l.types(f, field)
		l.envelope(f)
	}
}

// unknown warns of a field that does not exist.
func (l *linter) unknown(f *syntax.Field, message string) {
	root, rest, _ := strings.Cut(f.Path, ".")
	for key := range strings.SplitSeq(rest, ".") {
		if slices.Contains(operators, key) {
			return // there is a warning for that
		}
	}
	suggestion := ""
	if strings.EqualFold(root, "detail") && root != "detail" {
		suggestion = "detail." + rest
	} else {
		suggestion = cloudtrail.Suggest(f.Path, func(a, b string) bool { return distance(a, b) <= allowedDistance(b) })
	}
	code := LintUnknownField
	if suggestion != "" && strings.Count(suggestion, ".") != strings.Count(f.Path, ".") {
		code = LintMisplaced
	}
	l.warn(code, f.Path, f.Offset, suggestion, "%s", message)
}

// types warns of alternatives that no value of a field's type satisfies.
func (l *linter) types(f *syntax.Field, field cloudtrail.Field) {
	for i := range f.Alternatives {
		a := &f.Alternatives[i]
		source := l.pattern.Source[a.Offset:a.End]
		switch {
		case a.Not && field.Kind == cloudtrail.Text && a.Op != syntax.OpNumber:
		case field.Kind == cloudtrail.Text && slices.Contains([]syntax.Op{syntax.OpNumber, syntax.OpTrue, syntax.OpFalse}, a.Op):
			fix := jsonString(source)
			if a.Not {
				fix = ""
			}
			l.warn(LintWrongType, f.Path, a.Offset, fix, "the field is always a text")
		case field.Kind == cloudtrail.Text && a.Op == syntax.OpNumeric:
			l.warn(LintWrongType, f.Path, a.Offset, "", "the field is always a text, and numeric compares numbers only")
		case field.Kind == cloudtrail.Flag && len(a.Operands) > 0:
			fix := ""
			switch text := strings.ToLower(a.Operands[0].Text); {
			case text == "true" && !a.Not, text == "false" && a.Not:
				fix = "true"
			case text == "false" && !a.Not, text == "true" && a.Not:
				fix = "false"
			}
			l.warn(LintWrongType, f.Path, a.Offset, fix, "the field is always true or false, without quotes")
		}
	}
}

// envelope checks the values of source and detail-type.
func (l *linter) envelope(f *syntax.Field) {
	switch f.Path {
	case "source":
		for o := range literals(f) {
			if name, ok := strings.CutSuffix(o.Text, ".amazonaws.com"); ok {
				l.warn(LintEventSource, f.Path, o.Offset, jsonString("aws."+strings.TrimPrefix(name, "aws.")),
					"the source of AWS's events begins with \"aws.\"; %s is the form of detail.eventSource", quote(o.Text))
			}
		}
	case "detail-type":
		l.detailType(f)
	}
}

func (l *linter) detailType(f *syntax.Field) {
	signIn := 0
	var last *syntax.Operand
	others := false
	for i := range f.Alternatives {
		a := &f.Alternatives[i]
		others = others || a.Op != syntax.OpString
	}
	for o := range literals(f) {
		if slices.Contains(cloudtrail.SignInTypes, o.Text) {
			signIn++
			last = o
			continue
		}
		if slices.Contains(cloudtrail.DetailTypes, o.Text) {
			continue
		}
		for _, t := range cloudtrail.DetailTypes {
			if strings.EqualFold(strings.Join(strings.Fields(o.Text), " "), t) || distance(o.Text, t) <= allowedDistance(t) {
				l.warn(LintDetailType, f.Path, o.Offset, jsonString(t), "no event of CloudTrail has the detail type %s", quote(o.Text))
				break
			}
		}
	}
	if signIn == 1 && !others {
		other := cloudtrail.SignInTypes[0]
		if last.Text == other {
			other = cloudtrail.SignInTypes[1]
		}
		l.warn(LintDetailType, f.Path, last.Offset, jsonString(last.Text)+", "+jsonString(other),
			"AWS's documentation and the rules in use spell the detail type of sign-in in two ways; accept both")
	}
}

// literals yields the operands that are compared for equality.
func literals(f *syntax.Field) func(yield func(*syntax.Operand) bool) {
	return func(yield func(*syntax.Operand) bool) {
		for i := range f.Alternatives {
			a := &f.Alternatives[i]
			if (a.Op == syntax.OpString || a.Op == syntax.OpExactly) && !a.Not && !yield(&a.Operands[0]) {
				return
			}
		}
	}
}

// record makes the checks of a field of a CloudTrail record.
func (l *linter) record(f *syntax.Field) {
	if !strings.HasPrefix(f.Path, "detail.") {
		return
	}
	field, within, ok := cloudtrail.Lookup(f.Path)
	switch {
	case strings.HasPrefix(f.Path, "detail.eventContext."):
		l.warn(LintUnknownField, f.Path, f.Offset, "", "eventContext is kept in event data stores only; EventBridge does not deliver it")
		return
	case !ok:
		l.unknown(f, "no CloudTrail record has such a field")
		return
	case within:
		return
	case field.Kind == cloudtrail.Object:
		l.objectField(f)
		return
	}
	l.types(f, field)
	if field.Optional {
		l.absent(f)
	}
	switch f.Path {
	case "detail.eventSource":
		l.eventSource(f)
	case "detail.eventName":
		l.eventName(f)
	case "detail.readOnly":
		l.readOnly(f)
	}
}

// objectField warns of a field that is an object in every record that has it.
func (l *linter) objectField(f *syntax.Field) {
	member := ""
	for _, m := range cloudtrail.Record {
		if rest, ok := strings.CutPrefix(m.Path, f.Path+"."); ok && m.Kind == cloudtrail.Text && !strings.Contains(rest, ".") {
			member = m.Path
			break
		}
	}
	l.warn(LintObjectField, f.Path, f.Offset, member,
		"the field is an object, of which EventBridge sees only what is in it: it always counts as absent")
}

// absent warns of an anything-but that is likely to be meant to accept absence too.
func (l *linter) absent(f *syntax.Field) {
	var but *syntax.Alternative
	for i := range f.Alternatives {
		switch a := &f.Alternatives[i]; {
		case a.Not && but == nil:
			but = a
		case a.Op == syntax.OpExists, a.Op == syntax.OpNotExists:
			return
		}
	}
	if but != nil {
		source := l.pattern.Source[but.Offset:but.End]
		l.warn(LintAbsent, f.Path, but.Offset, source+`, {"exists": false}`,
			"many records lack the field, and anything-but does not accept that")
	}
}

// eventSource checks the form of event sources, and that they belong to the sources asked for.
func (l *linter) eventSource(f *syntax.Field) {
	for o := range literals(f) {
		service, ok := strings.CutSuffix(o.Text, ".amazonaws.com")
		if !ok {
			l.warn(LintEventSource, f.Path, o.Offset, jsonString(strings.TrimPrefix(o.Text, "aws.")+".amazonaws.com"),
				"an event source ends with \".amazonaws.com\"; %s does not", quote(o.Text))
			continue
		}
		label, _, _ := strings.Cut(service, ".")
		if sources, ok := l.wanted(f, "source"); ok && !slices.Contains(sources, "aws."+label) {
			l.warn(LintSourceMismatch, f.Path, o.Offset, "",
				"events of %s have the source %s, which the pattern does not accept", quote(o.Text), quote("aws."+label))
		}
	}
}

// wanted returns the values of another field that are accepted together with f, in any rule. It reports false if they cannot
// be listed.
func (l *linter) wanted(f *syntax.Field, path string) (values []string, ok bool) {
	for _, r := range l.rules[f] {
		found := false
		for _, g := range r {
			if g.Path != path {
				continue
			}
			found = true
			for i := range g.Alternatives {
				if g.Alternatives[i].Op != syntax.OpString || g.Alternatives[i].Not {
					return nil, false
				}
				values = append(values, g.Alternatives[i].Operands[0].Text)
			}
		}
		if !found {
			return nil, false
		}
	}
	return values, len(values) > 0
}

// eventSources returns the event sources of the events that a field is compared with, if they can be listed.
func (l *linter) eventSources(f *syntax.Field) (all []string, ok bool) {
	if all, ok = l.wanted(f, "detail.eventSource"); ok {
		return all, true
	}
	sources, ok := l.wanted(f, "source")
	for _, s := range sources {
		all = append(all, strings.TrimPrefix(s, "aws.")+".amazonaws.com")
	}
	return all, ok
}

// eventName checks that event names exist, and that a rule in its state is offered them.
func (l *linter) eventName(f *syntax.Field) {
	sources, ok := l.eventSources(f)
	var withheld []*syntax.Operand
	offered := false
	for i := range f.Alternatives {
		a := &f.Alternatives[i]
		if a.Not || a.Op != syntax.OpString && a.Op != syntax.OpExactly {
			offered = true
			continue
		}
		o := &a.Operands[0]
		if ok && !strings.ContainsAny(o.Text, "*?") {
			l.nameExists(f, o, sources)
		}
		if ok && slices.ContainsFunc(sources, func(s string) bool { return cloudtrail.ReadOnly(s, o.Text) }) {
			withheld = append(withheld, o)
		} else {
			offered = true
		}
	}
	if l.opts.State == stateAll {
		return
	}
	for _, o := range withheld {
		message := "%s is a read-only event, which EventBridge offers only to rules in the state " + stateAll
		if !offered {
			message += "; in another state the rule never matches"
		}
		l.warn(LintReadOnly, f.Path, o.Offset, "", message, o.Text)
	}
}

// nameExists warns of an event name that none of the event sources has.
func (l *linter) nameExists(f *syntax.Field, o *syntax.Operand, sources []string) {
	var known []string
	for _, s := range sources {
		more, listed := l.opts.EventNames[s]
		if !listed && !cloudtrail.KnowsSource(s) || slices.Contains(more, o.Text) || cloudtrail.KnowsName(s, o.Text) {
			return
		}
		known = append(append(known, cloudtrail.Names(s)...), more...)
		if name := cloudtrail.Renamed(s, o.Text); name != "" {
			l.warn(LintUnknownName, f.Path, o.Offset, jsonString(name), "CloudTrail records %s as %s", o.Text, name)
			return
		}
	}
	fix, least := "", allowedDistance(o.Text)+1
	for _, name := range known {
		d := distance(name, o.Text)
		if strings.EqualFold(name, o.Text) {
			d = 0
		}
		if d < least {
			fix, least = jsonString(name), d
		}
	}
	message := "%s records no event of the name %s"
	if others := cloudtrail.SourcesOf(o.Text); fix == "" && len(others) > 0 {
		message += ", but " + strings.Join(others, " and ") + " does"
	}
	l.warn(LintUnknownName, f.Path, o.Offset, fix, message, clean(strings.Join(sources, " or "), maxShown), quote(o.Text))
}

// readOnly warns of a rule that asks for read-only events and is not offered them.
func (l *linter) readOnly(f *syntax.Field) {
	if l.opts.State == stateAll || slices.ContainsFunc(f.Alternatives, func(a syntax.Alternative) bool { return a.Op != syntax.OpTrue }) {
		return
	}
	l.warn(LintReadOnly, f.Path, f.Offset, "",
		"EventBridge offers read-only management events only to rules in the state %s", stateAll)
}
