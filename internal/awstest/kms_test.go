package awstest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/countertrail/countertrail/remediate/kmsfix"
)

var kmsScenarios = []scenario{
	{
		service: "kms", name: "a key that was enabled is to be deleted", reason: "a deletion that is cancelled leaves the key disabled",
		begin: func(t *testing.T, s *server) *incident {
			in := newKey(t, s).scheduled(t)
			in.steps = []string{"kms:CancelKeyDeletion", "kms:EnableKey"}
			return in
		},
	},
	{
		service: "kms", name: "a key that was disabled is to be deleted", reason: "it was disabled on purpose, and stays so",
		begin: func(t *testing.T, s *server) *incident {
			k := newKey(t, s)
			k.disable(t)
			k.past = append(k.past, k.record("DisableKey"))
			in := k.scheduled(t)
			in.steps = []string{"kms:CancelKeyDeletion"}
			return in
		},
	},
	{
		service: "kms", name: "nobody may manage a key", reason: "the former policy is shown, as a command for whoever still can",
		begin: lockedKey,
	},
	{
		service: "kms", name: "a key is disabled", reason: "a key that was enabled is enabled again",
		begin: func(t *testing.T, s *server) *incident {
			k := newKey(t, s)
			in := k.incident(t, func() call {
				k.disable(t)
				return k.record("DisableKey")
			})
			in.meddle = func() { k.schedule(t) }
			in.steps = []string{"kms:EnableKey"}
			return in
		},
	},
}

// A key is one of KMS, with its past.
type key struct {
	owner, fixer *kms.Client
	arn          *string
	past         []call
}

func newKey(t *testing.T, s *server) *key {
	t.Helper()
	k := &key{owner: kms.NewFromConfig(s.config(home)), fixer: kms.NewFromConfig(s.strange(t, home))}
	k.arn = must(k.owner.CreateKey(t.Context(), nil))(t).KeyMetadata.Arn
	k.past = []call{{
		service: "kms", name: "CreateKey", resources: []string{*k.arn},
		response: object{"keyMetadata": object{"arn": k.arn, "enabled": true, "origin": "AWS_KMS"}},
	}}
	return k
}

// record returns what CloudTrail records of a call on the key.
func (k *key) record(name string) call {
	return call{service: "kms", name: name, resources: []string{*k.arn}, request: object{"keyId": k.arn}, response: object{"keyId": k.arn}}
}

func (k *key) disable(t *testing.T) {
	t.Helper()
	must(k.owner.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: k.arn}))(t)
}

func (k *key) schedule(t *testing.T) {
	t.Helper()
	in := &kms.ScheduleKeyDeletionInput{KeyId: k.arn, PendingWindowInDays: aws.Int32(7)}
	must(k.owner.ScheduleKeyDeletion(t.Context(), in))(t)
}

// scheduled is the incident that the key is to be deleted.
func (k *key) scheduled(t *testing.T) *incident {
	return k.incident(t, func() call {
		k.schedule(t)
		c := k.record("ScheduleKeyDeletion")
		c.request["pendingWindowInDays"] = 7
		return c
	})
}

func (k *key) incident(t *testing.T, attack func() call) *incident {
	return &incident{
		remediator: kmsfix.New(k.fixer, k.fixer, &kmsfix.Options{History: monthAgo(t, k.past...), Reverter: k.fixer, Interval: interval}),
		attack:     attack,
		state: func() any {
			return must(k.owner.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: k.arn}))(t).KeyMetadata.KeyState
		},
		reverts: true,
	}
}

// lockedKey is the incident that a key's policy lets nobody manage it but one user.
func lockedKey(t *testing.T, s *server) *incident {
	const only = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::` + accountID +
		`:user/mallory"}, "Action": "kms:*", "Resource": "*"}]}`
	k := newKey(t, s)
	former := must(k.owner.GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: k.arn}))(t).Policy
	put := k.record("PutKeyPolicy")
	put.request["policy"], put.request["policyName"] = former, "default"
	k.past = append(k.past, put)
	in := k.incident(t, func() call {
		must(k.owner.PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: k.arn, Policy: aws.String(only)}))(t)
		c := k.record("PutKeyPolicy")
		c.request["policy"], c.request["policyName"] = only, "default"
		return c
	})
	in.state = func() any {
		return must(k.owner.GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: k.arn}))(t).Policy
	}
	in.steps, in.suggested = []string{"kms:PutKeyPolicy"}, true
	return in
}
