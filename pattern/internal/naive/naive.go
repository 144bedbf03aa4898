// Package naive matches events in the most obvious way: it takes the event apart into fields, then tries every choice of
// fields that a rule might be satisfied with. It is the oracle for the matchers that are fast.
//
// It is not fit for production. Its time grows with the product of the numbers of event fields on the paths of a rule,
// so an event with long arrays under several paths keeps it busy for ever.
package naive

import (
	"strings"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// Match reports whether the event matches the pattern.
func Match(p *syntax.Pattern, e *Event) bool {
	m := matcher{event: e, emptyKeys: p.EmptyKeys}
	for _, rule := range p.Rules {
		if m.match(rule, membership{}) {
			return true
		}
	}
	return false
}

type matcher struct {
	event     *Event
	emptyKeys bool
}

// match reports whether there is a choice for each of the rule's fields, such that all are compatible with each other and
// with what has been chosen for the fields before them.
func (m *matcher) match(rule syntax.Rule, chosen membership) bool {
	if len(rule) == 0 {
		return true
	}
	want, rest := rule[0], rule[1:]
	present := false
	for _, f := range m.event.fields {
		if f.path != want.Path || f.emptyKey && !m.emptyKeys || !f.within.compatible(chosen) {
			continue
		}
		present = true
		if accepts(want, f.value) && m.match(rest, f.within.with(chosen)) {
			return true
		}
	}
	return !present && acceptsAbsence(want) && m.match(rest, chosen)
}

func acceptsAbsence(f *syntax.Field) bool {
	for _, a := range f.Alternatives {
		if a.Op == syntax.OpNotExists {
			return true
		}
	}
	return false
}

// accepts reports whether one of the field's alternatives holds for a value that is there.
func accepts(f *syntax.Field, s scalar) bool {
	for _, a := range f.Alternatives {
		if holds(f, &a, s) != a.Not {
			return true
		}
	}
	return false
}

// holds reports whether the test of an alternative holds for one of its operands.
func holds(f *syntax.Field, a *syntax.Alternative, s scalar) bool {
	switch a.Op {
	case syntax.OpTrue:
		return s.kind == value.True
	case syntax.OpFalse:
		return s.kind == value.False
	case syntax.OpNull:
		return s.kind == value.Null
	case syntax.OpExists:
		return true
	case syntax.OpNotExists:
		return false
	}
	for _, o := range a.Operands {
		switch s.kind {
		case value.String:
			if holdsForString(a.Op, &o, s.text) {
				return true
			}
		case value.Number:
			if holdsForNumber(f, a.Op, &o, s) {
				return true
			}
		}
	}
	return false
}

func holdsForString(op syntax.Op, o *syntax.Operand, s string) bool {
	switch op {
	case syntax.OpString, syntax.OpExactly:
		return s == o.Text
	case syntax.OpPrefix:
		return strings.HasPrefix(s, o.Text)
	case syntax.OpSuffix:
		return strings.HasSuffix(s, o.Text)
	case syntax.OpEqualsIgnoreCase:
		return o.Fold.Equal([]byte(s))
	case syntax.OpPrefixIgnoreCase:
		return o.Fold.HasPrefix([]byte(s))
	case syntax.OpSuffixIgnoreCase:
		return o.Fold.HasSuffix([]byte(s))
	case syntax.OpWildcard:
		return matchWildcard(o.Text, s)
	case syntax.OpAddress, syntax.OpCIDR:
		digits := value.AppendAddress(nil, s)
		return len(digits) > 0 && o.Block.ContainsText(digits)
	}
	return false
}

func holdsForNumber(f *syntax.Field, op syntax.Op, o *syntax.Operand, s scalar) bool {
	switch op {
	case syntax.OpNumber:
		return s.text == o.Text || s.num.Comparable && o.Num.Comparable && s.num.Float == o.Num.Float
	case syntax.OpNumeric:
		return s.num.Comparable && o.Range.Contains(s.num.Float)
	case syntax.OpAddress, syntax.OpCIDR:
		// The engine takes the digits of a number for those of an address, unless it has compared the number by value.
		return !(f.Numeric && s.num.Comparable) && o.Block.ContainsText([]byte(s.text))
	}
	return false
}

// matchWildcard matches a wildcard that is known to be valid, letter by letter. Only the last star passed is ever
// reconsidered: whatever an earlier one could do, the last one can do too.
func matchWildcard(pattern, s string) bool {
	afterStar, retry := -1, 0
	i, j := 0, 0
	for j < len(s) || i < len(pattern) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			i++
			afterStar, retry = i, j
			continue
		case i < len(pattern) && j < len(s):
			literal, n := pattern[i], 1
			if literal == '\\' {
				literal, n = pattern[i+1], 2
			}
			if literal == s[j] {
				i += n
				j++
				continue
			}
		}
		if afterStar < 0 || retry >= len(s) {
			return false
		}
		retry++
		i, j = afterStar, retry
	}
	return true
}

// Combinations returns an upper bound on the choices that Match may have to try.
func (e *Event) Combinations(p *syntax.Pattern) float64 {
	values := make(map[string]float64)
	for _, f := range e.fields {
		values[f.path]++
	}
	sum := 0.0
	for _, rule := range p.Rules {
		product := 1.0
		for _, f := range rule {
			product *= values[f.Path] + 1
		}
		sum += product
	}
	return sum
}
