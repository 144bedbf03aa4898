package rule_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

func TestTuningApply(t *testing.T) {
	const trail = `{"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging"]}}`
	tests := []struct {
		tuning  rule.Tuning
		pattern string
		want    string
		reason  string
	}{
		{
			rule.Tuning{ExcludePrincipals: []string{"arn:aws:iam::123456789012:role/ci/deployer"}}, trail,
			`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"],"userIdentity":{"sessionContext":{"sessionIssuer":{"arn":[{"anything-but":"arn:aws:iam::123456789012:role/ci/deployer"},{"exists":false}]}}}}}`,
			"a role is the issuer of its sessions, and users have none",
		},
		{
			rule.Tuning{ExcludePrincipals: []string{"arn:aws:iam::123456789012:user/alice", "arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:assumed-role/ops/bob"}}, trail,
			`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"],"userIdentity":{"arn":[{"anything-but":["arn:aws:iam::123456789012:user/alice","arn:aws:iam::123456789012:root","arn:aws:sts::123456789012:assumed-role/ops/bob"]},{"exists":false}]}}}`,
			"what has an ARN of its own",
		},
		{
			rule.Tuning{ExcludePrincipals: []string{"arn:aws:iam::*:role/aws-service-role/*", `arn:aws:iam::123456789012:role/a\b`}}, trail,
			`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"],"userIdentity":{"sessionContext":{"sessionIssuer":{"arn":[{"anything-but":{"wildcard":["arn:aws:iam::*:role/aws-service-role/*","arn:aws:iam::123456789012:role/a\\\\b"]}},{"exists":false}]}}}}}`,
			"one star makes all of them wildcards, for two anything-but in a list are an or",
		},
		{
			rule.Tuning{ExcludeServices: []string{"cloudformation.amazonaws.com"}}, trail,
			`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"],"userIdentity":{"invokedBy":[{"anything-but":"cloudformation.amazonaws.com"},{"exists":false}]}}}`,
			"one service",
		},
		{
			rule.Tuning{ExcludeServices: []string{"*", "config.amazonaws.com"}}, trail,
			`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"],"userIdentity":{"invokedBy":[null,{"exists":false}]}}}`,
			"all services",
		},
		{
			rule.Tuning{ExcludeFailed: true, ExcludeReadOnly: true}, trail,
			`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"],"errorCode":[null,{"exists":false}],"errorMessage":[null,{"exists":false}],"readOnly":[false,null,{"exists":false}]}}`,
			"null is as good as absent",
		},
		{
			rule.Tuning{Accounts: []string{"123456789012"}, Regions: []string{"eu-west-1", "us-east-1"}}, trail,
			`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"]},"account":["123456789012"],"region":["eu-west-1","us-east-1"]}`,
			"the envelope has account and Region",
		},
		{
			rule.Tuning{ExcludeServices: []string{"a.example.com"}}, `{"detail": {"userIdentity": {"invokedBy": [{"exists": false}]}}}`,
			`{"detail":{"userIdentity":{"invokedBy":[{"exists":false}]}}}`,
			"the pattern says it already",
		},
		{
			rule.Tuning{Accounts: []string{"111122223333", "123456789012"}}, `{"account": ["123456789012", "444455556666"]}`,
			`{"account":["123456789012"]}`,
			"the pattern names accounts itself",
		},
		{
			rule.Tuning{Regions: []string{"us-east-1", "eu-west-1"}}, `{"region": [{"prefix": "eu-"}]}`,
			`{"region":["eu-west-1"]}`,
			"a Region that the pattern does not want is left out",
		},
		{
			rule.Tuning{ExcludeServices: []string{"b.example.com", "a.example.com"}}, `{"detail": {"userIdentity": {"invokedBy": [{"anything-but": "a.example.com"}]}}}`,
			`{"detail":{"userIdentity":{"invokedBy":[{"anything-but":["a.example.com","b.example.com"]}]}}}`,
			"two exclusions are one; absence does not count where the pattern does not let it",
		},
		{
			rule.Tuning{ExcludePrincipals: []string{"arn:aws:iam::*:user/ci"}}, `{"detail": {"userIdentity": {"arn": [{"anything-but": {"suffix": ":root"}}]}}}`,
			`{"detail":{"userIdentity":{"arn":[{"anything-but":{"wildcard":["*:root","arn:aws:iam::*:user/ci"]}}]}}}`,
			"exclusions of different kinds meet as wildcards",
		},
		{
			rule.Tuning{ExcludeFailed: true}, `{"detail": {"$or": [{"errorCode": [{"exists": true}]}, {"eventName": ["StopLogging"]}]}}`,
			`{"detail":{"$or":[{"errorCode":[null]},{"eventName":["StopLogging"],"errorCode":[null,{"exists":false}]}],"errorMessage":[null,{"exists":false}]}}`,
			"null is a value for EventBridge, and none for us",
		},
		{
			rule.Tuning{ExcludeFailed: true}, `{"detail": {"eventName": ["a"], "$or": [{"errorCode": ["x"], "eventName": ["b"]}, {"userAgent": ["u"]}]}}`,
			`{"detail":{"eventName":["a"],"userAgent":["u"],"errorCode":[null,{"exists":false}],"errorMessage":[null,{"exists":false}]}}`,
			"a branch that never matches is dropped, and the one that is left needs no $or",
		},
		{
			rule.Tuning{ExcludeFailed: true}, `{"source": ["<&>"], "detail": {"$or": [{"errorCode": ["x", null]}, {"detail-x": [1]}]}}`,
			`{"source":["<&>"],"detail":{"$or":[{"errorCode":[null]},{"detail-x":[1],"errorCode":[null,{"exists":false}]}],"errorMessage":[null,{"exists":false}]}}`,
			"a condition goes into every branch if one names the field; nothing is escaped that was not",
		},
		{
			rule.Tuning{ExcludePrincipals: []string{`arn:aws:iam::123456789012:user/*`}}, `{"detail": {"userIdentity": {"arn": [{"anything-but": {"prefix": "arn:*"}}]}}}`,
			`{"detail":{"userIdentity":{"arn":[{"anything-but":{"wildcard":["arn:\\**","arn:aws:iam::123456789012:user/*"]}}]}}}`,
			"a prefix is a wildcard, in which a star of its own is no star",
		},
		{
			rule.Tuning{ExcludeReadOnly: true},
			`{"source": ["aws.sts"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventSource": ["sts.amazonaws.com"], "eventName": ["AssumeRole", "GetSessionToken"]}}`,
			`{"source":["aws.sts"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["sts.amazonaws.com"],"eventName":["AssumeRole","GetSessionToken"],"readOnly":[false,null,{"exists":false}]}}`,
			"not all calls only read",
		},
		{
			rule.Tuning{}, trail, trail, "nothing to do",
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			r := rule.Rule{ID: "r", Pattern: pattern.MustCompile(tt.pattern)}
			tuned, err := tt.tuning.Apply(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := tuned.Pattern.String(); got != tt.want {
				t.Errorf("pattern\n%s, want\n%s", got, tt.want)
			}
			if r.Pattern.String() != tt.pattern {
				t.Errorf("the rule that was given has changed to %s", r.Pattern)
			}
		})
	}
}

