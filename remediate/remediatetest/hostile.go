package remediatetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// wholes are bodies that are wrong as a whole.
var wholes = []string{
	"", "null", "{}", "[]", `""`, "0", "true", `{"items":[]}`, "{", `{"":null}`, "\xff", `[null]`,
	`{"omitted":true,"originalSize":123456,"reason":"requestParameters too large"}`,
}

// values are what is put in the place of each value of a body.
var values = []string{
	"null", "0", "-1", "1e999", "true", `"true"`, `""`, "{}", "[]", `{"items":null}`, `{"items":[null,0,"",{}]}`, "[null]", "[[[[]]]]",
	`"--help"`, `"-x"`, `"file:///etc/passwd"`, `"fileb://x"`, `"http://192.0.2.1/"`, `"a\nb"`, `"a\u0000b"`, `"\u202e"`, `"*"`, `"$(id)"`, `"arn:"`,
	`"arn:aws:x:::"`, `"arn:aws:iam::999988887777:user/x"`, `"arn:::::::::::::"`, `"../.."`, `"` + strings.Repeat("a", 100<<10) + `"`,
}

// hostileBodies returns bodies like body with something wrong, by what that is.
func hostileBodies(body json.RawMessage) map[string]json.RawMessage {
	bodies := make(map[string]json.RawMessage)
	for _, w := range wholes {
		bodies[fmt.Sprintf("%q", w)] = json.RawMessage(w)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return bodies
	}
	for name := range members {
		for _, v := range values {
			bodies[fmt.Sprintf("%s: %.40s", name, v)] = object(edited(members, name, v))
		}
		bodies[name+": in a list of items"] = object(edited(members, name, `{"items":[`+string(members[name])+`]}`))
		absent := edited(members, name, "")
		bodies[name+": absent"] = object(absent)
		bodies[name+": in another case"] = object(edited(absent, strings.ToUpper(name), string(members[name])))
	}
	return bodies
}

// edited returns a copy of the members in which the one has another value, or in which it is absent if
// that is empty.
func edited(members map[string]json.RawMessage, name, value string) map[string]json.RawMessage {
	edited := maps.Clone(members)
	if edited[name] = json.RawMessage(value); value == "" {
		delete(edited, name)
	}
	return edited
}

// object returns the object with the members. It is written by hand: not all values are ones that
// encoding/json would write.
func object(members map[string]json.RawMessage) json.RawMessage {
	var list []string
	for name, value := range members {
		list = append(list, encode(name)+":"+string(value))
	}
	return json.RawMessage("{" + strings.Join(list, ",") + "}")
}

// dangerous returns a word of the command that means more to the AWS CLI than a value; empty if there is
// none. Options that are in values alone are looked for, since commands have some of their own.
func dangerous(command string) string {
	for _, word := range strings.Fields(command) {
		word = strings.TrimLeft(word, "'")
		for _, scheme := range []string{"file://", "fileb://", "http://", "https://"} {
			if strings.HasPrefix(word, scheme) {
				return word
			}
		}
		if word == "--help" || word == "-x" {
			return word
		}
	}
	return ""
}
