package synth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An object is a JSON object that keeps the order of its members, which is part of how a record
// looks.
type object []member

type member struct {
	key   string
	value any // see [appendJSON]
}

// A list is a JSON array.
type list []any

// obj returns the object of the given keys and values, in turn.
func obj(pairs ...any) object {
	o := make(object, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		o = append(o, member{pairs[i].(string), pairs[i+1]})
	}
	return o
}

// items returns a list in the form of EC2's older calls, in which an empty one is an empty object.
func items(elems ...any) object {
	if len(elems) == 0 {
		return object{}
	}
	return obj("items", list(elems))
}

// get returns the value of a member, nil if there is none.
func (o object) get(key string) any {
	for _, m := range o {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// set returns the object with a member set: in its place, or at the end. As append does, it may
// change o.
func (o object) set(key string, value any) object {
	for i := range o {
		if o[i].key == key {
			o[i].value = value
			return o
		}
	}
	return append(o, member{key, value})
}

// without returns a copy of the object that lacks the keys.
func (o object) without(keys ...string) object {
	var rest object
	for _, m := range o {
		if !slices.Contains(keys, m.key) {
			rest = append(rest, m)
		}
	}
	return rest
}

// appendJSON appends the text of v as CloudTrail writes it: without spaces, and with <, > and &
// as they are. The types are those of the composite values above, and nil, bool, string, int and
// int64.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case string:
		return appendString(b, v)
	case list:
		b = append(b, '[')
		for i, elem := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, elem)
		}
		return append(b, ']')
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, m.key), ':')
			b = appendJSON(b, m.value)
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("synth: no JSON form for %T", v))
}

func appendString(b []byte, s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("synth: " + err.Error()) // no string has no JSON form
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// text returns v as JSON text: the form of IAM documents in parameters.
func text(v any) string { return string(appendJSON(nil, v)) }

// percentEncoded returns v as percent-encoded JSON text: the form of IAM documents in responses.
func percentEncoded(v any) string { return strings.ReplaceAll(url.QueryEscape(text(v)), "+", "%20") }

// statement returns a policy document with one statement, whose members are given.
func statement(pairs ...any) object {
	return obj("Version", "2012-10-17", "Statement", list{obj(pairs...)})
}
