package s3fix

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A block is a configuration of the block on public access. One that was deleted differs from one
// that has nothing turned on, though it blocks no less, so that it can be undone to the letter.
type block struct {
	Configured            bool `json:"configured"`
	BlockPublicAcls       bool `json:"blockPublicAcls"`
	IgnorePublicAcls      bool `json:"ignorePublicAcls"`
	BlockPublicPolicy     bool `json:"blockPublicPolicy"`
	RestrictPublicBuckets bool `json:"restrictPublicBuckets"`
}

// fullBlock has everything turned on.
var fullBlock = block{Configured: true, BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true}

// blocks is the block of a bucket on public access.
var blocks = &setting{
	name:   "block on public access",
	read:   readBlock,
	decode: decodeAs[block],
	open:   "public access to the bucket %q is not blocked in full",
	fine:   "public access to the bucket %q is blocked in full",
	opened: func(q request) bool { return blockOf(q) != fullBlock },
}

func readBlock(ctx context.Context, r Reader, b bucket) (state, error) {
	out, err := r.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{
		Bucket: aws.String(b.name), ExpectedBucketOwner: aws.String(b.account),
	}, b.in)
	if code(err) == "NoSuchPublicAccessBlockConfiguration" {
		return block{}, nil
	}
	if err != nil {
		return nil, b.wrap(ctx, err, actionGetBlock)
	}
	if out == nil || out.PublicAccessBlockConfiguration == nil {
		return nil, fmt.Errorf("%s on %q returned no configuration", actionGetBlock, b.arn())
	}
	c := out.PublicAccessBlockConfiguration
	return block{
		Configured:            true,
		BlockPublicAcls:       aws.ToBool(c.BlockPublicAcls),
		IgnorePublicAcls:      aws.ToBool(c.IgnorePublicAcls),
		BlockPublicPolicy:     aws.ToBool(c.BlockPublicPolicy),
		RestrictPublicBuckets: aws.ToBool(c.RestrictPublicBuckets),
	}, nil
}

// blockOf returns the block that a request asks for: what it does not turn on is off, and a
// request to delete has none.
func blockOf(q request) block {
	raw, ok := q["PublicAccessBlockConfiguration"]
	if !ok {
		return block{}
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return block{Configured: true}
	}
	on := func(name string) bool {
		text := string(members[name])
		return text == "true" || text == `"true"` // some of CloudTrail's booleans are strings
	}
	return block{
		Configured:            true,
		BlockPublicAcls:       on("BlockPublicAcls"),
		IgnorePublicAcls:      on("IgnorePublicAcls"),
		BlockPublicPolicy:     on("BlockPublicPolicy"),
		RestrictPublicBuckets: on("RestrictPublicBuckets"),
	}
}

// A flag is one of a block's four settings.
type flag struct {
	name string
	on   bool
}

func (k block) flags() []flag {
	return []flag{
		{"BlockPublicAcls", k.BlockPublicAcls},
		{"IgnorePublicAcls", k.IgnorePublicAcls},
		{"BlockPublicPolicy", k.BlockPublicPolicy},
		{"RestrictPublicBuckets", k.RestrictPublicBuckets},
	}
}

// configuration returns the block as JSON has it.
func (k block) configuration() map[string]bool {
	c := make(map[string]bool)
	for _, f := range k.flags() {
		c[f.name] = f.on
	}
	return c
}

// shorthand returns the block as the AWS CLI takes it.
func (k block) shorthand() string {
	var words []string
	for _, f := range k.flags() {
		words = append(words, fmt.Sprintf("%s=%t", f.name, f.on))
	}
	return strings.Join(words, ",")
}

func (k block) tighten() (state, string, error) {
	if !k.Configured {
		return fullBlock, "none is configured", nil
	}
	var off []string
	for _, f := range k.flags() {
		if !f.on {
			off = append(off, f.name)
		}
	}
	if len(off) == 0 {
		return k, "", nil
	}
	return fullBlock, "off: " + strings.Join(off, ", "), nil
}

func (k block) equal(s state) bool { return k == s }

// blockInput is the input of PutPublicAccessBlock and, without a configuration, of
// DeletePublicAccessBlock.
type blockInput struct {
	Bucket                         string
	ExpectedBucketOwner            string
	PublicAccessBlockConfiguration map[string]bool `json:",omitempty"`
}

func (k block) call(b bucket) call {
	input := blockInput{Bucket: b.name, ExpectedBucketOwner: b.account}
	if !k.Configured {
		return call{
			action:  actionPutBlock,
			args:    input,
			command: []string{"delete-public-access-block"},
			do: func(ctx context.Context, w Writer) error {
				_, err := w.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{
					Bucket: aws.String(b.name), ExpectedBucketOwner: aws.String(b.account),
				}, b.in)
				return err
			},
		}
	}
	input.PublicAccessBlockConfiguration = k.configuration()
	return call{
		action:  actionPutBlock,
		args:    input,
		command: []string{"put-public-access-block", "--public-access-block-configuration", k.shorthand()},
		do: func(ctx context.Context, w Writer) error {
			_, err := w.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
				Bucket: aws.String(b.name), ExpectedBucketOwner: aws.String(b.account),
				PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
					BlockPublicAcls:       aws.Bool(k.BlockPublicAcls),
					IgnorePublicAcls:      aws.Bool(k.IgnorePublicAcls),
					BlockPublicPolicy:     aws.Bool(k.BlockPublicPolicy),
					RestrictPublicBuckets: aws.Bool(k.RestrictPublicBuckets),
				},
			}, b.in)
			return err
		},
	}
}
