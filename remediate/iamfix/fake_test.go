package iamfix_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

const (
	account = "123456789012"
	region  = "us-east-1"
	admin   = "arn:aws:iam::aws:policy/AdministratorAccess"
	allowed = `{ "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"} }`
	modest  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::x+y/*"}]}`
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A holder is a user, role or group.
type holder struct {
	ARN, ID  string
	Attached []string          // ARNs
	Inline   map[string]string // documents by name
	Keys     map[string]string // status by id
	Login    time.Time         // when the login profile was made; zero for none
}

// A managed is a managed policy.
type managed struct {
	Default  string
	Versions map[string]string // documents
}

// A cloud is an IAM. It answers as the API reference has it: NoSuchEntity for what there is not, a put
// and an attachment again without an error, documents percent-encoded, and lists one entry a page.
type cloud struct {
	mu       sync.Mutex
	ask      func(action string) error // before each call
	calls    []string
	regions  map[string]bool
	Holders  map[string]*holder // by kind and name: "user/alice"
	Policies map[string]*managed
}

func newCloud() *cloud {
	h := func(kind, path, name string) *holder {
		return &holder{
			ARN: "arn:aws:iam::" + account + ":" + kind + path + name, ID: "ID" + strings.ToUpper(kind+name),
			Inline: map[string]string{}, Keys: map[string]string{},
		}
	}
	return &cloud{
		regions: map[string]bool{},
		Holders: map[string]*holder{
			"user/alice": h("user", "/team/", "alice"), "role/app": h("role", "/", "app"), "group/devs": h("group", "/", "devs"),
			"role/AWSServiceRoleForX": h("role", "/aws-service-role/x.amazonaws.com/", "AWSServiceRoleForX"),
			"role/breakglass":         h("role", "/break-glass/", "breakglass"),
			"user/-x":                 h("user", "/", "-x"),
		},
		Policies: map[string]*managed{admin: {"v1", map[string]string{"v1": allowed}}},
	}
}

// state returns all that there is, as JSON.
func (c *cloud) state() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, err := json.Marshal(struct{ Holders, Policies any }{c.Holders, c.Policies})
	if err != nil {
		panic(err)
	}
	return json.RawMessage(text)
}

func (c *cloud) hook(ask func(string) error) { c.ask = ask }

// writes returns the calls so far that are no reads.
func (c *cloud) writes() []string {
	return slices.DeleteFunc(slices.Clone(c.calls), func(a string) bool {
		return strings.HasPrefix(a, "iam:Get") || strings.HasPrefix(a, "iam:List")
	})
}

// call makes a call: f runs unless the hook or the context has an error.
func (c *cloud) call(ctx context.Context, name string, opts []func(*iam.Options), f func() error) error {
	c.mu.Lock()
	c.calls = append(c.calls, "iam:"+name)
	var o iam.Options
	for _, opt := range opts {
		opt(&o)
	}
	c.regions[o.Region] = true
	ask := c.ask
	c.mu.Unlock()
	ended := ctx.Err() // while a call is under way, it may end without harm
	if ask != nil {
		if err := ask("iam:" + name); err != nil {
			return err
		}
	}
	if ended != nil {
		return ended
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return f()
}

func none(what string) error {
	return &types.NoSuchEntityException{Message: aws.String("The " + what + " cannot be found.")}
}

// with calls f with a holder.
func (c *cloud) with(ctx context.Context, name, kind string, who *string, opts []func(*iam.Options), f func(*holder) error) error {
	return c.call(ctx, name, opts, func() error {
		h := c.Holders[kind+"/"+aws.ToString(who)]
		if h == nil {
			return none(kind)
		}
		return f(h)
	})
}

// page returns the entry that the marker asks for, and the next marker.
func page[T any](all []T, marker *string) (one []T, truncated bool, next *string) {
	i := len(aws.ToString(marker))
	if i >= len(all) {
		return nil, false, nil
	}
	if i+1 < len(all) {
		next = aws.String(strings.Repeat("m", i+1))
	}
	return all[i : i+1], next != nil, next
}

func (c *cloud) GetUser(ctx context.Context, in *iam.GetUserInput, opts ...func(*iam.Options)) (*iam.GetUserOutput, error) {
	out := &iam.GetUserOutput{}
	return out, c.with(ctx, "GetUser", "user", in.UserName, opts, func(h *holder) error {
		out.User = &types.User{Arn: &h.ARN, UserId: &h.ID}
		return nil
	})
}

func (c *cloud) GetRole(ctx context.Context, in *iam.GetRoleInput, opts ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	out := &iam.GetRoleOutput{}
	return out, c.with(ctx, "GetRole", "role", in.RoleName, opts, func(h *holder) error {
		out.Role = &types.Role{Arn: &h.ARN, RoleId: &h.ID}
		return nil
	})
}

func (c *cloud) GetGroup(ctx context.Context, in *iam.GetGroupInput, opts ...func(*iam.Options)) (*iam.GetGroupOutput, error) {
	out := &iam.GetGroupOutput{}
	return out, c.with(ctx, "GetGroup", "group", in.GroupName, opts, func(h *holder) error {
		out.Group = &types.Group{Arn: &h.ARN, GroupId: &h.ID}
		return nil
	})
}

func (c *cloud) ListAccessKeys(ctx context.Context, in *iam.ListAccessKeysInput, opts ...func(*iam.Options)) (*iam.ListAccessKeysOutput, error) {
	out := &iam.ListAccessKeysOutput{}
	return out, c.with(ctx, "ListAccessKeys", "user", in.UserName, opts, func(h *holder) error {
		var all []types.AccessKeyMetadata
		for _, id := range slices.Sorted(maps.Keys(h.Keys)) {
			all = append(all, types.AccessKeyMetadata{AccessKeyId: aws.String(id), Status: types.StatusType(h.Keys[id])})
		}
		out.AccessKeyMetadata, out.IsTruncated, out.Marker = page(all, in.Marker)
		return nil
	})
}

func (c *cloud) UpdateAccessKey(ctx context.Context, in *iam.UpdateAccessKeyInput, opts ...func(*iam.Options)) (*iam.UpdateAccessKeyOutput, error) {
	return &iam.UpdateAccessKeyOutput{}, c.with(ctx, "UpdateAccessKey", "user", in.UserName, opts, func(h *holder) error {
		if h.Keys[*in.AccessKeyId] == "" {
			return none("Access Key")
		}
		h.Keys[*in.AccessKeyId] = string(in.Status)
		return nil
	})
}

func (c *cloud) GetLoginProfile(ctx context.Context, in *iam.GetLoginProfileInput, opts ...func(*iam.Options)) (*iam.GetLoginProfileOutput, error) {
	out := &iam.GetLoginProfileOutput{}
	return out, c.with(ctx, "GetLoginProfile", "user", in.UserName, opts, func(h *holder) error {
		if h.Login.IsZero() {
			return none("Login Profile")
		}
		out.LoginProfile = &types.LoginProfile{UserName: in.UserName, CreateDate: aws.Time(h.Login)}
		return nil
	})
}

func (c *cloud) DeleteLoginProfile(ctx context.Context, in *iam.DeleteLoginProfileInput, opts ...func(*iam.Options)) (*iam.DeleteLoginProfileOutput, error) {
	return &iam.DeleteLoginProfileOutput{}, c.with(ctx, "DeleteLoginProfile", "user", in.UserName, opts, func(h *holder) error {
		if h.Login.IsZero() {
			return none("Login Profile")
		}
		h.Login = time.Time{}
		return nil
	})
}

// attached returns a page of the policies that are attached to a holder.
func (c *cloud) attached(ctx context.Context, name, kind string, who, marker *string, opts []func(*iam.Options)) (one []types.AttachedPolicy, truncated bool, next *string, err error) {
	err = c.with(ctx, name, kind, who, opts, func(h *holder) error {
		var all []types.AttachedPolicy
		for _, a := range h.Attached {
			all = append(all, types.AttachedPolicy{PolicyArn: aws.String(a)})
		}
		one, truncated, next = page(all, marker)
		return nil
	})
	return
}

func (c *cloud) ListAttachedUserPolicies(ctx context.Context, in *iam.ListAttachedUserPoliciesInput, opts ...func(*iam.Options)) (out *iam.ListAttachedUserPoliciesOutput, err error) {
	out = &iam.ListAttachedUserPoliciesOutput{}
	out.AttachedPolicies, out.IsTruncated, out.Marker, err = c.attached(ctx, "ListAttachedUserPolicies", "user", in.UserName, in.Marker, opts)
	return out, err
}

func (c *cloud) ListAttachedRolePolicies(ctx context.Context, in *iam.ListAttachedRolePoliciesInput, opts ...func(*iam.Options)) (out *iam.ListAttachedRolePoliciesOutput, err error) {
	out = &iam.ListAttachedRolePoliciesOutput{}
	out.AttachedPolicies, out.IsTruncated, out.Marker, err = c.attached(ctx, "ListAttachedRolePolicies", "role", in.RoleName, in.Marker, opts)
	return out, err
}

func (c *cloud) ListAttachedGroupPolicies(ctx context.Context, in *iam.ListAttachedGroupPoliciesInput, opts ...func(*iam.Options)) (out *iam.ListAttachedGroupPoliciesOutput, err error) {
	out = &iam.ListAttachedGroupPoliciesOutput{}
	out.AttachedPolicies, out.IsTruncated, out.Marker, err = c.attached(ctx, "ListAttachedGroupPolicies", "group", in.GroupName, in.Marker, opts)
	return out, err
}

func (c *cloud) attach(ctx context.Context, name, kind string, who, policy *string, opts []func(*iam.Options)) error {
	return c.with(ctx, name, kind, who, opts, func(h *holder) error {
		if !slices.Contains(h.Attached, *policy) {
			h.Attached = append(h.Attached, *policy)
		}
		return nil
	})
}

func (c *cloud) detach(ctx context.Context, name, kind string, who, policy *string, opts []func(*iam.Options)) error {
	return c.with(ctx, name, kind, who, opts, func(h *holder) error {
		i := slices.Index(h.Attached, *policy)
		if i < 0 {
			return none("Policy " + *policy)
		}
		h.Attached = slices.Delete(h.Attached, i, i+1)
		return nil
	})
}

func (c *cloud) AttachUserPolicy(ctx context.Context, in *iam.AttachUserPolicyInput, opts ...func(*iam.Options)) (*iam.AttachUserPolicyOutput, error) {
	return &iam.AttachUserPolicyOutput{}, c.attach(ctx, "AttachUserPolicy", "user", in.UserName, in.PolicyArn, opts)
}

func (c *cloud) AttachRolePolicy(ctx context.Context, in *iam.AttachRolePolicyInput, opts ...func(*iam.Options)) (*iam.AttachRolePolicyOutput, error) {
	return &iam.AttachRolePolicyOutput{}, c.attach(ctx, "AttachRolePolicy", "role", in.RoleName, in.PolicyArn, opts)
}

func (c *cloud) AttachGroupPolicy(ctx context.Context, in *iam.AttachGroupPolicyInput, opts ...func(*iam.Options)) (*iam.AttachGroupPolicyOutput, error) {
	return &iam.AttachGroupPolicyOutput{}, c.attach(ctx, "AttachGroupPolicy", "group", in.GroupName, in.PolicyArn, opts)
}

func (c *cloud) DetachUserPolicy(ctx context.Context, in *iam.DetachUserPolicyInput, opts ...func(*iam.Options)) (*iam.DetachUserPolicyOutput, error) {
	return &iam.DetachUserPolicyOutput{}, c.detach(ctx, "DetachUserPolicy", "user", in.UserName, in.PolicyArn, opts)
}

func (c *cloud) DetachRolePolicy(ctx context.Context, in *iam.DetachRolePolicyInput, opts ...func(*iam.Options)) (*iam.DetachRolePolicyOutput, error) {
	return &iam.DetachRolePolicyOutput{}, c.detach(ctx, "DetachRolePolicy", "role", in.RoleName, in.PolicyArn, opts)
}

func (c *cloud) DetachGroupPolicy(ctx context.Context, in *iam.DetachGroupPolicyInput, opts ...func(*iam.Options)) (*iam.DetachGroupPolicyOutput, error) {
	return &iam.DetachGroupPolicyOutput{}, c.detach(ctx, "DetachGroupPolicy", "group", in.GroupName, in.PolicyArn, opts)
}

// inline returns the document of a holder's own policy, percent-encoded.
func (c *cloud) inline(ctx context.Context, name, kind string, who, policy *string, opts []func(*iam.Options)) (encoded *string, err error) {
	err = c.with(ctx, name, kind, who, opts, func(h *holder) error {
		document, ok := h.Inline[*policy]
		if !ok {
			return none("policy with name " + *policy)
		}
		encoded = aws.String(encodeDocument(document))
		return nil
	})
	return encoded, err
}

// encodeDocument encodes as RFC 3986 has it, where "+" may stand for itself.
func encodeDocument(document string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(document), "+", "%20"), "%2B", "+")
}

func (c *cloud) GetUserPolicy(ctx context.Context, in *iam.GetUserPolicyInput, opts ...func(*iam.Options)) (out *iam.GetUserPolicyOutput, err error) {
	out = &iam.GetUserPolicyOutput{}
	out.PolicyDocument, err = c.inline(ctx, "GetUserPolicy", "user", in.UserName, in.PolicyName, opts)
	return out, err
}

func (c *cloud) GetRolePolicy(ctx context.Context, in *iam.GetRolePolicyInput, opts ...func(*iam.Options)) (out *iam.GetRolePolicyOutput, err error) {
	out = &iam.GetRolePolicyOutput{}
	out.PolicyDocument, err = c.inline(ctx, "GetRolePolicy", "role", in.RoleName, in.PolicyName, opts)
	return out, err
}

func (c *cloud) GetGroupPolicy(ctx context.Context, in *iam.GetGroupPolicyInput, opts ...func(*iam.Options)) (out *iam.GetGroupPolicyOutput, err error) {
	out = &iam.GetGroupPolicyOutput{}
	out.PolicyDocument, err = c.inline(ctx, "GetGroupPolicy", "group", in.GroupName, in.PolicyName, opts)
	return out, err
}

func (c *cloud) put(ctx context.Context, name, kind string, who, policy, document *string, opts []func(*iam.Options)) error {
	return c.with(ctx, name, kind, who, opts, func(h *holder) error {
		h.Inline[*policy] = *document
		return nil
	})
}

func (c *cloud) remove(ctx context.Context, name, kind string, who, policy *string, opts []func(*iam.Options)) error {
	return c.with(ctx, name, kind, who, opts, func(h *holder) error {
		if _, ok := h.Inline[*policy]; !ok {
			return none("policy with name " + *policy)
		}
		delete(h.Inline, *policy)
		return nil
	})
}

func (c *cloud) PutUserPolicy(ctx context.Context, in *iam.PutUserPolicyInput, opts ...func(*iam.Options)) (*iam.PutUserPolicyOutput, error) {
	return &iam.PutUserPolicyOutput{}, c.put(ctx, "PutUserPolicy", "user", in.UserName, in.PolicyName, in.PolicyDocument, opts)
}

func (c *cloud) PutRolePolicy(ctx context.Context, in *iam.PutRolePolicyInput, opts ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error) {
	return &iam.PutRolePolicyOutput{}, c.put(ctx, "PutRolePolicy", "role", in.RoleName, in.PolicyName, in.PolicyDocument, opts)
}

func (c *cloud) PutGroupPolicy(ctx context.Context, in *iam.PutGroupPolicyInput, opts ...func(*iam.Options)) (*iam.PutGroupPolicyOutput, error) {
	return &iam.PutGroupPolicyOutput{}, c.put(ctx, "PutGroupPolicy", "group", in.GroupName, in.PolicyName, in.PolicyDocument, opts)
}

func (c *cloud) DeleteUserPolicy(ctx context.Context, in *iam.DeleteUserPolicyInput, opts ...func(*iam.Options)) (*iam.DeleteUserPolicyOutput, error) {
	return &iam.DeleteUserPolicyOutput{}, c.remove(ctx, "DeleteUserPolicy", "user", in.UserName, in.PolicyName, opts)
}

func (c *cloud) DeleteRolePolicy(ctx context.Context, in *iam.DeleteRolePolicyInput, opts ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error) {
	return &iam.DeleteRolePolicyOutput{}, c.remove(ctx, "DeleteRolePolicy", "role", in.RoleName, in.PolicyName, opts)
}

func (c *cloud) DeleteGroupPolicy(ctx context.Context, in *iam.DeleteGroupPolicyInput, opts ...func(*iam.Options)) (*iam.DeleteGroupPolicyOutput, error) {
	return &iam.DeleteGroupPolicyOutput{}, c.remove(ctx, "DeleteGroupPolicy", "group", in.GroupName, in.PolicyName, opts)
}

// withPolicy calls f with a managed policy.
func (c *cloud) withPolicy(ctx context.Context, name string, policy *string, opts []func(*iam.Options), f func(*managed) error) error {
	return c.call(ctx, name, opts, func() error {
		p := c.Policies[aws.ToString(policy)]
		if p == nil {
			return none("policy " + aws.ToString(policy))
		}
		return f(p)
	})
}

func (c *cloud) GetPolicy(ctx context.Context, in *iam.GetPolicyInput, opts ...func(*iam.Options)) (*iam.GetPolicyOutput, error) {
	out := &iam.GetPolicyOutput{}
	return out, c.withPolicy(ctx, "GetPolicy", in.PolicyArn, opts, func(p *managed) error {
		out.Policy = &types.Policy{Arn: in.PolicyArn, DefaultVersionId: aws.String(p.Default)}
		return nil
	})
}

func (c *cloud) GetPolicyVersion(ctx context.Context, in *iam.GetPolicyVersionInput, opts ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error) {
	out := &iam.GetPolicyVersionOutput{}
	return out, c.withPolicy(ctx, "GetPolicyVersion", in.PolicyArn, opts, func(p *managed) error {
		document, ok := p.Versions[*in.VersionId]
		if !ok {
			return none("version")
		}
		out.PolicyVersion = &types.PolicyVersion{VersionId: in.VersionId, Document: aws.String(encodeDocument(document))}
		return nil
	})
}

func (c *cloud) ListPolicyVersions(ctx context.Context, in *iam.ListPolicyVersionsInput, opts ...func(*iam.Options)) (*iam.ListPolicyVersionsOutput, error) {
	out := &iam.ListPolicyVersionsOutput{}
	return out, c.withPolicy(ctx, "ListPolicyVersions", in.PolicyArn, opts, func(p *managed) error {
		var all []types.PolicyVersion
		for _, v := range slices.Sorted(maps.Keys(p.Versions)) {
			all = append(all, types.PolicyVersion{VersionId: aws.String(v), IsDefaultVersion: v == p.Default})
		}
		out.Versions, out.IsTruncated, out.Marker = page(all, in.Marker)
		return nil
	})
}

func (c *cloud) SetDefaultPolicyVersion(ctx context.Context, in *iam.SetDefaultPolicyVersionInput, opts ...func(*iam.Options)) (*iam.SetDefaultPolicyVersionOutput, error) {
	return &iam.SetDefaultPolicyVersionOutput{}, c.withPolicy(ctx, "SetDefaultPolicyVersion", in.PolicyArn, opts, func(p *managed) error {
		if _, ok := p.Versions[*in.VersionId]; !ok {
			return none("version")
		}
		p.Default = *in.VersionId
		return nil
	})
}

// finding returns a finding on a call of IAM by the user mallory; edit changes its event and record.
func finding(call, params, response string, edit ...func(*event.Event, *event.Record)) rule.Finding {
	e := &event.Event{
		ID: "11111111-1111-1111-1111-111111111111", DetailType: event.DetailTypeAPICall, Source: "aws.iam",
		Account: account, Region: region, Time: at,
	}
	rec := &event.Record{
		EventVersion: "1.11",
		UserIdentity: event.UserIdentity{
			Type: event.IdentityIAMUser, ARN: "arn:aws:iam::123456789012:user/mallory", AccountID: account, UserName: "mallory",
		},
		EventTime:          at,
		EventSource:        "iam.amazonaws.com",
		EventName:          call,
		AWSRegion:          region,
		RequestParameters:  json.RawMessage(params),
		ResponseElements:   json.RawMessage(response),
		EventID:            "22222222-2222-2222-2222-222222222222",
		RecipientAccountID: account,
	}
	for _, f := range edit {
		f(e, rec)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "4.4"}, Event: e, Record: rec}
}

func apiError(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "a message"}
}
