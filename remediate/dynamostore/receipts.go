package dynamostore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/countertrail/countertrail/remediate"
)

// Put implements [remediate.Receipts]. A receipt of more than 400 KB, the most that DynamoDB takes of
// an item, is an error.
func (s *Store) Put(ctx context.Context, r *remediate.Receipt) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("dynamostore: the receipt %.100q: %w", r.ID, err)
	}
	it := item{attrKey: text(receiptKey(r.ID)), attrBody: text(string(body))}
	if s.keep > 0 {
		it[attrTTL] = number(time.Now().Add(s.keep).Unix())
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(s.table), Item: it})
	if err != nil {
		return s.wrap(ctx, err, "dynamodb:PutItem")
	}
	return nil
}

// Get implements [remediate.Receipts].
func (s *Store) Get(ctx context.Context, id string) (*remediate.Receipt, error) {
	it, err := s.get(ctx, receiptKey(id))
	if err != nil {
		return nil, err
	}
	if it == nil {
		return nil, fmt.Errorf("dynamostore: the receipt %.100q: %w", id, remediate.ErrNotFound)
	}
	r := new(remediate.Receipt)
	if err := json.Unmarshal([]byte(body(it)), r); err != nil {
		return nil, fmt.Errorf("dynamostore: the receipt %.100q: %w", id, err)
	}
	return r, nil
}

func receiptKey(id string) string { return "receipt/" + id }
