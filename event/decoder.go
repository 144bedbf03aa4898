package event

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays may be nested. It is the limit of encoding/json, so
// that every part of an event that is kept as it came can be given to it.
const maxDepth = 10_000

// A decoder reads JSON text member by member. The package encoding/json would match names without
// regard to case and take the last of two equal ones; a decoder does neither, and knows where it
// is when something is wrong.
//
// Its first error stays, and leaves nothing to be read. So callers need to look at err only once,
// at the end.
type decoder struct {
	data []byte
	base int64 // what is added to a position in data to make the offset of an error
	pos  int
	open []byte // the brackets that are open at pos, outermost first
	path []step // the members and indexes that lead to pos
	err  *ParseError

	// lax makes nothing but the syntax count: neither depth nor duplicate names are looked at.
	lax bool
}

// members reads an object and yields the names of its members in order. The loop's body reads the
// value; one that it leaves alone is skipped. A null is read as an object without members.
func (d *decoder) members() iter.Seq[string] {
	return func(yield func(string) bool) {
		if d.null() || !d.enter('{', "object") {
			return
		}
		var seen nameSet
		for first := true; d.more(first); first = false {
			d.peek()
			at := d.pos
			name := unquote(d.name())
			if !d.lax && !seen.add(name) {
				d.failf(at, "duplicate member %.*q", maxQuoted, name)
			}
			if d.err != nil {
				return
			}
			d.path = append(d.path, step{name, -1})
			d.peek()
			start := d.pos
			if !yield(name) {
				return
			}
			if d.pos == start {
				d.skip()
			}
			d.path = d.path[:len(d.path)-1]
		}
	}
}

// elements reads an array and yields the indexes of its elements, as members does for an object.
func (d *decoder) elements() iter.Seq[int] {
	return func(yield func(int) bool) {
		if d.null() || !d.enter('[', "array") {
			return
		}
		for i := 0; d.more(i == 0); i++ {
			d.path = append(d.path, step{"", i})
			d.peek()
			start := d.pos
			if !yield(i) {
				return
			}
			if d.pos == start {
				d.skip()
			}
			d.path = d.path[:len(d.path)-1]
		}
	}
}

// skip reads a value of any type. It does not call itself, so depth costs a byte a level.
func (d *decoder) skip() {
	depth := len(d.open)
	first := d.begin()
	for len(d.open) > depth && d.err == nil {
		if !d.more(first) {
			first = false
			continue
		}
		if d.open[len(d.open)-1] == '{' {
			d.name()
		}
		first = d.begin()
	}
}

// raw reads a value of any type and returns its text.
func (d *decoder) raw() json.RawMessage {
	d.peek()
	start := d.pos
	d.skip()
	if d.err != nil {
		return nil
	}
	return d.data[start:d.pos:d.pos]
}

// keep adds the member that follows to those that have no field of their own.
func (d *decoder) keep(extra *map[string]json.RawMessage, name string) {
	if *extra == nil {
		*extra = make(map[string]json.RawMessage)
	}
	(*extra)[name] = d.raw()
}

// str reads a string into dst; a null leaves it alone.
func (d *decoder) str(dst *string) {
	switch {
	case d.null():
	case d.peek() == '"':
		*dst = unquote(d.quoted())
	default:
		d.wrongType("string")
	}
}

// text reads a value into dst: the content of a string, the JSON text of anything else. It is for
// fields whose type is not documented.
func (d *decoder) text(dst *string) {
	switch {
	case d.null():
	case d.peek() == '"':
		*dst = unquote(d.quoted())
	default:
		*dst = string(d.raw())
	}
}

// boolean reads a bool into dst. CloudTrail writes some as strings, and the same one now so and
// now so; a null leaves dst alone.
func (d *decoder) boolean(dst *bool) {
	switch c := d.peek(); {
	case d.null():
	case c == 't':
		d.literal("true")
		*dst = true
	case c == 'f':
		d.literal("false")
		*dst = false
	case c == '"':
		at := d.pos
		s := unquote(d.quoted())
		*dst = strings.EqualFold(s, "true")
		if !*dst && !strings.EqualFold(s, "false") {
			d.failf(at, "want true or false, got %.*q", maxQuoted, s)
		}
	default:
		d.wrongType("boolean")
	}
}

