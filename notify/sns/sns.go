// Package sns sends messages to an Amazon SNS topic.
//
// [New] takes a *sns.Client of the AWS SDK, or anything else with its Publish method. The caller
// needs the permission sns:Publish on the topic and, if the topic is encrypted with a customer
// managed key, kms:GenerateDataKey and kms:Decrypt on that.
package sns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/countertrail/countertrail/notify"
)

// PublishAPI is the part of *[sns.Client] that [New] needs.
type PublishAPI interface {
	Publish(ctx context.Context, in *sns.PublishInput, opts ...func(*sns.Options)) (*sns.PublishOutput, error)
}

var _ PublishAPI = (*sns.Client)(nil)

// Options are the settings of [New].
type Options struct {
	// JSON sends the [notify.Message] as JSON, for programs. The default is [notify.Text], for
	// people.
	JSON bool
}

// MaxSize is the size in bytes that a message has at most, its attributes included. It is what a
// topic takes by default. One whose MaximumMessageSize is set higher takes more; do not set it lower,
// or the topic refuses what is longer.
const MaxSize = 256 << 10

// New returns a [notify.Notifier] that publishes to the topic of the given ARN, in any partition and
// in the topic's own Region, whatever that of api is. A nil opts means the defaults.
//
// A message that is larger than [MaxSize] is shortened as [notify.Message.Shorter] does and sent.
// Its subject is at most 99 printable ASCII characters. It carries the attributes severity, control
// (the id of the rule), account, region and outcome (as [notify.Message.Outcome]) for the filter
// policies of subscriptions; an attribute without a value is "unknown".
//
// On a FIFO topic, messages about one rule in one account stay in order, and a message that repeats
// the finding and the outcomes of an earlier one is delivered once in five minutes.
//
// The errors of Notify wrap [notify.ErrTemporary] for throttling, faults of the service and of the
// network, and the context's error once ctx is done. They do not wrap those of the SDK, in which
// credentials can be: SNS answers a wrong signature with the request that it expected.
func New(api PublishAPI, topicARN string, opts *Options) (notify.Notifier, error) {
	if api == nil {
		return nil, errors.New("sns: no client")
	}
	t, err := parseTopic(topicARN)
	if err != nil {
		return nil, fmt.Errorf("sns: topic ARN %q: %w", topicARN, err)
	}
	n := &notifier{api: api, topic: t}
	if opts != nil {
		n.opts = *opts
	}
	return n, nil
}

type notifier struct {
	api   PublishAPI
	topic topic
	opts  Options
}

func (n *notifier) Notify(ctx context.Context, m *notify.Message) error {
	in, err := n.input(m)
	if err != nil {
		return fmt.Errorf("sns: %w", err)
	}
	_, err = n.api.Publish(ctx, in, func(o *sns.Options) { o.Region = n.topic.region })
	if err != nil {
		return publishError(ctx, n.topic.arn, err)
	}
	return nil
}

// input returns the call that sends m.
func (n *notifier) input(m *notify.Message) (*sns.PublishInput, error) {
	in := &sns.PublishInput{
		TopicArn:          aws.String(n.topic.arn),
		Subject:           aws.String(subject(m)),
		MessageAttributes: attributes(m),
	}
	room := MaxSize - len(*in.Subject) // whether SNS counts it is not documented
	for name, a := range in.MessageAttributes {
		room -= len(name) + len(*a.DataType) + len(*a.StringValue)
	}
	if n.opts.JSON {
		body, err := jsonBody(m, room)
		if err != nil {
			return nil, err
		}
		in.Message = aws.String(body)
	} else {
		in.Message = aws.String(notify.Text(m, room))
	}
	if n.topic.fifo {
		in.MessageGroupId = aws.String(groupID(m))
		in.MessageDeduplicationId = aws.String(deduplicationID(m))
	}
	return in, nil
}

// jsonBody returns m, or as much of it as fits into max bytes, as JSON.
func jsonBody(m *notify.Message, max int) (string, error) {
	for s := range m.Shorter() {
		text, err := json.Marshal(s)
		if err != nil {
			return "", err
		}
		if len(text) <= max {
			return string(text), nil
		}
	}
	return "", fmt.Errorf("no form of the message fits into %d bytes", max)
}

// attributes returns what filter policies can tell messages apart by.
func attributes(m *notify.Message) map[string]types.MessageAttributeValue {
	values := map[string]string{
		"severity": m.Severity.String(),
		"control":  m.RuleID,
		"account":  m.Account,
		"region":   m.Region,
		"outcome":  m.Outcome(),
	}
	attrs := make(map[string]types.MessageAttributeValue, len(values))
	for name, value := range values {
		// 256 is what the longest real value, the id of a rule, needs at most.
		if value = notify.Clean(value, 256); value == "" {
			value = "unknown"
		}
		attrs[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	return attrs
}
