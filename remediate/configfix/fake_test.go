package configfix_test

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

const (
	account     = "123456789012"
	region      = "eu-west-1"
	recorderARN = "arn:aws:config:eu-west-1:123456789012:configuration-recorder/default/abcd1234"
	channelARN  = "arn:aws:config:eu-west-1:123456789012:delivery-channel/default"
	roleARN     = "arn:aws:iam::123456789012:role/config"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type (
	options           = func(*configservice.Options)
	describeRecorders = configservice.DescribeConfigurationRecordersInput
	describeStatus    = configservice.DescribeConfigurationRecorderStatusInput
	describeChannels  = configservice.DescribeDeliveryChannelsInput
)

// A cloud is an AWS Config of one Region, with at most one recorder and one delivery channel, which
// depend on each other as the API reference says. It records every call and fails the operations that
// have an error. What it shows can lag behind.
type cloud struct {
	mu       sync.Mutex
	recorder *types.ConfigurationRecorder
	status   types.ConfigurationRecorderStatus
	channel  *types.DeliveryChannel
	lag      []types.ConfigurationRecorderStatus // what the next reads of the status tell
	gone     int                                 // for how many reads the channel is not shown
	errs     map[string]error                    // by operation
	hook     func(action string) error
	calls    []string // operation and Region
}

// newCloud returns a cloud whose recorder was stopped at the time of the event; its channel is there.
func newCloud() *cloud {
	return &cloud{
		recorder: &types.ConfigurationRecorder{
			Name: aws.String("default"), Arn: aws.String(recorderARN), RoleARN: aws.String(roleARN),
			RecordingGroup: &types.RecordingGroup{AllSupported: true},
		},
		status:  types.ConfigurationRecorderStatus{Name: aws.String("default"), LastStartTime: aws.Time(at.Add(-time.Hour * 24)), LastStopTime: aws.Time(at)},
		channel: &types.DeliveryChannel{Name: aws.String("default"), S3BucketName: aws.String("logs"), SnsTopicARN: aws.String("arn:aws:sns:eu-west-1:123456789012:config")},
		errs:    map[string]error{},
	}
}

func (c *cloud) writes() []string {
	return slices.DeleteFunc(slices.Clone(c.calls), func(op string) bool { return strings.HasPrefix(op, "Describe") })
}

func (c *cloud) record(ctx context.Context, op string, opts []options) error {
	var o configservice.Options
	for _, opt := range opts {
		opt(&o)
	}
	c.calls = append(c.calls, op+" "+o.Region)
	if c.hook != nil {
		if err := c.hook("config:" + op); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return c.errs[op]
}

// has returns an error unless the recorder has the name, or none is given.
func (c *cloud) has(names ...string) error {
	if len(names) > 0 && (c.recorder == nil || *c.recorder.Name != names[0]) {
		return &types.NoSuchConfigurationRecorderException{Message: aws.String("Cannot find configuration recorder " + names[0])}
	}
	return nil
}

func (c *cloud) DescribeConfigurationRecorders(ctx context.Context, in *describeRecorders, opts ...options) (*configservice.DescribeConfigurationRecordersOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, "DescribeConfigurationRecorders", opts); err != nil {
		return nil, err
	}
	out := &configservice.DescribeConfigurationRecordersOutput{}
	if c.recorder != nil {
		out.ConfigurationRecorders = []types.ConfigurationRecorder{*c.recorder}
	}
	return out, c.has(in.ConfigurationRecorderNames...)
}

func (c *cloud) DescribeConfigurationRecorderStatus(ctx context.Context, in *describeStatus, opts ...options) (*configservice.DescribeConfigurationRecorderStatusOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, "DescribeConfigurationRecorderStatus", opts); err != nil {
		return nil, err
	}
	s := c.status
	if len(c.lag) > 0 {
		s, c.lag = c.lag[0], c.lag[1:]
	}
	return &configservice.DescribeConfigurationRecorderStatusOutput{ConfigurationRecordersStatus: []types.ConfigurationRecorderStatus{s}}, c.has(in.ConfigurationRecorderNames...)
}

func (c *cloud) DescribeDeliveryChannels(ctx context.Context, in *describeChannels, opts ...options) (*configservice.DescribeDeliveryChannelsOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, "DescribeDeliveryChannels", opts); err != nil {
		return nil, err
	}
	if c.channel == nil {
		return &configservice.DescribeDeliveryChannelsOutput{}, nil
	}
	return &configservice.DescribeDeliveryChannelsOutput{DeliveryChannels: []types.DeliveryChannel{*c.channel}}, nil
}

