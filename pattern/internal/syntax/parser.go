package syntax

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/value"
)

// maxLength is the longest pattern that PutRule and TestEventPattern take, in characters.
const maxLength = 4096

// A parser reads the structure of a pattern. An error is a panic with an *Error, which Parse recovers.
type parser struct {
	reader
	keys []string // of the objects that are open
	at   string   // path of what is being read, for errors
}

// checkText makes the checks that come before the JSON is read.
func (p *parser) checkText() {
	if utf8.RuneCountInString(p.src) > maxLength {
		p.failUnlocated("Value at 'eventPattern' failed to satisfy constraint: Member must have length less than or equal to " +
			strconv.Itoa(maxLength))
	}
	if i := firstInvalid(p.src); i >= 0 {
		p.start = i
		p.failUnlocated("Pattern is not valid UTF-8")
	}
}

// failUnlocated ends the reading with a reason that the service gives without a location.
func (p *parser) failUnlocated(reason string) {
	panic(&Error{Reason: reason, Offset: p.start, source: p.src})
}

func (p *parser) pattern() *Object {
	if p.next() != tokObject {
		p.fail("Filter is not an object")
	}
	root := p.object(false)
	if rest := strings.TrimLeft(p.src[p.pos:], " \t\r\n"); rest != "" {
		p.pos = len(p.src) - len(rest)
		p.start = p.pos
		p.fail("Filter must be a single JSON object; found content after it")
	}
	return root
}

// object reads an object from behind its opening brace on.
func (p *parser) object(insideOr bool) *Object {
	o := &Object{Offset: p.start}
	outer := p.at
	for p.next() != tokObjectEnd {
		key := p.name
		m := Member{Key: key, Offset: p.start}
		if key == "$or" {
			m.Or = p.or()
			o.Members = append(o.Members, m)
			continue
		}
		p.at = p.extend(key)
		if insideOr && slices.Contains(reserved, key) {
			p.fail(key + " is Ruler reserved fieldName which cannot be used inside $or.")
		}
		switch p.next() {
		case tokObject:
			p.keys = append(p.keys, key)
			m.Object = p.object(insideOr)
			p.keys = p.keys[:len(p.keys)-1]
		case tokArray:
			m.Field = p.field(m.Offset)
		default:
			p.fail(`"` + key + `" must be an object or an array`)
		}
		o.Members = append(o.Members, m)
		p.at = outer
	}
	if len(o.Members) == 0 {
		p.fail("Empty objects are not allowed")
	}
	return o
}

// extend returns the path of a leaf. As in the engine, keys are joined with dots, but if what precedes the last key is empty
// there is no dot: {"": {"a": …}} is the path "a".
func (p *parser) extend(key string) string {
	if base := strings.Join(p.keys, "."); base != "" {
		return base + "." + key
	}
	return key
}

// reserved are the names that a field inside $or must not have.
var reserved = []string{
	"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
	"=", "<", "<=", ">", ">=",
	"regex", "not-wildcard", "not-equals-ignore-case",
	"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
	"ip-address-in-range", "ip-address-not-in-range",
}

// or reads the value of $or.
func (p *parser) or() []*Object {
	if p.next() != tokArray {
		p.fail("It must be an Array followed with $or.")
	}
	var branches []*Object
	for p.next() != tokArrayEnd {
		if p.tok != tokObject {
			p.fail("Only JSON object is allowed in array of $or relationship.")
		}
		branches = append(branches, p.object(true))
	}
	if len(branches) < 2 {
		p.fail("There must have at least 2 Objects in $or relationship.")
	}
	return branches
}

// field reads the list of a leaf from behind its opening bracket on.
func (p *parser) field(offset int) *Field {
	f := &Field{Path: p.at, Offset: offset, List: p.start}
	for p.next() != tokArrayEnd {
		a := Alternative{Offset: p.start}
		literal := Operand{Offset: p.start}
		switch p.tok {
		case tokObject:
			p.matchExpression(&a)
		case tokString:
			a.Op = OpString
			literal.Text = p.text()
			if addr, ok := value.ParseAddress([]byte(literal.Text)); ok {
				a.Op = OpAddress
				literal.Block = value.NewBlock(addr)
			}
			a.Operands = []Operand{literal}
		case tokNumber:
			a.Op = OpNumber
			literal.Text = p.text()
			literal.Num = value.ParseNum([]byte(literal.Text))
			a.Operands = []Operand{literal}
		case tokTrue:
			a.Op = OpTrue
		case tokFalse:
			a.Op = OpFalse
		case tokNull:
			a.Op = OpNull
		default:
			p.fail("Match value must be String, number, true, false, or null")
		}
		a.End = p.pos
		f.Alternatives = append(f.Alternatives, a)
		f.Numeric = f.Numeric || a.Op == OpNumeric || a.Op == OpNumber && a.Operands[0].Num.Comparable
	}
	if len(f.Alternatives) == 0 {
		p.fail("Empty arrays are not allowed")
	}
	f.End = p.pos
	return f
}
