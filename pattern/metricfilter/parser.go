package metricfilter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of CloudWatch Logs.
const (
	maxLength            = 1024 // characters of a filter
	maxRegexes           = 2    // regular expressions in a filter
	maxWildcards         = 3    // selectors with a wildcard in a filter
	maxSelectorWildcards = 1    // wildcards in a selector
)

type parser struct {
	src       string
	pos       int
	regexes   int
	wildcards int
}

func parse(src string) (expression, error) {
	p := &parser{src: src}
	if !utf8.ValidString(src) {
		return nil, p.fail(0, "the filter is not UTF-8")
	}
	if n := utf8.RuneCountInString(src); n > maxLength {
		return nil, p.fail(0, "the filter has %d characters; CloudWatch Logs takes %d", n, maxLength)
	}
	if !p.accept("{") {
		return nil, p.fail(p.pos, "a JSON filter stands in braces and begins with {; only such filters can be read")
	}
	root, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.accept("}") {
		return nil, p.fail(p.pos, "&&, || or } is missing before %s", p.next())
	}
	if p.space(); p.pos < len(src) {
		return nil, p.fail(p.pos, "there is text after the closing brace: %s", p.next())
	}
	return root, nil
}

func (p *parser) fail(offset int, format string, args ...any) error {
	return &SyntaxError{Reason: fmt.Sprintf(format, args...), Offset: offset}
}

// space passes over white space.
func (p *parser) space() {
	p.pos = len(p.src) - len(strings.TrimLeft(p.src[p.pos:], " \t\r\n"))
}

// accept passes over white space and then over token, if that is what comes next.
func (p *parser) accept(token string) bool {
	p.space()
	if !strings.HasPrefix(p.src[p.pos:], token) {
		return false
	}
	p.pos += len(token)
	return true
}

// run returns the characters from here on that are in a class, and passes over them.
func (p *parser) run(class func(byte) bool) string {
	start := p.pos
	for p.pos < len(p.src) && class(p.src[p.pos]) {
		p.pos++
	}
	return p.src[start:p.pos]
}

// next describes what comes next, for a reason.
func (p *parser) next() string {
	rest := p.src[p.pos:]
	if rest == "" {
		return "the end"
	}
	_, size := utf8.DecodeRuneInString(rest)
	return fmt.Sprintf("%q", rest[:size])
}

// expression reads operands of ||, which binds less than &&.
func (p *parser) expression() (expression, error) {
	operands, err := p.operands("||", func() (expression, error) {
		operands, err := p.operands("&&", p.operand)
		if err != nil || len(operands) > 1 {
			return conjunction(operands), err
		}
		return operands[0], nil
	})
	if err != nil || len(operands) > 1 {
		return disjunction(operands), err
	}
	return operands[0], nil
}

// operands reads what stands between operators.
func (p *parser) operands(operator string, operand func() (expression, error)) ([]expression, error) {
	var operands []expression
	for {
		e, err := operand()
		if err != nil {
			return nil, err
		}
		operands = append(operands, e)
		if !p.accept(operator) {
			return operands, nil
		}
	}
}

// operand reads a term, or an expression in parentheses. The limit on the length of a filter is one on their depth.
func (p *parser) operand() (expression, error) {
	p.space()
	open := p.pos
	if !p.accept("(") {
		return p.term()
	}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, p.fail(p.pos, "the parenthesis at offset %d is not closed before %s", open, p.next())
	}
	return e, nil
}

func (p *parser) term() (expression, error) {
	start := p.pos
	field, err := p.selector()
	if err != nil {
		return nil, err
	}
	test, err := p.test()
	if err != nil {
		return nil, err
	}
	return &term{p.src[start:p.pos], start, field, test}, nil
}

// test reads what follows the selector of a term.
func (p *parser) test() (test, error) {
	p.space()
	start := p.pos
	if word := p.run(isLetter); word != "" {
		return p.wordTest(start, strings.ToUpper(word))
	}
	switch operator := p.run(isOperator); operator {
	case "=", "!=":
		value, err := p.literal()
		return equality{operator == "!=", value}, err
	case "<", "<=", ">", ">=":
		return p.ordering(operator)
	case "==", "<>":
		return nil, p.fail(start, "%s is not an operator; it is %s", operator, map[string]string{"==": "=", "<>": "!="}[operator])
	default:
		return nil, p.fail(start, "an operator is missing: =, !=, <, <=, >, >=, IS or NOT EXISTS")
	}
}

// wordTest reads the rest of a test that begins with a word.
func (p *parser) wordTest(start int, word string) (test, error) {
	p.space()
	word += " " + strings.ToUpper(p.run(isLetter))
	switch word {
	case "IS NULL":
		return identity{nil}, nil
	case "IS TRUE":
		return identity{true}, nil
	case "IS FALSE":
		return identity{false}, nil
	case "NOT EXISTS":
		return absence{}, nil
	}
	if word == "IS NOT" || strings.HasPrefix(word, "EXISTS ") {
		return nil, p.fail(start, "CloudWatch Logs has neither IS NOT nor EXISTS; for a value that exists, write = *")
	}
	return nil, p.fail(start, "an operator in words is IS NULL, IS TRUE, IS FALSE or NOT EXISTS")
}

// ordering reads the number that is to be compared with.
func (p *parser) ordering(operator string) (test, error) {
	p.space()
	start := p.pos
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	n, ok := value.(number)
	if !ok {
		return nil, p.fail(start, "%s compares with a number, which stands without quotes", operator)
	}
	b := &bound{n, strings.HasSuffix(operator, "=")}
	if operator[0] == '<' {
		return ordering{span{high: b}}, nil
	}
	return ordering{span{low: b}}, nil
}

func isLetter(c byte) bool   { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isOperator(c byte) bool { return strings.IndexByte("=!<>", c) >= 0 }
func isName(c byte) bool     { return isLetter(c) || isDigit(c) || c == '-' || c == '_' }
func isWord(c byte) bool     { return isName(c) || strings.IndexByte(".*+", c) >= 0 }