func (c *cloud) PutDeliveryChannel(ctx context.Context, in *configservice.PutDeliveryChannelInput, opts ...options) (*configservice.PutDeliveryChannelOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, "PutDeliveryChannel", opts); err != nil {
		return nil, err
	}
	if c.channel != nil && *c.channel.Name != *in.DeliveryChannel.Name {
		return nil, &types.MaxNumberOfDeliveryChannelsExceededException{}
	}
	c.channel = in.DeliveryChannel
	return &configservice.PutDeliveryChannelOutput{}, nil
}

func (c *cloud) DeleteDeliveryChannel(ctx context.Context, in *configservice.DeleteDeliveryChannelInput, opts ...options) (*configservice.DeleteDeliveryChannelOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, "DeleteDeliveryChannel", opts); err != nil {
		return nil, err
	}
	switch {
	case c.channel == nil || *c.channel.Name != *in.DeliveryChannelName:
		return nil, &types.NoSuchDeliveryChannelException{}
	case c.status.Recording:
		return nil, &types.LastDeliveryChannelDeleteFailedException{}
	}
	c.channel = nil
	return &configservice.DeleteDeliveryChannelOutput{}, nil
}

func (c *cloud) StartConfigurationRecorder(ctx context.Context, in *configservice.StartConfigurationRecorderInput, opts ...options) (*configservice.StartConfigurationRecorderOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, "StartConfigurationRecorder", opts); err != nil {
		return nil, err
	}
	if c.channel == nil || c.gone > 0 {
		c.gone--
		return nil, &types.NoAvailableDeliveryChannelException{Message: aws.String("Delivery channel is not available to start configuration recorder.")}
	}
	if err := c.has(*in.ConfigurationRecorderName); err != nil {
		return nil, err
	}
	c.status = recording(time.Now())
	return &configservice.StartConfigurationRecorderOutput{}, nil
}

// recording returns the status of a recorder that was started at the time given.
func recording(since time.Time) types.ConfigurationRecorderStatus {
	return types.ConfigurationRecorderStatus{Name: aws.String("default"), Recording: true, LastStartTime: aws.Time(since), LastStopTime: aws.Time(at)}
}

func (c *cloud) StopConfigurationRecorder(ctx context.Context, in *configservice.StopConfigurationRecorderInput, opts ...options) (*configservice.StopConfigurationRecorderOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, "StopConfigurationRecorder", opts); err != nil {
		return nil, err
	}
	c.status.Recording = false
	return &configservice.StopConfigurationRecorderOutput{}, c.has(*in.ConfigurationRecorderName)
}

// A past is a History: its records, newest first, or an error.
type past struct {
	records []*event.Record
	err     error
}

func (p past) Records(context.Context, string, string, []string, time.Time) iter.Seq2[*event.Record, error] {
	return func(yield func(*event.Record, error) bool) {
		for _, rec := range p.records {
			if !yield(rec, nil) {
				return
			}
		}
		if p.err != nil {
			yield(nil, p.err)
		}
	}
}

// record returns a record of a call with the parameters given so long before the event.
func record(call, params string, ago time.Duration) *event.Record {
	rec := finding(call, params).Record
	rec.EventTime, rec.EventID = at.Add(-ago), call+ago.String()
	return rec
}

// finding returns a finding on a call with the parameters given; edit changes its event and record.
func finding(call, params string, edit ...func(*event.Event, *event.Record)) rule.Finding {
	e := &event.Event{
		ID: "11111111-1111-1111-1111-111111111111", DetailType: event.DetailTypeAPICall, Source: "aws.config",
		Account: account, Region: region, Time: at,
	}
	rec := &event.Record{
		EventVersion:       "1.11",
		UserIdentity:       event.UserIdentity{Type: event.IdentityIAMUser, ARN: "arn:aws:iam::123456789012:user/mallory"},
		EventTime:          at,
		EventSource:        "config.amazonaws.com",
		EventName:          call,
		AWSRegion:          region,
		RequestParameters:  json.RawMessage(params),
		ResponseElements:   json.RawMessage("null"),
		EventID:            "22222222-2222-2222-2222-222222222222",
		RecipientAccountID: account,
	}
	for _, f := range edit {
		f(e, rec)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "4.9"}, Event: e, Record: rec}
}

const (
	stopParams   = `{"configurationRecorderName":"default"}`
	deleteParams = `{"deliveryChannelName":"default"}`
	putParams    = `{"deliveryChannel":{"name":"default","s3BucketName":"logs","snsTopicARN":"arn:aws:sns:eu-west-1:123456789012:config"}}`
	otherParams  = `{"deliveryChannel":{"name":"default","s3BucketName":"other"}}`
)

func apiError(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "a message"}
}
