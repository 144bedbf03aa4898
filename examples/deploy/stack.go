package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

// newStack returns what is deployed: rules, and the function of examples/lambda with the permissions
// that its remediator declares, if a rule fires on what that handles.
func newStack(rules []rule.Rule) (*deploy.Stack, error) {
	s := &deploy.Stack{
		Description: "Countertrail: alerts on what must not change unseen, and a function that restarts stopped trails.",
		Rules:       rules,
		Trail:       true,
	}
	spec := trailfix.New(nil, nil, nil).Spec()
	answered, err := answeredBy(spec, rules)
	if err != nil || len(answered) == 0 {
		return s, err
	}
	// CloudTrail lets a trail be read and started only in the account and Region that it is of.
	trails := []string{"arn:{partition}:cloudtrail:{region}:{account}:trail/*"}
	s.Function = &deploy.Function{
		Description:   "Countertrail: " + spec.Summary + ".",
		Rules:         answered,
		Reads:         []deploy.Statement{{Sid: "Plan", Actions: spec.Reads, Resources: trails}},
		Writes:        []deploy.Statement{{Sid: "Act", Actions: spec.Writes, Resources: trails}},
		TopicVariable: "COUNTERTRAIL_TOPIC_ARN",
		RoleVariable:  "COUNTERTRAIL_ROLE_ARN",
		ModeVariable:  "COUNTERTRAIL_MODE",
	}
	return s, nil
}

// answeredBy returns the ids of the rules that fire on a call that the remediator handles. Rules that
// fire on who calls or on what is denied are not among them: another fires on the same event.
func answeredBy(spec remediate.Spec, rules []rule.Rule) ([]string, error) {
	var ids []string
	for _, handled := range spec.Handles {
		event, err := eventOf(handled)
		if err != nil {
			return nil, err
		}
		for _, r := range rules {
			fires, err := r.Pattern.Match(event)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", r.ID, err)
			}
			if fires && !slices.Contains(ids, r.ID) {
				ids = append(ids, r.ID)
			}
		}
	}
	return ids, nil
}

// eventOf returns the least of an event that says that a call was made, such as
// "cloudtrail:StopLogging".
func eventOf(call string) ([]byte, error) {
	service, name, ok := strings.Cut(call, ":")
	if !ok {
		return nil, fmt.Errorf("%q is not a call", call)
	}
	return json.Marshal(map[string]any{
		"source":      "aws." + service,
		"detail-type": "AWS API Call via CloudTrail",
		"detail": map[string]any{
			"eventSource": service + ".amazonaws.com",
			"eventName":   name,
		},
	})
}
