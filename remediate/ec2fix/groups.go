package ec2fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A GroupReader reads the rules of security groups, their tags, and the prefix lists that they name.
// [*ec2.Client] is one.
type GroupReader interface {
	DescribeSecurityGroupRules(context.Context, *ec2.DescribeSecurityGroupRulesInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error)
	DescribeTags(context.Context, *ec2.DescribeTagsInput, ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error)
	GetManagedPrefixListEntries(context.Context, *ec2.GetManagedPrefixListEntriesInput, ...func(*ec2.Options)) (*ec2.GetManagedPrefixListEntriesOutput, error)
}

// A GroupWriter revokes rules of security groups. [*ec2.Client] is one.
type GroupWriter interface {
	RevokeSecurityGroupIngress(context.Context, *ec2.RevokeSecurityGroupIngressInput, ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupIngressOutput, error)
	RevokeSecurityGroupEgress(context.Context, *ec2.RevokeSecurityGroupEgressInput, ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupEgressOutput, error)
}

// A GroupRestorer authorizes again what was revoked. [*ec2.Client] is one.
type GroupRestorer interface {
	AuthorizeSecurityGroupIngress(context.Context, *ec2.AuthorizeSecurityGroupIngressInput, ...func(*ec2.Options)) (*ec2.AuthorizeSecurityGroupIngressOutput, error)
	AuthorizeSecurityGroupEgress(context.Context, *ec2.AuthorizeSecurityGroupEgressInput, ...func(*ec2.Options)) (*ec2.AuthorizeSecurityGroupEgressOutput, error)
}

// GroupOptions are the settings of [NewGroups].
type GroupOptions struct {
	// Policy says which rules are revoked.
	Policy GroupPolicy

	// Restorer carries out the plans of Undo. Without one, which is the default, they are for
	// people to run, and the permission to open a security group need not be granted.
	Restorer GroupRestorer

	// Interval is the pause between reads while EC2 has yet to show the latest change. The default
	// is 2 seconds.
	Interval time.Duration

	// Reads is how often is read at most in one go. The default is 5, which with the default
	// Interval makes 8 seconds.
	Reads int
}

// Groups revokes rules of security groups that a policy forbids. It is a [remediate.Remediator], a
// [remediate.Verifier] and a [remediate.Undoer], and safe for concurrent use.
type Groups struct {
	reader   GroupReader
	writer   GroupWriter
	restorer GroupRestorer
	policy   GroupPolicy
	wait     wait
}

var (
	_ remediate.Remediator = (*Groups)(nil)
	_ remediate.Verifier   = (*Groups)(nil)
	_ remediate.Undoer     = (*Groups)(nil)
	_ remediate.TagReader  = (*Groups)(nil)
	_ GroupReader          = (*ec2.Client)(nil)
	_ GroupWriter          = (*ec2.Client)(nil)
	_ GroupRestorer        = (*ec2.Client)(nil)
)

// NewGroups returns a remediator that plans and verifies with r and applies with w; both may be the
// same client, whose credentials must be of the account in which the events arise. Calls name the
// event's Region, whatever the client's own is. A nil w makes a remediator that cannot apply. A nil
// opts means the defaults. The error is that of the policy's Check.
func NewGroups(r GroupReader, w GroupWriter, opts *GroupOptions) (*Groups, error) {
	if opts == nil {
		opts = &GroupOptions{}
	}
	if err := opts.Policy.Check(); err != nil {
		return nil, err
	}
	return &Groups{
		reader: r, writer: w, restorer: opts.Restorer,
		policy: opts.Policy.withDefaults(), wait: newWait(opts.Interval, opts.Reads),
	}, nil
}

// The IAM actions of Groups.
const (
	actionRules            = "ec2:DescribeSecurityGroupRules"
	actionEntries          = "ec2:GetManagedPrefixListEntries"
	actionRevokeIngress    = "ec2:RevokeSecurityGroupIngress"
	actionRevokeEgress     = "ec2:RevokeSecurityGroupEgress"
	actionAuthorizeIngress = "ec2:AuthorizeSecurityGroupIngress"
	actionAuthorizeEgress  = "ec2:AuthorizeSecurityGroupEgress"
	actionModifyRules      = "ec2:ModifySecurityGroupRules"
	actionTag              = "ec2:CreateTags"
)

func (g *Groups) name() string { return "ec2fix-groups" }

