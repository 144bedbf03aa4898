package configfix_test

import (
	"strings"
	"testing"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate/configfix"
)

// FuzzPlan holds that no record, of the event or of the history, makes Plan panic or write, and that
// what it plans is in the event's account and Region, and can be applied where it is automatic.
func FuzzPlan(f *testing.F) {
	f.Add("StopConfigurationRecorder", stopParams, "PutDeliveryChannel", putParams, false)
	f.Add("DeleteDeliveryChannel", deleteParams, "PutDeliveryChannel", putParams, false)
	f.Add("PutDeliveryChannel", otherParams, "PutDeliveryChannel", putParams, true)
	f.Add("PutConfigurationRecorder", `{"configurationRecorder":{"name":"default","recordingGroup":{"allSupported":"true"}}}`,
		"PutConfigurationRecorder", `{"configurationRecorder":{"name":"default","recordingGroup":{"resourceTypes":{"items":[]}}}}`, true)
	f.Add("DeleteConfigurationRecorder", stopParams, "DeleteConfigurationRecorder", `null`, false)
	f.Fuzz(func(t *testing.T, call, params, earlier, earlierParams string, channel bool) {
		c := newCloud()
		if !channel {
			c.channel = nil
		}
		history := past{records: []*event.Record{record(earlier, earlierParams, long)}}
		rem := configfix.New(c, c, &configfix.Options{History: history, Reads: 1})
		plan, err := rem.Plan(t.Context(), finding(call, params))
		if writes := c.writes(); len(writes) > 0 {
			t.Fatalf("planning wrote %q", writes)
		}
		if err != nil {
			return
		}
		for _, s := range plan.Steps {
			if !strings.HasPrefix(s.Resource, "arn:aws:config:eu-west-1:123456789012:") || s.Region != region {
				t.Errorf("a step is about %q in %q", s.Resource, s.Region)
			}
		}
		if _, err := rem.Apply(t.Context(), plan.Automatic()); err != nil {
			t.Errorf("applying %v: %v", plan, err)
		}
	})
}
