package iamfix_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/iamfix"
	"github.com/countertrail/countertrail/rule"
)

// remediators returns all of the package, on one cloud, without a reverter.
func remediators(c *cloud) map[string]remediate.Remediator {
	return map[string]remediate.Remediator{
		"key":     made(iamfix.NewAccessKey(c, c, &soon)),
		"attach":  made(iamfix.NewAttachment(c, c, &iamfix.AttachmentOptions{Options: soon})),
		"version": made(iamfix.NewPolicyVersion(c, c, &soon)),
		"login":   made(iamfix.NewLoginProfile(c, c, &soon)),
		"deny": made(iamfix.NewQuarantine(c, c, &iamfix.QuarantineOptions{
			Options: soon, Handles: []string{"iam:CreateUser", "iam:CreateAccessKey"},
		})),
	}
}

// outline returns what a plan or its error says, in a line.
func outline(p *remediate.Plan, err error) string {
	var refusal *remediate.Refusal
	switch {
	case errors.As(err, &refusal):
		return "refused: " + refusal.Guard
	case errors.Is(err, remediate.ErrNotApplicable):
		return "not applicable"
	case errors.Is(err, remediate.ErrNotFound):
		return "not found"
	case err != nil:
		return "error"
	case len(p.Steps) == 0:
		return "nothing"
	}
	var steps []string
	for _, s := range p.Steps {
		text := s.Action + " " + s.Resource[strings.LastIndex(s.Resource, ":")+1:]
		if s.Manual {
			text += " (suggestion)"
		}
		steps = append(steps, text)
	}
	return strings.Join(steps, ", ")
}

func inAccount(id string) func(*event.Event, *event.Record) {
	return func(e *event.Event, r *event.Record) { e.Account, r.RecipientAccountID = id, id }
}

func attachTo(user, policyARN string) rule.Finding {
	return finding("AttachUserPolicy", `{"userName":"`+user+`","policyArn":"`+policyARN+`"}`, `null`)
}

func putInto(role, document string) rule.Finding {
	text, _ := json.Marshal(document)
	return finding("PutRolePolicy", `{"roleName":"`+role+`","policyName":"p","policyDocument":`+string(text)+`}`, `null`)
}

func document(statement string) string {
	return `{"Version":"2012-10-17","Statement":[` + statement + `]}`
}

