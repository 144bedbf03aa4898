package s3fix_test

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate/s3fix"
	"github.com/countertrail/countertrail/rule"
)

const (
	account   = "123456789012"
	region    = "eu-west-1"
	name      = "example-bucket"
	bucketARN = "arn:aws:s3:::example-bucket"
	ownerID   = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
	partnerID = "25a0a1b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f"

	allUsers   = "http://acs.amazonaws.com/groups/global/AllUsers"
	everyoneIn = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	logGroup   = "http://acs.amazonaws.com/groups/s3/LogDelivery"
)

// soon makes a remediator that does not pause between reads.
var soon = &s3fix.Options{Interval: time.Nanosecond}

// A cloud is an S3 with one bucket. It answers as S3 documents: another owner than the expected is
// denied, a missing policy or block is an error with a code of its own, and what is deleted may be
// missing already. It records every call, and fails the operations that have an error.
type cloud struct {
	mu       sync.Mutex
	policy   string // empty: none
	grants   []types.Grant
	block    *types.PublicAccessBlockConfiguration // nil: none
	noACLs   bool                                  // ACLs are disabled
	lag      []snapshot                            // what the next reads show
	errs     map[string]error                      // by operation
	onAction func(action string) error             // called before each call with its IAM action, if not nil
	calls    []string                              // operation, Region, bucket and expected owner, with a space between
}

// A snapshot is what a bucket was like.
type snapshot struct {
	policy string
	grants []types.Grant
	block  *types.PublicAccessBlockConfiguration
	gone   bool
}

func newCloud() *cloud {
	return &cloud{grants: []types.Grant{grantTo(ownerID, types.PermissionFullControl)}, errs: map[string]error{}}
}

func grantTo(who string, p types.Permission) types.Grant {
	if strings.HasPrefix(who, "http:") {
		return types.Grant{Grantee: &types.Grantee{Type: types.TypeGroup, URI: aws.String(who)}, Permission: p}
	}
	return types.Grant{Grantee: &types.Grantee{Type: types.TypeCanonicalUser, ID: aws.String(who)}, Permission: p}
}

// blockWith returns a configuration whose settings are all on or all off.
func blockWith(on bool) *types.PublicAccessBlockConfiguration {
	return &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(on), IgnorePublicAcls: aws.Bool(on), BlockPublicPolicy: aws.Bool(on), RestrictPublicBuckets: aws.Bool(on),
	}
}

func apiError(code string) error { return &smithy.GenericAPIError{Code: code, Message: "a message"} }

// actions holds the IAM actions that are not named like the operation.
var actions = map[string]string{
	"GetPublicAccessBlock":    "GetBucketPublicAccessBlock",
	"PutPublicAccessBlock":    "PutBucketPublicAccessBlock",
	"DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
}

func (c *cloud) hook(h func(action string) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onAction = h
}

// record is called with mu held.
func (c *cloud) record(ctx context.Context, op string, bucket, owner *string, opts []func(*s3.Options)) error {
	var o s3.Options
	for _, opt := range opts {
		opt(&o)
	}
	c.calls = append(c.calls, strings.Join([]string{op, o.Region, aws.ToString(bucket), aws.ToString(owner)}, " "))
	if c.onAction != nil {
		if err := c.onAction("s3:" + cmp.Or(actions[op], op)); err != nil {
			return err
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case c.errs[op] != nil:
		return c.errs[op]
	case aws.ToString(bucket) != name:
		return apiError("NoSuchBucket")
	case aws.ToString(owner) != account:
		return apiError("AccessDenied")
	case o.Region != region:
		return apiError("PermanentRedirect")
	}
	return nil
}

// shown returns what a read shows, which may be out of date.
func (c *cloud) shown() snapshot {
	s := snapshot{policy: c.policy, grants: c.grants, block: c.block}
	if len(c.lag) > 0 {
		s, c.lag = c.lag[0], c.lag[1:]
	}
	return s
}

func (c *cloud) read(ctx context.Context, op string, bucket, owner *string, opts []func(*s3.Options)) (snapshot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, op, bucket, owner, opts); err != nil {
		return snapshot{}, err
	}
	s := c.shown()
	if s.gone {
		return s, apiError("NoSuchBucket")
	}
	return s, nil
}

