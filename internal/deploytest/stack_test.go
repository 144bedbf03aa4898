package deploytest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

// controls returns the entries of the CIS controls.
func controls(t *testing.T) *cis.Benchmark {
	t.Helper()
	b, err := cis.Version("v1.3.0")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// example returns what is checked in of examples/deploy: the controls, the function of examples/lambda
// and a trail.
func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "deploy", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// function returns a function like that of examples/deploy.
func function(rules ...string) *deploy.Function {
	spec := trailfix.New(nil, nil, nil).Spec()
	trails := []string{"arn:{partition}:cloudtrail:{region}:{account}:trail/*"}
	return &deploy.Function{
		Rules:         rules,
		Reads:         []deploy.Statement{{Sid: "Plan", Actions: spec.Reads, Resources: trails}},
		Writes:        []deploy.Statement{{Sid: "Act", Actions: spec.Writes, Resources: trails}},
		TopicVariable: "COUNTERTRAIL_TOPIC_ARN",
		RoleVariable:  "COUNTERTRAIL_ROLE_ARN",
		ModeVariable:  "COUNTERTRAIL_MODE",
	}
}

// hostileRules returns rules whose every text tries to mean something to a tool that reads it.
func hostileRules(t *testing.T) []rule.Rule {
	t.Helper()
	texts := []string{
		`${aws_sns_topic.alerts.arn} ${AWS::AccountId} $${x} %{ if true }`,
		`{{resolve:secretsmanager:password}} {{resolve:ssm:x}}`,
		"line\nbreak: \"quoted\" 'single' \\ <call> <aws.events.rule-name>",
		"EOT\n# comment\n- item: [a, b] & *alias !Ref Topic",
		"\u202eright to left\x00\x1b[31m",
		strings.Repeat("długi opis ", 100),
		"~", "yes", "0x10", "2026-11-26", "=1+1",
	}
	values := `["${AWS::Region}", "%{for x in y}", "{{resolve:ssm:x}}", "a\"b\\c", "<&>", "é", "yes", "0x10", "2026-11-26",
		1.50, 9007199254740993, 1e300, true, null]`
	p, err := pattern.Compile(`{"detail-type": ["AWS API Call via CloudTrail"],
		"detail": {"requestParameters": {"Ref": ["x"], "Fn::Sub": ["y"], "v": ` + values + `}}}`)
	if err != nil {
		t.Fatal(err)
	}
	var rules []rule.Rule
	for i, text := range texts {
		rules = append(rules, rule.Rule{ID: fmt.Sprint("hostile.", i), Title: text, Description: text, Pattern: p})
	}
	return rules
}

// stacks returns the stacks on which the validators are let loose.
func stacks(t *testing.T) map[string]*deploy.Stack {
	t.Helper()
	many := make([]rule.Rule, 50)
	for i := range many {
		many[i] = rule.Rule{ID: fmt.Sprint("many.", i), Title: "One of many", Pattern: pattern.MustCompile(`{"source": ["aws.iam"]}`)}
		if i%2 == 0 {
			many[i].Regions = []string{"us-east-1", "us-gov-west-1", "cn-north-1"}
		}
	}
	hostile := hostileRules(t)
	answering := function("hostile.0", "hostile.3")
	answering.Description = hostile[2].Title
	answering.Variables = map[string]string{"TEXT": hostile[0].Title}
	return map[string]*deploy.Stack{
		"full":    {Rules: controls(t).Rules(), Function: function("4.5"), Trail: true},
		"plain":   {Rules: controls(t).Rules()},
		"one":     {Rules: controls(t).Rules()[:1], Trail: true},
		"many":    {Rules: many},
		"hostile": {Description: hostile[0].Title, Rules: hostile, Function: answering},
	}
}
