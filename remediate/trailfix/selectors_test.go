package trailfix_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

// A chooser is a CloudTrail with the event selectors of one trail.
type chooser struct {
	mu       sync.Mutex
	basic    []types.EventSelector
	advanced []types.AdvancedEventSelector
	gone     bool
	lag      [][]types.EventSelector
	fail     func(action string) error
}

func (c *chooser) do(ctx context.Context, op string, name *string, opts []func(*cloudtrail.Options)) error {
	var o cloudtrail.Options
	for _, opt := range opts {
		opt(&o)
	}
	if c.fail != nil {
		if err := c.fail("cloudtrail:" + op); err != nil {
			return err
		}
	}
	if c.gone || o.Region != region || aws.ToString(name) != mainARN {
		return &types.TrailNotFoundException{}
	}
	return ctx.Err()
}

func (c *chooser) GetEventSelectors(ctx context.Context, in *cloudtrail.GetEventSelectorsInput, opts ...func(*cloudtrail.Options)) (*cloudtrail.GetEventSelectorsOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.do(ctx, "GetEventSelectors", in.TrailName, opts); err != nil {
		return nil, err
	}
	basic := c.basic
	if len(c.lag) > 0 {
		basic, c.lag = c.lag[0], c.lag[1:]
	}
	return &cloudtrail.GetEventSelectorsOutput{TrailARN: aws.String(mainARN), EventSelectors: basic, AdvancedEventSelectors: c.advanced}, nil
}

func (c *chooser) PutEventSelectors(ctx context.Context, in *cloudtrail.PutEventSelectorsInput, opts ...func(*cloudtrail.Options)) (*cloudtrail.PutEventSelectorsOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.do(ctx, "PutEventSelectors", in.TrailName, opts); err != nil {
		return nil, err
	}
	c.basic, c.advanced = in.EventSelectors, nil
	return &cloudtrail.PutEventSelectorsOutput{}, nil
}

// selectors reads event selectors from the text that CloudTrail has in its records.
func selectors(text string) []types.EventSelector {
	var list []types.EventSelector
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		panic(err)
	}
	return list
}

const (
	allEvents  = `[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[],"excludeManagementEventSources":[]}]`
	blind      = `[{"readWriteType":"ReadOnly","includeManagementEvents":false,"dataResources":[],"excludeManagementEventSources":[]}]`
	writeOnly  = `[{"readWriteType":"WriteOnly","includeManagementEvents":true}]`
	withoutKMS = `[{"readWriteType":"All","includeManagementEvents":true,"excludeManagementEventSources":["kms.amazonaws.com"]}]`
	withData   = `[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::a/"]}]}]`
	onlyData   = `[{"readWriteType":"All","includeManagementEvents":false,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::a/"]}]}]`
	inTwo      = `[{"readWriteType":"ReadOnly"},{"readWriteType":"WriteOnly","includeManagementEvents":true}]`
)

// putSelectors returns a finding on a PutEventSelectors after which the selectors were as the text says.
func putSelectors(text string) rule.Finding {
	return stopLogging("main", stopped, func(_ *event.Event, r *event.Record) {
		r.EventName = "PutEventSelectors"
		r.RequestParameters = json.RawMessage(`{"trailName":"main","eventSelectors":` + text + `}`)
		r.ResponseElements = json.RawMessage(`{"trailARN":"` + mainARN + `","eventSelectors":` + text + `}`)
	})
}

func baseline(text string) trailfix.Baselines {
	return trailfix.Baselines{mainARN: {Selectors: selectors(text)}}
}

func TestSelectorsConformance(t *testing.T) {
	world := func(became string, h trailfix.History) func() *remediatetest.World {
		return func() *remediatetest.World {
			c := &chooser{basic: selectors(became)}
			return &remediatetest.World{
				Remediator: trailfix.NewSelectors(c, c, h, soon),
				Finding:    putSelectors(became),
				State: func() any {
					c.mu.Lock()
					defer c.mu.Unlock()
					return c.basic
				},
				Hook:   func(hook func(string) error) { c.fail = hook },
				Meddle: func() { c.basic = selectors(withoutKMS) },
			}
		}
	}
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"blind":                   world(blind, baseline(allEvents)),
		"less data":               world(allEvents, baseline(withData)),
		"blind, nothing is known": world(blind, nil),
	}})
}

