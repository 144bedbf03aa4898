package iamfix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// AttachmentOptions are the settings of [NewAttachment].
type AttachmentOptions struct {
	Options

	// Policies holds the managed policies that nobody should be given, whatever their documents say:
	// names of AWS's own, and ARNs of others. Nil means those of [DangerousPolicies].
	Policies []string

	// Reverter lets the way back be applied, with a person's approval, as package remediate has it.
	// Without it that is for people to carry out, and no permission to give policies is needed.
	Reverter AttachmentReverter
}

// DangerousPolicies returns the names of the managed policies of AWS's by which somebody is given
// control of an account.
func DangerousPolicies() []string {
	return []string{"AdministratorAccess", "IAMFullAccess", "PowerUserAccess"}
}

// Attachment takes policies away by which somebody was given far too much. It answers
// iam:AttachUserPolicy, AttachRolePolicy and AttachGroupPolicy, and iam:PutUserPolicy, PutRolePolicy and
// PutGroupPolicy. A managed policy is detached and one of the principal's own deleted if
//
//   - it is one of AttachmentOptions.Policies, or
//   - its document, as IAM has it now, allows every action of IAM, or of all services, on every
//     resource, or on every user, role, group or policy of the account.
//
// Where the document only may give control (under a condition, with exceptions, or by one of the actions
// with which one can give oneself the others) and where it also denies something, the step is a
// suggestion. Any other policy is left. If the policy of the event is no longer there, or another by its
// name, there is nothing to do.
//
// Attachment is a [remediate.Remediator], a [remediate.Verifier] and a [remediate.Undoer], and safe for
// concurrent use.
type Attachment struct {
	fixer
	reader   AttachmentReader
	policies []string
	reverts  bool
}

var (
	_ remediate.Undoer   = (*Attachment)(nil)
	_ remediate.Verifier = (*Attachment)(nil)
)

// NewAttachment returns an Attachment, as [NewAccessKey] does an AccessKey.
func NewAttachment(r AttachmentReader, w AttachmentWriter, opts *AttachmentOptions) (*Attachment, error) {
	if opts == nil {
		opts = &AttachmentOptions{}
	}
	s, err := opts.settings()
	if err != nil {
		return nil, err
	}
	a := &Attachment{
		fixer:    fixer{settings: s, name: "iamfix-attachment", ops: attachmentOperations(r, w, opts.Reverter)},
		reader:   r,
		policies: slices.Clone(opts.Policies),
		reverts:  opts.Reverter != nil,
	}
	if opts.Policies == nil {
		a.policies = DangerousPolicies()
	}
	a.vet = func(c change) error {
		if isQuarantine(c.args.PolicyARN) {
			return refuse(GuardProtected, "%q is by which AWS quarantines a user", c.args.PolicyARN)
		}
		switch c.operation() {
		case "Detach", "Attach":
			_, err := parseARN(c.args.PolicyARN)
			return err
		}
		if !nameSyntax.MatchString(c.args.PolicyName) || (c.operation() == "Delete") != (c.args.PolicyDocument == "") {
			return errors.New("a step that does not say which policy it is about")
		}
		return nil
	}
	return a, nil
}

// attachmentActions returns the actions of the operations on the policies of all kinds of principals.
func attachmentActions(verbs ...string) []string {
	var actions []string
	for _, v := range verbs {
		for _, k := range principalKinds {
			actions = append(actions, actionOn(entity{kind: k.kind}, v))
		}
	}
	slices.Sort(actions)
	return actions
}

// Spec implements [remediate.Remediator].
func (a *Attachment) Spec() remediate.Spec {
	s := remediate.Spec{
		Name:    a.name,
		Summary: "containment: takes away a policy that gives far too much",
		Handles: attachmentActions("Attach", "Put"),
		Reads: append([]string{
			"iam:GetGroup", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetUser",
			"iam:ListAttachedGroupPolicies", "iam:ListAttachedRolePolicies", "iam:ListAttachedUserPolicies",
		}, attachmentActions("Get")...),
		Writes:     attachmentActions("Delete", "Detach"),
		Risk:       remediate.High,
		Reversible: true,
	}
	if a.reverts {
		s.Writes = attachmentActions("Attach", "Delete", "Detach", "Put")
	}
	return s
}

// Plan implements [remediate.Remediator]. The error wraps [remediate.ErrNotFound] if the principal or
// the managed policy is gone, and is or wraps a [*remediate.Refusal] for a call that failed, and for a
// principal or a policy that is protected or not of the event's account.
func (a *Attachment) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	p, err := a.answer(ctx, f)
	if err != nil {
		return nil, a.fail(err)
	}
	return p, nil
}

func (a *Attachment) answer(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	s, err := admit(f, attachmentActions("Attach", "Put"))
	if err != nil {
		return nil, err
	}
	rec := f.Record
	var on principal
	switch params := rec.RequestParameters; {
	case strings.HasSuffix(rec.EventName, "UserPolicy"):
		on, err = getUser(ctx, a.reader, s, textOf(params, "userName"))
	case strings.HasSuffix(rec.EventName, "RolePolicy"):
		on, err = getRole(ctx, a.reader, s, textOf(params, "roleName"))
	default:
		on, err = getGroup(ctx, a.reader, s, textOf(params, "groupName"))
	}
	if err == nil {
		err = a.touchable(on.entity)
	}
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(rec.EventName, "Attach") {
		return a.attached(ctx, f, s, on.entity)
	}
	return a.put(ctx, f, s, on.entity)
}

