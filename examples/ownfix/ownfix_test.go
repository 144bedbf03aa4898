package ownfix_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/examples/ownfix"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/rule"
)

const unprotect = `{"tableName": "orders", "deletionProtectionEnabled": false}`

// TestConformance holds the remediator to every law of the kit.
func TestConformance(t *testing.T) {
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"unprotected": func() *remediatetest.World {
			c := &cloud{}
			e, rec := updateTable(t, unprotect)
			return &remediatetest.World{
				Remediator: ownfix.Remediator{Client: c},
				Finding:    rule.Finding{Rule: &rule.Rule{ID: "table-unprotected"}, Event: e, Record: rec},
				State:      func() any { return c.protected },
				Hook:       func(hook func(string) error) { c.hook = hook },
				Meddle:     func() { c.gone = true },
			}
		},
	}})
}

// TestNotApplicable holds that an UpdateTable about something else is let be.
func TestNotApplicable(t *testing.T) {
	for _, tt := range []struct{ reason, params string }{
		{"it sets the protection on", `{"tableName": "orders", "deletionProtectionEnabled": true}`},
		{"it says nothing of the protection", `{"tableName": "orders", "billingMode": "PAY_PER_REQUEST"}`},
		{"CloudTrail left the parameters out", `null`},
	} {
		e, rec := updateTable(t, tt.params)
		p, err := ownfix.Remediator{Client: &cloud{}}.Plan(t.Context(), rule.Finding{Event: e, Record: rec})
		if !errors.Is(err, remediate.ErrNotApplicable) {
			t.Errorf("%s: %v, %v", tt.reason, p, err)
		}
	}
}

// TestHandler runs it as a program would, and holds that the README shows what it does.
func TestHandler(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{}
	h, err := countertrail.New([]rule.Rule{{
		ID: "table-unprotected", Title: "Deletion protection turned off", Severity: rule.High, State: rule.Enabled,
		Pattern: pattern.MustCompile(`{"source": ["aws.dynamodb"], "detail": {"eventName": ["UpdateTable"],
			"requestParameters": {"deletionProtectionEnabled": [false]}}}`),
	}}, &countertrail.Options{
		Remediators: []remediate.Remediator{ownfix.Remediator{Client: c}},
		Remediation: remediate.Options{
			Mode: remediate.Enforce, Self: remediate.Self{RoleARN: "arn:aws:iam::123456789012:role/countertrail"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	e, _ := updateTable(t, unprotect)
	report, err := h.HandleEvent(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	res := report.Findings[0].Remediations[0]
	step := res.Plan.Steps[0]
	text := fmt.Sprintf("%s: %s\nrun by hand, it is: %s\nand back: %s", res.Outcome, res.Plan, step.Command, step.Inverse.Command)
	t.Log(text)
	if shown := "    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"; !strings.Contains(string(readme), shown) {
		t.Errorf("the README does not show what it did")
	}
	if res.Outcome != remediate.Applied || !c.protected {
		t.Errorf("%s (%s), protected: %t", res.Outcome, res.Reason, c.protected)
	}
}
