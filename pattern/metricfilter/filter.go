package metricfilter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern"
)

// A Filter is a metric filter that was read. Parse returns one that is immutable and safe for concurrent use; only
// UnmarshalText changes a Filter.
//
// The nil *Filter and the zero Filter match nothing, and their source is empty. Since no filter has an empty source,
// UnmarshalText does not accept what MarshalText returns for them.
type Filter struct {
	source string
	root   expression
}

// Parse reads the source of a filter, which is a JSON filter pattern of CloudWatch Logs with its braces. The package
// documentation has the grammar and the limits.
//
// An error is always a *SyntaxError.
func Parse(src string) (*Filter, error) {
	root, err := parse(src)
	if err != nil {
		return nil, err
	}
	return &Filter{src, root}, nil
}

// Match reports whether the filter matches a log event, which is one JSON object. The log event of a CloudTrail trail is a
// record, which in an event of EventBridge stands under "detail".
//
// It fails if the log event is not exactly one JSON object. Of members with the same name it sees the last. It takes time
// proportional to the length of the log event, times the number of terms.
func (f *Filter) Match(event []byte) (bool, error) {
	root, err := decode(event)
	if err != nil {
		return false, fmt.Errorf("metricfilter: log event: %w", err)
	}
	return f != nil && f.root != nil && f.root.match(root), nil
}

// decode reads a JSON object, with its numbers as they are spelled.
func decode(event []byte) (map[string]any, error) {
	if !utf8.Valid(event) {
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	var root any
	if err := d.Decode(&root); err != nil {
		return nil, err
	}
	object, ok := root.(map[string]any)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("text after the object")
	}
	return object, nil
}

// Pattern returns the event pattern that matches the events in which CloudTrail delivers to EventBridge the records that
// the filter matches. Its source is compact JSON. The package documentation says where the two can still differ.
//
// If there is no such pattern, or none within the limits of PutRule, the error is a *TranslateError, which says which term
// is in the way.
func (f *Filter) Pattern() (*pattern.Pattern, error) {
	if f == nil || f.root == nil {
		return nil, &TranslateError{Reason: "there is no filter"}
	}
	return translate(f.root)
}

// String returns the source of the filter as it was given to Parse.
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	return f.source
}

// MarshalText returns the source of the filter. It never fails.
func (f *Filter) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the source of a filter, so that a Filter can be a field of a configuration. It must not be called
// while the filter is in use. If it fails, with a *SyntaxError, the filter stays as it was.
func (f *Filter) UnmarshalText(text []byte) error {
	g, err := Parse(string(text))
	if err != nil {
		return err
	}
	*f = *g
	return nil
}
