package remediate

import (
	"fmt"
	"sync"
	"time"
)

// A hop is an action on a resource.
type hop struct{ action, resource string }

// A use is one plan that was, or is being, applied.
type use struct {
	at   time.Time
	rule string
	hops []hop // none if the attempt changed nothing
}

// limits counts what was applied within a window of time. It holds no more uses than the budget.
type limits struct {
	mu    sync.Mutex
	uses  []*use // oldest first
	rules map[string]int
	hops  map[hop]int
	open  map[hop]time.Time // the breakers that tripped, and when each closes again
}

func newLimits() *limits {
	return &limits{rules: make(map[string]int), hops: make(map[hop]int), open: make(map[hop]time.Time)}
}

// take takes a unit of the budgets for a plan of the rule, or says why it may not.
func (l *limits) take(o *Options, ruleID string, p *Plan, now time.Time) (*use, *Refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget(now, o.Window)
	u := &use{at: now, rule: ruleID}
	for _, s := range p.Steps {
		u.hops = append(u.hops, hop{s.Action, s.Resource})
	}
	for _, h := range u.hops {
		if _, open := l.open[h]; !open && l.hops[h] >= o.MaxHops {
			l.open[h] = now.Add(o.Window)
		}
		if until, open := l.open[h]; open {
			return nil, &Refusal{GuardHops, fmt.Sprintf("%s on %q was done %d times within %s, so it is a loop or a quarrel: refused until %s",
				h.action, h.resource, o.MaxHops, o.Window, until.UTC().Format(time.RFC3339))}
		}
	}
	if len(l.uses) >= o.Budget {
		return nil, &Refusal{GuardBudget, fmt.Sprintf("%d plans were applied within %s", len(l.uses), o.Window)}
	}
	if l.rules[ruleID] >= o.RuleBudget {
		return nil, &Refusal{GuardBudget, fmt.Sprintf("%d plans were applied for the rule %q within %s", l.rules[ruleID], ruleID, o.Window)}
	}
	l.uses = append(l.uses, u)
	l.rules[ruleID]++
	for _, h := range u.hops {
		l.hops[h]++
	}
	return u, nil
}

// unchanged says that the attempt of u changed nothing, and so was no hop. The unit of the budget
// stays spent: an attempt that fails again and again must run into the budget.
func (l *limits) unchanged(u *use) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropHops(u)
}

// forget drops what is older than the window, and closes breakers whose time has come.
func (l *limits) forget(now time.Time, window time.Duration) {
	for len(l.uses) > 0 && now.Sub(l.uses[0].at) > window {
		u := l.uses[0]
		l.uses = l.uses[1:]
		decrement(l.rules, u.rule)
		l.dropHops(u)
	}
	for h, until := range l.open {
		if now.After(until) {
			delete(l.open, h)
		}
	}
}

func (l *limits) dropHops(u *use) {
	for _, h := range u.hops {
		decrement(l.hops, h)
	}
	u.hops = nil
}

// decrement takes one from the count under key, and the key when that leaves nothing.
func decrement[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}