// attached plans the answer to a managed policy that was attached.
func (a *Attachment) attached(ctx context.Context, f rule.Finding, s scope, on entity) (*remediate.Plan, error) {
	policy, err := parseARN(textOf(f.Record.RequestParameters, "policyArn"))
	switch {
	case err != nil:
		return nil, fmt.Errorf("detail.requestParameters.policyArn: %w", err)
	case policy.kind != kindPolicy || policy.partition != on.partition || policy.account != "aws" && policy.account != s.account:
		return nil, refuse(remediate.GuardScope, "%q is no policy that %q can have", policy.arn(), on.arn())
	case isQuarantine(policy.arn()):
		return a.plan(f, fmt.Sprintf("The policy %q quarantines the %s: it stays.", policy.name, on)), nil
	}
	if err := a.touchable(policy); err != nil {
		return nil, err
	}
	c := changeOf(actionOn(on, "Detach"), on, s, args{PolicyARN: policy.arn()}, state{Attached: true})
	now, err := settle(ctx, a.settings,
		func() (state, error) { return attachedTo(ctx, a.reader, c) }, func(now state) bool { return now.Attached })
	if err != nil {
		return nil, err
	}
	if !now.Attached {
		return a.plan(f, fmt.Sprintf("The policy %q is not attached to the %s: there is nothing to do.", policy.arn(), on)), nil
	}
	found, err := a.assessManaged(ctx, policy, s)
	if err != nil {
		return nil, err
	}
	return a.takeAway(f, c, policy.arn(), found), nil
}

// put plans the answer to a policy that was put into a principal.
func (a *Attachment) put(ctx context.Context, f rule.Finding, s scope, on entity) (*remediate.Plan, error) {
	params := f.Record.RequestParameters
	name, said := textOf(params, "policyName"), textOf(params, "policyDocument")
	if !nameSyntax.MatchString(name) {
		return nil, fmt.Errorf("detail.requestParameters.policyName: %.200q is not a name that a policy can have", name)
	}
	if said == "" && !event.Omitted(params) && member(params, "policyDocument") != nil {
		return nil, errors.New("detail.requestParameters.policyDocument is not a string")
	}
	c := changeOf(actionOn(on, "Delete"), on, s, args{PolicyName: name}, state{})
	same := func(now state) bool { return now.Document != "" && (said == "" || sameJSON(now.Document, said)) }
	now, err := settle(ctx, a.settings, func() (state, error) { return documentOf(ctx, c, a.reader, a.reader, a.reader) }, same)
	switch {
	case err != nil:
		return nil, err
	case now.Document == "":
		return a.plan(f, fmt.Sprintf("The %s has no policy %q of its own: there is nothing to do.", on, name)), nil
	case !same(now):
		return a.plan(f, fmt.Sprintf("The policy %q of the %s is no longer what was put: there is nothing to do.", name, on)), nil
	}
	c.before = now
	return a.takeAway(f, c, name, assess(now.Document, on)), nil
}

// takeAway returns the plan to take a policy away, if what it gives is too much.
func (a *Attachment) takeAway(f rule.Finding, c change, policy string, found assessment) *remediate.Plan {
	c.manual = found.verdict < dangerous || found.denies
	switch {
	case found.verdict == harmless:
		return a.plan(f, fmt.Sprintf("The policy %q does not give the %s control of the account: it is left.", policy, c.on))
	case found.denies:
		return a.plan(f, fmt.Sprintf("the policy %q may give the %s control of the account, and denies something too: look at it.", policy, c.on), c)
	case c.manual:
		return a.plan(f, fmt.Sprintf("the policy %q may give the %s control of the account: look at it.", policy, c.on), c)
	}
	return a.plan(f, fmt.Sprintf("the policy %q gives the %s control of the account: take it away.", policy, c.on), c)
}

// assessManaged returns what a managed policy gives. What is listed is dangerous, but that it also
// denies something only its document can tell.
func (a *Attachment) assessManaged(ctx context.Context, policy entity, s scope) (assessment, error) {
	listed := slices.Contains(a.policies, policy.arn()) || policy.account == "aws" && slices.Contains(a.policies, policy.name)
	if listed && policy.account == "aws" {
		return assessment{verdict: dangerous}, nil
	}
	text := policy.arn()
	out, err := a.reader.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &text}, in(s.region))
	if err != nil {
		return assessment{}, awserr.Wrap(ctx, err, "iam:GetPolicy", text)
	}
	if out == nil || out.Policy == nil || out.Policy.DefaultVersionId == nil {
		return assessment{}, fmt.Errorf("iam:GetPolicy on %q does not tell its default version", text)
	}
	document, err := versionDocument(ctx, a.reader, policy, s, *out.Policy.DefaultVersionId)
	if err != nil {
		return assessment{}, err
	}
	found := assess(document, entity{partition: policy.partition, account: s.account})
	if listed {
		found.verdict = max(found.verdict, dangerous)
	}
	return found, nil
}

// Undo implements [remediate.Undoer]: the policy is given back, byte for byte. Without a Reverter the
// steps are suggestions. The error wraps [remediate.ErrStale] if there is one by its name again.
func (a *Attachment) Undo(ctx context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	return a.undo(ctx, r)
}
