package iamfix

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// An AccessKeyReader reads what [AccessKey] plans by. [*iam.Client] is one.
type AccessKeyReader interface {
	GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error)
	ListAccessKeys(context.Context, *iam.ListAccessKeysInput, ...func(*iam.Options)) (*iam.ListAccessKeysOutput, error)
}

// An AccessKeyWriter deactivates access keys, and activates them again. [*iam.Client] is one.
type AccessKeyWriter interface {
	UpdateAccessKey(context.Context, *iam.UpdateAccessKeyInput, ...func(*iam.Options)) (*iam.UpdateAccessKeyOutput, error)
}

// AccessKey deactivates access keys of IAM users. It answers
//
//   - iam:CreateAccessKey and iam:UpdateAccessKey to Active: the key is deactivated;
//   - iam:AttachUserPolicy of AWSCompromisedKeyQuarantine in any version, by which AWS answers a key
//     that it found in public: the user's active key is deactivated. Of several active keys the event
//     does not tell which was found, so that to deactivate each is a suggestion.
//
// Whose key it is the record says; it need not be the caller's. A key is never deleted. AccessKey is a
// [remediate.Remediator], a [remediate.Verifier] and a [remediate.Undoer], and safe for concurrent use.
type AccessKey struct {
	fixer
	reader AccessKeyReader
}

var (
	_ remediate.Undoer   = (*AccessKey)(nil)
	_ remediate.Verifier = (*AccessKey)(nil)
	_ AccessKeyReader    = (*iam.Client)(nil)
	_ AccessKeyWriter    = (*iam.Client)(nil)
)

// accessKeyCalls are the calls that AccessKey answers.
var accessKeyCalls = []string{"iam:AttachUserPolicy", "iam:CreateAccessKey", actionUpdateKey}

// NewAccessKey returns an AccessKey that plans and verifies with r and applies with w; both may be the
// same client, whose credentials must be of the account in which the events arise. A nil w makes one
// that cannot apply. A nil opts means the defaults. It is an error if opts protect what is no ARN.
func NewAccessKey(r AccessKeyReader, w AccessKeyWriter, opts *Options) (*AccessKey, error) {
	if opts == nil {
		opts = &Options{}
	}
	s, err := opts.settings()
	if err != nil {
		return nil, err
	}
	k := &AccessKey{fixer: fixer{settings: s, name: "iamfix-accesskey"}, reader: r}
	update := operation{read: k.status}
	if w != nil {
		update.call = func(ctx context.Context, c change) error {
			_, err := w.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{
				UserName: &c.args.UserName, AccessKeyId: &c.args.AccessKeyID, Status: types.StatusType(c.args.Status),
			}, in(c.region))
			return err
		}
	}
	k.ops = map[string]operation{actionUpdateKey: update}
	k.vet = func(c change) error {
		if c.on.kind != kindUser || !keySyntax.MatchString(c.args.AccessKeyID) || !opposite(c.before.Status, c.args.Status) {
			return fmt.Errorf("%s from %.40q to %.40q", c.action, c.before.Status, c.args.Status)
		}
		return nil
	}
	return k, nil
}

func opposite(a, b string) bool {
	return a == string(types.StatusTypeActive) && b == string(types.StatusTypeInactive) ||
		a == string(types.StatusTypeInactive) && b == string(types.StatusTypeActive)
}

// Spec implements [remediate.Remediator].
func (k *AccessKey) Spec() remediate.Spec {
	return remediate.Spec{
		Name:       k.name,
		Summary:    "containment: deactivates an access key that was made, activated or found exposed",
		Handles:    append([]string(nil), accessKeyCalls...),
		Reads:      []string{"iam:GetUser", "iam:ListAccessKeys"},
		Writes:     []string{actionUpdateKey},
		Risk:       remediate.Medium,
		Reversible: true,
	}
}

// Plan implements [remediate.Remediator]. The error wraps [remediate.ErrNotFound] if the user is gone,
// and is or wraps a [*remediate.Refusal] for a call that failed, for root's keys, and for a user that
// is protected or not of the event's account.
func (k *AccessKey) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	p, err := k.answer(ctx, f)
	if err != nil {
		return nil, k.fail(err)
	}
	return p, nil
}

