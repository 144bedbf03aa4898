package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/panics"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// An Exception says what is left as it is, by whose word and until when. It holds where all of its
// criteria do that are set; rules still fire there, and people are still told. It is data, and reads
// from JSON.
type Exception struct {
	// Pattern is matched against the event as EventBridge delivers it.
	Pattern *pattern.Pattern `json:"pattern,omitempty"`
	// Principals are the ARNs of callers: of users, of roles with their paths, or of sessions.
	// Resources are the ARNs that plans would change; one that the exception is for exempts the
	// whole plan. An ARN that ends in "*" stands for all that begin like it.
	Principals []string `json:"principals,omitempty"`
	Resources  []string `json:"resources,omitempty"`
	// Tags are tags that a resource of the plan has now, all of them; a "*" is any value. They are
	// read through [TagReader]. Where they cannot be read, nothing is done.
	Tags map[string]string `json:"tags,omitempty"`

	Owner   string    `json:"owner"`   // who answers for it
	Reason  string    `json:"reason"`  // why it is made
	Expires time.Time `json:"expires"` // when it ends; an exception that has expired is told of and ignored
}

// A TagReader is a Remediator that can read the tags, as they are now, of the resource of one of its
// steps. It reads only, and [Spec] declares the action.
type TagReader interface {
	Tags(ctx context.Context, s Step) (map[string]string, error)
}

// check returns an error if x is nobody's, for no reason, without end or without any criterion.
func (x *Exception) check() error {
	var errs []error
	if x.Owner == "" || x.Reason == "" {
		errs = append(errs, errors.New("it needs an owner and a reason"))
	}
	if x.Expires.IsZero() {
		errs = append(errs, errors.New("it never expires: say when it does"))
	}
	if x.Pattern == nil && len(x.Principals) == 0 && len(x.Resources) == 0 && len(x.Tags) == 0 {
		errs = append(errs, errors.New("it would hold for everything: say for what"))
	}
	return errors.Join(errs...)
}

// ofPlan reports whether x depends on the plan, and not on the event alone.
func (x *Exception) ofPlan() bool { return len(x.Resources) > 0 || len(x.Tags) > 0 }

// refusal returns the refusal of f for x.
func (x *Exception) refusal() *Refusal {
	return &Refusal{GuardException, fmt.Sprintf("an exception of %q holds until %s: %q",
		x.Owner, x.Expires.UTC().Format(time.RFC3339), x.Reason)}
}

// matchesEvent reports whether the criteria of x hold that the event decides. A pattern that cannot
// be answered, which only events do that were made for it, counts as holding: nothing is done.
func (x *Exception) matchesEvent(f rule.Finding) bool {
	return (len(x.Principals) == 0 || matchesAny(x.Principals, f.Record.UserIdentity.ARN, f.Record.UserIdentity.RoleARN())) &&
		matches(x.Pattern, f.Event)
}

// matches reports whether p, if there is one, matches e or cannot say.
func matches(p *pattern.Pattern, e *event.Event) bool {
	if p == nil {
		return true
	}
	ok, err := p.Match(e.Raw())
	return ok || err != nil
}

// matchesAny reports whether one of the values is, or begins like, one that is wanted.
func matchesAny(wanted []string, values ...string) bool {
	return slices.ContainsFunc(wanted, func(w string) bool {
		prefix, isPrefix := strings.CutSuffix(w, "*")
		return slices.ContainsFunc(values, func(v string) bool {
			return v != "" && (v == w || isPrefix && strings.HasPrefix(v, prefix))
		})
	})
}

// exceptEvent returns the refusal of the exception that f falls under by the event alone. One that
// has expired is noted in res.
func (e *Engine) exceptEvent(f rule.Finding, res *Result) *Refusal {
	for i := range e.opts.Exceptions {
		x := &e.opts.Exceptions[i]
		if !x.ofPlan() && x.matchesEvent(f) && !expired(x, res) {
			return x.refusal()
		}
	}
	return nil
}

// exceptPlan returns the refusal of the exception that p, made by r for f, falls under by what it
// would change.
func (e *Engine) exceptPlan(ctx context.Context, r Remediator, p *Plan, f rule.Finding, res *Result) *Refusal {
	for i := range e.opts.Exceptions {
		x := &e.opts.Exceptions[i]
		if !x.ofPlan() || !x.matchesEvent(f) {
			continue
		}
		for _, s := range p.Steps {
			if len(x.Resources) > 0 && !matchesAny(x.Resources, s.Resource) {
				continue
			}
			if expired(x, res) {
				break
			}
			if len(x.Tags) == 0 {
				return x.refusal()
			}
			tags, err := tagsOf(ctx, r, s)
			if err != nil {
				return &Refusal{GuardException, fmt.Sprintf("whether an exception of %q holds cannot be told, since the tags of %q cannot be read: %v",
					x.Owner, s.Resource, err)}
			}
			if hasTags(tags, x.Tags) {
				return x.refusal()
			}
		}
	}
	return nil
}

// expired reports whether x has ended, and if so notes that it would have held.
func expired(x *Exception, res *Result) bool {
	if time.Now().Before(x.Expires) {
		return false
	}
	res.note(fmt.Sprintf("an exception of %q has expired at %s and was ignored: %q",
		x.Owner, x.Expires.UTC().Format(time.RFC3339), x.Reason))
	return true
}

// tagsOf reads the tags of the resource of s through r.
func tagsOf(ctx context.Context, r Remediator, s Step) (tags map[string]string, err error) {
	reader, ok := r.(TagReader)
	if !ok {
		return nil, errors.New("the remediator reads no tags")
	}
	defer panics.Recover(&err)
	return reader.Tags(ctx, s)
}

// hasTags reports whether tags holds all that are wanted.
func hasTags(tags, wanted map[string]string) bool {
	for k, v := range wanted {
		if have, ok := tags[k]; !ok || v != "*" && v != have {
			return false
		}
	}
	return true
}
