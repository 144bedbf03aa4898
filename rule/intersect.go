package rule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/pattern"
)

// intersect returns the alternatives that hold where one of a and one of b holds, for a field that is one
// value or absent, as those of CloudTrail are that a [Tuning] is about. (Of an array, EventBridge
// looks at each element, so one could satisfy a and another b.) It is an error if no list of
// alternatives says that.
func intersect(a, b []string) ([]string, error) {
	var both []string
	for _, x := range a {
		for _, y := range b {
			z, ok, err := intersectTwo(x, y)
			if err != nil {
				return nil, err
			}
			if ok && !slices.Contains(both, z) {
				both = append(both, z)
			}
		}
	}
	return both, nil
}

// intersectTwo returns the alternative that holds where both x and y hold, and whether there is one.
func intersectTwo(x, y string) (z string, ok bool, err error) {
	if x == y {
		return x, true, nil
	}
	a, b := parseAlternative(x), parseAlternative(y)
	if a.is("exists", "false") || b.is("exists", "false") {
		return "", false, nil // the other wants a value
	}
	for _, p := range [][2]alternative{{a, b}, {b, a}} {
		switch one, other := p[0], p[1]; {
		case one.is("exists", "true"):
			return other.source, true, nil
		case one.literal != "":
			return one.source, other.accepts(one.literal), nil
		}
	}
	switch {
	case a.but != nil && b.but != nil:
		z, ok := a.but.and(b.but)
		if !ok {
			return "", false, inexpressible(x, y)
		}
		return z.String(), true, nil
	case a.but != nil:
		a, b = b, a
	}
	if b.but == nil {
		return "", false, inexpressible(x, y) // two operators that want something
	}
	// What a wants, but for what b excludes.
	if b.but.operator != "" || slices.ContainsFunc(b.but.texts, a.accepts) {
		return "", false, inexpressible(x, y)
	}
	return a.source, true, nil
}

func inexpressible(x, y string) error {
	return fmt.Errorf("no list of alternatives says %s and %s at once", x, y)
}

// An alternative is one of the alternatives for a field.
type alternative struct {
	source   string // JSON, without white space
	operator string // empty for a literal
	operand  string // JSON
	literal  string // JSON of the one value that is accepted, empty if it is not one
	but      *exclusion
}

func parseAlternative(source string) alternative {
	a := alternative{source: source}
	v := value{text: []byte(source)}
	if v.kind() != object {
		a.literal = source
		return a
	}
	for name, m := range v.members() {
		a.operator, a.operand = name, string(m.text)
		switch name {
		case "exactly":
			a.literal = a.operand
		case "anything-but":
			a.but = parseExclusion(m)
		}
	}
	return a
}

func (a alternative) is(operator, operand string) bool {
	return a.operator == operator && a.operand == operand
}

// accepts reports whether a accepts a value, which is JSON.
func (a alternative) accepts(literal string) bool {
	p, err := pattern.Compile(`{"x":[` + a.source + `]}`)
	if err != nil {
		return false // it is from a pattern that compiles
	}
	ok, err := p.Match([]byte(`{"x":` + literal + `}`))
	return err == nil && ok
}

// An exclusion is what anything-but excludes.
type exclusion struct {
	operator string   // empty if the texts, or numbers, are excluded as they are
	texts    []string // JSON
}

func parseExclusion(v value) *exclusion {
	e := new(exclusion)
	if v.kind() == object {
		for name, m := range v.members() {
			e.operator, v = name, m
		}
	}
	if v.kind() == array {
		for item := range v.items() {
			e.add(string(item.text))
		}
	} else {
		e.add(string(v.text))
	}
	return e
}

func (e *exclusion) add(text string) {
	if !slices.Contains(e.texts, text) {
		e.texts = append(e.texts, text)
	}
}

// and returns what excludes what e and f exclude, and whether one operator can.
func (e *exclusion) and(f *exclusion) (*exclusion, bool) {
	if e.operator != f.operator {
		var ok [2]bool
		e, ok[0] = e.wildcards()
		f, ok[1] = f.wildcards()
		if !ok[0] || !ok[1] {
			return nil, false
		}
	}
	both := &exclusion{e.operator, slices.Clone(e.texts)}
	for _, text := range f.texts {
		both.add(text)
	}
	// Texts and numbers cannot stand in one list.
	isText := func(text string) bool { return text[0] == '"' }
	return both, !slices.ContainsFunc(both.texts, isText) || !slices.ContainsFunc(both.texts, func(s string) bool { return !isText(s) })
}

// wildcards returns e with wildcards, and whether they can say it.
func (e *exclusion) wildcards() (*exclusion, bool) {
	w := &exclusion{operator: "wildcard"}
	for _, text := range e.texts {
		if text[0] != '"' {
			return nil, false // a number
		}
		s := unquote([]byte(text))
		if e.operator != "wildcard" {
			s = strings.NewReplacer(`\`, `\\`, `*`, `\*`).Replace(s)
		}
		switch e.operator {
		case "", "wildcard":
		case "prefix":
			s += "*"
		case "suffix":
			s = "*" + s
		default:
			return nil, false
		}
		w.add(jsonText(s))
	}
	return w, true
}

// String returns the alternative that e is part of.
func (e *exclusion) String() string {
	operand := "[" + strings.Join(e.texts, ",") + "]"
	if len(e.texts) == 1 {
		operand = e.texts[0]
	}
	if e.operator != "" {
		operand = "{" + jsonText(e.operator) + ":" + operand + "}"
	}
	return `{"anything-but":` + operand + "}"
}

func compactJSON(text []byte) string {
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		panic("rule: " + err.Error()) // it was valid
	}
	return b.String()
}
