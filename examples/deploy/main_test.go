package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/remediate"
)

// What is checked in is what the program writes.
func TestCheckedIn(t *testing.T) {
	rules, err := readRules(settings{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := newStack(rules)
	if err != nil {
		t.Fatal(err)
	}
	files, err := render(s, "all")
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	for _, f := range files {
		want[f.Name] = string(f.Data)
	}
	got := make(map[string]string)
	for _, dir := range []string{"cloudformation", "terraform"} {
		err := fs.WalkDir(os.DirFS("."), dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(filepath.FromSlash(name))
			got[name] = string(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run go generate ./examples/deploy and look at what changed (-written +checked in):\n%s", diff)
	}
}

func TestRun(t *testing.T) {
	tests := []struct {
		reason string
		args   []string
		want   []string // what lies in the directory then
		err    string
	}{
		{"all", nil, []string{"cloudformation", "terraform"}, ""},
		{"one format", []string{"-format", "terraform"}, []string{"terraform"}, ""},
		{"the other", []string{"-format", "cloudformation"}, []string{"cloudformation"}, ""},
		{"everything that people add", []string{"-form", "extended"}, []string{"cloudformation", "terraform"}, ""},
		{"rules of one's own, none of which the function answers", []string{"-rules", "../offlinetest/rules", "-format", "terraform"}, []string{"terraform"}, ""},
		{"no such form", []string{"-form", "short"}, nil, `the controls have no form "short"; want recommended, extended or literal`},
		{"no such catalog", []string{"-rules", "testdata/none"}, nil, "rule: stat .: no such file or directory"},
		{"no such format", []string{"-format", "pulumi"}, nil, `no format "pulumi"; want cloudformation, terraform or all`},
		{"no such argument", []string{"eu-west-1"}, nil, `what is "eu-west-1"?`},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			dir := t.TempDir()
			err := run(append([]string{"-out", dir}, tt.args...))
			if tt.err != "" && (err == nil || err.Error() != tt.err) || tt.err == "" && err != nil {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range entries {
				got = append(got, e.Name())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
		})
	}
}

// The function gets the events that its remediator answers, and no others.
func TestAnsweredBy(t *testing.T) {
	b, err := cis.Version("v1.3.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		handles []string
		want    []string
		err     string
	}{
		{[]string{"cloudtrail:StopLogging"}, []string{"4.5"}, ""},
		{[]string{"cloudtrail:StopLogging", "ec2:AuthorizeSecurityGroupIngress", "cloudtrail:DeleteTrail"}, []string{"4.5", "4.10"}, ""},
		{[]string{"cloudtrail:DescribeTrails"}, nil, ""},
		{[]string{"StopLogging"}, nil, `"StopLogging" is not a call`},
	} {
		got, err := answeredBy(remediate.Spec{Name: "fix", Handles: tt.handles}, b.Rules())
		if !slices.Equal(got, tt.want) || fmt.Sprint(err) != tt.err && (err != nil || tt.err != "") {
			t.Errorf("answeredBy(%v) = %v, %v; want %v, %s", tt.handles, got, err, tt.want, tt.err)
		}
	}
}

// The table of defects is complete, and every parameter in the README exists.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const defects = 40
	answers := regexp.MustCompile(`(?m)^\| (\d+) \|.*\| (yes|partly|no) \|`).FindAllStringSubmatch(string(readme), -1)
	for i, m := range answers {
		if m[1] != fmt.Sprint(i+1) {
			t.Errorf("the defect after %d is %s", i, m[1])
		}
	}
	if len(answers) != defects {
		t.Errorf("the table has %d defects, want %d", len(answers), defects)
	}
	template, err := os.ReadFile("cloudformation/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	variables, err := os.ReadFile("terraform/variables.tf")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?m)(?:ParameterKey=|^\\| `)([A-Z][A-Za-z]+)\\b").FindAllStringSubmatch(string(readme), -1) {
		if !strings.Contains(string(template), "\n  "+m[1]+":\n    Type: ") {
			t.Errorf("the template has no parameter %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^  ([A-Za-z]+):\n    Type: (?:String|Number)\n(?:(?:    .*\n)*)`).FindAllStringSubmatch(string(template), -1) {
		if !strings.Contains(m[0], "    Default:") && strings.Count(string(readme), m[1]+"=") == 0 {
			t.Errorf("the commands do not say %s, which must be said", m[1])
		}
	}
	for _, m := range regexp.MustCompile("(?m)^  ([a-z_]+) += ").FindAllStringSubmatch(string(readme), -1) {
		if m[1] != "source" && m[1] != "for_each" && !strings.Contains(string(variables), `variable "`+m[1]+`"`) {
			t.Errorf("the module has no variable %s", m[1])
		}
	}
}
