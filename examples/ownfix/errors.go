package ownfix

import (
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/remediate"
)

// meaning returns err of DynamoDB with the sentinel that an engine understands.
func meaning(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "AccessDeniedException":
			err = fmt.Errorf("%w: %w", remediate.ErrDenied, err)
		case "ResourceNotFoundException":
			err = fmt.Errorf("%w: %w", remediate.ErrNotFound, err)
		case "ThrottlingException", "LimitExceededException", "ResourceInUseException", "InternalServerError":
			err = fmt.Errorf("%w: %w", remediate.ErrTemporary, err)
		}
	}
	return fmt.Errorf("ownfix: %w", err)
}

// stale adds to err, if it says that the table does not exist, that it did when the plan was made.
func stale(err error) error {
	if errors.Is(err, remediate.ErrNotFound) {
		return fmt.Errorf("%w: %w", remediate.ErrStale, err)
	}
	return err
}
