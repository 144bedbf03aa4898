package awserr_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
)

const (
	op       = "cloudtrail:StartLogging"
	resource = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"
)

func api(code string) error { return &smithy.GenericAPIError{Code: code, Message: "some text"} }

// status returns err as the SDK wraps what came with an HTTP status.
func status(code int, err error) error {
	return &smithy.OperationError{ServiceID: "CloudTrail", OperationName: "StartLogging", Err: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: err,
	}}
}

// deadline is an error like that of an http.Client whose own timeout has passed.
type deadline struct{}

func (deadline) Error() string        { return "Client.Timeout exceeded" }
func (deadline) Timeout() bool        { return true }
func (deadline) Is(target error) bool { return target == context.DeadlineExceeded }

func TestWrap(t *testing.T) {
	sent := func(err error) error { return &smithyhttp.RequestSendError{Err: err} }
	tests := []struct {
		err    error
		want   error // nil: no sentinel
		reason string
	}{
		{api("AccessDenied"), remediate.ErrDenied, "a permission is missing"},
		{api("AccessDeniedException"), remediate.ErrDenied, "the same, of a JSON service"},
		{status(403, api("UnauthorizedOperation")), remediate.ErrDenied, "the same, of EC2, as the SDK wraps it"},
		{api("ExpiredTokenException"), remediate.ErrDenied, "our credentials are too old"},
		{api("NotOrganizationMasterAccountException"), remediate.ErrDenied, "our account is not the one that may"},
		{api("TrailNotFoundException"), remediate.ErrNotFound, "no such trail"},
		{api("NoSuchEntity"), remediate.ErrNotFound, "nothing of the name in IAM"},
		{api("NoSuchBucket"), remediate.ErrNotFound, "no such bucket"},
		{api("NotFoundException"), remediate.ErrNotFound, "no such key"},
		{api("NoSuchConfigurationRecorderException"), remediate.ErrNotFound, "no such recorder"},
		{api("NoSuchDeliveryChannelException"), remediate.ErrNotFound, "no such delivery channel"},
		{api("ThrottlingException"), remediate.ErrTemporary, "too many calls"},
		{api("ConflictException"), remediate.ErrTemporary, "somebody else is at it"},
		{api("ServiceUnavailable"), remediate.ErrTemporary, "the service is at fault"},
		{api("RequestTimeout"), remediate.ErrTemporary, "the request took too long"},

		{api("InvalidHomeRegionException"), nil, "a mistake, which stays one"},
		{api("NoSuchBucketException"), nil, "the bucket that a delivery channel names, and not what was called for"},
		{api("NoSuchBucketPolicy"), nil, "a state that a bucket may have"},
		{api("ResourceNotFoundException"), nil, "a table of DynamoDB, and not an item in it"},
		{api("LimitExceededException"), nil, "a quota for KMS, though the SDK retries it"},
		{api("Client.UnauthorizedOperation"), nil, "the spelling of CloudTrail records, which the SDK never returns"},
		{api("accessdenied"), nil, "codes are exact"},
		{api(""), nil, "no code"},
		{&smithy.GenericAPIError{Code: "Odd", Message: "AccessDenied: ThrottlingException, not found"}, nil, "the text is not looked at"},
		{errors.New("AccessDenied: ThrottlingException"), nil, "nor is that of other errors"},

		{status(500, api("Odd")), remediate.ErrTemporary, "an unknown code with the status of a server's fault"},
		{&smithy.GenericAPIError{Code: "Odd", Fault: smithy.FaultServer}, remediate.ErrTemporary, "an unknown code that the SDK knows for a server's fault"},
		{status(503, &smithy.DeserializationError{Err: errors.New("invalid character")}), remediate.ErrTemporary, "an answer that is none, of a balancer"},
		{status(400, &smithy.DeserializationError{Err: errors.New("invalid character")}), nil, "an answer that is none, and is said to be our fault"},
		{status(501, errors.New("not implemented")), nil, "will not be implemented the next time"},
		{status(500, api("AccessDenied")), remediate.ErrDenied, "a known code counts for more than the status"},

		{sent(errors.New("odd")), remediate.ErrTemporary, "the request was not sent, or nothing came back"},
		{sent(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), remediate.ErrTemporary, "nobody listens"},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, remediate.ErrTemporary, "the connection broke"},
		{fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), remediate.ErrTemporary, "the answer was cut short"},
		{sent(&net.DNSError{Name: "cloudtrail.eu-wst-1.amazonaws.com", IsNotFound: true}), nil, "no such host: a Region misspelled"},
		{sent(&net.DNSError{Name: "cloudtrail.eu-west-1.amazonaws.com", IsTimeout: true}), remediate.ErrTemporary, "the resolver is slow"},
		{os.ErrDeadlineExceeded, remediate.ErrTemporary, "a deadline of a connection"},
		{deadline{}, remediate.ErrTemporary, "the HTTP client's own timeout, though it passes for that of a context"},
		{&smithy.SerializationError{Err: errors.New("odd")}, nil, "never sent, and never will be"},
	}
	sentinels := []error{remediate.ErrDenied, remediate.ErrNotFound, remediate.ErrTemporary, remediate.ErrStale, remediate.ErrNotApplicable}
	for _, tt := range tests {
		err := awserr.Wrap(t.Context(), tt.err, op, resource)
		if !errors.Is(err, tt.err) {
			t.Errorf("%v: not wrapped by %v; %s", tt.err, err, tt.reason)
		}
		for _, s := range sentinels {
			if errors.Is(err, s) != (s == tt.want) {
				t.Errorf("%v: errors.Is(…, %q) = %t; %s", tt.err, s, s != tt.want, tt.reason)
			}
		}
	}
	if err := awserr.Wrap(t.Context(), nil, op, resource); err != nil {
		t.Errorf("nil: %v", err)
	}
}

