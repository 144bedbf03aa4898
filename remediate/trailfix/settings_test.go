package trailfix_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

// A registry is a CloudTrail that describes and updates trails. What it tells lags behind by as many
// reads as it is told.
type registry struct {
	mu    sync.Mutex
	trail *types.Trail // nil: there is none
	lag   []*types.Trail
	fail  func(action string) error
}

func (r *registry) do(ctx context.Context, op string, name *string, opts []func(*cloudtrail.Options)) error {
	var o cloudtrail.Options
	for _, opt := range opts {
		opt(&o)
	}
	if o.Region != region || aws.ToString(name) != mainARN {
		return &types.TrailNotFoundException{}
	}
	if r.fail != nil {
		if err := r.fail("cloudtrail:" + op); err != nil {
			return err
		}
	}
	if r.trail == nil && len(r.lag) == 0 {
		return &types.TrailNotFoundException{}
	}
	return ctx.Err()
}

func (r *registry) GetTrail(ctx context.Context, in *cloudtrail.GetTrailInput, opts ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.do(ctx, "GetTrail", in.Name, opts); err != nil {
		return nil, err
	}
	t := r.trail
	if len(r.lag) > 0 {
		t, r.lag = r.lag[0], r.lag[1:]
	}
	shown := *t
	return &cloudtrail.GetTrailOutput{Trail: &shown}, nil
}

// UpdateTrail leaves alone what is not given, and clears what is given empty.
func (r *registry) UpdateTrail(ctx context.Context, in *cloudtrail.UpdateTrailInput, opts ...func(*cloudtrail.Options)) (*cloudtrail.UpdateTrailOutput, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.do(ctx, "UpdateTrail", in.Name, opts); err != nil {
		return nil, err
	}
	t := *r.trail
	for _, s := range []struct{ from, to **string }{
		{&in.S3BucketName, &t.S3BucketName}, {&in.S3KeyPrefix, &t.S3KeyPrefix}, {&in.SnsTopicName, &t.SnsTopicARN}, {&in.KmsKeyId, &t.KmsKeyId},
		{&in.CloudWatchLogsLogGroupArn, &t.CloudWatchLogsLogGroupArn}, {&in.CloudWatchLogsRoleArn, &t.CloudWatchLogsRoleArn},
	} {
		if *s.from != nil {
			if *s.to = *s.from; **s.from == "" {
				*s.to = nil
			}
		}
	}
	for _, s := range []struct{ from, to **bool }{
		{&in.IncludeGlobalServiceEvents, &t.IncludeGlobalServiceEvents}, {&in.IsMultiRegionTrail, &t.IsMultiRegionTrail},
		{&in.EnableLogFileValidation, &t.LogFileValidationEnabled},
	} {
		if *s.from != nil {
			*s.to = *s.from
		}
	}
	r.trail = &t
	return &cloudtrail.UpdateTrailOutput{}, nil
}

// whole returns a trail with every setting that protects it.
func whole() *types.Trail {
	return &types.Trail{
		TrailARN: aws.String(mainARN), HomeRegion: aws.String(region), Name: aws.String("main"),
		S3BucketName: aws.String("logs-example"), S3KeyPrefix: aws.String("trail"), SnsTopicARN: aws.String("arn:aws:sns:eu-west-1:123456789012:trail"),
		KmsKeyId:                  aws.String("arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
		CloudWatchLogsLogGroupArn: aws.String("arn:aws:logs:eu-west-1:123456789012:log-group:trail:*"),
		CloudWatchLogsRoleArn:     aws.String("arn:aws:iam::123456789012:role/trail"),
		IsMultiRegionTrail:        aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true), LogFileValidationEnabled: aws.Bool(true),
	}
}

// bare returns the trail after somebody took from it what can be taken.
func bare() *types.Trail {
	return &types.Trail{
		TrailARN: aws.String(mainARN), HomeRegion: aws.String(region), Name: aws.String("main"), S3BucketName: aws.String("mallorys-bucket"),
		IsMultiRegionTrail: aws.Bool(false), IncludeGlobalServiceEvents: aws.Bool(false), LogFileValidationEnabled: aws.Bool(false),
	}
}

var kept = trailfix.Baselines{mainARN: {Trail: *whole()}}

