package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/countertrail/countertrail/internal/panics"
)

// All returns a [Notifier] that tells every one of ns, at the same time, and waits for them all: a
// channel that is slow takes nothing from the time that ctx leaves the others. None sees a difference
// when another fails or panics. The error joins theirs, in the order of ns, so it wraps
// [ErrTemporary] if one of them does; to try again, wrap each of ns and not the result, or those that
// were told are told twice.
//
// Nobody is told once ctx is done. All of nothing tells nobody and succeeds.
func All(ns ...Notifier) Notifier { return all(slices.Clone(ns)) }

type all []Notifier

func (ns all) Notify(ctx context.Context, m *Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("notify: nobody was told: %w", err)
	}
	errs := make([]error, len(ns))
	var wg sync.WaitGroup
	for i, n := range ns {
		wg.Go(func() {
			errs[i] = fmt.Errorf("notify: a notifier (%T) ended its goroutine", n) // holds if tell does not return
			errs[i] = tell(ctx, n, m)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// tell notifies n and turns a panic into an error.
func tell(ctx context.Context, n Notifier, m *Message) (err error) {
	defer func() {
		var p *panics.Error
		if errors.As(err, &p) {
			err = fmt.Errorf("notify: a notifier (%T) %w", n, err)
		}
	}()
	defer panics.Recover(&err)
	return n.Notify(ctx, m)
}
