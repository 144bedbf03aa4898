package remediate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// TestGuards holds when each guard refuses. Those of the call refuse before anything is read, in
// both modes; those of the plan refuse to enforce, and are told of when observing.
func TestGuards(t *testing.T) {
	const (
		roleARN     = "arn:aws:iam::123456789012:role/ops/responder"
		functionARN = "arn:aws:lambda:eu-west-1:123456789012:function:responder"
	)
	self := remediate.Self{RoleARN: roleARN, FunctionARN: functionARN, SourceIdentity: "responder"}
	rec := func(edit func(*event.Record)) func() rule.Finding {
		return func() rule.Finding { return finding(func(_ *event.Event, r *event.Record) { edit(r) }) }
	}
	env := func(edit func(*event.Event)) func() rule.Finding {
		return func() rule.Finding { return finding(func(e *event.Event, _ *event.Record) { edit(e) }) }
	}
	session := func(issuer string) func() rule.Finding {
		return rec(func(r *event.Record) {
			r.UserIdentity = event.UserIdentity{
				Type:           event.IdentityAssumedRole,
				SessionContext: &event.SessionContext{SessionIssuer: event.SessionIssuer{Type: "Role", ARN: issuer}},
			}
		})
	}
	function := func(arn string) func() rule.Finding {
		return rec(func(r *event.Record) { r.UserIdentity.InScopeOf = &event.InScopeOf{CredentialsIssuedTo: arn} })
	}
	at := func(age time.Duration) func() rule.Finding {
		return rec(func(r *event.Record) { r.EventTime = r.EventTime.Add(-age) })
	}
	step := func(edit func(*remediate.Step)) func(rule.Finding) (*remediate.Plan, error) {
		return func(f rule.Finding) (*remediate.Plan, error) {
			p := planFor(f, 2) // the second step counts as much as the first
			edit(&p.Steps[1])
			return p, nil
		}
	}
	yes, no := true, false

	tests := []struct {
		guard   string // empty: let pass
		reason  string
		finding func() rule.Finding
		plan    func(rule.Finding) (*remediate.Plan, error)
	}{
		{"", "a change like any other", rec(func(*event.Record) {}), nil},

		{remediate.GuardRecord, "nothing at all", func() rule.Finding { return rule.Finding{} }, nil},
		{remediate.GuardRecord, "not a CloudTrail event", func() rule.Finding { f := finding(); f.Record = nil; return f }, nil},
		{remediate.GuardRecord, "a record without an envelope", func() rule.Finding { f := finding(); f.Event = nil; return f }, nil},

		{remediate.GuardFailedCall, "an error code", rec(func(r *event.Record) { r.ErrorCode = "AccessDenied" }), nil},
		{remediate.GuardFailedCall, "a dry run is an error, too", rec(func(r *event.Record) { r.ErrorCode = "Client.DryRunOperation" }), nil},
		{remediate.GuardFailedCall, "a message without a code", rec(func(r *event.Record) { r.ErrorMessage = "Failed" }), nil},

		{remediate.GuardReadOnly, "said to be read-only", rec(func(r *event.Record) { r.ReadOnly = &yes }), nil},
		{"", "said not to be read-only", rec(func(r *event.Record) { r.ReadOnly = &no }), nil},

		{remediate.GuardSelf, "a session of our role", session(roleARN), nil},
		{"", "a session of a role whose name begins like ours", session(roleARN + "2"), nil},
		{"", "a role of our name and another path", session("arn:aws:iam::123456789012:role/responder"), nil},
		{"", "a role of our name in another account", session("arn:aws:iam::111122223333:role/ops/responder"), nil},
		{remediate.GuardSelf, "credentials of our function", function(functionARN), nil},
		{remediate.GuardSelf, "a version of our function", function(functionARN + ":7"), nil},
		{"", "a function whose name begins like ours", function(functionARN + "2"), nil},
		{"", "credentials of no function", function(""), nil},
		{remediate.GuardSelf, "our source identity", rec(func(r *event.Record) {
			r.UserIdentity.SessionContext = &event.SessionContext{SourceIdentity: "responder"}
		}), nil},
		{"", "no source identity", rec(func(r *event.Record) { r.UserIdentity.SessionContext = &event.SessionContext{} }), nil},
		{"", "a user agent is anybody's to send", rec(func(r *event.Record) { r.UserAgent = roleARN + " responder " + functionARN }), nil},

		{remediate.GuardReplay, "from an archive", env(func(e *event.Event) { e.ReplayName = "again" }), nil},

		{"", "as old as may be", at(24 * time.Hour), nil},
		{remediate.GuardAge, "older", at(24*time.Hour + time.Second), nil},
		{"", "ahead of our clock by no more than clocks are off", at(-5 * time.Minute), nil},
		{remediate.GuardAge, "of the future", at(-5*time.Minute - time.Second), nil},
		{"", "no time of its own, but one of the envelope", rec(func(r *event.Record) { r.EventTime = time.Time{} }), nil},
		{remediate.GuardAge, "no time", func() rule.Finding {
			return finding(func(e *event.Event, r *event.Record) { e.Time, r.EventTime = time.Time{}, time.Time{} })
		}, nil},

		{remediate.GuardScope, "no account", env(func(e *event.Event) { e.Account = "" }), nil},
		{remediate.GuardScope, "no account, and a resource without one", func() rule.Finding {
			return finding(func(e *event.Event, r *event.Record) { e.Account, r.RecipientAccountID = "", "" })
		}, func(f rule.Finding) (*remediate.Plan, error) {
			p := planFor(f, 1)
			p.Steps[0].Resource = "arn:aws:s3:::example-bucket"
			return p, nil
		}},
		{remediate.GuardScope, "the record is of another account", rec(func(r *event.Record) { r.RecipientAccountID = "111122223333" }), nil},
		{remediate.GuardScope, "the record is of another Region", rec(func(r *event.Record) { r.AWSRegion = "us-east-1" }), nil},
		{"", "an old record, which tells neither", rec(func(r *event.Record) { r.RecipientAccountID, r.AWSRegion = "", "" }), nil},
		{remediate.GuardScope, "a step on another account's resource", nil,
			step(func(s *remediate.Step) { s.Resource = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main" })},
		{"", "a step on a resource whose ARN tells no account", nil,
			step(func(s *remediate.Step) { s.Resource = "arn:aws:s3:::example-bucket" })},
		{remediate.GuardScope, "a step on something without an ARN", nil, step(func(s *remediate.Step) { s.Resource = "main" })},
		{remediate.GuardScope, "a step on nothing", nil, step(func(s *remediate.Step) { s.Resource = "" })},
		{remediate.GuardScope, "a step in another Region", nil, step(func(s *remediate.Step) { s.Region = "us-east-1" })},
		{remediate.GuardScope, "a step in no Region", nil, step(func(s *remediate.Step) { s.Region = "" })},
	}
	ofCall := map[string]bool{remediate.GuardRecord: true, remediate.GuardFailedCall: true, remediate.GuardReadOnly: true, remediate.GuardSelf: true}
	for _, tt := range tests {
		if tt.finding == nil {
			tt.finding = func() rule.Finding { return finding() }
		}
		synctest.Test(t, func(t *testing.T) { // the clock stands still
			for _, mode := range []remediate.Mode{remediate.Observe, remediate.Enforce} {
				want := remediate.Planned
				switch {
				case tt.guard != "" && (mode == remediate.Enforce || ofCall[tt.guard]):
					want = remediate.Refused
				case mode == remediate.Enforce:
					want = remediate.Applied
				}
				r := &fake{plan: tt.plan}
				res := remediate.NewEngine(&remediate.Options{Mode: mode, Self: self}).Run(t.Context(), r, tt.finding())
				if res.Outcome != want || res.Guard != tt.guard || res.Err != nil {
					t.Errorf("%s, in mode %s: %s by guard %q, error %v, want %s by guard %q",
						tt.reason, mode, res.Outcome, res.Guard, res.Err, want, tt.guard)
				}
				if (res.Reason == "") != (tt.guard == "") || strings.ContainsAny(res.Reason, "\n") {
					t.Errorf("%s, in mode %s: reason %q", tt.reason, mode, res.Reason)
				}
				if plans := r.plans.Load() > 0; plans == ofCall[tt.guard] {
					t.Errorf("%s, in mode %s: planned = %t", tt.reason, mode, plans)
				}
				if (res.Plan != nil) == ofCall[tt.guard] {
					t.Errorf("%s, in mode %s: plan %v", tt.reason, mode, res.Plan)
				}
				if applied := r.applies.Load() > 0; applied != (want == remediate.Applied) {
					t.Errorf("%s, in mode %s: applied = %t", tt.reason, mode, applied)
				}
			}
		})
	}
}

// TestGuardsOthers holds that the guards of the call do not speak for remediators whose calls it
// is not.
func TestGuardsOthers(t *testing.T) {
	f := finding(func(_ *event.Event, r *event.Record) { r.EventName, r.ErrorCode = "DeleteTrail", "AccessDenied" })
	res := enforcing(nil).Run(t.Context(), &fake{}, f)
	if res.Outcome != remediate.NotApplicable || res.Guard != "" {
		t.Errorf("%s by guard %q, want not applicable", res.Outcome, res.Guard)
	}
}

// TestSelfUnset holds that an empty setting recognises nobody.
func TestSelfUnset(t *testing.T) {
	for _, id := range []event.UserIdentity{
		{},
		{SessionContext: &event.SessionContext{}, InScopeOf: &event.InScopeOf{}},
		{InScopeOf: &event.InScopeOf{CredentialsIssuedTo: ":"}},
	} {
		if (remediate.Self{}).Made(&event.Record{UserIdentity: id}) {
			t.Errorf("%+v is taken for our own", id)
		}
	}
}

func TestDuplicate(t *testing.T) {
	engine := enforcing(nil)
	r := &fake{}
	again := func(edit ...func(*event.Event, *event.Record)) *remediate.Result {
		return engine.Run(t.Context(), r, finding(edit...))
	}
	if res := again(); res.Outcome != remediate.Applied {
		t.Fatalf("%s: %s", res.Outcome, res.Reason)
	}
	if res := again(); res.Outcome != remediate.Refused || res.Guard != remediate.GuardDuplicate {
		t.Errorf("the same event: %s by guard %q", res.Outcome, res.Guard)
	}
	if res := again(func(e *event.Event, _ *event.Record) { e.ID = "other" }); res.Guard != remediate.GuardDuplicate {
		t.Errorf("the same record in another envelope: %s by guard %q", res.Outcome, res.Guard)
	}
	if res := again(func(_ *event.Event, r *event.Record) {
		r.EventID, r.Addendum = "correction", &event.Addendum{Reason: "UPDATED_DATA", OriginalEventID: "event-id"}
	}); res.Guard != remediate.GuardDuplicate {
		t.Errorf("a correction of the record: %s by guard %q", res.Outcome, res.Guard)
	}
	if res := again(withID("other")); res.Outcome != remediate.Applied {
		t.Errorf("another event: %s by guard %q", res.Outcome, res.Guard)
	}
	if res := again(withID("")); res.Outcome != remediate.Refused || res.Guard != remediate.GuardDuplicate {
		t.Errorf("a record without an id: %s by guard %q", res.Outcome, res.Guard)
	}

	// The record says which event it is, not the plan.
	r.plan = func(f rule.Finding) (*remediate.Plan, error) {
		p := planFor(f, 1)
		p.EventID = "made up"
		return p, nil
	}
	if res := again(); res.Guard != remediate.GuardDuplicate {
		t.Errorf("the same event, which the plan calls by another id: %s by guard %q", res.Outcome, res.Guard)
	}

	// Two remediators answer one event.
	if res := engine.Run(t.Context(), renamed{r}, finding()); res.Outcome != remediate.Applied {
		t.Errorf("another remediator: %s by guard %q", res.Outcome, res.Guard)
	}

	// One id in two accounts is two events.
	r.plan = func(f rule.Finding) (*remediate.Plan, error) {
		p := planFor(f, 1)
		p.Steps[0].Resource = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
		return p, nil
	}
	res := again(func(e *event.Event, rec *event.Record) {
		e.Account, rec.RecipientAccountID = "111122223333", "111122223333"
	})
	if res.Outcome != remediate.Applied {
		t.Errorf("the same id in another account: %s by guard %q", res.Outcome, res.Guard)
	}
}

// TestDuplicateTells holds that whoever is told of an event only when it comes again, since a
// channel failed the first time, still learns what was done.
func TestDuplicateTells(t *testing.T) {
	engine := enforcing(nil)
	r := &fake{}
	first := engine.Run(t.Context(), r, finding())
	if first.Outcome != remediate.Applied || first.Earlier != nil {
		t.Fatalf("%s: %s", first.Outcome, first.Reason)
	}
	for _, tt := range []struct {
		reason string
		steps  int
		want   remediate.Outcome
	}{
		{"the state is as it was before the event", 1, remediate.Refused},
		{"the state is as planned", 0, remediate.NothingToDo},
	} {
		r.plan = func(f rule.Finding) (*remediate.Plan, error) { return planFor(f, tt.steps), nil }
		again := engine.Run(t.Context(), r, finding())
		if again.Outcome != tt.want || again.Earlier != first.Receipt || again.Receipt != nil || !strings.Contains(again.Reason, "event was acted on at ") {
			t.Errorf("%s: %s (%s) with the earlier receipt %+v, want %s and that of the first time", tt.reason, again.Outcome, again.Reason, again.Earlier, tt.want)
		}
	}
}

// renamed is a remediator by another name.
type renamed struct{ *fake }

func (r renamed) Spec() remediate.Spec {
	spec := r.fake.Spec()
	spec.Name = "renamed"
	return spec
}

// TestDuplicateConcurrent holds that of copies of one event that come at once, one is answered.
func TestDuplicateConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const copies = 32
		release := make(chan struct{})
		r := &fake{}
		r.apply = func(p *remediate.Plan) (*remediate.Receipt, error) {
			<-release // all the others meet a claim that is held
			return receiptOf(p, remediate.StepDone), nil
		}
		engine := enforcing(nil)
		var (
			mu       sync.Mutex
			outcomes = map[string]int{}
			wg       sync.WaitGroup
		)
		for range copies {
			wg.Go(func() {
				res := engine.Run(t.Context(), r, finding())
				mu.Lock()
				defer mu.Unlock()
				outcomes[fmt.Sprint(res.Outcome, " ", res.Guard)]++
			})
		}
		synctest.Wait()
		close(release)
		wg.Wait()
		if outcomes["applied "] != 1 || outcomes["refused duplicate"] != copies-1 {
			t.Errorf("outcomes %v, want one applied and the others refused as duplicates", outcomes)
		}
	})
}