// write changes the bucket if the call is one that succeeds.
func (c *cloud) write(ctx context.Context, op string, bucket, owner *string, opts []func(*s3.Options), change func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.record(ctx, op, bucket, owner, opts)
	if err == nil {
		change()
	}
	return err
}

func (c *cloud) GetBucketPolicy(ctx context.Context, in *s3.GetBucketPolicyInput, opts ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error) {
	s, err := c.read(ctx, "GetBucketPolicy", in.Bucket, in.ExpectedBucketOwner, opts)
	if err != nil {
		return nil, err
	}
	if s.policy == "" {
		return nil, apiError("NoSuchBucketPolicy")
	}
	return &s3.GetBucketPolicyOutput{Policy: aws.String(s.policy)}, nil
}

func (c *cloud) GetBucketAcl(ctx context.Context, in *s3.GetBucketAclInput, opts ...func(*s3.Options)) (*s3.GetBucketAclOutput, error) {
	s, err := c.read(ctx, "GetBucketAcl", in.Bucket, in.ExpectedBucketOwner, opts)
	if err != nil {
		return nil, err
	}
	return &s3.GetBucketAclOutput{Owner: &types.Owner{ID: aws.String(ownerID)}, Grants: slices.Clone(s.grants)}, nil
}

func (c *cloud) GetPublicAccessBlock(ctx context.Context, in *s3.GetPublicAccessBlockInput, opts ...func(*s3.Options)) (*s3.GetPublicAccessBlockOutput, error) {
	s, err := c.read(ctx, "GetPublicAccessBlock", in.Bucket, in.ExpectedBucketOwner, opts)
	if err != nil {
		return nil, err
	}
	if s.block == nil {
		return nil, apiError("NoSuchPublicAccessBlockConfiguration")
	}
	return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: s.block}, nil
}

func (c *cloud) PutBucketPolicy(ctx context.Context, in *s3.PutBucketPolicyInput, opts ...func(*s3.Options)) (*s3.PutBucketPolicyOutput, error) {
	if !json.Valid([]byte(aws.ToString(in.Policy))) {
		return nil, apiError("MalformedPolicy")
	}
	err := c.write(ctx, "PutBucketPolicy", in.Bucket, in.ExpectedBucketOwner, opts, func() { c.policy = *in.Policy })
	return &s3.PutBucketPolicyOutput{}, err
}

func (c *cloud) DeleteBucketPolicy(ctx context.Context, in *s3.DeleteBucketPolicyInput, opts ...func(*s3.Options)) (*s3.DeleteBucketPolicyOutput, error) {
	err := c.write(ctx, "DeleteBucketPolicy", in.Bucket, in.ExpectedBucketOwner, opts, func() { c.policy = "" })
	return &s3.DeleteBucketPolicyOutput{}, err
}

func (c *cloud) PutBucketAcl(ctx context.Context, in *s3.PutBucketAclInput, opts ...func(*s3.Options)) (*s3.PutBucketAclOutput, error) {
	if c.noACLs {
		return nil, apiError("AccessControlListNotSupported")
	}
	if p := in.AccessControlPolicy; p == nil || p.Grants == nil || p.Owner == nil {
		return nil, apiError("MalformedACLError")
	}
	err := c.write(ctx, "PutBucketAcl", in.Bucket, in.ExpectedBucketOwner, opts, func() { c.grants = in.AccessControlPolicy.Grants })
	return &s3.PutBucketAclOutput{}, err
}

