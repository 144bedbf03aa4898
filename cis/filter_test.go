package cis_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/pattern/metricfilter"
)

// A literal form is another spelling of a filter: the two must agree on every record that there can
// be. Each of every version is tried on a sample, on all calls of the catalog with their own source
// and with another's, as they succeed and as they fail, and on records that are made of what filters
// look at.
func TestLiteralFormsAgreeWithFilters(t *testing.T) {
	events := recordedEvents(t)
	for _, f := range filters(t) {
		t.Run(f.name, func(t *testing.T) {
			filter, err := metricfilter.Parse(f.text)
			if err != nil {
				t.Fatal(err)
			}
			count := make(map[bool]int)
			for _, e := range events {
				want, err := filter.Match(e.record)
				if err != nil {
					t.Fatal(err)
				}
				got, err := f.literal.Match(e.envelope)
				if err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Fatalf("the filter says %t and the pattern %t of %s", want, got, e.envelope)
				}
				count[want]++
			}
			if count[true] < 5 || count[false] < 5 {
				t.Errorf("%d match and %d do not: that proves little", count[true], count[false])
			}
		})
	}
}

// Where the translation of package metricfilter has a pattern, the literal form matches the same
// events, so that neither has a mistake that the other has not.
func TestLiteralFormsAgreeWithTranslations(t *testing.T) {
	events := recordedEvents(t)
	for _, f := range filters(t) {
		filter, err := metricfilter.Parse(f.text)
		if err != nil {
			t.Fatal(err)
		}
		translated, err := filter.Pattern()
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		for _, e := range events {
			want, err := translated.Match(e.envelope)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := f.literal.Match(e.envelope); err != nil || got != want {
				t.Fatalf("%s: the translation says %t and the pattern %t, %v, of %s", f.name, want, got, err, e.envelope)
			}
		}
	}
}

// A publishedFilter is a filter of a version and the pattern that stands for it.
type publishedFilter struct {
	name, text string
	literal    *pattern.Pattern
}

// filters returns the filters of all versions, each once.
func filters(t *testing.T) []publishedFilter {
	t.Helper()
	var all []publishedFilter
	seen := make(map[string]bool)
	for _, version := range cis.Versions() {
		for c := range benchmark(t, version).Controls() {
			for i, f := range c.Filters {
				if key := c.Key + f.Text; !seen[key] {
					seen[key] = true
					all = append(all, publishedFilter{fmt.Sprintf("%s/%s/%d", version, c.ID, i), f.Text, f.Literal})
				}
			}
		}
	}
	return all
}

// A recordedEvent is a record as a log group has it and as the bus has it.
type recordedEvent struct{ record, envelope []byte }

func recordedEvents(t *testing.T) []recordedEvent {
	t.Helper()
	var all []recordedEvent
	for _, e := range sample(t, 300) {
		var envelope struct{ Detail json.RawMessage }
		if err := json.Unmarshal(e, &envelope); err != nil {
			t.Fatal(err)
		}
		all = append(all, recordedEvent{envelope.Detail, e})
	}
	for _, fields := range append(callRecords(t), randomRecords(2000)...) {
		all = append(all, newRecordedEvent(t, fields))
	}
	return all
}

// fields are the fields of a record, by path; their values are JSON.
type fields map[string]string

func newRecordedEvent(t *testing.T, f fields) recordedEvent {
	t.Helper()
	record := make(map[string]any)
	for path, value := range f {
		at, keys := record, strings.Split(path, ".")
		for _, key := range keys[:len(keys)-1] {
			if at[key] == nil {
				at[key] = make(map[string]any)
			}
			at = at[key].(map[string]any)
		}
		at[keys[len(keys)-1]] = json.RawMessage(value)
	}
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	detailType := "AWS API Call via CloudTrail"
	switch f["eventType"] {
	case `"AwsConsoleSignIn"`:
		detailType = "AWS Console Sign In via CloudTrail"
	case `"AwsServiceEvent"`:
		detailType = "AWS Service Event via CloudTrail"
	}
	source, _, _ := strings.Cut(strings.Trim(f["eventSource"], `"`), ".")
	return recordedEvent{text, fmt.Appendf(nil, `{"source": "aws.%s", "detail-type": %q, "detail": %s}`, source, detailType, text)}
}

// callRecords returns records of every call that an entry lists, from its own source and from
// another, as it succeeds and as it fails.
func callRecords(t *testing.T) []fields {
	t.Helper()
	var all []fields
	for _, c := range controls(t) {
		for _, call := range c.Calls {
			for _, source := range []string{call.Source, "elsewhere.amazonaws.com"} {
				for _, code := range []string{"", "AccessDenied", "Client.UnauthorizedOperation"} {
					f := fields{
						"eventSource":       quote(source),
						"eventName":         quote(call.Name),
						"eventType":         `"AwsApiCall"`,
						"userIdentity.type": `"AssumedRole"`,
						"sourceIPAddress":   `"192.0.2.44"`,
					}
					if code != "" {
						f["errorCode"] = quote(code)
					}
					all = append(all, f)
				}
			}
		}
	}
	return all
}

// randomRecords returns n records of the values on which filters and patterns could fall out: near
// ones, other letters, null, absence.
func randomRecords(n int) []fields {
	values := map[string][]string{
		"eventSource":                    {"iam", "cloudtrail", "kms", "s3", "config", "ec2", "organizations", "signin"},
		"eventName":                      {"ConsoleLogin", "ConsoleLogin", "ConsoleLogin", "ConsoleLogin", "consolelogin", "HeadBucket", "StopLogging", "StopLogging2", "DeletePolicy", "CreateRoute", "DisableKey", "PutBucketAcl", "ModifySecurityGroupRules", "PutDeliveryChannel", "LeaveOrganization", "CreateVpc"},
		"eventType":                      {"AwsApiCall", "AwsServiceEvent", "AwsConsoleSignIn"},
		"errorCode":                      {"AccessDenied", "AccessDeniedException", "accessdenied", "Client.UnauthorizedOperation", "UnauthorizedOperation", "UnauthorizedOperation.x", "VpceAccessDenied", "", "*"},
		"errorMessage":                   {"Failed authentication", "failed authentication", "No username found in supplied account", ""},
		"sourceIPAddress":                {"192.0.2.44", "delivery.logs.amazonaws.com", "AWS Internal"},
		"userIdentity.type":              {"Root", "IAMUser", "AssumedRole", "root"},
		"userIdentity.invokedBy":         {"cloudformation.amazonaws.com", ""},
		"additionalEventData.MFAUsed":    {"Yes", "No", "YES", ""},
		"responseElements.ConsoleLogin":  {"Success", "Failure"},
		"requestParameters.errorMessage": {"Failed authentication"},
	}
	r := rand.New(rand.NewPCG(4, 7))
	var all []fields
	for range n {
		f := make(fields)
		// In the order of the names, or the same seed would give other records.
		for _, path := range slices.Sorted(maps.Keys(values)) {
			switch i := r.IntN(len(values[path]) + 3); {
			case i < len(values[path]) && path == "eventSource":
				f[path] = quote(values[path][i] + ".amazonaws.com")
			case i < len(values[path]):
				f[path] = quote(values[path][i])
			case i == len(values[path]):
				f[path] = "null"
			case i == len(values[path])+1 && path != "eventSource":
				f[path] = "true"
			}
		}
		all = append(all, f)
	}
	return all
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