// TestClaimExpires holds that a claim is held for as long as the event passes the guard of age.
func TestClaimExpires(t *testing.T) {
	for _, ahead := range []time.Duration{0, 5 * time.Minute} { // of the event's clock
		synctest.Test(t, func(t *testing.T) {
			engine := enforcing(&remediate.Options{MaxAge: time.Hour})
			r := &fake{}
			f := finding(func(_ *event.Event, rec *event.Record) { rec.EventTime = rec.EventTime.Add(ahead) })
			run := func() *remediate.Result { return engine.Run(t.Context(), r, f) }
			run()
			time.Sleep(time.Hour + ahead) // of the bubble
			if res := run(); res.Guard != remediate.GuardDuplicate {
				t.Errorf("as old as may be: %s by guard %q, want it refused as a duplicate", res.Outcome, res.Guard)
			}
			time.Sleep(time.Second)
			if res := run(); res.Guard != remediate.GuardAge {
				t.Errorf("older: %s by guard %q, want it refused for its age", res.Outcome, res.Guard)
			}
			time.Sleep(10 * time.Minute)
			f.Record.EventTime = time.Now()
			if res := run(); res.Outcome != remediate.Applied {
				t.Errorf("the claim has expired: %s by guard %q, want it applied", res.Outcome, res.Guard)
			}
			if n := r.applies.Load(); n != 2 {
				t.Errorf("applied %d times, want 2", n)
			}
		})
	}
}

