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
	//    It is what the console calls when a rule is edited, so without it a rule can be opened to the world unseen. The benchmark names it from version 5.0.0 on.
	// Only EC2's calls count.
	//    The filter names no service; AWS Wickr has CreateSecurityGroup and DeleteSecurityGroup as well.
	// Only records of API calls count.
	//    The filter takes a record of any type. EC2 writes these names for API calls alone, so nothing is lost; the detail type keeps the rule from being compared with anything else.
}

// The same control in another version has another number, and perhaps another filter.
func ExampleChanges() {
	changes, err := cis.Changes("v3.0.0", "v6.0.0")
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range changes {
		if c.Key == "4.10" && c.Kind != cis.FilterRemoved {
			fmt.Println(c)
		}
	}
	// Output:
	// 4.10 renumbered: 4.10 to 5.10
	// 4.10 filter added: { ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = AuthorizeSecurityGroupEgress) || ($.eventName = RevokeSecurityGroupIngress) || ($.eventName = RevokeSecurityGroupEgress) || ($.eventName = CreateSecurityGroup) || ($.eventName = DeleteSecurityGroup) || ($.eventName = ModifySecurityGroupRules) }
}

// What a team does not want to hear of is left out of all rules at once, without editing a pattern.
func ExampleBenchmark_Rules() {
	benchmark, err := cis.Version("v6.0.0")
	if err != nil {
		log.Fatal(err)
	}
	tuning := rule.Tuning{
		ExcludePrincipals: []string{"arn:aws:iam::123456789012:role/deployer", "arn:aws:iam::123456789012:role/scanner"},
		Accounts:          []string{"123456789012", "111122223333"},
	}
	rules := benchmark.Rules()
	for i, r := range rules {
		if rules[i], err = tuning.Apply(r); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(rules[4].ID, rules[4].Title)
	fmt.Println(rules[4].Pattern)
	// Output:
	// 5.5 CloudTrail configuration changed
	// {"source":["aws.cloudtrail"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["cloudtrail.amazonaws.com"],"eventName":["CreateTrail","UpdateTrail","DeleteTrail","StartLogging","StopLogging"],"userIdentity":{"sessionContext":{"sessionIssuer":{"arn":[{"anything-but":["arn:aws:iam::123456789012:role/deployer","arn:aws:iam::123456789012:role/scanner"]},{"exists":false}]}}}},"account":["123456789012","111122223333"]}
}

// What a control watches, and how each call is undone.
func ExampleBenchmark_Control_calls() {
	benchmark, err := cis.Version("v7.0.0")
	if err != nil {
		log.Fatal(err)
	}
	control, _ := benchmark.Control("5.5")
	for _, c := range control.Calls {
		if !c.Extended() {
			fmt.Printf("%s: %s; %s\n", c.Name, c.Reversal.Basis, c.Reversal.How)
		}
	}
	// Output:
	// CreateTrail: event; DeleteTrail with responseElements.trailARN
	// UpdateTrail: history; UpdateTrail with the settings as they were
	// DeleteTrail: history; CreateTrail, PutEventSelectors, AddTags and StartLogging with the settings as they were
	// StartLogging: event; StopLogging with requestParameters.name
	// StopLogging: event; StartLogging with requestParameters.name, which is a name or an ARN
}
