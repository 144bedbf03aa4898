package kmsfix_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/kmsfix"
)

// doer is, as the SDK wants it, an HTTP client.
type doer func(*http.Request) (*http.Response, error)

func (f doer) Do(r *http.Request) (*http.Response, error) { return f(r) }

func newClient(do doer) *kms.Client {
	return kms.New(kms.Options{
		Region: "us-east-1", // not that of the events
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
		HTTPClient: do,
		Retryer:    aws.NopRetryer{},
	})
}

func respond(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: io.NopCloser(strings.NewReader(body))}
}

// TestClient holds that the SDK's own client calls the Region and the partition of the event,
// whatever its own are.
func TestClient(t *testing.T) {
	const arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef"
	describe := func(state string) string {
		return `{"KeyMetadata":{"Arn":"` + arn + `","KeyState":"` + state + `","KeyManager":"CUSTOMER"}}`
	}
	answers := []string{describe("Disabled"), describe("Disabled"), `{}`}
	var ops []string
	client := newClient(func(r *http.Request) (*http.Response, error) {
		_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if want := `{"KeyId":"` + arn + `"}`; r.URL.Host != "kms.cn-north-1.amazonaws.com.cn" || string(body) != want {
			t.Errorf("%s: host %s, body %s, want %s", op, r.URL.Host, body, want)
		}
		ops = append(ops, op)
		return respond(200, answers[len(ops)-1]), nil
	})
	rem := kmsfix.New(client, client, nil)
	f := finding("DisableKey", `{"keyId":"`+arn+`"}`, func(e *event.Event, r *event.Record) {
		e.Region, r.AWSRegion, r.Resources = "cn-north-1", "cn-north-1", nil
	})
	plan, err := rem.Plan(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if receipt, err := rem.Apply(t.Context(), plan); err != nil || !receipt.Changed() {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
	if got, want := strings.Join(ops, " "), "DescribeKey DescribeKey EnableKey"; got != want {
		t.Errorf("called %s, want %s", got, want)
	}
}

// TestClientErrors holds that errors as the SDK's own client makes them are told for what they are.
func TestClientErrors(t *testing.T) {
	tests := []struct {
		body   string
		is     error
		reason string
	}{
		{`{"__type":"NotFoundException","message":"Key does not exist"}`, remediate.ErrNotFound, "modelled by the SDK"},
		{`{"__type":"AccessDeniedException","Message":"no resource-based policy allows it"}`, remediate.ErrDenied, "not modelled"},
		{`{"__type":"ThrottlingException"}`, remediate.ErrTemporary, "throttled"},
	}
	for _, tt := range tests {
		client := newClient(func(*http.Request) (*http.Response, error) { return respond(400, tt.body), nil })
		_, err := kmsfix.New(client, nil, nil).Plan(t.Context(), scheduled())
		if !errors.Is(err, tt.is) || strings.Contains(err.Error(), "AKID") {
			t.Errorf("error %v, want that errors.Is tells %v; %s", err, tt.is, tt.reason)
		}
	}
}
