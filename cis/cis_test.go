package cis_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// controls yields every control of every version, under a name for a subtest.
func controls(t *testing.T) map[string]rule.Entry {
	t.Helper()
	all := make(map[string]rule.Entry)
	for _, version := range cis.Versions() {
		b := benchmark(t, version)
		for c := range b.Controls() {
			all[version+"/"+c.ID] = c
		}
	}
	return all
}

func benchmark(t *testing.T, version string) *cis.Benchmark {
	t.Helper()
	b, err := cis.Version(version)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every version is read here, with all its examples, so that reading one in a program cannot fail.
func TestVersions(t *testing.T) {
	want := map[string][]string{
		"v1.3.0": {"4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7", "4.8", "4.9", "4.10", "4.11", "4.12", "4.13", "4.14", "4.15"},
	}
	got := make(map[string][]string)
	for _, version := range cis.Versions() {
		b := benchmark(t, version)
		if b.Version() != version {
			t.Errorf("Version(%q) is %s", version, b.Version())
		}
		for c := range b.Controls() {
			got[version] = append(got[version], c.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("controls (-want +got):\n%s", diff)
	}
}

func TestVersionUnknown(t *testing.T) {
	_, err := cis.Version("1.3")
	if want := `cis: no version "1.3"; want one of v1.3.0`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// A file that no version embeds, or whose name is not its id, would be edited in vain.
func TestFiles(t *testing.T) {
	var got, want []string
	err := fs.WalkDir(os.DirFS("data"), ".", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() && name != "README.md" {
			got = append(got, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range controls(t) {
		want = append(want, name+".json")
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files in data (-want +got):\n%s", diff)
	}
}

func TestControl(t *testing.T) {
	b := benchmark(t, "v1.3.0")
	c, ok := b.Control("4.5")
	if !ok || c.ID != "4.5" {
		t.Errorf("Control(4.5) = %q, %t", c.ID, ok)
	}
	if c, ok := b.Control("4.16"); ok || c.ID != "" {
		t.Errorf("Control(4.16) = %q, %t", c.ID, ok)
	}
}

// The rules are the caller's to change.
func TestRulesAreCopies(t *testing.T) {
	b := benchmark(t, "v1.3.0")
	rules := b.Rules()
	rules[0].Severity = rule.Critical
	rules[0].References[0] = "https://wiki.example.com/"
	rules = slices.DeleteFunc(rules, func(r rule.Rule) bool { return r.ID != "4.5" })
	if len(rules) != 1 {
		t.Fatalf("%d rules 4.5", len(rules))
	}
	again := b.Rules()
	if len(again) != 15 || again[0].ID != "4.1" || again[0].Severity != rule.Low || strings.Contains(again[0].References[0], "wiki") {
		t.Errorf("a caller's changes show in %d rules, first %+v", len(again), again[0])
	}
}

// What this package promises of its entries beyond what every entry needs.
func TestEntries(t *testing.T) {
	for name, c := range controls(t) {
		t.Run(name, func(t *testing.T) {
			if c.Description == "" || c.Filter == "" || len(c.References) == 0 {
				t.Error("no description, filter or references")
			}
			count := make(map[bool]int)
			for _, x := range c.Examples {
				count[x.Match]++
			}
			if count[true] < 3 || count[false] < 4 {
				t.Errorf("%d examples match and %d do not; want at least 3 and 4", count[true], count[false])
			}
			// The limit is that of EventBridge, on the text as it is sent.
			if n := len(c.Pattern.String()); n > 2048 {
				t.Errorf("the pattern has %d characters", n)
			}
		})
	}
}

// Every call that the filter names is in the pattern and every call in the pattern is in the
// filter, except where a departure names it.
func TestNamesOfCalls(t *testing.T) {
	for id, c := range controls(t) {
		t.Run(id, func(t *testing.T) {
			var changes strings.Builder
			for _, d := range c.Departures {
				changes.WriteString(d.Change + "\n")
			}
			filter, pattern := filterNames(c.Filter), patternNames(t, c.Pattern)
			for _, name := range slices.Concat(filter, pattern) {
				f, p := slices.Contains(filter, name), slices.Contains(pattern, name)
				if f != p && !strings.Contains(changes.String(), name) {
					t.Errorf("%s is in the filter: %t, in the pattern: %t, and no departure names it", name, f, p)
				}
			}
			if path.Base(id) != "4.3" && len(pattern) == 0 { // 4.3 is about who, not what
				t.Error("no names in the pattern")
			}
		})
	}
}

var eventName = regexp.MustCompile(`\$\.eventName *!?= *"?(\w+)"?`)

func filterNames(filter string) []string {
	var names []string
	for _, m := range eventName.FindAllStringSubmatch(filter, -1) {
		names = append(names, m[1])
	}
	return names
}

// patternNames returns the values of detail.eventName, those of anything-but as well.
func patternNames(t *testing.T, p *pattern.Pattern) []string {
	t.Helper()
	var doc struct{ Detail struct{ EventName []any } }
	if err := json.Unmarshal([]byte(p.String()), &doc); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range doc.Detail.EventName {
		switch v := v.(type) {
		case string:
			names = append(names, v)
		case map[string]any:
			names = append(names, v["anything-but"].(string))
		}
	}
	return names
}

// No event belongs to two controls, but for denied calls, which are in 4.1 as well, and those of
// root, in 4.3: the two are left out.
func TestControlsAreDisjoint(t *testing.T) {
	for _, version := range cis.Versions() {
		b := benchmark(t, version)
		set := pattern.NewSet(func(yield func(string, *pattern.Pattern) bool) {
			for _, r := range b.Rules() {
				if r.ID != "4.1" && r.ID != "4.3" && !yield(r.ID, r.Pattern) {
					return
				}
			}
		})
		for c := range b.Controls() {
			for i, x := range c.Examples {
				ids, err := set.Match(x.Event)
				if err != nil {
					t.Fatal(err)
				}
				if len(ids) > 1 {
					t.Errorf("%s/%s: examples[%d] is one of %v", version, c.ID, i, ids)
				}
			}
		}
	}
}
