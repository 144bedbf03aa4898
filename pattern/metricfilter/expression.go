package metricfilter

// An expression is a filter or a part of one in parentheses: a term, or several joined by && or ||.
type expression interface {
	match(root any) bool
}

// A conjunction is true if all of its operands are. It has two or more.
type conjunction []expression

func (c conjunction) match(root any) bool {
	for _, operand := range c {
		if !operand.match(root) {
			return false
		}
	}
	return true
}

// A disjunction is true if one of its operands is. It has two or more.
type disjunction []expression

func (d disjunction) match(root any) bool {
	for _, operand := range d {
		if operand.match(root) {
			return true
		}
	}
	return false
}

// A term asks one thing of one field.
type term struct {
	source string // the term as it is written
	offset int    // where in the filter it begins
	field  selector
	test   test
}

// A test is what a term asks of a value.
type test interface {
	// holds reports whether a string, json.Number, bool or nil passes. It is not asked about objects and arrays, nor about
	// what is absent.
	holds(v any) bool
}

func (t *term) match(root any) bool {
	if _, ok := t.test.(absence); ok {
		return t.field.each(root, func(any) bool { return false })
	}
	return !t.field.each(root, func(v any) bool { return !isScalar(v) || !t.test.holds(v) })
}

func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// Equality is the test of = and !=.
type equality struct {
	not   bool
	value literal
}

func (e equality) holds(v any) bool { return e.value.equal(v) != e.not }

// An ordering is the test of <, <=, > and >=: numbers in a range.
type ordering struct{ span }

func (o ordering) holds(v any) bool {
	f, ok := float(v)
	return ok && o.contains(f)
}

// Identity is the test of IS: nil, true or false.
type identity struct{ value any }

func (i identity) holds(v any) bool { return v == i.value }

// Absence is the test of NOT EXISTS, which no value passes.
type absence struct{}

func (absence) holds(any) bool { return false }
