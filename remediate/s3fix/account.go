package s3fix

import (
	"fmt"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// accountPlan returns the suggestion to block public access for the event's account, unless the call
// of f already does. The state is not read, since that is an API of its own (s3control).
func accountPlan(f rule.Finding, params request) (*remediate.Plan, error) {
	plan := remediate.NewPlan(self, f)
	b, err := place(f.Event, f.Record)
	if err != nil {
		return nil, err
	}
	left := block{} // what the call left
	if f.Record.EventName == "PutAccountPublicAccessBlock" {
		left = blockOf(params)
	}
	if left == fullBlock {
		plan.Summary = fmt.Sprintf("The call blocked public access for the account %s in full, so there is nothing to do.", b.account)
		return plan, nil
	}
	step := accountStep(b, fullBlock, left)
	if left.Configured || f.Record.EventName == "DeleteAccountPublicAccessBlock" {
		inverse := accountStep(b, left, fullBlock)
		step.Inverse = &inverse
	}
	plan.Summary = fmt.Sprintf("Public access is no longer blocked in full for the account %s: consider to block it again, "+
		"which concerns every bucket of the account.", b.account)
	plan.Steps = []remediate.Step{step}
	return plan, nil
}

// accountStep returns the suggestion to set the block of an account to k, which is expected to be
// before.
func accountStep(b bucket, k, before block) remediate.Step {
	input := struct {
		AccountID                      string          `json:"AccountId"`
		PublicAccessBlockConfiguration map[string]bool `json:",omitempty"`
	}{AccountID: b.account}
	words := []string{"aws", "s3control", "delete-public-access-block"}
	summary := fmt.Sprintf("delete the block on public access of the account %s", b.account)
	if k.Configured {
		input.PublicAccessBlockConfiguration = k.configuration()
		words = []string{"aws", "s3control", "put-public-access-block", "--public-access-block-configuration", k.shorthand()}
		summary = fmt.Sprintf("set the block on public access of the account %s to %s", b.account, k.shorthand())
	}
	return remediate.Step{
		Action:   "s3:PutAccountPublicAccessBlock",                      // of a deletion too
		Resource: "arn:" + b.partition + ":iam::" + b.account + ":root", // an account, as IAM writes it
		Region:   b.region,
		Summary:  summary,
		Args:     encode(input),
		Before:   encode(before),
		After:    encode(k),
		Command:  remediate.Command(append(words, "--account-id", b.account, "--region", b.region)...),
		Manual:   true,
	}
}
