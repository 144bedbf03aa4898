package iamfix

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/countertrail/countertrail/internal/awserr"
)

// An AttachmentReader reads what [Attachment] plans by. [*iam.Client] is one.
type AttachmentReader interface {
	GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error)
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	GetGroup(context.Context, *iam.GetGroupInput, ...func(*iam.Options)) (*iam.GetGroupOutput, error)

	ListAttachedUserPolicies(context.Context, *iam.ListAttachedUserPoliciesInput, ...func(*iam.Options)) (*iam.ListAttachedUserPoliciesOutput, error)
	ListAttachedRolePolicies(context.Context, *iam.ListAttachedRolePoliciesInput, ...func(*iam.Options)) (*iam.ListAttachedRolePoliciesOutput, error)
	ListAttachedGroupPolicies(context.Context, *iam.ListAttachedGroupPoliciesInput, ...func(*iam.Options)) (*iam.ListAttachedGroupPoliciesOutput, error)

	GetUserPolicy(context.Context, *iam.GetUserPolicyInput, ...func(*iam.Options)) (*iam.GetUserPolicyOutput, error)
	GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
	GetGroupPolicy(context.Context, *iam.GetGroupPolicyInput, ...func(*iam.Options)) (*iam.GetGroupPolicyOutput, error)

	GetPolicy(context.Context, *iam.GetPolicyInput, ...func(*iam.Options)) (*iam.GetPolicyOutput, error)
	GetPolicyVersion(context.Context, *iam.GetPolicyVersionInput, ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error)
}

// An AttachmentWriter takes policies away. [*iam.Client] is one.
type AttachmentWriter interface {
	DetachUserPolicy(context.Context, *iam.DetachUserPolicyInput, ...func(*iam.Options)) (*iam.DetachUserPolicyOutput, error)
	DetachRolePolicy(context.Context, *iam.DetachRolePolicyInput, ...func(*iam.Options)) (*iam.DetachRolePolicyOutput, error)
	DetachGroupPolicy(context.Context, *iam.DetachGroupPolicyInput, ...func(*iam.Options)) (*iam.DetachGroupPolicyOutput, error)

	DeleteUserPolicy(context.Context, *iam.DeleteUserPolicyInput, ...func(*iam.Options)) (*iam.DeleteUserPolicyOutput, error)
	DeleteRolePolicy(context.Context, *iam.DeleteRolePolicyInput, ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error)
	DeleteGroupPolicy(context.Context, *iam.DeleteGroupPolicyInput, ...func(*iam.Options)) (*iam.DeleteGroupPolicyOutput, error)
}

// An AttachmentReverter gives policies back. [*iam.Client] is one. Whoever may make these calls can
// give anybody anything.
type AttachmentReverter interface {
	AttachUserPolicy(context.Context, *iam.AttachUserPolicyInput, ...func(*iam.Options)) (*iam.AttachUserPolicyOutput, error)
	AttachRolePolicy(context.Context, *iam.AttachRolePolicyInput, ...func(*iam.Options)) (*iam.AttachRolePolicyOutput, error)
	AttachGroupPolicy(context.Context, *iam.AttachGroupPolicyInput, ...func(*iam.Options)) (*iam.AttachGroupPolicyOutput, error)

	PutUserPolicy(context.Context, *iam.PutUserPolicyInput, ...func(*iam.Options)) (*iam.PutUserPolicyOutput, error)
	PutRolePolicy(context.Context, *iam.PutRolePolicyInput, ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error)
	PutGroupPolicy(context.Context, *iam.PutGroupPolicyInput, ...func(*iam.Options)) (*iam.PutGroupPolicyOutput, error)
}

var (
	_ AttachmentReader   = (*iam.Client)(nil)
	_ AttachmentWriter   = (*iam.Client)(nil)
	_ AttachmentReverter = (*iam.Client)(nil)
)

