package pattern

import (
	"slices"
	"strings"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// list makes the checks of the alternatives of a field together.
func (l *linter) list(f *syntax.Field) {
	var anythingBut []*syntax.Alternative
	exists, absent := false, false
	for i := range f.Alternatives {
		a := &f.Alternatives[i]
		exists = exists || a.Op == syntax.OpExists
		absent = absent || a.Op == syntax.OpNotExists
		if a.Not {
			anythingBut = append(anythingBut, a)
		}
	}
	if exists && absent {
		l.warn(LintAlwaysAccepted, f.Path, f.Offset, "", "the field may be there or not, and have any value: the list has no effect")
		return
	}
	if len(anythingBut) > 1 {
		l.anythingButOr(f, anythingBut)
	}
	for i := range f.Alternatives {
		l.redundant(f, i)
	}
}

// anythingButOr warns of several anything-but in one list.
func (l *linter) anythingButOr(f *syntax.Field, all []*syntax.Alternative) {
	fix := ""
	var operands []string
	for _, a := range all {
		if a.Op != all[0].Op {
			operands = nil
			break
		}
		for i := range a.Operands {
			if a.Op == syntax.OpNumber {
				operands = append(operands, a.Operands[i].Text)
			} else {
				operands = append(operands, jsonString(a.Operands[i].Text))
			}
		}
	}
	if len(operands) > 0 {
		fix = "[" + strings.Join(operands, ", ") + "]"
		switch all[0].Op {
		case syntax.OpPrefix, syntax.OpSuffix, syntax.OpEqualsIgnoreCase, syntax.OpWildcard:
			fix = `{"` + opName(all[0].Op) + `": ` + fix + `}`
		}
		fix = `{"anything-but": ` + fix + `}`
	}
	l.warn(LintAnythingButOr, f.Path, all[1].Offset, fix,
		"a value need satisfy only one of the anything-but in a list, so next to everything is accepted")
}

// redundant warns of an alternative that another one of the list makes superfluous.
func (l *linter) redundant(f *syntax.Field, i int) {
	a := &f.Alternatives[i]
	for j := range f.Alternatives {
		b := &f.Alternatives[j]
		if i == j || !covers(b, a) || j > i && covers(a, b) {
			continue // of two that are alike, the second is superfluous
		}
		source := func(a *syntax.Alternative) string { return clean(l.pattern.Source[a.Offset:a.End], maxShown) }
		l.warn(LintRedundant, f.Path, a.Offset, "", "%s accepts all that %s accepts", source(b), source(a))
		return
	}
}

// covers reports whether a accepts every value that b accepts. It may say no where that is hard to see.
func covers(a, b *syntax.Alternative) bool {
	switch {
	case b.Op == syntax.OpNotExists || a.Op == syntax.OpNotExists:
		return a.Op == b.Op
	case a.Op == syntax.OpExists:
		return true
	case a.Op == b.Op && a.Not == b.Not && sameOperands(a, b):
		return true
	case a.Not:
		return !b.Not && coversBut(a, b)
	case b.Not || len(a.Operands) == 0 || len(b.Operands) == 0:
		return false
	case a.Op == syntax.OpNumeric:
		return b.Op == syntax.OpNumber && b.Operands[0].Num.Comparable && a.Operands[0].Range.Contains(b.Operands[0].Num.Float)
	case a.Op == syntax.OpNumber:
		return b.Op == syntax.OpNumber && sameNumber(&a.Operands[0], &b.Operands[0])
	}
	return coversText(a, b)
}

// coversBut is covers for an anything-but and something that is none.
func coversBut(a, b *syntax.Alternative) bool {
	if len(b.Operands) == 0 {
		return b.Op != syntax.OpExists // true, false and null are never excluded
	}
	o := &b.Operands[0]
	switch b.Op {
	case syntax.OpNumber, syntax.OpNumeric:
		if a.Op != syntax.OpNumber {
			return true
		}
		return b.Op == syntax.OpNumber && !slices.ContainsFunc(a.Operands, func(e syntax.Operand) bool { return sameNumber(&e, o) })
	case syntax.OpString, syntax.OpExactly:
		return a.Op == syntax.OpNumber || !slices.ContainsFunc(a.Operands, func(e syntax.Operand) bool {
			return acceptsString(&syntax.Alternative{Op: a.Op, Operands: []syntax.Operand{e}}, o.Text)
		})
	case syntax.OpAddress, syntax.OpCIDR:
		return false // other spellings, and numbers
	}
	return a.Op == syntax.OpNumber
}

// coversText is covers for alternatives that accept texts only, or nearly.
func coversText(a, b *syntax.Alternative) bool {
	text := b.Operands[0].Text
	all := a.Op == syntax.OpWildcard && a.Operands[0].Text == "*" ||
		a.Operands[0].Text == "" && slices.Contains([]syntax.Op{syntax.OpPrefix, syntax.OpPrefixIgnoreCase, syntax.OpSuffix, syntax.OpSuffixIgnoreCase}, a.Op)
	switch b.Op {
	case syntax.OpString, syntax.OpExactly:
		return acceptsString(a, text)
	case syntax.OpAddress:
		// It accepts other spellings as well, and numbers.
		return a.Op == syntax.OpCIDR && acceptsString(a, text)
	case syntax.OpNumber, syntax.OpNumeric, syntax.OpCIDR:
		return false
	case syntax.OpPrefix:
		return all || (a.Op == syntax.OpPrefix || a.Op == syntax.OpPrefixIgnoreCase) && acceptsString(a, text) ||
			a.Op == syntax.OpWildcard && hasStar(a, true) && acceptsString(a, text)
	case syntax.OpSuffix:
		return all || (a.Op == syntax.OpSuffix || a.Op == syntax.OpSuffixIgnoreCase) && acceptsString(a, text) ||
			a.Op == syntax.OpWildcard && hasStar(a, false) && acceptsString(a, text)
	}
	return all
}

// hasStar reports whether a wildcard ends, or begins, with a star.
func hasStar(a *syntax.Alternative, end bool) bool {
	parts := a.Operands[0].Wildcard.Parts()
	if len(parts) == 1 {
		return false
	}
	if end {
		return len(parts[len(parts)-1]) == 0
	}
	return len(parts[0]) == 0
}

// acceptsString reports whether an alternative accepts a text, Not aside.
func acceptsString(a *syntax.Alternative, text string) bool {
	if a.Op == syntax.OpString {
		return a.Operands[0].Text == text
	}
	return holdsForString(&syntax.Alternative{Op: a.Op, Operands: a.Operands}, &scalar{kind: value.String, text: []byte(text)})
}

func sameNumber(a, b *syntax.Operand) bool {
	return a.Text == b.Text || a.Num.Comparable && b.Num.Comparable && a.Num.Float == b.Num.Float
}

// sameOperands reports whether two alternatives of the same operation accept the same.
func sameOperands(a, b *syntax.Alternative) bool {
	return slices.EqualFunc(a.Operands, b.Operands, func(x, y syntax.Operand) bool {
		switch a.Op {
		case syntax.OpNumeric:
			return sameBound(x.Range.Low, y.Range.Low) && sameBound(x.Range.High, y.Range.High)
		case syntax.OpNumber:
			return sameNumber(&x, &y)
		}
		return x.Text == y.Text
	})
}

func sameBound(x, y *syntax.Bound) bool {
	if x == nil || y == nil {
		return x == y
	}
	return x.Value == y.Value && x.Closed == y.Closed
}
