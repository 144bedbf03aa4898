package s3fix_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/s3fix"
	"github.com/countertrail/countertrail/rule"
)

func Example() {
	e, err := event.Parse(fmt.Appendf(nil, `{
		"version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
		"account": "123456789012", "region": "eu-west-1", "resources": [], "time": %[1]q,
		"detail": {
			"eventVersion": "1.11", "eventTime": %[1]q, "awsRegion": "eu-west-1",
			"eventSource": "s3.amazonaws.com", "eventName": "PutBucketPolicy",
			"eventID": "6f8a1e0c-5f0e-4f4d-9a53-2c6b6cf7a001", "eventType": "AwsApiCall",
			"recipientAccountId": "123456789012",
			"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
			"requestParameters": {"bucketName": "example-bucket", "policy": "", "bucketPolicy": {"Statement": [
				{"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "*"},
				{"Sid": "Oops", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
			]}},
			"responseElements": null
		}
	}`, time.Now().UTC().Format(time.RFC3339)))
	if err != nil {
		log.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		log.Fatal(err)
	}

	client := newCloud() // s3.NewFromConfig(cfg)
	client.policy = `{"Statement": [
  {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "*"},
  {"Sid": "Oops", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
]}`
	engine := remediate.NewEngine(&remediate.Options{
		Mode:    remediate.Enforce,
		MaxRisk: remediate.Medium, // the bucket may have been meant to be public
	})

	res := engine.Run(context.Background(), s3fix.New(client, client, nil), rule.Finding{Event: e, Record: rec})
	fmt.Println(res.Outcome)
	fmt.Println(res.Plan)
	fmt.Println(client.policy)
	// Output:
	// verified
	// The bucket "example-bucket" is open to the public: remove statement 2 ("Oops") of the policy.
	// 1. s3:PutBucketPolicy on "arn:aws:s3:::example-bucket" in eu-west-1
	// {"Statement": [
	//   {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "*"}
	// ]}
}
