package kmsfix_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate/kmsfix"
	"github.com/countertrail/countertrail/remediate/remediatetest"
)

func TestConformance(t *testing.T) {
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"both halves": func() *remediatetest.World {
			return world("ScheduleKeyDeletion", pending, record("EnableKey", time.Hour))
		},
		"the past is not known": func() *remediatetest.World { return world("ScheduleKeyDeletion", replicas) },
		"the second half is left": func() *remediatetest.World {
			return world("ScheduleKeyDeletion", disabled, record("EnableKey", time.Hour))
		},
		"disabled":                   func() *remediatetest.World { return world("DisableKey", disabled) },
		"disabled and to be deleted": func() *remediatetest.World { return world("DisableKey", pending) },
		"locked out":                 func() *remediatetest.World { return world("PutKeyPolicy", enabled) },
	}})
}

// world returns a world with a key that a call left in the state given.
func world(call string, state types.KeyState, history ...*event.Record) *remediatetest.World {
	c := newCloud(state)
	c.policy = `{"Statement":[]}`
	return &remediatetest.World{
		Remediator: kmsfix.New(c, c, &kmsfix.Options{History: past{records: history}, Interval: time.Microsecond}),
		Finding:    finding(call, `{"keyId":"`+keyID+`","pendingWindowInDays":7}`),
		State: func() any {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.meta.KeyState == replicas {
				return pending // as which a deletion is scheduled again where there are no replicas
			}
			return c.meta.KeyState
		},
		Hook:   func(h func(string) error) { c.hook = h },
		Meddle: func() { c.meta.KeyState = types.KeyStateUnavailable }, // its key store is disconnected
	}
}
