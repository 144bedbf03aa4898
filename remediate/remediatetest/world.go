package remediatetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/countertrail/countertrail/remediate"
)

// An observer is a world whose calls are counted, and whose calls a law can make fail.
type observer struct {
	*World
	spec remediate.Spec

	mu     sync.Mutex
	calls  []string
	before func(n int, action string) error // asked before the call number n, counted from 0; may be nil
}

// observe returns a new world, observed.
func observe(newWorld func() *World) *observer {
	o := &observer{World: newWorld()}
	o.spec = o.Remediator.Spec()
	o.Hook(func(action string) error {
		o.mu.Lock()
		n, before := len(o.calls), o.before
		o.calls = append(o.calls, action)
		o.mu.Unlock()
		if before == nil {
			return nil
		}
		return before(n, action)
	})
	return o
}

// watch forgets the calls so far, and has before asked before those to come.
func (o *observer) watch(before func(n int, action string) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls, o.before = nil, before
}

// made returns the calls so far.
func (o *observer) made() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.calls)
}

func (o *observer) isWrite(action string) bool { return !slices.Contains(o.spec.Reads, action) }

// writes returns the calls so far that are not declared to be reads.
func (o *observer) writes() []string {
	return slices.DeleteFunc(o.made(), func(a string) bool { return !o.isWrite(a) })
}

// noWrite returns an error if something was written, or the state is no longer the one given.
func (o *observer) noWrite(before []byte) error {
	if w := o.writes(); len(w) > 0 {
		return fmt.Errorf("it called %q", w)
	}
	return o.sameState(before)
}

// state returns the state as JSON.
func (o *observer) state() []byte {
	text, err := json.Marshal(o.State())
	if err != nil {
		panic(err)
	}
	return text
}

func (o *observer) sameState(want []byte) error {
	if got := o.state(); !bytes.Equal(got, want) {
		return fmt.Errorf("the state is %s, and was %s", got, want)
	}
	return nil
}

// plan returns the plan for the world's finding.
func (o *observer) plan() (*remediate.Plan, error) {
	p, err := o.Remediator.Plan(context.Background(), o.Finding)
	switch {
	case err != nil:
		return nil, fmt.Errorf("of Plan: %w", err)
	case p == nil:
		return nil, errors.New("of Plan: neither a plan nor an error")
	}
	return p, nil
}

// automatic returns the plan as an engine would apply it; it may have no steps.
func (o *observer) automatic() (*remediate.Plan, error) {
	p, err := o.plan()
	if err != nil {
		return nil, err
	}
	return p.Automatic(), nil
}

// apply applies p.
func (o *observer) apply(p *remediate.Plan) (*remediate.Receipt, error) {
	r, err := o.Remediator.Apply(context.Background(), p)
	switch {
	case err != nil:
		return r, fmt.Errorf("of Apply: %w", err)
	case r == nil:
		return nil, errors.New("of Apply: neither a receipt nor an error")
	}
	return r, nil
}

// applied plans and applies, and returns both; the receipt is nil if there is nothing to apply.
func (o *observer) applied() (*remediate.Plan, *remediate.Receipt, error) {
	p, err := o.automatic()
	if err != nil || len(p.Steps) == 0 {
		return p, nil, err
	}
	r, err := o.apply(p)
	return p, r, err
}
