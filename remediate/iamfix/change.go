package iamfix

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/countertrail/countertrail/remediate"
)

// The IAM actions of steps that are not the same for users, roles and groups.
const (
	actionUpdateKey  = "iam:UpdateAccessKey"
	actionSetDefault = "iam:SetDefaultPolicyVersion"
	actionNoPassword = "iam:DeleteLoginProfile"
)

// args is the input of every call that a step makes.
type args struct {
	UserName       string `json:"UserName,omitempty"`
	RoleName       string `json:"RoleName,omitempty"`
	GroupName      string `json:"GroupName,omitempty"`
	PolicyARN      string `json:"PolicyArn,omitempty"`
	PolicyName     string `json:"PolicyName,omitempty"`
	PolicyDocument string `json:"PolicyDocument,omitempty"`
	VersionID      string `json:"VersionId,omitempty"`
	AccessKeyID    string `json:"AccessKeyId,omitempty"`
	Status         string `json:"Status,omitempty"`
}

// state is what a step needs to know of what it changes. The zero state is that of something that is
// not there.
type state struct {
	Status   string `json:"status,omitempty"`         // of an access key
	Attached bool   `json:"attached,omitempty"`       // of a managed policy to a principal
	Document string `json:"policyDocument,omitempty"` // of a policy of a principal's own, byte for byte
	Version  string `json:"defaultVersion,omitempty"` // of a managed policy
	Created  string `json:"created,omitempty"`        // when a login profile was
}

// A change is a step before it is written down. All that a step says follows from it.
type change struct {
	action string
	on     entity
	region string
	args   args
	before state
	manual bool
}

// changeOf returns the change of an action on an entity, which the arguments then name.
func changeOf(action string, on entity, s scope, a args, before state) change {
	switch on.kind {
	case kindUser:
		a.UserName = on.name
	case kindRole:
		a.RoleName = on.name
	case kindGroup:
		a.GroupName = on.name
	}
	return change{action: action, on: on, region: s.region, args: a, before: before}
}

// operation returns the action's name without the service, and without what it is done to if that is
// a user, role or group: "Detach" for "iam:DetachUserPolicy".
func (c change) operation() string {
	name := strings.TrimPrefix(c.action, "iam:")
	for _, k := range principalKinds {
		if verb, ok := strings.CutSuffix(name, k.title+"Policy"); ok && k.kind == c.on.kind {
			return verb
		}
	}
	return name
}

// principalKinds holds the kinds of entities that have policies, by how actions name them.
var principalKinds = []struct{ kind, title string }{{kindUser, "User"}, {kindRole, "Role"}, {kindGroup, "Group"}}

// actionOn returns the IAM action of an operation on the policies of e, for example
// "iam:DetachUserPolicy".
func actionOn(e entity, verb string) string {
	for _, k := range principalKinds {
		if k.kind == e.kind {
			return "iam:" + verb + k.title + "Policy"
		}
	}
	return ""
}

// after returns the state that the change leaves.
func (c change) after() state {
	switch c.operation() {
	case "UpdateAccessKey":
		return state{Status: c.args.Status}
	case "Attach":
		return state{Attached: true}
	case "Put":
		return state{Document: c.args.PolicyDocument}
	case "SetDefaultPolicyVersion":
		return state{Version: c.args.VersionID}
	}
	return state{} // what is detached or deleted
}

// inverse returns the change that takes c back; false if there is none.
func (c change) inverse() (change, bool) {
	back := c
	back.before, back.manual = c.after(), false
	switch c.operation() {
	case "UpdateAccessKey":
		back.args.Status = c.before.Status
	case "SetDefaultPolicyVersion":
		back.args.VersionID = c.before.Version
	case "Detach":
		back.action = actionOn(c.on, "Attach")
	case "Attach":
		back.action = actionOn(c.on, "Detach")
	case "Put", "Delete":
		back.args.PolicyDocument = c.before.Document
		back.action = actionOn(c.on, "Put")
		if c.before.Document == "" {
			back.action = actionOn(c.on, "Delete")
		}
	default:
		return change{}, false
	}
	return back, true
}

