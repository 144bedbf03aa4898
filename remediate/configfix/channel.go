package configfix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/countertrail/countertrail/event"

	"github.com/countertrail/countertrail/internal/awserr"
)

// A channel is a delivery channel, as the API and CloudTrail write it.
type channel struct {
	Name         string    `json:"name"`
	S3BucketName string    `json:"s3BucketName"`
	S3KeyPrefix  string    `json:"s3KeyPrefix,omitempty"`
	S3KmsKeyArn  string    `json:"s3KmsKeyArn,omitempty"`
	SnsTopicARN  string    `json:"snsTopicARN,omitempty"`
	Snapshots    snapshots `json:"configSnapshotDeliveryProperties,omitzero"`
}

type snapshots struct {
	DeliveryFrequency string `json:"deliveryFrequency,omitempty"`
}

// bucketSyntax is that of "Bucket naming rules", and of the older names of us-east-1.
var bucketSyntax = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$`)

// maxKeyPrefix is the length of the longest key of S3.
const maxKeyPrefix = 1024

// check returns an error if c cannot be a delivery channel.
func (c channel) check() error {
	if err := checkName(c.Name); err != nil {
		return err
	}
	for _, text := range []string{c.S3KmsKeyArn, c.SnsTopicARN} {
		if _, err := arn.Parse(text); text != "" && err != nil {
			return fmt.Errorf("%.200q is not an ARN", text)
		}
	}
	switch f := types.MaximumExecutionFrequency(c.Snapshots.DeliveryFrequency); {
	case !bucketSyntax.MatchString(c.S3BucketName):
		return fmt.Errorf("%.200q is not the name of a bucket", c.S3BucketName)
	case len(c.S3KeyPrefix) > maxKeyPrefix:
		return fmt.Errorf("a prefix of %d bytes is longer than a key", len(c.S3KeyPrefix))
	case f != "" && !slices.Contains(f.Values(), f):
		return fmt.Errorf("%.100q is not a frequency", f)
	}
	return nil
}

// input returns c as the SDK has it.
func (c channel) input() *types.DeliveryChannel {
	d := &types.DeliveryChannel{
		Name:         aws.String(c.Name),
		S3BucketName: aws.String(c.S3BucketName),
		S3KeyPrefix:  optional(c.S3KeyPrefix),
		S3KmsKeyArn:  optional(c.S3KmsKeyArn),
		SnsTopicARN:  optional(c.SnsTopicARN),
	}
	if f := c.Snapshots.DeliveryFrequency; f != "" {
		d.ConfigSnapshotDeliveryProperties = &types.ConfigSnapshotDeliveryProperties{DeliveryFrequency: types.MaximumExecutionFrequency(f)}
	}
	return d
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// channel reads the delivery channel of a place; nil if there is none.
func (r *Remediator) channel(ctx context.Context, p place) (*channel, error) {
	out, err := r.reader.DescribeDeliveryChannels(ctx, &configservice.DescribeDeliveryChannelsInput{}, in(p.region))
	if err != nil {
		err = awserr.Wrap(ctx, err, actionDescribeChannels, p.arn(typeChannel, "*"))
		if unknown := new(types.NoSuchDeliveryChannelException); errors.As(err, &unknown) {
			err = nil
		}
		return nil, err
	}
	if out == nil || len(out.DeliveryChannels) == 0 {
		return nil, nil
	}
	d := out.DeliveryChannels[0]
	c := &channel{
		Name:         aws.ToString(d.Name),
		S3BucketName: aws.ToString(d.S3BucketName),
		S3KeyPrefix:  aws.ToString(d.S3KeyPrefix),
		S3KmsKeyArn:  aws.ToString(d.S3KmsKeyArn),
		SnsTopicARN:  aws.ToString(d.SnsTopicARN),
	}
	if s := d.ConfigSnapshotDeliveryProperties; s != nil {
		c.Snapshots.DeliveryFrequency = string(s.DeliveryFrequency)
	}
	return c, nil
}

// channelOf returns the delivery channel that a record of PutDeliveryChannel tells.
func channelOf(rec *event.Record) (channel, error) {
	var c channel
	text := member(rec.RequestParameters, "deliveryChannel")
	if len(text) == 0 {
		return c, errors.New("detail.requestParameters does not tell the deliveryChannel")
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("detail.requestParameters.deliveryChannel: %w", err)
	}
	if c.Name == "" {
		c.Name = "default" // as AWS Config names it
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("detail.requestParameters.deliveryChannel: %w", err)
	}
	return c, nil
}
