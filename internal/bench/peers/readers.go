package peers

import (
	"encoding/json"
	"errors"

	"github.com/tidwall/gjson"
	"github.com/valyala/fastjson"
)

// readers holds the ways to read from an event the fields for which the fifteen controls ask: what a
// matcher costs that is built on a JSON library and needs no time for itself. The standard library's
// check that an event is JSON stands among them.
var readers = []Peer{
	{Name: "json.Valid", Reads: true, Build: reader(func() read { return validate })},
	{Name: "encoding/json", Reads: true, Build: reader(func() read { return readAny })},
	{Name: "gjson", Reads: true, Build: reader(func() read { return readGJSON })},
	{Name: "fastjson", Reads: true, Build: reader(newFastJSON)},
	{Name: "sonic", Reads: true, Build: reader(func() read { return readSonic })},
}

// paths holds the fields for which the fifteen controls ask.
var paths = [][]string{
	{"source"}, {"detail-type"},
	{"detail", "eventSource"}, {"detail", "eventName"}, {"detail", "eventType"}, {"detail", "errorCode"},
	{"detail", "errorMessage"}, {"detail", "sourceIPAddress"}, {"detail", "userIdentity", "type"},
	{"detail", "userIdentity", "invokedBy"}, {"detail", "additionalEventData", "MFAUsed"},
	{"detail", "responseElements", "ConsoleLogin"},
}

// A read reads the texts at the paths and returns them boiled down to a number.
type read func(event []byte) (int32, error)

// A readingMatcher is a read that takes the place of a matcher.
type readingMatcher struct {
	newRead func() read
	read    read
}

func reader(newRead func() read) func([]string, func()) (Matcher, error) {
	return func([]string, func()) (Matcher, error) { return &readingMatcher{newRead, newRead()}, nil }
}

func (m *readingMatcher) AppendMatches(dst []int32, event []byte) ([]int32, error) {
	n, err := m.read(event)
	return append(dst, n), err
}

func (m *readingMatcher) Clone() Matcher { return &readingMatcher{m.newRead, m.newRead()} }

// digest adds a text to what others were boiled down to. It must cost next to nothing.
func digest[T string | []byte](d int32, text T) int32 {
	if d *= 31; len(text) > 0 {
		d += int32(len(text))<<8 + int32(text[0]) + int32(text[len(text)-1])
	}
	return d
}

var errNotJSON = errors.New("not JSON")

func validate(event []byte) (int32, error) {
	if !json.Valid(event) {
		return 0, errNotJSON
	}
	return 0, nil
}

func readAny(event []byte) (int32, error) {
	var root any
	if err := json.Unmarshal(event, &root); err != nil {
		return 0, err
	}
	var d int32
	for _, path := range paths {
		v := root
		for _, key := range path {
			o, _ := v.(map[string]any)
			v = o[key]
		}
		text, _ := v.(string)
		d = digest(d, text)
	}
	return d, nil
}

// gjsonPaths holds paths in the syntax of gjson.
var gjsonPaths = func() (all []string) {
	for _, path := range paths {
		text := path[0]
		for _, key := range path[1:] {
			text += "." + key
		}
		all = append(all, text)
	}
	return all
}()

func readGJSON(event []byte) (int32, error) {
	var d int32
	for _, path := range gjsonPaths {
		d = digest(d, gjson.GetBytes(event, path).Str)
	}
	return d, nil
}

func newFastJSON() read {
	var parser fastjson.Parser // keeps its memory
	return func(event []byte) (int32, error) {
		root, err := parser.ParseBytes(event)
		if err != nil {
			return 0, err
		}
		var d int32
		for _, path := range paths {
			d = digest(d, root.GetStringBytes(path...))
		}
		return d, nil
	}
}
