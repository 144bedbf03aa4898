package assume_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/countertrail/countertrail/remediate/assume"
)

const (
	account  = "123456789012"
	other    = "210987654321"
	own      = "999988887777" // the caller's
	region   = "eu-west-1"
	external = "an-external-id"
	secret   = "a-secret-of-the-session"
)

// A fakeSTS is an STS as its API reference describes it: a session's ARN ends in the role's name without
// its path and in the session's name. It keeps what it was asked for.
type fakeSTS struct {
	partition string // of the caller
	deny      error  // what AssumeRole fails with
	// tamper changes what AssumeRole returns and what becomes of the session, if not nil.
	tamper func(out *sts.AssumeRoleOutput, session *sts.GetCallerIdentityOutput)
	onCall func() // called at the begin of AssumeRole, if not nil

	mu       sync.Mutex
	assumed  []*sts.AssumeRoleInput
	sessions map[string]*sts.GetCallerIdentityOutput // by access key
	policies map[string]string                       // by access key
	lookups  int                                     // of the caller's own identity
}

func newSTS() *fakeSTS {
	return &fakeSTS{partition: "aws", sessions: map[string]*sts.GetCallerIdentityOutput{}, policies: map[string]string{}}
}

func (f *fakeSTS) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	if f.onCall != nil {
		f.onCall()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.assumed = append(f.assumed, in)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if f.deny != nil {
		return nil, f.deny
	}
	part := strings.Split(*in.RoleArn, ":") // arn, partition, iam, "", account, role/…
	name := part[5][strings.LastIndex(part[5], "/")+1:]
	key := fmt.Sprintf("ASIA%012d", len(f.assumed))
	out := &sts.AssumeRoleOutput{Credentials: &types.Credentials{
		AccessKeyId: aws.String(key), SecretAccessKey: aws.String(secret), SessionToken: aws.String("token of " + key),
		Expiration: aws.Time(time.Now().Add(time.Duration(*in.DurationSeconds) * time.Second)),
	}}
	session := &sts.GetCallerIdentityOutput{
		Account: aws.String(part[4]),
		Arn:     aws.String(fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", part[1], part[4], name, *in.RoleSessionName)),
	}
	if f.tamper != nil {
		f.tamper(out, session)
	}
	f.sessions[key], f.policies[key] = session, aws.ToString(in.Policy)
	return out, nil
}

func (f *fakeSTS) GetCallerIdentity(ctx context.Context, _ *sts.GetCallerIdentityInput, opts ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	var o sts.Options
	for _, opt := range opts {
		opt(&o)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if o.Credentials == nil {
		f.lookups++
		return &sts.GetCallerIdentityOutput{
			Account: aws.String(own),
			Arn:     aws.String("arn:" + f.partition + ":sts::" + own + ":assumed-role/caller/lambda"),
		}, nil
	}
	c, err := o.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	return f.sessions[c.AccessKeyID], nil
}

// calls returns how often a role was assumed.
func (f *fakeSTS) calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.assumed)
}

// options are those of most tests.
func options() *assume.Options {
	return &assume.Options{
		Role:           assume.Role{Name: "security/countertrail", ExternalID: external},
		SourceIdentity: "countertrail-bot",
	}
}

// newSessions returns Sessions; edit changes the options of most tests.
func newSessions(t testing.TB, client assume.Client, edit ...func(*assume.Options)) *assume.Sessions {
	t.Helper()
	opts := options()
	for _, f := range edit {
		f(opts)
	}
	s, err := assume.New(client, callerConfig(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// callerConfig is the configuration of the caller, whose credentials must never be used for anything
// but to assume a role.
func callerConfig() aws.Config {
	return aws.Config{
		Region:  "us-east-1",
		AppID:   "kept",
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIACALLER", SecretAccessKey: "the-caller's-secret"}, nil
		}),
	}
}

// keyOf returns the access key that clients with the configuration would use.
func keyOf(t testing.TB, cfg aws.Config) string {
	t.Helper()
	c, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c.AccessKeyID
}
