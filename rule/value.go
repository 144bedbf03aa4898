package rule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"unicode/utf8"
)

// A value is one JSON value of a catalog file, with its place in it. Decoding into structs would
// not do: [encoding/json] takes "ID" for "id", keeps the last of two members of one name, and
// forgets where things stood. Most of a file is events that nobody looks into, so a value is taken
// apart only when somebody does.
type value struct {
	path   string // "examples[2].reason"; empty for the whole file
	offset int    // in the file, in bytes
	text   []byte // as in the file, valid JSON
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
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return value{}, []problem{syntaxProblem(err)}
	}
	if at := validPrefix(data); at < len(data) {
		return value{}, []problem{{offset: at, reason: "invalid UTF-8"}}
	}
	start := skipSpace(data, 0)
	v := value{offset: start, text: data[start:skipValue(data, start)]}
	return v, repeated(nil, v)
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
				problems = append(problems, problem{m.path, m.offset, "repeated member"})
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

// members yields the members of v, an object, in the order of the file, repeated ones as well.
func (v value) members() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		for i := skipSpace(v.text, 1); v.text[i] != '}'; i = skipComma(v.text, i) {
			end := skipString(v.text, i)
			name := unquote(v.text[i:end])
			start := skipSpace(v.text, skipSpace(v.text, end)+1) // over the colon
			i = skipValue(v.text, start)
			if !yield(name, value{join(v.path, name), v.offset + start, v.text[start:i]}) {
				return
			}
		}
	}
}

// items yields the elements of v, an array.
func (v value) items() iter.Seq[value] {
	return func(yield func(value) bool) {
		n := 0
		for i := skipSpace(v.text, 1); v.text[i] != ']'; i = skipComma(v.text, i) {
			start := i
			i = skipValue(v.text, start)
			if !yield(value{fmt.Sprintf("%s[%d]", v.path, n), v.offset + start, v.text[start:i]}) {
				return
			}
			n++
		}
	}
}

// join returns the path of a member. A name that would garble an error is quoted.
func join(path, name string) string {
	if quoted := strconv.Quote(name); len(quoted) != len(name)+2 {
		return path + "[" + quoted + "]"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

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
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
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