func (k *AccessKey) answer(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	s, err := admit(f, accessKeyCalls)
	if err != nil {
		return nil, err
	}
	rec := f.Record
	var id string // of the one key; empty if it is not known
	switch rec.EventName {
	case "AttachUserPolicy":
		if p := textOf(rec.RequestParameters, "policyArn"); !isQuarantine(p) {
			return nil, fmt.Errorf("%w: the policy %.200q is not by which AWS tells of an exposed key", remediate.ErrNotApplicable, p)
		}
	case "CreateAccessKey":
		id = textOf(member(rec.ResponseElements, "accessKey"), "accessKeyId")
	case "UpdateAccessKey":
		if status := textOf(rec.RequestParameters, "status"); status == string(types.StatusTypeInactive) {
			return nil, fmt.Errorf("%w: the key was deactivated", remediate.ErrNotApplicable)
		}
		id = textOf(rec.RequestParameters, "accessKeyId")
	}
	if rec.EventName != "AttachUserPolicy" && !keySyntax.MatchString(id) {
		return nil, fmt.Errorf("the record does not tell which key it is about: %.200q", id)
	}
	name, err := userOf(rec, "accessKey")
	if err != nil {
		return nil, err
	}
	user, err := getUser(ctx, k.reader, s, name)
	if err != nil {
		return nil, err
	}
	if err := k.touchable(user.entity); err != nil {
		return nil, err
	}
	if id == "" {
		return k.exposed(ctx, f, s, user.entity)
	}
	c := keyChange(user.entity, s, id)
	got, err := settle(ctx, k.settings,
		func() (state, error) { return k.status(ctx, c) }, func(got state) bool { return got == c.before })
	switch {
	case err != nil:
		return nil, err
	case got.Status == "":
		return k.plan(f, fmt.Sprintf("The access key that ends in %q of the %s is gone: there is nothing to do.", lastFour(id), user.entity)), nil
	case got != c.before:
		return k.plan(f, fmt.Sprintf("The access key that ends in %q of the %s is not active: there is nothing to do.", lastFour(id), user.entity)), nil
	}
	return k.plan(f, fmt.Sprintf("deactivate the access key that ends in %q of the %s.", lastFour(id), user.entity), c), nil
}

// exposed plans the answer to a key that AWS found.
func (k *AccessKey) exposed(ctx context.Context, f rule.Finding, s scope, user entity) (*remediate.Plan, error) {
	keys, err := k.keys(ctx, user, s.region)
	if err != nil {
		return nil, err
	}
	var changes []change
	for _, key := range keys {
		if key.Status == types.StatusTypeActive && key.AccessKeyId != nil && keySyntax.MatchString(*key.AccessKeyId) {
			changes = append(changes, keyChange(user, s, *key.AccessKeyId))
		}
	}
	switch len(changes) {
	case 0:
		return k.plan(f, fmt.Sprintf("The %s, a key of which AWS found exposed, has no active access key.", user)), nil
	case 1:
		return k.plan(f, fmt.Sprintf("deactivate the only active access key of the %s, which AWS found exposed.", user), changes...), nil
	}
	for i := range changes {
		changes[i].manual = true
	}
	summary := fmt.Sprintf("AWS found an access key of the %s exposed, and %d are active: deactivate the one that it was.", user, len(changes))
	return k.plan(f, summary, changes...), nil
}

func keyChange(user entity, s scope, id string) change {
	return changeOf(actionUpdateKey, user, s, args{AccessKeyID: id, Status: string(types.StatusTypeInactive)},
		state{Status: string(types.StatusTypeActive)})
}

// status reads the status of the key of a change; zero if the user has no such key.
func (k *AccessKey) status(ctx context.Context, c change) (state, error) {
	keys, err := k.keys(ctx, c.on, c.region)
	for _, key := range keys {
		if key.AccessKeyId != nil && *key.AccessKeyId == c.args.AccessKeyID {
			return state{Status: string(key.Status)}, err
		}
	}
	return state{}, err
}

// keys returns the user's access keys.
func (k *AccessKey) keys(ctx context.Context, user entity, region string) ([]types.AccessKeyMetadata, error) {
	return pages(func(marker *string) ([]types.AccessKeyMetadata, *string, error) {
		out, err := k.reader.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &user.name, Marker: marker}, in(region))
		if err != nil || out == nil {
			return nil, nil, awserr.Wrap(ctx, err, "iam:ListAccessKeys", user.arn())
		}
		return out.AccessKeyMetadata, next(out.IsTruncated, out.Marker), nil
	})
}

// Undo implements [remediate.Undoer]: the key is made active again. The error wraps
// [remediate.ErrStale] if somebody changed it since.
func (k *AccessKey) Undo(ctx context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	return k.undo(ctx, r)
}

// isQuarantine reports whether the ARN is that of a policy by which AWS answers an exposed key.
func isQuarantine(policyARN string) bool {
	e, err := parseARN(policyARN)
	return err == nil && e.account == "aws" && strings.HasPrefix(e.name, "AWSCompromisedKeyQuarantine")
}
