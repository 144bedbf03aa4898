package notify_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/rule"
)

func TestNewMessage(t *testing.T) {
	f := trailStopped()
	got := notify.NewMessage(f)
	want := &notify.Message{
		Key:         got.Key, // TestMessageKey
		RuleID:      "4.5",
		Title:       "CloudTrail configuration changed",
		Description: f.Rule.Description,
		Severity:    rule.Critical,
		References:  f.Rule.References,
		Call:        "cloudtrail:StopLogging",
		Time:        at,
		Account:     "123456789012",
		Region:      "eu-west-1",
		EventID:     "11111111-2222-4333-8444-555555555555",
		Actor: notify.Actor{
			Type: "AssumedRole", ARN: "arn:aws:sts::123456789012:assumed-role/deploy/alice", Name: "deploy (session alice)",
			AccountID: "123456789012", AccessKeyID: "ASIAEXAMPLE000000001", SourceIP: "203.0.113.5", UserAgent: "aws-cli/2.15.0",
			SourceIdentity: "alice@example.com",
		},
		Resources: []string{"arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"},
		Request:   `{"name":"arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever is missing from a finding, there is a message, and it can be sent.
func TestNewMessageIncomplete(t *testing.T) {
	e := &event.Event{ID: "id", DetailType: "GuardDuty Finding", Account: "123456789012", Region: "eu-west-1", Time: at, ReplayName: "audit"}
	rec := &event.Record{EventSource: "s3.amazonaws.com", EventName: "PutBucketAcl", AWSRegion: "us-east-1", RecipientAccountID: "111122223333"}
	for _, tt := range []struct {
		reason  string
		finding rule.Finding
		want    notify.Message
	}{
		{"nothing at all", rule.Finding{}, notify.Message{}},
		{"no record: the event speaks for itself", rule.Finding{Event: e}, notify.Message{
			Call: "GuardDuty Finding", Time: at, Account: "123456789012", Region: "eu-west-1", EventID: "id", Replay: "audit",
		}},
		{"no event: the record has its own account and Region", rule.Finding{Record: rec}, notify.Message{
			Call: "s3:PutBucketAcl", Account: "111122223333", Region: "us-east-1",
		}},
		{"a record without id and time: the envelope has both", rule.Finding{Event: e, Record: rec}, notify.Message{
			Call: "s3:PutBucketAcl", Time: at, Account: "123456789012", Region: "eu-west-1", EventID: "id", Replay: "audit",
		}},
	} {
		got := notify.NewMessage(tt.finding)
		tt.want.Key, tt.want.Resources = got.Key, []string{}
		if diff := cmp.Diff(&tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

func TestMessageError(t *testing.T) {
	for _, tt := range []struct{ code, message, want, reason string }{
		{"", "", "", "success"},
		{"AccessDenied", "User: x is not authorized", "AccessDenied: User: x is not authorized", "both"},
		{"Client.DryRunOperation", "", "Client.DryRunOperation", "a code alone"},
		{"", "Failed authentication", "Failed authentication", "a failed sign-in has no code"},
	} {
		got := notify.NewMessage(rule.Finding{Record: &event.Record{ErrorCode: tt.code, ErrorMessage: tt.message}})
		if got.Error != tt.want {
			t.Errorf("Error = %q, want %q: %s", got.Error, tt.want, tt.reason)
		}
		if got.Failed != (tt.want != "") {
			t.Errorf("Failed = %t with Error %q: %s", got.Failed, got.Error, tt.reason)
		}
	}
}

func TestMessageKey(t *testing.T) {
	change := func(change func(f *rule.Finding)) string {
		f := trailStopped()
		change(&f)
		return notify.NewMessage(f).Key
	}
	key := change(func(*rule.Finding) {})
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(key) {
		t.Errorf("Key = %q, want 64 hexadecimal digits", key)
	}
	for _, tt := range []struct {
		reason string
		same   bool
		change func(*rule.Finding)
	}{
		{"delivered again: EventBridge gives it another id", true, func(f *rule.Finding) { f.Event.ID = "other" }},
		{"a later version of the rule", true, func(f *rule.Finding) { f.Rule.Title, f.Rule.Severity = "reworded", rule.Low }},
		{"a replay", true, func(f *rule.Finding) { f.Event.ReplayName = "audit" }},
		{"another rule on the same event", false, func(f *rule.Finding) { f.Rule.ID = "4.3" }},
		{"another event", false, func(f *rule.Finding) { f.Record.EventID = "other" }},
		{"another account's copy of the event", false, func(f *rule.Finding) { f.Event.Account = "111122223333" }},
		{"parts that join to the same text", false, func(f *rule.Finding) { f.Rule.ID, f.Event.Account = "4.51", "23456789012" }},
	} {
		if got := change(tt.change); (got == key) != tt.same {
			t.Errorf("%s: same key is %t, want %t", tt.reason, got == key, tt.same)
		}
	}
}

// An event without an id is told from others by its text.
func TestMessageKeyWithoutID(t *testing.T) {
	key := func(text string) string {
		e, err := event.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return notify.NewMessage(rule.Finding{Event: e}).Key
	}
	const one = `{"detail-type":"a","source":"b","account":"123456789012","detail":{"n":1}}`
	first := key(one)
	if again := key(one); again != first {
		t.Error("the same event has two keys")
	}
	if first == key(strings.Replace(one, "1}", "2}", 1)) {
		t.Error("two events have the same key")
	}
}

func TestActor(t *testing.T) {
	session := func(issuer string) *event.SessionContext {
		return &event.SessionContext{SessionIssuer: event.SessionIssuer{UserName: issuer}, CreationDate: at}
	}
	for _, tt := range []struct {
		reason string
		user   event.UserIdentity
		want   string // the name
		line   string // what String says; the name if empty
	}{
		{"an IAM user", event.UserIdentity{Type: "IAMUser", UserName: "alice", ARN: "arn:aws:iam::123456789012:user/dev/alice"}, "alice", ""},
		{"a name that CloudTrail hides is no name", event.UserIdentity{Type: "IAMUser", UserName: "HIDDEN_DUE_TO_SECURITY_REASONS"},
			"", "IAMUser without a name in the record"},
		{"a role session", event.UserIdentity{
			Type: "AssumedRole", PrincipalID: "AROAX:alice", ARN: "arn:aws:sts::123456789012:assumed-role/deploy/alice",
			SessionContext: session("deploy"),
		}, "deploy (session alice)", ""},
		{"a role session without a context: the ARN names the role", event.UserIdentity{
			Type: "AssumedRole", PrincipalID: "AROAX:alice", ARN: "arn:aws-cn:sts::123456789012:assumed-role/deploy/alice",
		}, "deploy (session alice)", ""},
		{"a role session without anything but a principal", event.UserIdentity{Type: "AssumedRole", PrincipalID: "AROAX:alice"}, "session alice", ""},
		{"a role session without anything", event.UserIdentity{Type: "AssumedRole"}, "", "AssumedRole without a name in the record"},
		{"an odd ARN does no harm", event.UserIdentity{Type: "AssumedRole", ARN: "assumed-role"}, "", "assumed-role"},
		{"root", event.UserIdentity{Type: "Root", AccountID: "123456789012", UserName: "the-alias"}, "root of 123456789012", ""},
		{"root of an unknown account", event.UserIdentity{Type: "Root"}, "root", ""},
		{"root as the management account assumes it", event.UserIdentity{
			Type: "Root", AccountID: "123456789012", SessionContext: &event.SessionContext{AssumedRoot: true},
		}, "root of 123456789012 (through sts:AssumeRoot)", ""},
		{"a federated user", event.UserIdentity{
			Type: "FederatedUser", PrincipalID: "123456789012:bob", ARN: "arn:aws:sts::123456789012:federated-user/bob", SessionContext: session("alice"),
		}, "bob (federated by alice)", ""},
		{"a federated user of root", event.UserIdentity{Type: "FederatedUser", PrincipalID: "123456789012:bob"}, "bob", ""},
		{"SAML", event.UserIdentity{Type: "SAMLUser", PrincipalID: "hash:bob", UserName: "bob@example.com", IdentityProvider: "hash="},
			"bob@example.com (signed in by hash=)", ""},
		{"web identity", event.UserIdentity{Type: "WebIdentityUser", UserName: "repo:acme/app:ref:refs/heads/main", IdentityProvider: "token.actions.githubusercontent.com"},
			"repo:acme/app:ref:refs/heads/main (signed in by token.actions.githubusercontent.com)", ""},
		{"an Identity Center user has an id and no name", event.UserIdentity{
			Type: "IdentityCenterUser", AccountID: "123456789012", OnBehalfOf: &event.OnBehalfOf{UserID: "9067d1c8-1"},
		}, "Identity Center user 9067d1c8-1", ""},
		{"an Identity Center user under another type", event.UserIdentity{Type: "Unknown", OnBehalfOf: &event.OnBehalfOf{UserID: "9067d1c8-1"}},
			"Identity Center user 9067d1c8-1", ""},
		{"nobody known", event.UserIdentity{Type: "Unknown", PrincipalID: "123456789012"}, "", "Unknown without a name in the record"},
		{"a service", event.UserIdentity{Type: "AWSService", InvokedBy: "cloudtrail.amazonaws.com"}, "cloudtrail.amazonaws.com", ""},
		{"a service event names no type", event.UserIdentity{AccountID: "123456789012", InvokedBy: "signin.amazonaws.com"}, "signin.amazonaws.com", ""},
		{"a user through a service is the user", event.UserIdentity{Type: "IAMUser", UserName: "alice", InvokedBy: "cloudformation.amazonaws.com"}, "alice", ""},
		{"a nameless user through a service", event.UserIdentity{Type: "Unknown", InvokedBy: "sso.amazonaws.com"}, "", "sso.amazonaws.com"},
		{"a caller in another account", event.UserIdentity{Type: "AWSAccount", PrincipalID: "AIDAX", AccountID: "111122223333"},
			"account 111122223333 (principal AIDAX)", ""},
		{"the root of another account", event.UserIdentity{Type: "AWSAccount", PrincipalID: "111122223333", AccountID: "111122223333"}, "account 111122223333", ""},
		{"a type without a case of its own", event.UserIdentity{Type: "Directory", UserName: "carol"}, "carol", ""},
		{"a type that is new", event.UserIdentity{Type: "Robot", ARN: "arn:aws:iam::123456789012:robot/r2"}, "", "arn:aws:iam::123456789012:robot/r2"},
		{"nothing", event.UserIdentity{}, "", "not in the record"},
	} {
		got := notify.NewMessage(rule.Finding{Record: &event.Record{UserIdentity: tt.user}}).Actor
		if got.Name != tt.want {
			t.Errorf("Name = %q, want %q: %s", got.Name, tt.want, tt.reason)
		}
		line := tt.line
		if line == "" {
			line = tt.want
		}
		if got.String() != line {
			t.Errorf("String() = %q, want %q: %s", got.String(), line, tt.reason)
		}
	}
}

func TestActorMFA(t *testing.T) {
	with := &event.SessionContext{CreationDate: at, MFAAuthenticated: true}
	without := &event.SessionContext{CreationDate: at}
	for _, tt := range []struct {
		user       string
		session    *event.SessionContext
		additional string
		want       string
		reason     string
	}{
		{"IAMUser", nil, `{"MFAUsed":"Yes"}`, "yes", "sign-in"},
		{"IAMUser", nil, `{"MFAUsed":"No"}`, "no", "sign-in"},
		{"Root", nil, `{"MFAUsed":"YES"}`, "yes", "root signs in with other letters"},
		{"IAMUser", with, `null`, "yes", "session"},
		{"Root", without, ``, "no", "session"},
		{"IAMUser", &event.SessionContext{}, ``, "", "a session context without attributes does not tell"},
		{"IAMUser", nil, ``, "", "a long-term key does not tell"},
		{"IAMUser", with, `{"MFAUsed":"No"}`, "no", "of the two, the sign-in is about this very event"},
		{"IAMUser", nil, `{"MFAUsed":true}`, "", "a form that nobody has seen does not tell"},
		{"IAMUser", nil, `{"mfaUsed":"Yes"}`, "", "another name is another member"},
		{"IAMUser", nil, `["MFAUsed"]`, "", "an odd body does not tell"},
		{"AssumedRole", without, `{"MFAUsed":"No"}`, "", "the identity provider may have asked for it"},
		{"AssumedRole", with, ``, "", "a role is not asked for it"},
		{"FederatedUser", nil, `{"MFAUsed":"No"}`, "", "nor is a federated user"},
	} {
		rec := &event.Record{
			UserIdentity:        event.UserIdentity{Type: tt.user, SessionContext: tt.session},
			AdditionalEventData: json.RawMessage(tt.additional),
		}
		if got := notify.NewMessage(rule.Finding{Record: rec}).Actor.MFA; got != tt.want {
			t.Errorf("MFA of %s with %s = %q, want %q: %s", tt.user, tt.additional, got, tt.want, tt.reason)
		}
	}
}

func TestMessageResources(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-1111-4222-8333-444455556666"
	for _, tt := range []struct {
		call     string
		request  string
		response string
		arns     []string // record.resources
		want     string   // joined by blanks
		reason   string
	}{
		{"cloudtrail:StopLogging", `{"name":"arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"}`, `null`, nil,
			"arn:aws:cloudtrail:eu-west-1:123456789012:trail/main", "4.5, by ARN"},
		{"cloudtrail:DeleteTrail", `{"name":"main"}`, `null`, nil, "trail/main", "4.5, by name"},
		{"cloudtrail:UpdateTrail", `{"name":"main"}`, `{"name":"main","trailARN":"arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"}`, nil,
			"arn:aws:cloudtrail:eu-west-1:123456789012:trail/main", "4.5: the name is part of the ARN"},
		{"cloudtrail:PutEventSelectors", `{"trailName":"main"}`, `null`, nil, "trail/main", "the name has another name"},
		{"iam:PutUserPolicy", `{"userName":"alice","policyName":"inline"}`, `null`, nil, "user/alice policy/inline", "4.4"},
		{"iam:AttachRolePolicy", `{"roleName":"app","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`, `null`, nil,
			"arn:aws:iam::aws:policy/AdministratorAccess role/app", "4.4: what has an ARN comes first"},
		{"iam:AttachUserPolicy", `{"userName":"admin","policyArn":"arn:aws:iam::123456789012:policy/admin"}`, `null`, nil,
			"arn:aws:iam::123456789012:policy/admin user/admin", "4.4: a policy does not hide a user by bearing his name"},
		{"iam:DetachGroupPolicy", `{"groupName":"devs","policyArn":"arn:aws:iam::aws:policy/X"}`, `null`, nil, "arn:aws:iam::aws:policy/X group/devs", "4.4"},
		{"iam:CreatePolicy", `{"policyName":"p1"}`, `{"policy":{"arn":"arn:aws:iam::123456789012:policy/p1"}}`, nil,
			"arn:aws:iam::123456789012:policy/p1", "4.4: the name is part of the ARN"},
		{"iam:CreateAccessKey", `null`, `{"accessKey":{"userName":"alice","accessKeyId":"AKIAEXAMPLE0000000001"}}`, nil, "user/alice", "a key for oneself"},
		{"kms:DisableKey", `{"keyId":"` + key + `"}`, `{"keyId":"` + key + `"}`, []string{key}, key, "4.7: one key under three names"},
		{"kms:ScheduleKeyDeletion", `{"keyId":"0a1b2c3d-1111-4222-8333-444455556666"}`, `null`, []string{key}, key, "4.7: an id is part of the ARN"},
		{"s3:PutBucketPolicy", `{"bucketName":"example-bucket","policy":""}`, `null`, []string{"arn:aws:s3:::example-bucket"}, "arn:aws:s3:::example-bucket", "4.8"},
		{"s3:PutBucketAcl", `{"bucketName":"example-bucket"}`, `null`, []string{""}, "example-bucket", "4.8: the record can lack the ARN"},
		{"s3:PutBucketPolicy", `{"omitted":true,"originalSize":131072,"reason":"requestParameters too large"}`, `null`, []string{"arn:aws:s3:::example-bucket"},
			"arn:aws:s3:::example-bucket", "4.8: parameters that were left out"},
		{"config:StopConfigurationRecorder", `{"configurationRecorderName":"default"}`, `null`, nil, "configuration-recorder/default", "4.9"},
		{"config:PutConfigurationRecorder", `{"configurationRecorder":{"name":"default"}}`, `null`, nil, "configuration-recorder/default", "4.9"},
		{"config:DeleteDeliveryChannel", `{"deliveryChannelName":"default"}`, `null`, nil, "delivery-channel/default", "4.9"},
		{"config:PutDeliveryChannel", `{"deliveryChannel":{"name":"default"}}`, `null`, nil, "delivery-channel/default", "4.9"},
		{"ec2:AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{}}`, `{"_return":true}`, nil, "sg-1", "4.10"},
		{"ec2:RevokeSecurityGroupEgress", `{"groupName":"web"}`, `null`, nil, "security-group/web", "4.10: the group by name"},
		{"ec2:CreateSecurityGroup", `{"groupName":"web","vpcId":"vpc-1"}`, `{"groupId":"sg-1"}`, nil, "security-group/web vpc-1 sg-1", "4.10"},
		{"ec2:ModifySecurityGroupRules", `{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-1"}}`, `null`, nil, "sg-1", "the other dialect of EC2"},
		{"ec2:DeleteNetworkAclEntry", `{"networkAclId":"acl-1","ruleNumber":100}`, `null`, nil, "acl-1", "4.11"},
		{"ec2:CreateNetworkAcl", `{"vpcId":"vpc-1"}`, `{"networkAcl":{"networkAclId":"acl-1"}}`, nil, "vpc-1 acl-1", "4.11"},
		{"ec2:ReplaceNetworkAclAssociation", `{"associationId":"aclassoc-1","networkAclId":"acl-1"}`, `{"newAssociationId":"aclassoc-2"}`, nil,
			"acl-1 aclassoc-1 aclassoc-2", "4.11"},
		{"ec2:AttachInternetGateway", `{"internetGatewayId":"igw-1","vpcId":"vpc-1"}`, `null`, nil, "igw-1 vpc-1", "4.12"},
		{"ec2:CreateInternetGateway", `{}`, `{"internetGateway":{"internetGatewayId":"igw-1"}}`, nil, "igw-1", "4.12"},
		{"ec2:CreateCustomerGateway", `{"type":"ipsec.1"}`, `{"customerGateway":{"customerGatewayId":"cgw-1"}}`, nil, "cgw-1", "4.12"},
		{"ec2:DeleteCustomerGateway", `{"customerGatewayId":"cgw-1"}`, `null`, nil, "cgw-1", "4.12"},
		{"ec2:CreateRoute", `{"routeTableId":"rtb-1","destinationCidrBlock":"0.0.0.0/0","gatewayId":"igw-1"}`, `null`, nil, "rtb-1", "4.13"},
		{"ec2:CreateRouteTable", `{"vpcId":"vpc-1"}`, `{"routeTable":{"routeTableId":"rtb-1"}}`, nil, "vpc-1 rtb-1", "4.13"},
		{"ec2:DisassociateRouteTable", `{"associationId":"rtbassoc-1"}`, `null`, nil, "rtbassoc-1", "4.13"},
		{"ec2:CreateVpc", `{"cidrBlock":"10.0.0.0/16"}`, `{"vpc":{"vpcId":"vpc-1"}}`, nil, "vpc-1", "4.14"},
		{"ec2:CreateVpcPeeringConnection", `{"vpcId":"vpc-1","peerVpcId":"vpc-2"}`, `{"vpcPeeringConnection":{"vpcPeeringConnectionId":"pcx-1"}}`, nil,
			"vpc-1 vpc-2 pcx-1", "4.14"},
		{"ec2:AttachClassicLinkVpc", `{"vpcId":"vpc-1","instanceId":"i-1"}`, `null`, nil, "vpc-1 i-1", "4.14"},
		{"organizations:AttachPolicy", `{"policyId":"p-1","targetId":"ou-1"}`, `null`, nil, "p-1 ou-1", "4.15"},
		{"organizations:CreatePolicy", `{"name":"x"}`, `{"policy":{"policySummary":{"id":"p-1"}}}`, nil, "p-1", "4.15: not the CreatePolicy of IAM"},
		{"organizations:MoveAccount", `{"accountId":"111122223333","sourceParentId":"ou-1","destinationParentId":"ou-2"}`, `null`, nil,
			"account/111122223333 ou-1 ou-2", "4.15"},
		{"organizations:RemoveAccountFromOrganization", `{"accountId":111122223333}`, `null`, nil, "account/111122223333", "an account as a number"},
		{"organizations:InviteAccountToOrganization", `{"target":{"id":"111122223333","type":"ACCOUNT"}}`, `{"handshake":{"id":"h-1"}}`, nil, "111122223333 h-1", "4.15"},
		{"organizations:CreateOrganizationalUnit", `{"parentId":"r-1","name":"x"}`, `{"organizationalUnit":{"id":"ou-1"}}`, nil, "r-1 ou-1", "4.15"},
		{"organizations:CreateAccount", `{"accountName":"****"}`, `{"createAccountStatus":{"id":"car-1"}}`, nil, "car-1", "4.15: the account has no id yet"},
		{"organizations:LeaveOrganization", `null`, `null`, nil, "", "4.15: no parameters"},
		{"lambda:DeleteFunction20150331", `{"functionName":"f"}`, `null`, []string{"arn:aws:lambda:eu-west-1:123456789012:function:f"},
			"arn:aws:lambda:eu-west-1:123456789012:function:f", "a service without a row: what the record says"},

		{"iam:PutUserPolicy", ``, ``, nil, "", "no bodies"},
		{"iam:PutUserPolicy", `"text"`, `[1]`, nil, "", "bodies that are not objects"},
		{"iam:PutUserPolicy", `{"userName":null,"policyName":["x"],"roleName":{"name":"x"},"groupName":true}`, `{"policy":"x"}`, nil, "", "odd members"},
		{"iam:PutUserPolicy", `{"USERNAME":"alice"}`, `null`, nil, "", "another name is another member"},
		{"iam:PutUserPolicy", `{"userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, `null`, nil, "", "the mark of a hidden value is no name"},
		{"ec2:CreateVpc", `""`, `{"vpc":`, nil, "", "an empty request of EC2 is a string; a body that is cut off"},
		{"iam:PutUserPolicy", `{"userName":"a\nb\u202e"}`, `null`, nil, "user/a\nb\u202e", "hostile text is kept as it came: the renderer cleans it"},
	} {
		service, name, _ := strings.Cut(tt.call, ":")
		rec := &event.Record{
			EventSource: service + ".amazonaws.com", EventName: name,
			RequestParameters: json.RawMessage(tt.request), ResponseElements: json.RawMessage(tt.response),
		}
		for _, arn := range tt.arns {
			rec.Resources = append(rec.Resources, event.Resource{ARN: arn})
		}
		got := strings.Join(notify.NewMessage(rule.Finding{Record: rec}).Resources, " ")
		if got != tt.want {
			t.Errorf("%s %s: %q, want %q: %s", tt.call, tt.request, got, tt.want, tt.reason)
		}
	}
}

func TestMessageResourcesBounded(t *testing.T) {
	rec := &event.Record{EventSource: "s3.amazonaws.com", RequestParameters: json.RawMessage(`{"bucketName":"last"}`)}
	for i := range 5000 {
		rec.Resources = append(rec.Resources, event.Resource{ARN: fmt.Sprintf("arn:aws:s3:::bucket/%d", i/2)})
	}
	rec.Resources[0].ARN = strings.Repeat("東", 10_000)
	m := notify.NewMessage(rule.Finding{Record: rec})
	if len(m.Resources) != 100 {
		t.Errorf("%d resources, want 100", len(m.Resources))
	}
	if want := strings.Repeat("東", 2039) + "…(+7961)"; m.Resources[0] != want {
		t.Errorf("a long name is %q", m.Resources[0])
	}
	// 2,500 different ones, the one that was replaced having a twin, the long one and the bucket.
	if want := []string{"2402 more resources are not listed"}; !slices.Equal(m.Notes, want) {
		t.Errorf("Notes = %q, want %q", m.Notes, want)
	}
}

func TestMessageRequest(t *testing.T) {
	for _, tt := range []struct{ reason, source, params, want string }{
		{"it stands in one line", "ec2.amazonaws.com", "{\"groupId\": \"sg-1\",\n \"fromPort\": 22}", `{"groupId":"sg-1","fromPort":22}`},
		{"a call without parameters", "cloudtrail.amazonaws.com", "null", ""},
		{"a record without the member", "cloudtrail.amazonaws.com", "", ""},
		{"a service whose requests can hold secrets", "ssm.amazonaws.com", `{"value":"secret"}`, ""},
		{"left out by CloudTrail, which is told in a note", "iam.amazonaws.com", `{"omitted":true,"originalSize":131072,"reason":"requestParameters too large"}`, ""},
		{"a long policy is cut", "iam.amazonaws.com", `{"p":"` + strings.Repeat("x", 3000) + `"}`,
			`{"p":"` + strings.Repeat("x", 2034) + "…(+968)"},
	} {
		rec := &event.Record{EventSource: tt.source, EventName: "Call", RequestParameters: json.RawMessage(tt.params)}
		if got := notify.NewMessage(rule.Finding{Record: rec}).Request; got != tt.want {
			t.Errorf("request %q, want %q; %s", got, tt.want, tt.reason)
		}
	}
}

func TestMessageNotes(t *testing.T) {
	const left = "CloudTrail left the request parameters out of the record because of their size, so the event does not say what was asked for"
	for _, tt := range []struct {
		record event.Record
		want   []string
		reason string
	}{
		{event.Record{}, nil, "nothing to say"},
		{event.Record{RequestParameters: json.RawMessage(`{"omitted":true,"originalSize":131072,"reason":"requestParameters too large"}`)}, []string{left}, "a bool"},
		{event.Record{RequestParameters: json.RawMessage(`{"omitted":"true","originalSize":"131072"}`)}, []string{left}, "a string"},
		{event.Record{RequestParameters: json.RawMessage(`{"omitted":false}`)}, nil, "a parameter of that name"},
		{event.Record{Addendum: &event.Addendum{Reason: "UPDATED_DATA"}}, []string{"the record was delivered late, or corrects an earlier one (UPDATED_DATA)"}, "a correction"},
		{event.Record{Addendum: &event.Addendum{}}, []string{"the record was delivered late, or corrects an earlier one (no reason given)"}, "a correction without a reason"},
	} {
		got := notify.NewMessage(rule.Finding{Record: &tt.record}).Notes
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

func TestMessageOutcome(t *testing.T) {
	for _, tt := range []struct {
		outcomes []string
		want     string
		reason   string
	}{
		{nil, "none", "no remediator had an answer"},
		{[]string{"verified"}, "verified", "one"},
		{[]string{"verified", "partial", "planned"}, "partial", "half done needs somebody"},
		{[]string{"nothing to do", "applied"}, "applied", "something was done"},
		{[]string{"refused", "failed"}, "failed", "a failure comes before a refusal"},
		{[]string{"failed", "exploded"}, "exploded", "what is not known may be worse"},
	} {
		m := new(notify.Message)
		for _, o := range tt.outcomes {
			m.Actions = append(m.Actions, notify.Action{Outcome: o})
		}
		if got := m.Outcome(); got != tt.want {
			t.Errorf("Outcome of %q = %q, want %q: %s", tt.outcomes, got, tt.want, tt.reason)
		}
	}
}

// The members of a message in JSON are what programs on the other side read.
func TestMessageJSON(t *testing.T) {
	m := notify.NewMessage(trailStopped())
	m.Actions = []notify.Action{startLogging("applied", "done")}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var got notify.Message
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, &got); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	if s := string(text); !strings.Contains(s, `"severity":"critical"`) || !strings.Contains(s, `"time":"`+at.Format(time.RFC3339)+`"`) {
		t.Errorf("JSON = %s", s)
	}
}