func (c *cloud) PutPublicAccessBlock(ctx context.Context, in *s3.PutPublicAccessBlockInput, opts ...func(*s3.Options)) (*s3.PutPublicAccessBlockOutput, error) {
	err := c.write(ctx, "PutPublicAccessBlock", in.Bucket, in.ExpectedBucketOwner, opts, func() { c.block = in.PublicAccessBlockConfiguration })
	return &s3.PutPublicAccessBlockOutput{}, err
}

func (c *cloud) DeletePublicAccessBlock(ctx context.Context, in *s3.DeletePublicAccessBlockInput, opts ...func(*s3.Options)) (*s3.DeletePublicAccessBlockOutput, error) {
	err := c.write(ctx, "DeletePublicAccessBlock", in.Bucket, in.ExpectedBucketOwner, opts, func() { c.block = nil })
	return &s3.DeletePublicAccessBlockOutput{}, err
}

// ops returns the operations that were called, in order.
func (c *cloud) ops() string {
	var ops []string
	for _, made := range c.calls {
		op, _, _ := strings.Cut(made, " ")
		ops = append(ops, op)
	}
	return strings.Join(ops, " ")
}

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// finding returns a finding on a call of S3 with the parameters given; edit changes its event and
// record.
func finding(call, params string, edit ...func(*event.Event, *event.Record)) rule.Finding {
	e := &event.Event{
		ID:         "11111111-1111-1111-1111-111111111111",
		DetailType: event.DetailTypeAPICall,
		Source:     "aws.s3",
		Account:    account,
		Region:     region,
		Time:       at,
	}
	rec := &event.Record{
		EventVersion:       "1.11",
		UserIdentity:       event.UserIdentity{Type: event.IdentityIAMUser, ARN: "arn:aws:iam::123456789012:user/mallory"},
		EventTime:          at,
		EventSource:        "s3.amazonaws.com",
		EventName:          call,
		AWSRegion:          region,
		RequestParameters:  json.RawMessage(params),
		ResponseElements:   json.RawMessage("null"),
		EventID:            "22222222-2222-2222-2222-222222222222",
		Resources:          []event.Resource{{AccountID: account, Type: "AWS::S3::Bucket", ARN: bucketARN}},
		RecipientAccountID: account,
	}
	for _, f := range edit {
		f(e, rec)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "4.8"}, Event: e, Record: rec}
}

// The requests, as CloudTrail writes them.
const (
	putPolicy = `{"bucketName":"example-bucket","Host":"example-bucket.s3.eu-west-1.amazonaws.com","policy":"","bucketPolicy":` +
		`{"Version":"2012-10-17","Statement":[{"Sid":"Public","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::example-bucket/*"}]}}`
	putACL      = `{"bucketName":"example-bucket","Host":"example-bucket.s3.eu-west-1.amazonaws.com","acl":"","x-amz-acl":"public-read"}`
	deleteBlock = `{"bucketName":"example-bucket","Host":"example-bucket.s3.eu-west-1.amazonaws.com","publicAccessBlock":""}`
	putBlock    = `{"bucketName":"example-bucket","publicAccessBlock":"","PublicAccessBlockConfiguration":{"xmlns":"http://s3.amazonaws.com/doc/2006-03-01/",` +
		`"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":false,"RestrictPublicBuckets":false}}`
	fullBlock = `{"bucketName":"example-bucket","publicAccessBlock":"","PublicAccessBlockConfiguration":{` +
		`"BlockPublicAcls":true,"IgnorePublicAcls":"true","BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`
)

// publicPolicy has a public statement between two that are not.
const publicPolicy = `{"Version":"2012-10-17","Statement":[
  {"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::example-bucket/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
  {"Sid":"Public","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::example-bucket/*"},
  {"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::example-bucket/*"}
]}`

// cutPolicy is publicPolicy without the statement.
const cutPolicy = `{"Version":"2012-10-17","Statement":[
  {"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::example-bucket/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
  {"Sid":"Partner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::example-bucket/*"}
]}`
