package engine

import (
	"bytes"
	"slices"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// A field is what some rules ask of the values on a path. Rules that ask the same have the same field.
type field struct {
	path         int32
	kinds        uint8 // of values that are accepted whatever they are: 1<<kind
	absent       bool  // the field may be absent
	numeric      bool  // numbers that are comparable are not compared with addresses
	only         int32 // the literal without which the field is not satisfied, or -1
	literals     span  // of ids, sorted: values that are accepted
	alternatives span
}

// An alternative is what else a field accepts, or excludes.
type alternative struct {
	op    syntax.Op
	not   bool // it accepts a value for which no operand holds, if it is of the type that the operation looks at
	ascii bool // of operations without regard to case: the operands are texts in lower case

	// operands is a part of: ids, sorted, of OpExactly and OpNumber; wildcards; ranges; blocks; folds, unless ascii; and
	// texts for the other operations.
	operands span
}

// A numericRange is the operand of numeric.
type numericRange struct {
	low, high             float64
	lowClosed, highClosed bool
}

func (r *numericRange) contains(f float64) bool {
	return (f > r.low || f == r.low && r.lowClosed) && (f < r.high || f == r.high && r.highClosed)
}

// accepts reports whether a field accepts a value.
func (s *state) accepts(f *field, v *datum) bool {
	if f.kinds>>v.kind&1 != 0 {
		return true
	}
	if v.literal >= 0 && contains(part(s.m.ids, f.literals), v.literal) {
		return true
	}
	if f.alternatives.n == 0 || v.kind != value.String && v.kind != value.Number {
		return false
	}
	alternatives := part(s.m.alternatives, f.alternatives)
	for i := range alternatives {
		s.stats.Tests++
		a := &alternatives[i]
		if a.op == syntax.OpPrefix && !a.not && a.operands.n == 1 && v.kind == value.String {
			// The most frequent of all, and of array elements there may be many.
			if bytes.HasPrefix(s.textOf(v), part(s.m.arena, s.m.texts[a.operands.first])) {
				return true
			}
			continue
		}
		var holds, applies bool
		if v.kind == value.String {
			holds, applies = s.holdsForText(a, v)
		} else {
			holds, applies = s.holdsForNumber(f, a, v)
		}
		if applies && holds != a.not {
			return true
		}
	}
	return false
}

func contains(ids []int32, id int32) bool {
	if len(ids) > 16 {
		_, ok := slices.BinarySearch(ids, id)
		return ok
	}
	return slices.Contains(ids, id)
}

// holdsForText reports whether one of the operands holds for a string, and whether the operation looks at strings.
func (s *state) holdsForText(a *alternative, v *datum) (holds, applies bool) {
	m := s.m
	switch a.op {
	case syntax.OpNumber, syntax.OpNumeric:
		return false, false
	case syntax.OpExactly:
		return contains(part(m.ids, a.operands), v.literal), true
	}
	text := s.textOf(v)
	switch a.op {
	case syntax.OpWildcard:
		for _, w := range part(m.wildcards, a.operands) {
			if m.matchWildcard(part(m.texts, w), text) {
				return true, true
			}
		}
		return false, true
	case syntax.OpAddress, syntax.OpCIDR:
		digits := s.digitsOf(spotOf(v.start, v.decoded), text)
		return len(digits) > 0 && s.inBlock(a, digits), true
	}
	if !a.ascii && isFold(a.op) {
		for _, f := range part(m.folds, a.operands) {
			if holdsForFold(a.op, &f, text) {
				return true, true
			}
		}
		return false, true
	}
	for _, t := range part(m.texts, a.operands) {
		operand := part(m.arena, t)
		if len(operand) > len(text) {
			continue
		}
		switch a.op {
		case syntax.OpPrefix:
			holds = string(text[:len(operand)]) == string(operand)
		case syntax.OpSuffix:
			holds = string(text[len(text)-len(operand):]) == string(operand)
		case syntax.OpPrefixIgnoreCase:
			holds = equalLower(text[:len(operand)], operand)
		case syntax.OpSuffixIgnoreCase:
			holds = equalLower(text[len(text)-len(operand):], operand)
		case syntax.OpEqualsIgnoreCase:
			holds = len(text) == len(operand) && equalLower(text, operand)
		}
		if holds {
			return true, true
		}
	}
	return false, true
}

func isFold(op syntax.Op) bool {
	return op == syntax.OpEqualsIgnoreCase || op == syntax.OpPrefixIgnoreCase || op == syntax.OpSuffixIgnoreCase
}

func holdsForFold(op syntax.Op, f *value.Fold, text []byte) bool {
	switch op {
	case syntax.OpPrefixIgnoreCase:
		return f.HasPrefix(text)
	case syntax.OpSuffixIgnoreCase:
		return f.HasSuffix(text)
	}
	return f.Equal(text)
}

// equalLower reports whether text, with its ASCII letters in lower case, equals lower.
func equalLower(text, lower []byte) bool {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// holdsForNumber is like holdsForText for a number.
func (s *state) holdsForNumber(f *field, a *alternative, v *datum) (holds, applies bool) {
	m := s.m
	switch a.op {
	case syntax.OpNumber:
		return contains(part(m.ids, a.operands), v.literal), true
	case syntax.OpNumeric:
		for _, r := range part(m.ranges, a.operands) {
			if num := s.numbers[v.number]; num.Comparable && r.contains(num.Float) {
				return true, true
			}
		}
		return false, true
	case syntax.OpAddress, syntax.OpCIDR:
		if f.numeric && s.numbers[v.number].Comparable {
			return false, true
		}
		var spelled [32]byte
		return s.inBlock(a, value.AppendEventText(spelled[:0], s.textOf(v))), true
	}
	return false, false
}

func (s *state) inBlock(a *alternative, digits []byte) bool {
	for _, b := range part(s.m.blocks, a.operands) {
		if b.ContainsText(digits) {
			return true
		}
	}
	return false
}

// digitsOf returns the digits of a text that is an address, or none. Rules ask for those of one value many times in a row.
func (s *state) digitsOf(at spot, text []byte) []byte {
	if s.addressOf != at {
		s.addressOf = at
		s.hexDigits = value.AppendAddress(s.hexDigits[:0], text)
	}
	return s.hexDigits
}

// A spot tells texts of an event apart. It is never 0, since no text begins there.
type spot uint64

func spotOf(start uint32, decoded bool) spot {
	if decoded {
		return spot(start)<<1 + 1
	}
	return spot(start) << 1
}
