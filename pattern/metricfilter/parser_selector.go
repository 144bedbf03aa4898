package metricfilter

import (
	"strconv"
	"strings"
)

// selector reads a selector: $ and steps, the first of them into a member.
func (p *parser) selector() (selector, error) {
	start := p.pos
	if !p.accept("$") {
		return nil, p.fail(p.pos, "a selector such as $.eventName, or a parenthesis, is missing before %s", p.next())
	}
	var s selector
	wildcards := 0
	for p.pos < len(p.src) && (p.src[p.pos] == '.' || p.src[p.pos] == '[') {
		if len(s) == 0 && p.src[p.pos] == '[' {
			return nil, p.fail(p.pos, "the first step of a selector begins with a dot: $.name or $.['name']")
		}
		st, err := p.step()
		if err != nil {
			return nil, err
		}
		s = append(s, st)
		if st.kind == anyMember || st.kind == anyElement {
			wildcards++
		}
	}
	if len(s) == 0 {
		return nil, p.fail(start, "a selector needs the name of a member: $.name")
	}
	if wildcards > maxSelectorWildcards {
		return nil, p.fail(start, "a selector has at most %d wildcard", maxSelectorWildcards)
	}
	if p.wildcards += wildcards; p.wildcards > maxWildcards {
		return nil, p.fail(start, "a filter has at most %d selectors with a wildcard", maxWildcards)
	}
	return s, nil
}

// step reads .name, .*, .['name'], [0] or [*].
func (p *parser) step() (step, error) {
	start := p.pos
	p.pos++
	if p.src[start] == '[' {
		return p.element(start)
	}
	rest := p.src[p.pos:]
	switch {
	case strings.HasPrefix(rest, "*"):
		p.pos++
		return step{kind: anyMember}, nil
	case strings.HasPrefix(rest, "['"):
		name, _, ok := strings.Cut(rest[2:], "']")
		if !ok || name == "" {
			return step{}, p.fail(p.pos, "a name in brackets is missing or not closed: .['name']")
		}
		p.pos += len("['" + name + "']")
		return step{kind: member, name: name}, nil
	}
	name := p.run(isName)
	if name == "" {
		return step{}, p.fail(p.pos, "a name of letters, digits, - and _ is missing before %s; others are written .['name']", p.next())
	}
	return step{kind: member, name: name}, nil
}

// element reads the rest of a step into an array.
func (p *parser) element(start int) (step, error) {
	inside, _, ok := strings.Cut(p.src[p.pos:], "]")
	if !ok {
		return step{}, p.fail(start, "the bracket is not closed")
	}
	p.pos += len(inside) + 1
	if inside == "*" {
		return step{kind: anyElement}, nil
	}
	index, err := strconv.ParseUint(inside, 10, 31)
	if err != nil {
		return step{}, p.fail(start, "brackets hold the number of an element, from 0, or *")
	}
	return step{kind: element, index: int(index)}, nil
}
