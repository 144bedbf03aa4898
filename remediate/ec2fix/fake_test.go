package ec2fix_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

const (
	account = "123456789012"
	region  = "eu-west-1"
)

// A call is one call that was made of a cloud.
type call struct{ Op, Region, ID string }

func (c call) String() string { return c.Op + " " + c.ID }

// A cloud is the part of EC2 that the remediators use. It pages its answers, answers with the error
// codes that AWS documents, and shows changes late if it is told to. It reads from JSON.
type cloud struct {
	Rules       []types.SecurityGroupRule
	PrefixLists map[string][]string
	Snapshots   map[string][]types.CreateVolumePermission
	Images      map[string][]types.LaunchPermission
	Owner       string // of snapshots and images; account by default
	ACLs        []types.NetworkAcl
	Tables      []types.RouteTable
	Gateways    []types.InternetGateway

	mu       sync.Mutex
	lag      int                       // how many reads of rules or of sharing show the state before the latest write
	before   *cloud                    // that state
	errs     map[string]error          // by operation
	failFrom map[string]int            // from which call of an operation its error is returned; 0 is the first
	hook     func(action string) error // called before each call, if not nil
	calls    []call
	made     int  // rules
	wide     bool // pages are as large as is asked for
}

// newCloud returns the cloud that a JSON text describes.
func newCloud(t testing.TB, text string) *cloud {
	c := &cloud{errs: map[string]error{}, failFrom: map[string]int{}}
	if text != "" {
		if err := json.Unmarshal([]byte(text), c); err != nil {
			t.Fatalf("the cloud: %v", err)
		}
	}
	return c
}

func apiError(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "text for people"}
}

// enter records a call, and returns the error with which it fails.
func (c *cloud) enter(ctx context.Context, op, id string, opts []func(*ec2.Options)) error {
	var o ec2.Options
	for _, opt := range opts {
		opt(&o)
	}
	made := call{op, o.Region, id}
	if c.hook != nil {
		if err := c.hook("ec2:" + op); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	earlier := 0
	for _, m := range c.calls {
		if m.Op == op {
			earlier++
		}
	}
	c.calls = append(c.calls, made)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := c.errs[op]; err != nil && earlier >= c.failFrom[op] {
		return err
	}
	return nil
}

// shown returns the state that a read sees.
func (c *cloud) shown() *cloud {
	if c.lag > 0 && c.before != nil {
		c.lag--
		return c.before
	}
	return c
}

// snapshot returns the state that lasting changes are compared by.
func (c *cloud) snapshot() *cloud {
	s := &cloud{Rules: slices.Clone(c.Rules), Snapshots: map[string][]types.CreateVolumePermission{}, Images: map[string][]types.LaunchPermission{}}
	for id, p := range c.Snapshots {
		s.Snapshots[id] = slices.Clone(p)
	}
	for id, p := range c.Images {
		s.Images[id] = slices.Clone(p)
	}
	return s
}

// pageSize is small, so that every list has more than a page.
const pageSize = 2

// page returns a page of a list and the token of the next one.
func page[T any](list []T, token *string) ([]T, *string) {
	from, _ := strconv.Atoi(aws.ToString(token))
	to := min(from+pageSize, len(list))
	if to == len(list) {
		return list[from:], nil
	}
	return list[from:to], aws.String(strconv.Itoa(to))
}

func (c *cloud) DescribeSecurityGroupRules(ctx context.Context, in *ec2.DescribeSecurityGroupRulesInput, opts ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	group := in.Filters[0].Values[0]
	if err := c.enter(ctx, "DescribeSecurityGroupRules", group, opts); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	state := c
	if in.NextToken == nil {
		state = c.shown()
	} else if c.lag > 0 && c.before != nil {
		state = c.before
	}
	var rules []types.SecurityGroupRule
	for _, r := range state.Rules {
		if aws.ToString(r.GroupId) == group {
			rules = append(rules, r)
		}
	}
	if c.wide && len(rules) <= int(*in.MaxResults) {
		return &ec2.DescribeSecurityGroupRulesOutput{SecurityGroupRules: rules}, nil
	}
	rules, token := page(rules, in.NextToken)
	return &ec2.DescribeSecurityGroupRulesOutput{SecurityGroupRules: rules, NextToken: token}, nil
}

func (c *cloud) GetManagedPrefixListEntries(ctx context.Context, in *ec2.GetManagedPrefixListEntriesInput, opts ...func(*ec2.Options)) (*ec2.GetManagedPrefixListEntriesOutput, error) {
	id := aws.ToString(in.PrefixListId)
	if err := c.enter(ctx, "GetManagedPrefixListEntries", id, opts); err != nil {
		return nil, err
	}
	list, ok := c.PrefixLists[id]
	if !ok {
		return nil, apiError("InvalidPrefixListID.NotFound")
	}
	cidrs, token := page(list, in.NextToken)
	out := &ec2.GetManagedPrefixListEntriesOutput{NextToken: token}
	for _, cidr := range cidrs {
		out.Entries = append(out.Entries, types.PrefixListEntry{Cidr: aws.String(cidr)})
	}
	return out, nil
}

// revoke removes a rule by its ids, as both directions do.
func (c *cloud) revoke(group string, ids []string, egress bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.Rules, func(r types.SecurityGroupRule) bool {
		return *r.SecurityGroupRuleId == ids[0] && *r.GroupId == group && *r.IsEgress == egress
	})
	if len(ids) != 1 || i < 0 {
		return apiError("InvalidSecurityGroupRuleId.NotFound")
	}
	c.before = c.snapshot()
	c.Rules = slices.Delete(slices.Clone(c.Rules), i, i+1)
	return nil
}