// optional reads a bool that a record may lack.
func (d *decoder) optional(dst **bool) {
	if !d.null() {
		*dst = new(bool)
		d.boolean(*dst)
	}
}

// number reads a number into dst; a null leaves it alone.
func (d *decoder) number(dst *float64) {
	switch c := d.peek(); {
	case d.null():
	case c == '-' || isDigit(c):
		at := d.pos
		d.digits()
		v, err := strconv.ParseFloat(string(d.data[at:d.pos]), 64)
		if err != nil && d.err == nil {
			d.failf(at, "the number is out of range")
		}
		*dst = v
	default:
		d.wrongType("number")
	}
}

// time reads a time into dst; null and the empty string leave it alone.
func (d *decoder) time(dst *time.Time) {
	d.peek()
	at := d.pos
	var s string
	d.str(&s)
	if s == "" {
		return
	}
	t, ok := parseTime(s)
	if !ok {
		d.failf(at, "want a time such as %q, got %.*q", "2006-01-02T15:04:05Z", maxQuoted, s)
	}
	*dst = t
}

// finish reports an error if anything but white space is left.
func (d *decoder) finish() {
	if d.peek(); d.pos < len(d.data) {
		d.failf(d.pos, "want the end of the text, got %s", d.char())
	}
}

// peek skips white space and returns the next byte, 0 at the end.
func (d *decoder) peek() byte {
	for ; d.pos < len(d.data); d.pos++ {
		if c := d.data[d.pos]; !isSpace(c) {
			return c
		}
	}
	return 0
}

// enter reads the bracket that begins an object or an array.
func (d *decoder) enter(bracket byte, kind string) bool {
	if d.peek() != bracket {
		d.wrongType(kind)
		return false
	}
	return d.begin()
}

// more reads what stands between the members of an object, or the elements of an array, and
// reports whether another one follows. If none does, it has read the closing bracket.
func (d *decoder) more(first bool) bool {
	if d.err != nil {
		return false
	}
	closing := d.open[len(d.open)-1] + 2 // in ASCII, "{" and "}" are two apart, and so are "[" and "]"
	switch c := d.peek(); {
	case c == closing:
		d.pos++
		d.open = d.open[:len(d.open)-1]
		return false
	case first:
		return true
	case c == ',':
		d.pos++
		return true
	}
	d.syntax(fmt.Sprintf("',' or %q", closing))
	return false
}

// name reads the name of a member and the colon after it.
func (d *decoder) name() (literal []byte, escaped bool) {
	if d.peek() != '"' {
		d.syntax("a member's name")
		return nil, false
	}
	literal, escaped = d.quoted()
	if d.peek() != ':' {
		d.syntax("':'")
		return nil, false
	}
	d.pos++
	return literal, escaped
}

// begin reads a string, a number or a literal, or the opening bracket of something larger. It
// reports whether it read a bracket.
func (d *decoder) begin() bool {
	switch c := d.peek(); {
	case c == '{' || c == '[':
		if len(d.open) == maxDepth && !d.lax {
			d.failf(d.pos, "nested more than %d deep", maxDepth)
			return false
		}
		d.open = append(d.open, c)
		d.pos++
		return true
	case c == '"':
		d.quoted()
	case c == '-' || isDigit(c):
		d.digits()
	case c == 't':
		d.literal("true")
	case c == 'f':
		d.literal("false")
	case c == 'n':
		d.literal("null")
	default:
		d.syntax("a value")
	}
	return false
}

// null reads a null, if there is one.
func (d *decoder) null() bool {
	if d.peek() != 'n' {
		return false
	}
	d.literal("null")
	return d.err == nil
}

func (d *decoder) literal(want string) {
	rest := d.data[d.pos:]
	n := min(len(rest), len(want))
	if string(rest[:n]) != want[:n] {
		d.syntax("a value")
		return
	}
	if d.pos += n; n < len(want) {
		d.syntax("a value")
	}
}

// quoted reads a string and returns it with its quotes, and whether it has escapes.
func (d *decoder) quoted() (literal []byte, escaped bool) {
	start := d.pos
	for i := start + 1; i < len(d.data); i++ {
		switch c := d.data[i]; {
		case c == '"':
			d.pos = i + 1
			return d.data[start:d.pos], escaped
		case c == '\\':
			escaped = true
			n := escapeLen(d.data[i:])
			if n < 0 {
				d.failf(i, "unknown escape in a string")
				return nil, false
			}
			i += n - 1
		case c < ' ':
			d.failf(i, "control character %q in a string", c)
			return nil, false
		}
	}
	d.pos = len(d.data)
	d.syntax("the end of a string")
	return nil, false
}

