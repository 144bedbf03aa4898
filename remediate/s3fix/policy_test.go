package s3fix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/s3fix"
)

// TestCut holds what is left of a policy, to the byte, and that the way back restores all of it.
func TestCut(t *testing.T) {
	files, err := filepath.Glob("testdata/policies/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, error %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			reason, before, after := bytes.TrimSpace(a.Comment), string(a.Files[0].Data), string(a.Files[1].Data)
			c := newCloud()
			c.policy = before
			rem := s3fix.New(c, c, soon)
			plan, err := rem.Plan(t.Context(), finding("PutBucketPolicy", putPolicy))
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := rem.Apply(t.Context(), plan)
			if err != nil {
				t.Fatal(err)
			}
			if c.policy != after {
				t.Errorf("got\n%s\nwant\n%s\n%s", c.policy, after, reason)
			}
			undo, err := rem.Undo(t.Context(), receipt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rem.Apply(t.Context(), undo); err != nil {
				t.Fatal(err)
			}
			if c.policy != before {
				t.Errorf("undone to\n%s\nwant\n%s", c.policy, before)
			}
		})
	}
}

// planFor returns the plan for a bucket with the policy given.
func planFor(t *testing.T, policy string) (*remediate.Plan, error) {
	c := newCloud()
	c.policy = policy
	return s3fix.New(c, nil, soon).Plan(t.Context(), finding("PutBucketPolicy", putPolicy))
}

func TestPublicPrincipals(t *testing.T) {
	tests := []struct {
		principal string // a member of the statement
		public    bool
		reason    string
	}{
		{`"Principal":"*"`, true, "everyone"},
		{`"Principal":{"AWS":"*"}`, true, "the same"},
		{`"Principal":{"AWS":["arn:aws:iam::111122223333:root","*"]}`, true, "everyone, and one of them by name"},
		{`"Principal":{"AWS":"arn:aws:iam::111122223333:role/*"}`, true, "not a fixed value"},
		{`"Principal":{"AWS":"arn:aws:iam::${aws:PrincipalAccount}:root"}`, true, "a policy variable"},
		{`"Principal":{"CanonicalUser":"abc","AWS":"*"}`, true, "of two types, one is everyone"},
		{`"NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"}`, true, "everyone but one"},
		{`"Principal":{"AWS":"111122223333"}`, false, "an account by its number"},
		{`"Principal":{"AWS":["arn:aws-cn:iam::111122223333:root","AIDACKCEVSQ6C2EXAMPLE"]}`, false, "an account of another partition, and a user that is gone"},
		{`"Principal":{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"}`, false, "an origin access identity"},
		{`"Principal":{"Service":"cloudtrail.amazonaws.com"}`, false, "a service"},
		{`"Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`, false, "a canonical user"},
		{`"Principal":{"Federated":"cognito-identity.amazonaws.com"}`, false, "a provider"},
		{`"Principal":{"AWS":[]}`, false, "nobody"},
	}
	for _, tt := range tests {
		for _, effect := range []string{"Allow", "Deny"} {
			plan, err := planFor(t, `{"Statement":[{"Effect":"`+effect+`",`+tt.principal+`,"Action":"s3:GetObject","Resource":"*"}]}`)
			if err != nil {
				t.Errorf("%s %s: %v; %s", effect, tt.principal, err, tt.reason)
				continue
			}
			if got, want := len(plan.Steps) > 0, tt.public && effect == "Allow"; got != want {
				t.Errorf("%s %s: public %t, want %t; %s", effect, tt.principal, got, want, tt.reason)
			}
		}
	}
}

