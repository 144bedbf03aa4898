package trailfix_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

var stopped = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestPlan(t *testing.T) {
	c := newCloud(mainARN, stopped)
	plan, err := trailfix.New(c, nil, nil).Plan(t.Context(), stopLogging("main", stopped))
	if err != nil {
		t.Fatal(err)
	}
	want := &remediate.Plan{
		Remediator: "trailfix",
		RuleID:     "4.5",
		EventID:    "22222222-2222-2222-2222-222222222222",
		Account:    account,
		Region:     region,
		Summary:    `Logging on the trail "` + mainARN + `" is stopped: start it again.`,
		Steps: []remediate.Step{{
			Action:   "cloudtrail:StartLogging",
			Resource: mainARN,
			Region:   region,
			Summary:  `start logging on the trail "main"`,
			Args:     json.RawMessage(`{"Name":"` + mainARN + `"}`),
			Before:   json.RawMessage(`{"isLogging":false,"stopLoggingTime":"2026-03-01T12:00:00Z"}`),
			After:    json.RawMessage(`{"isLogging":true}`),
			Command:  "aws cloudtrail start-logging --name " + mainARN + " --region eu-west-1",
			Inverse: &remediate.Step{
				Action:   "cloudtrail:StopLogging",
				Resource: mainARN,
				Region:   region,
				Summary:  `stop logging on the trail "main"`,
				Args:     json.RawMessage(`{"Name":"` + mainARN + `"}`),
				Before:   json.RawMessage(`{"isLogging":true}`),
				After:    json.RawMessage(`{"isLogging":false}`),
				Command:  "aws cloudtrail stop-logging --name " + mainARN + " --region eu-west-1",
			},
		}},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	wantCalls := []call{{"GetTrail", region, mainARN}, {"GetTrailStatus", region, mainARN}}
	if diff := cmp.Diff(wantCalls, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// guardOf returns the guard of the refusal that err is or wraps, if any.
func guardOf(err error) string {
	var refusal *remediate.Refusal
	if errors.As(err, &refusal) {
		return refusal.Guard
	}
	return ""
}

// checkText reports an error text that is no fit line for a report.
func checkText(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if !strings.HasPrefix(text, "trailfix: ") || strings.Count(text, "trailfix:") != 1 {
		t.Errorf("the error does not begin with the package, once: %q", text)
	}
	if len(text) > 1000 || strings.ContainsAny(text, "\x00\n\u202e") {
		t.Errorf("the error is too long or holds what was not quoted: %q", text)
	}
}

func TestPlanNotApplicable(t *testing.T) {
	edited := func(edit func(*event.Event, *event.Record)) rule.Finding { return stopLogging("main", stopped, edit) }
	tests := []struct {
		finding rule.Finding
		reason  string
	}{
		{rule.Finding{}, "nothing at all"},
		{rule.Finding{Event: &event.Event{Account: account}}, "not a CloudTrail event"},
		{rule.Finding{Record: stopLogging("main", stopped).Record}, "a record without its envelope"},
		{edited(func(_ *event.Event, r *event.Record) { r.EventName = "StartLogging" }), "the answer itself"},
		{edited(func(_ *event.Event, r *event.Record) { r.EventName = "DeleteTrail" }), "another call"},
		{edited(func(_ *event.Event, r *event.Record) { r.EventName = "stopLogging" }), "names are exact"},
		{edited(func(_ *event.Event, r *event.Record) { r.EventSource = "cloudtrail.example.com" }), "another source"},
		{edited(func(_ *event.Event, r *event.Record) { r.EventSource = "" }), "no source"},
	}
	for _, tt := range tests {
		c := newCloud(mainARN, stopped)
		_, err := trailfix.New(c, nil, nil).Plan(t.Context(), tt.finding)
		if !errors.Is(err, remediate.ErrNotApplicable) {
			t.Errorf("%s: error %v, want ErrNotApplicable", tt.reason, err)
		}
		if len(c.calls) > 0 {
			t.Errorf("%s: called %v", tt.reason, c.calls)
		}
	}
}

func TestPlanFailedCall(t *testing.T) {
	for _, edit := range []func(*event.Event, *event.Record){
		func(_ *event.Event, r *event.Record) { r.ErrorCode = "TrailNotFoundException" },
		func(_ *event.Event, r *event.Record) { r.ErrorMessage = "something went wrong" },
		func(_ *event.Event, r *event.Record) {
			r.ErrorCode, r.RequestParameters = "AccessDenied", json.RawMessage("null")
		},
	} {
		c := newCloud(mainARN, stopped)
		f := stopLogging("main", stopped, edit)
		_, err := trailfix.New(c, nil, nil).Plan(t.Context(), f)
		if guardOf(err) != remediate.GuardFailedCall || len(c.calls) > 0 {
			t.Errorf("code %q, message %q: error %v and calls %v, want a refusal and none", f.Record.ErrorCode, f.Record.ErrorMessage, err, c.calls)
		}
	}
}

// TestPlanAnswers holds what Plan makes of the answers of CloudTrail.
func TestPlanAnswers(t *testing.T) {
	tests := []struct {
		reason string
		edit   func(*cloud)
		steps  int
		want   string // part of the summary, or of the error if steps is -1
		guard  string // of the refusal, if the error is one
	}{
		{"the trail is of our own organization", func(c *cloud) { c.trail.IsOrganizationTrail = aws.Bool(true) }, 1, "trail of an organization", ""},
		{"restarting it will not be enough", func(c *cloud) { c.status.LatestDeliveryError = aws.String("NoSuch\nBucket") }, 1, `failed ("NoSuch\nBucket")`, ""},
		{"an empty error is none", func(c *cloud) { c.status.LatestDeliveryError = aws.String("") }, 1, "start it again.", ""},
		{"started again by somebody", func(c *cloud) { c.status = c.on(stopped.Add(time.Minute)) }, 0, "is on again", ""},
		{"started again within the second, which is all that eventTime tells", func(c *cloud) { c.status = c.on(stopped) }, 0, "is on again", ""},
		{"on, and since when is unknown", func(c *cloud) { c.status = c.on(stopped); c.status.StartLoggingTime = nil }, 0, "is on again", ""},
		{"on, and yet no log arrives", func(c *cloud) {
			c.status = c.on(stopped.Add(time.Minute))
			c.status.LatestDeliveryError = aws.String("AccessDenied")
		}, 0, `failed ("AccessDenied")`, ""},
		{"no times", func(c *cloud) { c.status = &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(false)} }, 1, "start it again", ""},

		{"no trail in the answer", func(c *cloud) { c.trail = nil }, -1, "returned no trail", ""},
		{"an empty trail in the answer", func(c *cloud) { c.trail = &types.Trail{} }, -1, "tells of \"\"", remediate.GuardScope},
		{"another account's trail of that name", func(c *cloud) {
			c.trail.TrailARN = aws.String("arn:aws:cloudtrail:eu-west-1:111122223333:trail/main")
		}, -1, "111122223333", remediate.GuardScope},
		{"another Region's trail of that name", func(c *cloud) {
			c.trail.TrailARN = aws.String("arn:aws:cloudtrail:us-east-1:123456789012:trail/main")
		}, -1, "us-east-1", remediate.GuardScope},
		{"a trail whose home is elsewhere", func(c *cloud) { c.trail.HomeRegion = aws.String("us-east-1") }, -1, "us-east-1", remediate.GuardScope},
		{"a trail without a home", func(c *cloud) { c.trail.HomeRegion = nil }, -1, "Region \"\"", remediate.GuardScope},
		{"no status in the answer", func(c *cloud) { c.status = nil }, -1, "does not say", ""},
		{"an empty status", func(c *cloud) { c.status = &cloudtrail.GetTrailStatusOutput{} }, -1, "does not say", ""},
	}
	for _, tt := range tests {
		c := newCloud(mainARN, stopped)
		tt.edit(c)
		plan, err := trailfix.New(c, nil, nil).Plan(t.Context(), stopLogging("main", stopped))
		if tt.steps < 0 {
			if plan != nil || err == nil || !strings.Contains(err.Error(), tt.want) || guardOf(err) != tt.guard {
				t.Errorf("%s: plan %v, error %v; want an error of guard %q that says %q", tt.reason, plan, err, tt.guard, tt.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		if len(plan.Steps) != tt.steps || !strings.Contains(plan.Summary, tt.want) || strings.Contains(plan.Summary, "\n") {
			t.Errorf("%s: %d steps and summary %q; want %d and %q", tt.reason, len(plan.Steps), plan.Summary, tt.steps, tt.want)
		}
	}
}

// TestPlanWaits holds that a status from before the event is not believed: it would leave the
// trail stopped.
func TestPlanWaits(t *testing.T) {
	for lag := range 6 {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			c := newCloud(mainARN, begin)
			for range lag {
				c.lag = append(c.lag, c.on(begin.Add(-24*time.Hour)))
			}
			plan, err := trailfix.New(c, nil, &trailfix.Options{Interval: time.Second, Reads: 5}).Plan(t.Context(), stopLogging("main", begin))
			if lag == 5 {
				if !errors.Is(err, remediate.ErrTemporary) {
					t.Errorf("status out of date for good: plan %v, error %v, want ErrTemporary", plan, err)
				}
			} else if err != nil || len(plan.Steps) != 1 {
				t.Errorf("status out of date in %d reads: plan %v, error %v, want one step", lag, plan, err)
			}
			if got, want := time.Since(begin), time.Duration(min(lag, 4))*time.Second; got != want {
				t.Errorf("status out of date in %d reads: waited %s, want %s", lag, got, want)
			}
		})
	}
}

func TestPlanStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		c := newCloud(mainARN, begin)
		c.status = c.on(begin.Add(-time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := trailfix.New(c, nil, nil).Plan(ctx, stopLogging("main", begin))
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, remediate.ErrTemporary) {
			t.Errorf("error %v, want that of the context and no other", err)
		}
		if got := time.Since(begin); got != 3*time.Second {
			t.Errorf("returned after %s, want 3s", got)
		}
	})
}

// failing returns a cloud in which op fails with err.
func failing(op string, err error) *cloud {
	c := newCloud(mainARN, stopped)
	c.errs[op] = err
	return c
}

// TestCallErrors holds that what a call fails with is told for what it is.
func TestCallErrors(t *testing.T) {
	tests := []struct {
		err    error
		is     error // nil: no sentinel of package remediate
		reason string
	}{
		{&types.TrailNotFoundException{Message: aws.String("Unknown trail")}, remediate.ErrNotFound, "the trail was deleted"},
		{&types.ThrottlingException{}, remediate.ErrTemporary, "throttled"},
		{&types.ConflictException{}, remediate.ErrTemporary, "somebody else is changing it"},
		{apiError("AccessDeniedException"), remediate.ErrDenied, "we may not"},
		{&types.NotOrganizationMasterAccountException{}, remediate.ErrDenied, "our account may not"},
		{&types.InvalidHomeRegionException{}, nil, "a wrong Region, which no sentinel tells"},
		{&types.OperationNotPermittedException{}, nil, "not permitted to anybody"},
		{io.ErrUnexpectedEOF, remediate.ErrTemporary, "the connection broke"},
		{errors.New("no credentials"), nil, "unknown"},
	}
	sentinels := []error{remediate.ErrNotFound, remediate.ErrTemporary, remediate.ErrDenied}
	check := func(t *testing.T, op string, err, cause, is error, reason string) {
		t.Helper()
		if !errors.Is(err, cause) {
			t.Errorf("%s: error %v does not wrap %v; %s", op, err, cause, reason)
			return
		}
		for _, s := range sentinels {
			if errors.Is(err, s) != (s == is) {
				t.Errorf("%s: errors.Is(%v, %v) = %t; %s", op, err, s, s != is, reason)
			}
		}
		if !strings.Contains(err.Error(), "cloudtrail:"+op+` on "`+mainARN) {
			t.Errorf("%s: error %v does not name the call; %s", op, err, reason)
		}
		checkText(t, err)
	}
	plan := mustPlan(t)
	for _, tt := range tests {
		for _, op := range []string{"GetTrail", "GetTrailStatus"} {
			_, err := trailfix.New(failing(op, tt.err), nil, nil).Plan(t.Context(), stopLogging("main", stopped))
			check(t, op, err, tt.err, tt.is, tt.reason)
		}
		for _, op := range []string{"GetTrailStatus", "StartLogging"} {
			c := failing(op, tt.err)
			receipt, err := trailfix.New(c, c, nil).Apply(t.Context(), plan)
			check(t, op, err, tt.err, tt.is, tt.reason)
			if errors.Is(err, remediate.ErrStale) != (tt.is == remediate.ErrNotFound) {
				t.Errorf("Apply, %s: error %v; want ErrStale if and only if the trail is gone; %s", op, err, tt.reason)
			}
			if len(receipt.Steps) != 1 || receipt.Steps[0].Status != remediate.StepFailed || receipt.Steps[0].Error != err.Error() {
				t.Errorf("Apply, %s: receipt %+v, want the step to have failed with %v", op, receipt, err)
			}
		}
		c := failing("GetTrailStatus", tt.err)
		check(t, "GetTrailStatus", trailfix.New(c, c, nil).Verify(t.Context(), plan), tt.err, tt.is, tt.reason)
	}
}
