package remediatetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// otherAccount is an account that no world should be in.
const otherAccount = "999988887777"

// The laws of what goes wrong.
var faults = []law{
	{"throttled", "a call that is throttled ends in ErrTemporary", func(w func() *World) error {
		return failing(w, (*World).throttled, remediate.ErrTemporary)
	}},
	{"denied", "a call that is denied ends in ErrDenied", func(w func() *World) error {
		return failing(w, (*World).denied, remediate.ErrDenied)
	}},
	{"partial", "a receipt tells of exactly the steps that were done before the one that failed", partial},
	{"cancelled", "nothing is written once the context has ended", cancelled},
	{"another-account", "an event of another account than the resource's is not acted on", anotherAccount},
	{"duplicate", "of an event that comes several times at once, one is acted on", duplicate},
	{"delayed", "an event that comes when all is fixed leads to no write", delayed},
	{"hostile", "no record makes Plan panic, write, or hand an option or a file to a command", hostile},
}

// failing has every call fail in turn, and all after it.
func failing(newWorld func() *World, fault func(*World) error, want error) error {
	undisturbed := observe(newWorld)
	whole, err := undisturbed.plan()
	if err != nil {
		return err
	}
	for n := range undisturbed.made() {
		o := observe(newWorld)
		o.watch(from(n, fault(o.World)))
		p, err := o.plan()
		// A read may be one that it can do without.
		if err == nil && p.String() != whole.String() || err != nil && !errors.Is(err, want) {
			return fmt.Errorf("call %d of Plan: the error is %v", n+1, err)
		}
	}
	for n := 0; ; n++ {
		o := observe(newWorld)
		p, err := o.automatic()
		if err != nil || len(p.Steps) == 0 {
			return err
		}
		o.watch(from(n, fault(o.World)))
		r, err := o.apply(p)
		calls := len(o.made())
		if calls <= n {
			return nil // it was through before
		}
		if !errors.Is(err, want) {
			return fmt.Errorf("call %d of Apply: the error is %v", n+1, err)
		}
		if r != nil && slices.ContainsFunc(r.Steps, func(s remediate.StepResult) bool { return s.Status == remediate.StepFailed && s.Error == "" }) {
			return fmt.Errorf("call %d of Apply: the receipt does not say why a step failed", n+1)
		}
	}
}

// from returns what makes every call fail with err as of the one with number n.
func from(n int, err error) func(int, string) error {
	return func(i int, _ string) error {
		if i >= n {
			return err
		}
		return nil
	}
}

func partial(newWorld func() *World) error {
	for n := 0; ; n++ {
		o := observe(newWorld)
		p, err := o.automatic()
		if err != nil || n >= len(p.Steps) {
			return err
		}
		writes := 0
		o.watch(func(_ int, action string) error {
			if !o.isWrite(action) {
				return nil
			}
			writes++
			if writes > n {
				return o.denied()
			}
			return nil
		})
		r, err := o.apply(p)
		if writes <= n {
			return nil // fewer calls than steps
		}
		if err == nil || r == nil {
			return fmt.Errorf("write %d failed, and there is no error or no receipt: %v", n+1, err)
		}
		done := 0
		for i, s := range r.Steps {
			if s.Status == remediate.StepDone {
				done++
			}
			if last := i == len(r.Steps)-1; (s.Status == remediate.StepFailed) != last {
				return fmt.Errorf("write %d failed, and the receipt says of step %d: %s", n+1, i+1, s.Status)
			}
		}
		if done > n {
			return fmt.Errorf("write %d failed, and the receipt tells of %d steps that were done", n+1, done)
		}
		if r.Changed() != (done > 0) {
			return fmt.Errorf("write %d failed, and the receipt contradicts itself", n+1)
		}
	}
}

func cancelled(newWorld func() *World) error {
	for n := -1; ; n++ {
		o := observe(newWorld)
		p, err := o.automatic()
		if err != nil || len(p.Steps) == 0 {
			return err
		}
		ctx, cancel := context.WithCancel(context.Background())
		if n < 0 {
			cancel() // before the first call
		}
		var late []string
		o.watch(func(i int, action string) error {
			if ctx.Err() != nil {
				if o.isWrite(action) {
					late = append(late, action)
				}
				return ctx.Err()
			}
			if i == n {
				cancel() // while the call is under way, which succeeds
			}
			return nil
		})
		_, err = o.Remediator.Apply(ctx, p)
		through := n >= 0 && ctx.Err() == nil
		calls := len(o.made())
		cancel()
		switch {
		case len(late) > 0:
			return fmt.Errorf("cancelled at call %d, it called %q after that", n+1, late)
		case through:
			return nil
		case err == nil && n < 0:
			return errors.New("cancelled before the first call, it returned no error")
		case err != nil && !errors.Is(err, context.Canceled):
			return fmt.Errorf("cancelled at call %d of %d, the error is not the context's: %w", n+1, calls, err)
		}
	}
}

