package deploytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// TestRules holds that a deployed stack has the rules that belong in its Region, and that they
// deliver what package pattern says that they match: every example of every CIS control, a sample
// made from every rule's pattern, and what misses it by one field.
func TestRules(t *testing.T) {
	t.Parallel()
	aws := start(t, miniStack)
	benchmark := controls(t)
	rules := benchmark.Rules()
	template := render(t, &deploy.Stack{Rules: rules})
	for _, name := range []string{"us-east-1", "eu-west-1"} {
		t.Run(name, func(t *testing.T) {
			r := aws.region(name)
			outputs := r.deploy(t, template, map[string]string{"AlertEmail": ""})
			listener := r.listen(t, outputs["TopicArn"])
			here := slices.DeleteFunc(slices.Clone(rules), func(c rule.Rule) bool {
				return len(c.Regions) > 0 && !slices.Contains(c.Regions, name)
			})
			taps := tapRules(t, r, here, r.deployedRules(t, rules))
			fired := checkDelivery(t, r, here, taps, events(t, benchmark))
			checkAlerts(t, r, here, r.receive(t, listener), fired)
		})
	}
}

// tapRules checks what is deployed of the rules that belong in the Region, and that nothing else is.
// It returns queues that get the events of each rule.
func tapRules(t *testing.T, r *region, rules []rule.Rule, deployed map[string]*eventbridge.DescribeRuleOutput) map[string]string {
	t.Helper()
	taps := make(map[string]string)
	for _, c := range rules {
		d := deployed[c.ID]
		if d == nil {
			t.Fatalf("rule %s is not deployed", c.ID)
		}
		delete(deployed, c.ID)
		if string(d.State) != stateOf(c) {
			t.Errorf("rule %s has state %s; want %s", c.ID, d.State, stateOf(c))
		}
		if !sameJSON(t, *d.EventPattern, c.Pattern.String()) {
			t.Errorf("rule %s has the pattern %s; want %s", c.ID, *d.EventPattern, c.Pattern)
		}
		r.enable(t, d)
		taps[c.ID] = r.tap(t, d)
	}
	if len(deployed) > 0 {
		t.Errorf("rules %v are deployed too", slices.Sorted(maps.Keys(deployed)))
	}
	return taps
}

// checkDelivery puts events on the bus and compares what each rule delivers with what its pattern
// matches. It returns how many events each delivered.
func checkDelivery(t *testing.T, r *region, rules []rule.Rule, taps map[string]string, events map[string]entry) map[string]int {
	t.Helper()
	set := pattern.NewSet(func(yield func(string, *pattern.Pattern) bool) {
		for _, c := range rules {
			if !yield(c.ID, c.Pattern) {
				return
			}
		}
	})
	want := make(map[string][]string)    // descriptions of events by rule
	described := make(map[string]string) // by id
	for description, e := range events {
		id := r.putEvent(t, e)
		described[id] = description
		matched := must(set.Match(e.delivered(t, id, r.name)))(t)
		for _, c := range matched {
			want[c] = append(want[c], description)
		}
	}
	fired := make(map[string]int)
	for _, c := range rules {
		var got []string
		for _, body := range r.receive(t, taps[c.ID]) {
			delivered := decode[struct{ ID string }](t, []byte(body))
			got = append(got, described[delivered.ID])
		}
		slices.Sort(got)
		slices.Sort(want[c.ID])
		if diff := cmp.Diff(want[c.ID], got); diff != "" {
			t.Errorf("rule %s does not deliver what it matches (-want +got):\n%s", c.ID, diff)
		}
		if fired[c.ID] = len(got); len(got) == 0 || len(got) == len(events) {
			t.Errorf("rule %s delivers %d of %d events, which proves nothing", c.ID, len(got), len(events))
		}
	}
	t.Logf("%d events, delivered: %v", len(events), fired)
	return fired
}

// checkAlerts holds that every delivered event is told once, under the title of the rule, with
// everything filled in.
func checkAlerts(t *testing.T, r *region, rules []rule.Rule, alerts []string, fired map[string]int) {
	t.Helper()
	told := make(map[string]int)
	for _, alert := range alerts {
		for _, c := range rules {
			if strings.Contains(alert, c.ID+" "+c.Title) {
				told[c.ID]++
			}
		}
		if strings.ContainsAny(alert, "<>") {
			t.Errorf("an alert has something in it that is not filled in:\n%s", alert)
		}
	}
	if !maps.Equal(told, fired) {
		t.Errorf("%s: alerts by rule are %v; want %v", r.name, told, fired)
	}
}

// events returns the events to put on the bus, by a description.
func events(t *testing.T, benchmark *cis.Benchmark) map[string]entry {
	t.Helper()
	all := make(map[string]entry)
	add := func(reason string, event []byte) {
		e := decode[entry](t, event)
		// What PutEvents cannot take, the bus never sees.
		if e.Source != "" && e.DetailType != "" && strings.HasPrefix(string(e.Detail), "{") {
			all[reason] = e
		}
	}
	for c := range benchmark.Controls() {
		for i, x := range c.Examples {
			add(fmt.Sprintf("example %d of %s (%s)", i, c.ID, x.Reason), x.Event)
		}
		sample, err := c.Pattern.Sample(nil)
		if err != nil {
			t.Fatal(err)
		}
		add("a sample of "+c.ID, sample.Event)
		for i, m := range sample.Mutations {
			add(fmt.Sprintf("mutation %d of %s (%s)", i, c.ID, m.Reason), m.Event)
		}
	}
	return all
}

// delivered returns the event as the bus delivers it.
func (e entry) delivered(t *testing.T, id, region string) []byte {
	t.Helper()
	return must(json.Marshal(map[string]any{
		"version": "0", "id": id, "detail-type": e.DetailType, "source": e.Source, "account": accountID, "region": region,
		"time": time.Now().UTC().Format(time.RFC3339), "resources": append([]string{}, e.Resources...), "detail": e.Detail,
	}))(t)
}
