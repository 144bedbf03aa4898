package deploy_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

var update = flag.Bool("update", false, "write the golden files anew")

// full returns a stack that uses everything.
func full() *deploy.Stack {
	return &deploy.Stack{
		Description: "Everything that a stack can have.",
		Rules: []rule.Rule{
			{
				ID: "4.5", Title: "CloudTrail configuration changed", Severity: rule.Critical, State: rule.Enabled,
				Pattern: pattern.MustCompile(`{"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging", "DeleteTrail"]}}`),
			},
			{
				ID: "iam/policy-changed", Title: "IAM policy changed", Severity: rule.Medium,
				Regions: []string{"us-east-1", "us-gov-west-1", "cn-north-1"},
				Pattern: pattern.MustCompile(`{"source": ["aws.iam"], "detail": {"eventName": [{"prefix": "Attach"}, {"suffix": "Policy"}]}}`),
			},
			{
				ID: "root", Title: "Root user activity", Severity: rule.High, State: rule.EnabledAll,
				Pattern: pattern.MustCompile(`{"detail": {"userIdentity": {"type": ["Root"], "invokedBy": [{"exists": false}]}}}`),
			},
			{
				ID: "noisy", Title: "Off for now", State: rule.Disabled, Regions: []string{"eu-west-1"},
				Pattern: pattern.MustCompile(`{"detail": {"count": [{"numeric": [">", 0, "<=", 2.5]}, null]}}`),
			},
		},
		Function: &deploy.Function{
			Description: "Answers.",
			Rules:       []string{"4.5", "iam/policy-changed"},
			Reads: []deploy.Statement{
				{Sid: "ReadTrails", Actions: []string{"cloudtrail:GetTrail", "cloudtrail:GetTrailStatus"},
					Resources: []string{"arn:{partition}:cloudtrail:{region}:{account}:trail/*"}},
				{Sid: "ReadNetworks", Actions: []string{"ec2:DescribeSecurityGroups"}, Resources: []string{"*"}},
			},
			Writes: []deploy.Statement{{
				Sid: "Act", Actions: []string{"cloudtrail:StartLogging"},
				Resources: []string{"arn:{partition}:cloudtrail:{region}:{account}:trail/${aws:PrincipalTag/trail}", "arn:aws:cloudtrail:eu-west-1:123456789012:trail/x"},
			}},
			TopicVariable: "TOPIC", RoleVariable: "ROLE", ModeVariable: "MODE",
			Variables:   map[string]string{"GREETING": `say "${hello}" %{if} \o/`},
			Memory:      256,
			Timeout:     90 * time.Second,
			Concurrency: 2,
			LogDays:     365,
		},
		Trail: true,
	}
}

// plain returns the least of a stack.
func plain() *deploy.Stack {
	return &deploy.Stack{Rules: []rule.Rule{{ID: "x", Title: "X", Pattern: pattern.MustCompile(`{"source": ["x"]}`)}}}
}

// controls returns a stack of the CIS controls.
func controls(t testing.TB) *deploy.Stack {
	b, err := cis.Version("v1.3.0")
	if err != nil {
		t.Fatal(err)
	}
	s := full()
	s.Rules = b.Rules()
	s.Function.Rules = []string{"4.4", "4.5"}
	return s
}

// hostileTexts would be more than text somewhere on their way.
var hostileTexts = []string{
	"${jndi:ldap://x}", "$${a}", "$$${a}", "%{ if true }x%{ endif }", "%%{", "${AWS::AccountId}", "{{resolve:secretsmanager:x}}", "{{{resolve:ssm:x}}}",
	"<account>", "<nothing>", "a\"b'c`d", `back\slash \n`, "two\nlines\r\nEOT\n", "EOT", "a\u202egnp.exe", "\x00\x1b[31m", "\xff\xfe", "- a: b # c", "!Ref Topic",
	"&anchor *alias", "yes", "null", "~", "4.5e3", "0x1F", "2001-01-01", "=", "<<", "{", "[", "|", "> x", "%TAG", "@x", "é e\u0301 \U0001F512",
}

// hostile returns a stack whose every text is hostile, and whose patterns are hard to pass on.
func hostile() *deploy.Stack {
	s := full()
	s.Rules, s.Function.Rules = nil, nil
	for i, text := range hostileTexts {
		id := fmt.Sprintf("%d %s", i, text)
		s.Rules = append(s.Rules, rule.Rule{
			ID: id, Title: text, Severity: rule.High,
			Pattern: pattern.MustCompile(fmt.Sprintf(`{"source": [%s], %s: ["y"]}`, quote(text), quote(text))),
		})
		if i < 35 {
			s.Function.Rules = append(s.Function.Rules, id)
		}
	}
	for i, p := range hostilePatterns {
		s.Rules = append(s.Rules, rule.Rule{ID: fmt.Sprint("pattern-", i), Title: "Pattern", Pattern: pattern.MustCompile(p)})
	}
	s.Description, s.Function.Description = hostileTexts[0]+hostileTexts[6], hostileTexts[3]+hostileTexts[6]
	return s
}

// hostilePatterns lose something when JSON is decoded and encoded again, or are more than data to
// CloudFormation, or to one or another reader of YAML.
var hostilePatterns = []string{
	`{"a": ["first"], "a": ["second"]}`,
	`{"a": [null]}`,
	`{"a": {"Ref": ["Topic"]}}`,
	`{"a": {"Fn::Sub": ["${AWS::AccountId}"]}}`,
	`{"a": [9007199254740993, 1e3, 1.50, -0, 0.1]}`,
	`{"a": [12345678901234567890]}`,
	`{"a": ["\u00e9", "e\u0301", "\ud83d\udd12", "\u2028"]}`,
	`{"a": ["é", "é"]}`,
	`{"a": ["<b>&amp;"], "yes": ["no"], "<<": ["*x"], "~": [true, false, "true"]}`,
	"{\"a\":\t[\"x\"]\n,\r\"b\": [ 1 ] }",
}

// quote returns s as a JSON string.
func quote(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// visible returns what people see of an id: no controls, no breaks, and no "{{".
func visible(id string) string {
	id = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, id)
	for strings.Contains(id, "{{") {
		id = strings.ReplaceAll(id, "{{", "{ {")
	}
	return strings.Join(strings.Fields(id), " ")
}
