package syntax

import "github.com/countertrail/countertrail/pattern/internal/value"

// anythingBut reads the operand of anything-but.
func (p *Parser) anythingBut(a *Alternative) {
	a.Not = true
	a.Op = OpExactly
	nested := p.next() == tokObject
	if nested {
		if p.next() != tokName {
			p.fail("Anything-But expression name not found")
		}
		switch p.name {
		case "equals-ignore-case":
			a.Op = OpEqualsIgnoreCase
		case "prefix":
			a.Op = OpPrefix
		case "suffix":
			a.Op = OpSuffix
		case "wildcard":
			a.Op = OpWildcard
		default:
			p.fail("Unsupported anything-but pattern: " + p.name)
		}
		p.next()
	}
	switch {
	case p.tok == tokArray && nested:
		p.nestedList(a)
	case p.tok == tokArray:
		p.plainList(a)
	case p.tok == tokString || p.tok == tokNumber && nested:
		p.nestedOperand(a)
	case p.tok == tokNumber:
		a.Op = OpNumber
		if !p.numberOperand(a) {
			p.failUnlocated(cannotCompare + p.text())
		}
	default:
		p.fail("Value of anything-but must be an array or single string/number value.")
	}
	p.compile(a)
	if nested && p.next() != tokObjectEnd {
		p.fail(tooManyKeys)
	}
}

// plainList reads a list of strings or of numbers.
func (p *Parser) plainList(a *Alternative) {
	start := p.start
	// The engine catches every error inside the list, its JSON reader's included, and locates it once more.
	p.wrapped = true
	numbers := 0
	for p.next() != tokArrayEnd {
		switch p.tok {
		case tokString:
			p.add(a, Operand{Offset: p.start, Text: p.text()})
		case tokNumber:
			numbers++
			if !p.numberOperand(a) {
				p.wrapped = false // not located before it is caught
				p.fail(cannotCompare + p.text())
			}
		default:
			p.fail("Inside anything but list, start|null|boolean is not supported.")
		}
	}
	p.wrapped = false
	if n := len(a.Operands); n == 0 || numbers != 0 && numbers != n {
		p.start = start
		p.fail("Inside anything but list, either all values are number or string, mixed type is not supported")
	}
	if numbers > 0 {
		a.Op = OpNumber
	}
}

func (p *Parser) numberOperand(a *Alternative) bool {
	o := Operand{Offset: p.start, Text: p.text()}
	o.Num = value.ParseNum([]byte(o.Text))
	p.add(a, o)
	return o.Num.Comparable
}

// nestedList reads a list of strings under prefix, suffix, equals-ignore-case or wildcard.
func (p *Parser) nestedList(a *Alternative) {
	start := p.start
	p.wrapped = true
	for p.next() != tokArrayEnd {
		p.nestedOperand(a)
	}
	p.wrapped = false
	if len(a.Operands) == 0 {
		// The service fails with an internal error and no message.
		p.start = start
		p.fail("Empty lists are not allowed inside anything-but")
	}
}

func (p *Parser) nestedOperand(a *Alternative) {
	switch a.Op {
	case OpEqualsIgnoreCase:
		p.stringOperand(a, "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.")
	case OpWildcard:
		p.stringOperand(a, "wildcard match pattern must be a string")
	default:
		p.stringOperand(a, "prefix/suffix match pattern must be a string")
		if a.Op != OpExactly && p.text() == "" {
			p.fail("Null prefix/suffix not allowed")
		}
	}
}