func (c *cloud) RevokeSecurityGroupIngress(ctx context.Context, in *ec2.RevokeSecurityGroupIngressInput, opts ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	if err := c.enter(ctx, "RevokeSecurityGroupIngress", strings.Join(in.SecurityGroupRuleIds, ","), opts); err != nil {
		return nil, err
	}
	return &ec2.RevokeSecurityGroupIngressOutput{Return: aws.Bool(true)}, c.revoke(*in.GroupId, in.SecurityGroupRuleIds, false)
}

func (c *cloud) RevokeSecurityGroupEgress(ctx context.Context, in *ec2.RevokeSecurityGroupEgressInput, opts ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupEgressOutput, error) {
	if err := c.enter(ctx, "RevokeSecurityGroupEgress", strings.Join(in.SecurityGroupRuleIds, ","), opts); err != nil {
		return nil, err
	}
	return &ec2.RevokeSecurityGroupEgressOutput{Return: aws.Bool(true)}, c.revoke(*in.GroupId, in.SecurityGroupRuleIds, true)
}

// authorize adds the rule of a permission, under a new id, as both directions do.
func (c *cloud) authorize(group string, permissions []types.IpPermission, tags []types.TagSpecification, egress bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := permissions[0]
	r := types.SecurityGroupRule{
		GroupId: aws.String(group), GroupOwnerId: aws.String(account), IsEgress: aws.Bool(egress), IpProtocol: p.IpProtocol,
		FromPort: p.FromPort, ToPort: p.ToPort,
	}
	if r.FromPort == nil {
		r.FromPort, r.ToPort = aws.Int32(-1), aws.Int32(-1)
	}
	for _, s := range p.IpRanges {
		r.CidrIpv4, r.Description = s.CidrIp, s.Description
	}
	for _, s := range p.Ipv6Ranges {
		r.CidrIpv6, r.Description = s.CidrIpv6, s.Description
	}
	for _, s := range p.PrefixListIds {
		r.PrefixListId, r.Description = s.PrefixListId, s.Description
	}
	for _, s := range p.UserIdGroupPairs {
		r.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: s.GroupId, UserId: s.UserId}
		r.Description = s.Description
	}
	for _, s := range tags {
		r.Tags = append(r.Tags, s.Tags...)
	}
	same := func(other types.SecurityGroupRule) bool {
		other.SecurityGroupRuleId, other.Description, other.Tags = nil, r.Description, r.Tags
		return reflect.DeepEqual(other, r)
	}
	if slices.ContainsFunc(c.Rules, same) {
		return apiError("InvalidPermission.Duplicate")
	}
	c.before = c.snapshot()
	c.made++
	r.SecurityGroupRuleId = aws.String(fmt.Sprintf("sgr-%017x", 0xabc000+c.made))
	c.Rules = append(slices.Clone(c.Rules), r)
	return nil
}

func (c *cloud) AuthorizeSecurityGroupIngress(ctx context.Context, in *ec2.AuthorizeSecurityGroupIngressInput, opts ...func(*ec2.Options)) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	if err := c.enter(ctx, "AuthorizeSecurityGroupIngress", *in.GroupId, opts); err != nil {
		return nil, err
	}
	return &ec2.AuthorizeSecurityGroupIngressOutput{Return: aws.Bool(true)}, c.authorize(*in.GroupId, in.IpPermissions, in.TagSpecifications, false)
}

