package awstest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/countertrail/countertrail/internal/pyserver"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/dynamostore"
	"github.com/countertrail/countertrail/remediate/remediatetest"
)

// TestStore holds claims and receipts that are kept in DynamoDB to their contract.
func TestStore(t *testing.T) {
	s := start(t, install(t), pyserver.MiniStack)
	t.Run("claims", func(t *testing.T) {
		remediatetest.RunClaims(t, func() remediate.Claims { return newStore(t, s) })
	})
	t.Run("receipts", func(t *testing.T) {
		remediatetest.RunReceipts(t, func() remediate.Receipts { return newStore(t, s) })
	})
	t.Run("a race for a claim", func(t *testing.T) { raceForClaim(t, newStore(t, s)) })
}

// newStore makes a table as dynamostore asks for one.
func newStore(t *testing.T, s *server) *dynamostore.Store {
	t.Helper()
	client := dynamodb.NewFromConfig(s.config(home))
	table, key := unique("table"), aws.String("pk")
	must(client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &table, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: key, AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: key, KeyType: types.KeyTypeHash}},
	}))(t)
	return dynamostore.New(client, table, nil)
}

// raceForClaim holds that of many who take one claim at once, one has it.
func raceForClaim(t *testing.T, store *dynamostore.Store) {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		won  int
		now  = time.Now().UTC()
		key  = remediate.ClaimKey{Account: accountID, Event: "event", Remediator: "fix"}
		many = 16
	)
	for i := range many {
		wg.Go(func() {
			claim := &remediate.Claim{Key: key, Attempt: fmt.Sprint("attempt-", i), At: now, Expires: now.Add(time.Minute)}
			held, err := store.Take(t.Context(), claim)
			if err != nil {
				t.Error(err)
			}
			if held == nil && err == nil {
				mu.Lock()
				defer mu.Unlock()
				won++
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d of %d have the claim", won, many)
	}
}
