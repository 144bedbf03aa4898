package pattern_test

import (
	"fmt"
	"maps"

	"github.com/countertrail/countertrail/pattern"
)

// Why does the rule not fire? The error code has a star that was meant as a wildcard, and the name another spelling.
func ExamplePattern_Explain() {
	p := pattern.MustCompile(`{
	  "source": ["aws.iam"],
	  "detail": {"eventname": ["CreateUser"], "errorCode": ["AccessDenied*"]}
	}`)
	x, err := p.Explain([]byte(`{
	  "source": "aws.iam",
	  "detail": {"eventName": "CreateUser", "errorCode": "AccessDenied"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(x)
	// Output:
	// no match: 1 of 3 fields hold
	//   ok  source = "aws.iam"
	//   no  detail.eventname is absent
	//       want  "CreateUser"
	//       hint  the event has detail.eventName, "CreateUser": upper and lower case count
	//   no  detail.errorCode = "AccessDenied"
	//       want  "AccessDenied*"
	//       hint  a star or question mark stands for itself in a plain text; only wildcard gives a
	//             meaning to the star; write {"prefix": "AccessDenied"}
}

// Values that are taken from an array of objects must be in the same object.
func ExamplePattern_Explain_arrays() {
	p := pattern.MustCompile(`{"detail": {"rules": {"port": [22], "from": ["0.0.0.0/0"]}}}`)
	x, err := p.Explain([]byte(`{"detail": {"rules": [
	  {"port": 22, "from": "10.0.0.0/8"},
	  {"port": 443, "from": "0.0.0.0/0"}
	]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(x)
	// Output:
	// no match: all 2 fields hold, but not in the same array elements
	//   ok  detail.rules.port = 22 (detail.rules[0].port)
	//   ok  detail.rules.from = "0.0.0.0/0" (detail.rules[1].from)
	//   No element of detail.rules has all of:
	//     detail.rules.from, holds in [1]
	//     detail.rules.port, holds in [0]
}

// An explanation is data as well as text.
func ExampleExplanation() {
	p := pattern.MustCompile(`{"source": ["aws.iam"], "detail": {"eventName": ["createuser"]}}`)
	x, err := p.Explain([]byte(`{"source": "aws.iam", "detail": {"eventName": "CreateUser"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, term := range x.Terms {
		f := term.Field // there is no $or in this pattern
		fmt.Println(f.Path, f.Held)
		for _, h := range f.Hints {
			fmt.Println(" ", h.Kind, h.Fix)
		}
	}
	// Output:
	// source true
	// detail.eventName false
	//   case {"equals-ignore-case": "createuser"}
}

// Which rule should have fired on an event?
func ExampleSet_NearMisses() {
	rules := map[string]*pattern.Pattern{
		"user created":  pattern.MustCompile(`{"source": ["aws.iam"], "detail": {"eventName": ["CreateUser"]}}`),
		"trail stopped": pattern.MustCompile(`{"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLoging"]}}`),
	}
	s := pattern.NewSet(maps.All(rules))
	misses, err := s.NearMisses([]byte(`{"source": "aws.cloudtrail", "detail": {"eventName": "StopLogging"}}`), 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range misses {
		fmt.Println(m.Key)
		fmt.Print(m.Explanation)
	}
	// Output:
	// trail stopped
	// no match: 1 of 2 fields hold
	//   ok  source = "aws.cloudtrail"
	//   no  detail.eventName = "StopLogging"
	//       want  "StopLoging"
	//       hint  "StopLogging" and "StopLoging" are spelled differently; write "StopLogging"
}
