package rule

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// clean reports whether data is one JSON value in valid UTF-8 in which no object has two members of
// one name. It looks at data once and does not say what is wrong. What is nested very deep it calls
// unclean too.
func clean(data []byte) bool {
	c := cleaner{text: data, names: names{few: make([][]byte, 0, fewNames)}}
	if !utf8.Valid(data) || !c.value() {
		return false
	}
	c.space()
	return c.at == len(data)
}

// A cleaner stands in front of what it has not read. Its methods that read report whether it is
// clean.
type cleaner struct {
	text  []byte
	at    int
	depth int
	names names // of the members that were read of the innermost object
}

// maxDepth is how deep what clean takes for clean may be nested.
const maxDepth = 1000

// names are those of the members of an object.
type names struct {
	few  [][]byte
	many map[string]bool // those for which few has no room: most objects need no map
}

const fewNames = 16

// add reports whether a name is new.
func (n *names) add(name []byte) bool {
	if n.many[string(name)] || slices.ContainsFunc(n.few, func(other []byte) bool { return bytes.Equal(other, name) }) {
		return false
	}
	if len(n.few) < fewNames {
		n.few = append(n.few, name)
		return true
	}
	if n.many == nil {
		n.many = make(map[string]bool)
	}
	n.many[string(name)] = true
	return true
}

// space skips white space and returns the byte behind it, at the end of the text 0, with which
// nothing in JSON begins.
func (c *cleaner) space() byte {
	c.at = skipSpace(c.text, c.at)
	if c.at == len(c.text) {
		return 0
	}
	return c.text[c.at]
}

// take skips b if it is next.
func (c *cleaner) take(b byte) bool {
	if c.at == len(c.text) || c.text[c.at] != b {
		return false
	}
	c.at++
	return true
}

// value reads a value and the white space before it.
func (c *cleaner) value() bool {
	switch c.space() {
	case '"':
		return c.str()
	case '{':
		return c.list('}')
	case '[':
		return c.list(']')
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	}
	return c.number()
}

// list reads an object or array, which ends with end, from its bracket on.
func (c *cleaner) list(end byte) bool {
	if c.depth++; c.depth > maxDepth {
		return false
	}
	outer := c.names
	c.names = names{few: outer.few[len(outer.few):]}
	c.at++
	for c.space() != end {
		if !c.item(end == '}') || c.space() != end && !c.comma() {
			return false
		}
	}
	c.at++
	c.names = outer
	c.depth--
	return true
}

func (c *cleaner) item(member bool) bool {
	if member {
		return c.member()
	}
	return c.value()
}

// comma reads a comma that something follows.
func (c *cleaner) comma() bool {
	return c.take(',') && c.space() != ']' && c.space() != '}'
}

// member reads a member of an object.
func (c *cleaner) member() bool {
	if c.space() != '"' {
		return false
	}
	start := c.at
	if !c.str() {
		return false
	}
	name := c.text[start+1 : c.at-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name = []byte(unquote(c.text[start:c.at]))
	}
	return c.names.add(name) && c.space() == ':' && c.take(':') && c.value()
}

// str reads a string.
func (c *cleaner) str() bool {
	for c.at++; c.at < len(c.text); c.at++ {
		switch b := c.text[c.at]; {
		case b == '"':
			c.at++
			return true
		case b == '\\':
			if !c.escape() {
				return false
			}
		case b < ' ':
			return false
		}
	}
	return false
}

// escape reads an escape but for its last byte.
func (c *cleaner) escape() bool {
	c.at++
	rest := c.text[c.at:]
	if len(rest) == 0 || strings.IndexByte(`"\/bfnrtu`, rest[0]) < 0 {
		return false
	}
	if rest[0] != 'u' {
		return true
	}
	c.at += 4
	return len(rest) > 4 && !bytes.ContainsFunc(rest[1:5], func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
}

func (c *cleaner) word(word string) bool {
	ok := bytes.HasPrefix(c.text[c.at:], []byte(word))
	c.at += len(word)
	return ok
}

func (c *cleaner) number() bool {
	c.take('-')
	if !c.take('0') && !c.digits() {
		return false
	}
	if c.take('.') && !c.digits() {
		return false
	}
	if !c.take('e') && !c.take('E') {
		return true
	}
	_ = c.take('+') || c.take('-')
	return c.digits()
}

// digits reads digits, at least one.
func (c *cleaner) digits() bool {
	start := c.at
	for c.at < len(c.text) && isDigit(c.text[c.at]) {
		c.at++
	}
	return c.at > start
}
