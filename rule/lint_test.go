package rule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// sound is an entry of which there is nothing to say.
const sound = `{
  "id": "trail",
  "title": "Trail stopped",
  "description": "Nothing is recorded now.",
  "severity": "high",
  "severities": {"StartLogging": "info"},
  "state": "ENABLED",
  "pattern": {
    "source": ["aws.cloudtrail"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventSource": ["cloudtrail.amazonaws.com"], "eventName": ["StopLogging", "StartLogging"]}
  },
  "references": ["https://docs.aws.amazon.com/"],
  "filters": [{
    "text": "{ $.eventName = StopLogging }",
    "literal": {"detail-type": [{"suffix": " via CloudTrail"}], "detail": {"eventName": ["StopLogging"]}}
  }],
  "departures": [{
    "change": "Starting counts.",
    "reason": "It ends a gap.",
    "where": {"detail": {"eventName": ["StartLogging"]}}
  }],
  "extended": {
    "source": ["aws.cloudtrail"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
      "eventSource": ["cloudtrail.amazonaws.com"],
      "$or": [{"eventName": ["StopLogging", "StartLogging"]}, {"eventName": ["DeleteTrail"], "errorCode": [{"exists": false}]}]
    }
  },
  "calls": [
    {"source": "cloudtrail.amazonaws.com", "name": "StopLogging", "mutating": true},
    {"source": "cloudtrail.amazonaws.com", "name": "StartLogging", "mutating": true},
    {"source": "cloudtrail.amazonaws.com", "name": "DeleteTrail", "mutating": true, "reason": "final"}
  ],
  "examples": [
    {"match": true, "reason": "stopped", "event": {
      "source": "aws.cloudtrail", "detail-type": "AWS API Call via CloudTrail",
      "detail": {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging"}}},
    {"match": false, "reason": "looked at", "event": {
      "source": "aws.cloudtrail", "detail-type": "AWS API Call via CloudTrail",
      "detail": {"eventSource": "cloudtrail.amazonaws.com", "eventName": "GetTrail"}}}
  ]
}`

