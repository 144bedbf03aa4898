package kmsfix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// policyName is the only name that a key policy can have.
const policyName = "default"

// policyPut plans the answer to PutKeyPolicy.
func (r *Remediator) policyPut(ctx context.Context, f rule.Finding, ref reference) (*remediate.Plan, error) {
	k, current, err := r.policy(ctx, f, ref)
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(self, f)
	switch admits, err := admitsAccount(current, k.account); {
	case err != nil:
		return nil, fmt.Errorf("the policy of %q: %w", k.arn(), err)
	case admits:
		plan.Summary = fmt.Sprintf("The policy of the key %q lets its account manage it, so nobody is locked out.", k.arn())
		return plan, nil
	}
	former, err := r.formerPolicy(ctx, f, k)
	if err != nil {
		return nil, err
	}
	plan.Summary = fmt.Sprintf("The policy of the key %q no longer lets its account manage it: ", k.arn())
	if former == "" {
		former = accountPolicy(k)
		plan.Summary += "give the account its rights back. The former policy is not known."
	} else {
		plan.Summary += "put the former one back."
	}
	plan.Summary += " That takes somebody whom the new policy lets call kms:PutKeyPolicy; if there is nobody, only AWS Support can help."
	suggestion, inverse := policyStep(k, current, former), policyStep(k, former, current)
	suggestion.Inverse = &inverse
	plan.Steps = []remediate.Step{suggestion}
	return plan, nil
}

// policy returns the key that ref names and its policy: the one in force or, where it does not let
// us read that, the one of the record.
func (r *Remediator) policy(ctx context.Context, f rule.Finding, ref reference) (key, string, error) {
	k, _, err := r.describe(ctx, ref, f.Event.Account, f.Event.Region)
	if errors.Is(err, remediate.ErrDenied) && ref.key != (key{}) {
		k, err = ref.key, nil
	}
	if err != nil {
		return key{}, "", err
	}
	out, err := r.reader.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{
		KeyId: aws.String(k.arn()), PolicyName: aws.String(policyName),
	}, in(k.region))
	err = awserr.Wrap(ctx, err, actionGetPolicy, k.arn())
	switch {
	case errors.Is(err, remediate.ErrDenied):
		if put := textOf(f.Record.RequestParameters, "policy"); put != "" {
			return k, put, nil
		}
		return key{}, "", fmt.Errorf("the policy was replaced, and the record does not tell the new one: %w", err)
	case err != nil:
		return key{}, "", err
	case out == nil || aws.ToString(out.Policy) == "":
		return key{}, "", fmt.Errorf("%s on %q returned no policy", actionGetPolicy, k.arn())
	}
	return k, *out.Policy, nil
}

// formerPolicy returns the policy that the key had before a finding's call, and that lets its
// account manage it, as the latest record of a call that set one tells; empty if it is not known.
func (r *Remediator) formerPolicy(ctx context.Context, f rule.Finding, k key) (string, error) {
	for rec, err := range r.records(ctx, k, []string{"kms:CreateKey", actionPutPolicy, "kms:ReplicateKey"}, f.Record.EventTime) {
		if err != nil {
			return "", err
		}
		if !rec.EventTime.Before(f.Record.EventTime) {
			continue
		}
		switch rec.EventName {
		case "CreateKey", "PutKeyPolicy", "ReplicateKey":
		default:
			continue
		}
		policy := textOf(rec.RequestParameters, "policy")
		if admits, err := admitsAccount(policy, k.account); err != nil || !admits {
			return "", nil // cut short by CloudTrail, or a lock-out too
		}
		return policy, nil
	}
	return "", nil
}

// policyStep returns the suggestion to replace a policy.
func policyStep(k key, before, after string) remediate.Step {
	type content struct {
		Policy string `json:"policy"`
	}
	return remediate.Step{
		Action:   actionPutPolicy,
		Resource: k.arn(),
		Region:   k.region,
		Summary:  fmt.Sprintf("replace the policy of the key %q", k.id),
		Args: encode(struct {
			KeyID      string `json:"KeyId"`
			PolicyName string
			Policy     string
		}{k.arn(), policyName, after}),
		Before: encode(content{before}),
		After:  encode(content{after}),
		Command: remediate.Command("aws", "kms", "put-key-policy", "--key-id", k.arn(), "--policy-name", policyName,
			"--policy", strings.TrimSpace(after), "--region", k.region),
		Manual: true,
	}
}

// accountPolicy returns the policy by which IAM policies of the account decide, which is the one that
// KMS gives a key that is created without any: "Default key policy" in the Developer Guide.
func accountPolicy(k key) string {
	type statement struct {
		Sid, Effect      string
		Principal        map[string]string
		Action, Resource string
	}
	return string(encode(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{{
		"Enable IAM policies", "Allow", map[string]string{"AWS": "arn:" + k.partition + ":iam::" + k.account + ":root"}, "kms:*", "*",
	}}}))
}

// admitsAccount reports whether a key policy lets the account as such put another, without a
// condition: then its administrators are not locked out. Statements that deny are not looked at.
func admitsAccount(policy, account string) (bool, error) {
	var doc struct {
		Statement oneOrMore[struct {
			Effect    string
			Principal json.RawMessage
			Action    oneOrMore[string]
			Condition map[string]any
		}]
	}
	if err := json.Unmarshal([]byte(policy), &doc); err != nil {
		return false, fmt.Errorf("not a policy: %w", err)
	}
	for _, s := range doc.Statement {
		if s.Effect == "Allow" && len(s.Condition) == 0 && isAccount(s.Principal, account) && covers(s.Action, actionPutPolicy) {
			return true, nil
		}
	}
	return false, nil
}

// isAccount reports whether an account as such is among the principals.
func isAccount(principal json.RawMessage, account string) bool {
	var (
		anybody string
		sorts   struct{ AWS oneOrMore[string] }
	)
	if json.Unmarshal(principal, &anybody) == nil {
		return anybody == "*"
	}
	if json.Unmarshal(principal, &sorts) != nil {
		return false
	}
	for _, p := range sorts.AWS {
		if p == "*" || p == account || strings.HasPrefix(p, "arn:") && strings.HasSuffix(p, ":iam::"+account+":root") {
			return true
		}
	}
	return false
}

// covers reports whether one of the patterns of a policy matches the action.
func covers(patterns []string, action string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(strings.ToLower(p), strings.ToLower(action)); ok && err == nil {
			return true
		}
	}
	return false
}

// oneOrMore is a list in a policy, where one element may stand without brackets.
type oneOrMore[T any] []T

// UnmarshalJSON implements [json.Unmarshaler].
func (l *oneOrMore[T]) UnmarshalJSON(text []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
		return json.Unmarshal(text, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*l = oneOrMore[T]{one}
	return nil
}
