package iamfix_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/iamfix"
	"github.com/countertrail/countertrail/remediate/remediatetest"
	"github.com/countertrail/countertrail/rule"
)

// soon are options with pauses of next to nothing.
var soon = iamfix.Options{
	Interval:  time.Nanosecond,
	Protected: []string{"arn:aws:iam::123456789012:role/break-glass/*", "arn:aws:iam::123456789012:policy/kept"},
}

const (
	key    = "AKIAI44QH8DHBEXAMPLE"
	policy = "arn:aws:iam::123456789012:policy/app/base"
)

func made[T any](r T, err error) T {
	if err != nil {
		panic(err)
	}
	return r
}

// world returns a world of a cloud.
func world(c *cloud, r remediate.Remediator, f rule.Finding, meddle func()) *remediatetest.World {
	return &remediatetest.World{Remediator: r, Finding: f, State: c.state, Hook: c.hook, Meddle: meddle}
}

func TestAccessKeyConformance(t *testing.T) {
	worlds := map[string]func() *remediatetest.World{}
	for name, f := range map[string]rule.Finding{
		"made":      keyMade("alice"),
		"activated": finding("UpdateAccessKey", `{"userName":"alice","accessKeyId":"`+key+`","status":"Active"}`, `null`),
		"exposed": finding("AttachUserPolicy",
			`{"userName":"alice","policyArn":"arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}`, `null`),
	} {
		worlds[name] = func() *remediatetest.World {
			c := newCloud()
			keys := c.Holders["user/alice"].Keys
			keys["AKIAAAAAAAAAAAAAAAAA"], keys[key] = "Inactive", "Active"
			return world(c, made(iamfix.NewAccessKey(c, c, &soon)), f, func() { delete(keys, key) })
		}
	}
	remediatetest.Run(t, remediatetest.Harness{Worlds: worlds})
}

// keyMade returns a finding on a key that was made for a user.
func keyMade(user string) rule.Finding {
	return finding("CreateAccessKey", `{"userName":"`+user+`"}`,
		`{"accessKey":{"accessKeyId":"`+key+`","status":"Active","userName":"`+user+`","createDate":"Oct 5, 2026 9:15:02 AM"}}`)
}

// holders are the principals of a cloud by the calls on them.
var holders = []struct{ title, kind, name, param string }{
	{"User", "user", "alice", "userName"}, {"Role", "role", "app", "roleName"}, {"Group", "group", "devs", "groupName"},
}

func TestAttachmentConformance(t *testing.T) {
	worlds := map[string]func() *remediatetest.World{}
	for _, h := range holders {
		remediator := func(c *cloud) remediate.Remediator {
			c.Policies[policy] = &managed{"v2", map[string]string{"v1": modest, "v2": allowed}}
			return made(iamfix.NewAttachment(c, c, &iamfix.AttachmentOptions{Options: soon, Reverter: c}))
		}
		worlds["attached to "+h.kind] = func() *remediatetest.World {
			c := newCloud()
			who := c.Holders[h.kind+"/"+h.name]
			who.Attached = []string{"arn:aws:iam::aws:policy/ReadOnlyAccess", policy}
			f := finding("Attach"+h.title+"Policy", `{"`+h.param+`":"`+h.name+`","policyArn":"`+policy+`"}`, `null`)
			return world(c, remediator(c), f, func() { delete(c.Holders, h.kind+"/"+h.name) })
		}
		worlds["put into "+h.kind] = func() *remediatetest.World {
			c := newCloud()
			who := c.Holders[h.kind+"/"+h.name]
			who.Inline["AdministratorAccess"] = allowed
			text, _ := json.Marshal(allowed)
			f := finding("Put"+h.title+"Policy",
				`{"`+h.param+`":"`+h.name+`","policyName":"AdministratorAccess","policyDocument":`+string(text)+`}`, `null`)
			return world(c, remediator(c), f, func() { who.Inline["AdministratorAccess"] = modest })
		}
	}
	remediatetest.Run(t, remediatetest.Harness{Worlds: worlds})
}

