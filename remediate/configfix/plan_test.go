package configfix_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/configfix"
	"github.com/countertrail/countertrail/rule"
)

const long = 24 * time.Hour

func TestPlan(t *testing.T) {
	c := newCloud()
	c.channel = nil
	history := past{records: []*event.Record{record("DeleteDeliveryChannel", deleteParams, -time.Second), record("PutDeliveryChannel", putParams, long)}}
	plan, err := configfix.New(c, nil, &configfix.Options{History: history}).Plan(t.Context(), finding("StopConfigurationRecorder", stopParams))
	if err != nil {
		t.Fatal(err)
	}
	const channel = `{"name":"default","s3BucketName":"logs","snsTopicARN":"arn:aws:sns:eu-west-1:123456789012:config"}`
	want := &remediate.Plan{
		Remediator: "configfix", RuleID: "4.9", EventID: "22222222-2222-2222-2222-222222222222", Account: account, Region: region,
		Summary: `The recorder "default" is stopped: start it again. It has no delivery channel any more:` +
			` put the former one back, which delivers to the bucket "logs". It is as the call PutDeliveryChannel of 2026-02-28T12:00:00Z put it.`,
		Steps: []remediate.Step{
			{
				Action: "config:PutDeliveryChannel", Resource: channelARN, Region: region, Summary: `put the delivery channel "default", to the bucket "logs"`,
				Args: json.RawMessage(`{"DeliveryChannel":` + channel + `}`), Before: json.RawMessage(`{"DeliveryChannel":null}`), After: json.RawMessage(`{"DeliveryChannel":` + channel + `}`),
				Command: "aws configservice put-delivery-channel --delivery-channel '" + channel + "' --region eu-west-1",
				Inverse: &remediate.Step{
					Action: "config:DeleteDeliveryChannel", Resource: channelARN, Region: region, Summary: `delete the delivery channel "default" again`,
					Args: json.RawMessage(`{"DeliveryChannelName":"default"}`), Before: json.RawMessage(`{"DeliveryChannel":` + channel + `}`), After: json.RawMessage(`{"DeliveryChannel":null}`),
					Command: "aws configservice delete-delivery-channel --delivery-channel-name default --region eu-west-1",
					Manual:  true,
				},
			},
			{
				Action: "config:StartConfigurationRecorder", Resource: recorderARN, Region: region, Summary: `start the recorder "default"`,
				Args: json.RawMessage(`{"ConfigurationRecorderName":"default"}`), Before: json.RawMessage(`{"recording":false,"lastStopTime":"2026-03-01T12:00:00Z"}`), After: json.RawMessage(`{"recording":true}`),
				Command: "aws configservice start-configuration-recorder --configuration-recorder-name default --region eu-west-1",
				Inverse: &remediate.Step{
					Action: "config:StopConfigurationRecorder", Resource: recorderARN, Region: region, Summary: `stop the recorder "default" again`,
					Args: json.RawMessage(`{"ConfigurationRecorderName":"default"}`), Before: json.RawMessage(`{"recording":true}`), After: json.RawMessage(`{"recording":false}`),
					Command: "aws configservice stop-configuration-recorder --configuration-recorder-name default --region eu-west-1",
					Manual:  true,
				},
			},
		},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	wantCalls := []string{"DescribeConfigurationRecorders eu-west-1", "DescribeConfigurationRecorderStatus eu-west-1", "DescribeDeliveryChannels eu-west-1"}
	if diff := cmp.Diff(wantCalls, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// outline returns the operations of a plan's steps, suggestions in brackets.
func outline(p *remediate.Plan) string {
	var words []string
	for _, s := range p.Steps {
		word := strings.TrimPrefix(s.Action, "config:")
		if s.Manual {
			word = "(" + word + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

const (
	putChannel  = "PutDeliveryChannel"
	putRecorder = "PutConfigurationRecorder"
	start       = "StartConfigurationRecorder"
)

// TestPlanStates holds what is planned by the state and its past.
func TestPlanStates(t *testing.T) {
	const stop, remove, forget = "StopConfigurationRecorder", "DeleteDeliveryChannel", "DeleteConfigurationRecorder"
	var (
		noChannel  = func(c *cloud) { c.channel = nil }
		noRecorder = func(c *cloud) { c.recorder = nil }
		asIs       = func(*cloud) {}
		elsewhere  = func(c *cloud) {
			c.channel = &types.DeliveryChannel{Name: aws.String("default"), S3BucketName: aws.String("other")}
		}
		narrow = func(c *cloud) {
			c.recorder.RecordingGroup = &types.RecordingGroup{ResourceTypes: []types.ResourceType{"AWS::EC2::Instance"}}
		}
		put         = record(putChannel, putParams, long)
		removed     = record(remove, deleteParams, long)
		all         = `{"configurationRecorder":{"name":"default","roleARN":"` + roleARN + `","recordingGroup":{"allSupported":true}}}`
		putAll      = record(putRecorder, all, long)
		recorderNow = `{"configurationRecorder":{"name":"default"}}`
	)
	tests := []struct {
		reason  string
		call    string
		params  string
		state   func(*cloud)
		history []*event.Record
		want    string
		summary string
	}{
		{"stopped", stop, stopParams, asIs, nil, start, "is stopped"},
		{"started again", stop, stopParams, func(c *cloud) { c.status = recording(at.Add(time.Minute)) }, nil, "", "records again"},
		{"stopped, and its channel is gone", stop, stopParams, noChannel, []*event.Record{put}, putChannel + " " + start, "delivery channel"},
		{"the channel was deleted in the same second", stop, stopParams, noChannel, []*event.Record{record(remove, deleteParams, 0), put}, putChannel + " " + start, ""},
		{"the channel is gone, and nothing is known of it", stop, stopParams, noChannel, nil, "(" + putChannel + ") (" + start + ")", "not known"},
		{"the channel was put so late that it may be the attacker's", stop, stopParams, noChannel, []*event.Record{record(putChannel, otherParams, time.Minute), put}, "(" + putChannel + ") (" + start + ")", "part of the attack"},
		{"the channel was put after the recorder was stopped", stop, stopParams, noChannel, []*event.Record{record(putChannel, otherParams, -time.Minute), put}, "(" + putChannel + ") (" + start + ")", "part of the attack"},

		{"deleted", remove, deleteParams, noChannel, []*event.Record{put}, putChannel + " " + start, "was deleted"},
		{"deleted, and in the history already", remove, deleteParams, noChannel, []*event.Record{finding(remove, deleteParams).Record, put}, putChannel + " " + start, ""},
		{"deleted, and nothing is known", remove, deleteParams, noChannel, nil, "(" + putChannel + ") (" + start + ")", "not known"},
		{"deleted twice, and what was between is not known", remove, deleteParams, noChannel, []*event.Record{removed, record(putChannel, putParams, 2*long)}, "(" + putChannel + ") (" + start + ")", "not known"},
		{"a channel of another name was put", remove, deleteParams, noChannel, []*event.Record{record(putChannel, strings.Replace(putParams, "default", "other", 1), long)}, "(" + putChannel + ") (" + start + ")", "not known"},
		{"a put that failed", remove, deleteParams, noChannel, []*event.Record{failed(record(putChannel, otherParams, long)), put}, putChannel + " " + start, `"logs"`},
		{"a put without a bucket", remove, deleteParams, noChannel, []*event.Record{record(putChannel, `{"deliveryChannel":{"name":"default"}}`, long)}, "(" + putChannel + ") (" + start + ")", "not known"},
		{"a put with a topic that there cannot be", remove, deleteParams, noChannel, []*event.Record{record(putChannel, strings.Replace(putParams, "arn:aws:sns", "file://", 1), long)}, "(" + putChannel + ") (" + start + ")", "not known"},
		{"a put with a frequency that there is not", remove, deleteParams, noChannel, []*event.Record{record(putChannel, `{"deliveryChannel":{"s3BucketName":"logs","configSnapshotDeliveryProperties":{"deliveryFrequency":"Never"}}}`, long)}, "(" + putChannel + ") (" + start + ")", "not known"},
		{"a put without a name, which is then the default", remove, deleteParams, noChannel, []*event.Record{record(putChannel, `{"deliveryChannel":{"s3BucketName":"logs"}}`, long)}, putChannel + " " + start, `"logs"`},
		{"a put that was left out", remove, deleteParams, noChannel, []*event.Record{record(putChannel, `{"omitted":true}`, long)}, "(" + putChannel + ") (" + start + ")", "not known"},
		{"the channel is there again", remove, deleteParams, asIs, []*event.Record{put}, start, "There is a delivery channel again"},
		{"all is well again", remove, deleteParams, func(c *cloud) { c.status = recording(at.Add(time.Minute)) }, []*event.Record{put}, "", "records."},
		{"the recorder was stopped long ago", remove, deleteParams, func(c *cloud) { c.channel = nil; c.status.LastStopTime = aws.Time(at.Add(-long)) }, []*event.Record{put}, putChannel + " (" + start + ")", "for people to decide"},
		{"there is no recorder", remove, deleteParams, func(c *cloud) { c.channel, c.recorder = nil, nil }, []*event.Record{put}, "(" + putChannel + ")", "no recorder"},

		{"the channel leads elsewhere", putChannel, otherParams, elsewhere, []*event.Record{put}, "(" + putChannel + ")", `delivers to the bucket "other", and delivered to "logs"`},
		{"the event itself, in the history already", putChannel, otherParams, elsewhere, []*event.Record{finding(putChannel, otherParams).Record, put}, "(" + putChannel + ")", `delivered to "logs"`},
		{"the channel is as it was", putChannel, putParams, asIs, []*event.Record{put}, "", "as it was"},
		{"the first channel", putChannel, putParams, asIs, []*event.Record{removed, record(putChannel, otherParams, 2*long)}, "", "not known"},
		{"nothing known", putChannel, otherParams, elsewhere, nil, "", "not known"},
		{"deleted since", putChannel, otherParams, noChannel, []*event.Record{put}, "", "deleted since"},

		{"fewer types", putRecorder, recorderNow, narrow, []*event.Record{putAll}, "(" + putRecorder + ")", "fewer types"},
		{"as many", putRecorder, recorderNow, asIs, []*event.Record{putAll}, "", "all that it did"},
		{"fewer than all, and nothing known", putRecorder, recorderNow, narrow, nil, "(" + putRecorder + ")", "is not known"},
		{"all, and nothing known", putRecorder, recorderNow, asIs, nil, "", "all types"},
		{"deleted since", putRecorder, recorderNow, noRecorder, nil, "", "deleted since"},

		{"the recorder is deleted", forget, stopParams, noRecorder, []*event.Record{putAll}, "(" + putRecorder + ") (" + start + ")", "former"},
		{"the recorder is deleted, and nothing known", forget, stopParams, noRecorder, nil, "(" + putRecorder + ") (" + start + ")", "not known"},
		{"there is one again", forget, stopParams, asIs, nil, "", "again"},
	}
	for _, tt := range tests {
		c := newCloud()
		tt.state(c)
		var opts configfix.Options
		if tt.history != nil {
			opts.History = past{records: tt.history}
		}
		rem := configfix.New(c, c, &opts)
		f := finding(tt.call, tt.params)
		plan, err := rem.Plan(t.Context(), f)
		if err != nil {
			t.Errorf("%s, %s: %v", tt.call, tt.reason, err)
			continue
		}
		if got := outline(plan); got != tt.want || !strings.Contains(plan.Summary, tt.summary) {
			t.Errorf("%s, %s: steps %q and summary %q, want %q and %q", tt.call, tt.reason, got, plan.Summary, tt.want, tt.summary)
		}
		if again, err := rem.Plan(t.Context(), f); err != nil || again.Digest() != plan.Digest() {
			t.Errorf("%s, %s: planned again it is %v, %v, want %v", tt.call, tt.reason, again, err, plan)
		}
		if len(c.writes()) > 0 {
			t.Errorf("%s, %s: planning wrote %q", tt.call, tt.reason, c.writes())
		}
		if len(plan.Automatic().Steps) == 0 && len(plan.Steps) > 0 && plan.Steps[0].Before != nil && plan.Steps[0].Args == nil {
			if _, err := rem.Apply(t.Context(), plan); err == nil || len(c.writes()) > 0 {
				t.Errorf("%s, %s: a blank was applied: error %v, writes %q", tt.call, tt.reason, err, c.writes())
			}
		}
	}
}

func failed(rec *event.Record) *event.Record {
	rec.ErrorCode = "NoSuchBucketException"
	return rec
}

// TestPlanCommands holds the commands of what is for people alone, and that Apply does not do it.
func TestPlanCommands(t *testing.T) {
	tests := []struct {
		call, params string
		state        func(*cloud)
		history      []*event.Record
		want         string // the first step's command
	}{
		{"DeleteDeliveryChannel", deleteParams, func(c *cloud) { c.channel = nil }, nil,
			"aws configservice put-delivery-channel --delivery-channel name=default,s3BucketName=BUCKET --region eu-west-1"},
		{"PutDeliveryChannel", putParams, func(*cloud) {}, []*event.Record{record(putChannel, otherParams, long)},
			`aws configservice put-delivery-channel --delivery-channel '{"name":"default","s3BucketName":"other"}' --region eu-west-1`},
		{"DeleteConfigurationRecorder", stopParams, func(c *cloud) { c.recorder = nil }, nil,
			`aws configservice put-configuration-recorder --configuration-recorder '{"name":"default","roleARN":"arn:aws:iam::123456789012:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"}'` +
				` --recording-group '{"allSupported":true,"includeGlobalResourceTypes":true}' --region eu-west-1`},
	}
	for _, tt := range tests {
		c := newCloud()
		tt.state(c)
		rem := configfix.New(c, c, &configfix.Options{History: past{records: tt.history}, Reverter: c})
		plan, err := rem.Plan(t.Context(), finding(tt.call, tt.params))
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Steps[0].Command; got != tt.want {
			t.Errorf("%s: command\n%s\nwant\n%s", tt.call, got, tt.want)
		}
		if _, err := rem.Apply(t.Context(), plan); err == nil || len(c.writes()) > 0 {
			t.Errorf("%s: Apply: error %v, writes %q, want only an error", tt.call, err, c.writes())
		}
	}
}

// TestPlanNarrower holds which recorders record less than others.
func TestPlanNarrower(t *testing.T) {
	const (
		all       = `{"allSupported":true}`
		allGlobal = `{"allSupported":true,"includeGlobalResourceTypes":true}`
		two       = `{"resourceTypes":["AWS::EC2::Instance","AWS::IAM::User"]}`
		one       = `{"resourceTypes":["AWS::EC2::Instance"]}`
		butOne    = `{"exclusionByResourceTypes":{"resourceTypes":["AWS::EC2::Instance"]},"recordingStrategy":{"useOnly":"EXCLUSION_BY_RESOURCE_TYPES"}}`
		butTwo    = `{"exclusionByResourceTypes":{"resourceTypes":["AWS::EC2::Instance","AWS::S3::Bucket"]},"recordingStrategy":{"useOnly":"EXCLUSION_BY_RESOURCE_TYPES"}}`
		butNone   = `{"recordingStrategy":{"useOnly":"EXCLUSION_BY_RESOURCE_TYPES"}}`
	)
	tests := []struct {
		before, now string
		less        bool
		reason      string
	}{
		{all, all, false, "the same"},
		{`null`, all, false, "all is the default"},
		{all, allGlobal, false, "more"},
		{allGlobal, all, true, "without the global ones"},
		{all, one, true, "a list, of all"},
		{two, one, true, "a shorter list"},
		{one, two, false, "a longer list"},
		{one, all, false, "all, of a list"},
		{two, all, true, "all but the global ones, and one was on the list"},
		{two, allGlobal, false, "all, and the global one too"},
		{butOne, butTwo, true, "more is excluded"},
		{butTwo, butOne, false, "less is excluded"},
		{one, butOne, true, "what was on the list is excluded"},
		{one, butNone, false, "nothing is excluded"},
		{butOne, two, true, "a list lacks the types to come"},
		{allGlobal, butNone, false, "the exclusion of nothing has the global ones"},
	}
	for _, tt := range tests {
		c := newCloud()
		var group types.RecordingGroup
		if err := json.Unmarshal([]byte(tt.now), &group); err != nil {
			t.Fatal(err)
		}
		c.recorder.RecordingGroup = &group
		before := record(putRecorder, `{"configurationRecorder":{"name":"default","roleARN":"`+roleARN+`","recordingGroup":`+tt.before+`}}`, long)
		plan, err := configfix.New(c, nil, &configfix.Options{History: past{records: []*event.Record{before}}}).
			Plan(t.Context(), finding(putRecorder, `{"configurationRecorder":{"name":"default"}}`))
		if err != nil || (len(plan.Steps) > 0) != tt.less {
			t.Errorf("%s: plan %v, error %v, want that it records less: %t", tt.reason, plan, err, tt.less)
		}
	}
	for reason, edit := range map[string]func(*types.ConfigurationRecorder){
		"once a day": func(r *types.ConfigurationRecorder) {
			r.RecordingMode = &types.RecordingMode{RecordingFrequency: types.RecordingFrequencyDaily}
		},
		"some types once a day": func(r *types.ConfigurationRecorder) {
			r.RecordingMode = &types.RecordingMode{RecordingModeOverrides: []types.RecordingModeOverride{{RecordingFrequency: types.RecordingFrequencyDaily}}}
		},
		"another role": func(r *types.ConfigurationRecorder) {
			r.RoleARN = aws.String("arn:aws:iam::123456789012:role/powerless")
		},
	} {
		c := newCloud()
		edit(c.recorder)
		before := record(putRecorder, `{"configurationRecorder":{"name":"default","roleARN":"`+roleARN+`","recordingGroup":{"allSupported":true}}}`, long)
		plan, err := configfix.New(c, nil, &configfix.Options{History: past{records: []*event.Record{before}}}).
			Plan(t.Context(), finding(putRecorder, `{"configurationRecorder":{"name":"default"}}`))
		if err != nil || !strings.Contains(plan.Summary, reason) || outline(plan) != "("+putRecorder+")" {
			t.Errorf("%s: plan %v, error %v", reason, plan, err)
		}
	}
}

// TestPlanSameMode holds that a recorder which records some types once a day, as before, does not
// record less.
func TestPlanSameMode(t *testing.T) {
	c := newCloud()
	c.recorder.RecordingMode = &types.RecordingMode{
		RecordingFrequency: types.RecordingFrequencyContinuous,
		RecordingModeOverrides: []types.RecordingModeOverride{
			{RecordingFrequency: types.RecordingFrequencyDaily, ResourceTypes: []types.ResourceType{"AWS::EC2::Instance"}},
		},
	}
	before := record(putRecorder, `{"configurationRecorder":{"name":"default","roleARN":"`+roleARN+`","recordingGroup":{"allSupported":true},
		"recordingMode":{"recordingFrequency":"CONTINUOUS","recordingModeOverrides":[{"recordingFrequency":"DAILY","resourceTypes":["AWS::EC2::Instance"]}]}}}`, long)
	plan, err := configfix.New(c, nil, &configfix.Options{History: past{records: []*event.Record{before}}}).
		Plan(t.Context(), finding(putRecorder, `{"configurationRecorder":{"name":"default"}}`))
	if err != nil || len(plan.Steps) > 0 {
		t.Errorf("plan %v, error %v, want no steps", plan, err)
	}
}

// TestPlanStopTime holds that a start from before the event is never taken for one after it, whatever
// the status says of the latest stop.
func TestPlanStopTime(t *testing.T) {
	for _, told := range []*time.Time{nil, aws.Time(at.Add(-time.Hour)), aws.Time(at)} {
		c := newCloud()
		c.status.LastStopTime = told
		plan, err := configfix.New(c, nil, nil).Plan(t.Context(), finding("StopConfigurationRecorder", stopParams))
		if want := `{"recording":false,"lastStopTime":"2026-03-01T12:00:00Z"}`; err != nil || string(plan.Steps[0].Before) != want {
			t.Errorf("stopped at %v: plan %v, error %v, want the state before to be %s", told, plan, err, want)
		}
	}
}

// TestPlanOld holds that what is shown long after the event is believed at once.
func TestPlanOld(t *testing.T) {
	c := newCloud()
	if _, err := configfix.New(c, nil, nil).Plan(t.Context(), finding("DeleteDeliveryChannel", deleteParams)); err != nil {
		t.Fatal(err)
	}
	want := []string{"DescribeDeliveryChannels eu-west-1", "DescribeConfigurationRecorders eu-west-1", "DescribeConfigurationRecorderStatus eu-west-1"}
	if diff := cmp.Diff(want, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// guardOf returns the guard of the refusal that err is or wraps, if any.
func guardOf(err error) string {
	if refusal := (*remediate.Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Guard
	}
	return ""
}

// checkText reports an error text that is no fit line for a report.
func checkText(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if !strings.HasPrefix(text, "configfix: ") || strings.Count(text, "configfix:") != 1 || strings.Contains(text, "\n") {
		t.Errorf("the error is not one line that begins with the package: %q", text)
	}
}

// TestPlanRefused holds on which findings nothing is asked or done.
func TestPlanRefused(t *testing.T) {
	const stop = "StopConfigurationRecorder"
	edit := func(f func(*event.Event, *event.Record)) rule.Finding { return finding(stop, stopParams, f) }
	ours := finding(stop, stopParams)
	tests := []struct {
		reason  string
		finding rule.Finding
		is      error  // nil: none of the sentinels
		guard   string // of the refusal, if it is one
	}{
		{"no event", rule.Finding{Record: ours.Record}, remediate.ErrNotApplicable, ""},
		{"no record", rule.Finding{Event: ours.Event}, remediate.ErrNotApplicable, ""},
		{"a call that restores", finding("StartConfigurationRecorder", stopParams), remediate.ErrNotApplicable, ""},
		{"another service", edit(func(_ *event.Event, r *event.Record) { r.EventSource = "example.com" }), remediate.ErrNotApplicable, ""},
		{"a call that failed", edit(func(_ *event.Event, r *event.Record) { r.ErrorCode = "AccessDenied" }), nil, remediate.GuardFailedCall},
		{"another account's record", edit(func(_ *event.Event, r *event.Record) { r.RecipientAccountID = "111122223333" }), nil, remediate.GuardScope},
		{"another Region's record", edit(func(_ *event.Event, r *event.Record) { r.AWSRegion = "us-east-1" }), nil, remediate.GuardScope},
		{"a Region that is a host", edit(func(e *event.Event, r *event.Record) { e.Region, r.AWSRegion = "x.example.com/", "" }), nil, ""},
		{"no parameters", finding(stop, ``), nil, ""},
		{"null", finding(stop, `null`), nil, ""},
		{"left out", finding(stop, `{"omitted":true}`), nil, ""},
		{"a number", finding(stop, `{"configurationRecorderName":7}`), nil, ""},
		{"the name in another case", finding(stop, `{"ConfigurationRecorderName":"default"}`), nil, ""},
		{"an option of a program", finding(stop, `{"configurationRecorderName":"--endpoint-url=x"}`), nil, ""},
		{"a file", finding(stop, `{"configurationRecorderName":"file:///etc/passwd"}`), nil, ""},
		{"no channel", finding("DeleteDeliveryChannel", `{"deliveryChannelName":{"items":[]}}`), nil, ""},
		{"no recorder", finding(putRecorder, `{"configurationRecorder":"default"}`), nil, ""},
		{"an empty name", finding("DeleteConfigurationRecorder", `{"configurationRecorderName":""}`), nil, ""},
	}
	for _, tt := range tests {
		c := newCloud()
		_, err := configfix.New(c, nil, nil).Plan(t.Context(), tt.finding)
		if err == nil || len(c.calls) > 0 || guardOf(err) != tt.guard || errors.Is(err, remediate.ErrNotApplicable) != (tt.is != nil) {
			t.Errorf("%s: error %v and calls %q", tt.reason, err, c.calls)
			continue
		}
		checkText(t, err)
	}
}

// TestPlanAnswers holds what Plan makes of answers that are out of the ordinary.
func TestPlanAnswers(t *testing.T) {
	tests := []struct {
		reason string
		edit   func(*cloud)
		is     error  // nil: none of the sentinels
		want   string // part of the error; empty for none
	}{
		{"the recorder is gone", func(c *cloud) { c.recorder = nil }, remediate.ErrNotFound, "not found"},
		{"a service is linked to it", func(c *cloud) { c.recorder.ServicePrincipal = aws.String("securityhub.amazonaws.com") }, nil, "a service is linked"},
		{"we may not look", func(c *cloud) { c.errs["DescribeConfigurationRecorders"] = apiError("AccessDeniedException") }, remediate.ErrDenied, "config:DescribeConfigurationRecorders"},
		{"we may not look at the status", func(c *cloud) { c.errs["DescribeConfigurationRecorderStatus"] = apiError("ThrottlingException") }, remediate.ErrTemporary, "config:DescribeConfigurationRecorderStatus"},
		{"we may not look at the channel", func(c *cloud) { c.errs["DescribeDeliveryChannels"] = apiError("AccessDeniedException") }, remediate.ErrDenied, "config:DescribeDeliveryChannels"},
		{"no channel, as an error", func(c *cloud) { c.errs["DescribeDeliveryChannels"] = &types.NoSuchDeliveryChannelException{} }, nil, ""},
		{"no ARN, and the role tells the account", func(c *cloud) { c.recorder.Arn = nil }, nil, ""},
		{"no ARN, and another account's role", func(c *cloud) {
			c.recorder.Arn, c.recorder.RoleARN = nil, aws.String(strings.Replace(roleARN, account, "111122223333", 1))
		}, nil, "is not of the event's account"},
		{"neither ARN nor role", func(c *cloud) { c.recorder.Arn, c.recorder.RoleARN = nil, nil }, nil, "is not of the event's account"},
		{"another account's ARN", func(c *cloud) { c.recorder.Arn = aws.String(strings.Replace(recorderARN, account, "111122223333", 1)) }, nil, "AWS Config tells of"},
		{"another name's ARN", func(c *cloud) { c.recorder.Arn = aws.String(strings.Replace(recorderARN, "default", "other", 1)) }, nil, "AWS Config tells of"},
		{"a broken ARN", func(c *cloud) { c.recorder.Arn = aws.String(recorderARN + "/x y") }, nil, "is not the ARN"},
	}
	for _, tt := range tests {
		c := newCloud()
		tt.edit(c)
		plan, err := configfix.New(c, nil, nil).Plan(t.Context(), finding("StopConfigurationRecorder", stopParams))
		if tt.want == "" {
			if err != nil || !strings.HasPrefix(plan.Steps[len(plan.Steps)-1].Resource, "arn:aws:config:eu-west-1:123456789012:configuration-recorder/default") {
				t.Errorf("%s: plan %v, error %v", tt.reason, plan, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: plan %v, error %v, want one that says %q", tt.reason, plan, err, tt.want)
		}
	}
	c := newCloud()
	c.channel = nil
	rem := configfix.New(c, nil, &configfix.Options{History: past{err: remediate.ErrTemporary}})
	if _, err := rem.Plan(t.Context(), finding("DeleteDeliveryChannel", deleteParams)); !errors.Is(err, remediate.ErrTemporary) {
		t.Errorf("a history that fails: error %v", err)
	}
}

// TestPlanWaits holds that a status from before the event is not believed, and that waiting ends
// with the context.
func TestPlanWaits(t *testing.T) {
	for lag := range 6 {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			c := newCloud()
			for range lag {
				c.lag = append(c.lag, recording(begin.Add(-long)))
			}
			f := finding("StopConfigurationRecorder", stopParams, func(_ *event.Event, r *event.Record) { r.EventTime = begin })
			plan, err := configfix.New(c, nil, nil).Plan(t.Context(), f)
			if lag == 5 != errors.Is(err, remediate.ErrTemporary) || lag < 5 && (err != nil || outline(plan) != start) {
				t.Errorf("out of date in %d reads: plan %v, error %v", lag, plan, err)
			}
			if got, want := time.Since(begin), time.Duration(min(lag, 4))*2*time.Second; got != want {
				t.Errorf("out of date in %d reads: waited %s, want %s", lag, got, want)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		f := finding("DeleteDeliveryChannel", deleteParams, func(_ *event.Event, r *event.Record) { r.EventTime = time.Now() })
		_, err := configfix.New(newCloud(), nil, nil).Plan(ctx, f)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, remediate.ErrTemporary) {
			t.Errorf("error %v, want that of the context and no other", err)
		}
	})
}
