package awstest

import (
	"cmp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/countertrail/countertrail/remediate/ec2fix"
)

var ec2Scenarios = []scenario{
	{
		service: "ec2", name: "SSH from everywhere, IPv4", reason: "the port is closed, and what else the group lets in stays",
		begin: func(t *testing.T, s *server) *incident {
			return openedGroup(t, s, types.IpPermission{
				IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22),
				IpRanges: []types.IpRange{{CidrIp: aws.String("0.0.0.0/0"), Description: aws.String("for a moment only")}},
			})
		},
	},
	{
		service: "ec2", name: "everything from everywhere, IPv6", reason: "the port is among all of them",
		begin: func(t *testing.T, s *server) *incident {
			return openedGroup(t, s, types.IpPermission{
				IpProtocol: aws.String("-1"), Ipv6Ranges: []types.Ipv6Range{{CidrIpv6: aws.String("::/0")}},
			})
		},
	},
	{
		service: "ec2", name: "a snapshot for everybody", reason: "it is taken back, and who else may use it still may",
		begin: sharedSnapshot,
	},
	{
		service: "ec2", name: "an image for everybody", reason: "it is taken back, and who else may use it still may",
		begin: sharedImage,
	},
	{
		service: "ec2", name: "a route to the Internet", reason: "the command to delete it is shown, and works",
		begin: createdRoute,
	},
	{
		service: "ec2", name: "a gateway to the Internet", reason: "the command to detach it is shown, and works",
		begin: attachedGateway,
	},
	{
		service: "ec2", name: "an entry of a network ACL", reason: "the command to delete it is shown, and works",
		begin: createdEntry,
	},
}

// An ec2World is EC2 as its owner, and as a remediator, call it.
type ec2World struct{ owner, fixer *ec2.Client }

func newEC2(t *testing.T, s *server) ec2World {
	return ec2World{ec2.NewFromConfig(s.config(home)), ec2.NewFromConfig(s.strange(t, home))}
}

func (w ec2World) vpc(t *testing.T) *string {
	t.Helper()
	return must(w.owner.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))(t).Vpc.VpcId
}

// openedGroup is a group with one harmless rule to which another is added.
func openedGroup(t *testing.T, s *server, bad types.IpPermission) *incident {
	var (
		ctx = t.Context()
		w   = newEC2(t, s)
		id  = must(w.owner.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
			GroupName: aws.String(unique("group")), Description: aws.String("a test"), VpcId: w.vpc(t),
		}))(t).GroupId
	)
	authorize := func(p types.IpPermission) *ec2.AuthorizeSecurityGroupIngressOutput {
		in := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: id, IpPermissions: []types.IpPermission{p}}
		return must(w.owner.AuthorizeSecurityGroupIngress(ctx, in))(t)
	}
	authorize(types.IpPermission{
		IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22),
		IpRanges: []types.IpRange{{CidrIp: aws.String("192.0.2.0/24"), Description: aws.String("office")}},
	})
	var added types.SecurityGroupRule
	return &incident{
		remediator: must(ec2fix.NewGroups(w.fixer, w.fixer, &ec2fix.GroupOptions{Restorer: w.fixer, Interval: interval}))(t),
		attack: func() call {
			added = authorize(bad).SecurityGroupRules[0]
			return call{
				service: "ec2", name: "AuthorizeSecurityGroupIngress",
				request:  object{"groupId": id, "ipPermissions": items()},
				response: object{"_return": true, "securityGroupRuleSet": items(ruleElement(added))},
			}
		},
		state: func() any {
			in := &ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{*id}}}}
			rules := must(w.owner.DescribeSecurityGroupRules(ctx, in))(t).SecurityGroupRules
			for i := range rules { // a rule that is restored is another one
				rules[i].SecurityGroupRuleId, rules[i].SecurityGroupRuleArn = nil, nil
			}
			return sorted(rules, func(r types.SecurityGroupRule) string { return aws.ToString(r.CidrIpv4) + aws.ToString(r.CidrIpv6) })
		},
		meddle: func() {
			rule := &types.SecurityGroupRuleRequest{
				IpProtocol: aws.String("tcp"), FromPort: aws.Int32(443), ToPort: aws.Int32(443),
				CidrIpv4: added.CidrIpv4, CidrIpv6: added.CidrIpv6, // what a rule lets in stays of one kind
			}
			must(w.owner.ModifySecurityGroupRules(ctx, &ec2.ModifySecurityGroupRulesInput{
				GroupId:            id,
				SecurityGroupRules: []types.SecurityGroupRuleUpdate{{SecurityGroupRuleId: added.SecurityGroupRuleId, SecurityGroupRule: rule}},
			}))(t)
		},
		steps:   []string{"ec2:RevokeSecurityGroupIngress"},
		reverts: true,
	}
}