// TestMaxAgeLongest holds that no age is so long that claims would not outlive it.
func TestMaxAgeLongest(t *testing.T) {
	engine := enforcing(&remediate.Options{MaxAge: math.MaxInt64})
	r := &fake{}
	engine.Run(t.Context(), r, finding())
	if res := engine.Run(t.Context(), r, finding()); res.Guard != remediate.GuardDuplicate {
		t.Errorf("the same event: %s by guard %q", res.Outcome, res.Guard)
	}
}

// TestClaimReleased holds that an event whose answer changed nothing may be answered again, and
// one whose answer changed something may not.
func TestClaimReleased(t *testing.T) {
	tests := []struct {
		reason   string
		apply    func(*remediate.Plan) (*remediate.Receipt, error)
		released bool
	}{
		{"throttled before anything was done", func(*remediate.Plan) (*remediate.Receipt, error) {
			return nil, remediate.ErrTemporary
		}, true},
		{"cancelled", func(p *remediate.Plan) (*remediate.Receipt, error) {
			return receiptOf(p, remediate.StepFailed), context.Canceled
		}, true},
		{"stale", func(p *remediate.Plan) (*remediate.Receipt, error) {
			return receiptOf(p, remediate.StepFailed), remediate.ErrStale
		}, true},
		{"the first step was needless, and the second failed", func(p *remediate.Plan) (*remediate.Receipt, error) {
			return receiptOf(p, remediate.StepAlreadyDone, remediate.StepFailed), remediate.ErrDenied
		}, true},
		{"the first step was done, and the second failed", func(p *remediate.Plan) (*remediate.Receipt, error) {
			return receiptOf(p, remediate.StepDone, remediate.StepFailed), remediate.ErrTemporary
		}, false},
		{"panicked, so it may have done something", func(*remediate.Plan) (*remediate.Receipt, error) { panic("odd") }, false},
		{"all was needless", func(p *remediate.Plan) (*remediate.Receipt, error) {
			return receiptOf(p, remediate.StepAlreadyDone, remediate.StepAlreadyDone), nil
		}, false},
	}
	for _, tt := range tests {
		engine := enforcing(nil)
		r := &fake{
			plan:  func(f rule.Finding) (*remediate.Plan, error) { return planFor(f, 2), nil },
			apply: tt.apply,
		}
		engine.Run(t.Context(), r, finding())
		r.apply = func(p *remediate.Plan) (*remediate.Receipt, error) {
			return receiptOf(p, remediate.StepDone, remediate.StepDone), nil
		}
		want, guard := remediate.Applied, ""
		if !tt.released {
			want, guard = remediate.Refused, remediate.GuardDuplicate
		}
		if res := engine.Run(t.Context(), r, finding()); res.Outcome != want || res.Guard != guard {
			t.Errorf("%s: then %s by guard %q, want %s by guard %q", tt.reason, res.Outcome, res.Guard, want, guard)
		}
	}
}