// Spec implements [remediate.Remediator]. With a Restorer its Writes include what that needs: for
// rules with tags, that is ec2:CreateTags too.
func (g *Groups) Spec() remediate.Spec {
	s := remediate.Spec{
		Name:       g.name(),
		Summary:    "revokes rules of security groups that a policy forbids",
		Handles:    []string{actionAuthorizeIngress, actionAuthorizeEgress, actionModifyRules},
		Reads:      []string{actionRules, actionEntries, actionTags},
		Writes:     []string{actionRevokeIngress, actionRevokeEgress},
		Risk:       remediate.Medium,
		Reversible: true,
	}
	if g.restorer != nil {
		s.Writes = append(s.Writes, actionAuthorizeIngress, actionAuthorizeEgress, actionTag)
	}
	return s
}

// Plan implements [remediate.Remediator]. The plan has a step for each rule that the event added or
// changed, that is still as the event left it, and that the policy forbids. The error is a
// [*remediate.Refusal] if the call failed or the group is not of the event's account and Region.
func (g *Groups) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	plan, err := g.plan(ctx, f)
	return plan, located(err)
}

func (g *Groups) plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	c, err := changeOf(f, g.Spec().Handles)
	if err != nil {
		return nil, err
	}
	t, changes, err := c.ruleChanges()
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(g.name(), f)
	switch {
	case slices.Contains(g.policy.ExemptGroups, t.id):
		plan.Summary = fmt.Sprintf("The rules of %q are not judged, by the policy's exemption.", t.id)
		return plan, nil
	case c.name == "AuthorizeSecurityGroupEgress" && !g.policy.Egress:
		plan.Summary = "Outbound rules are not judged, by the policy."
		return plan, nil
	}
	both, err := g.settled(ctx, t, changes, c.record.EventTime)
	if err != nil {
		return nil, err
	}
	found := matchChanges(both, changes)
	lists, unread, err := g.lists(ctx, t, found.rules)
	if err != nil {
		return nil, err
	}
	var reasons []string
	forbidden := map[bool][]groupRule{}
	for _, r := range found.rules {
		if why := g.policy.judge(r.opening, both, lists); why != "" {
			forbidden[r.Egress] = append(forbidden[r.Egress], r)
			reasons = append(reasons, fmt.Sprintf("%s (%s)", r.opening, why))
		}
	}
	for _, egress := range []bool{false, true} {
		t.egress = egress
		plan.Steps = append(plan.Steps, removals(g, t, inDirection(both, egress), forbidden[egress])...)
	}
	plan.Summary = found.summary(t, c.name == "ModifySecurityGroupRules", reasons)
	if unread != nil {
		if len(plan.Steps) == 0 {
			return nil, unread
		}
		plan.Summary += fmt.Sprintf(" Rules were left unjudged, since a prefix list could not be read: %.300s.", unread)
	}
	return plan, nil
}

// settled reads the rules of t, in both directions, until they show the changes of an event. What
// still does not show then is gone. EC2 is eventually consistent: a rule just added may not be
// there yet, and to believe that would leave it.
func (g *Groups) settled(ctx context.Context, t target, changes []ruleChange, at time.Time) ([]groupRule, error) {
	return readUntil(ctx, bothWays{g}, g.wait, t, func(all []groupRule) bool {
		found := matchChanges(all, changes)
		return !recent(at) || found.missing == 0 && found.edited == 0
	})
}

// bothWays is a Groups that reads the rules of both directions.
type bothWays struct{ *Groups }

func (g bothWays) read(ctx context.Context, t target) ([]groupRule, error) { return g.rules(ctx, t) }

func inDirection(rules []groupRule, egress bool) []groupRule {
	return slices.DeleteFunc(slices.Clone(rules), func(r groupRule) bool { return r.Egress != egress })
}

func (g *Groups) read(ctx context.Context, t target) ([]groupRule, error) {
	rules, err := g.rules(ctx, t)
	return inDirection(rules, t.egress), err
}

