package rule_test

import (
	"slices"
	"testing"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

func TestForm(t *testing.T) {
	p := func(s string) *pattern.Pattern { return pattern.MustCompile(`{"a": ["` + s + `"]}`) }
	full := rule.Entry{
		Rule:     rule.Rule{ID: "r", Regions: []string{"us-east-1"}, Pattern: p("own")},
		Filters:  []rule.Filter{{Text: "f", Literal: p("literal"), Regions: []string{"x"}}, {Text: "g", Literal: p("second")}},
		Extended: p("extended"),
	}
	bare := rule.Entry{Rule: full.Rule, Filters: []rule.Filter{{Text: "f"}}}
	tests := []struct {
		entry   rule.Entry
		form    rule.Form
		pattern string // empty if there is no such form
		region  string
		reason  string
	}{
		{full, rule.Recommended, `{"a": ["own"]}`, "us-east-1", "the rule itself"},
		{full, "", `{"a": ["own"]}`, "us-east-1", "which is the default"},
		{full, rule.Literal, `{"a": ["literal"]}`, "x", "a literal form has its own Regions"},
		{full, rule.Extended, `{"a": ["extended"]}`, "us-east-1", "an extended form has those of the rule"},
		{full, "wide", ``, "", "no such form"},
		{bare, rule.Literal, ``, "", "a filter without a pattern"},
		{bare, rule.Extended, ``, "", "no extended pattern"},
		{rule.Entry{}, rule.Literal, ``, "", "no filter"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			r, ok := tt.entry.Form(tt.form)
			if ok != (tt.pattern != "") || r.Pattern.String() != tt.pattern {
				t.Fatalf("%t, pattern %s, want %s", ok, r.Pattern, tt.pattern)
			}
			if ok && (r.ID != "r" || !slices.Equal(r.Regions, []string{tt.region})) {
				t.Errorf("rule %q in %v", r.ID, r.Regions)
			}
		})
	}
	r, _ := full.Form(rule.Literal)
	r.Regions[0] = "changed"
	if full.Filters[0].Regions[0] != "x" {
		t.Error("a change to a rule reached its entry")
	}
}

func TestEntryAt(t *testing.T) {
	e := rule.Entry{
		Filters:    []rule.Filter{{Text: "1", Versions: []string{"v1"}}, {Text: "2", Versions: []string{"v2", "v3"}}, {Text: "all"}},
		Errata:     []rule.Erratum{{Text: "1", Versions: []string{"v1"}}, {Text: "all"}},
		Departures: []rule.Departure{{Change: "2", Versions: []string{"v2"}}, {Change: "all"}},
	}
	tests := []struct {
		version                 string
		filters, errata, depart int
		reason                  string
	}{
		{"v1", 2, 2, 1, "what names the version, and what names none"},
		{"v2", 2, 1, 2, "one of several"},
		{"v9", 1, 1, 1, "a version that nothing names"},
	}
	for _, tt := range tests {
		at := e.At(tt.version)
		if len(at.Filters) != tt.filters || len(at.Errata) != tt.errata || len(at.Departures) != tt.depart {
			t.Errorf("%s: %s: %+v", tt.version, tt.reason, at)
		}
	}
	if len(e.Filters) != 3 || e.Filters[0].Text != "1" {
		t.Errorf("the entry has changed: %+v", e.Filters)
	}
}

func TestMapped(t *testing.T) {
	e := rule.Entry{Mappings: []rule.Mapping{
		{Framework: "A", Version: "1", IDs: []string{"x", "y"}},
		{Framework: "B", IDs: []string{"z"}},
		{Framework: "A", Version: "2", IDs: []string{"x2", "y"}},
	}}
	if got := e.Mapped("A"); !slices.Equal(got, []string{"x", "y", "x2"}) {
		t.Errorf("Mapped(A) = %v", got)
	}
	if got := e.Mapped("C"); got != nil {
		t.Errorf("Mapped(C) = %v", got)
	}
}

func TestSeverityOf(t *testing.T) {
	r := &rule.Rule{Severity: rule.High, Severities: map[string]rule.Severity{"CreateTrail": rule.Info}}
	tests := []struct {
		record *event.Record
		want   rule.Severity
		reason string
	}{
		{&event.Record{EventName: "CreateTrail"}, rule.Info, "the call has its own"},
		{&event.Record{EventName: "StopLogging"}, rule.High, "the call has none"},
		{nil, rule.High, "no call"},
	}
	for _, tt := range tests {
		if got := r.SeverityOf(tt.record); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.reason, got, tt.want)
		}
		if got := (rule.Finding{Rule: r, Record: tt.record}).Severity(); got != tt.want {
			t.Errorf("%s: finding %s, want %s", tt.reason, got, tt.want)
		}
	}
}