// summary returns what c does, in a line.
func (c change) summary() string {
	a := c.args
	switch c.operation() {
	case "UpdateAccessKey":
		return fmt.Sprintf("set the access key that ends in %q of the %s to %s", lastFour(a.AccessKeyID), c.on, a.Status)
	case "SetDefaultPolicyVersion":
		return fmt.Sprintf("make %s the default version of the %s", a.VersionID, c.on)
	case "DeleteLoginProfile":
		return fmt.Sprintf("delete the password of the %s", c.on)
	case "Attach":
		return fmt.Sprintf("attach the policy %q to the %s", a.PolicyARN, c.on)
	case "Detach":
		return fmt.Sprintf("detach the policy %q from the %s", a.PolicyARN, c.on)
	case "Put":
		return fmt.Sprintf("put the policy %q into the %s", a.PolicyName, c.on)
	}
	return fmt.Sprintf("delete the policy %q of the %s itself", a.PolicyName, c.on)
}

// lastFour returns the end of an access key's id, which is enough for people to tell keys apart.
func lastFour(id string) string { return id[max(0, len(id)-4):] }

// command returns the call for the AWS CLI. Options and values are one word each: a name of IAM may
// begin with "-", and would be taken for an option.
func (c change) command() string {
	a := c.args
	words := []string{"aws", "iam", kebab(strings.TrimPrefix(c.action, "iam:"))}
	for _, o := range []struct{ name, value string }{
		{"user-name", a.UserName}, {"role-name", a.RoleName}, {"group-name", a.GroupName},
		{"policy-arn", a.PolicyARN}, {"policy-name", a.PolicyName}, {"policy-document", strings.TrimSpace(a.PolicyDocument)},
		{"version-id", a.VersionID}, {"access-key-id", a.AccessKeyID}, {"status", a.Status}, {"region", c.region},
	} {
		if o.value != "" {
			words = append(words, "--"+o.name+"="+o.value)
		}
	}
	return remediate.Command(words...)
}

// kebab returns the CLI's name of a call: "detach-user-policy" for "DetachUserPolicy".
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// step writes c down. Can says which actions a remediator could carry out: an inverse that is none of
// those is for people.
func (c change) step(can func(action string) bool) remediate.Step {
	s := c.plain()
	if back, ok := c.inverse(); ok {
		back.manual = !can(back.action)
		inverse := back.plain()
		s.Inverse = &inverse
	}
	return s
}

func (c change) plain() remediate.Step {
	return remediate.Step{
		Action:   c.action,
		Resource: c.on.arn(),
		Region:   c.region,
		Summary:  c.summary(),
		Args:     encode(c.args),
		Before:   encode(c.before),
		After:    encode(c.after()),
		Command:  c.command(),
		Manual:   c.manual,
	}
}

// readStep returns the change that a step was written from. It returns an error unless the step is the
// very one that follows from it, whatever way it took since.
func readStep(s remediate.Step) (change, error) {
	on, err := parseARN(s.Resource)
	if err != nil {
		return change{}, err
	}
	c := change{action: s.Action, on: on, region: s.Region, manual: s.Manual}
	if json.Unmarshal(s.Args, &c.args) != nil || json.Unmarshal(s.Before, &c.before) != nil {
		return change{}, fmt.Errorf("%.100q on %q: its arguments or its state before cannot be read", s.Action, on.arn())
	}
	want := changeOf(c.action, on, scope{region: c.region}, c.args, c.before)
	switch c.operation() {
	case "Attach", "Delete", "DeleteLoginProfile", "Detach", "Put", "SetDefaultPolicyVersion", "UpdateAccessKey":
	default:
		return change{}, fmt.Errorf("%.100q is nothing that is done to the %s", s.Action, on)
	}
	if digest(s) != digest(want.step(func(string) bool { return true })) {
		return change{}, fmt.Errorf("not made here, or changed: %.100q on %q", s.Action, on.arn())
	}
	return c, nil
}

// digest returns a fingerprint of a step, but for what of it is a suggestion: that may depend on the
// settings of who reads it.
func digest(s remediate.Step) string {
	s.Manual = false
	if s.Inverse != nil {
		inverse := *s.Inverse
		inverse.Manual = false
		s.Inverse = &inverse
	}
	return (&remediate.Plan{Steps: []remediate.Step{s}}).Digest()
}

// encode returns v as JSON. None of the types given to it can fail.
func encode(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
