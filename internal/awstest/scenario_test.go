package awstest

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/internal/pyserver"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A scenario is a bad change, and what a remediator is to make of it.
type scenario struct {
	name    string
	service string // one of services
	reason  string
	begin   func(*testing.T, *server) *incident
}

// An incident is a scenario under way: the resources are there and as they should be.
type incident struct {
	remediator remediate.Remediator

	// attack makes the bad change, and returns what CloudTrail records of it.
	attack func() call

	// state returns all of the resources that matter, as a value that encoding/json writes. Ids that
	// are new whenever something is made again are left out.
	state func() any

	// meddle changes, as somebody else would, what the plan is about; nil if there is no such test.
	meddle func()

	// steps are the actions of the plan, in order.
	steps []string

	// suggested says that the plan is for people, and so are its steps.
	suggested bool

	// fixed is the state that is wanted afterwards; nil for the one before the attack.
	fixed any

	// reverts says that Apply carries out the plan of Undo. Without it that is for people.
	reverts bool

	// oneWay says why the way back is not gone; it is if this is empty.
	oneWay string
}

// services tells which server answers for a service: the one that is truer, as README.md has it.
var services = map[string]string{
	"cloudtrail": pyserver.MiniStack,
	"config":     pyserver.Moto,
	"ec2":        pyserver.Moto,
	"iam":        pyserver.Moto,
	"kms":        pyserver.MiniStack,
	"s3":         pyserver.Moto,
}

// interval is the pause of remediators between reads: the servers show a change at once.
const interval = 50 * time.Millisecond

func TestScenarios(t *testing.T) {
	env := install(t)
	servers := map[string]*server{}
	for _, name := range []string{pyserver.Moto, pyserver.MiniStack} {
		servers[name] = start(t, env, name)
	}
	for _, list := range [][]scenario{trailScenarios, ec2Scenarios, kmsScenarios, s3Scenarios, configScenarios, iamScenarios} {
		for _, sc := range list {
			s := servers[services[sc.service]]
			t.Run(sc.service+"/"+sc.name, func(t *testing.T) {
				t.Run("by program", func(t *testing.T) { byProgram(t, s, sc) })
				t.Run("by hand", func(t *testing.T) { byHand(t, s, sc) })
				t.Run("too late", func(t *testing.T) { tooLate(t, s, sc) })
			})
		}
	}
}

// byProgram has an engine answer the event, and then undoes what that did.
func byProgram(t *testing.T, s *server, sc scenario) {
	in := sc.begin(t, s)
	good := text(t, in.state())
	f := in.attack().finding(t, time.Now())
	bad := text(t, in.state())
	if good == bad {
		t.Fatalf("%s: the attack changes nothing", sc.reason)
	}
	in.plan(t, sc, f)
	same(t, "after planning", bad, text(t, in.state()))

	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, MaxRisk: remediate.High})
	res := engine.Run(t.Context(), in.remediator, f)
	if in.suggested {
		if res.Outcome != remediate.Suggested {
			t.Fatalf("%s: %s: %s", sc.reason, res.Outcome, res.Reason)
		}
		same(t, "after a suggestion", bad, text(t, in.state()))
		return
	}
	if res.Outcome != remediate.Verified {
		t.Fatalf("%s: %s: %s\n%v", sc.reason, res.Outcome, res.Reason, res.Plan)
	}
	fixed := in.want(t, good)
	same(t, "after the answer", fixed, text(t, in.state()))

	in.again(t, f, res)
	same(t, "after more of the same", fixed, text(t, in.state()))
	if in.oneWay == "" {
		in.undo(t, s, engine, res.Receipt)
		same(t, "after the way back", bad, text(t, in.state()))
	}
}