// updateTrail returns a finding on an UpdateTrail after which the trail was as given.
func updateTrail(became *types.Trail) rule.Finding {
	response := map[string]any{"trailARN": mainARN, "name": "main"}
	for name, value := range map[string]any{
		"s3BucketName": became.S3BucketName, "s3KeyPrefix": became.S3KeyPrefix, "snsTopicARN": became.SnsTopicARN, "kmsKeyId": became.KmsKeyId,
		"cloudWatchLogsLogGroupArn": became.CloudWatchLogsLogGroupArn, "cloudWatchLogsRoleArn": became.CloudWatchLogsRoleArn,
		"isMultiRegionTrail": became.IsMultiRegionTrail, "includeGlobalServiceEvents": became.IncludeGlobalServiceEvents,
		"logFileValidationEnabled": became.LogFileValidationEnabled,
	} {
		if s, ok := value.(*string); !ok || s != nil {
			response[name] = value
		}
	}
	text, err := json.Marshal(response)
	if err != nil {
		panic(err)
	}
	return stopLogging("main", stopped, func(_ *event.Event, r *event.Record) { r.EventName, r.ResponseElements = "UpdateTrail", text })
}

func deleteTrail() rule.Finding {
	return stopLogging("main", stopped, func(_ *event.Event, r *event.Record) { r.EventName = "DeleteTrail" })
}

func TestSettingsConformance(t *testing.T) {
	world := func(f func() rule.Finding, trail func() *types.Trail, h trailfix.History) func() *remediatetest.World {
		return func() *remediatetest.World {
			r := &registry{trail: trail()}
			return &remediatetest.World{
				Remediator: trailfix.NewSettings(r, r, h, soon),
				Finding:    f(),
				State: func() any {
					r.mu.Lock()
					defer r.mu.Unlock()
					return r.trail
				},
				Hook: func(hook func(string) error) { r.fail = hook },
				Meddle: func() {
					r.trail = whole()
					r.trail.S3BucketName = aws.String("another")
					r.trail.IsMultiRegionTrail = nil
				},
			}
		}
	}
	nothing := func() *types.Trail { return nil }
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"all was taken":             world(func() rule.Finding { return updateTrail(bare()) }, bare, kept),
		"what was there is unknown": world(func() rule.Finding { return updateTrail(bare()) }, bare, nil),
		"the trail was deleted":     world(deleteTrail, nothing, kept),
	}})
}

func TestSettingsPlan(t *testing.T) {
	without := func(edit func(*types.Trail)) *types.Trail { t := whole(); edit(t); return t }
	singleRegion := without(func(t *types.Trail) { t.IsMultiRegionTrail = aws.Bool(false) })
	plain := without(func(t *types.Trail) { t.KmsKeyId = nil })
	for _, tt := range []struct {
		reason  string
		became  *types.Trail // of the event
		trail   *types.Trail // as it is
		history trailfix.History
		after   string // of the step; empty: no step
		manual  bool
		refused bool
	}{
		{"no longer in every Region", singleRegion, singleRegion, kept, `{"IsMultiRegionTrail":true}`, false, false},
		{"no longer encrypted", plain, plain, kept, `{"KmsKeyId":"` + *whole().KmsKeyId + `"}`, false, false},
		{"nothing was lost", whole(), whole(), kept, "", false, false},
		{"somebody gave it back", singleRegion, whole(), kept, "", false, false},
		{"more than there was is no loss", whole(), whole(), trailfix.Baselines{mainARN: {Trail: *bare()}}, `{"S3BucketName":"mallorys-bucket"}`, false, false},
		{"changed again since, to something else", plain, without(func(t *types.Trail) { t.KmsKeyId = aws.String("other") }), kept, "", false, true},
		{"whether it ever was in every Region is unknown", singleRegion, singleRegion, nil, `{"IsMultiRegionTrail":true}`, true, false},
		{"where its logs went is unknown, and the rest is on", without(func(t *types.Trail) { t.S3BucketName = aws.String("mallorys") }),
			without(func(t *types.Trail) { t.S3BucketName = aws.String("mallorys") }), nil, "", false, false},
		{"a value that is an option to the AWS CLI", singleRegion, singleRegion,
			trailfix.Baselines{mainARN: {Trail: *without(func(t *types.Trail) { t.S3KeyPrefix = aws.String("--x") })}}, "", false, true},
		{"a value that is a file to the AWS CLI", singleRegion, singleRegion,
			trailfix.Baselines{mainARN: {Trail: *without(func(t *types.Trail) { t.S3KeyPrefix = aws.String("file://x") })}}, "", false, true},
	} {
		r := &registry{trail: tt.trail}
		plan, err := trailfix.NewSettings(r, r, tt.history, soon).Plan(t.Context(), updateTrail(tt.became))
		if refused := guardOf(err) != ""; refused != tt.refused || err != nil && !refused {
			t.Errorf("%s: error %v", tt.reason, err)
			continue
		}
		if err != nil {
			continue
		}
		var after string
		var manual bool
		for _, s := range plan.Steps {
			after, manual = string(s.After), s.Manual
			if !s.Inverse.Manual {
				t.Errorf("%s: the way back is no suggestion", tt.reason)
			}
		}
		if after != tt.after || manual != tt.manual {
			t.Errorf("%s: after %s, a suggestion %t; want %s, %t", tt.reason, after, manual, tt.after, tt.manual)
		}
	}
}