func TestLint(t *testing.T) {
	tests := []struct {
		reason   string
		old, new string // a change in the sound entry
		want     []string
	}{
		{"nothing to say", "trail", "trail", nil},
		{"no description", `"Nothing is recorded now."`, `""`, []string{"trail: description: none; say why it matters and what to look at first [missing]"}},
		{"no references", `["https://docs.aws.amazon.com/"]`, `[]`, []string{"trail: references: none; where can a reader learn more? [missing]"}},
		{"a title as a benchmark has it", "Trail stopped", "Ensure trails are monitored",
			[]string{`trail: title: "Ensure" is how a benchmark demands; say in your own words what has happened [wording]`}},
		{"so in a reason", "It ends a gap.", "It is recommended.",
			[]string{`trail: departures[0].reason: "It is recommended" is how a benchmark demands; say in your own words what has happened [wording]`}},
		{"a call that is in no pattern", `"StartLogging", "mutating"`, `"StartLoggin", "mutating"`, []string{
			"trail: calls[1]: StartLoggin is in no pattern [calls]",
			"trail: calls: StartLogging is missing; a pattern asks for it [calls]",
			"trail: severities.StartLogging: it is not among the calls [severity]",
		}},
		{"a call of the extended form without a reason", `, "reason": "final"`, ``,
			[]string{"trail: calls[2]: DeleteTrail is in the extended form only, and has no reason [calls]"}},
		{"a call of the rule with one", `"StopLogging", "mutating": true`, `"StopLogging", "mutating": true, "reason": "x"`,
			[]string{"trail: calls[0]: StopLogging is in the rule's own pattern, so the reason is not for the extended form alone [calls]"}},
		{"a call that weighs more than its rule", `"info"`, `"critical"`,
			[]string{"trail: severities.StartLogging: critical, and the rule is only high: who goes by the rule overlooks it [severity]"}},
		{"a difference that nothing explains", `"where": {"detail": {"eventName": ["StartLogging"]}}`, `"where": {"detail": {"eventName": ["Start"]}}`,
			[]string{"trail: filters[0].literal: matches event 1 of the sample: false; the rule's own pattern: true; no departure explains it [difference]"}},
		{"a departure that says nothing of events", `,
    "where": {"detail": {"eventName": ["StartLogging"]}}`, ``,
			[]string{"trail: filters[0].literal: matches event 1 of the sample: false; the rule's own pattern: true; no departure explains it [difference]"}},
		{"a departure of another version", `"where"`, `"versions": ["v2"], "where"`,
			[]string{"trail: filters[0].literal: matches event 1 of the sample: false; the rule's own pattern: true; no departure explains it [difference]"}},
		{"an extended form that is narrower", `{"eventName": ["StopLogging", "StartLogging"]}`, `{"eventName": ["StopLogging"], "errorCode": [{"exists": true}]}`,
			[]string{"trail: extended: does not match examples[0], which the rule's own pattern matches [narrower]"}},
		{"a long literal form", `{"eventName": ["StopLogging"]}}
  }]`, `{"eventName": ["StopLogging", "` + strings.Repeat("x", 2048) + `"]}}
  }]`, []string{"trail: filters[0].literal: 2136 characters, of which 2048 are allowed [length]"}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			if !strings.Contains(sound, tt.old) {
				t.Fatalf("%q is not in the sound entry", tt.old)
			}
			entries := read(t, strings.Replace(sound, tt.old, tt.new, 1))
			var got []string
			for _, w := range rule.Lint(entries, &rule.LintOptions{Events: slices.Values(lintSample)}) {
				got = append(got, w.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// lintSample holds an event that matches in no form and one on which forms differ.
var lintSample = [][]byte{
	[]byte(`{"source": "aws.iam"}`),
	[]byte(`{"source": "aws.cloudtrail", "detail-type": "AWS API Call via CloudTrail",
		"detail": {"eventSource": "cloudtrail.amazonaws.com", "eventName": "StartLogging"}}`),
	[]byte(`not an event`),
}

func read(t *testing.T, texts ...string) []rule.Entry {
	t.Helper()
	files := make(fstest.MapFS)
	for i, text := range texts {
		files[fmt.Sprintf("%d.json", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	entries, err := rule.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// Warnings of a pattern's own lint are passed on, for a rule in its state and with names that are
// known to exist.
func TestLintPattern(t *testing.T) {
	e := rule.Entry{Rule: rule.Rule{
		ID: "r", Title: "t", Description: "d", State: rule.Enabled, References: []string{"https://example.com/"},
		Pattern: pattern.MustCompile(`{"source": ["aws.sts"], "detail-type": ["AWS API Call via CloudTrail"],
			"detail": {"eventSource": ["sts.amazonaws.com"], "eventName": ["AssumeRole", "NewName"]}}`),
	}}
	codes := func(opts *rule.LintOptions) (codes []string) {
		for _, w := range rule.Lint([]rule.Entry{e}, opts) {
			if w.Code == rule.LintPattern {
				codes = append(codes, w.Message[strings.LastIndex(w.Message, "["):])
			}
		}
		return codes
	}
	if diff := cmp.Diff([]string{"[read-only]", "[unknown-name]"}, codes(nil)); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	e.State = rule.EnabledAll
	opts := &rule.LintOptions{EventNames: map[string][]string{"sts.amazonaws.com": {"NewName"}}}
	if got := codes(opts); got != nil {
		t.Errorf("codes %v, want none", got)
	}
}

// What stands in a catalog twice, and what Read would have refused.
func TestLintCatalog(t *testing.T) {
	entries := read(t, sound, strings.ReplaceAll(sound, `"id": "trail"`, `"id": "again"`))
	entries = append(entries, rule.Entry{Rule: rule.Rule{ID: "in-go", Description: "d", References: []string{"https://example.com/"}}})
	var got []string
	for _, w := range rule.Lint(entries, nil) {
		got = append(got, w.String())
	}
	want := []string{
		"trail: title: the same as again: title [duplicate]",
		"trail: pattern: the same as again: pattern [duplicate]",
		"trail: examples[0].event: the same as again: examples[0].event [duplicate]",
		"trail: examples[1].event: the same as again: examples[1].event [duplicate]",
		"in-go: title: must be one line of text [invalid]",
		`in-go: state: no state ""; want one of ENABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, DISABLED [invalid]`,
		"in-go: pattern: missing [invalid]",
		"in-go: examples: none that must match [invalid]",
		"in-go: examples: none that must not match [invalid]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
