package sns_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/countertrail/countertrail/notify"
	notifysns "github.com/countertrail/countertrail/notify/sns"
	"github.com/countertrail/countertrail/rule"
)

// A printer stands in for a *sns.Client.
type printer struct{}

func (printer) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	fmt.Println("to:", *in.TopicArn)
	fmt.Println("subject:", *in.Subject)
	fmt.Println("severity:", *in.MessageAttributes["severity"].StringValue)
	fmt.Print(*in.Message)
	return &sns.PublishOutput{}, nil
}

func ExampleNew() {
	var api notifysns.PublishAPI = printer{} // in a program: sns.NewFromConfig(cfg)
	n, err := notifysns.New(api, "arn:aws:sns:eu-west-1:123456789012:security-alerts", nil)
	if err != nil {
		log.Fatal(err)
	}
	err = n.Notify(context.Background(), &notify.Message{
		RuleID: "4.5", Title: "CloudTrail logging stopped", Severity: rule.Critical,
		Call: "cloudtrail:StopLogging", Account: "123456789012", Region: "eu-west-1",
		Actor:     notify.Actor{Type: "Root", Name: "root of 123456789012"},
		Resources: []string{"trail/main"},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// to: arn:aws:sns:eu-west-1:123456789012:security-alerts
	// subject: [CRITICAL] CloudTrail logging stopped: 4.5 in 123456789012/eu-west-1
	// severity: critical
	// [CRITICAL] CloudTrail logging stopped: 4.5 in 123456789012/eu-west-1
	// what      cloudtrail:StopLogging
	// where     123456789012/eu-west-1
	// rule      4.5
	// when      the event does not say
	// who       root of 123456789012
	// type      Root
	// resource  trail/main
	//
	// nothing was done, and nothing is planned
}