// rules reads the rules of t, in both directions. A group that does not exist has none.
func (g *Groups) rules(ctx context.Context, t target) ([]groupRule, error) {
	var rules []groupRule
	err := pages(func(token *string) (*string, error) {
		out, err := g.reader.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{
			Filters:    []types.Filter{{Name: aws.String("group-id"), Values: []string{t.id}}},
			MaxResults: aws.Int32(1000),
			NextToken:  token,
		}, in(t.region))
		if err != nil {
			return nil, callError(ctx, err, actionRules, t.arn())
		}
		if out == nil {
			return nil, fmt.Errorf("%s on %q returned nothing", actionRules, t.arn())
		}
		for _, r := range out.SecurityGroupRules {
			if id := aws.ToString(r.GroupId); id != t.id {
				return nil, refuse("asked for the rules of %q, EC2 tells of %.100q", t.arn(), id)
			}
			if owner := aws.ToString(r.GroupOwnerId); owner != t.account {
				return nil, refuse("the group %q is of account %.20q, not of the event's", t.arn(), owner)
			}
			live := liveRule(r)
			if !isID(live.ID, "sgr-") {
				return nil, fmt.Errorf("%s on %q returned the rule %.100q", actionRules, t.arn(), live.ID)
			}
			rules = append(rules, live)
		}
		return out.NextToken, nil
	})
	return rules, err
}

// lists reads the entries of the prefix lists that must be known to judge the rules. One that
// cannot be read, now or later, must not keep the other rules from being judged: unread tells of
// it.
func (g *Groups) lists(ctx context.Context, t target, rules []groupRule) (lists map[string][]netip.Prefix, unread, err error) {
	lists = map[string][]netip.Prefix{}
	for _, r := range rules {
		id := g.policy.judgedList(r.opening)
		if _, known := lists[id]; known || id == "" {
			continue
		}
		entries, err := g.list(ctx, t, id)
		switch {
		case err == nil:
			lists[id] = entries
		case ctx.Err() != nil || errors.Is(err, remediate.ErrTemporary):
			return nil, nil, err
		default:
			lists[id], unread = nil, err
		}
	}
	return lists, unread, nil
}

// list reads the entries of a prefix list.
func (g *Groups) list(ctx context.Context, t target, id string) ([]netip.Prefix, error) {
	if !isID(id, "pl-") {
		return nil, fmt.Errorf("%.100q is not the id of a prefix list", id)
	}
	var networks []netip.Prefix
	err := pages(func(token *string) (*string, error) {
		out, err := g.reader.GetManagedPrefixListEntries(ctx, &ec2.GetManagedPrefixListEntriesInput{
			PrefixListId: aws.String(id), MaxResults: aws.Int32(100), NextToken: token,
		}, in(t.region))
		if err != nil {
			return nil, callError(ctx, err, actionEntries, id)
		}
		if out == nil {
			return nil, fmt.Errorf("%s on %q returned nothing", actionEntries, id)
		}
		for _, e := range out.Entries {
			n, err := netip.ParsePrefix(aws.ToString(e.Cidr))
			if err != nil {
				return nil, fmt.Errorf("%s on %q: %w", actionEntries, id, err)
			}
			networks = append(networks, n)
		}
		return out.NextToken, nil
	})
	return networks, err
}

// Apply implements [remediate.Remediator]. Before each step it reads the rules again: a rule that
// is gone is [remediate.StepAlreadyDone], and for one that was changed the error wraps
// [remediate.ErrStale]. A plan that was not made here, or that was changed since, is an error
// before any call.
//
// Suggestions are carried out too, if there is a Restorer: an Engine takes them out before, and
// whoever calls Apply with the plan of Undo has decided.
func (g *Groups) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	receipt, err := apply(ctx, g, g.wait, p)
	return receipt, located(err)
}

// Verify implements [remediate.Verifier]. It reads the rules until they show that the revoked ones
// are gone, as often as [GroupOptions] say.
func (g *Groups) Verify(ctx context.Context, p *remediate.Plan) error {
	return located(verify(ctx, g, g.wait, p))
}

// Undo implements [remediate.Undoer]. The plan authorizes again what the receipt says was revoked
// and is still missing; its steps are suggestions. The error wraps [remediate.ErrStale] if the
// rules of the group are no longer those that we left, and [remediate.ErrNotApplicable] if the
// receipt is not of a plan of ours.
func (g *Groups) Undo(ctx context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	plan, err := undo(ctx, g, g.wait, r)
	return plan, located(err)
}

// Tags implements [remediate.TagReader]: it reads the tags of the security group of a step.
func (g *Groups) Tags(ctx context.Context, s remediate.Step) (map[string]string, error) {
	tags, err := readTags(ctx, g, g.reader, s)
	return tags, located(err)
}

func (g *Groups) writable(add bool) bool {
	if add {
		return g.restorer != nil
	}
	return g.writer != nil
}

func (g *Groups) side(t target, r groupRule) target {
	t.egress = r.Egress
	return t
}

