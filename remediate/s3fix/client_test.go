package s3fix_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/s3fix"
)

// roundTripper is an HTTP client as the SDK wants it.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) Do(r *http.Request) (*http.Response, error) { return f(r) }

func respond(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func errorBody(code string) string {
	return "<Error><Code>" + code + "</Code><Message>A message.</Message></Error>"
}

func newClient(do roundTripper) *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", // not that of the events
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
		HTTPClient: do,
		Retryer:    aws.NopRetryer{},
	})
}

// TestClient holds that the SDK's own client asks the Region of the event, names the owner, and
// sends what the plan says.
func TestClient(t *testing.T) {
	const aclBody = `<AccessControlPolicy><Owner><ID>o1</ID></Owner><AccessControlList>` +
		`<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>` + allUsers + `</URI></Grantee><Permission>READ</Permission></Grant>` +
		`</AccessControlList></AccessControlPolicy>`
	tests := []struct {
		call, params string
		answers      map[string]*http.Response // by method and query
		requests     string
		sent         string // part of the body of the last
	}{
		{"PutBucketPolicy", putPolicy, map[string]*http.Response{
			"GET policy":            respond(200, publicPolicy),
			"GET publicAccessBlock": respond(404, errorBody("NoSuchPublicAccessBlockConfiguration")),
			"PUT policy":            respond(204, ""),
		}, "GET policy, GET publicAccessBlock, GET policy, PUT policy", cutPolicy},
		{"PutBucketAcl", putACL, map[string]*http.Response{
			"GET acl":               respond(200, aclBody),
			"GET publicAccessBlock": respond(200, `<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>`),
			"PUT acl":               respond(200, ""),
		}, "GET acl, GET publicAccessBlock, GET acl, PUT acl", "<AccessControlList></AccessControlList><Owner><ID>o1</ID></Owner>"},
		{"DeleteBucketPublicAccessBlock", deleteBlock, map[string]*http.Response{
			"GET publicAccessBlock": respond(404, errorBody("NoSuchPublicAccessBlockConfiguration")),
			"PUT publicAccessBlock": respond(200, ""),
		}, "GET publicAccessBlock, GET publicAccessBlock, PUT publicAccessBlock", "<RestrictPublicBuckets>true</RestrictPublicBuckets>"},
	}
	for _, tt := range tests {
		var requests []string
		var sent string
		client := newClient(func(r *http.Request) (*http.Response, error) {
			query, _, _ := strings.Cut(r.URL.RawQuery, "=")
			request := r.Method + " " + query
			requests = append(requests, request)
			if r.URL.Host != "example-bucket.s3.us-gov-west-1.amazonaws.com" || r.Header.Get("X-Amz-Expected-Bucket-Owner") != account ||
				!strings.Contains(r.Header.Get("Authorization"), "/us-gov-west-1/s3/aws4_request") {
				t.Errorf("%s: host %s, header %v", request, r.URL.Host, r.Header)
			}
			if r.Body != nil {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				sent = string(body)
			}
			resp := *tt.answers[request]
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				return nil, err
			}
			tt.answers[request].Body = io.NopCloser(strings.NewReader(string(body))) // for the next time
			resp.Body = io.NopCloser(strings.NewReader(string(body)))
			return &resp, nil
		})
		rem := s3fix.New(client, client, soon)
		plan, err := rem.Plan(t.Context(), finding(tt.call, tt.params, func(e *event.Event, r *event.Record) {
			e.Region, r.AWSRegion, r.UserIdentity.ARN, r.Resources = "us-gov-west-1", "us-gov-west-1", "", nil
		}))
		if err != nil {
			t.Errorf("%s: %v", tt.call, err)
			continue
		}
		receipt, err := rem.Apply(t.Context(), plan)
		if err != nil || !receipt.Changed() || plan.Steps[0].Resource != "arn:aws-us-gov:s3:::example-bucket" {
			t.Errorf("%s: plan %s, receipt %+v, error %v", tt.call, plan, receipt, err)
		}
		if got := strings.Join(requests, ", "); got != tt.requests {
			t.Errorf("%s: requests %s, want %s", tt.call, got, tt.requests)
		}
		if !strings.Contains(sent, tt.sent) || strings.HasPrefix(sent, "<") && xml.Unmarshal([]byte(sent), new(struct{})) != nil {
			t.Errorf("%s: sent %s, want %s in it", tt.call, sent, tt.sent)
		}
	}
}

// TestClientErrors holds that errors as the SDK's own client makes them are told for what they are.
func TestClientErrors(t *testing.T) {
	tests := []struct {
		resp   *http.Response
		is     error
		text   string
		reason string
	}{
		{respond(403, errorBody("AccessDenied")), remediate.ErrDenied, "AccessDenied", "a permission is missing, or another account owns the bucket"},
		{respond(404, errorBody("NoSuchBucket")), remediate.ErrNotFound, "NoSuchBucket", "no such bucket"},
		{respond(503, errorBody("SlowDown")), remediate.ErrTemporary, "SlowDown", "too many calls"},
		{respond(409, errorBody("OperationAborted")), remediate.ErrTemporary, "OperationAborted", "somebody else is at it"},
		{respond(301, errorBody("PermanentRedirect")), nil, "PermanentRedirect", "another Region, which stays a mistake"},
		{respond(405, errorBody("MethodNotAllowed")), nil, "MethodNotAllowed", "not the owner's credentials, though they may read"},
	}
	for _, tt := range tests {
		client := newClient(func(*http.Request) (*http.Response, error) { return tt.resp, nil })
		_, err := s3fix.New(client, nil, &s3fix.Options{Reads: 1}).Plan(t.Context(), finding("PutBucketPolicy", putPolicy))
		if err == nil || tt.is != nil && !errors.Is(err, tt.is) || tt.is == nil && errors.Is(err, remediate.ErrTemporary) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("error %v, want %q and that errors.Is tells %v; %s", err, tt.text, tt.is, tt.reason)
		}
	}
}
