package event_test

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
)

// recordOf decodes the record whose members are given.
func recordOf(members string) (*event.Record, error) {
	e := event.Event{DetailType: event.DetailTypeAPICall, Detail: json.RawMessage(`{"eventVersion":"1.11",` + members + `}`)}
	return e.CloudTrail()
}

func TestRecordEveryField(t *testing.T) {
	e := mustParse(t, string(readFile(t, "full.json")))
	rec, err := e.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	// A field without a value is one that the decoder forgot, or the file.
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		if v.IsZero() {
			t.Errorf("%s is zero", path)
			return
		}
		switch v.Kind() {
		case reflect.Pointer:
			walk(path, v.Elem())
		case reflect.Slice:
			if v.Type() != reflect.TypeFor[json.RawMessage]() {
				walk(path+"[0]", v.Index(0))
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() {
				return
			}
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() {
					walk(path+"."+f.Name, v.Field(i))
				}
			}
		}
	}
	walk("Event", reflect.ValueOf(*e))
	walk("Record", reflect.ValueOf(*rec))

	// Neighbours have different values, so a mix-up shows.
	yes := true
	want := &event.Record{
		EventVersion: "1.11",
		UserIdentity: event.UserIdentity{
			Type: event.IdentityAssumedRole, PrincipalID: "AROAEXAMPLE0000000001:alice",
			ARN: "arn:aws:sts::123456789012:assumed-role/deploy/alice", AccountID: "123456789012",
			AccessKeyID: "ASIAIOSFODNN7EXAMPLE", UserName: "alice", InvokedBy: "cloudformation.amazonaws.com",
			IdentityProvider: "arn:aws:iam::123456789012:saml-provider/example", CredentialID: "CREDENTIALEXAMPLE",
			SessionContext: &event.SessionContext{
				SessionIssuer: event.SessionIssuer{
					Type: "Role", PrincipalID: "AROAEXAMPLE0000000001", ARN: "arn:aws:iam::123456789012:role/ops/deploy",
					AccountID: "123456789012", UserName: "deploy",
				},
				WebIDFederationData: event.WebIDFederationData{
					FederatedProvider: "arn:aws:iam::123456789012:oidc-provider/token.example.com",
					Attributes:        map[string]string{"token.example.com:aud": "sts.amazonaws.com", "token.example.com:level": "2"},
				},
				CreationDate: time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC), MFAAuthenticated: true,
				SourceIdentity: "alice@example.com", EC2RoleDelivery: "2.0", EC2IssuedInVPC: "vpc-0123456789EXAMPLE",
				AssumedRoot: true, SignInSessionARN: "arn:aws:signin:eu-west-1:123456789012:session/11111111-2222-4333-8444-555555555555",
			},
			OnBehalfOf: &event.OnBehalfOf{
				UserID: "c2a5a4a4-EXAMPLE", IdentityStoreARN: "arn:aws:identitystore::123456789012:identitystore/d-EXAMPLE",
			},
			InScopeOf: &event.InScopeOf{
				SourceARN: "arn:aws:lambda:eu-west-1:123456789012:function:undo", SourceAccount: "123456789012",
				IssuerType: "AWS::Lambda::Function", CredentialsIssuedTo: "arn:aws:lambda:eu-west-1:123456789012:function:undo",
				CredentialsIssuedToVersion: "3",
			},
			InvokedByDelegate: &event.InvokedByDelegate{AccountID: "111122223333"},
			Extra:             map[string]json.RawMessage{"somethingNew": json.RawMessage(`{"in": "2027"}`)},
		},
		EventTime: time.Date(2026, 10, 5, 9, 15, 2, 0, time.UTC), EventSource: "ec2.amazonaws.com",
		EventName: "AuthorizeSecurityGroupIngress", AWSRegion: "eu-west-1", SourceIPAddress: "198.51.100.23",
		UserAgent: "aws-cli/2.27.0", ErrorCode: "Client.InvalidPermission.Duplicate", ErrorMessage: "the specified rule already exists",
		RequestParameters: json.RawMessage(`{"groupId": "sg-0123456789EXAMPLE"}`), ResponseElements: json.RawMessage(`{"_return": true}`),
		AdditionalEventData: json.RawMessage(`{"x-amz-id-2": "EXAMPLE="}`),
		RequestID:           "33333333-4444-4555-8666-777777777777", EventID: "22222222-3333-4444-8555-666666666666", ReadOnly: &yes,
		Resources: []event.Resource{{
			AccountID: "123456789012", Type: "AWS::S3::Object", ARN: "arn:aws:s3:::example-bucket/key",
			ARNPrefix: "arn:aws:s3:::example-bucket/",
		}},
		EventType: "AwsApiCall", ManagementEvent: &yes, RecipientAccountID: "123456789012", EventCategory: "Management",
		TLSDetails: &event.TLSDetails{
			TLSVersion: "TLSv1.3", CipherSuite: "TLS_AES_128_GCM_SHA256",
			ClientProvidedHostHeader: "ec2.eu-west-1.amazonaws.com", KeyExchange: "X25519MLKEM768",
		},
		APIVersion: "2016-11-15", SessionCredentialFromConsole: &yes,
		VPCEndpointID: "vpce-0123456789EXAMPLE", VPCEndpointAccountID: "111122223333",
		SharedEventID: "44444444-5555-4666-8777-888888888888", ServiceEventDetails: json.RawMessage(`{"state": "ok"}`),
		Addendum: &event.Addendum{
			Reason: "UPDATED_DATA", UpdatedFields: "responseElements",
			OriginalRequestID: "55555555-6666-4777-8888-999999999999", OriginalEventID: "66666666-7777-4888-8999-000000000000",
		},
		EdgeDeviceDetails: json.RawMessage(`{"type": "outpost"}`), Annotation: json.RawMessage(`"seen twice"`),
		InsightDetails: &event.InsightDetails{
			State: "Start", EventSource: "ec2.amazonaws.com", EventName: "RunInstances", InsightType: "ApiErrorRateInsight",
			ErrorCode: "Client.RequestLimitExceeded",
			Context: event.InsightContext{
				BaselineAverage: 0.0017857143, InsightAverage: 4, InsightDuration: 1, BaselineDuration: 10085,
				Attributions: []event.InsightAttribution{{
					Attribute: "userIdentityArn",
					Insight:   []event.InsightValue{{Value: "arn:aws:sts::123456789012:assumed-role/deploy/alice", Average: 4.5}},
					Baseline:  []event.InsightValue{{Value: "arn:aws:iam::123456789012:user/bob", Average: 0.25}},
				}},
			},
		},
		EventContext: json.RawMessage(`{"requestContext": {"aws:SecureTransport": "true"}}`),
		Extra:        map[string]json.RawMessage{"somethingNewer": json.RawMessage(`[1, 2]`)},
	}
	if diff := cmp.Diff(want, rec); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestRecordFiles(t *testing.T) {
	for _, tt := range []struct {
		file    string
		call    string
		session string
		failed  bool
		signIn  bool
		addr    bool
	}{
		{file: "api-call.json", call: "cloudtrail:StopLogging", session: "alice", addr: true},
		{file: "sign-in.json", call: "signin:ConsoleLogin", failed: true, signIn: true, addr: true},
		{file: "service-event.json", call: "organizations:CreateAccountResult"},
		{file: "insight.json"},
		{file: "network-activity.json", call: "kms:ListKeys", session: "bob", failed: true, addr: true},
	} {
		t.Run(tt.file, func(t *testing.T) {
			e := mustParse(t, string(readFile(t, tt.file)))
			rec, err := e.CloudTrail()
			if err != nil {
				t.Fatal(err)
			}
			if e.Extra != nil || rec.Extra != nil || rec.UserIdentity.Extra != nil {
				t.Errorf("members without a field: %s, %s, %s", e.Extra, rec.Extra, rec.UserIdentity.Extra)
			}
			if e.Account != rec.RecipientAccountID || e.Region != rec.AWSRegion {
				t.Errorf("the envelope is of %s in %s, the record of %s in %s", e.Account, e.Region, rec.RecipientAccountID, rec.AWSRegion)
			}
			if got := rec.Call(); got != tt.call {
				t.Errorf("Call() = %q, want %q", got, tt.call)
			}
			if got := rec.UserIdentity.SessionName(); got != tt.session {
				t.Errorf("SessionName() = %q, want %q", got, tt.session)
			}
			if got := rec.Failed(); got != tt.failed {
				t.Errorf("Failed() = %t", got)
			}
			if got := e.IsSignIn(); got != tt.signIn {
				t.Errorf("IsSignIn() = %t", got)
			}
			if _, got := rec.SourceAddr(); got != tt.addr {
				t.Errorf("SourceAddr() = %t", got)
			}

			// Taken out of its envelope and put into a log, it comes back as it was.
			for again, err := range event.ReadLog(strings.NewReader(`{"Records":[` + string(e.Detail) + `]}`)) {
				if err != nil {
					t.Fatal(err)
				}
				want := *e
				want.ID, want.Time = rec.EventID, rec.EventTime
				if diff := cmp.Diff(fields(want), fields(*again)); diff != "" {
					t.Errorf("event of a log (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestRecordIrregularities(t *testing.T) {
	yes, no := true, false
	noon := time.Date(2024, 6, 2, 19, 41, 40, 0, time.UTC)
	for _, tt := range []struct {
		reason  string
		members string
		want    event.Record
	}{
		{"parameters are null where a call was denied", `"requestParameters":null`, event.Record{RequestParameters: json.RawMessage(`null`)}},
		{"parameters can be missing", `"eventName":"X"`, event.Record{EventName: "X"}},
		{"parameters that are too large are left out", `"requestParameters":{"omitted":true,"originalSize":131072}`,
			event.Record{RequestParameters: json.RawMessage(`{"omitted":true,"originalSize":131072}`)}},
		{"an empty request of EC2 is a string", `"requestParameters":""`, event.Record{RequestParameters: json.RawMessage(`""`)}},
		{"resources can be null", `"resources":null`, event.Record{}},
		{"resources lack a type at SSM", `"resources":[{"accountId":"123456789012","ARN":"a"}]`,
			event.Record{Resources: []event.Resource{{AccountID: "123456789012", ARN: "a"}}}},
		{"the ARN of a resource is seen in lower case", `"resources":[{"arn":"a"},{"ARN":"b"}]`,
			event.Record{Resources: []event.Resource{{ARN: "a"}, {ARN: "b"}}}},
		{"the documented spelling of the ARN goes before the other", `"resources":[{"ARN":"b","arn":"a"},{"arn":"a","ARN":"b"}]`,
			event.Record{Resources: []event.Resource{{ARN: "b"}, {ARN: "b"}}}},
		{"a bool is a bool", `"readOnly":true,"managementEvent":false`, event.Record{ReadOnly: &yes, ManagementEvent: &no}},
		{"a bool is a string", `"readOnly":"false","managementEvent":"true"`, event.Record{ReadOnly: &no, ManagementEvent: &yes}},
		{"a bool went through Python", `"readOnly":"True"`, event.Record{ReadOnly: &yes}},
		{"a bool is null", `"readOnly":null`, event.Record{}},
		{"a console session is told by a string", `"sessionCredentialFromConsole":"true"`, event.Record{SessionCredentialFromConsole: &yes}},
		{"or by a bool", `"sessionCredentialFromConsole":true`, event.Record{SessionCredentialFromConsole: &yes}},
		{"an error code can be empty", `"errorCode":"","errorMessage":null`, event.Record{}},
		{"details of a service event can be null", `"serviceEventDetails":null`, event.Record{ServiceEventDetails: json.RawMessage(`null`)}},
		{"or a string", `"serviceEventDetails":"{}"`, event.Record{ServiceEventDetails: json.RawMessage(`"{}"`)}},
		{"what is null has no details", `"tlsDetails":null,"addendum":null,"insightDetails":null`, event.Record{}},
		{"what is empty has details", `"tlsDetails":{},"addendum":{}`, event.Record{TLSDetails: &event.TLSDetails{}, Addendum: &event.Addendum{}}},
		{"an undocumented type is kept as text", `"addendum":{"updatedFields":["a","b"]}`, event.Record{Addendum: &event.Addendum{UpdatedFields: `["a","b"]`}}},
		{"names are exact: the guide itself misspells two", `"recipientAccountID":"1","sharedEventId":"2"`, event.Record{
			Extra: map[string]json.RawMessage{"recipientAccountID": json.RawMessage(`"1"`), "sharedEventId": json.RawMessage(`"2"`)},
		}},
		{"a time in a row of Lake", `"eventTime":"2024-06-02 19:41:40.000000000"`, event.Record{EventTime: noon}},
		{"a time in a row of Athena", `"eventTime":"2024-06-02 19:41:40"`, event.Record{EventTime: noon}},
		{"a time with an offset is told in UTC", `"eventTime":"2024-06-02T21:41:40+02:00"`, event.Record{EventTime: noon}},
		{"a time in the basic format of ISO 8601", `"eventTime":"20240602T194140Z"`, event.Record{EventTime: noon}},
		{"no time", `"eventTime":""`, event.Record{}},
		{"an insight without an error says the string null", `"insightDetails":{"errorCode":"null"}`,
			event.Record{InsightDetails: &event.InsightDetails{ErrorCode: "null"}}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			got, err := recordOf(tt.members)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.EventVersion = "1.11"
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUserIdentityForms(t *testing.T) {
	const account = "123456789012"
	created := time.Date(2013, 11, 2, 1, 6, 28, 0, time.UTC)
	for _, tt := range []struct {
		reason   string
		identity string
		want     event.UserIdentity
		role     string
		session  string
	}{
		{
			reason: "root at the console: the session has an issuer that is empty",
			identity: `{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012","accessKeyId":"",
				"sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"mfaAuthenticated":"false","creationDate":"2013-11-02T01:06:28Z"}}}`,
			want: event.UserIdentity{
				Type: event.IdentityRoot, PrincipalID: account, ARN: "arn:aws:iam::123456789012:root", AccountID: account,
				SessionContext: &event.SessionContext{CreationDate: created},
			},
		},
		{
			reason: "a user with a session: the date is in the basic format, as the guide shows it",
			identity: `{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice",
				"sessionContext":{"attributes":{"mfaAuthenticated":true,"creationDate":"20131102T010628Z"}}}`,
			want: event.UserIdentity{
				Type: event.IdentityIAMUser, PrincipalID: "AIDAEXAMPLE", ARN: "arn:aws:iam::123456789012:user/alice", AccountID: account, UserName: "alice",
				SessionContext: &event.SessionContext{CreationDate: created, MFAAuthenticated: true},
			},
		},
		{
			reason:   "a user whose sign-in failed has no ARN",
			identity: `{"type":"IAMUser","principalId":"AIDAEXAMPLE","accountId":"123456789012","accessKeyId":"","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
			want: event.UserIdentity{
				Type: event.IdentityIAMUser, PrincipalID: "AIDAEXAMPLE", AccountID: account, UserName: "HIDDEN_DUE_TO_SECURITY_REASONS",
			},
		},
		{
			reason: "a role: the path is in the issuer's ARN only",
			identity: `{"type":"AssumedRole","principalId":"AROAEXAMPLE:alice","arn":"arn:aws:sts::123456789012:assumed-role/deploy/alice",
				"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::123456789012:role/ops/deploy","userName":"deploy"},"ec2RoleDelivery":"2.0"}}`,
			want: event.UserIdentity{
				Type: event.IdentityAssumedRole, PrincipalID: "AROAEXAMPLE:alice", ARN: "arn:aws:sts::123456789012:assumed-role/deploy/alice",
				SessionContext: &event.SessionContext{
					SessionIssuer:   event.SessionIssuer{Type: "Role", ARN: "arn:aws:iam::123456789012:role/ops/deploy", UserName: "deploy"},
					EC2RoleDelivery: "2.0",
				},
			},
			role: "arn:aws:iam::123456789012:role/ops/deploy", session: "alice",
		},
		{
			reason: "a federated user was issued for by a user, which is no role",
			identity: `{"type":"FederatedUser","principalId":"123456789012:bob","arn":"arn:aws:sts::123456789012:federated-user/bob",
				"sessionContext":{"sessionIssuer":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/alice","userName":"alice"}}}`,
			want: event.UserIdentity{
				Type: event.IdentityFederatedUser, PrincipalID: "123456789012:bob", ARN: "arn:aws:sts::123456789012:federated-user/bob",
				SessionContext: &event.SessionContext{
					SessionIssuer: event.SessionIssuer{Type: "IAMUser", ARN: "arn:aws:iam::123456789012:user/alice", UserName: "alice"},
				},
			},
		},
		{
			reason:   "a role of another account is known by its principal",
			identity: `{"type":"AWSAccount","principalId":"AROAEXAMPLE:bob:x","accountId":"111122223333"}`,
			want:     event.UserIdentity{Type: event.IdentityAWSAccount, PrincipalID: "AROAEXAMPLE:bob:x", AccountID: "111122223333"},
			session:  "bob:x",
		},
		{
			reason:   "a service names only itself",
			identity: `{"type":"AWSService","invokedBy":"cloudtrail.amazonaws.com"}`,
			want:     event.UserIdentity{Type: event.IdentityAWSService, InvokedBy: "cloudtrail.amazonaws.com"},
		},
		{
			reason:   "a user of a SAML provider",
			identity: `{"type":"SAMLUser","principalId":"EXAMPLE:alice","userName":"alice","identityProvider":"EXAMPLE"}`,
			want:     event.UserIdentity{Type: event.IdentitySAMLUser, PrincipalID: "EXAMPLE:alice", UserName: "alice", IdentityProvider: "EXAMPLE"},
		},
		{
			reason:   "a user of a web identity provider",
			identity: `{"type":"WebIdentityUser","principalId":"p:aud:sub","userName":"sub","identityProvider":"token.example.com"}`,
			want:     event.UserIdentity{Type: event.IdentityWebIdentity, PrincipalID: "p:aud:sub", UserName: "sub", IdentityProvider: "token.example.com"},
		},
		{
			reason: "a user of Identity Center has an ARN that is empty",
			identity: `{"type":"IdentityCenterUser","accountId":"123456789012","arn":"","accessKeyId":"","onBehalfOf":{"userId":"u","identityStoreArn":"s"},
				"credentialId":"c"}`,
			want: event.UserIdentity{
				Type: event.IdentityIdentityCenter, AccountID: account, CredentialID: "c", OnBehalfOf: &event.OnBehalfOf{UserID: "u", IdentityStoreARN: "s"},
			},
		},
		{
			reason:   "Identity Center signs in somebody whom it does not name yet",
			identity: `{"type":"Unknown","principalId":"123456789012","accountId":"123456789012","arn":"","userName":"alice"}`,
			want:     event.UserIdentity{Type: event.IdentityUnknown, PrincipalID: account, AccountID: account, UserName: "alice"},
		},
		{
			reason:   "a service event has no type",
			identity: `{"accountId":"123456789012","invokedBy":"organizations.amazonaws.com"}`,
			want:     event.UserIdentity{AccountID: account, InvokedBy: "organizations.amazonaws.com"},
		},
		{
			reason:   "null has nothing",
			identity: `null`,
		},
		{
			reason:   "parts that are null are absent",
			identity: `{"type":"Role","sessionContext":null,"onBehalfOf":null,"inScopeOf":null,"invokedByDelegate":null}`,
			want:     event.UserIdentity{Type: event.IdentityRole},
		},
		{
			reason:   "names are exact: ARN is the spelling of resources",
			identity: `{"type":"Directory","ARN":"a","userID":"b"}`,
			want: event.UserIdentity{Type: event.IdentityDirectory, Extra: map[string]json.RawMessage{
				"ARN": json.RawMessage(`"a"`), "userID": json.RawMessage(`"b"`),
			}},
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			rec, err := recordOf(`"userIdentity":` + tt.identity)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, rec.UserIdentity); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
			if got := rec.UserIdentity.RoleARN(); got != tt.role {
				t.Errorf("RoleARN() = %q, want %q", got, tt.role)
			}
			if got := rec.UserIdentity.SessionName(); got != tt.session {
				t.Errorf("SessionName() = %q, want %q", got, tt.session)
			}
		})
	}
}

func TestRecordRefuses(t *testing.T) {
	for _, tt := range []struct {
		reason  string
		members string
		want    string // without the offset
	}{
		{"a name is a string", `"eventName":["StopLogging"]`, `detail.eventName: want string, got array`},
		{"an account is a string", `"recipientAccountId":123456789012`, `detail.recipientAccountId: want string, got number`},
		{"an identity is an object", `"userIdentity":"root"`, `detail.userIdentity: want object, got string`},
		{"deep down too", `"userIdentity":{"sessionContext":{"sessionIssuer":{"arn":{}}}}`, `detail.userIdentity.sessionContext.sessionIssuer.arn: want string, got object`},
		{"a bool is not just any string", `"readOnly":"maybe"`, `detail.readOnly: want true or false, got "maybe"`},
		{"nor a number", `"readOnly":1`, `detail.readOnly: want boolean, got number`},
		{"resources are a list", `"resources":{}`, `detail.resources: want array, got object`},
		{"of objects", `"resources":[{},"arn"]`, `detail.resources[1]: want object, got string`},
		{"a time is a time", `"eventTime":"yesterday"`, `detail.eventTime: want a time such as "2006-01-02T15:04:05Z", got "yesterday"`},
		{"a time that no calendar has", `"eventTime":"2026-02-30T00:00:00Z"`, `detail.eventTime: want a time such as "2006-01-02T15:04:05Z", got "2026-02-30T00:00:00Z"`},
		{"a time is a string", `"eventTime":1234567890`, `detail.eventTime: want string, got number`},
		{"an average is a number", `"insightDetails":{"insightContext":{"statistics":{"insight":{"average":"4"}}}}`,
			`detail.insightDetails.insightContext.statistics.insight.average: want number, got string`},
		{"a number has its limits", `"insightDetails":{"insightContext":{"statistics":{"insightDuration":1e999}}}`,
			`detail.insightDetails.insightContext.statistics.insightDuration: the number is out of range`},

		// Whatever reads the other of two values can be made to see another record.
		{"two in the record", `"errorCode":"AccessDenied","errorCode":""`, `detail: duplicate member "errorCode"`},
		{"two in the identity", `"userIdentity":{"type":"Root","type":"IAMUser"}`, `detail.userIdentity: duplicate member "type"`},
		{"two in what makes a change our own", `"userIdentity":{"sessionContext":{"sessionIssuer":{"arn":"a","arn":"b"}}}`,
			`detail.userIdentity.sessionContext.sessionIssuer: duplicate member "arn"`},
		{"two in an element", `"resources":[{"ARN":"a"},{"ARN":"a","ARN":"b"}]`, `detail.resources[1]: duplicate member "ARN"`},
		{"two under names that a caller chose", `"userIdentity":{"sessionContext":{"webIdFederationData":{"attributes":{"a:b":"1","a:b":"2"}}}}`,
			`detail.userIdentity.sessionContext.webIdFederationData.attributes: duplicate member "a:b"`},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			rec, err := recordOf(tt.members)
			if err == nil {
				t.Fatalf("no error; record %+v", rec)
			}
			if got, _, _ := strings.Cut(err.Error(), " (at offset"); got != "event: "+tt.want {
				t.Errorf("error\n\t%v, want\n\tevent: %s", err, tt.want)
			}
		})
	}
}

func TestRecordDuplicatesInBodies(t *testing.T) {
	// Bodies are not read here, and S3 has objects of the caller's making in them.
	rec, err := recordOf(`"requestParameters":{"a":1,"a":2}`)
	if err != nil || string(rec.RequestParameters) != `{"a":1,"a":2}` {
		t.Errorf("record = %v, error = %v", rec, err)
	}
}

func TestCloudTrailDecodesAnew(t *testing.T) {
	e := mustParse(t, string(readFile(t, "full.json")))
	first, err := e.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	first.UserIdentity.SessionContext.SessionIssuer.ARN = "changed"
	second, err := e.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	if second.UserIdentity.RoleARN() != "arn:aws:iam::123456789012:role/ops/deploy" {
		t.Error("two callers share a record")
	}
}

func TestFailed(t *testing.T) {
	for _, tt := range []struct {
		reason  string
		members string
		want    bool
	}{
		{"no error", `"eventName":"StopLogging","responseElements":null`, false},
		{"an error code", `"errorCode":"AccessDenied"`, true},
		{"an error code that is empty", `"errorCode":""`, false},
		{"an error message alone, as in a failed sign-in", `"errorMessage":"Failed authentication"`, true},
		{"a dry run is an error", `"errorCode":"Client.DryRunOperation"`, true},
		{"a sign-in that says so under its name", `"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Failure"}`, true},
		{"a sign-in that went well", `"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Success"}`, false},
		{"a failure under the name of another event", `"eventName":"CheckMfa","responseElements":{"CheckMfa":"Success","ConsoleLogin":"Failure"}`, false},
		{"a failure that is said twice, and once not", `"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Failure","ConsoleLogin":"Success"}`, true},
		{"Identity Center tells the outcome elsewhere", `"eventName":"UserAuthentication","serviceEventDetails":{"UserAuthentication":"Failure"}`, true},
		{"and that body has been seen as a string", `"eventName":"UserAuthentication","serviceEventDetails":"{\"UserAuthentication\":\"Failure\"}"`, true},
		{"a string that holds no object", `"eventName":"X","serviceEventDetails":"X"`, false},
		{"a list", `"eventName":"X","responseElements":["X","Failure"]`, false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			rec, err := recordOf(tt.members)
			if err != nil {
				t.Fatal(err)
			}
			if got := rec.Failed(); got != tt.want {
				t.Errorf("Failed() = %t", got)
			}
		})
	}
}

func TestSourceAddr(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want string // empty for none
	}{
		{"198.51.100.23", "198.51.100.23"},
		{"2001:db8::1", "2001:db8::1"},
		{"::ffff:198.51.100.23", "198.51.100.23"},
		{"cloudtrail.amazonaws.com", ""},
		{"AWS Internal", ""},
		{"198.51.100.23:443", ""},
		{"198.51.100.0/24", ""},
		{"", ""},
	} {
		rec := event.Record{SourceIPAddress: tt.in}
		got, ok := rec.SourceAddr()
		if want, _ := netip.ParseAddr(tt.want); got != want || ok != (tt.want != "") {
			t.Errorf("SourceAddr() of %q = %v, %t", tt.in, got, ok)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, tt := range []struct {
		in           string
		major, minor int
		err          string
	}{
		{in: "1.11", major: 1, minor: 11},
		{in: "1.09", major: 1, minor: 9},
		{in: "1.0", major: 1, minor: 0},
		{in: "", err: `event: want an eventVersion such as "1.11", got ""`},
		{in: "1", err: `event: want an eventVersion such as "1.11", got "1"`},
		{in: "1.11.2", err: `event: want an eventVersion such as "1.11", got "1.11.2"`},
		{in: "+1.1", err: `event: want an eventVersion such as "1.11", got "+1.1"`},
		{in: "1.99999999999", err: `event: want an eventVersion such as "1.11", got "1.99999999999"`},
	} {
		rec := event.Record{EventVersion: tt.in}
		major, minor, err := rec.Version()
		var text string
		if err != nil {
			text = err.Error()
		}
		if major != tt.major || minor != tt.minor || text != tt.err {
			t.Errorf("Version() of %q = %d, %d, %v", tt.in, major, minor, err)
		}
	}
}

func TestCall(t *testing.T) {
	for _, tt := range []struct{ source, name, want string }{
		{"cloudtrail.amazonaws.com", "StopLogging", "cloudtrail:StopLogging"},
		{"lambda.amazonaws.com", "CreateFunction20150331", "lambda:CreateFunction20150331"},
		{"s3express", "PutObject", "s3express:PutObject"},
		{"", "X", ":X"},
		{"", "", ""},
		{"ec2.amazonaws.com", "", ""},
	} {
		rec := event.Record{EventSource: tt.source, EventName: tt.name}
		if got := rec.Call(); got != tt.want {
			t.Errorf("Call() of %q, %q = %q, want %q", tt.source, tt.name, got, tt.want)
		}
	}
}

func TestNormalErrorCode(t *testing.T) {
	for _, tt := range []struct{ cloudTrail, sdk string }{
		{"Client.UnauthorizedOperation", "UnauthorizedOperation"},
		{"Client.InvalidPermission.NotFound", "InvalidPermission.NotFound"},
		{"Server.InternalError", "InternalError"},
		{"NoSuchEntityException", "NoSuchEntity"},
		{"TrailNotFoundException", "TrailNotFoundException"},
		{"AccessDenied", "AccessDeniedException"},
		{"", ""},
		{"Exception", "Exception"},
	} {
		if a, b := event.NormalErrorCode(tt.cloudTrail), event.NormalErrorCode(tt.sdk); a != b {
			t.Errorf("%q becomes %q, and %q becomes %q", tt.cloudTrail, a, tt.sdk, b)
		}
	}
	if got := event.NormalErrorCode("Client.UnauthorizedOperation"); got != "UnauthorizedOperation" {
		t.Errorf("got %q", got)
	}
}

func TestOmitted(t *testing.T) {
	for _, tt := range []struct {
		reason string
		body   string
		want   bool
	}{
		{"as CloudTrail writes it", `{"omitted":true,"originalSize":131072,"reason":"requestParameters too large"}`, true},
		{"with strings, as it has been seen", `{"omitted":"true","originalSize":"149893","reason":"requestParameters too large"}`, true},
		{"a parameter of that name", `{"omitted":true}`, false},
		{"not omitted", `{"omitted":false,"originalSize":1}`, false},
		{"an ordinary body", `{"name":"main"}`, false},
		{"null", `null`, false},
		{"absent", ``, false},
		{"a string", `"omitted"`, false},
		{"not JSON", `{"omitted":true,"reason":"x"`, false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			if got := event.Omitted(json.RawMessage(tt.body)); got != tt.want {
				t.Errorf("Omitted() = %t", got)
			}
		})
	}
}
