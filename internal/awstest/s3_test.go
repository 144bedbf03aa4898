package awstest

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/remediate/s3fix"
)

var s3Scenarios = []scenario{
	{
		service: "s3", name: "a public policy", reason: "there is nothing else in the policy, so it is deleted",
		begin: func(t *testing.T, s *server) *incident {
			b := newBucket(t, s)
			in := b.incident(t, func() call { return b.putPolicy(t, policyOf(b.statement("*"))) })
			in.steps = []string{"s3:DeleteBucketPolicy"}
			return in
		},
	},
	{
		service: "s3", name: "a public statement in a policy", reason: "the statement for the partner stays, as it was written",
		begin: func(t *testing.T, s *server) *incident {
			b := newBucket(t, s)
			forPartner := b.statement("arn:aws:iam::" + partner + ":root")
			b.putPolicy(t, policyOf(forPartner))
			in := b.incident(t, func() call { return b.putPolicy(t, policyOf(b.statement("*"), forPartner)) })
			in.steps = []string{"s3:PutBucketPolicy"}
			return in
		},
	},
	{
		service: "s3", name: "a public ACL", reason: "the owner's grant stays",
		begin: func(t *testing.T, s *server) *incident {
			b := newBucket(t, s)
			in := b.incident(t, func() call {
				must(b.owner.PutBucketAcl(t.Context(), &s3.PutBucketAclInput{Bucket: &b.name, ACL: types.BucketCannedACLPublicRead}))(t)
				return b.record("PutBucketAcl", "acl", object{"x-amz-acl": "public-read"})
			})
			in.steps = []string{"s3:PutBucketAcl"}
			return in
		},
	},
	{
		service: "s3", name: "the block on public access deleted", reason: "all four settings are on again",
		begin: func(t *testing.T, s *server) *incident {
			b := newBucket(t, s)
			b.putBlock(t, true)
			in := b.incident(t, func() call {
				must(b.owner.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: &b.name}))(t)
				return b.record("DeleteBucketPublicAccessBlock", "publicAccessBlock", nil)
			})
			in.steps = []string{"s3:PutBucketPublicAccessBlock"}
			return in
		},
	},
	{
		service: "s3", name: "the block on public access turned off", reason: "all four settings are on again",
		begin: func(t *testing.T, s *server) *incident {
			b := newBucket(t, s)
			b.putBlock(t, true)
			in := b.incident(t, func() call {
				b.putBlock(t, false)
				return b.record("PutBucketPublicAccessBlock", "publicAccessBlock", object{"PublicAccessBlockConfiguration": object{
					"BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false,
				}})
			})
			in.steps = []string{"s3:PutBucketPublicAccessBlock"}
			return in
		},
	},
}

// A bucket is one of S3.
type bucket struct {
	owner, fixer *s3.Client
	name         string
}

// pathStyle puts a bucket's name where a server on the loopback interface can find it.
func pathStyle(o *s3.Options) { o.UsePathStyle = true }

// newBucket makes a bucket in the Region of most scenarios.
func newBucket(t *testing.T, s *server) *bucket {
	t.Helper()
	b := &bucket{
		owner: s3.NewFromConfig(s.config(home), pathStyle), fixer: s3.NewFromConfig(s.strange(t, home), pathStyle),
		name: unique("bucket"),
	}
	must(b.owner.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &b.name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: home},
	}))(t)
	return b
}

// record returns what CloudTrail records of a call on what the bucket has by the name of marker.
func (b *bucket) record(name, marker string, request object) call {
	c := call{service: "s3", name: name, resources: []string{"arn:aws:s3:::" + b.name}, request: object{
		"bucketName": b.name, "Host": b.name + ".s3." + home + ".amazonaws.com", marker: "",
	}}
	for name, value := range request {
		c.request[name] = value
	}
	return c
}

// statement returns a statement of a policy that lets a principal read what is in the bucket.
func (b *bucket) statement(principal string) object {
	return object{"Effect": "Allow", "Principal": object{"AWS": principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + b.name + "/*"}
}

func policyOf(statements ...object) object {
	return object{"Version": "2012-10-17", "Statement": statements}
}

func (b *bucket) putPolicy(t *testing.T, policy object) call {
	t.Helper()
	document := string(must(json.Marshal(policy))(t))
	must(b.owner.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &b.name, Policy: &document}))(t)
	return b.record("PutBucketPolicy", "policy", object{"bucketPolicy": policy})
}

func (b *bucket) putBlock(t *testing.T, on bool) {
	t.Helper()
	must(b.owner.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{
		Bucket: &b.name,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: &on, IgnorePublicAcls: &on, BlockPublicPolicy: &on, RestrictPublicBuckets: &on,
		},
	}))(t)
}

func (b *bucket) incident(t *testing.T, attack func() call) *incident {
	return &incident{
		remediator: s3fix.New(b.fixer, b.fixer, &s3fix.Options{Interval: interval}),
		attack:     attack,
		meddle: func() { // the policy, the ACL and the block are neither what they were nor what they are to be
			must(b.owner.PutBucketAcl(t.Context(), &s3.PutBucketAclInput{Bucket: &b.name, ACL: types.BucketCannedACLAuthenticatedRead}))(t)
			b.putPolicy(t, policyOf(b.statement("*"), b.statement("*")))
			must(b.owner.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{
				Bucket:                         &b.name,
				PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true)},
			}))(t)
		},
		state:   func() any { return b.state(t) },
		reverts: true,
	}
}

// state returns the policy to the letter, the grants and the block.
func (b *bucket) state(t *testing.T) any {
	t.Helper()
	ctx := t.Context()
	state := map[string]any{"acl": must(b.owner.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &b.name}))(t).Grants}
	policy, err := b.owner.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.name})
	if !absent(t, err, "NoSuchBucketPolicy") {
		state["policy"] = aws.ToString(policy.Policy)
	}
	block, err := b.owner.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &b.name})
	if !absent(t, err, "NoSuchPublicAccessBlockConfiguration") {
		state["block"] = block.PublicAccessBlockConfiguration
	}
	return state
}

// absent reports whether an error says, by its code, that something is not there. Any other error
// fails the test.
func absent(t *testing.T, err error, code string) bool {
	t.Helper()
	if api := smithy.APIError(nil); errors.As(err, &api) && api.ErrorCode() == code {
		return true
	}
	if err != nil {
		t.Fatal(err)
	}
	return false
}
