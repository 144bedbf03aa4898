package offlinetest_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/countertrail/countertrail/examples/offlinetest"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/pattern/patterntest"
	"github.com/countertrail/countertrail/rule"
)

// A pattern beside events in an archive is tested with one line.
func TestPatterns(t *testing.T) { patterntest.Run(t, os.DirFS("patterns")) }

// Rules carry their events with them, and reading them tries these. What is left are mistakes that the events at hand do not
// show, and what people will miss in an entry.
func TestRules(t *testing.T) {
	rules, err := offlinetest.Rules()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range rule.Lint(rules, nil) {
		t.Error(w)
	}
}

// Each field that a rule names should make a difference. If a sample event still matches after a field has been changed, the
// field is not needed, or not right.
func TestEveryFieldCounts(t *testing.T) {
	rules, err := offlinetest.Rules()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		s, err := r.Pattern.Sample(nil)
		if err != nil {
			t.Fatal(err)
		}
		x, err := r.Pattern.Explain(s.Event)
		if err != nil {
			t.Fatal(err)
		}
		for _, term := range x.Terms {
			f := term.Field
			if f != nil && !slices.ContainsFunc(s.Mutations, func(m pattern.Mutation) bool { return m.Path == f.Path }) {
				t.Errorf("%s: %s makes no difference", r.ID, f.Path)
			}
		}
	}
}

// deleteTrail is an event as it came from a trail.
const deleteTrail = `{
  "source": "aws.cloudtrail",
  "detail-type": "AWS API Call via CloudTrail",
  "detail": {
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "DeleteTrail",
    "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/ops/alice"},
    "requestParameters": {"name": "audit"}
  }
}`

// The first attempt at a pattern does not match the event that it was written for. Explain says why.
func Example_firstAttempt() {
	p := pattern.MustCompile(`{
	  "source": ["aws.cloudtrail"],
	  "detail": {
	    "eventName": ["Delete*", "StopLogging"],
	    "errorCode": [{"anything-but": "AccessDenied"}],
	    "userIdentity": {"arn": [{"wildcard": "arn:aws:sts::*:assumed-role/ops/*"}]}
	  }
	}`)
	x, err := p.Explain([]byte(deleteTrail))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(x)
	// Output:
	// no match: 2 of 4 fields hold
	//   ok  source = "aws.cloudtrail"
	//   no  detail.eventName = "DeleteTrail"
	//       want  "Delete*"
	//         or  "StopLogging"
	//       hint  a star or question mark stands for itself in a plain text; only wildcard gives a
	//             meaning to the star; write {"prefix": "Delete"}
	//   no  detail.errorCode is absent
	//       want  anything but "AccessDenied"
	//       hint  anything-but does not accept that the field is absent; write {"anything-but":
	//             "AccessDenied"}, {"exists": false}
	//   ok  detail.userIdentity.arn = "arn:aws:sts::123456789012:assumed-role/ops/alice"
}

// Lint would have said it without an event.
func Example_lint() {
	p := pattern.MustCompile(`{
	  "source": ["aws.cloudtrail"],
	  "detail": {
	    "eventName": ["Delete*", "StopLogging"],
	    "errorCode": [{"anything-but": "AccessDenied"}],
	    "userIdentity": {"arn": [{"wildcard": "arn:aws:sts::*:assumed-role/ops/*"}]}
	  }
	}`)
	for _, w := range p.Lint(nil) {
		fmt.Println(w)
	}
	// Output:
	// detail.eventName: the star in "Delete*" stands for itself; only wildcard gives a meaning to the star; write {"prefix": "Delete"} [literal-star]
	// detail.errorCode: many records lack the field, and anything-but does not accept that; write {"anything-but": "AccessDenied"}, {"exists": false} [absent]
}

// The second attempt matches.
func Example_secondAttempt() {
	p := pattern.MustCompile(`{
	  "source": ["aws.cloudtrail"],
	  "detail": {
	    "eventName": [{"prefix": "Delete"}, "StopLogging"],
	    "errorCode": [{"exists": false}],
	    "userIdentity": {"arn": [{"wildcard": "arn:aws:sts::*:assumed-role/ops/*"}]}
	  }
	}`)
	x, err := p.Explain([]byte(deleteTrail))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(x)
	fmt.Println(len(p.Lint(nil)), "warnings")
	// Output:
	// match
	//   ok  source = "aws.cloudtrail"
	//   ok  detail.eventName = "DeleteTrail"
	//   ok  detail.errorCode is absent
	//   ok  detail.userIdentity.arn = "arn:aws:sts::123456789012:assumed-role/ops/alice"
	// 0 warnings
}

// A sample is a start for the events that a rule is tested with: one that matches, and what to change so that it does not.
func Example_sample() {
	p := pattern.MustCompile(`{
	  "source": ["aws.cloudtrail"],
	  "detail": {
	    "eventSource": ["cloudtrail.amazonaws.com"],
	    "eventName": [{"prefix": "Delete"}, "StopLogging"],
	    "errorCode": [{"exists": false}]
	  }
	}`)
	s, err := p.Sample(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range s.Mutations {
		fmt.Println(m.Reason)
	}
	// Output:
	// source is "AWS.CLOUDTRAIL"; wanted: "aws.cloudtrail"
	// source is absent; wanted: "aws.cloudtrail"
	// detail.eventSource is "CLOUDTRAIL.AMAZONAWS.COM"; wanted: "cloudtrail.amazonaws.com"
	// detail.eventSource is absent; wanted: "cloudtrail.amazonaws.com"
	// detail.eventName is "deletechannel"; wanted: begins with "Delete", or "StopLogging"
	// detail.eventName is absent; wanted: begins with "Delete", or "StopLogging"
	// detail.errorCode is "AccessDenied"; wanted: no value
}
