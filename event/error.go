package event

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotCloudTrail is wrapped by the error of [Event.CloudTrail] for an event whose detail is
// not a CloudTrail record.
var ErrNotCloudTrail = errors.New("not a CloudTrail event")

// A ParseError says where a text is not what it should be. It is the error of [Parse], of
// [Event.CloudTrail] and, inside a [RecordError], of [ReadLog].
//
// It wraps Err, which is a [*FormError] where the text is of another known form, and which wraps
// [io.ErrUnexpectedEOF] where the text ends too early.
type ParseError struct {
	// Path leads to the value that is wrong: member names joined by dots, indexes in brackets,
	// as in "detail.resources[0].ARN". It is empty for the text as a whole.
	Path string
	// Offset is where the value begins, or where its syntax breaks: bytes from the start of the
	// event, or of the uncompressed text of a log.
	Offset int64
	Err    error
}

func (e *ParseError) Error() string { return "event: " + e.text() }

// text returns the text of the error without the name of the package.
func (e *ParseError) text() string {
	var path string
	if e.Path != "" {
		path = e.Path + ": "
	}
	return fmt.Sprintf("%s%v (at offset %d)", path, e.Err, e.Offset)
}

func (e *ParseError) Unwrap() error { return e.Err }

// A FormError says that a text is something else than it should be. It tells an input of another
// kind, which is often as it should be, from a damaged one.
type FormError struct {
	Got  Form
	Want Form
}

func (e *FormError) Error() string {
	return fmt.Sprintf("want %s, got %s", e.Want, e.Got)
}

// maxQuoted is how many runes of a name or value an error quotes. The longest name of a member
// that a record is known to have is 28 runes; what is longer was made up by somebody.
const maxQuoted = 64

// A step is one step of a path.
type step struct {
	name  string
	index int // of an element; -1 for a member, which has a name
}

// joinPath returns a path in the notation of [ParseError]. Names that could be mistaken for
// something else are quoted, since some objects have members that a caller named.
func joinPath(steps []step) string {
	var b strings.Builder
	for i, s := range steps {
		switch {
		case s.index >= 0:
			fmt.Fprintf(&b, "[%d]", s.index)
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if plainName(s.name) {
			b.WriteString(s.name)
		} else {
			fmt.Fprintf(&b, "%.*q", maxQuoted, s.name)
		}
	}
	return b.String()
}

func plainName(name string) bool {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
	}
	return name != "" && len(name) <= maxQuoted && strings.TrimFunc(name, plain) == ""
}
