package syntax

import (
	"github.com/countertrail/countertrail/pattern/internal/value"
)

const (
	oneKeyOnly  = "Only one key allowed in match expression"
	tooManyKeys = "Too many elements in numeric expression" // for anything-but as well: the service's text
)

// matchExpression reads an alternative that is an object, from behind its opening brace on.
func (p *Parser) matchExpression(a *Alternative) {
	if p.next() != tokName {
		p.fail("Match expression name not found")
	}
	excess := oneKeyOnly
	switch name := p.name; name {
	case "exactly":
		a.Op = OpExactly
		p.next()
		p.stringOperand(a, "exact match pattern must be a string")
	case "prefix":
		p.affix(a, OpPrefix, OpPrefixIgnoreCase, "prefix", "Prefix")
	case "suffix":
		p.affix(a, OpSuffix, OpSuffixIgnoreCase, "suffix", "Suffix")
	case "equals-ignore-case":
		a.Op = OpEqualsIgnoreCase
		p.next()
		p.stringOperand(a, "equals-ignore-case match pattern must be a string")
		p.compile(a)
	case "wildcard":
		a.Op = OpWildcard
		p.next()
		p.stringOperand(a, "wildcard match pattern must be a string")
		p.compile(a)
	case "cidr":
		a.Op = OpCIDR
		p.next()
		p.stringOperand(a, "prefix match pattern must be a string") // the service's text
		p.compile(a)
	case "numeric":
		a.Op = OpNumeric
		if p.next() != tokArray {
			p.fail("Value of numeric must be an array.")
		}
		p.numeric(a)
		excess = tooManyKeys
	case "exists":
		switch p.next() {
		case tokTrue:
			a.Op = OpExists
		case tokFalse:
			a.Op = OpNotExists
		default:
			p.fail("exists match pattern must be either true or false.")
		}
	case "anything-but":
		p.anythingBut(a)
		excess = tooManyKeys
	default:
		p.fail("Unrecognized match type " + name)
	}
	if p.next() != tokObjectEnd {
		p.fail(excess)
	}
}

// stringOperand adds the current token, which must be a string, to the operands.
func (p *Parser) stringOperand(a *Alternative, otherwise string) {
	if p.tok != tokString {
		p.fail(otherwise)
	}
	p.add(a, Operand{Offset: p.start, Text: p.text()})
}

// compile fills in what an operation needs beside the text of its operands.
func (p *Parser) compile(a *Alternative) {
	for i := range a.Operands {
		o := &a.Operands[i]
		var err error
		switch a.Op {
		case OpPrefixIgnoreCase, OpSuffixIgnoreCase, OpEqualsIgnoreCase:
			o.Fold = value.NewFold(o.Text)
		case OpWildcard:
			if o.Wildcard, err = value.ParseWildcard(o.Text); err != nil {
				p.start = o.Offset
				p.fail(err.Error())
			}
		case OpCIDR:
			if o.Block, err = value.ParseBlock(o.Text); err != nil {
				p.failUnlocated(err.Error())
			}
		}
	}
}

// affix reads the operand of prefix or suffix.
func (p *Parser) affix(a *Alternative, plain, ignoreCase Op, name, title string) {
	a.Op = plain
	if p.next() != tokObject {
		p.stringOperand(a, name+" match pattern must be a string")
		return
	}
	a.Op = ignoreCase
	if p.next() != tokName {
		p.fail(title + " expression name not found")
	}
	if p.name != "equals-ignore-case" {
		p.fail("Unsupported " + name + " pattern: " + p.name)
	}
	p.next()
	p.stringOperand(a, "equals-ignore-case match pattern must be a string")
	p.compile(a)
	if p.next() != tokObjectEnd {
		p.fail(oneKeyOnly)
	}
}

// numeric reads the operand of numeric from behind its opening bracket on.
func (p *Parser) numeric(a *Alternative) {
	o := Operand{Offset: p.start}
	if p.next() != tokString {
		p.fail("Invalid member in numeric match: " + p.text())
	}
	op := p.text()
	switch op {
	case "=":
		b := p.bound("equals", true)
		p.endOfNumeric(tooManyKeys)
		b.Value = p.comparable(b)
		o.Range = Range{Low: b, High: b}
	case "<", "<=":
		b := p.bound(op, op == "<=")
		p.endOfNumeric(tooManyKeys)
		b.Value = p.comparable(b)
		o.Range.High = b
	case ">", ">=":
		o.Range.Low = p.bound(op, op == ">=")
		if p.next() != tokArrayEnd {
			o.Range.High = p.upperBound()
		}
		o.Range.Low.Value = p.comparable(o.Range.Low)
		if o.Range.High != nil {
			o.Range.High.Value = p.comparable(o.Range.High)
			if o.Range.Low.Value >= o.Range.High.Value {
				p.fail("Bottom must be less than top")
			}
		}
	default:
		p.next()
		p.fail("Unrecognized numeric range operator: " + op)
	}
	p.add(a, o)
}

// upperBound reads the second half of a range. The current token is its operator.
func (p *Parser) upperBound() *Bound {
	if p.tok != tokString {
		p.fail("Bad value in numeric range: " + p.text())
	}
	op := p.text()
	if op != "<" && op != "<=" {
		p.fail("Bad numeric range operator: " + op)
	}
	b := p.bound(op, op == "<=")
	p.endOfNumeric("Too many terms in numeric range expression")
	return b
}

func (p *Parser) bound(op string, closed bool) *Bound {
	if p.next() != tokNumber {
		p.fail("Value of " + op + " must be numeric")
	}
	return &Bound{Text: p.text(), Closed: closed}
}

func (p *Parser) endOfNumeric(otherwise string) {
	if p.next() != tokArrayEnd {
		p.fail(otherwise)
	}
}

// comparable returns the value of a bound. The service compares numbers only when it has read the whole list.
func (p *Parser) comparable(b *Bound) float64 {
	n := value.ParseNum([]byte(b.Text))
	if !n.Comparable {
		p.fail(cannotCompare + b.Text)
	}
	return n.Float
}

const cannotCompare = "Cannot compare number : "
