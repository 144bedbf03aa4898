package naive

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// maxDepth is how deeply the objects and arrays of an event may be nested.
const maxDepth = 1000

// An Event is an event taken apart into its fields.
type Event struct {
	fields []field
}

// A field is one scalar of an event.
type field struct {
	path     string
	emptyKey bool // one of its keys is ""
	value    scalar
	within   membership
}

// A scalar is a string, number, true, false or null.
type scalar struct {
	kind value.Kind
	text string // a string decoded; a number as the engine sees it
	num  value.Num
}

// A membership says which element of which arrays something is in. Arrays are told apart by where they begin in the text,
// so two arrays that have the same path are still two.
type membership map[int]int

// compatible reports whether no array has one element in m and another in n.
func (m membership) compatible(n membership) bool {
	for array, element := range m {
		if e, ok := n[array]; ok && e != element {
			return false
		}
	}
	return true
}

// with returns the union of m and n, which are compatible.
func (m membership) with(n membership) membership {
	u := membership{}
	for array, element := range m {
		u[array] = element
	}
	for array, element := range n {
		u[array] = element
	}
	return u
}

// Flatten takes an event apart.
func Flatten(event []byte) (*Event, error) {
	text := string(event)
	switch {
	case !utf8.ValidString(text):
		return nil, errors.New("not valid UTF-8")
	case !json.Valid(event):
		return nil, errors.New("not one JSON value")
	}
	f := flattener{text: text}
	if f.next() != '{' {
		return nil, errors.New("not a JSON object")
	}
	f.value(nil, 0, membership{})
	if f.tooDeep {
		return nil, errors.New("nested more than " + strconv.Itoa(maxDepth) + " levels deep")
	}
	return &Event{f.fields}, nil
}

// A flattener walks text that is known to be valid JSON.
type flattener struct {
	text    string
	pos     int
	fields  []field
	tooDeep bool
}

// next skips white space, colons and commas and returns the byte that follows.
func (f *flattener) next() byte {
	for strings.IndexByte(" \t\r\n:,", f.text[f.pos]) >= 0 {
		f.pos++
	}
	return f.text[f.pos]
}

func (f *flattener) value(keys []string, depth int, within membership) {
	switch c := f.next(); c {
	case '{':
		f.object(keys, depth+1, within)
	case '[':
		f.array(keys, depth+1, within)
	case '"':
		f.add(keys, within, scalar{kind: value.String, text: f.string(false)})
	case 't':
		f.pos += len("true")
		f.add(keys, within, scalar{kind: value.True})
	case 'f':
		f.pos += len("false")
		f.add(keys, within, scalar{kind: value.False})
	case 'n':
		f.pos += len("null")
		f.add(keys, within, scalar{kind: value.Null})
	default:
		start := f.pos
		for strings.IndexByte("+-.0123456789eE", f.text[f.pos]) >= 0 {
			f.pos++
		}
		number := []byte(f.text[start:f.pos])
		f.add(keys, within, scalar{
			kind: value.Number,
			text: string(value.AppendEventText(nil, number)),
			num:  value.ParseEventNum(number),
		})
	}
}

func (f *flattener) add(keys []string, within membership, s scalar) {
	f.fields = append(f.fields, field{
		path:     strings.Join(keys, "."),
		emptyKey: slices.Contains(keys, ""),
		value:    s,
		within:   within,
	})
}

func (f *flattener) object(keys []string, depth int, within membership) {
	f.tooDeep = f.tooDeep || depth > maxDepth
	f.pos++
	for f.next() != '}' {
		key := f.string(true)
		f.value(append(slices.Clone(keys), key), depth, within)
	}
	f.pos++
}

func (f *flattener) array(keys []string, depth int, within membership) {
	f.tooDeep = f.tooDeep || depth > maxDepth
	id := f.pos
	f.pos++
	for element := 0; f.next() != ']'; element++ {
		inside := within
		// A scalar is not bound to the element that it is; what is in an object or array is bound to the element that is.
		if c := f.text[f.pos]; c == '{' || c == '[' {
			inside = within.with(membership{id: element})
		}
		f.value(keys, depth, inside)
	}
	f.pos++
}

// string decodes the string at which f stands.
func (f *flattener) string(name bool) string {
	var b []byte
	for f.pos++; f.text[f.pos] != '"'; {
		if f.text[f.pos] != '\\' {
			b = append(b, f.text[f.pos])
			f.pos++
			continue
		}
		escape := f.text[f.pos+1]
		f.pos += 2
		if escape != 'u' {
			b = append(b, unescape[escape])
			continue
		}
		u := f.hex4()
		if full := utf16.DecodeRune(u, f.nextEscape()); full != utf8.RuneError {
			b = utf8.AppendRune(b, full)
			f.pos += len(`\u0000`)
		} else if utf16.IsSurrogate(u) {
			b = syntax.AppendSurrogate(b, u, name)
		} else {
			b = utf8.AppendRune(b, u)
		}
	}
	f.pos++
	return string(b)
}

var unescape = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// hex4 reads four hexadecimal digits.
func (f *flattener) hex4() rune {
	f.pos += 4
	u, _ := strconv.ParseUint(f.text[f.pos-4:f.pos], 16, 16)
	return rune(u)
}

// nextEscape returns the code unit of the \u escape that follows, or 0.
func (f *flattener) nextEscape() rune {
	if !strings.HasPrefix(f.text[f.pos:], `\u`) {
		return 0
	}
	u, _ := strconv.ParseUint(f.text[f.pos+2:f.pos+6], 16, 16)
	return rune(u)
}
