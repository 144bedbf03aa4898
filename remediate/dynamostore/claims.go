package dynamostore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/countertrail/countertrail/remediate"
)

// The conditions under which claims are written.
const (
	unlessHeld = "attribute_not_exists(" + attrKey + ") OR " + attrExpires + " < :at"
	ifOurs     = attrAttempt + " = :attempt"
)

// ttlSlack is how long a claim stays after it has ended, so that clocks need not agree.
const ttlSlack = time.Hour

// Take implements [remediate.Claims].
func (s *Store) Take(ctx context.Context, c *remediate.Claim) (held *remediate.Claim, err error) {
	it, err := claimItem(c)
	if err != nil {
		return nil, err
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           aws.String(s.table),
		Item:                                it,
		ConditionExpression:                 aws.String(unlessHeld),
		ExpressionAttributeValues:           item{":at": number(c.At.UnixNano())},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		if err != nil {
			err = s.wrap(ctx, err, "dynamodb:PutItem")
		}
		return nil, err
	}
	held, err = readClaim(failed.Item)
	if err != nil {
		return nil, err
	}
	if held.Attempt == c.Attempt {
		return nil, nil // our own write, which the SDK sent again since the answer was lost
	}
	return held, nil
}

// Settle implements [remediate.Claims].
func (s *Store) Settle(ctx context.Context, c *remediate.Claim) error {
	it, err := claimItem(c)
	if err != nil {
		return err
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(s.table), Item: it,
		ConditionExpression: aws.String(ifOurs), ExpressionAttributeValues: item{":attempt": text(c.Attempt)},
	})
	var failed *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &failed):
		return fmt.Errorf("dynamostore: the claim of the attempt %s is no longer held: %w", c.Attempt, remediate.ErrStale)
	case err != nil:
		return s.wrap(ctx, err, "dynamodb:PutItem")
	}
	return nil
}

// Release implements [remediate.Claims].
func (s *Store) Release(ctx context.Context, c *remediate.Claim) error {
	_, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(s.table), Key: item{attrKey: text(claimKey(c.Key))},
		ConditionExpression: aws.String(ifOurs), ExpressionAttributeValues: item{":attempt": text(c.Attempt)},
	})
	var failed *types.ConditionalCheckFailedException
	if err == nil || errors.As(err, &failed) {
		return nil
	}
	return s.wrap(ctx, err, "dynamodb:DeleteItem")
}

// Held implements [remediate.Claims].
func (s *Store) Held(ctx context.Context, key remediate.ClaimKey, now time.Time) (*remediate.Claim, error) {
	it, err := s.get(ctx, claimKey(key))
	if err != nil || it == nil {
		return nil, err
	}
	c, err := readClaim(it)
	if err != nil || now.After(c.Expires) {
		return nil, err
	}
	return c, nil
}

// claimKey returns the key of a claim's item: a hash, since parts of it come from events and may be of
// any length. What it stands for is in the body.
func claimKey(key remediate.ClaimKey) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", []string{key.Account, key.Event, key.Remediator}))
	return "claim/" + hex.EncodeToString(sum[:])
}

func claimItem(c *remediate.Claim) (item, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("dynamostore: the claim of the attempt %s: %w", c.Attempt, err)
	}
	return item{
		attrKey: text(claimKey(c.Key)), attrBody: text(string(body)), attrAttempt: text(c.Attempt),
		attrExpires: number(c.Expires.UnixNano()), attrTTL: number(c.Expires.Add(ttlSlack).Unix()),
	}, nil
}

func readClaim(it item) (*remediate.Claim, error) {
	c := new(remediate.Claim)
	if err := json.Unmarshal([]byte(body(it)), c); err != nil {
		return nil, fmt.Errorf("dynamostore: the item of a claim: %w", err)
	}
	return c, nil
}
