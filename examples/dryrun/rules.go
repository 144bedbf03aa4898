package main

import (
	"encoding/json"
	"strings"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// rules returns the controls and, with -calls, one for all calls that remediators answer.
func rules(s settings, all []remediate.Remediator) ([]rule.Rule, error) {
	benchmark, err := cis.Version("v1.3.0")
	if err != nil {
		return nil, err
	}
	form := rule.Recommended
	if s.extended {
		form = rule.Extended
	}
	rs := benchmark.RulesIn(form)
	if !s.calls {
		return rs, nil
	}
	answered, err := answeredCalls(all)
	if err != nil {
		return nil, err
	}
	return append(rs, rule.Rule{
		ID:    "calls",
		Title: "Call that a remediator answers", Description: "It is one of those that the remediators say they handle.",
		Pattern: answered,
	}), nil
}

// answeredCalls returns a pattern that matches the calls which the remediators handle.
func answeredCalls(all []remediate.Remediator) (*pattern.Pattern, error) {
	names := make(map[string][]string) // of calls, by service
	for _, r := range all {
		for _, call := range r.Spec().Handles {
			service, name, _ := strings.Cut(call, ":")
			names[service] = append(names[service], name)
		}
	}
	type detail struct {
		EventSource []string `json:"eventSource"`
		EventName   []string `json:"eventName"`
	}
	var services []map[string]detail
	for service, called := range names {
		services = append(services, map[string]detail{"detail": {[]string{service + ".amazonaws.com"}, called}})
	}
	text, err := json.Marshal(map[string]any{"$or": services})
	if err != nil {
		return nil, err
	}
	return pattern.Compile(string(text))
}
