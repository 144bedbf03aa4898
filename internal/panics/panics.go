// Package panics turns the panics of code that is not ours into errors.
package panics

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// An Error says that a function panicked. Its text holds what the Go runtime panics with and no
// other value: what foreign code panics with may hold a secret that it was using.
type Error struct {
	text  string
	Stack []byte // where it panicked, as [debug.Stack] has it
}

func (e *Error) Error() string { return e.text }

// Recover, when deferred, stops a panic and sets *err to the [*Error] of it.
func Recover(err *error) {
	value := recover()
	if value == nil {
		return
	}
	e := &Error{text: fmt.Sprintf("panicked with a %T", value), Stack: debug.Stack()}
	if r, ok := value.(runtime.Error); ok {
		e.text = "panicked: " + r.Error()
	}
	*err = e
}
