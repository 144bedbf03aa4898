package kmsfix_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate/kmsfix"
)

// FuzzPlan holds that no record makes Plan panic or write, and that what it plans is about a key of
// the event's account and Region, and can be applied.
func FuzzPlan(f *testing.F) {
	f.Add("ScheduleKeyDeletion", `{"keyId":"`+keyID+`","pendingWindowInDays":7}`, `null`, keyARN, "PendingDeletion", `{"Statement":[]}`)
	f.Add("DisableKey", `{"keyId":"`+keyARN+`"}`, `{"keyId":"`+keyARN+`"}`, "", "Disabled", ``)
	f.Add("PutKeyPolicy", `{"keyId":"`+keyID+`","policy":"{}"}`, ``, "", "Enabled", `{"Statement":{"Principal":{"AWS":[]},"Action":1}}`)
	f.Add("ScheduleKeyDeletion", `{"keyId":{"items":[]},"pendingWindowInDays":"7"}`, `{"pendingWindowInDays":-1}`, keyARN, "PendingReplicaDeletion", ``)
	f.Fuzz(func(t *testing.T, call, params, response, arn, state, policy string) {
		c := newCloud(types.KeyState(state))
		c.policy = policy
		finding := finding(call, params, func(_ *event.Event, r *event.Record) {
			r.ResponseElements, r.Resources[0].ARN = json.RawMessage(response), arn
		})
		history := past{records: []*event.Record{finding.Record, record("EnableKey", time.Hour)}}
		plan, err := kmsfix.New(c, c, &kmsfix.Options{History: history, Reads: 1}).Plan(t.Context(), finding)
		if writes := c.writes(); len(writes) > 0 {
			t.Fatalf("planning wrote %q", writes)
		}
		if err != nil {
			return
		}
		for _, s := range plan.Steps {
			if s.Resource != keyARN || s.Region != region {
				t.Errorf("a step is about %q in %q", s.Resource, s.Region)
			}
		}
		if call == "PutKeyPolicy" {
			return
		}
		if _, err := kmsfix.New(c, c, &kmsfix.Options{Reads: 1}).Apply(t.Context(), plan); err != nil {
			t.Errorf("applying %v: %v", plan, err)
		}
	})
}
