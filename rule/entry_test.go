package rule_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// An entry that was written in Go is checked as one from a file is.
func TestEntryCheck(t *testing.T) {
	e := rule.Entry{
		Rule: rule.Rule{
			ID:       "no-more-trail",
			Title:    "Trail stopped",
			Severity: rule.High,
			State:    rule.Enabled,
			Pattern:  pattern.MustCompile(`{"detail": {"eventName": ["StopLogging"]}}`),
		},
		Examples: []rule.Example{
			{Match: true, Reason: "stopped", Event: []byte(`{"detail": {"eventName": "StopLogging"}}`)},
			{Match: false, Reason: "started", Event: []byte(`{"detail": {"eventName": "StartLogging"}}`)},
		},
	}
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}

	copied := e
	copied.Pattern = pattern.MustCompile(`{"detail": {"eventName": ["StopLogging"], "errorCode": [{"exists": true}]}}`)
	want := `rule: entry "no-more-trail": examples[0]: the pattern does not match and must: "stopped"`
	if err := copied.Check(); err == nil || err.Error() != want {
		t.Errorf("a narrower pattern: %v, want %s", err, want)
	}

	var zero rule.Entry
	want = `rule: entry "": id: must be a name without spaces
rule: entry "": title: must be one line of text
rule: entry "": state: no state ""; want one of ENABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, DISABLED
rule: entry "": pattern: missing
rule: entry "": examples: none that must match
rule: entry "": examples: none that must not match`
	if diff := cmp.Diff(want, zero.Check().Error()); diff != "" {
		t.Errorf("the zero entry (-want +got):\n%s", diff)
	}

	e.Severity = 7
	e.References = []string{"https:///no-host", "//docs.aws.amazon.com/", "http://wiki.example.com/runbook"}
	e.Examples = append(e.Examples[:2:2], rule.Example{Match: false, Reason: "cut off", Event: []byte(`{"detail":`)})
	err := e.Check()
	want = `rule: entry "no-more-trail": severity: no severity 7
rule: entry "no-more-trail": references[0]: must be an http or https URL, not "https:///no-host"
rule: entry "no-more-trail": references[1]: must be an http or https URL, not "//docs.aws.amazon.com/"
rule: entry "no-more-trail": examples[2]: event is not a JSON object: offset 10: unexpected end, want a value`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("what only Go code can get wrong (-want +got):\n%s", diff)
	}
}

// Rules gives what New of the root package takes, and shares nothing that a caller may change.
func TestRules(t *testing.T) {
	entries := []rule.Entry{
		{Rule: rule.Rule{ID: "b", References: []string{"https://example.com/b"}}},
		{Rule: rule.Rule{ID: "a"}},
	}
	rules := rule.Rules(entries)
	if len(rules) != 2 || rules[0].ID != "b" || rules[1].ID != "a" {
		t.Fatalf("rules %+v, want those of the entries in their order", rules)
	}
	rules[0].ID, rules[0].References[0] = "c", "https://example.com/c"
	if entries[0].ID != "b" || entries[0].References[0] != "https://example.com/b" {
		t.Errorf("a change to a rule reached its entry: %+v", entries[0])
	}
}
