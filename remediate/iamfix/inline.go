package iamfix

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/countertrail/countertrail/internal/awserr"
)

// The calls on the policies that are a principal's own, each alone, so that every remediator can ask
// for no more than it makes.
type (
	userPolicyReader interface {
		GetUserPolicy(context.Context, *iam.GetUserPolicyInput, ...func(*iam.Options)) (*iam.GetUserPolicyOutput, error)
	}
	rolePolicyReader interface {
		GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
	}
	groupPolicyReader interface {
		GetGroupPolicy(context.Context, *iam.GetGroupPolicyInput, ...func(*iam.Options)) (*iam.GetGroupPolicyOutput, error)
	}
	policyPutter interface {
		PutUserPolicy(context.Context, *iam.PutUserPolicyInput, ...func(*iam.Options)) (*iam.PutUserPolicyOutput, error)
		PutRolePolicy(context.Context, *iam.PutRolePolicyInput, ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error)
	}
	policyDeleter interface {
		DeleteUserPolicy(context.Context, *iam.DeleteUserPolicyInput, ...func(*iam.Options)) (*iam.DeleteUserPolicyOutput, error)
		DeleteRolePolicy(context.Context, *iam.DeleteRolePolicyInput, ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error)
	}
)

// documentOf reads a policy of the principal that c is about: its document, or none if there is no
// such policy. Groups may be nil if c is about none.
func documentOf(ctx context.Context, c change, users userPolicyReader, roles rolePolicyReader, groups groupPolicyReader) (state, error) {
	var (
		encoded *string
		err     error
		region  = in(c.region)
	)
	switch c.on.kind {
	case kindUser:
		var out *iam.GetUserPolicyOutput
		out, err = users.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &c.on.name, PolicyName: &c.args.PolicyName}, region)
		if out != nil {
			encoded = out.PolicyDocument
		}
	case kindRole:
		var out *iam.GetRolePolicyOutput
		out, err = roles.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &c.on.name, PolicyName: &c.args.PolicyName}, region)
		if out != nil {
			encoded = out.PolicyDocument
		}
	case kindGroup:
		var out *iam.GetGroupPolicyOutput
		out, err = groups.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: &c.on.name, PolicyName: &c.args.PolicyName}, region)
		if out != nil {
			encoded = out.PolicyDocument
		}
	}
	switch {
	case noSuchEntity(err):
		return state{}, nil
	case err != nil:
		return state{}, awserr.Wrap(ctx, err, actionOn(c.on, "Get"), c.on.arn())
	}
	document, err := decodeDocument(encoded)
	if err != nil {
		return state{}, fmt.Errorf("the policy %q of %q: %w", c.args.PolicyName, c.on.arn(), err)
	}
	return state{Document: document}, nil
}

// putPolicies returns the calls that put a policy into a user and into a role, by their actions.
func putPolicies(w policyPutter) map[string]func(context.Context, change) error {
	return map[string]func(context.Context, change) error{
		"iam:PutUserPolicy": func(ctx context.Context, c change) error {
			_, err := w.PutUserPolicy(ctx, &iam.PutUserPolicyInput{
				UserName: &c.on.name, PolicyName: &c.args.PolicyName, PolicyDocument: &c.args.PolicyDocument,
			}, in(c.region))
			return err
		},
		"iam:PutRolePolicy": func(ctx context.Context, c change) error {
			_, err := w.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
				RoleName: &c.on.name, PolicyName: &c.args.PolicyName, PolicyDocument: &c.args.PolicyDocument,
			}, in(c.region))
			return err
		},
	}
}

// deletePolicies returns the calls that delete a policy of a user's and of a role's own.
func deletePolicies(w policyDeleter) map[string]func(context.Context, change) error {
	return map[string]func(context.Context, change) error{
		"iam:DeleteUserPolicy": func(ctx context.Context, c change) error {
			_, err := w.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &c.on.name, PolicyName: &c.args.PolicyName}, in(c.region))
			return err
		},
		"iam:DeleteRolePolicy": func(ctx context.Context, c change) error {
			_, err := w.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &c.on.name, PolicyName: &c.args.PolicyName}, in(c.region))
			return err
		},
	}
}
