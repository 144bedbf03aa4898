package cis_test

import (
	"fmt"
	"iter"
	"log"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// An event is matched against all controls at once.
func Example() {
	benchmark, err := cis.Version("v1.3.0")
	if err != nil {
		log.Fatal(err)
	}
	set := pattern.NewSet(byPattern(benchmark.Rules()))

	event := []byte(`{
		"detail-type": "AWS API Call via CloudTrail",
		"source": "aws.cloudtrail",
		"detail": {
			"eventSource": "cloudtrail.amazonaws.com",
			"eventName": "StopLogging",
			"errorCode": "AccessDenied",
			"sourceIPAddress": "192.0.2.44"
		}
	}`)
	fired, err := set.Match(event)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range fired {
		fmt.Printf("%s %s (%s)\n", r.ID, r.Title, r.Severity)
	}
	// Output:
	// 4.1 API call denied (low)
	// 4.5 CloudTrail configuration changed (critical)
}

func byPattern(rules []rule.Rule) iter.Seq2[rule.Rule, *pattern.Pattern] {
	return func(yield func(rule.Rule, *pattern.Pattern) bool) {
		for _, r := range rules {
			if !yield(r, r.Pattern) {
				return
			}
		}
	}
}

// A control says where it departs from the benchmark, and why.
func ExampleBenchmark_Control() {
	benchmark, err := cis.Version("v1.3.0")
	if err != nil {
		log.Fatal(err)
	}
	control, _ := benchmark.Control("4.10")
	for _, d := range control.Departures {
		fmt.Println(d.Change)
		fmt.Println("  ", d.Reason)
	}
	// Output:
	// ModifySecurityGroupRules counts.
	//    It is what the console calls when a rule is edited, so without it a rule can be opened to the world unseen. Version 5.0.0 of the benchmark names it.
	// Only EC2's calls count.
	//    The filter names no service; AWS Wickr has CreateSecurityGroup and DeleteSecurityGroup as well.
}
