package trailfix_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

const (
	account = "123456789012"
	region  = "eu-west-1"
	mainARN = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"
)

// A call is one call that was made of a cloud.
type call struct{ Op, Region, Name string }

func (c call) action() string { return "cloudtrail:" + c.Op }

// A cloud is a CloudTrail with one trail. It records every call, and fails the operations that
// have an error. Its status lags behind by as many reads as it is told.
type cloud struct {
	mu     sync.Mutex
	trail  *types.Trail // nil: GetTrail returns no trail
	status *cloudtrail.GetTrailStatusOutput
	lag    []*cloudtrail.GetTrailStatusOutput // what the next reads of the status return
	errs   map[string]error                   // by operation
	onCall func(call)                         // called before each call, if not nil
	dead   bool                               // a start of logging has no effect
	calls  []call
	fail   func(action string) error // asked before each call, if not nil; see hook
}

// hook sets what is asked before each call.
func (c *cloud) hook(fail func(action string) error) { c.fail = fail }

// newCloud returns a cloud whose trail was stopped at the time given.
func newCloud(arn string, stopped time.Time) *cloud {
	home := strings.Split(arn, ":")[3]
	return &cloud{
		trail: &types.Trail{TrailARN: aws.String(arn), HomeRegion: aws.String(home)},
		status: &cloudtrail.GetTrailStatusOutput{
			IsLogging:        aws.Bool(false),
			StartLoggingTime: aws.Time(stopped.Add(-24 * time.Hour)),
			StopLoggingTime:  aws.Time(stopped),
		},
		errs: map[string]error{},
	}
}

func (c *cloud) record(ctx context.Context, op string, name *string, opts []func(*cloudtrail.Options)) error {
	var o cloudtrail.Options
	for _, opt := range opts {
		opt(&o)
	}
	made := call{op, o.Region, aws.ToString(name)}
	if c.onCall != nil {
		c.onCall(made)
	}
	c.mu.Lock()
	c.calls = append(c.calls, made)
	c.mu.Unlock()
	if c.fail != nil {
		if err := c.fail(made.action()); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return c.errs[op]
}

func (c *cloud) GetTrail(ctx context.Context, in *cloudtrail.GetTrailInput, opts ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error) {
	if err := c.record(ctx, "GetTrail", in.Name, opts); err != nil {
		return nil, err
	}
	return &cloudtrail.GetTrailOutput{Trail: c.trail}, nil
}

func (c *cloud) GetTrailStatus(ctx context.Context, in *cloudtrail.GetTrailStatusInput, opts ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error) {
	if err := c.record(ctx, "GetTrailStatus", in.Name, opts); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.lag) > 0 {
		out := c.lag[0]
		c.lag = c.lag[1:]
		return out, nil
	}
	return c.status, nil
}

func (c *cloud) StartLogging(ctx context.Context, in *cloudtrail.StartLoggingInput, opts ...func(*cloudtrail.Options)) (*cloudtrail.StartLoggingOutput, error) {
	if err := c.record(ctx, "StartLogging", in.Name, opts); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dead {
		c.status = c.on(time.Now())
	}
	return &cloudtrail.StartLoggingOutput{}, nil
}

// on returns the status of the trail had it been started at the time given.
func (c *cloud) on(started time.Time) *cloudtrail.GetTrailStatusOutput {
	s := *c.status
	s.IsLogging, s.StartLoggingTime = aws.Bool(true), aws.Time(started)
	return &s
}

// stopLogging returns a finding on a StopLogging of the trail with the given name, at the time
// given; edit changes its event and record.
func stopLogging(name string, at time.Time, edit ...func(*event.Event, *event.Record)) rule.Finding {
	params, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		panic(err)
	}
	e := &event.Event{
		ID:         "11111111-1111-1111-1111-111111111111",
		DetailType: event.DetailTypeAPICall,
		Source:     "aws.cloudtrail",
		Account:    account,
		Region:     region,
		Time:       at,
	}
	rec := &event.Record{
		EventVersion: "1.11",
		UserIdentity: event.UserIdentity{
			Type: event.IdentityIAMUser,
			ARN:  "arn:aws:iam::123456789012:user/mallory",
		},
		EventTime:          at,
		EventSource:        "cloudtrail.amazonaws.com",
		EventName:          "StopLogging",
		AWSRegion:          region,
		RequestParameters:  params,
		ResponseElements:   json.RawMessage("null"),
		EventID:            "22222222-2222-2222-2222-222222222222",
		RecipientAccountID: account,
	}
	for _, f := range edit {
		f(e, rec)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "4.5"}, Event: e, Record: rec}
}
