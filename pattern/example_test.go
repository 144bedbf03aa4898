package pattern_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/countertrail/countertrail/pattern"
)

func Example() {
	p, err := pattern.Compile(`{
		"source": ["aws.iam"],
		"detail": {
			"eventName": [{"prefix": "Delete"}, {"prefix": "Detach"}],
			"errorCode": [{"exists": false}]
		}
	}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, event := range []string{
		`{"source": "aws.iam", "detail": {"eventName": "DeleteUserPolicy"}}`,
		`{"source": "aws.iam", "detail": {"eventName": "DeleteUserPolicy", "errorCode": "AccessDenied"}}`,
		`{"source": "aws.iam", "detail": {"eventName": "GetUserPolicy"}}`,
	} {
		matched, err := p.Match([]byte(event))
		fmt.Println(matched, err)
	}
	// Output:
	// true <nil>
	// false <nil>
	// false <nil>
}

func ExampleSet() {
	set := pattern.NewSet(maps.All(map[string]*pattern.Pattern{
		"trail stopped":  pattern.MustCompile(`{"detail": {"eventName": ["StopLogging", "DeleteTrail"]}}`),
		"root was used":  pattern.MustCompile(`{"detail": {"userIdentity": {"type": ["Root"]}}}`),
		"any S3 failure": pattern.MustCompile(`{"source": ["aws.s3"], "detail": {"errorCode": [{"exists": true}]}}`),
	}))
	names, err := set.Match([]byte(`{"source": "aws.cloudtrail", "detail": {"eventName": "StopLogging", "userIdentity": {"type": "Root"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Println(name)
	}
	// Output:
	// root was used
	// trail stopped
}

func ExampleSyntaxError() {
	const source = `{"detail": {"errorCode": [{"prefix": ["Access"]}]}}`
	_, err := pattern.Compile(source)
	e := err.(*pattern.SyntaxError)
	fmt.Println(e)
	fmt.Println(source[e.Offset:])
	fmt.Println(e.AWSMessage())
	// Output:
	// pattern: detail.errorCode: prefix match pattern must be a string
	// ["Access"]}]}}
	// Event pattern is not valid. Reason: prefix match pattern must be a string
	//  at [Source: (String)"{"detail": {"errorCode": [{"prefix": ["Access"]}]}}"; line: 1, column: 39]
}