// remove revokes a rule by its id.
func (g *Groups) remove(ctx context.Context, t target, r groupRule) (remediate.StepStatus, error) {
	var (
		action = actionRevokeIngress
		ids    = []string{r.ID}
		done   bool
		err    error
	)
	if t.egress {
		action = actionRevokeEgress
		var out *ec2.RevokeSecurityGroupEgressOutput
		out, err = g.writer.RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{
			GroupId: aws.String(t.id), SecurityGroupRuleIds: ids,
		}, in(t.region))
		done = out != nil && aws.ToBool(out.Return) && len(out.UnknownIpPermissions) == 0
	} else {
		var out *ec2.RevokeSecurityGroupIngressOutput
		out, err = g.writer.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{
			GroupId: aws.String(t.id), SecurityGroupRuleIds: ids,
		}, in(t.region))
		done = out != nil && aws.ToBool(out.Return) && len(out.UnknownIpPermissions) == 0
	}
	switch {
	case isGone(err):
		return remediate.StepAlreadyDone, nil
	case err != nil:
		return remediate.StepFailed, callError(ctx, err, action, t.arn())
	case !done:
		return remediate.StepFailed, fmt.Errorf("%s on %q says that it did not revoke %q", action, t.arn(), r.ID)
	}
	return remediate.StepDone, nil
}

// add authorizes a rule again.
func (g *Groups) add(ctx context.Context, t target, r groupRule) (remediate.StepStatus, error) {
	var (
		action      = actionAuthorizeIngress
		permissions = []types.IpPermission{r.permission()}
		err         error
	)
	if t.egress {
		action = actionAuthorizeEgress
		_, err = g.restorer.AuthorizeSecurityGroupEgress(ctx, &ec2.AuthorizeSecurityGroupEgressInput{
			GroupId: aws.String(t.id), IpPermissions: permissions, TagSpecifications: r.tagSpecifications(),
		}, in(t.region))
	} else {
		_, err = g.restorer.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: aws.String(t.id), IpPermissions: permissions, TagSpecifications: r.tagSpecifications(),
		}, in(t.region))
	}
	switch {
	case code(err) == "InvalidPermission.Duplicate":
		return remediate.StepAlreadyDone, nil
	case isGone(err):
		return remediate.StepFailed, fmt.Errorf("%w: %w", remediate.ErrStale, callError(ctx, err, action, t.arn()))
	case err != nil:
		return remediate.StepFailed, callError(ctx, err, action, t.arn())
	}
	return remediate.StepDone, nil
}

func (g *Groups) call(t target, r groupRule, add bool) remediate.Step {
	verb, direction := "Revoke", "Ingress"
	if add {
		verb = "Authorize"
	}
	if t.egress {
		direction = "Egress"
	}
	words := []string{"aws", "ec2", strings.ToLower(verb + "-security-group-" + direction), "--group-id", t.id}
	s := remediate.Step{Action: "ec2:" + verb + "SecurityGroup" + direction}
	if add {
		permissions, tags := []types.IpPermission{r.permission()}, r.tagSpecifications()
		s.Summary = fmt.Sprintf("authorize %s for %q again", r.opening, t.id)
		s.Args = encode(authorizeArgs{t.id, compact(permissions), compact(tags)})
		words = append(words, "--ip-permissions", string(compact(permissions)))
		if tags != nil {
			words = append(words, "--tag-specifications", string(compact(tags)))
		}
	} else {
		s.Summary = fmt.Sprintf("revoke the rule %q of %q: %s", r.ID, t.id, r.opening)
		s.Args = encode(revokeArgs{t.id, []string{r.ID}})
		words = append(words, "--security-group-rule-ids", r.ID)
	}
	s.Command = remediate.Command(append(words, "--region", t.region)...)
	return s
}

// revokeArgs and authorizeArgs are the input of the calls, with the names of the API.
type revokeArgs struct {
	GroupID string   `json:"GroupId"`
	RuleIDs []string `json:"SecurityGroupRuleIds"`
}

type authorizeArgs struct {
	GroupID     string          `json:"GroupId"`
	Permissions json.RawMessage `json:"IpPermissions"`
	Tags        json.RawMessage `json:"TagSpecifications,omitempty"`
}

// compact returns a value of the SDK as JSON without the members that are not set; nil for nil.
func compact(v any) json.RawMessage {
	var tree any
	if err := json.Unmarshal(encode(v), &tree); err != nil {
		panic(err) // it was just written
	}
	if tree = withoutNulls(tree); tree == nil {
		return nil
	}
	return encode(tree)
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if v[name] = withoutNulls(member); v[name] == nil {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}
