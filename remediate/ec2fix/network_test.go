package ec2fix_test

import (
	"slices"
	"testing"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/ec2fix"
)

// TestNetworkNeverWrites holds that Network carries out nothing, with or without an engine that
// enforces.
func TestNetworkNeverWrites(t *testing.T) {
	steps := 0
	for _, a := range archives(t) {
		if a.kind != "network" {
			continue
		}
		rem := newRemediator(t, a.kind, newCloud(t, a.cloud), "")
		plan, err := rem.Plan(t.Context(), finding(t, at, a.record))
		if err != nil {
			continue
		}
		receipt, err := rem.Apply(t.Context(), plan)
		if (err != nil) != (len(plan.Steps) > 0) || receipt.Changed() {
			t.Errorf("%s: %d steps: %+v, %v", a.path, len(plan.Steps), receipt, err)
		}
		if receipt, err := rem.Apply(t.Context(), plan.Automatic()); err != nil || len(receipt.Steps) > 0 {
			t.Errorf("%s: without suggestions: %+v, %v", a.path, receipt, err)
		}
		steps += len(plan.Steps)
	}
	if steps < 5 {
		t.Errorf("only %d steps", steps)
	}
	rem := ec2fix.NewNetwork(newCloud(t, ""))
	for _, p := range []*remediate.Plan{nil, {Remediator: "ec2fix-groups"}} {
		if receipt, err := rem.Apply(t.Context(), p); err == nil || receipt != nil {
			t.Errorf("%v: %v, %v", p, receipt, err)
		}
	}
	if spec := rem.Spec(); len(spec.Writes) > 0 || !slices.IsSorted(spec.Handles) {
		t.Errorf("Spec %+v", spec)
	}
}
