package sns_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/notify"
	notifysns "github.com/countertrail/countertrail/notify/sns"
)

func TestErrors(t *testing.T) {
	const prefix = "sns: publish to " + topicARN + ": "
	for _, tt := range []struct {
		err       error
		want      string
		temporary bool
		reason    string
	}{
		{&types.ThrottledException{Message: aws.String("Rate exceeded")}, "temporary failure: Throttled: Rate exceeded", true, "throttled by SNS"},
		{&types.KMSThrottlingException{Message: aws.String("Rate exceeded")}, "temporary failure: KMSThrottling: Rate exceeded", true, "throttled by KMS"},
		{&smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}, "temporary failure: ThrottlingException: Rate exceeded", true, "throttled under another code"},
		{&types.InternalErrorException{Message: aws.String("x")}, "temporary failure: InternalError: x", true, "a fault of the service"},
		{&url.Error{Op: "Post", URL: "https://sns.eu-west-1.amazonaws.com/", Err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}},
			`temporary failure: Post "https://sns.eu-west-1.amazonaws.com/": dial: connection refused`, true, "the network"},
		{&types.AuthorizationErrorException{Message: aws.String("User: x is not authorized to perform: SNS:Publish")},
			"AuthorizationError: User: x is not authorized to perform: SNS:Publish", false, "a missing permission stays missing"},
		{&types.NotFoundException{Message: aws.String("Topic does not exist")}, "NotFound: Topic does not exist", false, "no topic"},
		{&types.InvalidParameterException{Message: aws.String("Invalid parameter:\nMessage too long")}, `InvalidParameter: Invalid parameter:\nMessage too long`, false, "text of others is cleaned"},
		{&smithy.GenericAPIError{Code: "SignatureDoesNotMatch", Message: "The Canonical String should have been 'x-amz-security-token:SECRET'"},
			"SignatureDoesNotMatch", false, "AWS repeats the session token"},
		{&smithy.GenericAPIError{Code: "IncompleteSignature", Message: "Authorization=AWS4-HMAC-SHA256 Credential=SECRET"}, "IncompleteSignature", false, "AWS repeats the header"},
		{errors.New("no credentials"), "no credentials", false, "what nobody knows is not tried again"},
	} {
		n, err := notifysns.New(&fakeTopic{err: tt.err}, topicARN, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = n.Notify(t.Context(), stopped())
		if err == nil || err.Error() != prefix+tt.want {
			t.Errorf("error %v, want %q: %s", err, prefix+tt.want, tt.reason)
		}
		if got := errors.Is(err, notify.ErrTemporary); got != tt.temporary {
			t.Errorf("temporary: %t, want %t: %s", got, tt.temporary, tt.reason)
		}
	}
}

func TestErrorContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	api := &fakeTopic{err: &smithy.CanceledError{Err: errors.New("as the SDK puts it")}}
	n, err := notifysns.New(api, topicARN, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Notify(ctx, stopped()); !errors.Is(err, context.Canceled) || errors.Is(err, notify.ErrTemporary) {
		t.Errorf("error %v, want that of the context, which is not temporary", err)
	}
}

// A transport answers requests in the place of the network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What the real client makes of a call, and Notify of its errors.
func TestClient(t *testing.T) {
	answer := func(status int, body string) transport {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		}
	}
	const success = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`
	fault := func(code string) string {
		return `<ErrorResponse><Error><Type>Sender</Type><Code>` + code + `</Code><Message>SECRET</Message></Error></ErrorResponse>`
	}
	for _, tt := range []struct {
		arn       string
		answer    transport
		host      string
		want      string // what the error holds; empty for none
		temporary bool
		reason    string
	}{
		{topicARN, answer(200, success), "sns.eu-west-1.amazonaws.com", "", false, "the client's Region is another"},
		{"arn:aws-cn:sns:cn-north-1:123456789012:a", answer(200, success), "sns.cn-north-1.amazonaws.com.cn", "", false, "another partition"},
		{topicARN, answer(400, fault("Throttling")), "sns.eu-west-1.amazonaws.com", "Throttling: SECRET", true, "throttled"},
		{topicARN, answer(403, fault("SignatureDoesNotMatch")), "sns.eu-west-1.amazonaws.com", ": SignatureDoesNotMatch (HTTP status 403)", false, "no secret"},
		{topicARN, answer(503, "<html>busy</html>"), "sns.eu-west-1.amazonaws.com", "503", true, "a fault in front of the service"},
		{topicARN, answer(429, "slow down"), "sns.eu-west-1.amazonaws.com", "429", true, "throttled in front of the service"},
		{topicARN, answer(404, fault("NotFound")), "sns.eu-west-1.amazonaws.com", "NotFound: SECRET", false, "no topic"},
		{topicARN, func(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset by peer") },
			"sns.eu-west-1.amazonaws.com", "connection reset by peer", true, "the network"},
	} {
		var host string
		client := sns.New(sns.Options{
			Region: "us-east-1",
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "s"}, nil
			}),
			Retryer: aws.NopRetryer{},
			HTTPClient: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
				host = r.URL.Host
				return tt.answer(r)
			})},
		})
		n, err := notifysns.New(client, tt.arn, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = n.Notify(t.Context(), stopped())
		if host != tt.host {
			t.Errorf("call to %q, want %q: %s", host, tt.host, tt.reason)
		}
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("error %v, want %q: %s", err, tt.want, tt.reason)
		case errors.Is(err, notify.ErrTemporary) != tt.temporary:
			t.Errorf("error %v, temporary is to be %t: %s", err, tt.temporary, tt.reason)
		}
	}
}
