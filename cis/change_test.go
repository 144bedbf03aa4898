package cis_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/cis"
)

func TestChanges(t *testing.T) {
	tests := []struct {
		from, to string
		want     []string // filters are cut
		reason   string
	}{
		{"v1.3.0", "v1.4.0", []string{"4.2 filter added"}, "one public copy has the second filter from here on"},
		{"v1.4.0", "v1.5.0", []string{"4.16 added: 4.16"}, "what is no control is told too"},
		{"v1.5.0", "v1.4.0", []string{"4.16 removed: 4.16"}, "backwards"},
		{"v1.5.0", "v2.0.0", []string{
			"4.1 level changed: 1 to 2",
			"4.1 assessment changed: automated to manual",
			"4.1 filter removed", "4.1 filter removed", "4.1 filter added",
			"4.2 assessment changed: automated to manual",
			"4.3 assessment changed: automated to manual",
			"4.4 assessment changed: automated to manual",
			"4.5 assessment changed: automated to manual",
			"4.6 assessment changed: automated to manual",
			"4.7 assessment changed: automated to manual",
			"4.8 assessment changed: automated to manual",
			"4.9 assessment changed: automated to manual",
			"4.10 assessment changed: automated to manual",
			"4.11 assessment changed: automated to manual",
			"4.12 assessment changed: automated to manual",
			"4.13 assessment changed: automated to manual",
			"4.14 assessment changed: automated to manual",
			"4.15 assessment changed: automated to manual",
		}, "the rewritten filter of 4.1"},
		{"v4.0.1", "v5.0.0", []string{
			"4.1 assessment changed: automated to manual", "4.10 filter removed", "4.10 filter added",
		}, "ModifySecurityGroupRules"},
		{"v6.0.0", "v7.0.0", nil, "nothing in this section"},
		{"v2.0.0", "v3.0.0", nil, "nothing in this section"},
		{"v4.0.0", "v4.0.1", nil, "nothing in this section"},
		{"v5.0.0", "v5.0.0", nil, "a version and itself"},
	}
	for _, tt := range tests {
		t.Run(tt.from+" to "+tt.to, func(t *testing.T) {
			changes, err := cis.Changes(tt.from, tt.to)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range changes {
				line, _, _ := strings.Cut(c.String(), ": {")
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}

// The white space of 4.1's filter differs between v1.2.0 and the console steps of v1.3.0, and is no
// change; a new section is.
func TestChangesRenumbered(t *testing.T) {
	changes, err := cis.Changes("v1.2.0", "v1.3.0")
	if err != nil {
		t.Fatal(err)
	}
	count := make(map[cis.ChangeKind]int)
	for _, c := range changes {
		count[c.Kind]++
	}
	want := map[cis.ChangeKind]int{cis.Renumbered: 14, cis.AssessmentChanged: 14, cis.Added: 1, cis.FilterAdded: 1}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("changes (-want +got):\n%s\n%v", diff, changes)
	}
}

func TestChangesUnknown(t *testing.T) {
	for _, versions := range [][2]string{{"v1", "v1.3.0"}, {"v1.3.0", "v1"}} {
		if _, err := cis.Changes(versions[0], versions[1]); err == nil || !strings.HasPrefix(err.Error(), `cis: no version "v1"; want one of `) {
			t.Errorf("%v: error %v", versions, err)
		}
	}
}
