package metricfilter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Filters that leave out combinations, (a != "x" || b != "y") && (a != "v" || b != "w") and so on, have many branches when
// each choice is multiplied by the others, but few when they are taken apart by the values of a field: a is "x" and b is not
// "y", a is "v" and b is not "w", a is something else. That is what a splitter does.
type splitter struct {
	left int // how many more expressions it may take apart
}

// maxCells bounds the work of a splitter.
const maxCells = 500

var errCells = errors.New("too many cells")

// cells takes an expression apart by the values of its fields. It may fail where [branches] does not.
func cells(e expression) ([]branch, error) {
	s := splitter{left: maxCells}
	return s.cells(e)
}

func (s *splitter) cells(e expression) ([]branch, error) {
	if s.left--; s.left < 0 {
		return nil, errCells
	}
	by := splitBy(e)
	if len(by.values) == 0 || isFlat(e) {
		return branches(e)
	}
	path := by.first.field.path()
	rests, parts := groups(e, path, by.values)
	var list []branch
	for i, rest := range rests {
		more, err := s.cells(rest)
		if err != nil {
			return nil, err
		}
		if c := (condition{term: by.first, alternatives: parts[i].alternatives}).keyed(); !c.always() {
			for _, b := range more {
				b[path] = c
			}
		}
		list = append(list, more...)
	}
	return merge(list), nil
}

// groups returns what is left of an expression for the values of a field, and for each of these rests the values.
func groups(e expression, path string, values []glob) (rests []expression, parts []condition) {
	at := make(map[string]int)
	add := func(a alternative) {
		rest := assume(e, path, a)
		i, seen := at[shape(rest)]
		if !seen {
			i = len(rests)
			at[shape(rest)] = i
			rests = append(rests, rest)
			parts = append(parts, condition{})
		}
		parts[i].add(a)
	}
	add(alternative{kind: butTexts, globs: values})
	for _, v := range values {
		add(alternative{kind: texts, glob: v})
	}
	add(alternative{kind: absent})
	return rests, parts
}

// A split is a field by whose values an expression may be taken apart.
type split struct {
	first   *term  // of the field
	values  []glob // with which terms compare it
	refused bool   // whether a term asks something else of it
}

// splitBy returns the field that is compared with the most values, all of them texts without stars. Its values are empty if
// there is none.
func splitBy(e expression) split {
	fields := make(map[string]*split)
	var best split
	for _, t := range terms(e) {
		f := fields[t.field.path()]
		if f == nil {
			f = &split{first: t}
			fields[t.field.path()] = f
		}
		values, ok := t.values()
		f.refused = f.refused || !ok
		for _, g := range values {
			if !slices.ContainsFunc(f.values, g.covers) {
				f.values = append(f.values, g)
			}
		}
	}
	for _, t := range terms(e) {
		if f := fields[t.field.path()]; !f.refused && len(f.values) > len(best.values) {
			best = *f
		}
	}
	return best
}

// values returns the texts with which a term compares its field, and whether that is all that it does.
func (t *term) values() (list []glob, ok bool) {
	alternatives, err := t.alternatives()
	if _, inArray := t.field.array(); inArray || err != nil {
		return nil, false
	}
	for _, a := range alternatives {
		switch a.kind {
		case texts:
			list = append(list, a.glob)
		case butTexts:
			list = append(list, a.globs...)
		case anyValue, absent:
		default:
			return nil, false
		}
	}
	return list, all(list, glob.exact)
}

// isFlat reports whether an expression is a term or joins terms by one operator only, so that there is nothing to multiply.
func isFlat(e expression) bool {
	isTerm := func(e expression) bool { _, ok := e.(*term); return ok }
	switch e := e.(type) {
	case conjunction:
		return all(e, isTerm)
	case disjunction:
		return all(e, isTerm)
	}
	return true
}

// A constant is what is left of an expression that is decided.
type constant bool

func (c constant) match(any) bool { return bool(c) }

// assume returns what is left of an expression if the value of a field is one of a: all terms of the field are decided by it.
func assume(e expression, path string, a alternative) expression {
	switch e := e.(type) {
	case conjunction:
		switch rest := assumeEach(e, false, path, a); len(rest) {
		case 0:
			return constant(true)
		case 1:
			return rest[0]
		default:
			return conjunction(rest)
		}
	case disjunction:
		switch rest := assumeEach(e, true, path, a); len(rest) {
		case 0:
			return constant(false)
		case 1:
			return rest[0]
		default:
			return disjunction(rest)
		}
	case *term:
		if e.field.path() == path {
			alternatives, _ := e.alternatives() // which was looked at before
			return constant(slices.ContainsFunc(alternatives, func(its alternative) bool { return its.covers(a) }))
		}
	}
	return e
}

// assumeEach returns what is left of operands that are not decided. If one of them has the value that decides the whole, that
// is all that is left.
func assumeEach(operands []expression, deciding constant, path string, a alternative) (rests []expression) {
	for _, operand := range operands {
		switch rest := assume(operand, path, a).(type) {
		case constant:
			if rest == deciding {
				return []expression{rest}
			}
		default:
			rests = append(rests, rest)
		}
	}
	return rests
}

// shape is the same for two expressions if they are made of the same terms in the same way.
func shape(e expression) string {
	var operands []expression
	operator := ""
	switch e := e.(type) {
	case *term:
		return fmt.Sprint(e.offset)
	case constant:
		return fmt.Sprint(bool(e))
	case conjunction:
		operands, operator = e, "&"
	case disjunction:
		operands, operator = e, "|"
	}
	var shapes []string
	for _, operand := range operands {
		shapes = append(shapes, shape(operand))
	}
	return "(" + strings.Join(shapes, operator) + ")"
}
