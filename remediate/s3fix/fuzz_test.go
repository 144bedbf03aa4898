package s3fix_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate/s3fix"
)

// FuzzPlan holds that whatever a record, a policy or an ACL say, planning writes nothing and asks
// only for buckets in the event's Region and as the event's account's; and that what a plan leaves
// is nothing to plan for.
func FuzzPlan(f *testing.F) {
	calls := s3fix.New(nil, nil, nil).Spec().Handles
	for i, params := range []string{putPolicy, putACL, deleteBlock, putBlock, fullBlock, `null`, ``, `{"omitted":true}`, `{"bucketName":"-x"}`} {
		f.Add(i, params, publicPolicy, allUsers, bucketARN)
	}
	f.Add(5, putPolicy, `{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"1"}},{"Effect":"Deny","Principal":"*"} ] }`, everyoneIn, "")
	f.Fuzz(func(t *testing.T, call int, params, policy, uri, resource string) {
		if len(policy) > 20<<10 || !utf8.ValidString(uri) {
			return // more than S3 allows, and what its XML cannot hold
		}
		_, name, _ := strings.Cut(calls[uint(call)%uint(len(calls))], ":")
		c := newCloud()
		c.policy = policy
		c.grants = append(c.grants, grantTo("http:"+uri, "READ"))
		hit := finding(name, params, func(_ *event.Event, r *event.Record) { r.Resources[0].ARN = resource })
		rem := s3fix.New(c, c, soon)
		plan, err := rem.Plan(t.Context(), hit)
		for _, made := range c.calls {
			words := strings.Split(made, " ")
			if !strings.HasPrefix(made, "Get") || len(words) != 4 || words[1] != region || words[3] != account {
				t.Errorf("called %q", made)
			}
		}
		if err != nil {
			checkText(t, err)
			return
		}
		again, err := rem.Plan(t.Context(), hit)
		if err != nil || again.Digest() != plan.Digest() {
			t.Errorf("plan %s, and again %s with the error %v", plan, again, err)
		}
		if len(plan.Steps) == 0 || plan.Steps[0].Manual || !json.Valid([]byte(policy)) {
			return
		}
		if _, err := rem.Apply(t.Context(), plan); err != nil {
			t.Fatalf("plan %s: %v", plan, err)
		}
		if after, err := rem.Plan(t.Context(), hit); err != nil || len(after.Steps) > 0 {
			t.Errorf("after %s there is %v to do, error %v", plan, after, err)
		}
	})
}