// escapeLen returns the length of the escape with which text begins, -1 if it is none. The text
// may end within the escape.
func escapeLen(text []byte) int {
	if len(text) < 2 {
		return len(text)
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		hex := text[2:min(6, len(text))]
		for _, c := range hex {
			if !isDigit(c) && (c|0x20 < 'a' || 'f' < c|0x20) {
				return -1
			}
		}
		return 2 + len(hex)
	}
	return -1
}

// unquote returns the content of a string that [decoder.quoted] read.
func unquote(literal []byte, escaped bool) string {
	if literal == nil {
		return ""
	}
	if !escaped {
		return string(literal[1 : len(literal)-1])
	}
	var s string
	if err := json.Unmarshal(literal, &s); err != nil {
		panic("event: a string that was read does not unmarshal: " + err.Error())
	}
	return s
}

// digits reads a number.
func (d *decoder) digits() {
	run := func() {
		start := d.pos
		for d.pos < len(d.data) && isDigit(d.data[d.pos]) {
			d.pos++
		}
		if d.pos == start {
			d.syntax("a digit")
		}
	}
	next := func(set string) bool {
		if d.pos < len(d.data) && strings.IndexByte(set, d.data[d.pos]) >= 0 {
			d.pos++
			return true
		}
		return false
	}
	next("-")
	if !next("0") {
		run()
	}
	if next(".") {
		run()
	}
	if next("eE") {
		next("+-")
		run()
	}
}

// wrongType reports a value of another type than the one wanted.
func (d *decoder) wrongType(want string) {
	var got string
	switch c := d.peek(); {
	case c == '{':
		got = "object"
	case c == '[':
		got = "array"
	case c == '"':
		got = "string"
	case c == 't' || c == 'f':
		got = "boolean"
	case c == '-' || isDigit(c):
		got = "number"
	case c == 'n':
		got = "null"
	default:
		d.syntax(want)
		return
	}
	d.failf(d.pos, "want %s, got %s", want, got)
}

// syntax reports that at pos there is not what the syntax of JSON wants.
func (d *decoder) syntax(want string) {
	if d.pos < len(d.data) {
		d.failf(d.pos, "want %s, got %s", want, d.char())
		return
	}
	d.failf(d.pos, "want %s, but the text ends: %w", want, io.ErrUnexpectedEOF)
}

// char returns the character at pos for an error.
func (d *decoder) char() string {
	if r, size := utf8.DecodeRune(d.data[d.pos:]); r != utf8.RuneError || size > 1 {
		return strconv.QuoteRune(r)
	}
	return fmt.Sprintf("byte 0x%02x", d.data[d.pos])
}

func (d *decoder) failf(at int, format string, args ...any) {
	if d.err == nil {
		d.err = &ParseError{Path: joinPath(d.path), Offset: d.base + int64(at), Err: fmt.Errorf(format, args...)}
	}
	d.pos = len(d.data)
}

// checkUTF8 reports the first byte that is not part of a UTF-8 sequence. JSON is UTF-8; readers
// differ in what they make of anything else.
func checkUTF8(data []byte, base int64) *ParseError {
	if utf8.Valid(data) {
		return nil
	}
	valid := 0
	for {
		r, size := utf8.DecodeRune(data[valid:])
		if r == utf8.RuneError && size == 1 {
			return &ParseError{Offset: base + int64(valid), Err: fmt.Errorf("byte 0x%02x is not UTF-8", data[valid])}
		}
		valid += size
	}
}

// A nameSet holds the names of an object's members.
type nameSet struct {
	few  []string
	many map[string]bool
}

// add adds a name and reports whether it was new. Comparing one by one is the faster way for the
// two or three dozen members that records have, and a bad one for what an attacker may send.
func (s *nameSet) add(name string) bool {
	if s.many != nil {
		if s.many[name] {
			return false
		}
		s.many[name] = true
		return true
	}
	for _, n := range s.few {
		if n == name {
			return false
		}
	}
	if s.few = append(s.few, name); len(s.few) == 64 {
		s.many = make(map[string]bool)
		for _, n := range s.few {
			s.many[n] = true
		}
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