func (c *cloud) AuthorizeSecurityGroupEgress(ctx context.Context, in *ec2.AuthorizeSecurityGroupEgressInput, opts ...func(*ec2.Options)) (*ec2.AuthorizeSecurityGroupEgressOutput, error) {
	if err := c.enter(ctx, "AuthorizeSecurityGroupEgress", *in.GroupId, opts); err != nil {
		return nil, err
	}
	return &ec2.AuthorizeSecurityGroupEgressOutput{Return: aws.Bool(true)}, c.authorize(*in.GroupId, in.IpPermissions, in.TagSpecifications, true)
}

func (c *cloud) DescribeTags(ctx context.Context, in *ec2.DescribeTagsInput, opts ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error) {
	id := in.Filters[0].Values[0]
	if err := c.enter(ctx, "DescribeTags", id, opts); err != nil {
		return nil, err
	}
	var tags []types.TagDescription
	for _, key := range []string{"a", "b", "c"} {
		tags = append(tags, types.TagDescription{ResourceId: &id, Key: aws.String(key), Value: aws.String(key + " of " + id)})
	}
	tags, token := page(tags, in.NextToken)
	return &ec2.DescribeTagsOutput{Tags: tags, NextToken: token}, nil
}

func (c *cloud) DescribeSnapshots(ctx context.Context, in *ec2.DescribeSnapshotsInput, opts ...func(*ec2.Options)) (*ec2.DescribeSnapshotsOutput, error) {
	id := in.SnapshotIds[0]
	if err := c.enter(ctx, "DescribeSnapshots", id, opts); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.Snapshots[id]; !ok {
		return nil, apiError("InvalidSnapshot.NotFound")
	}
	return &ec2.DescribeSnapshotsOutput{Snapshots: []types.Snapshot{{SnapshotId: &id, OwnerId: aws.String(c.owner())}}}, nil
}

func (c *cloud) DescribeImages(ctx context.Context, in *ec2.DescribeImagesInput, opts ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error) {
	id := in.ImageIds[0]
	if err := c.enter(ctx, "DescribeImages", id, opts); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.Images[id]; !ok {
		return nil, apiError("InvalidAMIID.NotFound")
	}
	return &ec2.DescribeImagesOutput{Images: []types.Image{{ImageId: &id, OwnerId: aws.String(c.owner())}}}, nil
}

// owner returns the account whose snapshots and images are.
func (c *cloud) owner() string { return cmp.Or(c.Owner, account) }

func (c *cloud) DescribeSnapshotAttribute(ctx context.Context, in *ec2.DescribeSnapshotAttributeInput, opts ...func(*ec2.Options)) (*ec2.DescribeSnapshotAttributeOutput, error) {
	if err := c.enter(ctx, "DescribeSnapshotAttribute", *in.SnapshotId, opts); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	permissions, ok := c.shown().Snapshots[*in.SnapshotId]
	if !ok {
		return nil, apiError("InvalidSnapshot.NotFound")
	}
	return &ec2.DescribeSnapshotAttributeOutput{SnapshotId: in.SnapshotId, CreateVolumePermissions: permissions}, nil
}

func (c *cloud) DescribeImageAttribute(ctx context.Context, in *ec2.DescribeImageAttributeInput, opts ...func(*ec2.Options)) (*ec2.DescribeImageAttributeOutput, error) {
	if err := c.enter(ctx, "DescribeImageAttribute", *in.ImageId, opts); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	permissions, ok := c.shown().Images[*in.ImageId]
	if !ok {
		return nil, apiError("InvalidAMIID.NotFound")
	}
	return &ec2.DescribeImageAttributeOutput{ImageId: in.ImageId, LaunchPermissions: permissions}, nil
}

// modify returns a list of permissions with some added and some removed. Neither minds if that was
// so.
func modify[T any](list, add, remove []T) []T {
	has := func(list []T, p T) bool {
		return slices.ContainsFunc(list, func(other T) bool { return reflect.DeepEqual(p, other) })
	}
	list = slices.DeleteFunc(slices.Clone(list), func(p T) bool { return has(remove, p) })
	for _, p := range add {
		if !has(list, p) {
			list = append(list, p)
		}
	}
	return list
}

func (c *cloud) ModifySnapshotAttribute(ctx context.Context, in *ec2.ModifySnapshotAttributeInput, opts ...func(*ec2.Options)) (*ec2.ModifySnapshotAttributeOutput, error) {
	if err := c.enter(ctx, "ModifySnapshotAttribute", *in.SnapshotId, opts); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	list, ok := c.Snapshots[*in.SnapshotId]
	if !ok {
		return nil, apiError("InvalidSnapshot.NotFound")
	}
	c.before = c.snapshot()
	c.Snapshots[*in.SnapshotId] = modify(list, in.CreateVolumePermission.Add, in.CreateVolumePermission.Remove)
	return &ec2.ModifySnapshotAttributeOutput{}, nil
}

