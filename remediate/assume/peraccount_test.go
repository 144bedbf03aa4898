package assume_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/assume"
	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

// TestConformance holds that a remediator keeps its contract when it is in another account, and, since
// the fake obeys session policies, that those allow what is needed.
func TestConformance(t *testing.T) {
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"a trail of another account": func() *remediatetest.World {
			c := newCloud()
			return &remediatetest.World{
				Remediator: c.remediator(t),
				Finding:    stopLogging(account),
				State: func() any {
					c.mu.Lock()
					defer c.mu.Unlock()
					return maps.Clone(c.running)
				},
				Hook: func(hook func(string) error) {
					c.mu.Lock()
					defer c.mu.Unlock()
					c.hook = hook
				},
				Meddle: func() {
					c.mu.Lock()
					defer c.mu.Unlock()
					c.gone = true
				},
				Secrets: []string{secret, external, "token of"},
			}
		},
	}})
}

func TestPerAccount(t *testing.T) {
	c := newCloud()
	r := c.remediator(t)
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce})
	for i, a := range []string{account, other} {
		f := stopLogging(a, func(_ *event.Event, r *event.Record) { r.EventID += a })
		res := engine.Run(t.Context(), r, f)
		if res.Outcome != remediate.Verified || !c.running[a] || len(c.running) != i+1 {
			t.Errorf("%s: %s, %s, %v; logging in %v", a, res.Outcome, res.Reason, res.Err, c.running)
		}
	}
	const (
		read  = `{"Version":"2012-10-17","Statement":[{"Sid":"CountertrailRead","Effect":"Allow","Action":["cloudtrail:GetTrail","cloudtrail:GetTrailStatus"],"Resource":["*"]}]}`
		write = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:StartLogging"],"Resource":["TRAIL"]},` +
			`{"Effect":"Allow","Action":["cloudtrail:GetTrail","cloudtrail:GetTrailStatus"],"Resource":["*"]}]}`
	)
	var got []string
	for _, in := range c.sts.assumed {
		got = append(got, *in.RoleArn, *in.Policy)
	}
	var want []string
	for _, a := range []string{account, other} {
		role := "arn:aws:iam::" + a + ":role/security/countertrail"
		want = append(want, role, read, role, strings.Replace(write, "TRAIL", trailARN(a), 1))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("roles and policies: %s", d)
	}
	for i, cfg := range c.made {
		if id := keyOrNone(cfg); i == 0 && id != "" || i > 0 && (!strings.HasPrefix(id, "ASIA") || cfg.Region != region) {
			t.Errorf("remediator %d was made with the key %q in %q", i, id, cfg.Region)
		}
	}
}

func keyOrNone(cfg aws.Config) string {
	c, err := cfg.Credentials.Retrieve(context.Background())
	if err != nil {
		return ""
	}
	return c.AccessKeyID
}

// TestPlanCannotWrite holds that the policy of a plan's session, and not the good will of the
// remediator, keeps it from writing.
func TestPlanCannotWrite(t *testing.T) {
	for _, unlimited := range []bool{false, true} {
		c := newCloud()
		r, err := assume.PerAccount(newSessions(t, c.sts), func(cfg aws.Config) (remediate.Remediator, error) {
			made, err := c.restart(cfg)
			return &writer{made, &trails{cfg, c}}, err
		}, &assume.PerAccountOptions{Unlimited: unlimited})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Plan(t.Context(), stopLogging(account)); (err == nil) != unlimited || c.running[account] != unlimited {
			t.Errorf("unlimited %t: error %v, logging %t", unlimited, err, c.running[account])
		}
		if _, ok := r.(remediate.Verifier); ok {
			t.Error("it verifies, and what it is made of does not")
		}
		_, err = r.(remediate.Undoer).Undo(t.Context(), &remediate.Receipt{Steps: make([]remediate.StepResult, 1)})
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Undo: %v, want ErrUnsupported", err)
		}
		if _, err := r.(remediate.TagReader).Tags(t.Context(), remediate.Step{}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Tags: %v, want ErrUnsupported", err)
		}
	}
}

