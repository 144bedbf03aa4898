package ec2fix_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/countertrail/countertrail/remediate/ec2fix"
	"github.com/countertrail/countertrail/remediate/remediatetest"
)

// TestConformance holds the three remediators to the laws of all, in the worlds of testdata in
// which they have something to do.
func TestConformance(t *testing.T) {
	worlds := map[string]map[string]func() *remediatetest.World{"group": {}, "sharing": {}, "network": {}}
	now := time.Now().Truncate(time.Second)
	for _, a := range archives(t) {
		rem := newRemediator(t, a.kind, newCloud(t, a.cloud), a.policy)
		plan, err := rem.Plan(t.Context(), finding(t, at, a.record))
		if err != nil || len(plan.Steps) == 0 {
			continue
		}
		if slices.Contains([]string{"group-prefixlist-unread", "group-noids", "group-many", "sharing-hostile"}, a.name()) {
			continue // two in which a list need not be read, one that is slow, and a record that is what the laws make
		}
		worlds[a.kind][a.name()] = func() *remediatetest.World { return newWorld(t, a, now) }
	}
	for kind, of := range worlds {
		if len(of) < 4 {
			t.Errorf("%s: only the worlds %q", kind, slices.Collect(maps.Keys(of)))
		}
		t.Run(kind, func(t *testing.T) { remediatetest.Run(t, remediatetest.Harness{Worlds: of}) })
	}
}

// newWorld returns the world of an archive. A Groups in it has no Restorer: no law lets a
// suggestion be carried out.
func newWorld(t *testing.T, a *archive, at time.Time) *remediatetest.World {
	c := newCloud(t, a.cloud)
	rem := newRemediator(t, a.kind, c, a.policy)
	if a.kind == "group" {
		var err error
		if rem, err = ec2fix.NewGroups(c, c, groupOptions(t, a.policy)); err != nil {
			t.Fatal(err)
		}
	}
	return &remediatetest.World{
		Remediator: rem,
		Finding:    finding(t, at, a.record),
		State:      func() any { c.mu.Lock(); defer c.mu.Unlock(); return c.state() },
		Hook: func(hook func(string) error) {
			c.hook = hook
		},
		Meddle: func() {
			for i := range c.Rules {
				c.Rules[i].Description = aws.String("meddled")
			}
			clear(c.Snapshots)
			clear(c.Images)
		},
		Throttled: apiError("RequestLimitExceeded"),
		Denied:    apiError("UnauthorizedOperation"),
	}
}
