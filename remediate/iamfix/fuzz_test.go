package iamfix_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/event"
)

// FuzzPlan holds that no record and no document makes Plan panic or write, and that what it plans is
// about something of the event's account and can be applied.
func FuzzPlan(f *testing.F) {
	f.Add("CreateAccessKey", `{"userName":"alice"}`, `{"accessKey":{"accessKeyId":"`+key+`","userName":"alice"}}`, "", modest)
	f.Add("AttachUserPolicy", `{"userName":"alice","policyArn":"`+policy+`"}`, `null`, "", allowed)
	f.Add("PutRolePolicy", `{"roleName":"app","policyName":"p"}`, `null`, "", allowed)
	f.Add("CreatePolicyVersion", `{"policyArn":"`+policy+`","setAsDefault":true}`, `{"policyVersion":{"versionId":"v2"}}`, "", `{"Statement":[[]]}`)
	f.Add("CreateLoginProfile", `{"userName":{"items":["alice"]}}`, `{"loginProfile":{"userName":"alice"}}`, "", `null`)
	f.Add("CreateUser", ``, ``, "arn:aws:iam::123456789012:role/app", `{"Statement":{"Effect":"Allow","Action":{},"Resource":1}}`)
	f.Fuzz(func(t *testing.T, call, params, response, caller, document string) {
		if len(document) > 10_240 || !json.Valid([]byte(document)) {
			return // nothing that IAM keeps
		}
		for name := range remediators(newCloud()) {
			c := newCloud()
			c.Holders["user/alice"].Keys[key], c.Holders["user/alice"].Login = "Active", at
			c.Holders["user/alice"].Attached = []string{policy}
			c.Holders["role/app"].Inline["p"] = document
			c.Policies[policy] = &managed{"v2", map[string]string{"v1": modest, "v2": document}}
			finding := finding(call, params, response, func(_ *event.Event, r *event.Record) {
				r.UserIdentity.ARN = caller
			})
			r := remediators(c)[name]
			plan, err := r.Plan(t.Context(), finding)
			if w := c.writes(); len(w) > 0 {
				t.Fatalf("%s: planning called %q", name, w)
			}
			if err != nil {
				continue
			}
			for _, s := range plan.Steps {
				if !strings.Contains(s.Resource, "::"+account+":") || s.Region != region {
					t.Errorf("%s: a step is about %q in %q", name, s.Resource, s.Region)
				}
			}
			if _, err := r.Apply(t.Context(), plan.Automatic()); err != nil {
				t.Errorf("%s: applying %v: %v", name, plan, err)
			}
		}
	})
}
