package configfix_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate/configfix"
	"github.com/countertrail/countertrail/remediate/remediatetest"
)

func TestConformance(t *testing.T) {
	none := func(c *cloud) { c.channel = nil }
	put := record(putChannel, putParams, long)
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"stopped":                func() *remediatetest.World { return world("StopConfigurationRecorder", stopParams, func(*cloud) {}) },
		"stopped and deleted":    func() *remediatetest.World { return world("StopConfigurationRecorder", stopParams, none, put) },
		"deleted":                func() *remediatetest.World { return world("DeleteDeliveryChannel", deleteParams, none, put) },
		"deleted, and not known": func() *remediatetest.World { return world("DeleteDeliveryChannel", deleteParams, none) },
		"put elsewhere": func() *remediatetest.World {
			return world("PutDeliveryChannel", putParams, func(*cloud) {}, record(putChannel, otherParams, long))
		},
		"narrower": func() *remediatetest.World {
			return world("PutConfigurationRecorder", `{"configurationRecorder":{"name":"default"}}`, func(c *cloud) {
				c.recorder.RecordingGroup = &types.RecordingGroup{ResourceTypes: []types.ResourceType{"AWS::EC2::Instance"}}
			})
		},
		"no recorder": func() *remediatetest.World {
			return world("DeleteConfigurationRecorder", stopParams, func(c *cloud) { c.recorder = nil })
		},
	}})
}

// world returns a world with a call that left things as edit makes them.
func world(call, params string, edit func(*cloud), history ...*event.Record) *remediatetest.World {
	c := newCloud()
	edit(c)
	return &remediatetest.World{
		Remediator: configfix.New(c, c, &configfix.Options{History: past{records: history}, Interval: time.Microsecond}),
		Finding:    finding(call, params),
		State: func() any {
			c.mu.Lock()
			defer c.mu.Unlock()
			return []any{c.recorder, c.status.Recording, c.channel}
		},
		Hook: func(h func(string) error) { c.hook = h },
		Meddle: func() { // somebody deletes the recorder, and puts a channel that leads elsewhere
			c.recorder = nil
			c.channel = &types.DeliveryChannel{Name: aws.String("default"), S3BucketName: aws.String("elsewhere")}
		},
	}
}
