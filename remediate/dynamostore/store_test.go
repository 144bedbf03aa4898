package dynamostore_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/dynamostore"
	"github.com/countertrail/countertrail/remediate/remediatetest"
)

// A table is a DynamoDB with one table, that answers the conditions which a Store asks. It refuses what
// DynamoDB refuses of keys.
type table struct {
	mu    sync.Mutex
	items map[string]map[string]types.AttributeValue
	err   error // what every call fails with
	lose  bool  // the answer to the next successful put is lost, and the SDK sends it again
}

func newTable() *table { return &table{items: make(map[string]map[string]types.AttributeValue)} }

func str(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func num(v types.AttributeValue) int64 {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		panic(err)
	}
	return i
}

func (t *table) key(name *string, key types.AttributeValue) (string, error) {
	if aws.ToString(name) != "claims" {
		return "", &types.ResourceNotFoundException{}
	}
	k := str(key)
	if k == "" || len(k) > 2048 {
		return "", &smithy.GenericAPIError{Code: "ValidationException", Message: "key"}
	}
	return k, t.err
}

// holds reports whether the condition holds for the item, which may be absent.
func holds(condition *string, values, it map[string]types.AttributeValue) bool {
	switch aws.ToString(condition) {
	case "":
		return true
	case "attribute_not_exists(pk) OR expires < :at":
		return it == nil || num(it["expires"]) < num(values[":at"])
	case "attempt = :attempt":
		return it != nil && str(it["attempt"]) == str(values[":attempt"])
	}
	panic(*condition)
}

func (t *table) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, err := t.key(in.TableName, in.Key["pk"])
	if err != nil {
		return nil, err
	}
	if !aws.ToBool(in.ConsistentRead) {
		return &dynamodb.GetItemOutput{}, nil // as it may be
	}
	return &dynamodb.GetItemOutput{Item: t.items[k]}, nil
}

func (t *table) PutItem(ctx context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, err := t.key(in.TableName, in.Item["pk"])
	if err != nil {
		return nil, err
	}
	for again := false; ; again = true {
		if !holds(in.ConditionExpression, in.ExpressionAttributeValues, t.items[k]) {
			failed := &types.ConditionalCheckFailedException{}
			if in.ReturnValuesOnConditionCheckFailure == types.ReturnValuesOnConditionCheckFailureAllOld {
				failed.Item = t.items[k]
			}
			return nil, failed
		}
		t.items[k] = in.Item
		if again || !t.lose {
			return &dynamodb.PutItemOutput{}, nil
		}
	}
}

func (t *table) DeleteItem(_ context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, err := t.key(in.TableName, in.Key["pk"])
	if err != nil {
		return nil, err
	}
	if !holds(in.ConditionExpression, in.ExpressionAttributeValues, t.items[k]) {
		return nil, &types.ConditionalCheckFailedException{}
	}
	delete(t.items, k)
	return &dynamodb.DeleteItemOutput{}, nil
}

func TestClaims(t *testing.T) {
	remediatetest.RunClaims(t, func() remediate.Claims { return dynamostore.New(newTable(), "claims", nil) })
}

func TestReceipts(t *testing.T) {
	remediatetest.RunReceipts(t, func() remediate.Receipts { return dynamostore.New(newTable(), "claims", nil) })
}

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func claim(attempt, event string) *remediate.Claim {
	return &remediate.Claim{
		Key: remediate.ClaimKey{Account: "123456789012", Event: event, Remediator: "fix"}, Attempt: attempt, At: now, Expires: now.Add(time.Minute),
	}
}

// TestTakeSentAgain holds that an attempt is not kept out by its own write.
func TestTakeSentAgain(t *testing.T) {
	table := newTable()
	table.lose = true
	s := dynamostore.New(table, "claims", nil)
	if held, err := s.Take(t.Context(), claim("first", "e")); held != nil || err != nil {
		t.Errorf("held by %+v, error %v", held, err)
	}
	table.lose = false
	if held, err := s.Take(t.Context(), claim("second", "e")); err != nil || held == nil || held.Attempt != "first" {
		t.Errorf("held by %+v, error %v", held, err)
	}
}