func anotherAccount(newWorld func() *World) error {
	o := observe(newWorld)
	f := o.Finding
	e, rec := *f.Event, *f.Record
	e.Account, rec.RecipientAccountID = otherAccount, otherAccount
	f.Event, f.Record = &e, &rec
	state := o.state()
	p, err := o.Remediator.Plan(context.Background(), f)
	if err == nil && p != nil && len(p.Automatic().Steps) > 0 {
		return fmt.Errorf("the plan is %s", p)
	}
	return o.noWrite(state)
}

// engine returns one that lets everything pass which it can let pass.
func engine() *remediate.Engine {
	return remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, MaxRisk: remediate.High, MaxAge: math.MaxInt64})
}

func duplicate(newWorld func() *World) error {
	o := observe(newWorld)
	p, _, err := o.applied()
	if err != nil || len(p.Steps) == 0 {
		return err
	}
	once := len(o.writes())
	fixed := o.state()

	o = observe(newWorld)
	e := engine()
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		all []error
	)
	for range 8 {
		wg.Go(func() {
			if res := e.Run(context.Background(), o.Remediator, o.Finding); res.Err != nil {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, res.Err)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(all...); err != nil {
		return err
	}
	if n := len(o.writes()); n != once {
		return fmt.Errorf("it made %d writes, and %d for an event that comes once", n, once)
	}
	if o.spec.Risk == remediate.Unrated {
		return errors.New("its risk is unrated, so that no engine will apply it")
	}
	return o.sameState(fixed)
}

func delayed(newWorld func() *World) error {
	o := observe(newWorld)
	if _, r, err := o.applied(); err != nil || r == nil {
		return err
	}
	fixed := o.state()
	o.watch(nil)
	// The engine does not know of what was done.
	res := engine().Run(context.Background(), o.Remediator, o.Finding)
	if res.Err != nil || res.Outcome != remediate.NothingToDo && res.Outcome != remediate.Suggested {
		return fmt.Errorf("the outcome is %s: %s", res.Outcome, res.Reason)
	}
	return o.noWrite(fixed)
}

func hostile(newWorld func() *World) error {
	for what, f := range hostileFindings(newWorld().Finding) {
		o := observe(newWorld)
		state := o.state()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		p, err := o.Remediator.Plan(ctx, f)
		cancel()
		if err == nil && p == nil {
			return fmt.Errorf("%s: Plan returned neither a plan nor an error", what)
		}
		if err := o.noWrite(state); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if err != nil {
			if len(err.Error()) > 4096 {
				return fmt.Errorf("%s: the error has %d bytes", what, len(err.Error()))
			}
			continue
		}
		for _, s := range p.Steps {
			if word := dangerous(s.Command); word != "" {
				return fmt.Errorf("%s: the command holds %q: %s", what, word, s.Command)
			}
		}
	}
	return nil
}

// hostileFindings returns findings like f whose records were made to break their readers, by what is
// wrong with them.
func hostileFindings(f rule.Finding) map[string]rule.Finding {
	findings := map[string]rule.Finding{
		"nothing at all":     {},
		"no record":          {Rule: f.Rule, Event: f.Event},
		"no event":           {Rule: f.Rule, Record: f.Record},
		"an empty record":    {Rule: f.Rule, Event: f.Event, Record: &event.Record{}},
		"no rule":            {Event: f.Event, Record: f.Record},
		"a record with call": {Event: &event.Event{}, Record: &event.Record{EventSource: f.Record.EventSource, EventName: f.Record.EventName}},
	}
	for what, body := range hostileBodies(f.Record.RequestParameters) {
		rec := *f.Record
		rec.RequestParameters = body
		findings["requestParameters: "+what] = rule.Finding{Rule: f.Rule, Event: f.Event, Record: &rec}
	}
	for what, body := range hostileBodies(f.Record.ResponseElements) {
		rec := *f.Record
		rec.ResponseElements = body
		findings["responseElements: "+what] = rule.Finding{Rule: f.Rule, Event: f.Event, Record: &rec}
	}
	return findings
}
