package assume

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/internal/awsplace"
)

// An identity is whose credentials are. Its account is the one that its ARN names.
type identity struct{ partition, account, arn string }

// whoAmI returns the identity of the caller, which is asked for until it is known.
func (s *Sessions) whoAmI(ctx context.Context) (*identity, error) {
	always := func(*identity) bool { return true }
	return s.caller.get(ctx, always, func(ctx context.Context) (*identity, error) { return getIdentity(ctx, s.sts) })
}

func getIdentity(ctx context.Context, client Client, opts ...func(*sts.Options)) (*identity, error) {
	const op = "sts:GetCallerIdentity"
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, opts...)
	if err != nil {
		return nil, awserr.Wrap(ctx, err, op, "*")
	}
	if out == nil {
		return nil, fmt.Errorf("%s: AWS returned nothing", op)
	}
	parsed, err := arn.Parse(aws.ToString(out.Arn))
	if account := aws.ToString(out.Account); err != nil || parsed.AccountID != account || !awsplace.IsAccount(account) {
		return nil, fmt.Errorf("%s: AWS returned %.300q of the account %.40q", op, aws.ToString(out.Arn), account)
	}
	return &identity{partition: parsed.Partition, account: parsed.AccountID, arn: aws.ToString(out.Arn)}, nil
}
