// Package awserr says what an error of the AWS SDK means for a remediator.
package awserr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/remediate"
)

// Wrap returns err, which the call of an operation on a resource returned, with both named and
// its meaning attached: it wraps err and, where one applies, [remediate.ErrDenied],
// [remediate.ErrNotFound] or [remediate.ErrTemporary]. Op is an IAM action, for example
// "cloudtrail:StartLogging". Wrap returns nil if err is nil.
//
// An error that the service sent is classified by its code, never by its text, which is for
// people and changes. Any other, once ctx is done, wraps ctx.Err() and is not temporary: whether
// there is time for another attempt is for the caller to know. An HTTP client's own timeout also
// passes for [context.DeadlineExceeded], so ctx has to be asked and the error will not do.
func Wrap(ctx context.Context, err error, op, resource string) error {
	if err == nil {
		return nil
	}
	e := &callError{op: op, resource: resource, err: err}
	var api smithy.APIError
	switch {
	case errors.As(err, &api):
		e.text = api.ErrorCode()
		if msg := api.ErrorMessage(); msg != "" {
			e.text += ": " + msg
		}
		e.meaning = codes[api.ErrorCode()]
		if e.meaning == nil && (api.ErrorFault() == smithy.FaultServer || serverStatus(err)) {
			e.meaning = remediate.ErrTemporary
		}
	case ctx.Err() != nil:
		e.text, e.meaning = err.Error(), ctx.Err()
	default:
		e.text = err.Error()
		if transport(err) || serverStatus(err) {
			e.meaning = remediate.ErrTemporary
		}
	}
	return e
}

// codes holds the error codes whose meaning is known, as the SDK returns them. CloudTrail records
// spell some of them otherwise ("Client." in front, "Exception" behind); those never come here.
//
// LimitExceededException, which the SDK takes for throttling, is not among them: KMS sends it for
// quotas, which no waiting lifts.
var codes = map[string]error{
	// Our credentials lack the permission.
	"AccessDenied":          remediate.ErrDenied,
	"AccessDeniedException": remediate.ErrDenied,
	"UnauthorizedOperation": remediate.ErrDenied, // EC2
	"VpceAccessDenied":      remediate.ErrDenied, // the policy of a VPC endpoint
	"NotAuthorized":         remediate.ErrDenied, // "Common Errors" of the API references, as the next
	"OptInRequired":         remediate.ErrDenied,

	// Our credentials are no good: "Common Errors", and the codes by which STS tells of expiry.
	"UnrecognizedClientException": remediate.ErrDenied,
	"InvalidClientTokenId":        remediate.ErrDenied,
	"ExpiredToken":                remediate.ErrDenied,
	"ExpiredTokenException":       remediate.ErrDenied,

	// CloudTrail: the call is the organization's management account's to make, or its delegate's.
	"NotOrganizationMasterAccountException":                  remediate.ErrDenied,
	"InsufficientDependencyServiceAccessPermissionException": remediate.ErrDenied,

	// There is no such thing. The code of EC2 differs for each type of resource; ec2fix knows those.
	"TrailNotFoundException":               remediate.ErrNotFound, // CloudTrail
	"NoSuchEntity":                         remediate.ErrNotFound, // IAM
	"NoSuchBucket":                         remediate.ErrNotFound, // S3
	"NotFoundException":                    remediate.ErrNotFound, // KMS
	"NoSuchConfigurationRecorderException": remediate.ErrNotFound, // AWS Config, as the next
	"NoSuchDeliveryChannelException":       remediate.ErrNotFound,

	// Throttling: the SDK's DefaultThrottleErrorCodes, but for those of quotas and of single
	// services that this module does not call.
	"Throttling":                remediate.ErrTemporary,
	"ThrottlingException":       remediate.ErrTemporary,
	"ThrottledException":        remediate.ErrTemporary,
	"RequestThrottled":          remediate.ErrTemporary,
	"RequestThrottledException": remediate.ErrTemporary,
	"RequestLimitExceeded":      remediate.ErrTemporary, // EC2
	"TooManyRequestsException":  remediate.ErrTemporary,
	"SlowDown":                  remediate.ErrTemporary, // S3
	"PriorRequestNotComplete":   remediate.ErrTemporary,

	// Somebody else is changing the resource. CloudTrail's documentation of ConflictException says
	// to wait a few minutes.
	"ConflictException":               remediate.ErrTemporary,
	"ConcurrentModification":          remediate.ErrTemporary, // IAM
	"ConcurrentModificationException": remediate.ErrTemporary,
	"OperationAborted":                remediate.ErrTemporary, // S3
	"EntityTemporarilyUnmodifiable":   remediate.ErrTemporary, // IAM

	// The service is at fault or ran out of time: "Common Errors", and the SDK's
	// DefaultRetryableErrorCodes. They come with a status of the 5xx class, but for the timeouts.
	"InternalFailure":         remediate.ErrTemporary,
	"InternalError":           remediate.ErrTemporary,
	"ServiceUnavailable":      remediate.ErrTemporary,
	"RequestTimeout":          remediate.ErrTemporary,
	"RequestTimeoutException": remediate.ErrTemporary,
}

// serverStatus reports whether err carries an HTTP status by which a server says that it is at
// fault. The SDK retries the same four.
func serverStatus(err error) bool {
	var e interface{ HTTPStatusCode() int }
	if !errors.As(err, &e) {
		return false
	}
	switch e.HTTPStatusCode() {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// transport reports whether err says that a request or its response was lost on the way. A host
// that does not exist is not lost: more often than not it is a Region misspelled.
func transport(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return false
	}
	var (
		send    interface{ ConnectionError() bool } // smithy's RequestSendError
		op      *net.OpError
		timeout interface{ Timeout() bool }
	)
	return errors.As(err, &send) && send.ConnectionError() ||
		errors.As(err, &op) ||
		errors.As(err, &timeout) && timeout.Timeout() ||
		errors.Is(err, io.ErrUnexpectedEOF) // a response cut short
}

// A callError is a failed call and its meaning.
type callError struct {
	op, resource string
	text         string // code and message, or the text of err
	meaning      error  // nil if unknown
	err          error
}

func (e *callError) Error() string {
	if e.meaning == nil {
		return fmt.Sprintf("%s on %q: %s", e.op, e.resource, e.text)
	}
	return fmt.Sprintf("%s on %q: %v: %s", e.op, e.resource, e.meaning, e.text)
}

func (e *callError) Unwrap() []error {
	if e.meaning == nil {
		return []error{e.err}
	}
	return []error{e.meaning, e.err}
}