func (c *cloud) ModifyImageAttribute(ctx context.Context, in *ec2.ModifyImageAttributeInput, opts ...func(*ec2.Options)) (*ec2.ModifyImageAttributeOutput, error) {
	if err := c.enter(ctx, "ModifyImageAttribute", *in.ImageId, opts); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	list, ok := c.Images[*in.ImageId]
	if !ok {
		return nil, apiError("InvalidAMIID.NotFound")
	}
	c.before = c.snapshot()
	c.Images[*in.ImageId] = modify(list, in.LaunchPermission.Add, in.LaunchPermission.Remove)
	return &ec2.ModifyImageAttributeOutput{}, nil
}

// pick returns the element of a list that has the id, or the error of a code.
func pick[T any](list []T, id string, of func(T) *string, code string) ([]T, error) {
	i := slices.IndexFunc(list, func(e T) bool { return aws.ToString(of(e)) == id })
	if i < 0 {
		return nil, apiError(code)
	}
	return list[i : i+1], nil
}

func (c *cloud) DescribeNetworkAcls(ctx context.Context, in *ec2.DescribeNetworkAclsInput, opts ...func(*ec2.Options)) (*ec2.DescribeNetworkAclsOutput, error) {
	id := in.NetworkAclIds[0]
	if err := c.enter(ctx, "DescribeNetworkAcls", id, opts); err != nil {
		return nil, err
	}
	list, err := pick(c.ACLs, id, func(a types.NetworkAcl) *string { return a.NetworkAclId }, "InvalidNetworkAclID.NotFound")
	return &ec2.DescribeNetworkAclsOutput{NetworkAcls: list}, err
}

func (c *cloud) DescribeRouteTables(ctx context.Context, in *ec2.DescribeRouteTablesInput, opts ...func(*ec2.Options)) (*ec2.DescribeRouteTablesOutput, error) {
	id := in.RouteTableIds[0]
	if err := c.enter(ctx, "DescribeRouteTables", id, opts); err != nil {
		return nil, err
	}
	list, err := pick(c.Tables, id, func(t types.RouteTable) *string { return t.RouteTableId }, "InvalidRouteTableID.NotFound")
	return &ec2.DescribeRouteTablesOutput{RouteTables: list}, err
}

func (c *cloud) DescribeInternetGateways(ctx context.Context, in *ec2.DescribeInternetGatewaysInput, opts ...func(*ec2.Options)) (*ec2.DescribeInternetGatewaysOutput, error) {
	id := in.InternetGatewayIds[0]
	if err := c.enter(ctx, "DescribeInternetGateways", id, opts); err != nil {
		return nil, err
	}
	list, err := pick(c.Gateways, id, func(g types.InternetGateway) *string { return g.InternetGatewayId }, "InvalidInternetGatewayID.NotFound")
	return &ec2.DescribeInternetGatewaysOutput{InternetGateways: list}, err
}

// writes returns the calls that were made and change something.
func (c *cloud) writes() []call {
	return slices.DeleteFunc(slices.Clone(c.calls), func(made call) bool {
		return strings.HasPrefix(made.Op, "Describe") || strings.HasPrefix(made.Op, "Get")
	})
}

// finding returns a finding on a call, as EventBridge delivers it. The record's members are those
// of a JSON text, over those that every record has.
func finding(t testing.TB, at time.Time, record string) rule.Finding {
	t.Helper()
	detail := map[string]any{
		"eventVersion": "1.10", "eventTime": at.UTC().Format(time.RFC3339), "awsRegion": region, "recipientAccountId": account,
		"eventSource": "ec2.amazonaws.com", "eventType": "AwsApiCall", "eventID": "22222222-2222-2222-2222-222222222222",
		"userIdentity": map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(record), &members); err != nil {
		t.Fatalf("the record: %v", err)
	}
	maps.Copy(detail, members)
	text, err := json.Marshal(map[string]any{
		"version": "0", "id": "11111111-1111-1111-1111-111111111111", "detail-type": "AWS API Call via CloudTrail",
		"source": "aws.ec2", "account": account, "region": region, "time": at.UTC().Format(time.RFC3339), "resources": []string{},
		"detail": detail,
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "4.10"}, Event: e, Record: rec}
}
