package ec2fix

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/countertrail/countertrail/remediate"
)

const actionTags = "ec2:DescribeTags"

// A tagReader reads the tags of any resource of EC2.
type tagReader interface {
	DescribeTags(context.Context, *ec2.DescribeTagsInput, ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error)
}

// readTags returns the tags of the resource of a step of k.
func readTags[E entry](ctx context.Context, k keeper[E], r tagReader, s remediate.Step) (map[string]string, error) {
	m, err := moveOf(k, s)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	err = pages(func(token *string) (*string, error) {
		out, err := r.DescribeTags(ctx, &ec2.DescribeTagsInput{
			Filters:   []types.Filter{{Name: aws.String("resource-id"), Values: []string{m.target.id}}},
			NextToken: token,
		}, in(m.target.region))
		if err != nil {
			return nil, callError(ctx, err, actionTags, m.target.arn())
		}
		if out == nil {
			return nil, fmt.Errorf("%s on %q returned nothing", actionTags, m.target.arn())
		}
		for _, t := range out.Tags {
			if aws.ToString(t.ResourceId) == m.target.id {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
		}
		return out.NextToken, nil
	})
	if err != nil {
		return nil, err
	}
	return tags, nil
}