func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := enforcing(&remediate.Options{Budget: 2, Window: time.Minute})
		r := &fake{}
		next := 0
		run := func() *remediate.Result {
			next++
			return engine.Run(t.Context(), r, finding(withID(fmt.Sprint(next))))
		}
		expect := func(want remediate.Outcome, guard, reason string) {
			t.Helper()
			if res := run(); res.Outcome != want || res.Guard != guard {
				t.Errorf("%s: %s by guard %q (%s), want %s by guard %q", reason, res.Outcome, res.Guard, res.Reason, want, guard)
			}
		}
		expect(remediate.Applied, "", "the first")
		time.Sleep(30 * time.Second)
		r.apply = func(*remediate.Plan) (*remediate.Receipt, error) { return nil, errors.New("odd") }
		expect(remediate.Failed, "", "the second, which fails")
		r.apply = nil
		expect(remediate.Refused, remediate.GuardBudget, "the budget is spent; what failed counts, for it may have changed something")
		time.Sleep(30 * time.Second)
		expect(remediate.Refused, remediate.GuardBudget, "the first is as old as the window")
		time.Sleep(time.Second)
		expect(remediate.Applied, "", "the first has left the window")
		expect(remediate.Refused, remediate.GuardBudget, "the second has not")

		// What was refused for the budget is not claimed.
		next--
		time.Sleep(time.Minute)
		expect(remediate.Applied, "", "the refused event, delivered again")
	})
}