// A writer writes when it should plan.
type writer struct {
	remediate.Remediator
	trails *trails
}

func (w *writer) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	name := trailARN(f.Event.Account)
	if _, err := w.trails.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: &name}); err != nil {
		return nil, err
	}
	return w.Remediator.Plan(ctx, f)
}

// A tagger makes of a resource's ARN its tags, so that a test sees whether it was asked.
type tagger struct{ remediate.Remediator }

func (tagger) Tags(_ context.Context, s remediate.Step) (map[string]string, error) {
	return map[string]string{"of": s.Resource}, nil
}

func TestTags(t *testing.T) {
	c := newCloud()
	r, err := assume.PerAccount(newSessions(t, c.sts), func(cfg aws.Config) (remediate.Remediator, error) {
		made, err := c.restart(cfg)
		return tagger{made}, err
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	tags, err := r.(remediate.TagReader).Tags(t.Context(), remediate.Step{Resource: trailARN(other), Region: region})
	if err != nil || tags["of"] != trailARN(other) || c.sts.calls() != 1 || !strings.Contains(*c.sts.assumed[0].RoleArn, other) {
		t.Errorf("tags %v, error %v, %d roles assumed", tags, err, c.sts.calls())
	}
	for _, arn := range []string{"arn:aws:s3:::bucket", "bucket", ""} {
		var refusal *remediate.Refusal
		_, err := r.(remediate.TagReader).Tags(t.Context(), remediate.Step{Resource: arn, Region: region})
		if !errors.As(err, &refusal) {
			t.Errorf("%q, which is nobody's: error %v, want a refusal", arn, err)
		}
	}
}

// TestNoSession holds that no role is assumed where there is nothing to do, or nothing that may be done.
func TestNoSession(t *testing.T) {
	c := newCloud()
	r := c.remediator(t)
	undo, verify := r.(remediate.Undoer).Undo, r.(remediate.Verifier).Verify
	name := r.Spec().Name
	plan := func(f rule.Finding) error { _, err := r.Plan(t.Context(), f); return err }
	apply := func(p *remediate.Plan) error { _, err := r.Apply(t.Context(), p); return err }
	step := remediate.Step{Action: "cloudtrail:StartLogging", Resource: trailARN(account), Region: region}
	manual := step
	manual.Manual = true
	var refusal *remediate.Refusal
	isRefusal := func(err error) bool { return errors.As(err, &refusal) && refusal.Guard == remediate.GuardScope }
	isNil := func(err error) bool { return err == nil }
	isErr := func(err error) bool { return err != nil }
	notApplicable := func(err error) bool { return errors.Is(err, remediate.ErrNotApplicable) }
	for reason, tt := range map[string]struct {
		err  error
		want func(error) bool
	}{
		"an empty finding":               {plan(rule.Finding{}), notApplicable},
		"another call":                   {plan(stopLogging(account, func(_ *event.Event, r *event.Record) { r.EventName = "DeleteTrail" })), notApplicable},
		"the caller's own account":       {plan(stopLogging(own)), isRefusal},
		"a record of another account":    {plan(stopLogging(account, func(_ *event.Event, r *event.Record) { r.RecipientAccountID = other })), isRefusal},
		"a record of another Region":     {plan(stopLogging(account, func(_ *event.Event, r *event.Record) { r.AWSRegion = "us-east-1" })), isRefusal},
		"a hostile account":              {plan(stopLogging("*")), isRefusal},
		"apply: no plan":                 {apply(nil), isErr},
		"apply: of another":              {apply(&remediate.Plan{Remediator: "x", Account: account, Region: region, Steps: []remediate.Step{step}}), isErr},
		"apply: no steps":                {apply(&remediate.Plan{Remediator: name, Account: account, Region: region}), isNil},
		"apply: suggestions alone":       {apply(&remediate.Plan{Remediator: name, Account: account, Region: region, Steps: []remediate.Step{manual}}), isErr},
		"apply: in the caller's account": {apply(&remediate.Plan{Remediator: name, Account: own, Region: region, Steps: []remediate.Step{step}}), isRefusal},
		"verify: no plan":                {verify(t.Context(), nil), isErr},
		"verify: no steps":               {verify(t.Context(), &remediate.Plan{Remediator: name}), isNil},
		"verify: of no account":          {verify(t.Context(), &remediate.Plan{Remediator: name, Region: region, Steps: []remediate.Step{step}}), isRefusal},
		"undo: no receipt":               {second(undo(t.Context(), nil)), isErr},
		"undo: nothing was done":         {second(undo(t.Context(), &remediate.Receipt{Account: account, Region: region})), isErr},
		"undo: in the caller's account":  {second(undo(t.Context(), &remediate.Receipt{Account: own, Region: region, Steps: []remediate.StepResult{{Step: step}}})), isRefusal},
		"undo: in nobody's account":      {second(undo(t.Context(), &remediate.Receipt{Steps: []remediate.StepResult{{}}})), isRefusal},
	} {
		if !tt.want(tt.err) {
			t.Errorf("%s: error %v", reason, tt.err)
		}
	}
	if n := c.sts.calls(); n != 0 || len(c.made) != 1 {
		t.Errorf("%d roles were assumed and %d remediators made", n, len(c.made))
	}
}

func second(_ *remediate.Plan, err error) error { return err }

func TestPerAccountFails(t *testing.T) {
	broken := errors.New("broken")
	for reason, make := range map[string]func(aws.Config) (remediate.Remediator, error){
		"an error":    func(aws.Config) (remediate.Remediator, error) { return nil, broken },
		"no function": nil,
		"nothing":     func(aws.Config) (remediate.Remediator, error) { return nil, nil },
	} {
		if _, err := assume.PerAccount(newSessions(t, newSTS()), make, nil); err == nil {
			t.Errorf("%s: no error", reason)
		}
	}
	if _, err := assume.PerAccount(nil, newCloud().restart, nil); err == nil {
		t.Error("no sessions: no error")
	}
}

// TestNoReads holds that who declares no reads plans without any permission.
func TestNoReads(t *testing.T) {
	c := newCloud()
	r, err := assume.PerAccount(newSessions(t, c.sts), func(cfg aws.Config) (remediate.Remediator, error) {
		made, err := c.restart(cfg)
		return &noReads{made.(*trailfix.Remediator)}, err
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Plan(t.Context(), stopLogging(account)); err == nil || !strings.Contains(*c.sts.assumed[0].Policy, `"Deny"`) {
		t.Errorf("planned with the policy %q, error %v", *c.sts.assumed[0].Policy, err)
	}
}

type noReads struct{ *trailfix.Remediator }

func (n *noReads) Spec() remediate.Spec {
	s := n.Remediator.Spec()
	s.Reads = nil
	return s
}

func FuzzPlan(f *testing.F) {
	f.Add(account, region, account, region, []byte(`{"name":"main"}`))
	f.Add(own, region, "", "", []byte(`null`))
	f.Add("*", "x.example/", "１２３", "eu-west-1", []byte(`{"name":["-x"]}`))
	f.Fuzz(func(t *testing.T, a, reg, recAccount, recRegion string, params []byte) {
		c := newCloud()
		r := c.remediator(t)
		finding := stopLogging(a, func(e *event.Event, r *event.Record) {
			e.Region, r.RecipientAccountID, r.AWSRegion, r.RequestParameters = reg, recAccount, recRegion, params
		})
		plan, err := r.Plan(t.Context(), finding)
		if (plan == nil) == (err == nil) {
			t.Fatalf("plan %v, error %v", plan, err)
		}
		if len(c.running) > 0 {
			t.Fatal("Plan wrote")
		}
		for _, in := range c.sts.assumed {
			if *in.RoleArn != "arn:aws:iam::"+a+":role/security/countertrail" || a == own || len(a) != len(account) || recAccount != "" && recAccount != a {
				t.Fatalf("the role %q was assumed for %q", *in.RoleArn, a)
			}
		}
		if plan != nil && (plan.Account != a || plan.Region != reg) {
			t.Fatalf("a plan for %q in %q", plan.Account, plan.Region)
		}
	})
}
