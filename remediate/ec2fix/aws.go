package ec2fix

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
)

// maxPages bounds how many pages of an answer are read: with a thousand entries each, more than
// there can be.
const maxPages = 100

// gone holds the codes by which EC2 says that a resource does not exist ("Error codes for the
// Amazon EC2 API").
var gone = []string{
	"InvalidGroup.NotFound",
	"InvalidPermission.NotFound", "InvalidSecurityGroupRuleId.NotFound",
	"InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound",
	"InvalidSnapshot.NotFound", "InvalidAMIID.NotFound", "InvalidAMIID.Unavailable",
	"InvalidNetworkAclID.NotFound", "InvalidRouteTableID.NotFound", "InvalidInternetGatewayID.NotFound",
}

// callError returns the error of a call with its meaning attached, as [awserr.Wrap] and with the
// codes of EC2.
func callError(ctx context.Context, err error, op, resource string) error {
	if isGone(err) {
		return fmt.Errorf("%w: %w", remediate.ErrNotFound, awserr.Wrap(ctx, err, op, resource))
	}
	return awserr.Wrap(ctx, err, op, resource)
}

func isGone(err error) bool { return slices.Contains(gone, code(err)) }

// code returns the code of an error that the service sent.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// located returns err with the package in front; nil if it is nil.
func located(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ec2fix: %w", err)
}

// in returns the setting of a call that makes it in the given Region.
func in(region string) func(*ec2.Options) {
	return func(o *ec2.Options) { o.Region = region }
}

// pages calls next with the token of each page, until it returns none.
func pages(next func(token *string) (*string, error)) error {
	var token *string
	for range maxPages {
		var err error
		if token, err = next(token); err != nil || token == nil || *token == "" {
			return err
		}
	}
	return fmt.Errorf("more than %d pages", maxPages)
}