func TestSelectorsPlan(t *testing.T) {
	const (
		data    = `"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::a/"]}]`
		setAll  = `[{"ReadWriteType":"All","IncludeManagementEvents":true}]`
		setData = `[{"ReadWriteType":"All","IncludeManagementEvents":true,` + data + `}]`
		setBoth = `[{"ReadWriteType":"All","IncludeManagementEvents":false,` + data + `},{"ReadWriteType":"All","IncludeManagementEvents":true}]`
	)
	for _, tt := range []struct {
		was, became, now string // empty was: not known; empty now: as it became
		after            string // of the step; empty: none
		manual           bool
		guard            string
		reason           string
	}{
		{allEvents, blind, "", setAll, false, "", "nothing is logged any more"},
		{allEvents, writeOnly, "", setAll, false, "", "reads are not"},
		{allEvents, withoutKMS, "", setAll, false, "", "KMS is not"},
		{withData, allEvents, "", setData, false, "", "data events are not"},
		{withoutKMS, allEvents, "", "", false, "", "more is logged"},
		{allEvents, inTwo, "", "", false, "", "as much in other words"},
		{allEvents, onlyData, "", setAll, true, "", "less, and something else"},
		{allEvents, blind, allEvents, "", false, "", "somebody gave it back"},
		{allEvents, blind, writeOnly, "", false, "scope", "somebody made it something else"},
		{"", allEvents, "", "", false, "", "nothing is known, and all management events are logged"},
		{"", onlyData, "", setBoth, true, "", "nothing is known, and management events are not logged"},
	} {
		c := &chooser{basic: selectors(tt.became)}
		if tt.now != "" {
			c.basic = selectors(tt.now)
		}
		var h trailfix.History
		if tt.was != "" {
			h = baseline(tt.was)
		}
		plan, err := trailfix.NewSelectors(c, c, h, soon).Plan(t.Context(), putSelectors(tt.became))
		if guardOf(err) != tt.guard || (err == nil) != (tt.guard == "") {
			t.Errorf("%s: error %v", tt.reason, err)
		}
		if err != nil {
			continue
		}
		if len(plan.Steps) == 0 || tt.after == "" {
			if len(plan.Steps) > 0 || tt.after != "" {
				t.Errorf("%s: plan %s", tt.reason, plan)
			}
			continue
		}
		step := plan.Steps[0]
		if step.Manual != tt.manual || !step.Inverse.Manual {
			t.Errorf("%s: a suggestion %t, and the way back %t", tt.reason, step.Manual, step.Inverse.Manual)
		}
		if string(step.After) != tt.after {
			t.Errorf("%s: after %s, want %s", tt.reason, step.After, tt.after)
		}
		if !strings.Contains(step.Command, "--event-selectors '[{") {
			t.Errorf("%s: command %s", tt.reason, step.Command)
		}
	}
}

func TestSelectorsErrors(t *testing.T) {
	c := &chooser{basic: selectors(blind), advanced: []types.AdvancedEventSelector{{}}}
	if _, err := trailfix.NewSelectors(c, c, baseline(allEvents), soon).Plan(t.Context(), putSelectors(blind)); guardOf(err) != "advanced-selectors" {
		t.Errorf("advanced selectors: %v", err)
	}
	for _, body := range []string{`null`, `{}`, `{"omitted":true}`, `{"advancedEventSelectors":[{}]}`, `{"eventSelectors":null}`, `{"eventSelectors":{"items":[]}}`} {
		f := putSelectors(blind)
		f.Record.ResponseElements = json.RawMessage(body)
		if plan, err := trailfix.NewSelectors(c, c, nil, soon).Plan(t.Context(), f); err == nil || !strings.Contains(err.Error(), "detail.responseElements") {
			t.Errorf("responseElements %s: plan %v, error %v", body, plan, err)
		}
	}
	late := &chooser{basic: selectors(blind), lag: [][]types.EventSelector{selectors(allEvents), selectors(allEvents)}}
	if plan, err := trailfix.NewSelectors(late, late, baseline(allEvents), soon).Plan(t.Context(), putSelectors(blind)); err != nil || len(plan.Steps) != 1 {
		t.Errorf("shown late: plan %v, error %v", plan, err)
	}
}

// FuzzSelectorsPlan holds that no record leads to a panic or to a write.
func FuzzSelectorsPlan(f *testing.F) {
	for _, text := range []string{blind, withData} {
		s := putSelectors(text)
		f.Add([]byte(s.Record.RequestParameters), []byte(s.Record.ResponseElements))
	}
	f.Fuzz(func(t *testing.T, request, response []byte) {
		c := &chooser{basic: selectors(blind), fail: func(action string) error {
			if action != "cloudtrail:GetEventSelectors" {
				t.Errorf("called %s", action)
			}
			return nil
		}}
		finding := putSelectors(blind)
		finding.Record.RequestParameters, finding.Record.ResponseElements = request, response
		plan, err := trailfix.NewSelectors(c, c, baseline(allEvents), soon).Plan(t.Context(), finding)
		if (plan == nil) == (err == nil) {
			t.Errorf("plan %v, error %v", plan, err)
		}
	})
}
