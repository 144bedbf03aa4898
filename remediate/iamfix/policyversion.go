package iamfix

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A PolicyVersionReader reads what [PolicyVersion] plans by. [*iam.Client] is one.
type PolicyVersionReader interface {
	ListPolicyVersions(context.Context, *iam.ListPolicyVersionsInput, ...func(*iam.Options)) (*iam.ListPolicyVersionsOutput, error)
	GetPolicyVersion(context.Context, *iam.GetPolicyVersionInput, ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error)
}

// A PolicyVersionWriter makes a version of a managed policy the default. [*iam.Client] is one.
type PolicyVersionWriter interface {
	SetDefaultPolicyVersion(context.Context, *iam.SetDefaultPolicyVersionInput, ...func(*iam.Options)) (*iam.SetDefaultPolicyVersionOutput, error)
}

// PolicyVersion makes a former version of a managed policy the default again. It answers
// iam:CreatePolicyVersion, if the new version became the default, and iam:SetDefaultPolicyVersion.
//
// IAM does not tell which version was the default before. After CreatePolicyVersion it is taken to be
// the newest of those that are older; after SetDefaultPolicyVersion that is known only if there is one
// other. The step is applied only if the present version allows everything and denies nothing: no other
// can allow more. In all other cases it is a suggestion. No version is deleted.
//
// PolicyVersion is a [remediate.Remediator], a [remediate.Verifier] and a [remediate.Undoer], and safe
// for concurrent use.
type PolicyVersion struct {
	fixer
	reader PolicyVersionReader
}

var (
	_ remediate.Undoer    = (*PolicyVersion)(nil)
	_ remediate.Verifier  = (*PolicyVersion)(nil)
	_ PolicyVersionReader = (*iam.Client)(nil)
	_ PolicyVersionWriter = (*iam.Client)(nil)
)

// policyVersionCalls are the calls that PolicyVersion answers.
var policyVersionCalls = []string{"iam:CreatePolicyVersion", actionSetDefault}

// NewPolicyVersion returns a PolicyVersion, as [NewAccessKey] does an AccessKey.
func NewPolicyVersion(r PolicyVersionReader, w PolicyVersionWriter, opts *Options) (*PolicyVersion, error) {
	if opts == nil {
		opts = &Options{}
	}
	s, err := opts.settings()
	if err != nil {
		return nil, err
	}
	v := &PolicyVersion{fixer: fixer{settings: s, name: "iamfix-policyversion"}, reader: r}
	set := operation{read: v.current}
	if w != nil {
		set.call = func(ctx context.Context, c change) error {
			_, err := w.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{
				PolicyArn: &c.args.PolicyARN, VersionId: &c.args.VersionID,
			}, in(c.region))
			return err
		}
	}
	v.ops = map[string]operation{actionSetDefault: set}
	v.vet = func(c change) error {
		if c.on.kind != kindPolicy || c.args.PolicyARN != c.on.arn() || number(c.args.VersionID) == 0 || number(c.before.Version) == 0 {
			return fmt.Errorf("%s of %.200q from %.40q to %.40q", c.action, c.args.PolicyARN, c.before.Version, c.args.VersionID)
		}
		return nil
	}
	return v, nil
}

// Spec implements [remediate.Remediator].
func (v *PolicyVersion) Spec() remediate.Spec {
	return remediate.Spec{
		Name:       v.name,
		Summary:    "containment: makes the former version of a managed policy the default again",
		Handles:    append([]string(nil), policyVersionCalls...),
		Reads:      []string{"iam:GetPolicyVersion", "iam:ListPolicyVersions"},
		Writes:     []string{actionSetDefault},
		Risk:       remediate.High,
		Reversible: true,
	}
}

// Plan implements [remediate.Remediator]. The error wraps [remediate.ErrNotFound] if the policy is
// gone, and is or wraps a [*remediate.Refusal] for a call that failed, and for a policy that is
// protected or not of the event's account.
func (v *PolicyVersion) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	p, err := v.answer(ctx, f)
	if err != nil {
		return nil, v.fail(err)
	}
	return p, nil
}

