package assume_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/assume"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

// A cloud is the CloudTrail of all accounts, with one trail in each. As IAM does, it lets a session of an
// account do there what its policy allows, and nothing anywhere else.
type cloud struct {
	sts *fakeSTS

	mu      sync.Mutex
	running map[string]bool // by account: its trail logs
	hook    func(action string) error
	gone    bool         // the trails are deleted
	made    []aws.Config // those of which a remediator was made
}

func newCloud() *cloud { return &cloud{sts: newSTS(), running: map[string]bool{}} }

// restart returns the remediator trailfix for the clients of cfg.
func (c *cloud) restart(cfg aws.Config) (remediate.Remediator, error) {
	c.mu.Lock()
	c.made = append(c.made, cfg)
	c.mu.Unlock()
	client := &trails{cfg, c}
	return trailfix.New(client, client, &trailfix.Options{Interval: time.Nanosecond}), nil
}

// remediator returns one that restarts trails in all accounts.
func (c *cloud) remediator(t testing.TB, edit ...func(*assume.Options)) remediate.Remediator {
	t.Helper()
	r, err := assume.PerAccount(newSessions(t, c.sts, edit...), c.restart, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// trails stands in for a *cloudtrail.Client with the configuration.
type trails struct {
	cfg   aws.Config
	cloud *cloud
}

// allowed returns the account in which the call is made, or an error if it may not be.
func (t *trails) allowed(ctx context.Context, action, name string) (account string, err error) {
	t.cloud.mu.Lock()
	hook, gone := t.cloud.hook, t.cloud.gone
	t.cloud.mu.Unlock()
	if hook != nil {
		if err := hook(action); err != nil {
			return "", err
		}
	}
	if gone {
		return "", &types.TrailNotFoundException{}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	cred, err := t.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	t.cloud.sts.mu.Lock()
	session, policy := t.cloud.sts.sessions[cred.AccessKeyID], t.cloud.sts.policies[cred.AccessKeyID]
	t.cloud.sts.mu.Unlock()
	account = aws.ToString(session.Account)
	var doc struct {
		Statement []struct {
			Effect           string
			Action, Resource []string
		}
	}
	if policy != "" {
		if err := json.Unmarshal([]byte(policy), &doc); err != nil {
			return "", err
		}
	}
	for _, s := range doc.Statement {
		if s.Effect == "Allow" && slices.Contains(s.Action, action) && (slices.Contains(s.Resource, "*") || slices.Contains(s.Resource, name)) {
			return account, nil
		}
	}
	if policy == "" && name == trailARN(account) {
		return account, nil
	}
	return "", &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not allowed by the session policy"}
}

func trailARN(account string) string {
	return "arn:aws:cloudtrail:" + region + ":" + account + ":trail/main"
}

func (t *trails) GetTrail(ctx context.Context, in *cloudtrail.GetTrailInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error) {
	account, err := t.allowed(ctx, "cloudtrail:GetTrail", *in.Name)
	if err != nil {
		return nil, err
	}
	if *in.Name != trailARN(account) {
		return nil, &types.TrailNotFoundException{}
	}
	return &cloudtrail.GetTrailOutput{Trail: &types.Trail{TrailARN: in.Name, HomeRegion: aws.String(region)}}, nil
}

func (t *trails) GetTrailStatus(ctx context.Context, in *cloudtrail.GetTrailStatusInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error) {
	account, err := t.allowed(ctx, "cloudtrail:GetTrailStatus", *in.Name)
	if err != nil {
		return nil, err
	}
	t.cloud.mu.Lock()
	defer t.cloud.mu.Unlock()
	if *in.Name != trailARN(account) {
		return nil, &types.TrailNotFoundException{}
	}
	return &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(t.cloud.running[account])}, nil
}

func (t *trails) StartLogging(ctx context.Context, in *cloudtrail.StartLoggingInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.StartLoggingOutput, error) {
	account, err := t.allowed(ctx, "cloudtrail:StartLogging", *in.Name)
	if err != nil {
		return nil, err
	}
	t.cloud.mu.Lock()
	defer t.cloud.mu.Unlock()
	if *in.Name != trailARN(account) {
		return nil, errors.New("not in the account of the session")
	}
	t.cloud.running[account] = true
	return &cloudtrail.StartLoggingOutput{}, nil
}

// stopLogging returns a finding on a StopLogging in the account, a moment ago; edit changes its event
// and record.
func stopLogging(account string, edit ...func(*event.Event, *event.Record)) rule.Finding {
	now := time.Now()
	e := &event.Event{
		ID: "11111111-1111-1111-1111-111111111111", DetailType: event.DetailTypeAPICall, Source: "aws.cloudtrail",
		Account: account, Region: region, Time: now,
	}
	rec := &event.Record{
		EventVersion: "1.11", EventTime: now, EventSource: "cloudtrail.amazonaws.com", EventName: "StopLogging",
		EventID: "22222222-2222-2222-2222-222222222222", AWSRegion: region, RecipientAccountID: account,
		UserIdentity:      event.UserIdentity{Type: event.IdentityIAMUser, ARN: "arn:aws:iam::" + account + ":user/mallory"},
		RequestParameters: json.RawMessage(`{"name":"main"}`), ResponseElements: json.RawMessage("null"),
	}
	for _, f := range edit {
		f(e, rec)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "4.5"}, Event: e, Record: rec}
}
