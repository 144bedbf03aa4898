package rule_test

import (
	"fmt"
	"testing/fstest"

	"github.com/countertrail/countertrail/rule"
)

const publicBucket = `{
  "id": "bucket-open",
  "title": "Bucket policy or ACL changed",
  "severity": "medium",
  "state": "ENABLED",
  "pattern": {
    "source": ["aws.s3"],
    "detail": {"eventName": ["PutBucketPolicy", "PutBucketAcl"]}
  },
  "examples": [
    {
      "match": true,
      "reason": "a policy may open the bucket",
      "event": {"source": "aws.s3", "detail": {"eventName": "PutBucketPolicy"}}
    },
    {
      "match": false,
      "reason": "deleting a policy closes it",
      "event": {"source": "aws.s3", "detail": {"eventName": "DeleteBucketPolicy"}}
    }
  ]
}`

// A program keeps its rules beside its code and embeds them; here a map stands in for the
// directory.
func ExampleRead() {
	fsys := fstest.MapFS{"bucket-open.json": {Data: []byte(publicBucket)}}
	entries, err := rule.Read(fsys)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range entries {
		fmt.Printf("%s: %s (%s)\n", e.ID, e.Title, e.Severity)
		for _, x := range e.Examples {
			fmt.Printf("  match %-5t  %s\n", x.Match, x.Reason)
		}
	}
	// Output:
	// bucket-open: Bucket policy or ACL changed (medium)
	//   match true   a policy may open the bucket
	//   match false  deleting a policy closes it
}

// Mistakes are told with their places, all of them at once.
func ExampleRead_mistakes() {
	fsys := fstest.MapFS{"rule.json": {Data: []byte(`{
  "id": "bucket-open",
  "title": "Bucket policy changed",
  "severity": "bad",
  "pattern": {"source": ["aws.s3"], "detail": {"eventName": "PutBucketPolicy"}},
  "example": []
}`)}}
	_, err := rule.Read(fsys)
	fmt.Println(err)
	// Output:
	// rule: rule.json:1:1: no member "state"
	// rule: rule.json:1:1: no member "examples"
	// rule: rule.json:4:15: severity: no severity "bad"; want one of info, low, medium, high, critical
	// rule: rule.json:5:61: pattern.detail.eventName: "eventName" must be an object or an array
	// rule: rule.json:6:14: example: unknown member
}
