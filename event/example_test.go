package event_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/countertrail/countertrail/event"
)

func ExampleParse() {
	data, err := os.ReadFile("testdata/api-call.json") // what a Lambda behind a rule is given
	if err != nil {
		log.Fatal(err)
	}
	e, err := event.Parse(data)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.DetailType, "in", e.Account, e.Region)

	_, err = event.Parse([]byte(`{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"{}"}}]}`))
	fmt.Println(err)
	// Output:
	// AWS API Call via CloudTrail in 123456789012 eu-west-1
	// event: want EventBridge event, got SNS delivery (at offset 0)
}

func ExampleEvent_CloudTrail() {
	data, err := os.ReadFile("testdata/api-call.json")
	if err != nil {
		log.Fatal(err)
	}
	e, err := event.Parse(data)
	if err != nil {
		log.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		log.Fatal(err) // errors.Is(err, event.ErrNotCloudTrail) for an event of another kind
	}
	fmt.Printf("%s by %s (session %q), failed: %t\n",
		rec.Call(), rec.UserIdentity.RoleARN(), rec.UserIdentity.SessionName(), rec.Failed())
	fmt.Printf("%s\n", rec.RequestParameters)
	// Output:
	// cloudtrail:StopLogging by arn:aws:iam::123456789012:role/ops/deploy (session "alice"), failed: false
	// {"name": "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"}
}

func ExampleReadLog() {
	// Two records, an element that is none, and damage.
	const text = `{"Records":[
{"eventVersion":"1.11","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","eventType":"AwsApiCall","eventID":"1"},
{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put"},
{"eventVersion":"1.11","eventSource":"kms.amazonaws.com","eventNa
{"eventVersion":"1.11","eventSource":"kms.amazonaws.com","eventName":"RotateKey","eventType":"AwsServiceEvent","eventID":"2"}
]}`
	others := make(map[event.Form]int)
	for e, err := range event.ReadLog(strings.NewReader(text)) { // or a file, compressed or not
		var lost *event.RecordError
		var form *event.FormError
		switch {
		case errors.As(err, &form):
			others[form.Got]++
		case errors.As(err, &lost):
			fmt.Println(lost)
		case err != nil:
			log.Fatal(err) // the log could not be read to its end
		default:
			fmt.Println(e.ID, e.DetailType, e.Source)
		}
	}
	fmt.Println(others)
	// Output:
	// 1 AWS API Call via CloudTrail aws.ec2
	// event: record 2 at offset 217: control character '\n' in a string (at offset 282)
	// 2 AWS Service Event via CloudTrail aws.kms
	// map[S3 object notification:1]
}
