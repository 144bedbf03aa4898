package ec2fix_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/ec2fix"
)

// roundTripper is, as the SDK wants it, an HTTP client.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) Do(r *http.Request) (*http.Response, error) { return f(r) }

func newClient(do roundTripper) *ec2.Client {
	return ec2.New(ec2.Options{
		Region: "us-east-1", // not that of the events
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
		HTTPClient: do,
		Retryer:    aws.NopRetryer{},
	})
}

func respond(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(body))}
}

const added = `{"eventName":"AuthorizeSecurityGroupIngress","responseElements":{"securityGroupRuleSet":{"items":[
	{"groupId":"sg-0a1b2c3d4e5f60718","securityGroupRuleId":"sgr-0123456789abcdef0","ipProtocol":"-1","cidrIpv6":"::/0"}]}}}`

// TestClient holds that the SDK's own client calls the Region of the event, whatever its own is,
// with the arguments that revoke a rule by its id.
func TestClient(t *testing.T) {
	answers := map[string]string{
		"DescribeSecurityGroupRules": `<DescribeSecurityGroupRulesResponse><securityGroupRuleSet><item>
			<securityGroupRuleId>sgr-0123456789abcdef0</securityGroupRuleId><groupId>sg-0a1b2c3d4e5f60718</groupId>
			<groupOwnerId>123456789012</groupOwnerId><isEgress>false</isEgress><ipProtocol>-1</ipProtocol>
			<fromPort>-1</fromPort><toPort>-1</toPort><cidrIpv6>::/0</cidrIpv6><tagSet/>
			</item></securityGroupRuleSet></DescribeSecurityGroupRulesResponse>`,
		"RevokeSecurityGroupIngress": `<RevokeSecurityGroupIngressResponse><return>true</return></RevokeSecurityGroupIngressResponse>`,
	}
	var ops []string
	client := newClient(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		op := form.Get("Action")
		ops = append(ops, op)
		if host := r.URL.Host; host != "ec2.cn-north-1.amazonaws.com.cn" {
			t.Errorf("%s: host %s", op, host)
		}
		if op == "RevokeSecurityGroupIngress" && (form.Get("SecurityGroupRuleId.1") != "sgr-0123456789abcdef0" || form.Has("SecurityGroupRuleId.2") ||
			form.Get("GroupId") != "sg-0a1b2c3d4e5f60718" || form.Has("IpPermissions.1.IpProtocol")) {
			t.Errorf("%s: %s", op, body)
		}
		return respond(200, answers[op]), nil
	})
	rem, err := ec2fix.NewGroups(client, client, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := finding(t, at, added)
	f.Event.Region, f.Record.AWSRegion, f.Record.UserIdentity = "cn-north-1", "cn-north-1", event.UserIdentity{}
	plan, err := rem.Plan(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if want := "arn:aws-cn:ec2:cn-north-1:123456789012:security-group/sg-0a1b2c3d4e5f60718"; plan.Steps[0].Resource != want {
		t.Errorf("resource %s, want %s", plan.Steps[0].Resource, want)
	}
	if receipt, err := rem.Apply(t.Context(), plan); err != nil || !receipt.Changed() {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
	if got, want := strings.Join(ops, " "), "DescribeSecurityGroupRules DescribeSecurityGroupRules RevokeSecurityGroupIngress"; got != want {
		t.Errorf("called %s, want %s", got, want)
	}
}

// TestNotRevoked holds that an answer by which nothing was revoked is no success, though the call
// was.
func TestNotRevoked(t *testing.T) {
	scenes(t, func(t *testing.T, s *scene) {
		if s.kind != "group" {
			return
		}
		for _, answer := range []string{
			`<return>false</return>`, ``,
			`<return>true</return><unknownIpPermissionSet><item><ipProtocol>tcp</ipProtocol></item></unknownIpPermissionSet>`,
		} {
			client := newClient(func(*http.Request) (*http.Response, error) {
				return respond(200, "<Response>"+answer+"</Response>"), nil
			})
			rem, err := ec2fix.NewGroups(s.cloud, client, nil)
			if err != nil {
				t.Fatal(err)
			}
			if receipt, err := rem.Apply(t.Context(), s.plan); err == nil || receipt.Changed() {
				t.Errorf("%s: %+v, %v, want an error", answer, receipt, err)
			}
		}
	})
}

// TestClientErrors holds that errors as the SDK's own client makes them are told for what they are.
func TestClientErrors(t *testing.T) {
	tests := []struct {
		status int
		code   string
		is     error
	}{
		{400, "InvalidGroup.NotFound", remediate.ErrNotFound},
		{403, "UnauthorizedOperation", remediate.ErrDenied},
		{503, "RequestLimitExceeded", remediate.ErrTemporary},
	}
	for _, tt := range tests {
		client := newClient(func(*http.Request) (*http.Response, error) {
			return respond(tt.status, `<Response><Errors><Error><Code>`+tt.code+`</Code><Message>text</Message></Error></Errors></Response>`), nil
		})
		rem, err := ec2fix.NewGroups(client, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rem.Plan(t.Context(), finding(t, at, added)); !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.code) {
			t.Errorf("%s: %v, want one that is %v", tt.code, err, tt.is)
		}
	}
}
