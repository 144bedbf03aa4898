package remediate_test

import (
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// TestRun holds what becomes of what a remediator returns.
func TestRun(t *testing.T) {
	const (
		done    = remediate.StepDone
		already = remediate.StepAlreadyDone
		failed  = remediate.StepFailed
	)
	odd := errors.New("odd")
	receipt := func(err error, statuses ...remediate.StepStatus) func(*remediate.Plan) (*remediate.Receipt, error) {
		return func(p *remediate.Plan) (*remediate.Receipt, error) {
			if statuses == nil {
				return nil, err
			}
			return receiptOf(p, statuses...), err
		}
	}
	tests := []struct {
		want   remediate.Outcome
		why    string // part of the result's Reason; empty: no reason
		err    error  // what the result's Err is; nil: no Err
		reason string

		plan   func(rule.Finding) (*remediate.Plan, error) // nil: a plan of two steps
		apply  func(*remediate.Plan) (*remediate.Receipt, error)
		verify func(*remediate.Plan) error // nil: cannot verify
	}{
		{want: remediate.NotApplicable, why: "not applicable", reason: "not the remediator's",
			plan: func(rule.Finding) (*remediate.Plan, error) {
				return nil, fmt.Errorf("x: %w", remediate.ErrNotApplicable)
			}},
		{want: remediate.Refused, why: "the reason", reason: "the remediator will not",
			plan: func(rule.Finding) (*remediate.Plan, error) {
				return nil, fmt.Errorf("x: %w", &remediate.Refusal{Guard: "its-own", Reason: "the reason"})
			}},
		{want: remediate.Failed, why: "odd", err: odd, reason: "the plan failed",
			plan: func(rule.Finding) (*remediate.Plan, error) { return nil, odd }},
		{want: remediate.Failed, why: "odd", err: odd, reason: "a plan beside an error does not count",
			plan: func(f rule.Finding) (*remediate.Plan, error) { return planFor(f, 1), odd }},
		{want: remediate.Failed, why: "cancel", err: context.Canceled, reason: "cancelled while planning",
			plan: func(rule.Finding) (*remediate.Plan, error) { return nil, context.Canceled }},
		{want: remediate.Failed, why: "neither a plan nor an error", err: errAny, reason: "a remediator that breaks its contract",
			plan: func(rule.Finding) (*remediate.Plan, error) { return nil, nil }},
		{want: remediate.Failed, why: "panicked with a string", err: errAny, reason: "the plan panicked",
			plan: func(rule.Finding) (*remediate.Plan, error) { panic("odd") }},
		{want: remediate.NothingToDo, why: "the summary", reason: "no steps",
			plan: func(f rule.Finding) (*remediate.Plan, error) { return planFor(f, 0), nil }},

		{want: remediate.Applied, reason: "all done", apply: receipt(nil, done, done)},
		{want: remediate.Applied, reason: "one step was needless", apply: receipt(nil, already, done)},
		{want: remediate.NothingToDo, why: "already as planned", reason: "all was needless", apply: receipt(nil, already, already)},
		{want: remediate.Stale, why: "state has changed", err: remediate.ErrStale, reason: "somebody was there before",
			apply: receipt(fmt.Errorf("x: %w", remediate.ErrStale), failed)},
		{want: remediate.Failed, why: "access denied", err: remediate.ErrDenied, reason: "nothing done", apply: receipt(remediate.ErrDenied, failed)},
		{want: remediate.Failed, why: "odd", err: odd, reason: "nothing attempted", apply: receipt(odd)},
		{want: remediate.Partial, why: "temporary", err: remediate.ErrTemporary, reason: "the second step failed",
			apply: receipt(remediate.ErrTemporary, done, failed)},
		{want: remediate.Partial, why: "state has changed", err: remediate.ErrStale, reason: "the second step was stale, but the first was done",
			apply: receipt(remediate.ErrStale, done, failed)},
		{want: remediate.Refused, why: "the reason", reason: "refused on the second look",
			apply: receipt(&remediate.Refusal{Guard: "its-own", Reason: "the reason"}, failed)},
		{want: remediate.Partial, why: "the reason", err: errAny, reason: "a refusal does not hide that the first step was done",
			apply: receipt(&remediate.Refusal{Guard: "its-own", Reason: "the reason"}, done, failed)},
		{want: remediate.Partial, why: "not applicable", err: remediate.ErrNotApplicable, reason: "nor does this",
			apply: receipt(remediate.ErrNotApplicable, done, failed)},

		{want: remediate.Failed, why: "not applicable", err: remediate.ErrNotApplicable, reason: "nor that something was attempted",
			apply: receipt(remediate.ErrNotApplicable, failed)},
		{want: remediate.Failed, why: "panicked with a string", err: errAny, reason: "the attempt panicked",
			apply: func(*remediate.Plan) (*remediate.Receipt, error) { panic("odd") }},

		// Receipts that do not bear out what Apply says.
		{want: remediate.Failed, why: "neither a receipt nor an error", err: errAny, reason: "nothing returned", apply: receipt(nil)},
		{want: remediate.Partial, why: "step 2: failed", err: errAny, reason: "no error, but a step failed", apply: receipt(nil, done, failed)},
		{want: remediate.Failed, why: "step 1: failed", err: errAny, reason: "no error, but all steps failed", apply: receipt(nil, failed, failed)},
		{want: remediate.Partial, why: "1 steps and the plan has 2", err: errAny, reason: "no error, but a step is missing", apply: receipt(nil, done)},
		{want: remediate.Failed, why: "step 1: StepStatus(7)", err: errAny, reason: "a status that there is not", apply: receipt(nil, 7, 7)},

		// Verification.
		{want: remediate.Verified, reason: "all done, and seen", apply: receipt(nil, done, done),
			verify: func(*remediate.Plan) error { return nil }},
		{want: remediate.Applied, why: "the effect was not confirmed: odd", err: odd, reason: "all done, and not seen", apply: receipt(nil, done, done),
			verify: func(*remediate.Plan) error { return odd }},
		{want: remediate.Applied, why: "the effect was not confirmed: panicked with a string", err: errAny, reason: "a panic while looking does not hide what was done",
			apply: receipt(nil, done, done), verify: func(*remediate.Plan) error { panic("odd") }},
		{want: remediate.NothingToDo, why: "already as planned", reason: "nothing done, so nothing to be seen", apply: receipt(nil, already, already),
			verify: func(*remediate.Plan) error { return odd }},
		{want: remediate.Failed, why: "odd", err: odd, reason: "what failed is not looked at", apply: receipt(odd, failed),
			verify: func(*remediate.Plan) error { panic("verified") }},
	}
	for _, tt := range tests {
		if tt.plan == nil {
			tt.plan = func(f rule.Finding) (*remediate.Plan, error) { return planFor(f, 2), nil }
		}
		v := &verifier{verify: tt.verify}
		v.plan, v.apply = tt.plan, tt.apply
		var r remediate.Remediator = v
		if tt.verify == nil {
			r = &v.fake
		}
		res := enforcing(nil).Run(t.Context(), r, finding())
		if res.Outcome != tt.want || res.Remediator != "fake" {
			t.Errorf("%s: %s of %q (%s), want %s", tt.reason, res.Outcome, res.Remediator, res.Reason, tt.want)
		}
		if !strings.Contains(res.Reason, tt.why) || (res.Reason == "") != (tt.why == "") {
			t.Errorf("%s: reason %q, want it to say %q", tt.reason, res.Reason, tt.why)
		}
		if tt.err == errAny && res.Err == nil || tt.err != errAny && !errors.Is(res.Err, tt.err) {
			t.Errorf("%s: error %v, want %v", tt.reason, res.Err, tt.err)
		}
		if (res.Guard == "its-own") != (tt.want == remediate.Refused) {
			t.Errorf("%s: guard %q", tt.reason, res.Guard)
		}
		if applied := v.applies.Load() > 0; applied != (tt.apply != nil) {
			t.Errorf("%s: applied = %t", tt.reason, applied)
		}
		if (res.Receipt != nil) && res.Plan == nil {
			t.Errorf("%s: a receipt without a plan", tt.reason)
		}
		if changed := tt.want == remediate.Applied || tt.want == remediate.Verified || tt.want == remediate.Partial; res.Receipt.Changed() != changed {
			t.Errorf("%s: receipt %+v", tt.reason, res.Receipt)
		}
	}
}

// errAny stands in a row for an error that has no name.
var errAny = errors.New("any error")

// TestModes holds that enforcing has to be asked for by name.
func TestModes(t *testing.T) {
	for _, tt := range []struct {
		opts    *remediate.Options
		applied bool
	}{
		{nil, false},
		{&remediate.Options{}, false},
		{&remediate.Options{Mode: remediate.Observe}, false},
		{&remediate.Options{Mode: -1}, false},
		{&remediate.Options{Mode: remediate.Approve}, false},
		{&remediate.Options{Mode: 3}, false},
		{&remediate.Options{Mode: remediate.Enforce}, true},
	} {
		engine, r := remediate.NewEngine(tt.opts), &fake{}
		res := engine.Run(t.Context(), r, finding())
		if applied := r.applies.Load() > 0; applied != tt.applied || (res.Outcome == remediate.Applied) != tt.applied {
			t.Errorf("options %+v: %s, applied = %t, want %t", tt.opts, res.Outcome, applied, tt.applied)
		}
		if tt.opts != nil && engine.Mode() != tt.opts.Mode {
			t.Errorf("options %+v: mode %s", tt.opts, engine.Mode())
		}
	}
}

func TestResultJSON(t *testing.T) {
	r := &fake{
		plan: func(f rule.Finding) (*remediate.Plan, error) { return planFor(f, 1), nil },
		apply: func(p *remediate.Plan) (*remediate.Receipt, error) {
			r := receiptOf(p, remediate.StepFailed)
			r.PlanDigest, r.Steps[0].Error = "d", "odd"
			return r, errors.New("odd")
		},
	}
	const step = `{"action":"cloudtrail:StartLogging","resource":"arn:aws:cloudtrail:eu-west-1:123456789012:trail/main","region":"eu-west-1","summary":""}`
	const plan = `{"remediator":"fake","ruleId":"4.5","eventId":"event-id","account":"123456789012","region":"eu-west-1","summary":"the summary","steps":[` + step + `]}`
	tests := []struct {
		engine *remediate.Engine
		want   string
	}{
		{enforcing(nil), `{"remediator":"fake","outcome":"failed","reason":"odd","plan":` + plan +
			`,"receipt":{"planDigest":"d","started":"0001-01-01T00:00:00Z","finished":"0001-01-01T00:00:00Z","steps":[{"step":` + step + `,"status":"failed","error":"odd"}],` +
			`"id":"i","remediator":"fake","ruleId":"4.5","eventId":"event-id","account":"123456789012","region":"eu-west-1","error":"odd"}}`},
		{remediate.NewEngine(nil), `{"remediator":"fake","outcome":"planned","plan":` + plan + `}`},
	}
	for _, tt := range tests {
		res := tt.engine.Run(t.Context(), r, finding())
		if res.Receipt != nil {
			if res.Receipt.ID == "" {
				t.Error("the receipt has no ID")
			}
			receipt := *res.Receipt
			receipt.ID = "i" // there is no telling which
			res.Receipt = &receipt
		}
		text, err := json.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != tt.want {
			t.Errorf("got  %s\nwant %s", text, tt.want)
		}
		var back remediate.Result
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("reading %s: %v", text, err)
		}
		if again, err := json.Marshal(back); err != nil || string(again) != tt.want {
			t.Errorf("read and written again: %s, error %v, want %s", again, err, tt.want)
		}
	}
}