// ruleElement returns a rule as CloudTrail records it.
func ruleElement(r types.SecurityGroupRule) object {
	element := object{
		"groupId": r.GroupId, "groupOwnerId": r.GroupOwnerId, "securityGroupRuleId": r.SecurityGroupRuleId, "isEgress": r.IsEgress,
		"ipProtocol": r.IpProtocol, "fromPort": -1, "toPort": -1,
	}
	if r.FromPort != nil {
		element["fromPort"], element["toPort"] = r.FromPort, r.ToPort
	}
	for name, value := range map[string]*string{"cidrIpv4": r.CidrIpv4, "cidrIpv6": r.CidrIpv6, "description": r.Description} {
		if value != nil {
			element[name] = value
		}
	}
	return element
}

func sharedSnapshot(t *testing.T, s *server) *incident {
	var (
		ctx    = t.Context()
		w      = newEC2(t, s)
		volume = must(w.owner.CreateVolume(ctx, &ec2.CreateVolumeInput{AvailabilityZone: aws.String(home + "a"), Size: aws.Int32(1)}))(t)
		id     = must(w.owner.CreateSnapshot(ctx, &ec2.CreateSnapshotInput{VolumeId: volume.VolumeId}))(t).SnapshotId
	)
	share := func(with types.CreateVolumePermission) {
		must(w.owner.ModifySnapshotAttribute(ctx, &ec2.ModifySnapshotAttributeInput{
			SnapshotId: id, Attribute: types.SnapshotAttributeNameCreateVolumePermission,
			CreateVolumePermission: &types.CreateVolumePermissionModifications{Add: []types.CreateVolumePermission{with}},
		}))(t)
	}
	share(types.CreateVolumePermission{UserId: aws.String(partner)})
	return &incident{
		remediator: must(ec2fix.NewSharing(w.fixer, w.fixer, &ec2fix.SharingOptions{Interval: interval}))(t),
		attack: func() call {
			share(types.CreateVolumePermission{Group: types.PermissionGroupAll})
			return call{
				service: "ec2", name: "ModifySnapshotAttribute",
				request: object{"snapshotId": id, "attributeType": "CREATE_VOLUME_PERMISSION",
					"createVolumePermission": object{"add": items(object{"group": "all"})}},
				response: object{"_return": true},
			}
		},
		state: func() any {
			permissions := must(w.owner.DescribeSnapshotAttribute(ctx, &ec2.DescribeSnapshotAttributeInput{
				SnapshotId: id, Attribute: types.SnapshotAttributeNameCreateVolumePermission,
			}))(t).CreateVolumePermissions
			return sorted(permissions, func(p types.CreateVolumePermission) string { return aws.ToString(p.UserId) })
		},
		steps:   []string{"ec2:ModifySnapshotAttribute"},
		reverts: true,
	}
}

// partner is another account.
const partner = "111122223333"

func sharedImage(t *testing.T, s *server) *incident {
	var (
		ctx = t.Context()
		w   = newEC2(t, s)
		id  = must(w.owner.RegisterImage(ctx, &ec2.RegisterImageInput{Name: aws.String(unique("image"))}))(t).ImageId
	)
	share := func(with types.LaunchPermission) {
		must(w.owner.ModifyImageAttribute(ctx, &ec2.ModifyImageAttributeInput{
			ImageId: id, Attribute: aws.String("launchPermission"),
			LaunchPermission: &types.LaunchPermissionModifications{Add: []types.LaunchPermission{with}},
		}))(t)
	}
	share(types.LaunchPermission{UserId: aws.String(partner)})
	return &incident{
		remediator: must(ec2fix.NewSharing(w.fixer, w.fixer, &ec2fix.SharingOptions{Interval: interval}))(t),
		attack: func() call {
			share(types.LaunchPermission{Group: types.PermissionGroupAll})
			return call{
				service: "ec2", name: "ModifyImageAttribute",
				request: object{"imageId": id, "attributeType": "launchPermission",
					"launchPermission": object{"add": items(object{"group": "all"})}},
				response: object{"_return": true},
			}
		},
		state: func() any {
			permissions := must(w.owner.DescribeImageAttribute(ctx, &ec2.DescribeImageAttributeInput{
				ImageId: id, Attribute: types.ImageAttributeNameLaunchPermission,
			}))(t).LaunchPermissions
			return sorted(permissions, func(p types.LaunchPermission) string { return aws.ToString(p.UserId) })
		},
		steps:   []string{"ec2:ModifyImageAttribute"},
		reverts: true,
	}
}

