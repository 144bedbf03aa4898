package assume

import (
	"context"
	"sync/atomic"
)

// A cell holds a value that one goroutine at a time gets, and that all others wait for or use.
type cell[T any] struct {
	turn  chan struct{} // of capacity one: a mutex on which one can wait with a context
	value atomic.Pointer[T]
}

func newCell[T any]() cell[T] { return cell[T]{turn: make(chan struct{}, 1)} }

// get returns the value if there is a good one, and otherwise the one that fetch returns. What fetch
// fails with is not kept: whoever waited tries for himself, with his own context.
func (c *cell[T]) get(ctx context.Context, good func(*T) bool, fetch func(context.Context) (*T, error)) (*T, error) {
	if v := c.value.Load(); v != nil && good(v) {
		return v, nil
	}
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-c.turn }()
	if v := c.value.Load(); v != nil && good(v) {
		return v, nil
	}
	v, err := fetch(ctx)
	if err != nil {
		return nil, err
	}
	c.value.Store(v)
	return v, nil
}
