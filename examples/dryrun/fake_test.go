package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	jsonType = "application/x-amz-json-1.1"
	xmlType  = "text/xml"
)

// A cloud answers HTTP requests as an account does in which the trail "main" is stopped, a group
// is open, and nothing else may be read.
type cloud struct {
	t     *testing.T
	mu    sync.Mutex
	calls []string
}

// answers are those to the calls that are allowed.
var answers = map[string]string{
	"GetCallerIdentity": `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>
		<Arn>arn:aws:sts::123456789012:assumed-role/reader/alice</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
	"DescribeSecurityGroupRules": `<DescribeSecurityGroupRulesResponse><securityGroupRuleSet><item>
		<securityGroupRuleId>sgr-00000000000000001</securityGroupRuleId><groupId>sg-0a1b2c3d4e5f60718</groupId>
		<groupOwnerId>123456789012</groupOwnerId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol>
		<fromPort>22</fromPort><toPort>22</toPort><cidrIpv4>0.0.0.0/0</cidrIpv4><tagSet/>
		</item></securityGroupRuleSet></DescribeSecurityGroupRulesResponse>`,
	"GetTrail": `{"Trail":{"Name":"main","TrailARN":"arn:aws:cloudtrail:eu-west-1:123456789012:trail/main",
		"HomeRegion":"eu-west-1","IsMultiRegionTrail":false}}`,
	"GetTrailStatus": `{"IsLogging":false,"StopLoggingTime":1772435422}`, // 2026-03-02T07:10:22Z
}

func response(status int, contentType, errorType, body string) *http.Response {
	h := http.Header{"Content-Type": {contentType}}
	if errorType != "" {
		h.Set("X-Amzn-ErrorType", errorType)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// Do is what the SDK asks of an HTTP client.
func (c *cloud) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	target := r.Header.Get("X-Amz-Target")
	op, isJSON := target[strings.LastIndexByte(target, '.')+1:], target != ""
	if !isJSON {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		op = form.Get("Action")
	}
	c.mu.Lock()
	c.calls = append(c.calls, op)
	c.mu.Unlock()
	if !slices.ContainsFunc([]string{"Get", "List", "Describe"}, func(verb string) bool { return strings.HasPrefix(op, verb) }) {
		c.t.Errorf("a call that may write: %s", op)
	}
	answer, allowed := answers[op]
	switch {
	case isJSON && strings.Contains(string(body), "former"):
		return response(400, jsonType, "TrailNotFoundException", `{"message":"Unknown trail"}`), nil
	case allowed && isJSON:
		return response(200, jsonType, "", answer), nil
	case allowed:
		return response(200, xmlType, "", answer), nil
	default:
		return response(403, xmlType, "", `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>
			<Message>not authorized</Message></Error></ErrorResponse>`), nil
	}
}

// load is a [loader] for the account.
func (c *cloud) load(context.Context, settings) (aws.Config, error) {
	return aws.Config{
		Region:     "eu-central-1", // not that of the events
		HTTPClient: c,
		Retryer:    func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
	}, nil
}

// cancels is a cloud whose first answer is the last that is waited for.
type cancels struct {
	*cloud
	cancel context.CancelFunc
}

func (c cancels) Do(r *http.Request) (*http.Response, error) {
	defer c.cancel()
	return c.cloud.Do(r)
}