func createdRoute(t *testing.T, s *server) *incident {
	var (
		ctx     = t.Context()
		w       = newEC2(t, s)
		vpc     = w.vpc(t)
		table   = must(w.owner.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: vpc}))(t).RouteTable.RouteTableId
		gateway = must(w.owner.CreateInternetGateway(ctx, nil))(t).InternetGateway.InternetGatewayId
		all     = aws.String("0.0.0.0/0")
	)
	must(w.owner.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: vpc}))(t)
	return &incident{
		remediator: ec2fix.NewNetwork(w.fixer),
		attack: func() call {
			must(w.owner.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: all, GatewayId: gateway}))(t)
			return call{
				service: "ec2", name: "CreateRoute",
				request:  object{"routeTableId": table, "destinationCidrBlock": all, "gatewayId": gateway},
				response: object{"_return": true},
			}
		},
		state: func() any {
			tables := must(w.owner.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{*table}}))(t).RouteTables
			return tables[0].Routes
		},
		steps:     []string{"ec2:DeleteRoute"},
		suggested: true,
	}
}

func attachedGateway(t *testing.T, s *server) *incident {
	var (
		ctx     = t.Context()
		w       = newEC2(t, s)
		vpc     = w.vpc(t)
		gateway = must(w.owner.CreateInternetGateway(ctx, nil))(t).InternetGateway.InternetGatewayId
	)
	return &incident{
		remediator: ec2fix.NewNetwork(w.fixer),
		attack: func() call {
			must(w.owner.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: vpc}))(t)
			return call{
				service: "ec2", name: "AttachInternetGateway",
				request:  object{"internetGatewayId": gateway, "vpcId": vpc},
				response: object{"_return": true},
			}
		},
		state: func() any {
			in := &ec2.DescribeInternetGatewaysInput{InternetGatewayIds: []string{*gateway}}
			return must(w.owner.DescribeInternetGateways(ctx, in))(t).InternetGateways[0].Attachments
		},
		steps:     []string{"ec2:DetachInternetGateway"},
		suggested: true,
	}
}

func createdEntry(t *testing.T, s *server) *incident {
	var (
		ctx = t.Context()
		w   = newEC2(t, s)
		acl = must(w.owner.CreateNetworkAcl(ctx, &ec2.CreateNetworkAclInput{VpcId: w.vpc(t)}))(t).NetworkAcl.NetworkAclId
	)
	return &incident{
		remediator: ec2fix.NewNetwork(w.fixer),
		attack: func() call {
			must(w.owner.CreateNetworkAclEntry(ctx, &ec2.CreateNetworkAclEntryInput{
				NetworkAclId: acl, RuleNumber: aws.Int32(90), Egress: aws.Bool(false), RuleAction: types.RuleActionAllow,
				Protocol: aws.String("6"), PortRange: &types.PortRange{From: aws.Int32(22), To: aws.Int32(22)}, CidrBlock: aws.String("0.0.0.0/0"),
			}))(t)
			return call{
				service: "ec2", name: "CreateNetworkAclEntry",
				request: object{"networkAclId": acl, "ruleNumber": 90, "egress": false, "ruleAction": "allow", "aclProtocol": "6",
					"icmpTypeCode": object{}, "portRange": object{"from": 22, "to": 22}, "cidrBlock": "0.0.0.0/0"},
				response: object{"_return": true},
			}
		},
		state: func() any {
			acls := must(w.owner.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{NetworkAclIds: []string{*acl}}))(t).NetworkAcls
			return acls[0].Entries
		},
		steps:     []string{"ec2:DeleteNetworkAclEntry"},
		suggested: true,
	}
}

// sorted returns a list in the order of what key returns: servers have none.
func sorted[T any](list []T, key func(T) string) []T {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return list
}
