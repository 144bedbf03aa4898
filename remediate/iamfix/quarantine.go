package iamfix

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A QuarantineReader reads what [Quarantine] plans by. [*iam.Client] is one.
type QuarantineReader interface {
	GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error)
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	GetUserPolicy(context.Context, *iam.GetUserPolicyInput, ...func(*iam.Options)) (*iam.GetUserPolicyOutput, error)
	GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
}

// A QuarantineWriter puts policies into users and roles. [*iam.Client] is one.
type QuarantineWriter interface {
	PutUserPolicy(context.Context, *iam.PutUserPolicyInput, ...func(*iam.Options)) (*iam.PutUserPolicyOutput, error)
	PutRolePolicy(context.Context, *iam.PutRolePolicyInput, ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error)
}

// A QuarantineReverter ends quarantines. [*iam.Client] is one.
type QuarantineReverter interface {
	DeleteUserPolicy(context.Context, *iam.DeleteUserPolicyInput, ...func(*iam.Options)) (*iam.DeleteUserPolicyOutput, error)
	DeleteRolePolicy(context.Context, *iam.DeleteRolePolicyInput, ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error)
}

// QuarantineOptions are the settings of [NewQuarantine].
type QuarantineOptions struct {
	Options

	// Handles are the calls whose callers are put into quarantine, for example
	// "cloudtrail:DeleteTrail". Without any, nobody is.
	Handles []string

	// WholeRole denies a role everything. By default only the sessions are revoked that it has: who
	// may assume it can go on with a new one, and a service that does so is interrupted only
	// shortly.
	WholeRole bool

	// Lead is how long after the event a session may have been issued to be revoked still: until an
	// event arrives and is answered, its caller may have obtained another. The default is 15 minutes,
	// in which CloudTrail delivers most events; for as long after the event new sessions are of no
	// use to anybody.
	Lead time.Duration

	// Reverter lets the way back be applied, with a person's approval, as package remediate has it.
	// Without it that is for people to carry out.
	Reverter QuarantineReverter
}

// The names of the policies by which Quarantine acts.
const (
	DenyPolicyName   = "CountertrailQuarantine"
	RevokePolicyName = "CountertrailRevokeOlderSessions"
)

// Quarantine denies whoever made a call everything, by a policy of the principal's own. It answers the
// calls of QuarantineOptions.Handles.
//
//   - A user is denied every action, with keys, in the console and in all sessions that he has.
//   - A role's sessions are revoked that were issued before Lead after the event, by
//     a condition on aws:TokenIssueTime; or it is denied every action, with WholeRole. Sessions that are
//     issued later are not revoked.
//
// A policy of the same name that is not ours is never replaced. Denying is stronger than any policy that
// allows, but for service control policies there is nothing that keeps an administrator from deleting it.
// Quarantine is a [remediate.Remediator], a [remediate.Verifier] and a [remediate.Undoer], and safe for
// concurrent use.
type Quarantine struct {
	fixer
	reader    QuarantineReader
	handles   []string
	wholeRole bool
	lead      time.Duration
	reverts   bool
}

var (
	_ remediate.Undoer   = (*Quarantine)(nil)
	_ remediate.Verifier = (*Quarantine)(nil)
	_ QuarantineReader   = (*iam.Client)(nil)
	_ QuarantineWriter   = (*iam.Client)(nil)
	_ QuarantineReverter = (*iam.Client)(nil)
)

