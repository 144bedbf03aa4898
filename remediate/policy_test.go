package remediate_test

import (
	"strings"
	"testing"

	"github.com/countertrail/countertrail/remediate"
)

// specced is a fake with a Spec of its own.
type specced struct {
	fake
	spec remediate.Spec
}

func (s *specced) Spec() remediate.Spec { return s.spec }

func TestPolicies(t *testing.T) {
	a := &specced{spec: remediate.Spec{Reads: []string{"kms:DescribeKey", "ec2:DescribeVpcs"}, Writes: []string{"kms:EnableKey"}}}
	b := &specced{spec: remediate.Spec{Reads: []string{"kms:DescribeKey"}, Writes: []string{"iam:UpdateAccessKey"}}}
	for _, tt := range []struct {
		policy func(...remediate.Remediator) ([]byte, error)
		of     []remediate.Remediator
		want   string // empty: an error
		reason string
	}{
		{remediate.ReadPolicy, []remediate.Remediator{a, b},
			`{"Version":"2012-10-17","Statement":[{"Sid":"CountertrailRead","Effect":"Allow","Action":["ec2:DescribeVpcs","kms:DescribeKey"],"Resource":["*"]}]}`,
			"each action once, in order"},
		{remediate.WritePolicy, []remediate.Remediator{a, b},
			`{"Version":"2012-10-17","Statement":[{"Sid":"CountertrailWrite","Effect":"Allow","Action":["iam:UpdateAccessKey","kms:EnableKey"],"Resource":["*"]}]}`,
			"no reads among the writes"},
		{remediate.ReadPolicy, nil, "", "IAM takes no empty policy"},
		{remediate.WritePolicy, []remediate.Remediator{&specced{spec: remediate.Spec{Writes: []string{"s3:*"}}}}, "", "more than one action"},
		{remediate.WritePolicy, []remediate.Remediator{&specced{spec: remediate.Spec{Writes: []string{""}}}}, "", "no action"},
	} {
		got, err := tt.policy(tt.of...)
		if string(got) != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: got %s, error %v, want %s", tt.reason, got, err, tt.want)
		}
	}
}

func TestSessionPolicy(t *testing.T) {
	r := &specced{spec: remediate.Spec{Reads: []string{"s3:GetBucketAcl"}, Writes: []string{"s3:PutBucketAcl", "s3:PutBucketPolicy", "s3:DeleteBucket"}}}
	step := func(action, resource string) remediate.Step {
		return remediate.Step{Action: action, Resource: resource}
	}
	manual := step("s3:DeleteBucket", "arn:aws:s3:::a")
	manual.Manual = true
	plan := func(steps ...remediate.Step) *remediate.Plan { return &remediate.Plan{Remediator: "r", Steps: steps} }
	const start = `{"Version":"2012-10-17","Statement":[`
	const reads = `{"Effect":"Allow","Action":["s3:GetBucketAcl"],"Resource":["*"]}]}`
	for _, tt := range []struct {
		plan   *remediate.Plan
		want   string // empty: an error
		reason string
	}{
		{plan(step("s3:PutBucketAcl", "arn:aws:s3:::a"), step("s3:PutBucketPolicy", "arn:aws:s3:::a"), step("s3:PutBucketAcl", "arn:aws:s3:::b"),
			step("s3:PutBucketAcl", "arn:aws:s3:::a"), manual),
			start + `{"Effect":"Allow","Action":["s3:PutBucketAcl"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::b"]},` +
				`{"Effect":"Allow","Action":["s3:PutBucketPolicy"],"Resource":["arn:aws:s3:::a"]},` + reads,
			"each action on its own resources, and no suggestion"},
		{plan(step("s3:PutBucketAcl", "arn:aws:s3:::a*b?c${aws:username}")),
			start + `{"Effect":"Allow","Action":["s3:PutBucketAcl"],"Resource":["arn:aws:s3:::a${*}b${?}c${$}{aws:username}"]},` + reads,
			"what would stand for more than one resource stands for itself"},
		{plan(step("config:PutDeliveryChannel", "arn:aws:config:eu-west-1:123456789012:delivery-channel/a")),
			start + `{"Effect":"Allow","Action":["config:PutDeliveryChannel"],"Resource":["*"]},` + reads,
			"IAM would deny the action on any resource by name"},
		{plan(), "", "nothing is applied"},
		{plan(manual), "", "nothing is applied but by people"},
		{plan(step("s3:PutBucketAcl", "*")), "", "every resource is none"},
		{plan(step("s3:PutBucketAcl", "main")), "", "not an ARN"},
		{plan(step("*", "arn:aws:s3:::a")), "", "every action is none"},
		{plan(step("s3:PutBucketAcl", "arn:aws:s3:::"+strings.Repeat("a", 2048))), "", "longer than AWS takes"},
	} {
		got, err := remediate.SessionPolicy(r, tt.plan)
		if string(got) != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: got %s, error %v, want %s", tt.reason, got, err, tt.want)
		}
	}
	for n := 1900; ; n++ {
		got, err := remediate.SessionPolicy(r, plan(step("s3:PutBucketAcl", "arn:aws:s3:::"+strings.Repeat("a", n))))
		if err != nil {
			break
		}
		if len(got) > 2048 {
			t.Fatalf("a policy of %d characters", len(got))
		}
	}
}
