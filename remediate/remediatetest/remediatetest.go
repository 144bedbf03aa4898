// Package remediatetest holds remediators to the contract of package remediate.
//
// A test of a remediator describes a world in which it has something to do, on a fake of the service
// that behaves as AWS documents, and calls [Run]. Each failure names the law that was broken. The
// laws bring about what goes wrong in practice: calls that are throttled or denied, at every place;
// a context that is cancelled in the middle; an event that comes twice at once, or from another
// account; a state that somebody changed between plan and application; records that were made to
// break their readers.
package remediatetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/internal/panics"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A Harness describes what a remediator can meet, by names that say what. Each function returns a
// new [World] on every call, and those that one of them returns are all alike. Together, the worlds
// must lead the remediator to every action that its Spec declares.
type Harness struct {
	Worlds map[string]func() *World
}

// A World is a remediator that works on a fake, and a finding for which it plans at least one step.
//
// The fake's functions are called from several goroutines at once. Pauses between the remediator's
// reads should be set to next to nothing: the laws wait for them.
type World struct {
	Remediator remediate.Remediator
	Finding    rule.Finding

	// State returns what there is in the fake of all that the remediator could change, as a value
	// that encoding/json writes. Two states are the same if they are written the same.
	State func() any

	// Hook sets what the fake calls before each call that is made of it, with the IAM action of the
	// call; if that returns an error, the call fails with it and changes nothing. A nil hook means
	// none.
	Hook func(hook func(action string) error)

	// Meddle changes, as somebody else would, what the remediator is about to change, or has
	// changed, so that what it knows of that is no longer true: in most fakes, it deletes the
	// resource or gives it a value that is neither the one before nor the one after.
	Meddle func()

	// Throttled and Denied are the errors by which the service says so. The default is a
	// [smithy.GenericAPIError] of ThrottlingException and of AccessDeniedException.
	Throttled, Denied error

	// Secrets are what is in the fake and must not be in a plan, a receipt or an error.
	Secrets []string
}

func (w *World) throttled() error { return apiError(w.Throttled, "ThrottlingException") }
func (w *World) denied() error    { return apiError(w.Denied, "AccessDeniedException") }

func apiError(err error, code string) error {
	if err != nil {
		return err
	}
	return &smithy.GenericAPIError{Code: code, Message: "a message"}
}

// Run runs a test for each world and law.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if len(h.Worlds) == 0 {
		t.Fatal("remediatetest: the harness has no worlds")
	}
	for name, newWorld := range h.Worlds {
		t.Run(name, func(t *testing.T) {
			for _, l := range laws {
				t.Run(l.name, func(t *testing.T) {
					if err := l.check(newWorld); err != nil {
						t.Errorf("%s: %v", l.says, err)
					}
				})
			}
		})
	}
	t.Run(reached.name, func(t *testing.T) {
		if err := checkReached(h); err != nil {
			t.Errorf("%s: %v", reached.says, err)
		}
	})
}

// Test returns what [Run] would report, as one error; nil if every law holds.
func Test(h Harness) error {
	var errs []error
	if len(h.Worlds) == 0 {
		errs = append(errs, errors.New("remediatetest: the harness has no worlds"))
	}
	broken := func(world string, l law, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("remediatetest: %s%s: %s: %w", world, l.name, l.says, err))
		}
	}
	for name, newWorld := range h.Worlds {
		for _, l := range laws {
			broken(name+"/", l, l.check(newWorld))
		}
	}
	broken("", reached, checkReached(h))
	return errors.Join(errs...)
}

// A law is one thing that is asked of every remediator.
type law struct {
	name string
	says string // in a sentence without a full stop
	test func(newWorld func() *World) error
}

// check returns how the law is broken; a panic breaks every law.
func (l law) check(newWorld func() *World) (err error) {
	defer panics.Recover(&err)
	return l.test(newWorld)
}