// attachmentOperations returns what Attachment can read and, as far as there is a writer and a
// reverter, call.
func attachmentOperations(r AttachmentReader, w AttachmentWriter, back AttachmentReverter) map[string]operation {
	calls := make(map[string]func(context.Context, change) error)
	if w != nil {
		maps.Copy(calls, detachCalls(w))
		maps.Copy(calls, deletePolicies(w))
		calls["iam:DeleteGroupPolicy"] = func(ctx context.Context, c change) error {
			_, err := w.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: &c.on.name, PolicyName: &c.args.PolicyName}, in(c.region))
			return err
		}
	}
	if back != nil {
		maps.Copy(calls, attachCalls(back))
		maps.Copy(calls, putPolicies(back))
		calls["iam:PutGroupPolicy"] = func(ctx context.Context, c change) error {
			_, err := back.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{
				GroupName: &c.on.name, PolicyName: &c.args.PolicyName, PolicyDocument: &c.args.PolicyDocument,
			}, in(c.region))
			return err
		}
	}
	attached := func(ctx context.Context, c change) (state, error) { return attachedTo(ctx, r, c) }
	document := func(ctx context.Context, c change) (state, error) { return documentOf(ctx, c, r, r, r) }
	ops := make(map[string]operation)
	for _, k := range principalKinds {
		for _, verb := range []string{"Attach", "Detach"} {
			action := actionOn(entity{kind: k.kind}, verb)
			ops[action] = operation{attached, calls[action]}
		}
		for _, verb := range []string{"Put", "Delete"} {
			action := actionOn(entity{kind: k.kind}, verb)
			ops[action] = operation{document, calls[action]}
		}
	}
	return ops
}

func detachCalls(w AttachmentWriter) map[string]func(context.Context, change) error {
	return map[string]func(context.Context, change) error{
		"iam:DetachUserPolicy": func(ctx context.Context, c change) error {
			_, err := w.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: &c.on.name, PolicyArn: &c.args.PolicyARN}, in(c.region))
			return err
		},
		"iam:DetachRolePolicy": func(ctx context.Context, c change) error {
			_, err := w.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &c.on.name, PolicyArn: &c.args.PolicyARN}, in(c.region))
			return err
		},
		"iam:DetachGroupPolicy": func(ctx context.Context, c change) error {
			_, err := w.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: &c.on.name, PolicyArn: &c.args.PolicyARN}, in(c.region))
			return err
		},
	}
}

func attachCalls(w AttachmentReverter) map[string]func(context.Context, change) error {
	return map[string]func(context.Context, change) error{
		"iam:AttachUserPolicy": func(ctx context.Context, c change) error {
			_, err := w.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: &c.on.name, PolicyArn: &c.args.PolicyARN}, in(c.region))
			return err
		},
		"iam:AttachRolePolicy": func(ctx context.Context, c change) error {
			_, err := w.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &c.on.name, PolicyArn: &c.args.PolicyARN}, in(c.region))
			return err
		},
		"iam:AttachGroupPolicy": func(ctx context.Context, c change) error {
			_, err := w.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: &c.on.name, PolicyArn: &c.args.PolicyARN}, in(c.region))
			return err
		},
	}
}

// attachedTo reads whether the policy of a change is attached to its principal.
func attachedTo(ctx context.Context, r AttachmentReader, c change) (state, error) {
	policies, err := pages(func(marker *string) ([]types.AttachedPolicy, *string, error) {
		return attachedPage(ctx, r, c, marker)
	})
	for _, p := range policies {
		if p.PolicyArn != nil && *p.PolicyArn == c.args.PolicyARN {
			return state{Attached: true}, err
		}
	}
	return state{}, err
}

// attachedPage reads a page of the policies that are attached to the principal of a change.
func attachedPage(ctx context.Context, r AttachmentReader, c change, marker *string) ([]types.AttachedPolicy, *string, error) {
	region := in(c.region)
	switch c.on.kind {
	case kindUser:
		out, err := r.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: &c.on.name, Marker: marker}, region)
		if err != nil || out == nil {
			return nil, nil, awserr.Wrap(ctx, err, "iam:ListAttachedUserPolicies", c.on.arn())
		}
		return out.AttachedPolicies, next(out.IsTruncated, out.Marker), nil
	case kindRole:
		out, err := r.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &c.on.name, Marker: marker}, region)
		if err != nil || out == nil {
			return nil, nil, awserr.Wrap(ctx, err, "iam:ListAttachedRolePolicies", c.on.arn())
		}
		return out.AttachedPolicies, next(out.IsTruncated, out.Marker), nil
	default:
		out, err := r.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: &c.on.name, Marker: marker}, region)
		if err != nil || out == nil {
			return nil, nil, awserr.Wrap(ctx, err, "iam:ListAttachedGroupPolicies", c.on.arn())
		}
		return out.AttachedPolicies, next(out.IsTruncated, out.Marker), nil
	}
}
