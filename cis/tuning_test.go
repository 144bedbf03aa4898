package cis_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/rule"
)

// A tuned control matches what the control matches, but for what was to be excluded; in particular it
// matches every event that lacks the field by which is excluded. This holds for every control in
// every form, and every combination of tunings, on a sample and on calls that vary what tunings
// look at.
func TestTuning(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/ops"
	tunings := []struct {
		tuning rule.Tuning
		keeps  func(*tunedEvent) bool
	}{
		{rule.Tuning{ExcludePrincipals: []string{role}}, func(e *tunedEvent) bool { return deref(e.Detail.UserIdentity.SessionContext.SessionIssuer.ARN) != role }},
		{rule.Tuning{ExcludePrincipals: []string{"arn:aws:iam::*:user/*"}}, func(e *tunedEvent) bool {
			arn := deref(e.Detail.UserIdentity.ARN)
			return !strings.HasPrefix(arn, "arn:aws:iam::") || !strings.Contains(arn, ":user/")
		}},
		{rule.Tuning{ExcludeServices: []string{"cloudformation.amazonaws.com"}}, func(e *tunedEvent) bool {
			return deref(e.Detail.UserIdentity.InvokedBy) != "cloudformation.amazonaws.com"
		}},
		{rule.Tuning{ExcludeServices: []string{"*"}}, func(e *tunedEvent) bool { return e.Detail.UserIdentity.InvokedBy == nil }},
		{rule.Tuning{ExcludeFailed: true}, func(e *tunedEvent) bool { return e.Detail.ErrorCode == nil && e.Detail.ErrorMessage == nil }},
		{rule.Tuning{ExcludeReadOnly: true}, func(e *tunedEvent) bool { return e.Detail.ReadOnly == nil || !*e.Detail.ReadOnly }},
		{rule.Tuning{Accounts: []string{"123456789012"}}, func(e *tunedEvent) bool { return e.Account == "123456789012" }},
		{rule.Tuning{Regions: []string{"us-east-1", "eu-west-1"}}, func(e *tunedEvent) bool {
			return e.Region == "us-east-1" || e.Region == "eu-west-1"
		}},
	}
	events := tunedEvents(t)
	for key, c := range controls(t) {
		for _, form := range []rule.Form{rule.Recommended, rule.Literal, rule.Extended} {
			before, _ := c.Form(form)
			matched := make([]bool, len(events))
			for i, e := range events {
				var err error
				if matched[i], err = before.Pattern.Match(e.text); err != nil {
					t.Fatal(err)
				}
			}
			for i, tt := range tunings {
				after, err := tt.tuning.Apply(before)
				never := err != nil && strings.Contains(err.Error(), "the rule would never match")
				if err != nil && !never {
					t.Errorf("%s, %s, tuning %d: %v", key, form, i, err)
					continue
				}
				for j, e := range events {
					is, err := after.Pattern.Match(e.text) // none if the rule would never match
					if err != nil {
						t.Fatal(err)
					}
					if want := matched[j] && tt.keeps(e); is != want {
						t.Errorf("%s, %s, tuning %d: %t, want %t, of %s", key, form, i, is, want, e.text)
						break
					}
				}
			}
		}
	}
}

// All tunings at once still give a pattern that an account may use.
func TestTuningTogether(t *testing.T) {
	tuning := rule.Tuning{
		ExcludePrincipals: []string{
			"arn:aws:iam::*:role/aws-service-role/*", "arn:aws:iam::123456789012:role/deployer", "arn:aws:iam::123456789012:user/ci",
		},
		ExcludeServices: []string{"cloudformation.amazonaws.com"},
		ExcludeReadOnly: true,
		Accounts:        []string{"123456789012", "111122223333"},
		Regions:         []string{"us-east-1", "eu-west-1"},
	}
	for key, c := range controls(t) {
		for _, form := range []rule.Form{rule.Recommended, rule.Literal, rule.Extended} {
			r, _ := c.Form(form)
			tuned, err := tuning.Apply(r)
			if err != nil {
				t.Errorf("%s, %s: %v", key, form, err)
			} else if tuned.State != rule.Enabled {
				t.Errorf("%s, %s: state %s, though reads are excluded", key, form, tuned.State)
			}
		}
	}
}

// A control about failures has nothing left without them, and says so.
func TestTuningContradictions(t *testing.T) {
	for key, c := range controls(t) {
		_, err := rule.Tuning{ExcludeFailed: true}.Apply(c.Rule)
		if about := key == "4.1" || key == "4.6"; about != (err != nil) {
			t.Errorf("%s is about failures: %t; error %v", key, about, err)
		}
	}
}

// A tunedEvent is an event with what tunings look at.
type tunedEvent struct {
	text            []byte
	Account, Region string
	Detail          struct {
		ErrorCode, ErrorMessage *string
		ReadOnly                *bool
		UserIdentity            struct {
			ARN, InvokedBy *string
			SessionContext struct{ SessionIssuer struct{ ARN *string } }
		}
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// tunedEvents returns a sample, all examples, and one call of every control over and over, each time
// with another choice of what tunings look at.
func tunedEvents(t *testing.T) []*tunedEvent {
	t.Helper()
	texts := sample(t, 150)
	for _, c := range controls(t) {
		var first []byte
		for _, x := range c.Examples {
			texts = append(texts, x.Event)
			if x.Match && first == nil {
				first = x.Event
			}
		}
		texts = append(texts, variations(t, first, 30)...)
	}
	var all []*tunedEvent
	for _, text := range texts {
		e := &tunedEvent{text: text}
		if err := json.Unmarshal(text, e); err != nil {
			t.Fatalf("%v of %s", err, text)
		}
		all = append(all, e)
	}
	return all
}

func variations(t *testing.T, text []byte, n int) [][]byte {
	t.Helper()
	r := rand.New(rand.NewPCG(6, uint64(len(text))))
	choose := func(in map[string]any, key string, values ...any) {
		if v := values[r.IntN(len(values))]; v == "absent" {
			delete(in, key)
		} else {
			in[key] = v
		}
	}
	var all [][]byte
	for range n {
		var e map[string]any
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		choose(e, "account", "123456789012", "111122223333")
		choose(e, "region", "us-east-1", "eu-west-1", "eu-central-1")
		detail := e["detail"].(map[string]any)
		choose(detail, "readOnly", true, false, nil, "absent")
		if r.IntN(2) == 0 {
			choose(detail, "errorCode", "AccessDenied", "Client.UnauthorizedOperation", nil, "absent")
			choose(detail, "errorMessage", "Failed authentication", nil, "absent")
		}
		id := detail["userIdentity"].(map[string]any)
		choose(id, "invokedBy", "cloudformation.amazonaws.com", "config.amazonaws.com", nil, "absent")
		choose(id, "arn", "arn:aws:iam::123456789012:user/ci", "arn:aws:sts::123456789012:assumed-role/ops/x", nil, "absent")
		choose(id, "sessionContext", "absent", map[string]any{}, map[string]any{"sessionIssuer": map[string]any{
			"arn": fmt.Sprintf("arn:aws:iam::123456789012:role/%s", []string{"ops", "ops2"}[r.IntN(2)]),
		}})
		out, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out)
	}
	return slices.Clip(all)
}
