package rule

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A value is one JSON value of a catalog file, with its place in it. Decoding into structs would
// not do: [encoding/json] takes "ID" for "id", keeps the last of two members of one name, and
// forgets where things stood. Most of a file is events that nobody looks into, so a value is taken
// apart only when somebody does.
type value struct {
	place
	text []byte // as in the file, valid JSON
}

// A place is where a value stands. Its path is put together only when somebody asks for it, which is
// when something is wrong or values in it are looked at.
type place struct {
	in     string // the path of what the value is in
	name   string // of a member
	number int    // of an element, counted from 1
	offset int    // in the file, in bytes
}

// path returns for example "examples[2].reason", for the whole file nothing.
func (p *place) path() string {
	if p.number > 0 {
		return p.in + "[" + strconv.Itoa(p.number-1) + "]"
	}
	return join(p.in, p.name)
}

// A kind is a type of JSON value, as an error puts it.
type kind string

const (
	object  kind = "an object"
	array   kind = "an array"
	str     kind = "a string"
	boolean kind = "true or false"
	number  kind = "a number"
	null    kind = "null"
)

// A problem is something wrong at a place in a file.
type problem struct {
	path   string // empty if it concerns the whole file
	offset int
	reason string
}

// parseValue returns the one JSON value that data is, and the problems that it has as JSON; if it
// is not JSON, the value has no text. A repeated member is a problem everywhere, in patterns and
// examples too: there it is a condition that was meant to hold and does not.
func parseValue(data []byte) (value, []problem) {
	isClean := clean(data)
	if !isClean {
		if problems := invalid(data); problems != nil {
			return value{}, problems
		}
	}
	start := skipSpace(data, 0)
	v := value{place{offset: start}, bytes.TrimRight(data[start:], " \n\r\t")}
	if isClean {
		return v, nil // almost always, and nothing had to be looked at twice
	}
	return v, repeated(nil, v)
}

// invalid returns why data is not JSON in UTF-8, nothing if it is.
func invalid(data []byte) []problem {
	if !json.Valid(data) {
		var raw json.RawMessage
		return []problem{syntaxProblem(json.Unmarshal(data, &raw))}
	}
	if at := validPrefix(data); at < len(data) {
		return []problem{{offset: at, reason: "invalid UTF-8"}}
	}
	return nil
}

func syntaxProblem(err error) problem {
	p := problem{reason: err.Error()}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		p.offset = max(int(syntax.Offset)-1, 0) // Offset counts the byte that was wrong
	}
	return p
}

// validPrefix returns the length of the longest prefix of data that is valid UTF-8.
func validPrefix(data []byte) int {
	if utf8.Valid(data) {
		return len(data)
	}
	n := 0
	for {
		r, size := utf8.DecodeRune(data[n:])
		if r == utf8.RuneError && size == 1 {
			return n
		}
		n += size
	}
}

// repeated appends a problem for every member in v, at any depth, whose name an earlier one has.
func repeated(problems []problem, v value) []problem {
	switch v.kind() {
	case object:
		seen := make(map[string]bool)
		for name, m := range v.members() {
			if seen[name] {
				problems = append(problems, problem{m.path(), m.offset, "repeated member"})
			}
			seen[name] = true
			problems = repeated(problems, m)
		}
	case array:
		for item := range v.items() {
			problems = repeated(problems, item)
		}
	}
	return problems
}

func (v value) kind() kind {
	switch v.text[0] {
	case '{':
		return object
	case '[':
		return array
	case '"':
		return str
	case 't', 'f':
		return boolean
	case 'n':
		return null
	}
	return number
}

// is reports whether v was read and is of kind k.
func (v value) is(k kind) bool { return v.text != nil && v.kind() == k }

// members yields the members of v, an object, in the order of the file, repeated ones as well.
func (v value) members() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		in := v.path()
		for m := range pairs(v.text) {
			name := unquote(v.text[m.key:m.keyEnd])
			if !yield(name, value{place{in: in, name: name, offset: v.offset + m.start}, v.text[m.start:m.end]}) {
				return
			}
		}
	}
}

// items yields the elements of v, an array.
func (v value) items() iter.Seq[value] {
	return func(yield func(value) bool) {
		in, n := v.path(), 0
		for start, end := range elements(v.text) {
			n++
			if !yield(value{place{in: in, number: n, offset: v.offset + start}, v.text[start:end]}) {
				return
			}
		}
	}
}

// A pair says where a member of an object stands: its name with the quotes, and its value.
type pair struct{ key, keyEnd, start, end int }

// pairs yields the places of the members of text, an object.
func pairs(text []byte) iter.Seq[pair] {
	return func(yield func(pair) bool) {
		for i := skipSpace(text, 1); text[i] != '}'; i = skipComma(text, i) {
			m := pair{key: i, keyEnd: skipString(text, i)}
			m.start = skipSpace(text, skipSpace(text, m.keyEnd)+1) // over the colon
			m.end = skipValue(text, m.start)
			if i = m.end; !yield(m) {
				return
			}
		}
	}
}

// elements yields where the elements of text, an array, begin and end.
func elements(text []byte) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for i := skipSpace(text, 1); text[i] != ']'; i = skipComma(text, i) {
			start := i
			i = skipValue(text, start)
			if !yield(start, i) {
				return
			}
		}
	}
}

// join returns the path of a member. A name that would garble an error is quoted.
func join(path, name string) string {
	if strings.ContainsFunc(name, garbles) {
		return path + "[" + strconv.Quote(name) + "]"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// garbles reports whether strconv.Quote would write r in another way.
func garbles(r rune) bool { return r == '"' || r == '\\' || r == utf8.RuneError || !strconv.IsPrint(r) }

// The skip functions return the index after what they skip, which starts at i. The text is valid
// JSON.

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
		i++
	}
	return i
}

// skipComma skips the space after a member or an element, and a comma with the space after it.
func skipComma(text []byte, i int) int {
	if i = skipSpace(text, i); text[i] == ',' {
		i = skipSpace(text, i+1)
	}
	return i
}

func skipString(text []byte, i int) int {
	for i++; ; i++ {
		i += bytes.IndexByte(text[i:], '"')
		backslashes := 0
		for text[i-1-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return i + 1
		}
	}
}

func skipValue(text []byte, i int) int {
	depth := 0
	for {
		switch text[i] {
		case '"':
			i = skipString(text, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ' ', '\n', '\r', '\t', ',', ':': // in an object or array
			i++
		default: // a number, true, false or null
			if n := bytes.IndexAny(text[i:], " \n\r\t,]}"); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
		}
		if depth == 0 {
			return i
		}
	}
}

// unquote returns the string that text, a JSON string, stands for.
func unquote(text []byte) string {
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text[1 : len(text)-1])
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		panic("rule: " + err.Error()) // it was valid
	}
	return s
}
