package ec2fix_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

// FuzzPlan holds that a record, whatever it holds, leads to no panic and no write, to the same plan
// twice, and to nothing that a terminal or a shell would take for more than text; and that no rule
// is touched that the record does not name, by its id or by what it opens.
func FuzzPlan(f *testing.F) {
	names := []string{
		"AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "ModifySecurityGroupRules", "ModifySnapshotAttribute",
		"ModifyImageAttribute", "CreateNetworkAclEntry", "CreateRoute", "AttachInternetGateway", "DetachInternetGateway", "ReplaceRoute",
	}
	clouds := map[string]string{}
	for _, a := range archives(f) {
		var record struct {
			EventName                           string
			RequestParameters, ResponseElements json.RawMessage
		}
		if err := json.Unmarshal([]byte(a.record), &record); err != nil {
			f.Fatal(err)
		}
		for i, name := range names {
			if name == record.EventName {
				f.Add(byte(i), []byte(record.RequestParameters), []byte(record.ResponseElements), account, region)
			}
		}
		clouds[a.name()] = a.cloud
	}
	f.Add(byte(0), []byte(`{"groupId":1e400,"ipPermissions":[[[{"ipRanges":{"items":{"items":["x"]}}}]]]}`), []byte(`[]`), "", "")
	f.Add(byte(2), []byte(`"x"`), []byte(`null`), "--", "\x1b[2J")
	f.Fuzz(func(t *testing.T, call byte, request, response []byte, recipient, in string) {
		record := event.Record{
			EventSource: "ec2.amazonaws.com", EventName: names[int(call)%len(names)], AWSRegion: in, RecipientAccountID: recipient, EventTime: at,
			RequestParameters: request, ResponseElements: response,
		}
		finding := rule.Finding{Event: &event.Event{Account: account, Region: region, Time: at}, Record: &record}
		text := string(request) + string(response)
		for kind, archive := range map[string]string{"group": "group-ssh", "sharing": "sharing-image", "network": "network-route"} {
			c := newCloud(t, clouds[archive])
			rem := newRemediator(t, kind, c, "")
			plan, err := rem.Plan(t.Context(), finding)
			if len(c.writes()) > 0 {
				t.Fatalf("wrote %v", c.writes())
			}
			if err != nil {
				checkText(t, err.Error())
				continue
			}
			again, err := rem.Plan(t.Context(), finding)
			if err != nil || again.Digest() != plan.Digest() {
				t.Errorf("planned twice: %v, %v", again, err)
			}
			checkText(t, strings.ReplaceAll(plan.String(), "\n", ""))
			for _, s := range plan.Steps {
				if id := "sgr-00000000000000009"; strings.Contains(string(s.Before), id) && !strings.Contains(text, "3389") && !strings.Contains(text, id) {
					t.Errorf("a rule that the record does not name: %s", s.Before)
				}
			}
		}
	})
}

// checkText reports a text that is no fit line for a report.
func checkText(t *testing.T, text string) {
	t.Helper()
	unfit := func(r rune) bool { return !unicode.IsPrint(r) }
	if len(text) > 4000 || strings.IndexFunc(text, unfit) >= 0 {
		t.Errorf("too long, or holds what was not quoted: %.200q", text)
	}
}
