package s3fix_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/s3fix"
	"github.com/countertrail/countertrail/rule"
)

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestPlan(t *testing.T) {
	const before = `{"Statement":[{"Effect":"Deny","Principal":"*"},{"Sid":"Public","Effect":"Allow","Principal":"*"}]}`
	const after = `{"Statement":[{"Effect":"Deny","Principal":"*"}]}`
	c := newCloud()
	c.policy = before
	plan, err := s3fix.New(c, nil, soon).Plan(t.Context(), finding("PutBucketPolicy", putPolicy))
	if err != nil {
		t.Fatal(err)
	}
	args := func(document string) json.RawMessage {
		return json.RawMessage(`{"Bucket":"example-bucket","ExpectedBucketOwner":"123456789012","Policy":` + quoted(document) + `}`)
	}
	document := func(s string) json.RawMessage { return json.RawMessage(`{"document":` + quoted(s) + `}`) }
	command := func(s string) string {
		return "aws s3api put-bucket-policy --policy '" + s + "' --bucket example-bucket --expected-bucket-owner 123456789012 --region eu-west-1"
	}
	want := &remediate.Plan{
		Remediator: "s3fix",
		RuleID:     "4.8",
		EventID:    "22222222-2222-2222-2222-222222222222",
		Account:    account,
		Region:     region,
		Summary:    `The bucket "example-bucket" is open to the public: remove statement 2 ("Public") of the policy.`,
		Steps: []remediate.Step{{
			Action: "s3:PutBucketPolicy", Resource: bucketARN, Region: region,
			Summary: `remove statement 2 ("Public") of the policy`,
			Args:    args(after), Before: document(before), After: document(after), Command: command(after),
			Inverse: &remediate.Step{
				Action: "s3:PutBucketPolicy", Resource: bucketARN, Region: region,
				Summary: `put back statement 2 ("Public") of the policy`,
				Args:    args(before), Before: document(after), After: document(before), Command: command(before),
			},
		}},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	wantCalls := []string{
		"GetBucketPolicy eu-west-1 example-bucket 123456789012", "GetPublicAccessBlock eu-west-1 example-bucket 123456789012",
	}
	if diff := cmp.Diff(wantCalls, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestPlanCalls holds what each call is answered with, by the commands to do and to undo it.
func TestPlanCalls(t *testing.T) {
	const (
		where = " --bucket example-bucket --expected-bucket-owner 123456789012 --region eu-west-1"
		put   = "aws s3api put-public-access-block --public-access-block-configuration "
		full  = put + "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true" + where
		none  = "aws s3api delete-public-access-block" + where
	)
	aclCommand := func(grants string) string {
		return `aws s3api put-bucket-acl --access-control-policy '{"Owner":{"ID":"` + ownerID + `"},"Grants":[` + grants + `]}'` + where
	}
	user := func(id, permission string) string {
		return `{"Grantee":{"Type":"CanonicalUser","ID":"` + id + `"},"Permission":"` + permission + `"}`
	}
	group := func(uri, permission string) string {
		return `{"Grantee":{"Type":"Group","URI":"` + uri + `"},"Permission":"` + permission + `"}`
	}
	shut := func(set func(*types.PublicAccessBlockConfiguration)) *types.PublicAccessBlockConfiguration {
		b := blockWith(false)
		set(b)
		return b
	}
	on := blockWith(true).BlockPublicAcls
	tests := []struct {
		call, params string
		world        func(*cloud)
		do, undo     string // empty: nothing to do
		summary      string // part of it
		reason       string
	}{
		{"PutBucketPolicy", putPolicy, func(c *cloud) { c.policy = `{"Statement":{"Effect":"Allow","Principal":"*"}}` },
			"aws s3api delete-bucket-policy" + where, `aws s3api put-bucket-policy --policy '{"Statement":{"Effect":"Allow","Principal":"*"}}'` + where,
			"remove the whole policy, statement 1", "nothing is left of the policy"},
		{"PutBucketPolicy", putPolicy, func(*cloud) {}, "", "", "makes nothing public", "the policy was deleted since"},
		{"PutBucketPolicy", putPolicy, func(c *cloud) { c.policy = cutPolicy }, "", "", "makes nothing public", "the policy was mended since"},
		{"PutBucketPolicy", `{"bucketName":"example-bucket","bucketPolicy":` + cutPolicy + `}`, func(c *cloud) { c.policy = cutPolicy }, "", "",
			"makes nothing public", "a policy that never was public"},
		{"PutBucketPolicy", putPolicy, func(c *cloud) {
			c.policy = publicPolicy
			c.block = shut(func(b *types.PublicAccessBlockConfiguration) { b.RestrictPublicBuckets = on })
		}, "", "", "leaves that without effect", "the block keeps the public out"},
		{"PutBucketPolicy", putPolicy, func(c *cloud) {
			c.policy = `{"Statement":{"Effect":"Allow","Principal":"*"}}`
			c.block = shut(func(b *types.PublicAccessBlockConfiguration) {
				b.BlockPublicAcls, b.IgnorePublicAcls, b.BlockPublicPolicy = on, on, on
			})
		}, "aws s3api delete-bucket-policy" + where, `aws s3api put-bucket-policy --policy '{"Statement":{"Effect":"Allow","Principal":"*"}}'` + where,
			"", "what the block has on concerns ACLs, and policies to come"},

		{"PutBucketAcl", putACL, func(c *cloud) { c.grants = append(c.grants, grantTo(allUsers, "READ"), grantTo(logGroup, "WRITE")) },
			aclCommand(user(ownerID, "FULL_CONTROL") + "," + group(logGroup, "WRITE")),
			aclCommand(user(ownerID, "FULL_CONTROL") + "," + group(allUsers, "READ") + "," + group(logGroup, "WRITE")),
			"remove the grants READ to AllUsers of the ACL", "the log delivery group is not everyone"},
		{"PutBucketAcl", `{"bucketName":"example-bucket","x-amz-grant-write-acp":"uri=\"` + everyoneIn + `\""}`,
			func(c *cloud) { c.grants = []types.Grant{grantTo(everyoneIn, "WRITE_ACP")} },
			aclCommand(""), aclCommand(group(everyoneIn, "WRITE_ACP")), "WRITE_ACP to AuthenticatedUsers", "nobody is left, and the list is empty, not absent"},
		{"PutBucketAcl", putACL, func(*cloud) {}, "", "", "makes nothing public", "the ACL was mended since"},
		{"PutBucketAcl", putACL, func(c *cloud) {
			openACL(c)
			c.block = shut(func(b *types.PublicAccessBlockConfiguration) { b.IgnorePublicAcls = on })
		}, "", "", "leaves that without effect", "the block has ACLs ignored"},
		{"CreateBucket", `{"bucketName":"example-bucket","x-amz-acl":["public-read-write"]}`, func(c *cloud) { c.grants = append(c.grants, grantTo(allUsers, "WRITE")) },
			aclCommand(user(ownerID, "FULL_CONTROL")), aclCommand(user(ownerID, "FULL_CONTROL") + "," + group(allUsers, "WRITE")),
			"WRITE to AllUsers", "created with an ACL, as a record of 2019 has it"},
		{"CreateBucket", `{"omitted":true,"originalSize":131072}`, func(c *cloud) { c.grants = append(c.grants, grantTo(allUsers, "WRITE")) },
			aclCommand(user(ownerID, "FULL_CONTROL")), aclCommand(user(ownerID, "FULL_CONTROL") + "," + group(allUsers, "WRITE")),
			"WRITE to AllUsers", "the ACL is hidden by size"},

		{"DeleteBucketPublicAccessBlock", deleteBlock, func(*cloud) {}, full, none, "not blocked in full: block public access (none is configured)", "there is none"},
		{"DeleteBucketPublicAccessBlock", `{"bucketName":["example-bucket"],"host":["h"],"publicAccessBlock":[""]}`, func(*cloud) {}, full, none, "",
			"a record of 2019"},
		{"DeleteBucketPublicAccessBlock", deleteBlock, func(c *cloud) { c.block = blockWith(true) }, "", "", "is blocked in full", "it is back"},
		{"PutBucketPublicAccessBlock", putBlock, func(c *cloud) {
			c.block = shut(func(b *types.PublicAccessBlockConfiguration) { b.BlockPublicAcls, b.IgnorePublicAcls = on, nil })
		}, full, put + "BlockPublicAcls=true,IgnorePublicAcls=false,BlockPublicPolicy=false,RestrictPublicBuckets=false" + where,
			"(off: IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets", "absent is off"},
		{"PutBucketPublicAccessBlock", putBlock, func(c *cloud) { c.block = blockWith(true) }, "", "", "is blocked in full", "it is back"},
	}
	for _, tt := range tests {
		c := newCloud()
		tt.world(c)
		plan, err := s3fix.New(c, nil, soon).Plan(t.Context(), finding(tt.call, tt.params))
		if err != nil {
			t.Errorf("%s: %v; %s", tt.call, err, tt.reason)
			continue
		}
		var do, undo string
		if len(plan.Steps) > 0 {
			do, undo = plan.Steps[0].Command, plan.Steps[0].Inverse.Command
		}
		if do != tt.do || undo != tt.undo || len(plan.Steps) > 1 || !strings.Contains(plan.Summary, tt.summary) {
			t.Errorf("%s: plan %s\ngot  %s\n     %s\nwant %s\n     %s\n%s", tt.call, plan, do, undo, tt.do, tt.undo, tt.reason)
		}
	}
}

// TestPlanWithoutReads holds that a call that opens nothing is not looked into.
func TestPlanWithoutReads(t *testing.T) {
	tests := []struct{ call, params, reason string }{
		{"CreateBucket", `{"bucketName":"example-bucket","Host":"s3.eu-west-1.amazonaws.com"}`, "no ACL"},
		{"CreateBucket", `{"bucketName":"example-bucket","x-amz-acl":"private"}`, "a private one"},
		{"PutBucketPublicAccessBlock", fullBlock, "all is blocked"},
		{"PutAccountPublicAccessBlock", fullBlock, "all is blocked"},
	}
	for _, tt := range tests {
		c := newCloud()
		openACL(c)
		plan, err := s3fix.New(c, nil, soon).Plan(t.Context(), finding(tt.call, tt.params))
		if err != nil || len(plan.Steps) > 0 || len(c.calls) > 0 {
			t.Errorf("%s: plan %v, error %v, calls %v; %s", tt.call, plan, err, c.calls, tt.reason)
		}
	}
}

func TestPlanAccount(t *testing.T) {
	const (
		where = " --account-id 123456789012 --region eu-west-1"
		put   = "aws s3control put-public-access-block --public-access-block-configuration "
		full  = put + "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true" + where
	)
	tests := []struct{ call, params, inverse, reason string }{
		{"DeleteAccountPublicAccessBlock", `null`, "aws s3control delete-public-access-block" + where, "deleted"},
		{"PutAccountPublicAccessBlock", putBlock,
			put + "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=false,RestrictPublicBuckets=false" + where, "weakened"},
		{"PutAccountPublicAccessBlock", `{"omitted":true,"originalSize":131072}`, "", "what it was set to is hidden"},
	}
	for _, tt := range tests {
		c := newCloud()
		rem := s3fix.New(c, c, soon)
		plan, err := rem.Plan(t.Context(), finding(tt.call, tt.params))
		if err != nil || len(plan.Steps) != 1 {
			t.Errorf("%s: plan %v, error %v; %s", tt.call, plan, err, tt.reason)
			continue
		}
		step := plan.Steps[0]
		inverse := ""
		if step.Inverse != nil {
			inverse = step.Inverse.Command
		}
		if step.Command != full || inverse != tt.inverse || !step.Manual || step.Resource != "arn:aws:iam::123456789012:root" {
			t.Errorf("%s: step %+v\ninverse %s, want %s; %s", tt.call, step, inverse, tt.inverse, tt.reason)
		}
		if _, err := rem.Apply(t.Context(), plan); err == nil || !strings.Contains(err.Error(), "suggestion") || len(c.calls) > 0 {
			t.Errorf("%s: applied with the error %v and the calls %v", tt.call, err, c.calls)
		}
	}
}

// guardOf returns the guard of the refusal that err is or wraps, if any.
func guardOf(err error) string {
	var refusal *remediate.Refusal
	if errors.As(err, &refusal) {
		return refusal.Guard
	}
	return ""
}

// checkText reports an error text that is no fit line for a report.
func checkText(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if !strings.HasPrefix(text, "s3fix: ") || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) || len(text) > 1500 {
		t.Errorf("error text %.2000q", text)
	}
}

func TestPlanBucket(t *testing.T) {
	where := func(account, region string) func(*event.Event, *event.Record) {
		return func(e *event.Event, r *event.Record) {
			e.Account, r.RecipientAccountID, e.Region, r.AWSRegion = account, account, region, region
		}
	}
	named := func(name string) string { return `{"bucketName":` + quoted(name) + `,"x-amz-acl":"public-read"}` }
	tests := []struct {
		params string
		edit   func(*event.Event, *event.Record)
		call   string // the first that is made; empty: none
		guard  string
		reason string
	}{
		{params: putACL, call: "GetBucketAcl eu-west-1 example-bucket 123456789012", reason: "as usual"},
		{params: named("Old_Bucket"), call: "GetBucketAcl eu-west-1 Old_Bucket 123456789012", reason: "of times before the present rules"},
		{params: putACL, edit: where("111122223333", "cn-north-1"), call: "GetBucketAcl cn-north-1 example-bucket 111122223333", reason: "another partition",
			guard: ""},
		{params: `{"omitted":true,"originalSize":131072,"reason":"requestParameters too large"}`,
			call: "GetBucketAcl eu-west-1 example-bucket 123456789012", reason: "hidden by size; the resource tells"},
		{params: `null`, call: "GetBucketAcl eu-west-1 example-bucket 123456789012", reason: "no parameters; the resource tells"},

		{params: `null`, edit: func(_ *event.Event, r *event.Record) { r.Resources = nil }, reason: "no name anywhere"},
		{params: `null`, edit: func(_ *event.Event, r *event.Record) {
			r.Resources = append(r.Resources, event.Resource{ARN: "arn:aws:s3:::other-bucket"})
		}, reason: "two names"},
		{params: `{"BucketName":"other-bucket"}`, edit: func(_ *event.Event, r *event.Record) { r.Resources = nil }, reason: "names are exact"},
		{params: `{"bucketName":7}`, reason: "a number, though the resource would tell"},
		{params: `{"bucketName":["a-bucket","b-bucket"]}`, reason: "a list of two"},
		{params: `["example-bucket"]`, reason: "not an object"},
		{params: named(""), reason: "empty"},
		{params: named("ab"), reason: "too short"},
		{params: named(strings.Repeat("a", 100<<10)), reason: "100 kilobytes"},
		{params: named("-bucket"), reason: "would be an option on a command line"},
		{params: named("file:///etc/passwd"), reason: "the AWS CLI would read the file"},
		{params: named("../bucket"), reason: "a path"},
		{params: named("a/b?acl"), reason: "a path and a query"},
		{params: named("bucket\n"), reason: "a newline at the end, which $ must not let pass"},
		{params: named("b\u00fccket"), reason: "not ASCII"},
		{params: named("$(id)"), reason: "a substitution"},
		{params: named("arn:aws:s3:::example-bucket"), reason: "an ARN"},
		{params: named("example-ap-metadata-s3alias"), reason: "an access point"},
		{params: named("bucket--use1-az4--x-s3"), reason: "a directory bucket"},

		{params: putACL, edit: where("12345678901", region), reason: "eleven digits"},
		{params: putACL, edit: where(account, "eu-west-1.example.com/#"), reason: "a Region becomes a host name"},
		{params: putACL, edit: func(e *event.Event, _ *event.Record) { e.Account = "111122223333" }, guard: remediate.GuardScope, reason: "two accounts"},
		{params: putACL, edit: func(e *event.Event, _ *event.Record) { e.Region = "us-east-1" }, guard: remediate.GuardScope, reason: "two Regions"},
		{params: putACL, edit: func(_ *event.Event, r *event.Record) { r.Resources[0].AccountID = "111122223333" },
			guard: remediate.GuardScope, reason: "our account called, and another owns the bucket"},
		{params: `{"bucketName":"example-bucket","CreateBucketConfiguration":{"LocationConstraint":"us-west-2"}}`,
			guard: remediate.GuardScope, reason: "the bucket is elsewhere"},
		{params: `{"bucketName":"example-bucket","CreateBucketConfiguration":{"LocationConstraint":"EU"}}`,
			call: "GetBucketAcl eu-west-1 example-bucket 123456789012", reason: "an old name of the event's Region"},
		{params: putACL, edit: func(_ *event.Event, r *event.Record) { r.ErrorCode = "AccessDenied" }, guard: remediate.GuardFailedCall, reason: "the call failed"},
	}
	for _, tt := range tests {
		c := newCloud()
		f := finding("PutBucketAcl", tt.params)
		if tt.edit != nil {
			tt.edit(f.Event, f.Record)
			if f.Event.Account == f.Record.RecipientAccountID && f.Event.Account != account {
				f.Record.Resources = nil
			}
		}
		plan, err := s3fix.New(c, nil, &s3fix.Options{Reads: 1}).Plan(t.Context(), f)
		if tt.call != "" {
			if len(c.calls) == 0 || c.calls[0] != tt.call {
				t.Errorf("%.80s: calls %v, error %v, want %s; %s", tt.params, c.calls, err, tt.call, tt.reason)
			}
			continue
		}
		if err == nil || plan != nil || len(c.calls) > 0 || guardOf(err) != tt.guard || errors.Is(err, remediate.ErrNotApplicable) {
			t.Errorf("%.80s: plan %v, error %v (guard %q, want %q), calls %v; %s", tt.params, plan, err, guardOf(err), tt.guard, c.calls, tt.reason)
			continue
		}
		checkText(t, err)
	}
}

func TestPlanPartition(t *testing.T) {
	c := newCloud()
	for _, tt := range []struct{ caller, region, want string }{
		{"", "us-gov-west-1", "aws-us-gov"},
		{"arn:aws-cn:iam::123456789012:root", "cn-north-1", "aws-cn"},
		{"", "eusc-de-east-1", "aws-eusc"},
		{"", "xx-new-1", "aws"},
	} {
		f := finding("DeleteAccountPublicAccessBlock", `{}`, func(e *event.Event, r *event.Record) {
			e.Region, r.AWSRegion, r.UserIdentity.ARN = tt.region, tt.region, tt.caller
		})
		plan, err := s3fix.New(c, nil, soon).Plan(t.Context(), f)
		if want := "arn:" + tt.want + ":iam::123456789012:root"; err != nil || plan.Steps[0].Resource != want || plan.Steps[0].Region != tt.region {
			t.Errorf("%s: plan %v, error %v, want one for %s", tt.region, plan, err, want)
		}
	}
}

func TestPlanNotApplicable(t *testing.T) {
	for _, f := range []rule.Finding{
		{},
		finding("GetBucketPolicy", putPolicy),
		finding("DeleteBucketPolicy", putPolicy),
		finding("PutBucketPolicy", putPolicy, func(_ *event.Event, r *event.Record) { r.EventSource = "s3express.amazonaws.com" }),
	} {
		if _, err := s3fix.New(newCloud(), nil, nil).Plan(t.Context(), f); !errors.Is(err, remediate.ErrNotApplicable) {
			t.Errorf("%+v: error %v", f.Record, err)
		}
	}
}

// TestPlanWaits holds that a read that shows the bucket as it was before the event is not believed.
func TestPlanWaits(t *testing.T) {
	private := snapshot{grants: newCloud().grants, block: blockWith(true)}
	tests := []struct {
		call, params string
		old          snapshot
		lag          int
		steps        int
		waited       time.Duration
		reason       string
	}{
		{"PutBucketPolicy", putPolicy, private, 0, 1, 0, "seen at once"},
		{"PutBucketPolicy", putPolicy, private, 3, 1, 6 * time.Second, "the policy is late"},
		{"PutBucketAcl", putACL, private, 1, 1, 2 * time.Second, "the ACL is late"},
		{"CreateBucket", putACL, snapshot{gone: true}, 2, 1, 4 * time.Second, "the bucket is late"},
		{"DeleteBucketPublicAccessBlock", deleteBlock, private, 4, 1, 8 * time.Second, "the block is late"},
		{"DeleteBucketPublicAccessBlock", deleteBlock, private, 5, 0, 8 * time.Second, "too late, or on again: there is an end"},
		{"PutBucketPolicy", `{"bucketName":"example-bucket","bucketPolicy":` + cutPolicy + `}`, private, 1, 0, 0, "nothing to wait for"},
		{"PutBucketPolicy", `{"bucketName":"example-bucket","bucketPolicy":` + quoted(publicPolicy) + `}`, private, 1, 1, 2 * time.Second, "the policy as text"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			c := newCloud()
			c.policy = publicPolicy
			openACL(c)
			for range tt.lag {
				c.lag = append(c.lag, tt.old)
			}
			plan, err := s3fix.New(c, nil, nil).Plan(t.Context(), finding(tt.call, tt.params))
			if err != nil || len(plan.Steps) != tt.steps {
				t.Errorf("%s: plan %v, error %v, want %d steps; %s", tt.call, plan, err, tt.steps, tt.reason)
			}
			if got := time.Since(begin); got != tt.waited {
				t.Errorf("%s: waited %s, want %s; %s", tt.call, got, tt.waited, tt.reason)
			}
		})
	}
}

func TestPlanStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := s3fix.New(newCloud(), nil, nil).Plan(ctx, finding("PutBucketPolicy", putPolicy))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != 3*time.Second {
			t.Errorf("error %v after %s, want that of the context after 3s", err, time.Since(begin))
		}
	})
}

func TestPlanErrors(t *testing.T) {
	tests := []struct {
		op, code string
		is       error
	}{
		{"GetBucketPolicy", "AccessDenied", remediate.ErrDenied},
		{"GetBucketPolicy", "NoSuchBucket", remediate.ErrNotFound},
		{"GetBucketPolicy", "SlowDown", remediate.ErrTemporary},
		{"GetPublicAccessBlock", "AccessDenied", remediate.ErrDenied},
		{"GetPublicAccessBlock", "InternalError", remediate.ErrTemporary},
	}
	for _, tt := range tests {
		c := newCloud()
		c.policy = publicPolicy
		c.errs[tt.op] = apiError(tt.code)
		_, err := s3fix.New(c, nil, soon).Plan(t.Context(), finding("PutBucketPolicy", putPolicy))
		if !errors.Is(err, tt.is) || !strings.Contains(fmt.Sprint(err), tt.code) {
			t.Errorf("%s of %s: error %v, want one that is %v", tt.code, tt.op, err, tt.is)
		} else {
			checkText(t, err)
		}
	}
}
