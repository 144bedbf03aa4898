package sns

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/notify"
)

// publishError describes err, with which Publish failed. It wraps what the documentation of [New]
// promises and nothing else.
func publishError(ctx context.Context, topicARN string, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("sns: publish to %s: %w", topicARN, ctx.Err())
	case temporary(err):
		return fmt.Errorf("sns: publish to %s: %w: %s", topicARN, notify.ErrTemporary, describe(err))
	}
	return fmt.Errorf("sns: publish to %s: %s", topicARN, describe(err))
}

// temporary reports whether a later attempt may succeed: for what the SDK itself tries again, and for
// what it does not know of SNS.
func temporary(err error) bool {
	if retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err).Bool() {
		return true
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		code := api.ErrorCode()
		if code == "Throttled" || code == "KMSThrottling" || api.ErrorFault() == smithy.FaultServer {
			return true
		}
	}
	status := httpStatus(err)
	return status == http.StatusTooManyRequests || status >= 500
}

// httpStatus returns the status of the answer that err is about, 0 if there was none.
func httpStatus(err error) int {
	var answer interface{ HTTPStatusCode() int }
	if !errors.As(err, &answer) {
		return 0
	}
	return answer.HTTPStatusCode()
}

// describe returns the text of err without the secrets that can be in it: the message about a wrong
// signature repeats headers of the request, the session token among them.
func describe(err error) string {
	const maxText = 1024 // the errors of the SDK name the operation, the request and the cause
	var api smithy.APIError
	if !errors.As(err, &api) {
		return notify.Clean(err.Error(), maxText)
	}
	text := api.ErrorCode()
	if !strings.Contains(text, "Signature") {
		text += ": " + api.ErrorMessage()
	}
	if status := httpStatus(err); status != 0 {
		text += fmt.Sprintf(" (HTTP status %d)", status)
	}
	return notify.Clean(text, maxText)
}
