package deploy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// stacks are what properties are tested on.
func stacks(t testing.TB) iter.Seq2[string, *deploy.Stack] {
	return func(yield func(string, *deploy.Stack) bool) {
		_ = yield("full", full()) && yield("plain", plain()) && yield("controls", controls(t)) && yield("hostile", hostile())
	}
}

func TestCloudFormationGolden(t *testing.T) {
	golden(t, "full.template.yaml", cloudFormation(t, full(), deploy.YAML))
	golden(t, "plain.template.json", cloudFormation(t, plain(), deploy.JSON))
}

// golden compares got with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is stale; run go test -update and look at the difference (-want +got):\n%s", name, diff)
	}
}

func cloudFormation(t testing.TB, s *deploy.Stack, f deploy.Format) []byte {
	t.Helper()
	data, err := s.CloudFormation(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A template says the same in both formats.
func TestFormats(t *testing.T) {
	for name, s := range stacks(t) {
		asJSON, asYAML := parseTemplate(t, cloudFormation(t, s, deploy.JSON)), parseYAML(t, cloudFormation(t, s, deploy.YAML))
		if diff := cmp.Diff(any(asJSON), asYAML); diff != "" {
			t.Errorf("%s (-JSON +YAML):\n%s", name, diff)
		}
	}
}

func TestNoFormat(t *testing.T) {
	if _, err := plain().CloudFormation(7); err == nil || err.Error() != "deploy: no format 7" {
		t.Errorf("error %v", err)
	}
}

// A template has as many resources as CloudFormation takes at the most, but may be too long.
func TestLargest(t *testing.T) {
	s := full()
	r := s.Rules[0]
	s.Rules, s.Function.Rules = nil, nil
	for len(s.Rules) < 50 {
		r.ID = strings.Repeat("x", len(s.Rules)+1)
		s.Rules = append(s.Rules, r)
	}
	for _, r := range s.Rules[:35] {
		s.Function.Rules = append(s.Function.Rules, r.ID)
	}
	if n := len(newTemplate(t, s).section("Resources")); n > 500 {
		t.Errorf("the template has %d resources, CloudFormation takes 500", n)
	}
	deep := pattern.MustCompile(strings.Repeat(`{"a":`, 600) + `["x"]` + strings.Repeat("}", 600))
	for i := range s.Rules {
		s.Rules[i].Pattern = deep
	}
	for _, f := range []deploy.Format{deploy.YAML, deploy.JSON} {
		if _, err := s.CloudFormation(f); err == nil || !strings.HasSuffix(err.Error(), " bytes; CloudFormation allows 1000000") {
			t.Errorf("error %v", err)
		}
	}
	if _, err := s.Terraform(); err != nil {
		t.Error(err)
	}
}

func TestDeterministic(t *testing.T) {
	for name, s := range stacks(t) {
		for _, f := range []deploy.Format{deploy.YAML, deploy.JSON} {
			if !bytes.Equal(cloudFormation(t, s, f), cloudFormation(t, s, f)) {
				t.Errorf("%s: two templates of one stack differ", name)
			}
		}
	}
}

// Rules arrive as they were: pattern, state, Regions, what they say.
func TestTemplateRules(t *testing.T) {
	for name, s := range stacks(t) {
		t.Run(name, func(t *testing.T) {
			template := newTemplate(t, s)
			deployed := make(map[string]object)
			for id, r := range template.ofType("AWS::Events::Rule") {
				if id != "Heartbeat" {
					deployed[id] = r
				}
			}
			if len(deployed) != len(s.Rules) {
				t.Errorf("%d rules are deployed, want %d", len(deployed), len(s.Rules))
			}
			for _, r := range s.Rules {
				id := template.ruleOf(t, r)
				p := properties(deployed[id])
				want := r.State
				if want == "" {
					want = rule.Enabled
				}
				if p["State"] != string(want) {
					t.Errorf("rule %q has the state %v, want %s", r.ID, p["State"], want)
				}
				text, ok := p["EventPattern"].(string)
				if !ok {
					data, err := json.Marshal(p["EventPattern"])
					if err != nil {
						t.Fatal(err)
					}
					text = string(data)
				}
				samePattern(t, r, text)
				if got := template.regionsOf(t, deployed[id]); !slices.Equal(got, r.Regions) {
					t.Errorf("rule %q is deployed in the Regions %v, want %v", r.ID, got, r.Regions)
				}
			}
		})
	}
}

// samePattern checks that the JSON text means what the pattern of r does.
func samePattern(t *testing.T, r rule.Rule, text string) {
	t.Helper()
	if _, err := pattern.Compile(text); err != nil {
		t.Errorf("rule %q: the pattern does not compile any more: %v", r.ID, err)
	}
	if diff := cmp.Diff(tokens(t, r.Pattern.String()), tokens(t, text)); diff != "" {
		t.Errorf("rule %q: pattern (-rule +deployed):\n%s", r.ID, diff)
	}
}

// Fn::Or takes at most ten conditions.
func TestManyRegions(t *testing.T) {
	s := plain()
	for n := 1; n <= 35; n++ {
		s.Rules[0].Regions = append(s.Rules[0].Regions, fmt.Sprintf("eu-west-%d", n))
		tp := newTemplate(t, s)
		got := tp.regionsOf(t, tp.section("Resources")["RuleX"].(object))
		if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(s.Rules[0].Regions))) {
			t.Errorf("the condition has the Regions %v, want %v", got, s.Rules[0].Regions)
		}
	}
}

// References lead somewhere, parameters and outputs are described, and CloudFormation is given
// nothing to resolve or to refuse.
func TestTemplateIsWhole(t *testing.T) {
	for name, s := range stacks(t) {
		t.Run(name, func(t *testing.T) {
			tp := newTemplate(t, s)
			known := map[string]bool{"AWS::Region": true, "AWS::AccountId": true, "AWS::Partition": true, "AWS::NoValue": true}
			for _, section := range []string{"Resources", "Parameters"} {
				for id := range tp.section(section) {
					known[id] = true
					if !regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`).MatchString(id) {
						t.Errorf("%s cannot be a logical id", id)
					}
				}
			}
			for id := range references(tp.object) {
				if !known[id] {
					t.Errorf("there is nothing that %q refers to", id)
				}
			}
			for _, section := range []string{"Parameters", "Outputs"} {
				for id, p := range tp.section(section) {
					if d, _ := p.(object)["Description"].(string); d == "" || len(d) > 1024 || strings.Contains(d, "\n") {
						t.Errorf("%s %s is described as %q", section, id, d)
					}
				}
			}
			if strings.Contains(tp.data, "{{") {
				t.Error("CloudFormation would resolve a dynamic reference")
			}
			if !strings.Contains(tp.data, "<call> of <service>") {
				t.Error("characters are escaped that need not be")
			}
			if strings.Contains(tp.data, "!insert") || strings.Contains(tp.data, "null,") {
				t.Error("something is missing")
			}
		})
	}
}
