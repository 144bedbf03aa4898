package iamfix_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/iamfix"
	"github.com/countertrail/countertrail/rule"
)

func ExampleNewAccessKey() {
	e, err := event.Parse(fmt.Appendf(nil, `{
		"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
		"account": "123456789012", "region": "us-east-1", "resources": [], "time": %[1]q,
		"detail": {
			"eventVersion": "1.11", "eventTime": %[1]q, "awsRegion": "us-east-1",
			"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey",
			"eventID": "0f2c9a3e-1b1c-4d5e-8f6a-7b8c9d0e1f2a", "eventType": "AwsApiCall",
			"recipientAccountId": "123456789012",
			"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
			"requestParameters": {"userName": "alice"},
			"responseElements": {"accessKey": {"accessKeyId": "AKIAI44QH8DHBEXAMPLE", "status": "Active", "userName": "alice"}}
		}
	}`, time.Now().UTC().Format(time.RFC3339)))
	if err != nil {
		log.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		log.Fatal(err)
	}

	client := newCloud() // iam.NewFromConfig(cfg)
	client.Holders["user/alice"].Keys["AKIAI44QH8DHBEXAMPLE"] = "Active"
	keys, err := iamfix.NewAccessKey(client, client, &iamfix.Options{
		Protected: []string{"arn:aws:iam::123456789012:role/break-glass/*", "arn:aws:iam::123456789012:role/countertrail"},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Containment can interrupt work, so that by default it waits for a person.
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, MaxRisk: remediate.Medium})

	res := engine.Run(context.Background(), keys, rule.Finding{Event: e, Record: rec})
	fmt.Println(res.Outcome)
	fmt.Println(res.Plan.Summary)
	fmt.Println(res.Plan.Steps[0].Command)
	// Output:
	// verified
	// Containment: deactivate the access key that ends in "MPLE" of the user "alice".
	// aws iam update-access-key --user-name=alice --access-key-id=AKIAI44QH8DHBEXAMPLE --status=Inactive --region=us-east-1
}

// What to do about a leaked key, as one remediator: one plan, one receipt, one way back. The first play answers the policy that
// AWS attaches to the user of an exposed key; a play of one's own, that opens a ticket, would follow.
func Example_playbook() {
	client := newCloud() // iam.NewFromConfig(cfg)
	keys, err := iamfix.NewAccessKey(client, client, nil)
	if err != nil {
		log.Fatal(err)
	}
	quarantine, err := iamfix.NewQuarantine(client, client, &iamfix.QuarantineOptions{Handles: []string{"iam:CreateAccessKey"}})
	if err != nil {
		log.Fatal(err)
	}
	leak, err := remediate.NewPlaybook("key-leak", "contains a leaked access key",
		remediate.Play{Remediator: keys},
		remediate.Play{Remediator: quarantine, When: pattern.MustCompile(`{"detail": {"userIdentity": {"type": ["IAMUser"]}}}`)},
	)
	if err != nil {
		log.Fatal(err)
	}
	spec := leak.Spec()
	fmt.Println(spec.Handles)
	fmt.Println(spec.Risk)
	// Output:
	// [iam:AttachUserPolicy iam:CreateAccessKey iam:UpdateAccessKey]
	// high
}
