package awstest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

// object is a JSON object.
type object = map[string]any

// items is a list as CloudTrail writes those of EC2's older calls.
func items(elements ...any) object { return object{"items": elements} }

// A call is what CloudTrail records of one.
type call struct {
	service, name     string
	region            string // empty for the one that most scenarios are in
	request, response object
	resources         []string // ARNs
	caller            object   // userIdentity; nil for a user named mallory
}

// home is the Region of most scenarios.
const home = "eu-west-1"

// elsewhere is the Region that the clients of remediators have.
const elsewhere = "us-west-2"

// finding returns the event of a call at the time given, read as one is that EventBridge delivers.
func (c call) finding(t *testing.T, at time.Time) rule.Finding {
	t.Helper()
	region := c.region
	if region == "" {
		region = home
	}
	caller := c.caller
	if caller == nil {
		caller = object{"type": "IAMUser", "accountId": accountID, "userName": "mallory", "arn": "arn:aws:iam::" + accountID + ":user/mallory"}
	}
	resources := []object{}
	for _, arn := range c.resources {
		resources = append(resources, object{"ARN": arn, "accountId": accountID})
	}
	when := at.UTC().Format(time.RFC3339)
	text, err := json.Marshal(object{
		"version": "0", "id": strings.ToLower(rand.Text()), "detail-type": event.DetailTypeAPICall, "source": "aws." + c.service,
		"account": accountID, "time": when, "region": region, "resources": []string{},
		"detail": object{
			"eventVersion": "1.11", "eventTime": when, "awsRegion": region, "recipientAccountId": accountID,
			"eventSource": c.service + ".amazonaws.com", "eventName": c.name, "eventType": "AwsApiCall",
			"eventID": strings.ToLower(rand.Text()), "readOnly": false, "managementEvent": true, "eventCategory": "Management",
			"sourceIPAddress": "192.0.2.1", "userAgent": "aws-cli/2.9.19", "resources": resources,
			"userIdentity":      caller,
			"requestParameters": c.request, "responseElements": c.response,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "test"}, Event: e, Record: rec}
}

// A history is the records of an account, oldest first.
type history []*event.Record

// Records implements the interfaces History of the remediators that have one.
func (h history) Records(_ context.Context, _, region string, calls []string, until time.Time) iter.Seq2[*event.Record, error] {
	return func(yield func(*event.Record, error) bool) {
		for _, rec := range slices.Backward(h) {
			if rec.AWSRegion == region && slices.Contains(calls, rec.Call()) && !rec.EventTime.After(until) && !yield(rec, nil) {
				return
			}
		}
	}
}

// monthAgo returns the records of calls that were made, one a minute, a month ago.
func monthAgo(t *testing.T, calls ...call) history {
	t.Helper()
	var h history
	for i, c := range calls {
		h = append(h, c.finding(t, time.Now().AddDate(0, -1, 0).Add(time.Duration(i)*time.Minute)).Record)
	}
	return h
}

// unique returns a name that no other scenario has.
func unique(prefix string) string {
	return fmt.Sprintf("%s-%s", prefix, strings.ToLower(rand.Text()[:12]))
}
