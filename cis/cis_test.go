package cis_test

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// controls returns every control once, under its key.
func controls(t *testing.T) map[string]cis.Control {
	t.Helper()
	all := make(map[string]cis.Control)
	for _, version := range cis.Versions() {
		for c := range benchmark(t, version).Controls() {
			all[c.Key] = c
		}
	}
	return all
}

func benchmark(t testing.TB, version string) *cis.Benchmark {
	t.Helper()
	b, err := cis.Version(version)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every version is read here, with all examples, so that reading one in a program cannot fail.
func TestVersions(t *testing.T) {
	tests := []struct {
		version string
		section string
		last    int // number of the last control
		reason  string
	}{
		{"v1.2.0", "3", 14, "AWS Organizations came with v1.3.0"},
		{"v1.3.0", "4", 15, "a section on storage was put in before"},
		{"v1.4.0", "4", 15, "as before"},
		{"v1.5.0", "4", 15, "4.16 is no control on events"},
		{"v2.0.0", "4", 15, "as before"},
		{"v3.0.0", "4", 15, "as before"},
		{"v4.0.0", "4", 15, "as before"},
		{"v4.0.1", "4", 15, "as before"},
		{"v5.0.0", "4", 15, "as before"},
		{"v6.0.0", "5", 15, "another section was put in before"},
		{"v7.0.0", "5", 15, "as before"},
	}
	var versions []string
	for _, tt := range tests {
		versions = append(versions, tt.version)
		t.Run(tt.version, func(t *testing.T) {
			b := benchmark(t, tt.version)
			if b.Version() != tt.version {
				t.Errorf("Version is %s", b.Version())
			}
			var want, got, rules []string
			for n := 1; n <= tt.last; n++ {
				want = append(want, fmt.Sprintf("%s.%d", tt.section, n))
			}
			for c := range b.Controls() {
				got = append(got, c.ID)
				if c.Entry.ID != c.ID || c.Rule.ID != c.ID || c.Version != tt.version {
					t.Errorf("control %s of %s is entry %s of %s", c.ID, tt.version, c.Entry.ID, c.Version)
				}
				if key := fmt.Sprintf("4.%s", strings.TrimPrefix(c.ID, tt.section+".")); c.Key != key {
					t.Errorf("control %s has the key %s, want %s", c.ID, c.Key, key)
				}
			}
			for _, r := range b.Rules() {
				rules = append(rules, r.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("controls; %s (-want +got):\n%s", tt.reason, diff)
			}
			if diff := cmp.Diff(want, rules); diff != "" {
				t.Errorf("rules; %s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
	if diff := cmp.Diff(versions, cis.Versions()); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}

func TestVersionUnknown(t *testing.T) {
	_, err := cis.Version("1.3")
	want := `cis: no version "1.3"; want one of v1.2.0, v1.3.0, v1.4.0, v1.5.0, v2.0.0, v3.0.0, v4.0.0, v4.0.1, v5.0.0, v6.0.0, v7.0.0`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// What is numbered and what is not about events.
func TestItems(t *testing.T) {
	for _, version := range cis.Versions() {
		b := benchmark(t, version)
		controls := slices.Collect(b.Controls())
		for i, item := range b.Items() {
			switch {
			case i < len(controls):
				if item != controls[i].Item || item.Subject != cis.Events {
					t.Errorf("%s: item %+v, control %+v", version, item, controls[i].Item)
				}
			case item.Key != "4.16" || item.Subject != cis.State:
				t.Errorf("%s: %+v is no control", version, item)
			}
			if item.Level != 1 && item.Level != 2 {
				t.Errorf("%s: %s is of level %d", version, item.ID, item.Level)
			}
			if (item.Assessment == cis.Scored) != (version == "v1.2.0") ||
				!slices.Contains([]cis.Assessment{cis.Scored, cis.Automated, cis.Manual}, item.Assessment) {
				t.Errorf("%s: %s is %q", version, item.ID, item.Assessment)
			}
		}
	}
}

// A file that is not read would be edited in vain.
func TestFiles(t *testing.T) {
	want := []string{"README.md", "versions.txt"}
	for key := range controls(t) {
		for _, part := range []string{"", ".facts", ".examples"} {
			want = append(want, "controls/"+key+part+".json")
		}
	}
	var got []string
	err := fs.WalkDir(os.DirFS("data"), ".", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			got = append(got, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files in data (-want +got):\n%s", diff)
	}
}

func TestControl(t *testing.T) {
	for version, id := range map[string]string{"v1.2.0": "3.5", "v1.3.0": "4.5", "v7.0.0": "5.5"} {
		c, ok := benchmark(t, version).Control(id)
		if !ok || c.ID != id || c.Title != "CloudTrail configuration changed" {
			t.Errorf("Control(%s) of %s = %q %q, %t", id, version, c.ID, c.Title, ok)
		}
	}
	if c, ok := benchmark(t, "v1.5.0").Control("4.16"); ok || c.ID != "" {
		t.Errorf("Control(4.16) = %q, %t", c.ID, ok)
	}
}

// The rules are the caller's to change.
func TestRulesAreCopies(t *testing.T) {
	b := benchmark(t, "v1.3.0")
	rules := b.Rules()
	rules[0].Severity = rule.Critical
	rules[0].References[0] = "https://wiki.example.com/"
	rules[4].Severities["CreateTrail"] = rule.Critical
	rules = slices.DeleteFunc(rules, func(r rule.Rule) bool { return r.ID != "4.5" })
	if len(rules) != 1 {
		t.Fatalf("%d rules 4.5", len(rules))
	}
	again := b.Rules()
	if len(again) != 15 || again[0].ID != "4.1" || again[0].Severity != rule.Low || strings.Contains(again[0].References[0], "wiki") ||
		again[4].Severities["CreateTrail"] != rule.Info {
		t.Errorf("a caller's changes show in %d rules, first %+v", len(again), again[0])
	}
}

// The rules that programs run are those that the entries prove.
func TestRulesAreThoseOfControls(t *testing.T) {
	b := benchmark(t, "v1.3.0")
	controls := slices.Collect(b.Controls())
	for i, r := range b.Rules() {
		if diff := cmp.Diff(controls[i].Rule, r, cmp.Comparer(func(a, b *pattern.Pattern) bool { return a.String() == b.String() })); diff != "" {
			t.Errorf("rule %s (-control +rule):\n%s", r.ID, diff)
		}
	}
}

// What this package promises of its entries beyond what every entry needs.
func TestEntries(t *testing.T) {
	for name, c := range controls(t) {
		t.Run(name, func(t *testing.T) {
			if c.Description == "" || len(c.Filters) == 0 || len(c.References) == 0 || len(c.Departures) == 0 {
				t.Error("no description, filter, references or departures")
			}
			count := make(map[bool]int)
			for _, x := range c.Examples {
				count[x.Match]++
			}
			if count[true] < 3 || count[false] < 4 {
				t.Errorf("%d examples match and %d do not; want at least 3 and 4", count[true], count[false])
			}
			if c.Delivery.Accounts == "" || len(c.Delivery.SilencedBy) == 0 {
				t.Error("nothing on delivery")
			}
			for _, framework := range []string{"NIST SP 800-53", "MITRE ATT&CK", "Prowler"} {
				if len(c.Mapped(framework)) == 0 {
					t.Errorf("no ids of %s", framework)
				}
			}
			if hub := c.Mapped("AWS Security Hub"); len(hub) != 1 && c.Key != "4.15" {
				t.Errorf("ids %v of Security Hub", hub)
			}
			for _, f := range []rule.Form{rule.Recommended, rule.Literal, rule.Extended} {
				if _, ok := c.Form(f); !ok {
					t.Errorf("no %s form", f)
				}
			}
		})
	}
}

// No event belongs to two controls, but for denied calls, which are in 4.1 as well, and those of
// root, in 4.3: the two are left out.
func TestControlsAreDisjoint(t *testing.T) {
	b := benchmark(t, "v1.3.0") // the patterns are the same in all versions
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
				t.Errorf("%s: examples[%d] is one of %v", c.ID, i, ids)
			}
		}
	}
}
