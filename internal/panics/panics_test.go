package panics_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/internal/panics"
)

// call returns what f returns or panics with.
func call(f func() error) (err error) {
	defer panics.Recover(&err)
	return f()
}

func crash(with any) error { panic(with) }

func TestRecover(t *testing.T) {
	odd := errors.New("odd")
	for _, f := range []func() error{func() error { return nil }, func() error { return odd }} {
		if got, want := call(f), f(); got != want {
			t.Errorf("without a panic: %v, want %v", got, want)
		}
	}
	for _, tt := range []struct {
		f            func() error
		want, reason string
	}{
		{func() error { return crash("https://example.com/?token=secret") }, "panicked with a string", "the value may be a secret"},
		{func() error { return crash(errors.New("secret")) }, "panicked with a *errors.errorString", "and so may the text of an error"},
		{func() error { var none []int; return crash(none[len(none)]) }, "panicked: runtime error: index out of range [0] with length 0", "the runtime's own text is safe"},
		{func() error { return crash(nil) }, "panicked: " + new(runtime.PanicNilError).Error(), "a panic without a value is one"},
	} {
		err := call(tt.f)
		var e *panics.Error
		if !errors.As(err, &e) || err.Error() != tt.want {
			t.Errorf("error %v, want %q; %s", err, tt.want, tt.reason)
			continue
		}
		if !strings.Contains(string(e.Stack), "panics_test.go") || strings.Contains(string(e.Stack), "secret") {
			t.Errorf("%s: the stack does not lead here, or tells the value:\n%s", tt.want, e.Stack)
		}
	}
}