// NewQuarantine returns a Quarantine, as [NewAccessKey] does an AccessKey.
func NewQuarantine(r QuarantineReader, w QuarantineWriter, opts *QuarantineOptions) (*Quarantine, error) {
	if opts == nil {
		opts = &QuarantineOptions{}
	}
	s, err := opts.settings()
	if err != nil {
		return nil, err
	}
	q := &Quarantine{
		fixer:     fixer{settings: s, name: "iamfix-quarantine"},
		reader:    r,
		handles:   slices.Clone(opts.Handles),
		wholeRole: opts.WholeRole,
		lead:      opts.Lead,
		reverts:   opts.Reverter != nil,
	}
	if q.lead <= 0 {
		q.lead = 15 * time.Minute
	}
	q.ops = map[string]operation{}
	for _, verb := range []string{"Put", "Delete"} {
		for _, kind := range []string{kindUser, kindRole} {
			q.ops[actionOn(entity{kind: kind}, verb)] = operation{read: q.document}
		}
	}
	if w != nil {
		q.add(putPolicies(w))
	}
	if opts.Reverter != nil {
		q.add(deletePolicies(opts.Reverter))
	}
	q.vet = vetQuarantine
	return q, nil
}

func (q *Quarantine) add(calls map[string]func(context.Context, change) error) {
	for action, call := range calls {
		q.ops[action] = operation{q.document, call}
	}
}

// document reads the policy of a change.
func (q *Quarantine) document(ctx context.Context, c change) (state, error) {
	return documentOf(ctx, c, q.reader, q.reader, nil)
}

// vetQuarantine returns an error if a step is about any policy but ours.
func vetQuarantine(c change) error {
	for _, document := range []string{c.args.PolicyDocument, c.before.Document} {
		if document != "" && !isOurs(c.args.PolicyName, document) {
			return fmt.Errorf("%s with a policy %.200q that is not ours", c.action, c.args.PolicyName)
		}
	}
	if c.args.PolicyDocument == "" && c.operation() == "Put" || c.args.PolicyName != DenyPolicyName && c.args.PolicyName != RevokePolicyName {
		return fmt.Errorf("%s with a policy %.200q that is not ours", c.action, c.args.PolicyName)
	}
	return nil
}

// Spec implements [remediate.Remediator].
func (q *Quarantine) Spec() remediate.Spec {
	s := remediate.Spec{
		Name:       q.name,
		Summary:    "containment: denies the caller everything, or revokes the sessions of a role",
		Handles:    slices.Clone(q.handles),
		Reads:      []string{"iam:GetRole", "iam:GetRolePolicy", "iam:GetUser", "iam:GetUserPolicy"},
		Writes:     []string{"iam:PutRolePolicy", "iam:PutUserPolicy"},
		Risk:       remediate.High,
		Reversible: true,
	}
	if q.reverts {
		s.Writes = []string{"iam:DeleteRolePolicy", "iam:DeleteUserPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy"}
	}
	return s
}

// Plan implements [remediate.Remediator]. The error wraps [remediate.ErrNotFound] if the principal is
// gone, and is or wraps a [*remediate.Refusal] for a call that failed; for a caller who is no user or
// role of the event's account, who is protected, or whose name is another's by now; and for one who has
// a policy by the name of ours that is not ours.
func (q *Quarantine) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	p, err := q.answer(ctx, f)
	if err != nil {
		return nil, q.fail(err)
	}
	return p, nil
}

func (q *Quarantine) answer(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	s, err := admit(f, q.handles)
	if err != nil {
		return nil, err
	}
	on, err := q.caller(ctx, &f.Record.UserIdentity, s)
	if err != nil {
		return nil, err
	}
	c := changeOf(actionOn(on, "Put"), on, s, args{PolicyName: DenyPolicyName, PolicyDocument: denyAll}, state{})
	summary := fmt.Sprintf("deny the %s every action.", on)
	if on.kind == kindRole && !q.wholeRole {
		at := cmp.Or(f.Record.EventTime.UTC(), f.Event.Time.UTC()).Add(q.lead)
		if at.Year() < 1970 || at.Year() > 9999 {
			return nil, fmt.Errorf("the event does not say when it happened")
		}
		c.args = args{RoleName: on.name, PolicyName: RevokePolicyName, PolicyDocument: revokeDocument(at)}
		summary = fmt.Sprintf("revoke the sessions of the %s that were issued before %s.", on, at.Format(time.RFC3339))
	}
	if c.before, err = q.document(ctx, c); err != nil {
		return nil, err
	}
	switch had := c.before.Document; {
	case had == c.args.PolicyDocument || had != "" && isOurs(c.args.PolicyName, had) && cutoff(had).After(cutoff(c.args.PolicyDocument)):
		return q.plan(f, fmt.Sprintf("The %s is in quarantine already: there is nothing to do.", on)), nil
	case had != "" && !isOurs(c.args.PolicyName, had):
		return nil, refuse(GuardProtected, "%q has a policy %q that is not ours", on.arn(), c.args.PolicyName)
	}
	return q.plan(f, summary, c), nil
}