// again holds that whoever comes too late, or a second time, changes nothing.
func (in *incident) again(t *testing.T, f rule.Finding, res *remediate.Result) {
	t.Helper()
	late, err := in.remediator.Plan(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(late.Automatic().Steps); n > 0 {
		t.Errorf("planned again, when all is well, there are %d steps: %s", n, late)
	}
	receipt, err := in.remediator.Apply(t.Context(), res.Plan.Automatic())
	if err != nil {
		t.Fatalf("applied again: %v", err)
	}
	for i, step := range receipt.Steps {
		if step.Status != remediate.StepAlreadyDone {
			t.Errorf("applied again, step %d is %s", i+1, step.Status)
		}
	}
}

// undo carries out the way back from what a receipt says.
func (in *incident) undo(t *testing.T, s *server, engine *remediate.Engine, receipt *remediate.Receipt) {
	t.Helper()
	back, err := engine.Undo(t.Context(), in.remediator, receipt.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Steps) == 0 {
		t.Fatalf("the way back has no steps: %s", back)
	}
	if !in.reverts {
		s.run(t, back.Steps...)
		return
	}
	if _, err := in.remediator.Apply(t.Context(), back); err != nil {
		t.Fatalf("applying the way back: %v", err)
	}
}

// byHand does with AWS's command line what the plan says, and then what its inverse says.
func byHand(t *testing.T, s *server, sc scenario) {
	in := sc.begin(t, s)
	good := text(t, in.state())
	f := in.attack().finding(t, time.Now())
	bad := text(t, in.state())
	plan := in.plan(t, sc, f)

	s.run(t, plan.Steps...)
	same(t, "after the commands of the plan", in.want(t, good), text(t, in.state()))
	if in.oneWay != "" {
		return
	}
	var back []remediate.Step
	for _, step := range slices.Backward(plan.Steps) {
		if step.Inverse == nil {
			t.Fatalf("%s: there is no inverse", step.Summary)
		}
		back = append(back, *step.Inverse)
	}
	s.run(t, back...)
	same(t, "after the commands of their inverses", bad, text(t, in.state()))
}

// tooLate holds that neither a plan nor the way back from it is carried out when somebody else has
// changed what it is about.
func tooLate(t *testing.T, s *server, sc scenario) {
	in := sc.begin(t, s)
	if in.meddle == nil {
		t.Skip("this scenario has nobody who interferes")
	}
	f := in.attack().finding(t, time.Now())
	plan := in.plan(t, sc, f)
	in.meddle()
	meddled := text(t, in.state())
	if _, err := in.remediator.Apply(t.Context(), plan); !errors.Is(err, remediate.ErrStale) {
		t.Errorf("applied after somebody changed the state: %v, want ErrStale", err)
	}
	same(t, "after a plan that is out of date", meddled, text(t, in.state()))
}

// plan returns the plan for f, which must be the one that is expected, twice.
func (in *incident) plan(t *testing.T, sc scenario, f rule.Finding) *remediate.Plan {
	t.Helper()
	plan, err := in.remediator.Plan(t.Context(), f)
	if err != nil {
		t.Fatalf("%s: %v", sc.reason, err)
	}
	var actions []string
	for _, step := range plan.Steps {
		actions = append(actions, step.Action)
		if step.Manual != in.suggested {
			t.Errorf("%s: a suggestion is %t and not %t", step.Summary, step.Manual, in.suggested)
		}
	}
	if diff := cmp.Diff(in.steps, actions); diff != "" {
		t.Fatalf("%s (-want +got):\n%s\n%s", sc.reason, diff, plan)
	}
	second, err := in.remediator.Plan(t.Context(), f)
	if err != nil || second.Digest() != plan.Digest() {
		t.Errorf("planned again: %v, %v\nafter %v", err, second, plan)
	}
	return plan
}

// want returns the state that is wanted after the fix.
func (in *incident) want(t *testing.T, good string) string {
	t.Helper()
	if in.fixed == nil {
		return good
	}
	return text(t, in.fixed)
}

func text(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func same(t *testing.T, when, want, got string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("the state %s (-want +got):\n%s", when, diff)
	}
}

// must returns what a call of an API answered, and fails the test at once if it failed.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
