package syntax

import (
	"strconv"
	"unicode/utf8"
)

// A token is a JSON token as Jackson's streaming reader delivers it.
type token uint8

const (
	tokEnd token = iota // of the text
	tokObject
	tokObjectEnd
	tokArray
	tokArrayEnd
	tokName
	tokString
	tokNumber
	tokTrue
	tokFalse
	tokNull
)

// A reader delivers the tokens of a pattern. It works as lazily as Jackson does, because where Jackson's reader stands when
// an error is found is part of the service's message, and because it decides which of two errors is found first:
//
//   - a string value is read no further than its opening quote until its text is asked for, or skipped;
//   - the name of a member is read together with the colon and the first token of its value.
type reader struct {
	src    string
	pos    int // where the reader stands
	scopes []scope

	tok   token
	start int    // offset of the first byte of tok
	name  string // of the last member name read
	open  bool   // tok is a string of which only the quote has been read
	word  string // text of tok if it is a number, a literal, or a string that is not open

	value      token // the token behind a name, already read
	valueStart int

	wrapped bool // an error would be caught and located once more
}

// A scope is an object or array that is open.
type scope struct {
	object bool
	start  int // offset of its bracket
	count  int // of elements or members so far
}

func (s scope) String() string {
	if s.object {
		return "Object"
	}
	return "Array"
}

// next reads the next token.
func (r *reader) next() token {
	if r.tok == tokName {
		r.tok, r.start = r.value, r.valueStart
		r.enter(r.tok, r.start)
		return r.tok
	}
	if r.open {
		r.text()
	}
	c := r.skipSpace()
	if c < 0 {
		if n := len(r.scopes); n > 0 {
			s := r.scopes[n-1]
			r.failAt(r.pos, "Unexpected end-of-input: expected close marker for "+s.String()+
				" (start marker at "+location(r.src, placeOf(r.src, s.start))+")")
		}
		r.tok, r.start = tokEnd, r.pos
		return r.tok
	}
	if c == '}' || c == ']' {
		return r.close(c)
	}
	inObject := false
	if n := len(r.scopes); n > 0 {
		s := &r.scopes[n-1]
		inObject = s.object
		if s.count > 0 {
			if c != ',' {
				r.unexpected("was expecting comma to separate " + s.String() + " entries")
			}
			r.pos++
			if c = r.skipSpace(); c < 0 {
				r.failAt(r.pos, "Unexpected end-of-input within/between "+s.String()+" entries")
			}
		}
		s.count++
	}
	if !inObject {
		r.start = r.pos
		r.tok = r.scalarOrOpen(c)
		r.enter(r.tok, r.start)
		return r.tok
	}
	if c != '"' {
		r.unexpected("was expecting double-quote to start field name")
	}
	start := r.pos
	r.start = start
	r.pos++
	r.name = r.quoted(true)
	if c = r.skipSpace(); c < 0 {
		r.failAt(r.pos, "Unexpected end-of-input within/between Object entries")
	}
	if c != ':' {
		r.unexpected("was expecting a colon to separate field name and value")
	}
	r.pos++
	if c = r.skipSpace(); c < 0 {
		r.failAt(r.pos, "Unexpected end-of-input within/between Object entries")
	}
	r.start, r.valueStart = r.pos, r.pos
	r.value = r.scalarOrOpen(c)
	r.tok, r.start = tokName, start
	return r.tok
}

// maxScopes is how many objects and arrays Jackson allows to be open.
const maxScopes = 1000

func (r *reader) enter(t token, start int) {
	if t != tokObject && t != tokArray {
		return
	}
	if n := len(r.scopes) + 1; n > maxScopes {
		r.exceeds("Document nesting depth", n, maxScopes, "getMaxNestingDepth")
	}
	r.scopes = append(r.scopes, scope{object: t == tokObject, start: start})
}

func (r *reader) close(c rune) token {
	r.start = r.pos
	n := len(r.scopes)
	if n == 0 {
		what := "Object"
		if c == ']' {
			what = "Array"
		}
		r.failAt(r.pos, "Unexpected close marker '"+string(c)+"': no open "+what+" to close")
	}
	if s := r.scopes[n-1]; s.object != (c == '}') {
		expected := "]"
		if s.object {
			expected = "}"
		}
		r.failAt(r.pos, "Unexpected close marker '"+string(c)+"': expected '"+expected+"' (for "+s.String()+
			" starting at "+location(r.src, placeOf(r.src, s.start))+")")
	}
	r.pos++
	r.scopes = r.scopes[:n-1]
	r.tok = tokObjectEnd
	if c == ']' {
		r.tok = tokArrayEnd
	}
	return r.tok
}

// skipSpace moves to the next character that is not white space and returns it, or -1 at the end of the text.
func (r *reader) skipSpace() rune {
	for r.pos < len(r.src) {
		c := r.peek()
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			r.pos++
		case c < ' ':
			r.start = r.pos
			r.pos++
			reason := "Illegal character (" + charDesc(c) + `): only regular white space (\r, \n, \t) is allowed between tokens`
			if c == '\x1e' {
				reason += " (consider enabling `JsonReadFeature.ALLOW_RS_CONTROL_CHAR` to allow use of Record Separators (\\u001E))"
			}
			r.fail(reason)
		case c == '/':
			r.unexpected("maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)")
		default:
			return c
		}
	}
	return -1
}

func (r *reader) peek() rune {
	c, _ := utf8.DecodeRuneInString(r.src[r.pos:])
	return c
}

// scalarOrOpen reads a token that begins with c, the character at which the reader stands.
func (r *reader) scalarOrOpen(c rune) token {
	switch c {
	case '{':
		r.pos++
		return tokObject
	case '[':
		r.pos++
		return tokArray
	case '"':
		r.pos++
		r.open = true
		return tokString
	case '}':
		r.unexpected("expected a value")
	case 't':
		return r.literal("true", tokTrue)
	case 'f':
		return r.literal("false", tokFalse)
	case 'n':
		return r.literal("null", tokNull)
	}
	if c == '-' || '0' <= c && c <= '9' {
		return r.number()
	}
	r.oddValue(c)
	panic("unreachable")
}

// unexpected rejects the character at which the reader stands.
func (r *reader) unexpected(comment string) {
	r.failAt(r.pos, "Unexpected character ("+charDesc(r.peek())+"): "+comment)
}

// failAt rejects the character at offset.
func (r *reader) failAt(offset int, reason string) {
	r.start = offset
	r.failPast(offset, reason)
}

// failPast ends the reading with an error that is located at offset, although Jackson's reader has passed the character there
// or half of it. It has not taken that for the end of a line.
func (r *reader) failPast(offset int, reason string) {
	at := placeOf(r.src, offset)
	here := at
	if offset < len(r.src) {
		here.column++
	}
	r.failWith(reason, here, at)
}

// fail ends the reading with an error at the current token, located where the reader stands.
func (r *reader) fail(reason string) {
	here := placeOf(r.src, r.pos)
	r.failWith(reason, here, here)
}

// exceeds rejects what is larger than Jackson allows. It gives no location.
func (r *reader) exceeds(what string, n, limit int, getter string) {
	r.failWith(what+" ("+strconv.Itoa(n)+") exceeds the maximum allowed ("+strconv.Itoa(limit)+
		", from `StreamReadConstraints."+getter+"()`)", placeOf(r.src, r.pos))
}

// failWith ends the reading with an error, which Parse recovers. The reader stands at here.
func (r *reader) failWith(reason string, here place, places ...place) {
	if r.wrapped {
		places = append(places, here)
	}
	panic(&Error{Reason: reason, Offset: r.start, source: r.src, places: places})
}
