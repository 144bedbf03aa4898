package trailfix_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

// fakeTrail stands in for a *cloudtrail.Client.
type fakeTrail struct{ logging bool }

func (f *fakeTrail) GetTrail(_ context.Context, in *cloudtrail.GetTrailInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error) {
	return &cloudtrail.GetTrailOutput{Trail: &types.Trail{TrailARN: in.Name, HomeRegion: aws.String("eu-west-1")}}, nil
}

func (f *fakeTrail) GetTrailStatus(context.Context, *cloudtrail.GetTrailStatusInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error) {
	return &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(f.logging)}, nil
}

func (f *fakeTrail) StartLogging(context.Context, *cloudtrail.StartLoggingInput, ...func(*cloudtrail.Options)) (*cloudtrail.StartLoggingOutput, error) {
	f.logging = true
	return &cloudtrail.StartLoggingOutput{}, nil
}

func Example() {
	e, err := event.Parse(fmt.Appendf(nil, `{
		"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.cloudtrail",
		"account": "123456789012", "region": "eu-west-1", "resources": [], "time": %[1]q,
		"detail": {
			"eventVersion": "1.11", "eventTime": %[1]q, "awsRegion": "eu-west-1",
			"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging",
			"eventID": "6f8a1e0c-5f0e-4f4d-9a53-2c6b6cf7a001", "eventType": "AwsApiCall",
			"recipientAccountId": "123456789012",
			"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
			"requestParameters": {"name": "main"}, "responseElements": null
		}
	}`, time.Now().UTC().Format(time.RFC3339)))
	if err != nil {
		log.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		log.Fatal(err)
	}

	client := &fakeTrail{} // cloudtrail.NewFromConfig(cfg)
	restart := trailfix.New(client, client, nil)
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce})

	res := engine.Run(context.Background(), restart, rule.Finding{Event: e, Record: rec})
	fmt.Println(res.Outcome)
	fmt.Println(res.Plan)
	fmt.Println("to undo it:", res.Plan.Steps[0].Inverse.Command)
	// Output:
	// verified
	// Logging on the trail "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main" is stopped: start it again.
	// 1. cloudtrail:StartLogging on "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main" in eu-west-1
	// to undo it: aws cloudtrail stop-logging --name arn:aws:cloudtrail:eu-west-1:123456789012:trail/main --region eu-west-1
}
