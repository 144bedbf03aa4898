package ec2fix

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	allProtocols = "-1" // as EC2 writes it
	allPorts     = -1   // all ports, or all ICMP types or codes
)

// An opening is what a rule of a security group opens. No two rules of a group have the same one.
type opening struct {
	Egress     bool   `json:"isEgress"`
	Protocol   string `json:"ipProtocol"`
	From       int32  `json:"fromPort"`
	To         int32  `json:"toPort"`
	IPv4       string `json:"cidrIpv4,omitempty"`
	IPv6       string `json:"cidrIpv6,omitempty"`
	PrefixList string `json:"prefixListId,omitempty"`
	Group      string `json:"referencedGroupId,omitempty"`
}

// A tag is a tag of a rule.
type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// A groupRule is a rule of a security group, with all that it takes to make it again.
type groupRule struct {
	ID string `json:"securityGroupRuleId,omitempty"`
	opening
	GroupUser   string `json:"referencedUserId,omitempty"` // the account of Group
	Peering     string `json:"vpcPeeringConnectionId,omitempty"`
	Description string `json:"description,omitempty"`
	Tags        []tag  `json:"tags,omitempty"` // by key
}

func (r groupRule) key() string { return r.ID }

// content returns all of r but its id, which is never given twice.
func (r groupRule) content() string {
	r.ID = ""
	return string(encode(r))
}

// normal returns o in the spelling of which EC2 has several: records and callers may write numbers
// for protocols, addresses with bits behind the mask, and ports where there are none.
func (o opening) normal() opening {
	o.Protocol = normalProtocol(o.Protocol)
	if !hasPorts(o.Protocol) {
		o.From, o.To = allPorts, allPorts
	}
	o.IPv4, o.IPv6 = normalCIDR(o.IPv4), normalCIDR(o.IPv6)
	return o
}

// hasPorts reports whether a rule for the protocol has ports, or types and codes. Of other
// protocols EC2 lets all through, whatever ports are given.
func hasPorts(protocol string) bool {
	switch protocol {
	case "tcp", "udp", "icmp", "icmpv6":
		return true
	}
	return false
}

func normalProtocol(s string) string {
	s = strings.ToLower(s)
	if name, ok := map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": allProtocols}[s]; ok {
		return name
	}
	return s
}

func normalCIDR(s string) string {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked().String()
	}
	return s
}

// liveRule returns a rule as DescribeSecurityGroupRules tells it.
func liveRule(r types.SecurityGroupRule) groupRule {
	port := func(p *int32) int32 {
		if p == nil {
			return allPorts
		}
		return *p
	}
	rule := groupRule{
		ID: aws.ToString(r.SecurityGroupRuleId),
		opening: opening{
			Egress:     aws.ToBool(r.IsEgress),
			Protocol:   aws.ToString(r.IpProtocol),
			From:       port(r.FromPort),
			To:         port(r.ToPort),
			IPv4:       aws.ToString(r.CidrIpv4),
			IPv6:       aws.ToString(r.CidrIpv6),
			PrefixList: aws.ToString(r.PrefixListId),
		}.normal(),
		Description: aws.ToString(r.Description),
	}
	if g := r.ReferencedGroupInfo; g != nil {
		rule.Group, rule.GroupUser = aws.ToString(g.GroupId), aws.ToString(g.UserId)
		rule.Peering = aws.ToString(g.VpcPeeringConnectionId)
	}
	for _, t := range r.Tags {
		if key := aws.ToString(t.Key); !strings.HasPrefix(key, "aws:") { // those are AWS's to set
			rule.Tags = append(rule.Tags, tag{key, aws.ToString(t.Value)})
		}
	}
	slices.SortFunc(rule.Tags, func(a, b tag) int { return cmp.Compare(a.Key, b.Key) })
	return rule
}

// permission returns r as the argument of the calls that authorize rules.
func (r groupRule) permission() types.IpPermission {
	p := types.IpPermission{IpProtocol: aws.String(r.Protocol)}
	if hasPorts(r.Protocol) {
		p.FromPort, p.ToPort = aws.Int32(r.From), aws.Int32(r.To)
	}
	description := optional(r.Description)
	switch {
	case r.IPv4 != "":
		p.IpRanges = []types.IpRange{{CidrIp: aws.String(r.IPv4), Description: description}}
	case r.IPv6 != "":
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String(r.IPv6), Description: description}}
	case r.PrefixList != "":
		p.PrefixListIds = []types.PrefixListId{{PrefixListId: aws.String(r.PrefixList), Description: description}}
	default:
		p.UserIdGroupPairs = []types.UserIdGroupPair{{
			GroupId: optional(r.Group), UserId: optional(r.GroupUser),
			VpcPeeringConnectionId: optional(r.Peering), Description: description,
		}}
	}
	return p
}

// tagSpecifications returns the tags of r as the argument of the calls that authorize rules; nil if
// it has none.
func (r groupRule) tagSpecifications() []types.TagSpecification {
	if len(r.Tags) == 0 {
		return nil
	}
	spec := types.TagSpecification{ResourceType: types.ResourceTypeSecurityGroupRule}
	for _, t := range r.Tags {
		spec.Tags = append(spec.Tags, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	return []types.TagSpecification{spec}
}

// optional returns a pointer to s, nil if s is empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// String says what o opens, such as "tcp 22 from 0.0.0.0/0".
func (o opening) String() string {
	what := o.Protocol
	switch {
	case o.Protocol == allProtocols:
		what = "all traffic"
	case !hasPorts(o.Protocol):
		what = "protocol " + what
	case o.From == allPorts:
		what = "all " + what
	case o.From == o.To || o.Protocol != "tcp" && o.Protocol != "udp": // a type of ICMP has no range
		what += fmt.Sprintf(" %d", o.From)
	default:
		what += fmt.Sprintf(" %d-%d", o.From, o.To)
	}
	direction := "from"
	if o.Egress {
		direction = "to"
	}
	return fmt.Sprintf("%s %s %s", what, direction, cmp.Or(o.IPv4, o.IPv6, o.PrefixList, o.Group, "an unknown source"))
}