func TestPlan(t *testing.T) {
	const two = "AKIAAAAAAAAAAAAAAAAA"
	alice := func(f func(*holder)) func(*cloud) { return func(c *cloud) { f(c.Holders["user/alice"]) } }
	keys := func(status ...string) func(*cloud) {
		return alice(func(h *holder) {
			for i, s := range status {
				h.Keys[[]string{key, two}[i]] = s
			}
		})
	}
	attached := func(arns ...string) func(*cloud) { return alice(func(h *holder) { h.Attached = arns }) }
	inline := func(document string) func(*cloud) {
		return func(c *cloud) { c.Holders["role/app"].Inline["p"] = document }
	}
	custom := func(document string) func(*cloud) {
		return func(c *cloud) {
			c.Policies[policy] = &managed{"v1", map[string]string{"v1": document}}
			attached(policy)(c)
		}
	}
	versions := func(set string, documents ...string) func(*cloud) {
		return func(c *cloud) {
			p := &managed{set, map[string]string{}}
			for i, d := range documents {
				p.Versions[fmt.Sprintf("v%d", i+1)] = d
			}
			c.Policies[policy] = p
		}
	}
	created := finding("CreatePolicyVersion", `{"policyArn":"`+policy+`","setAsDefault":"true"}`, `{"policyVersion":{"versionId":"v2"}}`)
	set := finding("SetDefaultPolicyVersion", `{"policyArn":"`+policy+`","versionId":"v2"}`, `null`)
	mallory := `{"Sid":"x","Effect":"Deny","Action":"iam:DeleteUser","Resource":"*"}`
	plus := `{"Effect":"Allow","Action":"*","Resource":["*","arn:aws:s3:::a+b"]}`
	full := `{"Effect":"Allow","Action":"*","Resource":"*"}`

	for _, row := range []struct {
		why        string
		remediator string
		finding    rule.Finding
		cloud      func(*cloud)
		want       string
	}{
		{"the owner is who the record says, not the caller", "key", keyMade("alice"), keys("Active"),
			"iam:UpdateAccessKey user/team/alice"},
		{"a call for oneself may leave the name out", "key",
			finding("UpdateAccessKey", `{"accessKeyId":"`+key+`","status":"Active"}`, `null`, byAlice), keys("Active"),
			"iam:UpdateAccessKey user/team/alice"},
		{"deactivated meanwhile", "key", keyMade("alice"), keys("Inactive"), "nothing"},
		{"deleted meanwhile", "key", keyMade("alice"), keys(), "nothing"},
		{"a key is deactivated: no threat", "key",
			finding("UpdateAccessKey", `{"userName":"alice","accessKeyId":"`+key+`","status":"Inactive"}`, `null`), keys("Inactive"), "not applicable"},
		{"the user is gone", "key", keyMade("bob"), nil, "not found"},
		{"root's key is root's", "key", finding("CreateAccessKey", `null`, `{"accessKey":{"accessKeyId":"`+key+`"}}`,
			func(_ *event.Event, r *event.Record) { r.UserIdentity = event.UserIdentity{Type: event.IdentityRoot} }), nil, "refused: protected"},
		{"a failed call made no key", "key", finding("CreateAccessKey", `{"userName":"alice"}`, `null`,
			func(_ *event.Event, r *event.Record) { r.ErrorCode = "LimitExceededException" }), nil, "refused: failed-call"},
		{"AWS found one of two", "key", attachTo("alice", "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV2"), keys("Active", "Active"),
			"iam:UpdateAccessKey user/team/alice (suggestion), iam:UpdateAccessKey user/team/alice (suggestion)"},
		{"a policy of one's own that is named like AWS's", "key", attachTo("alice", "arn:aws:iam::123456789012:policy/AWSCompromisedKeyQuarantineV2"),
			keys("Active"), "not applicable"},
		{"an event of another account", "key", keyMadeIn("999988887777"), keys("Active"), "refused: scope"},

		{"a record of another account than the event's", "key", finding("CreateAccessKey", `{"userName":"alice"}`,
			`{"accessKey":{"accessKeyId":"`+key+`"}}`, func(e *event.Event, _ *event.Record) { e.Account = "999988887777" }),
			keys("Active"), "refused: scope"},
		{"a record of another Region than the event's", "key", finding("CreateAccessKey", `{"userName":"alice"}`,
			`{"accessKey":{"accessKeyId":"`+key+`"}}`, func(_ *event.Event, r *event.Record) { r.AWSRegion = "us-gov-west-1" }),
			keys("Active"), "refused: scope"},

		{"AWS's own, by name", "attach", attachTo("alice", admin), attached(admin), "iam:DetachUserPolicy user/team/alice"},
		{"detached meanwhile", "attach", attachTo("alice", admin), nil, "nothing"},
		{"the name begins with a dash", "attach", attachTo("-x", admin), func(c *cloud) { c.Holders["user/-x"].Attached = []string{admin} },
			"iam:DetachUserPolicy user/-x"},
		{"AWS's quarantine stays", "attach", attachTo("alice", "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"),
			attached("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"), "nothing"},
		{"a policy of another account", "attach", attachTo("alice", "arn:aws:iam::999988887777:policy/x"), nil, "refused: scope"},
		{"a policy of another partition", "attach", attachTo("alice", "arn:aws-cn:iam::aws:policy/AdministratorAccess"), nil, "refused: scope"},
		{"a protected policy", "attach", attachTo("alice", "arn:aws:iam::123456789012:policy/kept"), nil, "refused: protected"},
		{"a role of a service", "attach", putInto("AWSServiceRoleForX", allowed), nil, "refused: protected"},
		{"a role to break the glass with", "attach", putInto("breakglass", allowed), nil, "refused: protected"},
		{"named like AWS's, and modest", "attach", attachTo("alice", "arn:aws:iam::123456789012:policy/AdministratorAccess"), func(c *cloud) {
			c.Policies["arn:aws:iam::123456789012:policy/AdministratorAccess"] = &managed{"v1", map[string]string{"v1": modest}}
			attached("arn:aws:iam::123456789012:policy/AdministratorAccess")(c)
		}, "nothing"},
		{"modest", "attach", attachTo("alice", policy), custom(modest), "nothing"},
		{"iam:* on users", "attach", attachTo("alice", policy),
			custom(document(`{"Effect":"Allow","Action":"IAM:*","Resource":"arn:aws:iam::*:user/*"}`)), "iam:DetachUserPolicy user/team/alice"},
		{"iam:* on roles", "attach", attachTo("alice", policy),
			custom(document(`{"Effect":"Allow","Action":["iam:*"],"Resource":["arn:aws:iam::123456789012:role/*"]}`)), "iam:DetachUserPolicy user/team/alice"},
		{"everything, in other words", "attach", attachTo("alice", policy),
			custom(document(`{"Effect":"Allow","Action":["s3:Get*","*?:**"],"Resource":["**"]}`)), "iam:DetachUserPolicy user/team/alice"},
		{"a condition that always holds", "attach", attachTo("alice", policy),
			custom(document(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:userid":"*"}}}`)),
			"iam:DetachUserPolicy user/team/alice (suggestion)"},
		{"all but something", "attach", attachTo("alice", policy), custom(document(`{"Effect":"Allow","NotAction":"s3:Get*","Resource":"*"}`)),
			"iam:DetachUserPolicy user/team/alice (suggestion)"},
		{"on all but something", "attach", attachTo("alice", policy), custom(document(`{"Effect":"Allow","Action":"*","NotResource":"arn:x"}`)),
			"iam:DetachUserPolicy user/team/alice (suggestion)"},
		{"one action by which to get the others", "attach", attachTo("alice", policy),
			custom(document(`{"Effect":"Allow","Action":"iam:Put*Policy","Resource":"*"}`)), "iam:DetachUserPolicy user/team/alice (suggestion)"},
		{"everything in one bucket", "attach", attachTo("alice", policy),
			custom(document(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/*"}`)), "nothing"},
		{"it denies something too", "attach", attachTo("alice", policy), custom(document(full + "," + mallory)),
			"iam:DetachUserPolicy user/team/alice (suggestion)"},
		{"only denies", "attach", attachTo("alice", policy), custom(document(mallory)), "nothing"},
		{"what is no policy", "attach", attachTo("alice", policy), custom(`{"Statement":7}`), "iam:DetachUserPolicy user/team/alice (suggestion)"},

		{"put into a role", "attach", putInto("app", allowed), inline(allowed), "iam:DeleteRolePolicy role/app"},
		{"IAM has other white space", "attach", putInto("app", document(full)), inline(document(" " + full + "\n")), "iam:DeleteRolePolicy role/app"},
		{"a plus is not a space", "attach", putInto("app", document(plus)), inline(document(plus)), "iam:DeleteRolePolicy role/app"},
		{"replaced meanwhile", "attach", putInto("app", document(full)), inline(allowed), "nothing"},
		{"deleted meanwhile", "attach", putInto("app", allowed), nil, "nothing"},
		{"modest", "attach", putInto("app", modest), inline(modest), "nothing"},
		{"too long for CloudTrail, on purpose", "attach",
			finding("PutRolePolicy", `{"roleName":"app","policyName":"p","omitted":true,"originalSize":123456,"reason":"too large"}`, `null`),
			inline(allowed), "iam:DeleteRolePolicy role/app"},

		{"the former version", "version", created, versions("v2", modest, allowed), "iam:SetDefaultPolicyVersion policy/app/base"},
		{"set back meanwhile", "version", created, versions("v1", modest, allowed), "nothing"},
		{"none to go back to", "version", finding("CreatePolicyVersion", `{"policyArn":"`+policy+`","setAsDefault":true}`,
			`{"policyVersion":{"versionId":"v1"}}`), versions("v1", allowed), "nothing"},
		{"one that does not allow everything may allow less than the former", "version", created, versions("v2", allowed, modest),
			"iam:SetDefaultPolicyVersion policy/app/base (suggestion)"},
		{"everything but what is denied", "version", created, versions("v2", modest, document(full+","+mallory)),
			"iam:SetDefaultPolicyVersion policy/app/base (suggestion)"},
		{"not made the default", "version", finding("CreatePolicyVersion", `{"policyArn":"`+policy+`","setAsDefault":false}`,
			`{"policyVersion":{"versionId":"v2","isDefaultVersion":false}}`), nil, "not applicable"},
		{"one other", "version", set, versions("v2", modest, allowed), "iam:SetDefaultPolicyVersion policy/app/base"},
		{"several others", "version", set, versions("v2", modest, allowed, modest), "iam:SetDefaultPolicyVersion policy/app/base (suggestion)"},
		{"AWS's own", "version", finding("SetDefaultPolicyVersion", `{"policyArn":"`+admin+`","versionId":"v1"}`, `null`), nil, "refused: scope"},
		{"a protected policy", "version",
			finding("SetDefaultPolicyVersion", `{"policyArn":"arn:aws:iam::123456789012:policy/kept","versionId":"v1"}`, `null`), nil, "refused: protected"},

		{"given a password", "login", finding("CreateLoginProfile", `{"userName":"alice","passwordResetRequired":false}`, `null`),
			alice(func(h *holder) { h.Login = at }), "iam:DeleteLoginProfile user/team/alice"},
		{"that password is gone, and another there", "login", finding("CreateLoginProfile", `{"userName":"alice"}`, `null`),
			alice(func(h *holder) { h.Login = at.Add(2 * time.Minute) }), "nothing"},
		{"deleted meanwhile", "login", finding("CreateLoginProfile", `{"userName":"alice"}`, `null`), nil, "nothing"},
		{"a password replaced another", "login", finding("UpdateLoginProfile", `{"userName":"alice"}`, `null`),
			alice(func(h *holder) { h.Login = at.AddDate(-1, 0, 0) }), "iam:DeleteLoginProfile user/team/alice (suggestion)"},

		{"a user", "deny", finding("CreateUser", `null`, `null`, byAlice), nil, "iam:PutUserPolicy user/team/alice"},
		{"a role", "deny", finding("CreateUser", `null`, `null`, byApp), nil, "iam:PutRolePolicy role/app"},
		{"a call that is not its own", "deny", finding("DeleteUser", `null`, `null`, byApp), nil, "not applicable"},
		{"root", "deny", finding("CreateUser", `null`, `null`, func(_ *event.Event, r *event.Record) {
			r.UserIdentity = event.UserIdentity{Type: event.IdentityRoot, ARN: "arn:aws:iam::123456789012:root"}
		}), nil, "refused: protected"},
		{"a service", "deny", finding("CreateUser", `null`, `null`, func(_ *event.Event, r *event.Record) {
			r.UserIdentity = event.UserIdentity{Type: event.IdentityAWSService, InvokedBy: "x.amazonaws.com"}
		}), nil, "refused: scope"},
		{"a caller of another account", "deny", finding("CreateUser", `null`, `null`, by("arn:aws:iam::999988887777:user/alice", "")), nil, "refused: scope"},
		{"the name is another's by now", "deny", finding("CreateUser", `null`, `null`, by("arn:aws:iam::123456789012:user/team/alice", "AIDAOTHER")),
			nil, "refused: scope"},
		{"a role to break the glass with", "deny", finding("CreateUser", `null`, `null`,
			sessionOf("arn:aws:iam::123456789012:role/break-glass/breakglass", "")), nil, "refused: protected"},
		{"Identity Center's role", "deny", finding("CreateUser", `null`, `null`,
			sessionOf("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_x", "")), nil, "refused: protected"},
		{"denied already", "deny", finding("CreateUser", `null`, `null`, byAlice), alice(func(h *holder) {
			h.Inline[iamfix.DenyPolicyName] = document(`{"Sid":"CountertrailQuarantine","Effect":"Deny","Action":"*","Resource":"*"}`)
		}), "nothing"},
		{"somebody else's policy has the name", "deny", finding("CreateUser", `null`, `null`, byAlice),
			alice(func(h *holder) { h.Inline[iamfix.DenyPolicyName] = modest }), "refused: protected"},
		{"revoked until later", "deny", finding("CreateUser", `null`, `null`, byApp), func(c *cloud) {
			c.Holders["role/app"].Inline[iamfix.RevokePolicyName] = strings.Replace(older, "2026-02", "2027-02", 1)
		}, "nothing"},
		{"revoked until earlier", "deny", finding("CreateUser", `null`, `null`, byApp), func(c *cloud) {
			c.Holders["role/app"].Inline[iamfix.RevokePolicyName] = older
		}, "iam:PutRolePolicy role/app"},
	} {
		c := newCloud()
		if row.cloud != nil {
			row.cloud(c)
		}
		p, err := remediators(c)[row.remediator].Plan(t.Context(), row.finding)
		if got := outline(p, err); got != row.want {
			t.Errorf("%s: %s: %s, want %s (%v)", row.remediator, row.why, got, row.want, err)
		}
		if p != nil && (len(p.Steps) > 0) != strings.HasPrefix(p.Summary, "Containment: ") {
			t.Errorf("%s: %s: the summary is %q", row.remediator, row.why, p.Summary)
		}
		if w := c.writes(); len(w) > 0 {
			t.Errorf("%s: %s: Plan called %q", row.remediator, row.why, w)
		}
	}
}

func keyMadeIn(account string) rule.Finding {
	f := keyMade("alice")
	inAccount(account)(f.Event, f.Record)
	return f
}

func TestCommand(t *testing.T) {
	c := newCloud()
	c.Holders["user/-x"].Attached = []string{admin}
	p := made(remediators(c)["attach"].Plan(t.Context(), attachTo("-x", admin)))
	want := `aws iam detach-user-policy --user-name=-x --policy-arn=arn:aws:iam::aws:policy/AdministratorAccess --region=us-east-1`
	if diff := cmp.Diff(want, p.Steps[0].Command); diff != "" {
		t.Errorf("the name must stay the option's value (-want +got):\n%s", diff)
	}
}

func TestRevokedSessions(t *testing.T) {
	c := newCloud()
	p := made(remediators(c)["deny"].Plan(t.Context(), finding("CreateUser", `null`, `null`, byApp)))
	if _, err := remediators(c)["deny"].Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(older, "2026-02-01T00:00:00Z", "2026-03-01T12:15:00Z", 1)
	if diff := cmp.Diff(want, c.Holders["role/app"].Inline[iamfix.RevokePolicyName]); diff != "" {
		t.Errorf("sessions until 15 minutes after the event (-want +got):\n%s", diff)
	}
}

// In another partition, ARNs and the Region of the calls are that one's.
func TestPartition(t *testing.T) {
	c := newCloud()
	alice := c.Holders["user/alice"]
	alice.ARN = "arn:aws-cn:iam::123456789012:user/alice"
	cnAdmin := strings.Replace(admin, "aws:", "aws-cn:", 1)
	alice.Attached = []string{cnAdmin}
	f := attachTo("alice", cnAdmin)
	f.Event.Region, f.Record.AWSRegion = "cn-north-1", "cn-north-1"
	r := remediators(c)["attach"]
	p := made(r.Plan(t.Context(), f))
	if _, err := r.Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"cn-north-1": true}, c.regions); diff != "" {
		t.Errorf("Regions (-want +got):\n%s", diff)
	}
	if got := p.Steps[0].Resource; got != alice.ARN || len(alice.Attached) > 0 {
		t.Errorf("the step is about %q, and left %q", got, alice.Attached)
	}
}

// What the event set may be late to show.
func TestPlanWaits(t *testing.T) {
	c := newCloud()
	lists := 0
	c.hook(func(action string) error {
		if action == "iam:ListAccessKeys" {
			if lists++; lists == 3 {
				c.Holders["user/alice"].Keys[key] = "Active"
			}
		}
		return nil
	})
	p, err := remediators(c)["key"].Plan(t.Context(), keyMade("alice"))
	if got := outline(p, err); got != "iam:UpdateAccessKey user/team/alice" {
		t.Errorf("a key that shows late: %s", got)
	}
}

func TestProtectedIsChecked(t *testing.T) {
	for _, wrong := range []string{"", "*", "admin", "arn:aws:sts::123456789012:assumed-role/x/y", "arn:aws:iam::123456789012:"} {
		if _, err := iamfix.NewAccessKey(nil, nil, &iamfix.Options{Protected: []string{wrong}}); err == nil {
			t.Errorf("Protected %q protects nothing, and there is no error", wrong)
		}
	}
}
