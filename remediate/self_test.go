package remediate_test

import (
	"testing"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
)

func TestSelfCheck(t *testing.T) {
	for _, tt := range []struct {
		self   remediate.Self
		want   string
		reason string
	}{
		{remediate.Self{}, "", "nothing to recognise us by is no mistake in itself"},
		{remediate.Self{RoleARN: "arn:aws-us-gov:iam::123456789012:role/ops/countertrail"}, "", "a role with a path, in another partition"},
		{remediate.Self{UserARN: "arn:aws:iam::123456789012:user/countertrail"}, "", "a user"},
		{remediate.Self{FunctionARN: "arn:aws:lambda:eu-west-1:123456789012:function:countertrail"}, "", "a function"},
		{remediate.Self{SourceIdentity: "countertrail"}, "", "any text is a source identity"},
		{remediate.Self{Session: "countertrail/responder"}, "", "a role and its session"},
		{remediate.Self{Session: "responder"}, `remediate: Self.Session: "responder" is not ROLE/NAME`, "a session of any role"},
		{remediate.Self{Session: "path/countertrail/responder"}, `remediate: Self.Session: "path/countertrail/responder" is not ROLE/NAME`,
			"a path, which the ARN of an assumed role does not have"},
		{remediate.Self{RoleARN: "countertrail"}, `remediate: Self.RoleARN: "countertrail" is not the ARN of one`, "a name"},
		{remediate.Self{RoleARN: "arn:aws:sts::123456789012:assumed-role/countertrail/i-1"},
			`remediate: Self.RoleARN: "arn:aws:sts::123456789012:assumed-role/countertrail/i-1" is not the ARN of one`,
			"a session: GetCallerIdentity tells it, and the issuer of a session is a role"},
		{remediate.Self{RoleARN: "arn:aws:iam::123456789012:role/"}, `remediate: Self.RoleARN: "arn:aws:iam::123456789012:role/" is not the ARN of one`, "no name"},
		{remediate.Self{FunctionARN: "arn:aws:lambda:eu-west-1:123456789012:function:countertrail:live"},
			`remediate: Self.FunctionARN: "arn:aws:lambda:eu-west-1:123456789012:function:countertrail:live" is not the ARN of one`,
			"an alias: records name the function or a version"},
	} {
		got := ""
		if err := tt.self.Check(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Check = %q, want %q; %s", got, tt.want, tt.reason)
		}
	}
}

func TestSelfMadeByUser(t *testing.T) {
	self := remediate.Self{UserARN: "arn:aws:iam::123456789012:user/countertrail"}
	for arn, want := range map[string]bool{
		"arn:aws:iam::123456789012:user/countertrail":  true,
		"arn:aws:iam::123456789012:user/countertrail2": false,
		"arn:aws:iam::111122223333:user/countertrail":  false,
		"": false,
	} {
		if got := self.Made(&event.Record{UserIdentity: event.UserIdentity{ARN: arn}}); got != want {
			t.Errorf("made by %q: %v, want %v", arn, got, want)
		}
	}
}

func TestSelfMadeInSession(t *testing.T) {
	self := remediate.Self{Session: "countertrail/responder"}
	for arn, want := range map[string]bool{
		"arn:aws:sts::123456789012:assumed-role/countertrail/responder":        true,
		"arn:aws-us-gov:sts::111122223333:assumed-role/countertrail/responder": true,
		"arn:aws:sts::123456789012:assumed-role/countertrail/mallory":          false,
		"arn:aws:sts::123456789012:assumed-role/other/responder":               false,
		"arn:aws:sts::123456789012:assumed-role/xcountertrail/responder":       false,
		"arn:aws:iam::123456789012:user/countertrail/responder":                false,
	} {
		if got := self.Made(&event.Record{UserIdentity: event.UserIdentity{ARN: arn}}); got != want {
			t.Errorf("made by %q: %v, want %v", arn, got, want)
		}
	}
}
