package pattern

import (
	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// A fieldTest decides whether a field's alternatives accept a value.
type fieldTest struct {
	emptyKeys bool // of the field's pattern
	absent    bool // the field may be absent
	every     bool // all values are accepted
	kinds     [value.Null + 1]bool
	strings   map[string]struct{}
	numeric   bool
	rest      []*syntax.Alternative
}

func newFieldTest(f *syntax.Field, emptyKeys bool) fieldTest {
	t := fieldTest{emptyKeys: emptyKeys, numeric: f.Numeric}
	for i := range f.Alternatives {
		switch a := &f.Alternatives[i]; {
		case a.Op == syntax.OpNotExists:
			t.absent = true
		case a.Op == syntax.OpExists:
			t.every = true
		case a.Op == syntax.OpTrue:
			t.kinds[value.True] = true
		case a.Op == syntax.OpFalse:
			t.kinds[value.False] = true
		case a.Op == syntax.OpNull:
			t.kinds[value.Null] = true
		case !a.Not && (a.Op == syntax.OpString || a.Op == syntax.OpExactly):
			if t.strings == nil {
				t.strings = make(map[string]struct{})
			}
			t.strings[a.Operands[0].Text] = struct{}{}
		default:
			if a.Not {
				// What is not of the operator's type is never excluded.
				for kind := value.String; kind <= value.Null; kind++ {
					t.kinds[kind] = t.kinds[kind] || kind != typeOf(a.Op)
				}
			}
			t.rest = append(t.rest, a)
		}
	}
	return t
}

// typeOf returns the type that the operator of an anything-but looks at.
func typeOf(op syntax.Op) value.Kind {
	if op == syntax.OpNumber {
		return value.Number
	}
	return value.String
}

// A scalar is a value of an event. What is needed only sometimes is found out when it is first needed.
type scalar struct {
	kind value.Kind
	text []byte // a string decoded, or a number as it is spelled

	haveNum bool
	num     value.Num

	haveAddr bool
	addr     []byte // its digits

	spelling []byte // of a number, as the engine sees it
	buf      [32]byte
}

func (v *scalar) number() value.Num {
	if !v.haveNum {
		v.num, v.haveNum = value.ParseEventNum(v.text), true
	}
	return v.num
}

// address returns the digits of an address, or none.
func (v *scalar) address() []byte {
	if !v.haveAddr {
		v.addr, v.haveAddr = value.AppendAddress(nil, v.text), true
	}
	return v.addr
}

func (v *scalar) numberText() []byte {
	if v.spelling == nil {
		v.spelling = value.AppendEventText(v.buf[:0], v.text)
	}
	return v.spelling
}

// accepts reports whether one of the field's alternatives holds for a value that is there.
func (t *fieldTest) accepts(v *scalar) bool {
	if t.every || t.kinds[v.kind] {
		return true
	}
	switch v.kind {
	case value.String:
		if t.strings != nil {
			if _, ok := t.strings[string(v.text)]; ok {
				return true
			}
		}
		for _, a := range t.rest {
			if holdsForString(a, v) {
				return true
			}
		}
	case value.Number:
		for _, a := range t.rest {
			if t.holdsForNumber(a, v) {
				return true
			}
		}
	}
	return false
}

func holdsForString(a *syntax.Alternative, v *scalar) bool {
	for i := range a.Operands {
		o := &a.Operands[i]
		hit := false
		switch a.Op {
		case syntax.OpExactly:
			hit = string(v.text) == o.Text
		case syntax.OpPrefix:
			hit = value.HasPrefix(v.text, o.Text)
		case syntax.OpSuffix:
			hit = value.HasSuffix(v.text, o.Text)
		case syntax.OpWildcard:
			hit = o.Wildcard.Match(v.text)
		case syntax.OpEqualsIgnoreCase:
			hit = o.Fold.Equal(v.text)
		case syntax.OpPrefixIgnoreCase:
			hit = o.Fold.HasPrefix(v.text)
		case syntax.OpSuffixIgnoreCase:
			hit = o.Fold.HasSuffix(v.text)
		case syntax.OpAddress, syntax.OpCIDR:
			digits := v.address()
			hit = len(digits) > 0 && o.Block.ContainsText(digits)
		}
		if hit {
			return !a.Not
		}
	}
	return a.Not
}

func (t *fieldTest) holdsForNumber(a *syntax.Alternative, v *scalar) bool {
	n := v.number()
	for i := range a.Operands {
		o := &a.Operands[i]
		hit := false
		switch a.Op {
		case syntax.OpNumber:
			hit = n.Comparable && o.Num.Comparable && n.Float == o.Num.Float || !n.Comparable && string(v.numberText()) == o.Text
		case syntax.OpNumeric:
			hit = n.Comparable && o.Range.Contains(n.Float)
		case syntax.OpAddress, syntax.OpCIDR:
			hit = !(t.numeric && n.Comparable) && o.Block.ContainsText(v.numberText())
		}
		if hit {
			return !a.Not
		}
	}
	return a.Not
}