// TestBudgetRetries holds that an attempt that fails again and again runs into the budget.
func TestBudgetRetries(t *testing.T) {
	engine := enforcing(nil)
	r := &fake{apply: func(*remediate.Plan) (*remediate.Receipt, error) { return nil, remediate.ErrTemporary }}
	for i := range remediate.DefaultBudget + 1 {
		res := engine.Run(t.Context(), r, finding())
		if last := i == remediate.DefaultBudget; last != (res.Guard == remediate.GuardBudget) {
			t.Errorf("attempt %d: %s by guard %q", i+1, res.Outcome, res.Guard)
		}
	}
}

// TestBudgetConcurrent holds the budget against many events at once.
func TestBudgetConcurrent(t *testing.T) {
	engine := enforcing(&remediate.Options{Budget: 3})
	r := &fake{}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() { engine.Run(t.Context(), r, finding(withID(fmt.Sprint(i)))) })
	}
	wg.Wait()
	if n := r.applies.Load(); n != 3 {
		t.Errorf("applied %d times, want 3", n)
	}
}

// TestBudgetObserve holds that observing spends nothing and claims nothing.
func TestBudgetObserve(t *testing.T) {
	engine := remediate.NewEngine(&remediate.Options{Budget: 1})
	for range 3 {
		if res := engine.Run(t.Context(), &fake{}, finding()); res.Outcome != remediate.Planned || res.Guard != "" {
			t.Errorf("%s by guard %q", res.Outcome, res.Guard)
		}
	}
}

// TestClaimsFull holds that the memory of claims is bounded, and that old ones make room.
func TestClaimsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 10_000
		engine := enforcing(&remediate.Options{Budget: 2 * limit, MaxAge: time.Hour})
		r := &fake{}
		run := func(id int) *remediate.Result {
			return engine.Run(t.Context(), r, finding(withID(fmt.Sprint(id))))
		}
		for id := range limit {
			if res := run(id); res.Outcome != remediate.Applied {
				t.Fatalf("event %d: %s by guard %q", id, res.Outcome, res.Guard)
			}
		}
		if res := run(limit); res.Outcome != remediate.Refused || res.Guard != remediate.GuardDuplicate {
			t.Errorf("one claim too many: %s by guard %q", res.Outcome, res.Guard)
		}
		time.Sleep(2 * time.Hour)
		if res := run(limit); res.Outcome != remediate.Applied {
			t.Errorf("with the old claims expired: %s by guard %q", res.Outcome, res.Guard)
		}
	})
}
