package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
)

// A Client reads and writes items. [*dynamodb.Client] is one.
type Client interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// A Store keeps claims and receipts in one table. It is safe for concurrent use, in one process and
// in many. Errors wrap [remediate.ErrTemporary] and [remediate.ErrDenied] where these apply.
type Store struct {
	client Client
	table  string
	keep   time.Duration
}

var (
	_ remediate.Claims   = (*Store)(nil)
	_ remediate.Receipts = (*Store)(nil)
	_ Client             = (*dynamodb.Client)(nil)
)

// Options are the settings of [New].
type Options struct {
	// Keep is how long a receipt is kept, and so how long what it tells of can be undone. The
	// default is for ever.
	Keep time.Duration
}

// New returns a Store on the table with the given name or ARN. A nil opts means the defaults.
func New(c Client, table string, opts *Options) *Store {
	s := &Store{client: c, table: table}
	if opts != nil {
		s.keep = opts.Keep
	}
	return s
}

// The attributes of items.
const (
	attrKey     = "pk"
	attrBody    = "body"    // the claim or the receipt, as JSON
	attrAttempt = "attempt" // of a claim: the attempt that holds it
	attrExpires = "expires" // of a claim: until when, in nanoseconds since 1970
	attrTTL     = "ttl"     // as of when DynamoDB may delete the item, in seconds since 1970
)

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// body returns the text of the item's body; empty if there is none.
func body(it item) string {
	if s, ok := it[attrBody].(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// get returns the item with the key, as of the latest write; nil if there is none.
func (s *Store) get(ctx context.Context, key string) (item, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(s.table), Key: item{attrKey: text(key)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, s.wrap(ctx, err, "dynamodb:GetItem")
	}
	return out.Item, nil
}

// wrap says what an error of DynamoDB means.
func (s *Store) wrap(ctx context.Context, err error, action string) error {
	var (
		wrapped    = awserr.Wrap(ctx, err, action, s.table)
		throughput *types.ProvisionedThroughputExceededException
		throttled  *types.ThrottlingException
		limit      *types.RequestLimitExceeded
	)
	switch {
	case errors.Is(wrapped, remediate.ErrTemporary):
	case errors.As(err, &throughput), errors.As(err, &throttled), errors.As(err, &limit):
		return fmt.Errorf("dynamostore: %w: %w", remediate.ErrTemporary, wrapped)
	}
	return fmt.Errorf("dynamostore: %w", wrapped)
}