func TestPolicyVersionConformance(t *testing.T) {
	worlds := map[string]func() *remediatetest.World{}
	for name, f := range map[string]rule.Finding{
		"created": finding("CreatePolicyVersion", `{"policyArn":"`+policy+`","setAsDefault":true}`,
			`{"policyVersion":{"versionId":"v2","isDefaultVersion":true}}`),
		"set": finding("SetDefaultPolicyVersion", `{"policyArn":"`+policy+`","versionId":"v2"}`, `null`),
	} {
		worlds[name] = func() *remediatetest.World {
			c := newCloud()
			p := &managed{"v2", map[string]string{"v1": modest, "v2": allowed}}
			c.Policies[policy] = p
			return world(c, made(iamfix.NewPolicyVersion(c, c, &soon)), f, func() { p.Default = "v9" })
		}
	}
	remediatetest.Run(t, remediatetest.Harness{Worlds: worlds})
}

// sessionOf makes a role's session the caller.
func sessionOf(arn, id string) func(*event.Event, *event.Record) {
	return func(_ *event.Event, r *event.Record) {
		r.UserIdentity = event.UserIdentity{
			Type: event.IdentityAssumedRole, ARN: "arn:aws:sts::123456789012:assumed-role/x/session", PrincipalID: id + ":session",
			SessionContext: &event.SessionContext{SessionIssuer: event.SessionIssuer{Type: event.IdentityRole, ARN: arn, PrincipalID: id}},
		}
	}
}

// by makes a user the caller.
func by(arn, id string) func(*event.Event, *event.Record) {
	return func(_ *event.Event, r *event.Record) {
		r.UserIdentity = event.UserIdentity{Type: event.IdentityIAMUser, ARN: arn, PrincipalID: id}
	}
}

var (
	byAlice = by("arn:aws:iam::123456789012:user/team/alice", "IDUSERALICE")
	byApp   = sessionOf("arn:aws:iam::123456789012:role/app", "IDROLEAPP")
)

const older = `{"Version":"2012-10-17","Statement":[{"Sid":"CountertrailRevoke","Effect":"Deny","Action":"*","Resource":"*",` +
	`"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-02-01T00:00:00Z"}}}]}`

func TestQuarantineConformance(t *testing.T) {
	opts := iamfix.QuarantineOptions{Options: soon, Handles: []string{"iam:CreateUser"}}
	user := func(c *cloud) *remediatetest.World {
		o := opts
		o.Reverter = c
		return world(c, made(iamfix.NewQuarantine(c, c, &o)), finding("CreateUser", `{}`, `null`, byAlice),
			func() { c.Holders["user/alice"].Inline[iamfix.DenyPolicyName] = modest })
	}
	role := func(c *cloud, whole bool) *remediatetest.World {
		o := opts
		o.Reverter, o.WholeRole = c, whole
		name := iamfix.RevokePolicyName
		if whole {
			name = iamfix.DenyPolicyName
		}
		return world(c, made(iamfix.NewQuarantine(c, c, &o)), finding("CreateUser", `{}`, `null`, byApp),
			func() { c.Holders["role/app"].Inline[name] = modest })
	}
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"a user":       func() *remediatetest.World { return user(newCloud()) },
		"a role":       func() *remediatetest.World { return role(newCloud(), false) },
		"a whole role": func() *remediatetest.World { return role(newCloud(), true) },
		"a role whose sessions were revoked before": func() *remediatetest.World {
			c := newCloud()
			c.Holders["role/app"].Inline[iamfix.RevokePolicyName] = older
			return role(c, false)
		},
	}})
}

func TestLoginProfileConformance(t *testing.T) {
	remediatetest.Run(t, remediatetest.Harness{Worlds: map[string]func() *remediatetest.World{
		"made": func() *remediatetest.World {
			c := newCloud()
			alice := c.Holders["user/alice"]
			alice.Login = at.Add(time.Second)
			return world(c, made(iamfix.NewLoginProfile(c, c, &soon)), finding("CreateLoginProfile", `{"userName":"alice"}`, `null`),
				func() { alice.Login = at.Add(time.Hour) })
		},
	}})
}
