package ec2fix

import (
	"context"
	"fmt"
	"time"
)

// A wait says how often and how far apart to read what may not show the latest change yet.
type wait struct {
	interval time.Duration
	reads    int
}

func newWait(interval time.Duration, reads int) wait {
	w := wait{2 * time.Second, 5}
	if interval > 0 {
		w.interval = interval
	}
	if reads > 0 {
		w.reads = reads
	}
	return w
}

// settleTime is how long after an event EC2 may be expected to show it late.
const settleTime = time.Minute

// recent reports whether EC2 may not show yet what happened at the time given.
func recent(at time.Time) bool { return !at.IsZero() && time.Since(at) < settleTime }

// readUntil reads the entries of t until done accepts them, and returns those that it read last.
func readUntil[E entry](ctx context.Context, k keeper[E], w wait, t target, done func([]E) bool) ([]E, error) {
	for read := 1; ; read++ {
		all, err := k.read(ctx, t)
		if err != nil || done(all) || read == w.reads {
			return all, err
		}
		pause := time.NewTimer(w.interval)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, fmt.Errorf("waiting for a change of %q to show: %w", t.arn(), ctx.Err())
		}
	}
}
