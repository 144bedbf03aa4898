package deploy_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// A rule becomes a template that alerts, watches over itself, and can be deployed anywhere.
func ExampleStack_CloudFormation() {
	s := &deploy.Stack{
		Description: "Alerts on access keys.",
		Rules: []rule.Rule{{
			ID:       "key-created",
			Title:    "Access key created",
			Severity: rule.Medium,
			Regions:  []string{"us-east-1"}, // where IAM's events arrive
			Pattern:  pattern.MustCompile(`{"source": ["aws.iam"], "detail": {"eventName": ["CreateAccessKey"]}}`),
		}},
	}
	template, err := s.CloudFormation(deploy.YAML)
	if err != nil {
		log.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(template), "  RuleKeyCreated:\n")
	theRule, _, _ := strings.Cut(rest, "      Targets:\n")
	fmt.Print(theRule)
	// Output:
	//     Type: AWS::Events::Rule
	//     Condition: RuleKeyCreatedArrivesHere
	//     Properties:
	//       Description: key-created Access key created
	//       State: ENABLED
	//       EventPattern:
	//         source: [aws.iam]
	//         detail:
	//           eventName: [CreateAccessKey]
}

// A module is some files; what depends on the rules is in one of them.
func ExampleStack_Terraform() {
	s := &deploy.Stack{
		Description: "Alerts on access keys.",
		Rules: []rule.Rule{{
			ID:      "key-created",
			Title:   "Access key created",
			Pattern: pattern.MustCompile(`{"source": ["aws.iam"], "detail": {"eventName": ["CreateAccessKey"]}}`),
		}},
	}
	files, err := s.Terraform()
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name)
	}
	// Output:
	// alarms.tf
	// alerts.tf
	// locals.tf
	// outputs.tf
	// rules.tf
	// silence.tf
	// variables.tf
	// versions.tf
}
