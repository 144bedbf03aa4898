package remediate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countertrail/countertrail/remediate"
)

func TestOptionsCheck(t *testing.T) {
	self := remediate.Self{SourceIdentity: "us"}
	whole := remediate.Exception{Principals: []string{"a"}, Owner: "o", Reason: "r", Expires: time.Now()}
	with := func(edit func(*remediate.Exception)) *remediate.Options {
		x := whole
		edit(&x)
		return &remediate.Options{Exceptions: []remediate.Exception{whole, x}}
	}
	for _, tt := range []struct {
		opts   *remediate.Options
		want   string // part of the error; empty: none
		reason string
	}{
		{&remediate.Options{}, "", "the default observes"},
		{&remediate.Options{Mode: remediate.Enforce, Self: self}, "", "we know ourselves"},
		{&remediate.Options{Modes: map[string]remediate.Mode{"a": remediate.Approve}, Self: self}, "", "for one rule"},
		{&remediate.Options{Mode: remediate.Approve}, "without a Self", "an approved change is one, too"},
		{&remediate.Options{Modes: map[string]remediate.Mode{"a": remediate.Enforce}}, "without a Self", "for one rule"},
		{&remediate.Options{Mode: 7, Self: self}, "no mode Mode(7)", "a mode that there is not"},
		{&remediate.Options{Modes: map[string]remediate.Mode{"a": -1}}, `rule "a": there is no mode Mode(-1)`, "for one rule"},
		{&remediate.Options{Self: remediate.Self{RoleARN: "x"}}, "Self.RoleARN", "the Self is checked"},
		{&remediate.Options{Actors: []remediate.Actor{{Name: "x"}}}, "actor 1 has no name or no pattern", "an actor that is nobody"},
		{with(func(*remediate.Exception) {}), "", "an exception with all that it needs"},
		{with(func(x *remediate.Exception) { x.Owner = "" }), "exception 2: it needs an owner", "nobody's"},
		{with(func(x *remediate.Exception) { x.Reason = "" }), "exception 2: it needs an owner and a reason", "for no reason"},
		{with(func(x *remediate.Exception) { x.Expires = time.Time{} }), "exception 2: it never expires", "without end"},
		{with(func(x *remediate.Exception) { x.Principals = nil }), "exception 2: it would hold for everything", "for everything"},
	} {
		err := tt.opts.Check()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.reason, err, tt.want)
		}
	}
}

// TestModeOf holds that a rule's own mode counts, more or less far than the default.
func TestModeOf(t *testing.T) {
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Approve, Modes: map[string]remediate.Mode{
		"4.5": remediate.Enforce, "4.6": remediate.Observe, "4.7": 9,
	}})
	for id, want := range map[string]remediate.Mode{
		"4.5": remediate.Enforce, "4.6": remediate.Observe, "4.7": remediate.Observe, "": remediate.Approve, "4.8": remediate.Approve,
	} {
		if got := engine.ModeOf(id); got != want {
			t.Errorf("rule %q: %s, want %s", id, got, want)
		}
	}
	f := finding()
	for id, want := range map[string]remediate.Outcome{
		"4.5": remediate.Applied, "4.6": remediate.Planned, "4.7": remediate.Planned, "4.8": remediate.AwaitingApproval,
	} {
		rule := *f.Rule
		rule.ID = id
		f := finding(withID(id))
		f.Rule = &rule
		if res := engine.Run(t.Context(), &fake{}, f); res.Outcome != want {
			t.Errorf("rule %q: %s, want %s", id, res.Outcome, want)
		}
	}
	f.Rule = nil
	if res := engine.Run(t.Context(), &fake{}, f); res.Outcome != remediate.AwaitingApproval {
		t.Errorf("no rule: %s, want the default", res.Outcome)
	}
}