// TestSettingsCommand holds the command that people may run.
func TestSettingsCommand(t *testing.T) {
	r := &registry{trail: bare()}
	plan, err := trailfix.NewSettings(r, r, kept, soon).Plan(t.Context(), updateTrail(bare()))
	if err != nil {
		t.Fatal(err)
	}
	step := plan.Steps[0]
	for command, want := range map[string]string{
		step.Command: "aws cloudtrail update-trail --name " + mainARN + " --s3-bucket-name logs-example --s3-key-prefix trail" +
			" --sns-topic-name arn:aws:sns:eu-west-1:123456789012:trail --kms-key-id arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab" +
			" --cloud-watch-logs-log-group-arn 'arn:aws:logs:eu-west-1:123456789012:log-group:trail:*' --cloud-watch-logs-role-arn arn:aws:iam::123456789012:role/trail" +
			" --include-global-service-events --is-multi-region-trail --enable-log-file-validation --region eu-west-1",
		step.Inverse.Command: "aws cloudtrail update-trail --name " + mainARN + " --s3-bucket-name mallorys-bucket --s3-key-prefix ''" +
			" --sns-topic-name '' --kms-key-id '' --cloud-watch-logs-log-group-arn '' --cloud-watch-logs-role-arn ''" +
			" --no-include-global-service-events --no-is-multi-region-trail --no-enable-log-file-validation --region eu-west-1",
	} {
		if command != want {
			t.Errorf("got  %s\nwant %s", command, want)
		}
	}
}

// TestSettingsWaits holds that a trail that is shown as before the event is not believed.
func TestSettingsWaits(t *testing.T) {
	for lag := range 5 {
		r := &registry{trail: bare()}
		for range lag {
			r.lag = append(r.lag, whole())
		}
		plan, err := trailfix.NewSettings(r, r, kept, soon).Plan(t.Context(), updateTrail(bare()))
		if err != nil || len(plan.Steps) != 1 {
			t.Errorf("late by %d reads: plan %v, error %v", lag, plan, err)
		}
	}
}

func TestSettingsDeleted(t *testing.T) {
	gone := &registry{lag: []*types.Trail{whole(), whole()}} // deleted, and still shown for a while
	plan, err := trailfix.NewSettings(gone, gone, kept, soon).Plan(t.Context(), deleteTrail())
	if err != nil || len(plan.Steps) != 2 || len(plan.Automatic().Steps) != 0 {
		t.Fatalf("plan %v, error %v; want two suggestions", plan, err)
	}
	if c := plan.Steps[0].Command; !strings.HasPrefix(c, "aws cloudtrail create-trail --name main --s3-bucket-name logs-example ") || strings.Contains(c, "''") {
		t.Errorf("command %s", c)
	}
	if _, err := trailfix.NewSettings(gone, gone, nil, soon).Plan(t.Context(), deleteTrail()); guardOf(err) != "history" {
		t.Errorf("nothing is known: error %v, want a refusal", err)
	}
	back := &registry{trail: whole()}
	if plan, err := trailfix.NewSettings(back, back, kept, soon).Plan(t.Context(), deleteTrail()); err != nil || len(plan.Steps) != 0 {
		t.Errorf("there again: plan %v, error %v", plan, err)
	}
}

// brokenHistory fails.
type brokenHistory struct{ err error }

func (b brokenHistory) Before(context.Context, string, time.Time) (*trailfix.Baseline, error) {
	return nil, b.err
}

