package assume

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/countertrail/countertrail/internal/awserr"
)

// margin is how long before its end a session is replaced: longer than a request can take.
const margin = 5 * time.Minute

// A session is one of a role in an account, assumed again as often as it must be. It is the
// [aws.CredentialsProvider] of clients. The SDK's cache would start a goroutine that outlives a call
// which is cancelled, so it is not used.
type session struct {
	sts                        Client
	opts                       *Options // as New completed them
	role                       Role
	partition, account, policy string

	cell cell[aws.Credentials]
}

var _ aws.CredentialsProvider = (*session)(nil)

// Retrieve implements [aws.CredentialsProvider].
func (s *session) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := s.credentials(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("assume: %w", err)
	}
	return c, nil
}

// credentials returns those of a session that was found to be in the account and lasts long enough.
func (s *session) credentials(ctx context.Context) (aws.Credentials, error) {
	c, err := s.cell.get(ctx, lasts, s.assume)
	if err != nil {
		return aws.Credentials{}, err
	}
	return *c, nil
}

// isGood reports whether the session can be used as it is.
func (s *session) isGood() bool {
	c := s.cell.value.Load()
	return c != nil && lasts(c)
}

// lasts compares by the wall clock, as STS gives no other.
func lasts(c *aws.Credentials) bool { return time.Now().Add(margin).Before(c.Expires) }

// assume returns the credentials of a new session.
func (s *session) assume(ctx context.Context) (*aws.Credentials, error) {
	role := s.role.arn(s.partition, s.account)
	in := &sts.AssumeRoleInput{
		RoleArn:         aws.String(role),
		RoleSessionName: aws.String(s.opts.SessionName),
		SourceIdentity:  aws.String(s.opts.SourceIdentity),
		DurationSeconds: aws.Int32(int32(s.opts.Duration / time.Second)),
	}
	if s.role.ExternalID != "" {
		in.ExternalId = aws.String(s.role.ExternalID)
	}
	if s.policy != "" {
		in.Policy = aws.String(s.policy)
	}
	out, err := s.sts.AssumeRole(ctx, in)
	if err != nil {
		return nil, awserr.Wrap(ctx, err, "sts:AssumeRole", role)
	}
	c, err := credentialsOf(out, s.account)
	if err == nil {
		err = s.verify(ctx, c)
	}
	if err != nil {
		return nil, fmt.Errorf("the session of %q: %w", role, err)
	}
	return c, nil
}

func credentialsOf(out *sts.AssumeRoleOutput, account string) (*aws.Credentials, error) {
	if out == nil || out.Credentials == nil {
		return nil, errors.New("AWS returned no credentials")
	}
	c := &aws.Credentials{
		AccessKeyID:     aws.ToString(out.Credentials.AccessKeyId),
		SecretAccessKey: aws.ToString(out.Credentials.SecretAccessKey),
		SessionToken:    aws.ToString(out.Credentials.SessionToken),
		Source:          "countertrail/assume",
		CanExpire:       true,
		Expires:         aws.ToTime(out.Credentials.Expiration),
		AccountID:       account,
	}
	if !c.HasKeys() || c.SessionToken == "" {
		return nil, errors.New("AWS returned incomplete credentials")
	}
	if !lasts(c) {
		return nil, fmt.Errorf("it expires at %s already", c.Expires.UTC().Format(time.RFC3339))
	}
	return c, nil
}

// verify returns an error unless STS says that c are the credentials of a session of the role in the
// account. No policy can deny the call, as its API reference says.
func (s *session) verify(ctx context.Context, c *aws.Credentials) error {
	with := func(o *sts.Options) {
		o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return *c, nil })
	}
	got, err := getIdentity(ctx, s.sts, with)
	if err != nil {
		return err
	}
	name := s.role.Name[strings.LastIndex(s.role.Name, "/")+1:]
	want := arn.ARN{
		Partition: s.partition, Service: "sts", AccountID: s.account,
		Resource: "assumed-role/" + name + "/" + s.opts.SessionName,
	}
	if got.arn != want.String() {
		return fmt.Errorf("it is %.300q, not %q", got.arn, want)
	}
	return nil
}