// text is what the types of small numbers with names have in common.
type text interface {
	comparable
	fmt.Stringer
	encoding.TextMarshaler
}

// testText holds that the values from 0 on have the given names and no others, and that these
// read back.
func testText[T text, P interface {
	*T
	encoding.TextUnmarshaler
}](t *testing.T, value func(int) T, names ...string) {
	t.Helper()
	for i, name := range names {
		v := value(i)
		text, err := v.MarshalText()
		if err != nil || string(text) != name || v.String() != name {
			t.Errorf("%T %d: String %q, MarshalText %q, error %v, want %q", v, i, v, text, err, name)
		}
		var back T
		if err := P(&back).UnmarshalText([]byte(name)); err != nil || back != v {
			t.Errorf("%T: UnmarshalText(%q) = %v, error %v, want %v", v, name, back, err, v)
		}
	}
	for _, v := range []T{value(-1), value(len(names))} {
		if name := v.String(); !strings.Contains(name, "(") {
			t.Errorf("%T: String %q of a value that has no name", v, name)
		}
	}
	for _, name := range []string{"", "x", strings.ToUpper(names[0]), names[0] + "\n"} {
		back := value(len(names) - 1)
		if err := P(&back).UnmarshalText([]byte(name)); err == nil || back != value(len(names)-1) {
			t.Errorf("%T: UnmarshalText(%q) = %v, error %v, want an error and no change", back, name, back, err)
		}
	}
}

func TestText(t *testing.T) {
	testText(t, func(i int) remediate.Mode { return remediate.Mode(i) }, "observe", "approve", "enforce")
	testText(t, func(i int) remediate.StepStatus { return remediate.StepStatus(i) }, "failed", "done", "already done", "intended")
	testText(t, func(i int) remediate.Outcome { return remediate.Outcome(i) },
		"not applicable", "planned", "nothing to do", "refused", "applied", "verified", "stale", "partial", "failed", "awaiting approval", "suggested")
	testText(t, func(i int) remediate.Risk { return remediate.Risk(i) }, "unrated", "low", "medium", "high")
}

func TestRefusal(t *testing.T) {
	err := &remediate.Refusal{Guard: remediate.GuardAge, Reason: "too old"}
	if got, want := err.Error(), "refused: too old (guard age)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
