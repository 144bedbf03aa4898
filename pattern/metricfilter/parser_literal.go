package metricfilter

import (
	"regexp"
	"strings"
)

// literal reads the value that a field is compared with.
func (p *parser) literal() (literal, error) {
	p.space()
	start := p.pos
	switch {
	case p.accept(`"`):
		return p.quoted(start)
	case p.accept("%"):
		return p.regex(start)
	}
	word := p.run(isWord)
	if p.pos < len(p.src) && strings.IndexByte(" \t\r\n)}&|", p.src[p.pos]) < 0 {
		return nil, p.fail(p.pos, "a text with %s stands in double quotes", p.next())
	}
	if word == "" {
		return nil, p.fail(start, "a value is missing before %s", p.next())
	}
	if n, ok := parseNumber(word); ok {
		return n, nil
	}
	if plus := strings.IndexByte(word, '+'); plus >= 0 {
		return nil, p.fail(start+plus, "a text with + stands in double quotes")
	}
	return text{newGlob(word)}, nil
}

// quoted reads the rest of a text in double quotes. A backslash makes a quote or a backslash mean itself.
func (p *parser) quoted(start int) (literal, error) {
	var b strings.Builder
	for ; p.pos < len(p.src); p.pos++ {
		switch c := p.src[p.pos]; c {
		case '"':
			p.pos++
			return text{newGlob(b.String())}, nil
		case '\\':
			p.pos++
			if p.pos == len(p.src) || p.src[p.pos] != '"' && p.src[p.pos] != '\\' {
				return nil, p.fail(p.pos-1, `a backslash stands before " or \; what CloudWatch Logs makes of others is not known`)
			}
			b.WriteByte(p.src[p.pos])
		default:
			b.WriteByte(c)
		}
	}
	return nil, p.fail(start, "the quote is not closed")
}

// regex reads the rest of a regular expression.
func (p *parser) regex(start int) (literal, error) {
	source, _, ok := strings.Cut(p.src[p.pos:], "%")
	if !ok {
		return nil, p.fail(start, "the regular expression is not closed by %%")
	}
	if p.regexes++; p.regexes > maxRegexes {
		return nil, p.fail(start, "a filter has at most %d regular expressions", maxRegexes)
	}
	if bad := regexSyntax.FindString(source); len(bad) < len(source) {
		return nil, p.fail(p.pos+len(bad), "a regular expression of CloudWatch Logs has letters, digits, spaces, _#=@/;:,- and ^$?[]{}|\\*+. only")
	}
	// The s flag: a dot is any character. What CloudWatch Logs makes of line ends is not known.
	re, err := regexp.Compile("(?s)" + source)
	if err != nil {
		return nil, p.fail(start, "the regular expression is not valid: %v", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	p.pos += len(source) + 1
	return regex{source, re}, nil
}

// regexSyntax matches as much of a source as CloudWatch Logs documents: characters, operators, the classes \d, \s and \w, and
// \x with two digits, and a backslash before another character of the list. Parentheses are refused with a backslash as well.
var regexSyntax = regexp.MustCompile(`^(?:[A-Za-z0-9 _#=@/;:,\-^$?\[\]{}|*+.]|\\(?:[dDsSwW]|x[0-9A-Fa-f]{2}|[ _#=@/;:,\-^$?\[\]{}|\\*+.]))*`)