func TestSettingsErrors(t *testing.T) {
	odd := errors.New("odd")
	r := &registry{trail: bare()}
	if _, err := trailfix.NewSettings(r, r, brokenHistory{odd}, soon).Plan(t.Context(), updateTrail(bare())); !errors.Is(err, odd) {
		t.Errorf("a history that cannot be read: error %v", err)
	}
	for _, body := range []string{`null`, `{}`, `{"omitted":true,"originalSize":1,"reason":"x"}`, `{"trailARN":"x","isMultiRegionTrail":"false"}`, `{"trailARN":"x","kmsKeyId":null}`} {
		f := updateTrail(bare())
		f.Record.ResponseElements = json.RawMessage(body)
		plan, err := trailfix.NewSettings(r, r, kept, soon).Plan(t.Context(), f)
		if err == nil || !strings.Contains(err.Error(), "detail.responseElements") {
			t.Errorf("responseElements %s: plan %v, error %v", body, plan, err)
		}
	}
	rem := trailfix.NewSettings(r, r, kept, soon)
	plan, err := rem.Plan(t.Context(), updateTrail(bare()))
	if err != nil {
		t.Fatal(err)
	}
	for reason, edit := range map[string]func(*remediate.Step){
		"another value":     func(s *remediate.Step) { s.After = json.RawMessage(`{"S3BucketName":"x"}`) },
		"other arguments":   func(s *remediate.Step) { s.Args = json.RawMessage(`{}`) },
		"not settings":      func(s *remediate.Step) { s.After = json.RawMessage(`[]`) },
		"another command":   func(s *remediate.Step) { s.Command = "rm" },
		"another resource":  func(s *remediate.Step) { s.Resource += "2" },
		"no longer manual":  func(s *remediate.Step) { inverse := *s.Inverse; inverse.Manual = false; *s = inverse },
		"a step that is to": func(s *remediate.Step) { s.Manual = true },
	} {
		p := *plan
		p.Steps = []remediate.Step{plan.Steps[0]}
		edit(&p.Steps[0])
		if receipt, err := rem.Apply(t.Context(), &p); err == nil || receipt != nil {
			t.Errorf("%s: receipt %v, error %v", reason, receipt, err)
		}
	}
	if _, err := trailfix.NewSettings(r, nil, kept, soon).Apply(t.Context(), plan); err == nil {
		t.Error("no writer: no error")
	}
}

// FuzzSettingsPlan holds that no record leads to a panic or to a write.
func FuzzSettingsPlan(f *testing.F) {
	for _, s := range []rule.Finding{updateTrail(bare()), deleteTrail()} {
		f.Add(s.Record.EventName, []byte(s.Record.RequestParameters), []byte(s.Record.ResponseElements))
	}
	f.Fuzz(func(t *testing.T, name string, request, response []byte) {
		r := &registry{trail: bare(), fail: func(action string) error {
			if action != "cloudtrail:GetTrail" {
				t.Errorf("called %s", action)
			}
			return nil
		}}
		finding := updateTrail(bare())
		finding.Record.EventName, finding.Record.RequestParameters, finding.Record.ResponseElements = name, request, response
		plan, err := trailfix.NewSettings(r, r, kept, soon).Plan(t.Context(), finding)
		if (plan == nil) == (err == nil) {
			t.Errorf("plan %v, error %v", plan, err)
		}
		for _, s := range stepsOf(plan) {
			if s.Resource != mainARN {
				t.Errorf("a step on %q", s.Resource)
			}
		}
	})
}

// stepsOf returns the steps of a plan that may be nil.
func stepsOf(p *remediate.Plan) []remediate.Step {
	if p == nil {
		return nil
	}
	return p.Steps
}

func ExampleNewSettings() {
	baselines := trailfix.Baselines{mainARN: {Trail: *whole()}} // how the trail is meant to be
	client := &registry{trail: bare()}                          // cloudtrail.NewFromConfig(cfg)
	settings := trailfix.NewSettings(client, client, baselines, soon)
	plan, err := settings.Plan(context.Background(), updateTrail(bare()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan)
	// Output:
	// The trail "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main" has lost settings that protected it (CloudWatchLogsLogGroupArn, CloudWatchLogsRoleArn, EnableLogFileValidation, IncludeGlobalServiceEvents, IsMultiRegionTrail, KmsKeyId, S3BucketName, S3KeyPrefix, SnsTopicName): give them back.
	// 1. cloudtrail:UpdateTrail on "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main" in eu-west-1
}
