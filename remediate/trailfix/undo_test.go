package trailfix_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

// TestUndo holds that each way back is a suggestion with its command, and that there is none once somebody
// has been there.
func TestUndo(t *testing.T) {
	logging, updated, chosen := newCloud(mainARN, stopped), &registry{trail: bare()}, &chooser{basic: selectors(blind)}
	for _, tt := range []struct {
		remediator interface {
			remediate.Remediator
			remediate.Undoer
		}
		finding rule.Finding
		command string // how the way back begins
		meddle  func()
	}{
		{trailfix.New(logging, logging, soon), stopLogging("main", stopped), "aws cloudtrail stop-logging ", func() { logging.status.IsLogging = aws.Bool(false) }},
		{trailfix.NewSettings(updated, updated, kept, soon), updateTrail(bare()), "aws cloudtrail update-trail ", func() { updated.trail = bare() }},
		{trailfix.NewSelectors(chosen, chosen, baseline(allEvents), soon), putSelectors(blind), "aws cloudtrail put-event-selectors ",
			func() { chosen.basic = selectors(writeOnly) }},
	} {
		name := tt.remediator.Spec().Name
		plan, err := tt.remediator.Plan(t.Context(), tt.finding)
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := tt.remediator.Apply(t.Context(), plan)
		if err != nil {
			t.Fatal(err)
		}
		back, err := tt.remediator.Undo(t.Context(), receipt)
		if err != nil || len(back.Steps) != 1 || !back.Steps[0].Manual || !strings.HasPrefix(back.Steps[0].Command, tt.command) {
			t.Errorf("%s: plan %+v, error %v", name, back, err)
		}
		for _, r := range []*remediate.Receipt{nil, {}, {Steps: append(receipt.Steps, receipt.Steps...)}, {Steps: []remediate.StepResult{{Step: back.Steps[0]}}}} {
			if back, err := tt.remediator.Undo(t.Context(), r); err == nil {
				t.Errorf("%s: the receipt %+v: plan %v, want an error", name, r, back)
			}
		}
		tt.meddle()
		if back, err := tt.remediator.Undo(t.Context(), receipt); !errors.Is(err, remediate.ErrStale) {
			t.Errorf("%s: changed since: plan %v, error %v, want ErrStale", name, back, err)
		}
	}
}
