package configfix_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/configfix"
	"github.com/countertrail/countertrail/rule"
)

func Example() {
	e, err := event.Parse(fmt.Appendf(nil, `{
		"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.config",
		"account": "123456789012", "region": "eu-west-1", "resources": [], "time": %[1]q,
		"detail": {
			"eventVersion": "1.11", "eventTime": %[1]q, "awsRegion": "eu-west-1",
			"eventSource": "config.amazonaws.com", "eventName": "StopConfigurationRecorder",
			"eventID": "6f8a1e0c-5f0e-4f4d-9a53-2c6b6cf7a001", "eventType": "AwsApiCall",
			"recipientAccountId": "123456789012",
			"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
			"requestParameters": {"configurationRecorderName": "default"}, "responseElements": null
		}
	}`, time.Now().UTC().Format(time.RFC3339)))
	if err != nil {
		log.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		log.Fatal(err)
	}

	client := newCloud() // configservice.NewFromConfig(cfg)
	restart := configfix.New(client, client, nil)
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce})

	res := engine.Run(context.Background(), restart, rule.Finding{Event: e, Record: rec})
	fmt.Println(res.Outcome)
	fmt.Println(res.Plan.Summary)
	fmt.Println("to undo it:", res.Plan.Steps[0].Inverse.Command)
	// Output:
	// verified
	// The recorder "default" is stopped: start it again.
	// to undo it: aws configservice stop-configuration-recorder --configuration-recorder-name default --region eu-west-1
}