// caller returns the user or role that made a call. Its unique id must be the one that CloudTrail tells:
// somebody else may have the name by now.
func (q *Quarantine) caller(ctx context.Context, id *event.UserIdentity, s scope) (entity, error) {
	text, principalID := id.ARN, id.PrincipalID
	if sc := id.SessionContext; sc != nil && sc.SessionIssuer.ARN != "" && id.Type != event.IdentityIAMUser {
		text, principalID = sc.SessionIssuer.ARN, sc.SessionIssuer.PrincipalID
	}
	if id.Type == event.IdentityRoot || strings.HasSuffix(text, ":root") {
		return entity{}, refuse(GuardProtected, "the caller is root, whom no policy of the account binds")
	}
	e, err := parseARN(text)
	switch {
	case err != nil || e.kind != kindUser && e.kind != kindRole:
		return entity{}, refuse(remediate.GuardScope, "the caller %.200q is no user or role", text)
	case e.account != s.account:
		return entity{}, refuse(remediate.GuardScope, "the caller %q is not of the event's account %.20q", text, s.account)
	}
	if err := q.touchable(e); err != nil { // not even read
		return entity{}, err
	}
	var found principal
	if e.kind == kindUser {
		found, err = getUser(ctx, q.reader, s, e.name)
	} else {
		found, err = getRole(ctx, q.reader, s, e.name)
	}
	if err != nil {
		return entity{}, err
	}
	if found.entity != e || principalID != "" && found.id != "" && found.id != principalID {
		return entity{}, refuse(remediate.GuardScope, "the caller was %q with the id %.40q, and now that is %q with the id %.40q",
			e.arn(), principalID, found.arn(), found.id)
	}
	return e, nil
}

const (
	denyAll     = `{"Version":"2012-10-17","Statement":[{"Sid":"CountertrailQuarantine","Effect":"Deny","Action":"*","Resource":"*"}]}`
	revokeStart = `{"Version":"2012-10-17","Statement":[{"Sid":"CountertrailRevoke","Effect":"Deny","Action":"*","Resource":"*",` +
		`"Condition":{"DateLessThan":{"aws:TokenIssueTime":"`
	revokeEnd = `"}}}]}`
)

// revokeDocument returns the policy that denies everything to
// sessions that were issued before the time given, as "Revoke IAM role temporary security credentials"
// of the IAM User Guide has it.
func revokeDocument(at time.Time) string {
	return revokeStart + at.UTC().Format(time.RFC3339) + revokeEnd
}

// cutoff returns the time of a document that revokeDocument made; zero for any other.
func cutoff(document string) time.Time {
	text, ok := strings.CutPrefix(document, revokeStart)
	text, end := strings.CutSuffix(text, revokeEnd)
	at, err := time.Parse(time.RFC3339, text)
	if !ok || !end || err != nil {
		return time.Time{}
	}
	return at
}

// isOurs reports whether a policy with that name and document is one that Quarantine put.
func isOurs(name, document string) bool {
	return name == DenyPolicyName && document == denyAll || name == RevokePolicyName && !cutoff(document).IsZero()
}

// Undo implements [remediate.Undoer]: the policy is deleted, or the one put back that it replaced.
// Without a Reverter to delete it is a suggestion. The error wraps [remediate.ErrStale] if somebody
// changed the policy since.
func (q *Quarantine) Undo(ctx context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	return q.undo(ctx, r)
}