func (v *PolicyVersion) answer(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	s, err := admit(f, policyVersionCalls)
	if err != nil {
		return nil, err
	}
	set, err := defaultSet(f.Record)
	if err != nil {
		return nil, err
	}
	policy, err := parseARN(textOf(f.Record.RequestParameters, "policyArn"))
	switch {
	case err != nil:
		return nil, fmt.Errorf("detail.requestParameters.policyArn: %w", err)
	case policy.kind != kindPolicy || policy.account != s.account:
		return nil, refuse(remediate.GuardScope, "%q is no policy of the event's account %.20q", policy.arn(), s.account)
	}
	if err := v.touchable(policy); err != nil {
		return nil, err
	}
	c := change{action: actionSetDefault, on: policy, region: s.region, args: args{PolicyARN: policy.arn()}, before: state{Version: set}}
	versions, err := settle(ctx, v.settings, func() ([]types.PolicyVersion, error) { return v.versions(ctx, c) },
		func(all []types.PolicyVersion) bool { return defaultOf(all) == set })
	if err != nil {
		return nil, err
	}
	if now := defaultOf(versions); now != set {
		return v.plan(f, fmt.Sprintf("The default version of the %s is %.40s: there is nothing to do.", policy, now)), nil
	}
	former, certain := formerOf(versions, set, f.Record.EventName == "CreatePolicyVersion")
	if former == "" {
		return v.plan(f, fmt.Sprintf("The %s has no version but %s to go back to: look at it.", policy, set)), nil
	}
	document, err := versionDocument(ctx, v.reader, policy, s, set)
	if err != nil {
		return nil, err
	}
	found := assess(document, policy)
	c.args.VersionID = former
	c.manual = found.verdict != everything || found.denies || !certain
	summary := fmt.Sprintf("%s of the %s allows everything: go back to %s.", set, policy, former)
	if c.manual {
		summary = fmt.Sprintf("%s is the default version of the %s. Compare it with %s, which may have been so before.", set, policy, former)
	}
	return v.plan(f, summary, c), nil
}

// defaultSet returns the version that a call made the default.
func defaultSet(rec *event.Record) (string, error) {
	if rec.EventName == "SetDefaultPolicyVersion" {
		version := textOf(rec.RequestParameters, "versionId")
		if number(version) == 0 {
			return "", fmt.Errorf("detail.requestParameters.versionId: %.40q is not a version", version)
		}
		return version, nil
	}
	made := member(rec.ResponseElements, "policyVersion")
	version := textOf(made, "versionId")
	if number(version) == 0 {
		return "", fmt.Errorf("detail.responseElements.policyVersion.versionId: %.40q is not a version", version)
	}
	if !isTrue(member(made, "isDefaultVersion")) && !isTrue(member(rec.RequestParameters, "setAsDefault")) {
		return "", fmt.Errorf("%w: the new version did not become the default", remediate.ErrNotApplicable)
	}
	return version, nil
}

// isTrue reports whether the text is JSON's true, or a string that says so.
func isTrue(text json.RawMessage) bool {
	return strings.EqualFold(strings.Trim(string(text), `"`), "true")
}

// number returns the number of a version: 3 for "v3"; 0 if it is none.
func number(version string) int {
	if !versionSyntax.MatchString(version) {
		return 0
	}
	n, err := strconv.Atoi(version[1:])
	if err != nil {
		return 0
	}
	return n
}

// formerOf returns the version that was the default before set became so, as far as can be told: if set
// was made then, the newest of those that are older, and otherwise the newest other. Certain says that
// it is not one of several, or that set was made then.
func formerOf(versions []types.PolicyVersion, set string, made bool) (former string, certain bool) {
	others := 0
	for _, v := range versions {
		if v.VersionId == nil || *v.VersionId == set || number(*v.VersionId) == 0 || made && number(*v.VersionId) > number(set) {
			continue
		}
		others++
		if number(*v.VersionId) > number(former) {
			former = *v.VersionId
		}
	}
	return former, made || others == 1
}

// defaultOf returns the default version; empty if none is.
func defaultOf(versions []types.PolicyVersion) string {
	for _, v := range versions {
		if v.IsDefaultVersion && v.VersionId != nil {
			return *v.VersionId
		}
	}
	return ""
}

// current reads the default version of the policy of a change.
func (v *PolicyVersion) current(ctx context.Context, c change) (state, error) {
	versions, err := v.versions(ctx, c)
	return state{Version: defaultOf(versions)}, err
}

// versions returns the versions of the policy of a change.
func (v *PolicyVersion) versions(ctx context.Context, c change) ([]types.PolicyVersion, error) {
	return pages(func(marker *string) ([]types.PolicyVersion, *string, error) {
		out, err := v.reader.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: &c.args.PolicyARN, Marker: marker}, in(c.region))
		if err != nil || out == nil {
			return nil, nil, awserr.Wrap(ctx, err, "iam:ListPolicyVersions", c.on.arn())
		}
		return out.Versions, next(out.IsTruncated, out.Marker), nil
	})
}

// versionDocument returns the document of a version of a managed policy.
func versionDocument(ctx context.Context, r interface {
	GetPolicyVersion(context.Context, *iam.GetPolicyVersionInput, ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error)
}, policy entity, s scope, version string) (string, error) {
	text := policy.arn()
	out, err := r.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &text, VersionId: &version}, in(s.region))
	if err != nil {
		return "", awserr.Wrap(ctx, err, "iam:GetPolicyVersion", text)
	}
	if out == nil || out.PolicyVersion == nil {
		return "", fmt.Errorf("iam:GetPolicyVersion on %q returned no version", text)
	}
	document, err := decodeDocument(out.PolicyVersion.Document)
	if err != nil {
		return "", fmt.Errorf("%.40s of %q: %w", version, text, err)
	}
	return document, nil
}

// Undo implements [remediate.Undoer]: the version of the event is made the default again. The error
// wraps [remediate.ErrStale] if somebody changed it since.
func (v *PolicyVersion) Undo(ctx context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	return v.undo(ctx, r)
}
