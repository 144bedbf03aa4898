package deploytest

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/deploy"
)

// formats are the notations of a template, by the extension of its file.
var formats = map[string]deploy.Format{"yaml": deploy.YAML, "json": deploy.JSON}

// tolerated says which complaint of cfn-lint is to be expected of a stack, and why.
var tolerated = map[string]map[string]string{
	"hostile": {"E1029": "titles and patterns that contain ${AWS::AccountId} mean those characters"},
}

// TestCloudFormation holds that cfn-lint has nothing against any template.
func TestCloudFormation(t *testing.T) {
	python := python.need(t)
	for name, stack := range stacks(t) {
		for extension, format := range formats {
			t.Run(name+"."+extension, func(t *testing.T) {
				t.Parallel()
				text, err := stack.CloudFormation(format)
				if err != nil {
					t.Fatal(err)
				}
				seen := make(map[string]bool)
				for _, c := range lint(t, python, extension, string(text)) {
					if seen[c.Rule.ID] = true; tolerated[name][c.Rule.ID] == "" {
						t.Error(c)
					}
				}
				for id := range tolerated[name] {
					if !seen[id] {
						t.Errorf("%s is tolerated and does not occur", id)
					}
				}
			})
		}
	}
}

// TestExampleTemplates holds that cfn-lint has nothing against the templates that are checked in.
func TestExampleTemplates(t *testing.T) {
	python := python.need(t)
	for extension := range formats {
		t.Run(extension, func(t *testing.T) {
			t.Parallel()
			for _, c := range lint(t, python, extension, example(t, "cloudformation/template."+extension)) {
				t.Error(c)
			}
		})
	}
}

// TestCFNLint holds that cfn-lint sees mistakes of the kind that a template of ours could have.
func TestCFNLint(t *testing.T) {
	python := python.need(t)
	small := &deploy.Stack{Rules: hostileRules(t)[6:7], Function: function("hostile.6")}
	sound := string(render(t, small))
	for _, tt := range []struct {
		reason, old, new string
		id               string
	}{
		{"a property misspelt", "DeadLetterConfig:", "DeadLetterConfigs:", "E3002"},
		{"a required property left out", "        - Id: Alerts\n          Arn:", "        - Arn:", "E3003"},
		{"a number out of range", "MaximumRetryAttempts: 185", "MaximumRetryAttempts: 186", "E3034"},
		{"a value that there is not", "TreatMissingData: notBreaching", "TreatMissingData: notbreaching", "E3030"},
		{"a resource that is not there", "!GetAtt DeadLetters.Arn", "!GetAtt DeadLetter.Arn", "E1010"},
		{"a condition that is not there", "!If [HasAlarmTopic,", "!If [HasAlarmsTopic,", "E1028"},
		{"a parameter that nothing uses", "MinLength: 1\n", "MinLength: 1\n  Unused:\n    Type: String\n", "W2001"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			broken := strings.Replace(sound, tt.old, tt.new, 1)
			if broken == sound {
				t.Fatalf("%q is not in the template", tt.old)
			}
			got := lint(t, python, "yaml", broken)
			if !slices.ContainsFunc(got, func(c complaint) bool { return c.Rule.ID == tt.id }) {
				t.Errorf("cfn-lint: %v; want %s", got, tt.id)
			}
		})
	}
}

// render returns the template of a stack.
func render(t *testing.T, s *deploy.Stack) []byte {
	t.Helper()
	text, err := s.CloudFormation(deploy.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func lint(t *testing.T, python, extension, template string) []complaint {
	t.Helper()
	file := filepath.Join(t.TempDir(), "template."+extension)
	writeFile(t, file, template)
	all, err := cfnLint(python, file)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
