package pattern

import (
	"fmt"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// A SyntaxError says why the source of a pattern is not valid.
type SyntaxError struct {
	// Reason is what is wrong, in the words of EventBridge.
	Reason string

	// Path is the dotted path of the field in which the error is, such as "detail.errorCode". It is empty at the root.
	Path string

	// Offset is where in the source the error is: the byte offset of the token to be looked at. EventBridge itself reports
	// how far its JSON reader has got, which is often behind that token; see AWSMessage.
	Offset int

	err *syntax.Error
}

func newSyntaxError(err error) *SyntaxError {
	e := err.(*syntax.Error)
	return &SyntaxError{Reason: e.Reason, Path: e.Path, Offset: e.Offset, err: e}
}

// Error returns the path and the reason: "pattern: detail.errorCode: Empty arrays are not allowed".
func (e *SyntaxError) Error() string {
	if e.Path == "" {
		return "pattern: " + e.Reason
	}
	return "pattern: " + e.Path + ": " + e.Reason
}

// AWSMessage returns the message of the InvalidEventPatternException with which EventBridge answers to the pattern: the
// reason, and for most reasons one or two lines with the pattern and a line and column. It is meant for comparing an answer of
// the service with that of this package. Reasons are exact; of the columns, those for text that is no JSON at all depend on
// the version of the service's JSON reader. (To a pattern of more than 4096 characters the service answers with a
// ValidationException, and to an empty list inside anything-but with an internal error; the message is then this package's.)
func (e *SyntaxError) AWSMessage() string {
	if e.err == nil {
		return "Event pattern is not valid. Reason: " + e.Reason
	}
	return e.err.Message()
}

// An EventError says why there is no answer for an event.
type EventError struct {
	// Reason is what is wrong with the event.
	Reason string

	// Offset is where in the event it was found, in bytes.
	Offset int

	// Hostile says that the event is a JSON object, as far as it was read, but that it has so many arrays of objects under one path that finding a
	// choice of elements which satisfies a pattern takes too long. It needs duplicate keys, keys that contain dots, or arrays
	// within arrays, in the very places that a pattern names. No event that AWS is known to send comes near it. There is no
	// answer then, neither yes nor no, because a wrong one could hide an attack.
	Hostile bool
}

func (e *EventError) Error() string {
	if e.Hostile {
		return "pattern: event: " + e.Reason
	}
	return fmt.Sprintf("pattern: event is not a JSON object: offset %d: %s", e.Offset, e.Reason)
}
