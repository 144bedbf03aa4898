package kmsfix_test

import (
	"context"
	"fmt"
	"iter"
	"log"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/kmsfix"
	"github.com/countertrail/countertrail/rule"
)

// store is a History in memory. One in a program asks CloudTrail's event history, or a table.
type store []*event.Record

func (s store) Records(_ context.Context, _, _ string, _ []string, until time.Time) iter.Seq2[*event.Record, error] {
	return func(yield func(*event.Record, error) bool) {
		for i := len(s) - 1; i >= 0; i-- {
			if !s[i].EventTime.After(until) && !yield(s[i], nil) {
				return
			}
		}
	}
}

// read returns the event of a call on the key at the time given, and its record.
func read(call string, at time.Time) (*event.Event, *event.Record) {
	e, err := event.Parse(fmt.Appendf(nil, `{
		"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.kms",
		"account": "123456789012", "region": "eu-west-1", "resources": [], "time": %[1]q,
		"detail": {
			"eventVersion": "1.11", "eventTime": %[1]q, "awsRegion": "eu-west-1",
			"eventSource": "kms.amazonaws.com", "eventName": %[2]q,
			"eventID": %[3]q, "eventType": "AwsApiCall",
			"recipientAccountId": "123456789012",
			"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
			"requestParameters": {"keyId": "0a1b2c3d-1111-4222-8333-444455556666"}, "responseElements": null,
			"resources": [{"accountId": "123456789012", "type": "AWS::KMS::Key",
				"ARN": "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-1111-4222-8333-444455556666"}]
		}
	}`, at.UTC().Format(time.RFC3339), call, "id-of-"+call))
	if err != nil {
		log.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		log.Fatal(err)
	}
	return e, rec
}

func Example() {
	_, before := read("EnableKey", time.Now().AddDate(0, -1, 0))
	e, rec := read("ScheduleKeyDeletion", time.Now())

	client := newCloud("PendingDeletion") // kms.NewFromConfig(cfg)
	rescue := kmsfix.New(client, client, &kmsfix.Options{History: store{before}})
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce})

	res := engine.Run(context.Background(), rescue, rule.Finding{Event: e, Record: rec})
	fmt.Println(res.Outcome)
	for _, s := range res.Plan.Steps {
		fmt.Println(s.Summary)
	}
	// Output:
	// verified
	// cancel the deletion of the key "0a1b2c3d-1111-4222-8333-444455556666"
	// enable the key "0a1b2c3d-1111-4222-8333-444455556666"
}