func TestPublicConditions(t *testing.T) {
	tests := []struct {
		condition string
		public    bool
		reason    string
	}{
		{`{}`, true, "no condition at all"},

		// The two examples of S3's user guide.
		{`{"StringLike":{"aws:SourceVpc":"vpc-*"}}`, true, "any VPC"},
		{`{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`, false, "one VPC"},

		// Each key that the guide names.
		{`{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`, false, "an organization"},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE"}}`, false, "a distribution"},
		{`{"StringEquals":{"aws:SourceVpce":["vpce-1a2b3c4d","vpce-5e6f7a8b"]}}`, false, "two endpoints"},
		{`{"StringEquals":{"aws:SourceOwner":"123456789012"}}`, false, "an owner"},
		{`{"StringEquals":{"aws:SourceAccount":"123456789012"}}`, false, "an account"},
		{`{"StringEquals":{"aws:userid":"AIDACKCEVSQ6C2EXAMPLE"}}`, false, "a user"},
		{`{"StringEquals":{"s3:DataAccessPointAccount":"123456789012"}}`, false, "the access points of an account"},
		{`{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:123456789012:accesspoint/*"}}`, false, "the same by ARN: the name may be any"},
		{`{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:*:accesspoint/example"}}`, true, "of any account"},
		{`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, false, "a network"},
		{`{"IpAddress":{"aws:SourceIp":["192.0.2.1","2001:db8::/32"]}}`, false, "an address and a network"},
		{`{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, false, "as wide as may be"},

		// Not narrow.
		{`{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}`, true, "everywhere"},
		{`{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","::/0"]}}`, true, "everywhere, in IPv6"},
		{`{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}`, true, "everywhere, in two halves"},
		{`{"IpAddress":{"aws:SourceIp":"2001::/31"}}`, true, "wider than /32"},
		{`{"IpAddress":{"aws:SourceIp":"somewhere"}}`, true, "not an address"},
		{`{"StringEquals":{"aws:SourceIp":"192.0.2.0/24"}}`, true, "not how addresses are compared"},
		{`{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, true, "everywhere but there"},
		{`{"StringNotEquals":{"aws:SourceVpc":"vpc-91237329"}}`, true, "everywhere but there"},
		{`{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-91237329"}}`, true, "and where there is no VPC"},
		{`{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/"}}`, true, "and where there is no organization"},
		{`{"StringEquals":{"aws:SourceAccount":"${aws:PrincipalAccount}"}}`, true, "a policy variable"},
		{`{"StringEquals":{"aws:SourceAccount":["123456789012","*"]}}`, true, "one of two is not fixed"},
		{`{"StringEquals":{"aws:SourceAccount":[]}}`, true, "no value"},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:123456789012:*"}}`, true, "the guide wants fixed values, and has no exception here"},
		{`{"StringLike":{"aws:userid":"A*:*"}}`, true, "any role"},
		{`{"StringLike":{"aws:PrincipalOrgPaths":"o-*/r-ab12/"}}`, true, "any organization"},

		// Keys that say nothing of who asks.
		{`{"Bool":{"aws:SecureTransport":"true"}}`, true, "encryption on the way"},
		{`{"StringLike":{"aws:Referer":"https://example.com/page"}}`, true, "a header of the caller's"},
		{`{"StringEquals":{"aws:UserAgent":"secret"}}`, true, "a header of the caller's"},
		{`{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/16"}}`, true, "an address that every VPC can have"},
		{`{"StringEquals":{"aws:username":"alice"}}`, true, "a name that every account can have"},
		{`{"Null":{"aws:SourceVpc":"false"}}`, true, "some VPC"},
		{`{"Bool":{"aws:PrincipalIsAWSService":true}}`, true, "a service, on whosever behalf"},

		// Where the guide leaves room.
		{`{"StringLike":{"aws:userid":"AROACKCEVSQ6C2EXAMPLE:*"}}`, false, "the sessions of one role"},
		{`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/*"}}`, false, "a part of one organization"},
		{`{"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:eu-west-1:123456789012:key/1"}}`, false, "one key"},
		{`{"StringEquals":{"aws:VpceAccount":"123456789012"}}`, false, "the endpoints of one account"},

		// Forms.
		{`{"StringEquals":{"AWS:SOURCEVPC":"vpc-91237329"}}`, false, "keys are in any case"},
		{`{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`, false, "both have to hold"},
		{`{"StringEquals":{"aws:UserAgent":"secret","aws:SourceVpc":"vpc-91237329"}}`, false, "both have to hold"},
		{`{"NumericEquals":{"s3:max-keys":10}}`, true, "a number"},
	}
	for _, tt := range tests {
		plan, err := planFor(t, `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":`+tt.condition+`}]}`)
		if err != nil {
			t.Errorf("%s: %v; %s", tt.condition, err, tt.reason)
			continue
		}
		if got := len(plan.Steps) > 0; got != tt.public {
			t.Errorf("%s: public %t, want %t; %s", tt.condition, got, tt.public, tt.reason)
		}
	}
}

// TestPolicyRefused holds that a policy that cannot be read with certainty is an error that says
// where, and no plan.
func TestPolicyRefused(t *testing.T) {
	statement := func(members string) string { return `{"Statement":[{` + members + `}]}` }
	tests := []struct{ policy, want, reason string }{
		{`{`, "it has no end", "cut short"},
		{`[]`, "it does not begin with {", "not an object"},
		{`null`, "it does not begin with {", "nothing"},
		{`{}`, "no Statement", "no statements"},
		{`{"statement":[]}`, "no Statement", "names are exact"},
		{`{"Statement":[]} x`, "something follows the end", "more than a policy"},
		{`{"Statement":[]}}`, "something follows the end", "a bracket too many"},
		{`{"Statement":[],"Statement":[]}`, `"Statement" stands there twice`, "which of the two counts?"},
		{`{"Statement":"*"}`, "Statement: it does not begin with [", "a string"},
		{`{"Statement":[7]}`, "statement 1: it does not begin with {", "a number"},
		{statement(`"Effect":"Deny","Effect":"Allow","Principal":"*"`), `statement 1: the member "Effect" stands there twice`, "which of the two counts?"},
		{statement(`"Effect":"Deny","\u0045ffect":"Allow","Principal":"*"`), `"Effect" stands there twice`, "the same, escaped"},
		{statement(`"Principal":"*"`), "the Effect is not a string", "no effect"},
		{statement(`"Effect":"allow","Principal":"*"`), "neither Allow nor Deny", "values are exact"},
		{statement(`"Effect":"Allow"`), "neither Principal nor NotPrincipal", "no principal"},
		{statement(`"Effect":"Allow","Principal":null`), "Principal: neither a string nor a list", "null"},
		{statement(`"Effect":"Allow","Principal":{"AWS":{"x":"*"}}`), "Principal: neither a string nor a list", "an object too deep"},
		{statement(`"Effect":"Allow","Principal":{"AWS":"1","AWS":"*"}`), `Principal: the member "AWS" stands there twice`, "which of the two counts?"},
		{statement(`"Effect":"Allow","Principal":"*","Condition":[]`), "Condition: it does not begin with {", "a list"},
		{statement(`"Effect":"Allow","Principal":"*","Condition":{"StringEquals":"x"}`), `Condition: "StringEquals": it does not begin with {`, "a string"},
		{statement(`"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{"aws:SourceVpc":null}}`), `"aws:SourceVpc": neither a string`, "null"},
		{"{\"Statement\":[],\"Id\":\"\xff\"}", "not UTF-8", "bytes that JSON could not give back"},
	}
	for _, tt := range tests {
		plan, err := planFor(t, tt.policy)
		if err == nil || plan != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: plan %v, error %v, want one with %q; %s", tt.policy, plan, err, tt.want, tt.reason)
		}
	}
}

// TestLargestPolicy holds that a policy of the 20 KB that S3 allows is cut, and told of in few words.
func TestLargestPolicy(t *testing.T) {
	var list []string
	for i := range 150 {
		list = append(list, fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}`, i))
	}
	plan, err := planFor(t, `{"Statement":[`+strings.Join(list, ",")+`]}`)
	if err != nil || len(plan.Steps) != 1 {
		t.Fatalf("plan %v, error %v", plan, err)
	}
	if s := plan.Steps[0].Summary; len(s) > 300 || !strings.Contains(s, "and 145 more") {
		t.Errorf("summary %s", s)
	}
	if !json.Valid(plan.Steps[0].Before) {
		t.Error("the state before is not JSON")
	}
}
