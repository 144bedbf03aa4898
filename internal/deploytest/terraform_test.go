package deploytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/rule"
)

// TestTerraform holds that OpenTofu finds every module formatted, and valid by the published schemas
// of the oldest AWS provider that it may be used with and of a new one, and that it plans the rules
// that belong in a Region, with the state and the pattern that they have.
func TestTerraform(t *testing.T) {
	oldest, newest := newMirror(t, oldestSchema), newMirror(t, newestSchema)
	for name, stack := range stacks(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			module, err := stack.Terraform()
			if err != nil {
				t.Fatal(err)
			}
			files := make(map[string]string)
			for _, f := range module {
				files[f.Name] = string(f.Data)
			}
			checkModule(t, oldest, newest, stack, files)
		})
	}
}

// TestExampleModule holds the same of the module that is checked in.
func TestExampleModule(t *testing.T) {
	files := make(map[string]string)
	names, err := filepath.Glob(filepath.Join("..", "..", "examples", "deploy", "terraform", "*.tf"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no module: %v", err)
	}
	for _, name := range names {
		files[filepath.Base(name)] = example(t, "terraform/"+filepath.Base(name))
	}
	s := &deploy.Stack{Rules: controls(t).Rules(), Function: function("4.5"), Trail: true}
	checkModule(t, newMirror(t, oldestSchema), newMirror(t, newestSchema), s, files)
}

// checkModule checks the module of a stack, of which it gets the files by name.
func checkModule(t *testing.T, oldest, newest *mirror, s *deploy.Stack, files map[string]string) {
	t.Helper()
	files = caller(s, files)
	w := newest.workspace(t, files)
	if out, err := w.run("fmt", "-check", "-diff", "module"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, d := range w.validate(t) {
		t.Errorf("AWS provider %s: %v", newest.version, d)
	}
	for _, d := range oldest.workspace(t, files).validate(t) {
		t.Errorf("AWS provider %s: %v", oldest.version, d)
	}
	for _, region := range []string{"us-east-1", "eu-west-1"} {
		checkPlan(t, s, region, w.plan(t, region))
	}
}

// caller returns a configuration that calls a module as its users would.
func caller(s *deploy.Stack, module map[string]string) map[string]string {
	files := make(map[string]string)
	for name, text := range module {
		files["module/"+name] = text
	}
	arguments := []string{
		`source = "./module"`,
		`region = var.region`,
		`subscriptions = { security = { protocol = "email", endpoint = "security@example.com" } }`,
	}
	if s.Function != nil {
		arguments = append(arguments, `function_package = "package.zip"`, `mode = "enforce"`)
		files["package.zip"] = "zip"
	}
	if s.Trail {
		arguments = append(arguments, `trail_region = "us-east-1"`)
	}
	files["main.tf"] = fmt.Sprintf(callerText, strings.Join(arguments, "\n  "))
	return files
}

const callerText = `
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "region" {
  type = string
}

provider "aws" {
  region = "eu-central-1"
}

module "countertrail" {
  %s
}
`

// A planned is a resource that OpenTofu would create.
type planned struct {
	Type, Name string
	Index      any
	Values     struct {
		Region string

		// Of a rule.
		EventPattern string `json:"event_pattern"`
		State        string

		// Of an alarm.
		Namespace, Statistic string
		MetricName           string `json:"metric_name"`
		Comparison           string `json:"comparison_operator"`
		Missing              string `json:"treat_missing_data"`
		Period, Threshold    float64
	}
}

// plan returns what OpenTofu would create in a Region.
func (w *workspace) plan(t *testing.T, region string) []planned {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plan")
	must(w.run("plan", "-input=false", "-no-color", "-out="+file, "-var=region="+region))(t)
	out := must(w.run("show", "-json", file))(t)
	plan := decode[struct {
		PlannedValues struct {
			RootModule struct {
				ChildModules []struct{ Resources []planned } `json:"child_modules"`
			} `json:"root_module"`
		} `json:"planned_values"`
	}](t, []byte(out))
	return plan.PlannedValues.RootModule.ChildModules[0].Resources
}

// checkPlan compares the planned rules with those of the stack.
func checkPlan(t *testing.T, s *deploy.Stack, region string, resources []planned) {
	t.Helper()
	want := make(map[string]rule.Rule)
	for _, r := range s.Rules {
		if len(r.Regions) == 0 || slices.Contains(r.Regions, region) {
			want[r.ID] = r
		}
	}
	trails := 0
	for _, p := range resources {
		if p.Type == "aws_cloudtrail" {
			trails++
		}
		if !strings.HasPrefix(p.Type, "aws_iam_") && p.Values.Region != region {
			t.Errorf("%s: %s.%s[%v] is planned in Region %q", region, p.Type, p.Name, p.Index, p.Values.Region)
		}
		if p.Type != "aws_cloudwatch_event_rule" || p.Name != "rule" {
			continue
		}
		id := fmt.Sprint(p.Index)
		r, ok := want[id]
		if !ok {
			t.Errorf("%s: rule %s is planned, and is not of this Region or planned already", region, id)
			continue
		}
		delete(want, id)
		if state := stateOf(r); p.Values.State != state {
			t.Errorf("%s: rule %s has state %s; want %s", region, id, p.Values.State, state)
		}
		if !sameJSON(t, p.Values.EventPattern, r.Pattern.String()) {
			t.Errorf("%s: rule %s has the pattern %s; want %s", region, id, p.Values.EventPattern, r.Pattern)
		}
	}
	if len(want) > 0 {
		t.Errorf("%s: rules %v are not planned", region, slices.Sorted(maps.Keys(want)))
	}
	if inRegion := s.Trail && region == "us-east-1"; (trails == 1) != inRegion || trails > 1 {
		t.Errorf("%s: %d trails are planned", region, trails)
	}
}

// stateOf returns the state that a rule is deployed with.
func stateOf(r rule.Rule) string {
	if r.State == "" {
		return string(rule.Enabled)
	}
	return string(r.State)
}

// sameJSON reports whether two texts are the same JSON, numbers digit for digit.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var values [2]any
	for i, text := range []string{a, b} {
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&values[i]); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}
