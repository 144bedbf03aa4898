package rule_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing/fstest"

	"github.com/countertrail/countertrail/pattern"
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

// A rule is narrowed without editing its pattern. An exclusion never leaves out an event that lacks
// the field: users have no sessionIssuer.
func ExampleTuning_Apply() {
	r := rule.Rule{
		ID:      "4.5",
		Pattern: pattern.MustCompile(`{"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging"]}}`),
	}
	tuning := rule.Tuning{
		ExcludePrincipals: []string{"arn:aws:iam::123456789012:role/deployer"},
		Accounts:          []string{"123456789012"},
	}
	tuned, err := tuning.Apply(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	var text bytes.Buffer
	if err := json.Indent(&text, []byte(tuned.Pattern.String()), "", "  "); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(text.String())

	tuning = rule.Tuning{ExcludeFailed: true}
	r.Pattern = pattern.MustCompile(`{"detail": {"errorCode": [{"prefix": "AccessDenied"}]}}`)
	_, err = tuning.Apply(r)
	fmt.Println(err)
	// Output:
	// {
	//   "source": [
	//     "aws.cloudtrail"
	//   ],
	//   "detail": {
	//     "eventName": [
	//       "StopLogging"
	//     ],
	//     "userIdentity": {
	//       "sessionContext": {
	//         "sessionIssuer": {
	//           "arn": [
	//             {
	//               "anything-but": "arn:aws:iam::123456789012:role/deployer"
	//             },
	//             {
	//               "exists": false
	//             }
	//           ]
	//         }
	//       }
	//     }
	//   },
	//   "account": [
	//     "123456789012"
	//   ]
	// }
	// rule: tuning "4.5": ExcludeFailed: detail.errorCode: the rule would never match: its pattern asks for {"prefix":"AccessDenied"}
}

// A test beside a catalog is a call of Read, which tries the examples, and of Lint.
func ExampleLint() {
	fsys := fstest.MapFS{"bucket-open.json": {Data: []byte(publicBucket)}}
	entries, err := rule.Read(fsys)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range rule.Lint(entries, nil) {
		fmt.Println(w)
	}
	// Output:
	// bucket-open: description: none; say why it matters and what to look at first [missing]
	// bucket-open: references: none; where can a reader learn more? [missing]
}