func TestTuningErrors(t *testing.T) {
	long := make([]string, 60)
	for i := range long {
		long[i] = "arn:aws:iam::123456789012:role/" + strings.Repeat("x", i+1)
	}
	tests := []struct {
		tuning  rule.Tuning
		rule    rule.Rule
		want    string
		pattern string
	}{
		{rule.Tuning{ExcludePrincipals: []string{"alice"}}, rule.Rule{},
			`ExcludePrincipals: "alice" is not the ARN of a principal`, ""},
		{rule.Tuning{ExcludePrincipals: []string{"arn:aws:s3::123456789012:bucket/x"}}, rule.Rule{},
			`ExcludePrincipals: "arn:aws:s3::123456789012:bucket/x" is not the ARN of a role, user, session or root`, ""},
		{rule.Tuning{ExcludePrincipals: []string{"arn:aws:sts::123456789012:assumed-role/deployer"}}, rule.Rule{},
			`ExcludePrincipals: "arn:aws:sts::123456789012:assumed-role/deployer" names no session; for all sessions of a role give the role's own ARN, with its path`, ""},
		{rule.Tuning{ExcludeServices: []string{"cloudformation"}}, rule.Rule{},
			`ExcludeServices: "cloudformation" is not the name of a service, such as cloudformation.amazonaws.com`, ""},
		{rule.Tuning{Accounts: []string{"12345"}}, rule.Rule{}, `Accounts: "12345" is not twelve digits`, ""},
		{rule.Tuning{Regions: []string{""}}, rule.Rule{}, `Regions: "" is not a Region`, ""},
		{rule.Tuning{Regions: []string{"eu-west-1"}}, rule.Rule{Regions: []string{"us-east-1", "cn-north-1"}},
			`Regions: the rule's events arrive in us-east-1, cn-north-1 only`, `{"a": [1]}`},
		{rule.Tuning{ExcludeFailed: true}, rule.Rule{},
			`ExcludeFailed: detail.errorCode: the rule would never match: its pattern asks for {"prefix":"AccessDenied"}`,
			`{"detail": {"errorCode": [{"prefix": "AccessDenied"}]}}`},
		{rule.Tuning{ExcludeFailed: true}, rule.Rule{},
			`ExcludeFailed: detail.errorCode: the rule would never match: its pattern asks for "b"`,
			`{"detail": {"$or": [{"errorCode": ["a"]}, {"errorCode": ["b"]}]}}`},
		{rule.Tuning{Accounts: []string{"123456789012"}}, rule.Rule{},
			`Accounts: account: the rule would never match: its pattern asks for "111122223333"`, `{"account": ["111122223333"]}`},
		{rule.Tuning{ExcludeReadOnly: true}, rule.Rule{State: rule.EnabledAll},
			`ExcludeReadOnly: the rule would never match: all calls that it asks for only read`,
			`{"source": ["aws.sts"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventSource": ["sts.amazonaws.com"], "eventName": ["AssumeRole"]}}`},
		{rule.Tuning{ExcludePrincipals: []string{"arn:aws:iam::123456789012:user/ci"}}, rule.Rule{},
			`ExcludePrincipals: detail.userIdentity.arn: no list of alternatives says {"prefix":"arn:aws:iam::123456789012:user/"} and {"anything-but":"arn:aws:iam::123456789012:user/ci"} at once`,
			`{"detail": {"userIdentity": {"arn": [{"prefix": "arn:aws:iam::123456789012:user/"}]}}}`},
		{rule.Tuning{ExcludePrincipals: []string{"arn:aws:iam::*:user/ci"}}, rule.Rule{},
			`ExcludePrincipals: detail.userIdentity.arn: no list of alternatives says {"anything-but":5} and {"anything-but":{"wildcard":"arn:aws:iam::*:user/ci"}} at once`,
			`{"detail": {"userIdentity": {"arn": [{"anything-but": 5}]}}}`},
		{rule.Tuning{ExcludeFailed: true}, rule.Rule{},
			`ExcludeFailed: detail.errorCode: it stands in several places of the pattern, of which only one counts`,
			`{"detail": {"errorCode": [null], "$or": [{"errorCode": ["a"]}, {"b": ["b"]}]}}`},
		{rule.Tuning{ExcludeFailed: true}, rule.Rule{}, `the pattern cannot be tuned: detail: repeated member`,
			`{"detail": {"a": [1]}, "detail": {"b": [2]}}`},
		{rule.Tuning{ExcludePrincipals: long}, rule.Rule{}, `the pattern would have 3988 characters, and 2048 are allowed`, `{"a": [1]}`},
		{rule.Tuning{ExcludeFailed: true}, rule.Rule{}, `the rule has no pattern`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			r := tt.rule
			r.ID = "4.5"
			if tt.pattern != "" {
				r.Pattern = pattern.MustCompile(tt.pattern)
			}
			tuned, err := tt.tuning.Apply(r)
			if err == nil {
				t.Fatalf("no error, but the pattern %s", tuned.Pattern)
			}
			if diff := cmp.Diff(`rule: tuning "4.5": `+tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTuningStateAndRegions(t *testing.T) {
	r := rule.Rule{State: rule.EnabledAll, Regions: []string{"us-east-1", "us-gov-west-1"}, Pattern: pattern.MustCompile(`{"a": [1]}`)}
	tuned, err := rule.Tuning{ExcludeReadOnly: true, Regions: []string{"us-east-1", "eu-west-1"}}.Apply(r)
	if err != nil {
		t.Fatal(err)
	}
	if tuned.State != rule.Enabled || !slices.Equal(tuned.Regions, []string{"us-east-1"}) {
		t.Errorf("state %s, Regions %v", tuned.State, tuned.Regions)
	}
	r.Regions, r.State = nil, rule.Disabled
	tuned, err = rule.Tuning{ExcludeReadOnly: true, Regions: []string{"eu-west-1"}}.Apply(r)
	if err != nil {
		t.Fatal(err)
	}
	if tuned.State != rule.Disabled || !slices.Equal(tuned.Regions, []string{"eu-west-1"}) {
		t.Errorf("state %s, Regions %v", tuned.State, tuned.Regions)
	}
}

// A quota that was raised can be used.
func TestTuningMaxLength(t *testing.T) {
	var roles []string
	for i := range 60 {
		roles = append(roles, "arn:aws:iam::123456789012:role/"+strings.Repeat("x", i+1))
	}
	tuning := rule.Tuning{ExcludePrincipals: roles, MaxLength: 4096}
	tuned, err := tuning.Apply(rule.Rule{ID: "r", Pattern: pattern.MustCompile(`{"a": [1]}`)})
	if err != nil || len(tuned.Pattern.String()) < 2048 {
		t.Errorf("pattern %v, error %v", tuned.Pattern, err)
	}
}

// Whatever is tuned, what is left is part of what was there.
func FuzzTuning(f *testing.F) {
	f.Add(`{"source": ["aws.iam"]}`, "arn:aws:iam::123456789012:role/ops", "cloudformation.amazonaws.com", byte(3))
	f.Add(`{"detail": {"$or": [{"errorCode": ["a"]}, {"readOnly": [true]}, {"userIdentity": {"arn": [{"anything-but": {"prefix": "a"}}]}}]}}`,
		`arn:aws:iam::*:user/\*`, "*", byte(7))
	f.Add(`{"detail.errorCode": [{"exists": true}, null], "account": ["123456789012"]}`, "", "", byte(15))
	f.Add(`{"detail": {"$or": [{"userIdentity.invokedBy": ["<&>"]}, {"userIdentity": {"$or": [{"arn": [1]}, {"invokedBy": [""]}]}}]}}`, "", "a.b", byte(0))
	f.Fuzz(func(t *testing.T, src, principal, service string, flags byte) {
		p, err := pattern.Compile(src)
		if err != nil {
			return
		}
		tuning := rule.Tuning{ExcludeFailed: flags&1 != 0, ExcludeReadOnly: flags&2 != 0, MaxLength: 4096}
		if principal != "" {
			tuning.ExcludePrincipals = []string{principal}
		}
		if service != "" {
			tuning.ExcludeServices = []string{service}
		}
		if flags&4 != 0 {
			tuning.Accounts = []string{"123456789012"}
		}
		if flags&8 != 0 {
			tuning.Regions = []string{"eu-west-1"}
		}
		tuned, err := tuning.Apply(rule.Rule{Pattern: p})
		if err != nil {
			return
		}
		s, err := tuned.Pattern.Sample(nil)
		if err != nil {
			return // the search of Sample is not complete
		}
		if ok, err := p.Match(s.Event); err != nil || !ok {
			t.Errorf("%s\ntuned to\n%s\nmatches %s, which it did not before (%v)", p, tuned.Pattern, s.Event, err)
		}
	})
}
