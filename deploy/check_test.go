package deploy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/rule"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		reason string
		change func(*deploy.Stack)
		want   []string
	}{
		{"everything may be used", func(s *deploy.Stack) {}, nil},
		{"no function, no trail", func(s *deploy.Stack) { s.Function, s.Trail = nil, false }, nil},
		{"defaults", func(s *deploy.Stack) {
			f := s.Function
			f.Memory, f.Timeout, f.Concurrency, f.LogDays, f.Variables, f.Reads, f.Writes = 0, 0, 0, 0, nil, nil, nil
			f.TopicVariable, f.RoleVariable, f.ModeVariable = "", "", ""
		}, nil},
		{"no limit on instances", func(s *deploy.Stack) { s.Function.Concurrency = -1 }, nil},

		{"nothing to deploy", func(s *deploy.Stack) { s.Rules, s.Function = nil, nil }, []string{"Rules: there are none"}},
		{"the queue's policy would be too long", func(s *deploy.Stack) {
			for len(s.Rules) < 51 {
				r := s.Rules[0]
				r.ID = strings.Repeat("x", len(s.Rules))
				s.Rules = append(s.Rules, r)
			}
		}, []string{"Rules: 51 are more than the policy of the dead-letter queue can name, which is 50; use several stacks"}},
		{"no id", func(s *deploy.Stack) { s.Rules[2].ID = "" }, []string{"Rules[2].ID: missing"}},
		{"an id of which nothing is left", func(s *deploy.Stack) { s.Rules[2].ID = "%/." },
			[]string{`Rules[2] ("%/.").ID: has no letter and no digit, so its resources cannot be named`}},
		{"one id twice", func(s *deploy.Stack) { s.Rules[2].ID = "4.5" }, []string{`Rules[2] ("4.5").ID: is the id of two rules`}},
		{"one name for two ids", func(s *deploy.Stack) { s.Rules[2].ID = "4-5" },
			[]string{`Rules[2] ("4-5").ID: its resources would be named Rule4x5, as those of "4.5" are`}},
		{"one id to Terraform", func(s *deploy.Stack) { s.Rules[2].ID, s.Rules[3].ID = "caf\u00e9", "cafe\u0301" },
			[]string{"Rules[3] (\"cafe\u0301\").ID: its resources would be named RuleCafU00E9, as those of \"caf\u00e9\" are"}},
		{"a name that is too long", func(s *deploy.Stack) { s.Rules[2].ID = strings.Repeat("é", 50) },
			[]string{`Rules[2] ("` + strings.Repeat("é", 50) + `").ID: the name of its resources would have 254 characters; 200 are allowed`}},
		{"no pattern", func(s *deploy.Stack) { s.Rules[2].Pattern = nil }, []string{`Rules[2] ("root").Pattern: missing`}},
		{"no such severity", func(s *deploy.Stack) { s.Rules[2].Severity = 9 }, []string{`Rules[2] ("root").Severity: no severity 9`}},
		{"no such state", func(s *deploy.Stack) { s.Rules[2].State = "enabled" }, []string{`Rules[2] ("root").State: no state "enabled"`}},
		{"no such Region, and one twice", func(s *deploy.Stack) { s.Rules[2].Regions = []string{"eu-west-1", "Ireland", "eu-west-1"} },
			[]string{`Rules[2] ("root").Regions[1]: "Ireland" is not the name of a Region`, `Rules[2] ("root").Regions[2]: eu-west-1 is there twice`}},

		{"a function without events", func(s *deploy.Stack) { s.Function.Rules = nil }, []string{"Function.Rules: there are none, so it would get no events"}},
		{"a rule that is not there, and one twice", func(s *deploy.Stack) { s.Function.Rules = []string{"4.5", "4.6", "4.5"} },
			[]string{`Function.Rules[1]: no rule of the stack has the id "4.6"`, `Function.Rules[2]: "4.5" is there twice`}},
		{"more rules than its policy can name", func(s *deploy.Stack) {
			r := s.Rules[0]
			s.Rules, s.Function.Rules = nil, nil
			for len(s.Rules) < 36 {
				r.ID = strings.Repeat("x", len(s.Rules)+1)
				s.Rules, s.Function.Rules = append(s.Rules, r), append(s.Function.Rules, r.ID)
			}
		}, []string{"Function.Rules: 36 are more than its policy can name, which is 35"}},
		{"more permissions than IAM takes", func(s *deploy.Stack) {
			s.Function.Reads[0].Actions = slices.Repeat(s.Function.Reads[0].Actions, 200)
		}, []string{"Function: the policies of its role would have about 11952 characters; IAM allows 10240"}},
		{"more variables than Lambda takes", func(s *deploy.Stack) { s.Function.Variables["GREETING"] = strings.Repeat("x", 4000) },
			[]string{"Function.Variables: they would have 4441 bytes; Lambda allows 4096"}},
		{"a wildcard", func(s *deploy.Stack) { s.Function.Writes[0].Actions = []string{"cloudtrail:*", "*"} },
			[]string{`Function.Writes[0].Actions[0]: "cloudtrail:*" is not an IAM action without wildcards`, `Function.Writes[0].Actions[1]: "*" is not an IAM action without wildcards`}},
		{"an empty statement", func(s *deploy.Stack) { s.Function.Reads[0] = deploy.Statement{} },
			[]string{`Function.Reads[0].Sid: "" is not letters and digits`, "Function.Reads[0].Actions: there are none", "Function.Reads[0].Resources: there are none"}},
		{"what is no resource", func(s *deploy.Stack) {
			s.Function.Reads[0].Resources = []string{"trail", "arn:aws:x", "arn:aws:s3:::{{resolve:ssm:x}}", "arn:aws:s3:::a b", "arn:aws:s3:::\n", "arn:aws:s3:::\\"}
		}, []string{
			`Function.Reads[0].Resources[0]: "trail" is neither an ARN nor "*"`, `Function.Reads[0].Resources[1]: "arn:aws:x" is neither an ARN nor "*"`,
			`Function.Reads[0].Resources[2]: "arn:aws:s3:::{{resolve:ssm:x}}" is neither an ARN nor "*"`, `Function.Reads[0].Resources[3]: "arn:aws:s3:::a b" is neither an ARN nor "*"`,
			`Function.Reads[0].Resources[4]: "arn:aws:s3:::\n" is neither an ARN nor "*"`, `Function.Reads[0].Resources[5]: "arn:aws:s3:::\\" is neither an ARN nor "*"`,
		}},
		{"one name for two statements", func(s *deploy.Stack) { s.Function.Writes[0].Sid = "ReadTrails" }, []string{`Function.Writes[0].Sid: "ReadTrails" is there twice`}},
		{"a statement named as one of its own", func(s *deploy.Stack) { s.Function.Writes[0].Sid = "Tell" }, []string{`Function.Writes[0].Sid: "Tell" is there twice`}},
		{"variables that Lambda does not take", func(s *deploy.Stack) {
			s.Function.TopicVariable, s.Function.RoleVariable = "AWS_TOPIC", "a-b"
			s.Function.Variables = map[string]string{"MODE": "enforce", "lambda_x": "", "SECRET": "{{resolve:ssm:x}}"}
		}, []string{
			`Function.TopicVariable: "AWS_TOPIC" is reserved by Lambda`, `Function.RoleVariable: "a-b" is not the name of an environment variable`,
			`Function.Variables["MODE"]: "MODE" is there twice`, `Function.Variables["SECRET"]: CloudFormation would resolve the reference in its value`,
			`Function.Variables["lambda_x"]: "lambda_x" is reserved by Lambda`,
		}},
		{"beyond Lambda's limits", func(s *deploy.Stack) {
			s.Function.Memory, s.Function.Timeout, s.Function.Concurrency, s.Function.LogDays = 64, 15*time.Minute+time.Second, -2, 100
		}, []string{
			"Function.Memory: 64 is not in 128 to 10240", "Function.Timeout: 15m1s is not a number of whole seconds up to 15 minutes",
			"Function.Concurrency: -2 is not in -1 to 1000", "Function.LogDays: CloudWatch Logs does not know a retention of 100 days",
		}},
		{"half a second", func(s *deploy.Stack) { s.Function.Timeout = 1500 * time.Millisecond },
			[]string{"Function.Timeout: 1.5s is not a number of whole seconds up to 15 minutes"}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			s := full()
			tt.change(s)
			err := s.Check()
			var got []string
			if err != nil {
				for problem := range strings.SplitSeq(err.Error(), "\n") {
					got = append(got, strings.TrimPrefix(problem, "deploy: "))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			_, cfnErr := s.CloudFormation(deploy.YAML)
			_, tfErr := s.Terraform()
			if (cfnErr == nil) != (err == nil) || (tfErr == nil) != (err == nil) {
				t.Errorf("Check says %v, CloudFormation %v, Terraform %v", err, cfnErr, tfErr)
			}
		})
	}
}

// What a caller passes in is the caller's.
func TestStackIsNotChanged(t *testing.T) {
	s, same := full(), full()
	s.Function.Memory, same.Function.Memory = 0, 0
	if _, err := s.CloudFormation(deploy.JSON); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Terraform(); err != nil {
		t.Fatal(err)
	}
	equalPatterns := cmp.Comparer(func(a, b rule.Rule) bool { return a.ID == b.ID && a.Pattern.String() == b.Pattern.String() })
	if diff := cmp.Diff(same, s, equalPatterns); diff != "" {
		t.Errorf("the stack (-before +after):\n%s", diff)
	}
}
