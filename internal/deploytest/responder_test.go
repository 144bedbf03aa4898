package deploytest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

const (
	trail    = "main"
	trailARN = "arn:aws:cloudtrail:us-east-1:" + accountID + ":trail/" + trail
	role     = "arn:aws:iam::" + accountID + ":role/countertrail"
)

// makeTrail makes a trail that logs.
func (r *region) makeTrail(t *testing.T) {
	t.Helper()
	r.put(t, "logs", "made", nil)
	in := &cloudtrail.CreateTrailInput{Name: aws.String(trail), S3BucketName: aws.String("logs")}
	must(r.cloudTrail.CreateTrail(t.Context(), in))(t)
	must(r.cloudTrail.StartLogging(t.Context(), &cloudtrail.StartLoggingInput{Name: aws.String(trail)}))(t)
}

// stopTrail stops the trail, as somebody does who wants not to be seen.
func (r *region) stopTrail(t *testing.T) {
	t.Helper()
	must(r.cloudTrail.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: aws.String(trail)}))(t)
	if r.logs(t) {
		t.Fatal("the trail logs although it was stopped")
	}
}

// logs reports whether the trail logs.
func (r *region) logs(t *testing.T) bool {
	t.Helper()
	return *must(r.cloudTrail.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: aws.String(trail)}))(t).IsLogging
}

// motoTrails is moto's CloudTrail. Its GetTrail leaves out the home Region, which its DescribeTrails
// has.
type motoTrails struct{ *cloudtrail.Client }

func (m motoTrails) GetTrail(
	ctx context.Context, in *cloudtrail.GetTrailInput, opts ...func(*cloudtrail.Options),
) (*cloudtrail.GetTrailOutput, error) {
	out, err := m.Client.GetTrail(ctx, in, opts...)
	if err != nil || out.Trail.HomeRegion != nil {
		return out, err
	}
	all, err := m.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{TrailNameList: []string{*in.Name}}, opts...)
	if err != nil {
		return nil, err
	}
	out.Trail.HomeRegion = all.TrailList[0].HomeRegion
	return out, nil
}

// TestHandler takes events from the bus of a deployed stack by way of a queue, and hands them to a
// Handler that may change trails.
func TestHandler(t *testing.T) {
	t.Parallel()
	bus := start(t, miniStack).region("us-east-1")
	trails := start(t, moto).region("us-east-1")
	rules := controls(t).Rules()
	bus.deploy(t, render(t, &deploy.Stack{Rules: rules}), map[string]string{"AlertEmail": ""})
	tap := bus.tap(t, bus.deployedRules(t, rules)["4.5"])
	trails.makeTrail(t)

	fix := trailfix.New(motoTrails{trails.cloudTrail}, trails.cloudTrail, &trailfix.Options{Interval: time.Millisecond})
	h := must(countertrail.New(rules, &countertrail.Options{
		Remediators: []remediate.Remediator{fix},
		Remediation: remediate.Options{Mode: remediate.Enforce, Self: remediate.Self{RoleARN: role}},
	}))(t)
	handle := func(e entry) *countertrail.Report {
		t.Helper()
		id := bus.putEvent(t, e)
		messages := bus.receive(t, tap)
		if len(messages) != 1 {
			t.Fatalf("%d messages came for an event", len(messages))
		}
		report := must(h.Handle(t.Context(), json.RawMessage(messages[0])))(t)
		if report.ID != id || len(report.Findings) != 1 || report.Findings[0].RuleID != "4.5" {
			t.Fatalf("the report is %s; want one on 4.5 and event %s", show(t, report), id)
		}
		return report
	}

	trails.stopTrail(t)
	report := handle(cloudTrailEvent("StopLogging", trail, bus.name, ""))
	if !trails.logs(t) {
		t.Error("the trail does not log again")
	}
	if r := report.Findings[0].Remediations; len(r) != 1 || r[0].Outcome != remediate.Verified {
		t.Errorf("the remediation was not verified: %s", show(t, report))
	}

	// What the responder did is an event as well.
	report = handle(cloudTrailEvent("StartLogging", trail, bus.name, role))
	if r := report.Findings[0].Remediations; len(r) != 0 {
		t.Errorf("our own StartLogging is answered: %s", show(t, report))
	}

	// And should it ever stop a trail itself, it must not fight itself.
	trails.stopTrail(t)
	report = handle(cloudTrailEvent("StopLogging", trail, bus.name, role))
	if trails.logs(t) {
		t.Error("our own StopLogging is answered")
	}
	if r := report.Findings[0].Remediations; len(r) != 1 || r[0].Outcome != remediate.Refused || r[0].Guard != remediate.GuardSelf {
		t.Errorf("our own StopLogging is not refused: %s", show(t, report))
	}
}

// deployExample deploys the template that is checked in, with the program of examples/lambda as its
// function, and makes a trail that logs. It returns the outputs and a queue that gets the alerts.
func deployExample(t *testing.T, mode string) (r *region, outputs map[string]string, alerts string) {
	t.Helper()
	r = start(t, miniStack).region("us-east-1")
	r.put(t, "packages-us-east-1", "function.zip", buildFunction(t))
	outputs = r.deploy(t, []byte(example(t, "cloudformation/template.yaml")), map[string]string{
		"AlertEmail": "", "CodeBucketPrefix": "packages", "CodeKey": "function.zip", "Mode": mode,
	})
	r.makeTrail(t)
	return r, outputs, r.listen(t, outputs["TopicArn"])
}

// TestFunction watches a deployed function from outside: events go onto the bus, alerts come out of the
// topic, and the trail logs or does not. The function has the permissions of its role, and no more.
func TestFunction(t *testing.T) {
	t.Parallel()
	r, outputs, alerts := deployExample(t, "enforce")
	self := outputs["FunctionRoleArn"]

	r.stopTrail(t)
	r.putEvent(t, cloudTrailEvent("StopLogging", trail, r.name, ""))
	r.await(t, alerts, "CloudTrail", "user/alice", trailARN, "verified")
	if !r.logs(t) {
		t.Error("the trail does not log again")
	}

	r.putEvent(t, cloudTrailEvent("StartLogging", trail, r.name, self))
	r.await(t, alerts, "StartLogging", "own credentials")
	if !r.logs(t) {
		t.Error("the trail does not log any more")
	}

	r.stopTrail(t)
	r.putEvent(t, cloudTrailEvent("StopLogging", trail, r.name, self))
	r.await(t, alerts, "StopLogging", "own credentials", "refused")
	if r.logs(t) {
		t.Error("our own StopLogging is answered")
	}
}

// TestObservingFunction holds that a function deployed to observe changes nothing.
func TestObservingFunction(t *testing.T) {
	t.Parallel()
	r, _, alerts := deployExample(t, "observe")
	r.stopTrail(t)
	r.putEvent(t, cloudTrailEvent("StopLogging", trail, r.name, ""))
	r.await(t, alerts, "CloudTrail", "user/alice", trailARN, "planned")
	if r.logs(t) {
		t.Error("the trail logs again")
	}
}

func show(t *testing.T, v any) string { return string(must(json.Marshal(v))(t)) }
