package metricfilter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/pattern/internal/cloudtrail"
)

// translate returns the pattern that matches the records for which an expression is true.
func translate(root expression) (*pattern.Pattern, error) {
	if err := checkArrays(terms(root)); err != nil {
		return nil, err
	}
	p, err := compile(branches(root))
	if q, failed := compile(cells(root)); failed == nil && (err != nil || len(q.String()) < len(p.String())) {
		return q, nil
	}
	return p, err
}

// compile returns the pattern that matches if one of the branches does.
func compile(list []branch, err error) (*pattern.Pattern, error) {
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, &TranslateError{Reason: "no record meets all that the filter asks for"}
	}
	source, err := render(needed(list))
	if err != nil {
		return nil, err
	}
	p, err := pattern.Compile(source)
	if err != nil {
		return nil, blame(err, list)
	}
	return p, nil
}

// blame finds the field for which a pattern was refused, if there is one that is refused alone.
func blame(refusal error, list []branch) error {
	tried := make(map[string]bool)
	for _, b := range list {
		for _, path := range b.paths() {
			c := b[path]
			if tried[path+c.key] {
				continue
			}
			tried[path+c.key] = true
			source, err := render([]branch{{path: c}})
			if err != nil {
				return err
			}
			if _, err := pattern.Compile(source); err != nil {
				return c.term.fail("EventBridge does not take %s: %s", c.list(), reason(err))
			}
		}
	}
	return &TranslateError{Reason: "EventBridge does not take the pattern that says this: " + reason(refusal)}
}

func reason(err error) string {
	var syntax *pattern.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Reason
	}
	return err.Error()
}

// terms returns the terms of an expression in the order of the source.
func terms(e expression) []*term {
	var operands []expression
	switch e := e.(type) {
	case *term:
		return []*term{e}
	case conjunction:
		operands = e
	case disjunction:
		operands = e
	}
	var list []*term
	for _, operand := range operands {
		list = append(list, terms(operand)...)
	}
	return list
}

// checkArrays fails if one term looks at every element of an array at whose place another expects no array: an event
// pattern does not tell the one from the other.
func checkArrays(list []*term) error {
	for _, t := range list {
		array, ok := t.field.array()
		if !ok {
			continue
		}
		for _, other := range list {
			its, _ := other.field.array()
			if path := other.field.path() + "."; strings.HasPrefix(path, array+".") && its != array {
				return t.fail("EventBridge does not tell elements of an array from a single value, of which %s speaks", other.source)
			}
		}
	}
	return nil
}

func (t *term) fail(format string, args ...any) error {
	return &TranslateError{Term: t.source, Offset: t.offset, Reason: fmt.Sprintf(format, args...)}
}

// alternatives returns the values for which the term is true. It fails if EventBridge has no way to say it.
func (t *term) alternatives() ([]alternative, error) {
	if err := t.checkSelector(); err != nil {
		return nil, err
	}
	path := t.field.path()
	known := fieldKind(path)
	switch test := t.test.(type) {
	case absence:
		if known == cloudtrail.Object {
			return nil, t.fail("%s is an object, and EventBridge counts an object as absent; ask for a member that it always has", path)
		}
		return []alternative{{kind: absent}}, nil
	case identity:
		return []alternative{test.alternative()}, nil
	case ordering:
		return []alternative{{kind: someNumber, span: test.span}}, nil
	case equality:
		if known == cloudtrail.Flag && !isAny(test.value) {
			return nil, t.fail("%s is a boolean, and what CloudWatch Logs makes of a boolean here is not known; write IS TRUE or IS FALSE", path)
		}
		if test.not {
			return t.others(test.value, known)
		}
		return t.equals(test.value, known)
	}
	panic("metricfilter: a test that is not known")
}

// fieldKind returns what a field of a CloudTrail record holds, and 0 where that is not known. The members of a record whose own
// members differ from call to call are objects.
func fieldKind(path string) cloudtrail.Kind {
	field, within, ok := cloudtrail.Lookup("detail." + path)
	switch {
	case !ok || within:
		return 0
	case field.Kind != cloudtrail.Open:
		return field.Kind
	case strings.Contains(path, "."):
		return 0
	}
	return cloudtrail.Object
}

func (i identity) alternative() alternative {
	switch i.value {
	case true:
		return alternative{kind: isTrue}
	case false:
		return alternative{kind: isFalse}
	}
	return alternative{kind: null}
}

// checkSelector fails if the field cannot be named in an event pattern.
func (t *term) checkSelector() error {
	if len(t.field) > 1 && t.field[0].name == "resources" && t.field[1].kind == member {
		return t.fail("resources is an array in every record, so no record is counted; [*] looks into it")
	}
	for _, st := range t.field {
		switch {
		case st.kind == element:
			return t.fail("EventBridge does not count the elements of an array; [*], for any of them, can be translated")
		case st.kind == anyMember:
			return t.fail("EventBridge has no wildcard for the name of a field")
		case strings.Contains(st.name, "."):
			return t.fail("EventBridge takes the dot in %q for a step to the next level", st.name)
		case st.name == "$or":
			return t.fail("EventBridge takes $or for an operator")
		}
	}
	return nil
}

func isAny(l literal) bool {
	t, ok := l.(text)
	return ok && t.any()
}

// equals returns the values that are equal to a literal. A number can be meant for a text of digits, unless it is known what
// the field holds.
func (t *term) equals(l literal, known cloudtrail.Kind) ([]alternative, error) {
	switch l := l.(type) {
	case text:
		if l.any() {
			return []alternative{{kind: anyValue}}, nil
		}
		return []alternative{{kind: texts, glob: l.glob}}, nil
	case number:
		digits := alternative{kind: texts, glob: glob{l.source}}
		if known == cloudtrail.Text {
			return []alternative{digits}, nil
		}
		return []alternative{digits, {kind: oneNumber, number: l}}, nil
	case regex:
		globs, err := t.globs(l)
		var list []alternative
		for _, g := range globs {
			list = append(list, alternative{kind: texts, glob: g})
		}
		return list, err
	}
	panic("metricfilter: a literal that is not known")
}

// others returns the values that are not equal to a literal. A list that leaves out a number cannot leave out the text of its
// digits as well.
func (t *term) others(l literal, known cloudtrail.Kind) ([]alternative, error) {
	switch l := l.(type) {
	case text:
		if l.any() {
			return nil, nil
		}
		return []alternative{{kind: butTexts, globs: []glob{l.glob}}}, nil
	case number:
		if known == cloudtrail.Text {
			return []alternative{{kind: butTexts, globs: []glob{{l.source}}}}, nil
		}
		return []alternative{{kind: butNumbers, numbers: []number{l}}}, nil
	case regex:
		globs, err := t.globs(l)
		if err != nil {
			return nil, err
		}
		return []alternative{alternative{kind: butTexts, globs: globs}.shortened()}, nil
	}
	panic("metricfilter: a literal that is not known")
}