// TestWrapDone holds that once the context is done, an error says so, unless the service answered.
func TestWrapDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, cause := range []error{
		context.Canceled,
		&smithy.CanceledError{Err: context.Canceled},
		&smithyhttp.RequestSendError{Err: errors.New("use of closed network connection")},
		status(503, errors.New("odd")),
		errors.New("odd"),
	} {
		err := awserr.Wrap(ctx, cause, op, resource)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || errors.Is(err, remediate.ErrTemporary) {
			t.Errorf("%v: error %v; want one that tells of the context, and not of a temporary failure", cause, err)
		}
	}
	if err := awserr.Wrap(ctx, api("AccessDenied"), op, resource); !errors.Is(err, remediate.ErrDenied) {
		t.Errorf("denied, and then cancelled: error %v", err)
	}
}

func TestWrapText(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{status(400, api("AccessDenied")), `: access denied: AccessDenied: some text`},
		{&smithy.GenericAPIError{Code: "TrailNotFoundException"}, `: not found: TrailNotFoundException`},
		{api("InvalidHomeRegionException"), `: InvalidHomeRegionException: some text`},
		{io.ErrUnexpectedEOF, `: temporary failure: unexpected EOF`},
		{errors.New("odd"), `: odd`},
	}
	for _, tt := range tests {
		got := awserr.Wrap(t.Context(), tt.err, op, resource).Error()
		if want := op + ` on "` + resource + `"` + tt.want; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got, want := awserr.Wrap(t.Context(), errors.New("odd"), op, "a\nb").Error(), op+` on "a\nb": odd`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestThrottling holds the list of codes against the SDK's.
func TestThrottling(t *testing.T) {
	but := map[string]string{
		"LimitExceededException":                 "a quota for KMS",
		"TransactionInProgressException":         "DynamoDB",
		"ProvisionedThroughputExceededException": "DynamoDB and Kinesis",
		"BandwidthLimitExceeded":                 "a quota",
		"EC2ThrottledException":                  "Lambda, of its own use of EC2",
	}
	for _, codes := range []map[string]struct{}{retry.DefaultThrottleErrorCodes, retry.DefaultRetryableErrorCodes} {
		for code := range codes {
			got := errors.Is(awserr.Wrap(t.Context(), api(code), op, resource), remediate.ErrTemporary)
			if _, left := but[code]; got == left {
				t.Errorf("%s: temporary %t; left out of the list: %q", code, got, but[code])
			}
		}
	}
}
