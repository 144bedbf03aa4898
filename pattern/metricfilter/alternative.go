package metricfilter

import "slices"

// An alternative is a set of values of a field that one element of an event pattern's list can stand for. Only one of
// the fields behind kind is in use.
//
// These sets are those of EventBridge and not of CloudWatch Logs: numbers are not text. What follows from it is in the
// package documentation. One thing is kept of CloudWatch Logs: a text of the digits of a number is not among butNumbers.
type alternative struct {
	kind    kind
	glob    glob     // of texts
	globs   []glob   // of butTexts
	number  number   // of oneNumber
	numbers []number // of butNumbers
	span    span     // of numbers
}

type kind uint8

const (
	absent     kind = iota // no value
	anyValue               // any value
	null                   // null
	isTrue                 // true
	isFalse                // false
	texts                  // strings for which a glob stands
	oneNumber              // a number
	someNumber             // numbers in a span
	butTexts               // values other than strings for which one of some globs stands
	butNumbers             // values other than some numbers
)

// covers reports whether every value of b is one of a. It may miss that, but never claims it wrongly. The same goes for
// disjoint.
func (a alternative) covers(b alternative) bool {
	switch a.kind {
	case anyValue:
		return b.kind != absent
	case texts:
		return b.kind == texts && a.glob.covers(b.glob)
	case oneNumber:
		return b.kind == oneNumber && a.number.value == b.number.value
	case someNumber:
		return b.kind == oneNumber && a.span.contains(b.number.value) || b.kind == someNumber && a.span.covers(b.span)
	case butTexts:
		switch b.kind {
		case null, isTrue, isFalse, oneNumber, someNumber:
			return true
		case texts:
			return all(a.globs, b.glob.disjoint)
		case butTexts:
			return all(a.globs, func(g glob) bool { return slices.ContainsFunc(b.globs, func(h glob) bool { return h.covers(g) }) })
		}
		return false
	case butNumbers:
		switch b.kind {
		case null, isTrue, isFalse:
			return true
		case texts:
			return all(a.numbers, func(n number) bool { return !b.glob.match(n.source) })
		case oneNumber:
			return !containsNumber(a.numbers, b.number)
		case someNumber:
			return all(a.numbers, func(n number) bool { return !b.span.contains(n.value) })
		case butNumbers:
			return all(a.numbers, func(n number) bool { return containsNumber(b.numbers, n) })
		}
		return false
	}
	return a.kind == b.kind
}

// disjoint reports whether no value is one of both.
func (a alternative) disjoint(b alternative) bool {
	if a.kind > b.kind {
		a, b = b, a
	}
	switch {
	case a.kind == absent:
		return b.kind != absent
	case a.kind == anyValue:
		return false
	case b.kind == butTexts:
		return a.kind == texts && slices.ContainsFunc(b.globs, func(g glob) bool { return g.covers(a.glob) })
	case b.kind == butNumbers:
		return a.kind == oneNumber && containsNumber(b.numbers, a.number) ||
			a.kind == texts && a.glob.exact() && slices.ContainsFunc(b.numbers, func(n number) bool { return a.glob.match(n.source) })
	case a.kind == texts && b.kind == texts:
		return a.glob.disjoint(b.glob)
	case a.kind == oneNumber && b.kind == oneNumber:
		return a.number.value != b.number.value
	case a.kind == oneNumber && b.kind == someNumber:
		return !b.span.contains(a.number.value)
	case a.kind == someNumber && b.kind == someNumber:
		return a.span.intersect(b.span).empty()
	}
	return a.kind != b.kind
}

// intersect returns the alternative whose values are those of both, which are not disjoint. There may be none that says so,
// because a list says "or" and has no way to say "and".
func (a alternative) intersect(b alternative) (both alternative, ok bool) {
	switch {
	case a.covers(b):
		return b, true
	case b.covers(a):
		return a, true
	case a.kind == butTexts && b.kind == butTexts:
		return alternative{kind: butTexts, globs: slices.Concat(a.globs, b.globs)}.shortened(), true
	case a.kind == butNumbers && b.kind == butNumbers:
		return alternative{kind: butNumbers, numbers: slices.Concat(a.numbers, b.numbers)}.shortened(), true
	case a.kind == someNumber && b.kind == someNumber:
		return alternative{kind: someNumber, span: a.span.intersect(b.span)}.shortened(), true
	}
	return alternative{}, false
}

// union returns the alternative whose values are those of one or the other, if there is one that is simpler than the two.
func (a alternative) union(b alternative) (either alternative, ok bool) {
	switch {
	case a.covers(b):
		return a, true
	case b.covers(a):
		return b, true
	case a.kind == butTexts && b.kind == texts:
		return a.include(b.glob)
	case a.kind == texts && b.kind == butTexts:
		return b.include(a.glob)
	case a.kind == butTexts && b.kind == butTexts:
		return a.excludeCommon(b)
	case a.kind == butNumbers && b.kind == oneNumber:
		left := slices.DeleteFunc(slices.Clone(a.numbers), func(n number) bool { return n.value == b.number.value })
		return but(alternative{kind: butNumbers, numbers: left}), true
	case a.kind == oneNumber && b.kind == butNumbers:
		return b.union(a)
	case a.kind == butNumbers && b.kind == butNumbers:
		left := slices.DeleteFunc(slices.Clone(a.numbers), func(n number) bool { return !containsNumber(b.numbers, n) })
		return but(alternative{kind: butNumbers, numbers: left}), true
	}
	return alternative{}, false
}

// excludeCommon returns what excludes the globs that both a and b exclude: of one that covers another, the latter.
func (a alternative) excludeCommon(b alternative) (common alternative, ok bool) {
	var left []glob
	for _, g := range a.globs {
		for _, h := range b.globs {
			switch {
			case g.covers(h):
				left = append(left, h)
			case h.covers(g):
				left = append(left, g)
			case !g.disjoint(h):
				return alternative{}, false
			}
		}
	}
	return but(alternative{kind: butTexts, globs: left}), true
}

// but returns a, or any value if it excludes nothing.
func but(a alternative) alternative {
	if len(a.globs)+len(a.numbers) == 0 {
		return alternative{kind: anyValue}
	}
	return a.shortened()
}

// include returns a, which excludes globs, with those taken back of which every text is one of g.
func (a alternative) include(g glob) (with alternative, ok bool) {
	left := slices.DeleteFunc(slices.Clone(a.globs), g.covers)
	if len(left) == len(a.globs) || !all(left, g.disjoint) {
		return alternative{}, false
	}
	return but(alternative{kind: butTexts, globs: left}), true
}

// shortened returns the same values said with less.
func (a alternative) shortened() alternative {
	switch a.kind {
	case butTexts:
		var globs []glob
		for _, g := range a.globs {
			if !slices.ContainsFunc(globs, func(h glob) bool { return h.covers(g) }) {
				globs = append(slices.DeleteFunc(globs, g.covers), g)
			}
		}
		a.globs = globs
	case butNumbers:
		var numbers []number
		for _, n := range a.numbers {
			if !containsNumber(numbers, n) {
				numbers = append(numbers, n)
			}
		}
		a.numbers = numbers
	case someNumber:
		if a.span.low != nil && a.span.high != nil && a.span.low.value == a.span.high.value {
			return alternative{kind: oneNumber, number: a.span.low.number}
		}
	}
	return a
}

func all[T any](list []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !holds(v) })
}

func containsNumber(list []number, n number) bool {
	return slices.ContainsFunc(list, func(m number) bool { return m.value == n.value })
}
