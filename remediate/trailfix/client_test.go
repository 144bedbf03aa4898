package trailfix_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

// roundTripper is an [http.RoundTripper] and, as the SDK wants it, an HTTP client.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) Do(r *http.Request) (*http.Response, error) { return f(r) }

func respond(status int, errorType, body string) *http.Response {
	h := http.Header{"Content-Type": {"application/x-amz-json-1.1"}}
	if errorType != "" {
		h.Set("X-Amzn-ErrorType", errorType)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func newClient(do roundTripper) *cloudtrail.Client {
	return cloudtrail.New(cloudtrail.Options{
		Region: "us-east-1", // not that of the events
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
		HTTPClient: do,
		Retryer:    aws.NopRetryer{},
	})
}

// TestClient holds that the SDK's own client calls the Region of the event, whatever its own is.
func TestClient(t *testing.T) {
	const arn = "arn:aws-us-gov:cloudtrail:us-gov-west-1:123456789012:trail/main"
	answers := map[string]string{
		"GetTrail":       `{"Trail":{"Name":"main","TrailARN":"` + arn + `","HomeRegion":"us-gov-west-1"}}`,
		"GetTrailStatus": `{"IsLogging":false,"StartLoggingTime":1446834998.695,"StopLoggingTime":1772366400}`,
		"StartLogging":   `{}`,
	}
	var ops []string
	client := newClient(func(r *http.Request) (*http.Response, error) {
		target := r.Header.Get("X-Amz-Target")
		op := target[strings.LastIndex(target, ".")+1:]
		ops = append(ops, op)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if host := r.URL.Host; host != "cloudtrail.us-gov-west-1.amazonaws.com" {
			t.Errorf("%s: host %s", op, host)
		}
		if auth := r.Header.Get("Authorization"); !strings.Contains(auth, "/us-gov-west-1/cloudtrail/aws4_request") {
			t.Errorf("%s: signed for %s", op, auth)
		}
		if want := `{"Name":"` + arn + `"}`; string(body) != want {
			t.Errorf("%s: body %s, want %s", op, body, want)
		}
		return respond(200, "", answers[op]), nil
	})
	rem := trailfix.New(client, client, nil)
	f := stopLogging("main", stopped, func(e *event.Event, r *event.Record) {
		e.Region, r.AWSRegion, r.UserIdentity.ARN = "us-gov-west-1", "us-gov-west-1", ""
	})
	plan, err := rem.Plan(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := rem.Apply(t.Context(), plan)
	if err != nil || !receipt.Changed() {
		t.Errorf("receipt %+v, error %v", receipt, err)
	}
	if got, want := strings.Join(ops, " "), "GetTrail GetTrailStatus GetTrailStatus StartLogging"; got != want {
		t.Errorf("called %s, want %s", got, want)
	}
}

// TestClientErrors holds that errors as the SDK's own client makes them are told for what they are.
func TestClientErrors(t *testing.T) {
	tests := []struct {
		resp   *http.Response // nil: the connection is lost
		is     error
		text   string
		reason string
	}{
		{respond(400, "TrailNotFoundException", `{"Message":"Unknown trail"}`), remediate.ErrNotFound,
			"not found: TrailNotFoundException: Unknown trail", "modelled by the SDK"},
		{respond(400, "AccessDeniedException", `{"Message":"User is not authorized"}`), remediate.ErrDenied,
			"access denied: AccessDeniedException: User is not authorized", "not modelled: a GenericAPIError"},
		{respond(400, "", `{"__type":"com.amazonaws.cloudtrail#ThrottlingException","message":"Rate exceeded"}`), remediate.ErrTemporary,
			"temporary failure: ThrottlingException: Rate exceeded", "the code in the body, with a namespace"},
		{respond(500, "SomethingNew", `{}`), remediate.ErrTemporary, "temporary failure: SomethingNew", "an unknown code, and a fault of the server"},
		{respond(503, "", `<html>`), remediate.ErrTemporary, "temporary failure: ", "not an answer of the service"},
		{respond(200, "", `{"Trail":{"Name":"ma`), remediate.ErrTemporary, "temporary failure: ", "cut short"},
		{nil, remediate.ErrTemporary, "temporary failure: ", "the connection is lost"},
	}
	for _, tt := range tests {
		client := newClient(func(*http.Request) (*http.Response, error) {
			if tt.resp == nil {
				return nil, errors.New("connection reset by peer")
			}
			return tt.resp, nil
		})
		_, err := trailfix.New(client, nil, nil).Plan(t.Context(), stopLogging("main", stopped))
		want := `trailfix: cloudtrail:GetTrail on "` + mainARN + `": ` + tt.text
		if !errors.Is(err, tt.is) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q and that errors.Is tells %v; %s", err, want, tt.is, tt.reason)
		}
	}
}
