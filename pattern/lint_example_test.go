package pattern_test

import (
	"fmt"

	"github.com/countertrail/countertrail/pattern"
)

// All of this is valid, and none of it does what it seems to.
func ExamplePattern_Lint() {
	p := pattern.MustCompile(`{
	  "source": ["aws.s3"],
	  "detail-type": ["AWS API Call via CloudTrail"],
	  "detail": {
	    "eventSource": ["s3.amazonaws.com"],
	    "eventName": ["PutBucketPolicy", "PutPublicAccessBlock"],
	    "errorcode": [{"anything-but": "AccessDenied"}],
	    "userIdentity": {"arn": ["arn:aws:iam::123456789012:user/*"]}
	  }
	}`)
	for _, w := range p.Lint(nil) {
		fmt.Println(w)
	}
	// Output:
	// detail.eventName: CloudTrail records PutPublicAccessBlock as PutBucketPublicAccessBlock; write "PutBucketPublicAccessBlock" [unknown-name]
	// detail.errorcode: no CloudTrail record has such a field; write detail.errorCode [unknown-field]
	// detail.userIdentity.arn: the star in "arn:aws:iam::123456789012:user/*" stands for itself; only wildcard gives a meaning to the star; write {"prefix": "arn:aws:iam::123456789012:user/"} [literal-star]
}
