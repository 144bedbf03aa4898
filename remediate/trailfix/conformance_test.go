package trailfix_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

// soon makes a remediator that does not pause between reads.
var soon = &trailfix.Options{Interval: time.Nanosecond}

func TestConformance(t *testing.T) {
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"stopped by name": func() *remediatetest.World { return stoppedWorld("main") },
		"stopped by ARN":  func() *remediatetest.World { return stoppedWorld(mainARN) },
	}})
}

// stoppedWorld returns a world whose trail was stopped by the name given.
func stoppedWorld(name string) *remediatetest.World {
	c := newCloud(mainARN, stopped)
	return &remediatetest.World{
		Remediator: trailfix.New(c, c, soon),
		Finding:    stopLogging(name, stopped),
		State: func() any {
			c.mu.Lock()
			defer c.mu.Unlock()
			return aws.ToBool(c.status.IsLogging)
		},
		Hook: c.hook,
		Meddle: func() { // the trail is deleted
			c.errs["GetTrail"] = &types.TrailNotFoundException{}
			c.errs["GetTrailStatus"] = &types.TrailNotFoundException{}
			c.errs["StartLogging"] = &types.TrailNotFoundException{}
		},
	}
}