// TestLongEvent holds that an event's id, which may come from anybody, can be of any length.
func TestLongEvent(t *testing.T) {
	s := dynamostore.New(newTable(), "claims", nil)
	if held, err := s.Take(t.Context(), claim("first", strings.Repeat("e", 10_000))); held != nil || err != nil {
		t.Errorf("held by %+v, error %v", held, err)
	}
}

// TestTTL holds what DynamoDB may delete, and when.
func TestTTL(t *testing.T) {
	table := newTable()
	s := dynamostore.New(table, "claims", &dynamostore.Options{Keep: 24 * time.Hour})
	if _, err := s.Take(t.Context(), claim("first", "e")); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), &remediate.Receipt{ID: "r"}); err != nil {
		t.Fatal(err)
	}
	for key, it := range table.items {
		after := now.Add(time.Minute)
		if strings.HasPrefix(key, "receipt/") {
			after = time.Now().Add(23 * time.Hour)
		}
		if at := time.Unix(num(it["ttl"]), 0); at.Before(after) || at.After(after.Add(2*time.Hour)) {
			t.Errorf("%s may be deleted at %s, want soon after %s", key, at, after)
		}
	}
	if err := dynamostore.New(table, "claims", nil).Put(t.Context(), &remediate.Receipt{ID: "r"}); err != nil {
		t.Fatal(err)
	}
	if it := table.items["receipt/r"]; it["ttl"] != nil {
		t.Errorf("a receipt that is kept for ever: %v", it)
	}
}

// TestErrors holds that what DynamoDB fails with is told for what it is.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		err, is error
		reason  string
	}{
		{&types.ProvisionedThroughputExceededException{}, remediate.ErrTemporary, "more than was paid for"},
		{&types.RequestLimitExceeded{}, remediate.ErrTemporary, "more than the account may"},
		{&types.ThrottlingException{}, remediate.ErrTemporary, "throttled"},
		{&types.InternalServerError{}, remediate.ErrTemporary, "the service's fault"},
		{&smithy.GenericAPIError{Code: "AccessDeniedException"}, remediate.ErrDenied, "we may not"},
		{&types.ResourceNotFoundException{}, nil, "no such table, which is not a receipt that is not there"},
	} {
		table := newTable()
		table.err = tt.err
		s := dynamostore.New(table, "claims", nil)
		_, takeErr := s.Take(t.Context(), claim("a", "e"))
		_, heldErr := s.Held(t.Context(), claim("a", "e").Key, now)
		_, getErr := s.Get(t.Context(), "r")
		for call, err := range map[string]error{
			"Take": takeErr, "Held": heldErr, "Get": getErr, "Put": s.Put(t.Context(), &remediate.Receipt{ID: "r"}),
			"Settle": s.Settle(t.Context(), claim("a", "e")), "Release": s.Release(t.Context(), claim("a", "e")),
		} {
			if !errors.Is(err, tt.err) || !strings.HasPrefix(fmt.Sprint(err), "dynamostore: ") {
				t.Errorf("%s: %s: error %v", tt.reason, call, err)
			}
			for _, sentinel := range []error{remediate.ErrTemporary, remediate.ErrDenied, remediate.ErrNotFound, remediate.ErrStale} {
				if errors.Is(err, sentinel) != (sentinel == tt.is) {
					t.Errorf("%s: %s: errors.Is(%v, %v) = %t", tt.reason, call, err, sentinel, sentinel != tt.is)
				}
			}
		}
	}
}

// TestBroken holds that an item that is not ours is an error, and no reason to act.
func TestBroken(t *testing.T) {
	table := newTable()
	s := dynamostore.New(table, "claims", nil)
	if _, err := s.Take(t.Context(), claim("a", "e")); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), &remediate.Receipt{ID: "r"}); err != nil {
		t.Fatal(err)
	}
	for _, it := range table.items {
		delete(it, "body")
	}
	if held, err := s.Take(t.Context(), claim("b", "e")); held != nil || err == nil {
		t.Errorf("Take: held by %v, error %v", held, err)
	}
	if r, err := s.Get(t.Context(), "r"); r != nil || err == nil || errors.Is(err, remediate.ErrNotFound) {
		t.Errorf("Get: %v, error %v", r, err)
	}
}
