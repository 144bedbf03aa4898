package ownfix_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/countertrail/countertrail/event"
)

const ordersARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"

// A cloud is a DynamoDB with one table.
type cloud struct {
	mu        sync.Mutex
	hook      func(action string) error
	gone      bool
	protected bool
}

// call is what comes before every call.
func (c *cloud) call(ctx context.Context, action string, table *string) error {
	if c.hook != nil {
		if err := c.hook(action); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if name := aws.ToString(table); c.gone || name != "orders" && name != ordersARN {
		return &types.ResourceNotFoundException{Message: aws.String("Requested resource not found")}
	}
	return nil
}

func (c *cloud) DescribeTable(ctx context.Context, in *dynamodb.DescribeTableInput, _ ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error) {
	if err := c.call(ctx, "dynamodb:DescribeTable", in.TableName); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return &dynamodb.DescribeTableOutput{Table: &types.TableDescription{
		TableArn: aws.String(ordersARN), DeletionProtectionEnabled: aws.Bool(c.protected),
	}}, nil
}

func (c *cloud) UpdateTable(ctx context.Context, in *dynamodb.UpdateTableInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateTableOutput, error) {
	if err := c.call(ctx, "dynamodb:UpdateTable", in.TableName); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.protected = aws.ToBool(in.DeletionProtectionEnabled)
	return &dynamodb.UpdateTableOutput{}, nil
}

// updateTable returns the event of an UpdateTable with the parameters.
func updateTable(t testing.TB, params string) (*event.Event, *event.Record) {
	t.Helper()
	e, err := event.Parse(fmt.Appendf(nil, `{
		"version": "0", "id": "5c9ed4f0-0000-4000-8000-000000000001",
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.dynamodb",
		"account": "123456789012", "region": "eu-west-1", "resources": [], "time": %[1]q,
		"detail": {
			"eventVersion": "1.11", "eventTime": %[1]q, "awsRegion": "eu-west-1", "readOnly": false,
			"eventSource": "dynamodb.amazonaws.com", "eventName": "UpdateTable",
			"eventID": "00000000-0000-4000-8000-000000000003", "eventType": "AwsApiCall",
			"recipientAccountId": "123456789012",
			"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
			"requestParameters": %[2]s, "responseElements": null
		}
	}`, time.Now().UTC().Format(time.RFC3339), params))
	if err != nil {
		t.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	return e, rec
}
