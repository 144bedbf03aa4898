package ec2fix

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/countertrail/countertrail/remediate"
)

// An aclEntry is an entry of a network ACL.
type aclEntry struct {
	Number   int32  `json:"ruleNumber"`
	Egress   bool   `json:"egress"`
	Action   string `json:"ruleAction"`
	Protocol string `json:"protocol"`
	IPv4     string `json:"cidrBlock,omitempty"`
	IPv6     string `json:"ipv6CidrBlock,omitempty"`
	From     *int32 `json:"from,omitempty"` // of the ports
	To       *int32 `json:"to,omitempty"`
	Type     *int32 `json:"icmpType,omitempty"`
	Code     *int32 `json:"icmpCode,omitempty"`
}

func liveEntry(e types.NetworkAclEntry) aclEntry {
	entry := aclEntry{
		Number: aws.ToInt32(e.RuleNumber), Egress: aws.ToBool(e.Egress),
		Action: string(e.RuleAction), Protocol: aws.ToString(e.Protocol),
		IPv4: aws.ToString(e.CidrBlock), IPv6: aws.ToString(e.Ipv6CidrBlock),
	}
	if p := e.PortRange; p != nil {
		entry.From, entry.To = p.From, p.To
	}
	if i := e.IcmpTypeCode; i != nil {
		entry.Type, entry.Code = i.Type, i.Code
	}
	return entry
}

// createdEntry suggests to delete an entry of a network ACL that is still as it was created.
func (n *Network) createdEntry(ctx context.Context, c change) (*remediate.Step, error) {
	t, err := c.resourceID("networkAclId", typeACL)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseInt(c.request.at("ruleNumber").text(), 10, 32)
	if err != nil || number < 1 {
		return nil, c.unknown("ruleNumber")
	}
	out, err := n.reader.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{NetworkAclIds: []string{t.id}}, in(t.region))
	if err != nil {
		return nil, callError(ctx, err, actionACLs, t.arn())
	}
	if out == nil || len(out.NetworkAcls) != 1 || aws.ToString(out.NetworkAcls[0].NetworkAclId) != t.id {
		return nil, fmt.Errorf("%s on %q tells of another network ACL, or of none", actionACLs, t.arn())
	}
	if err := owned(t, out.NetworkAcls[0].OwnerId); err != nil {
		return nil, err
	}
	for _, live := range out.NetworkAcls[0].Entries {
		e := liveEntry(live)
		if e.Number != int32(number) || e.Egress != c.request.at("egress").bool() {
			continue
		}
		if !c.created(e) {
			return nil, nil
		}
		return t.suggestion(deleteEntry(t, e), createEntry(t, e), e, nil), nil
	}
	return nil, nil
}

// created reports whether e is the entry that the request of c asked for.
func (c change) created(e aclEntry) bool {
	r := c.request
	return r.at("ruleAction").text() == e.Action &&
		normalProtocol(r.at("aclProtocol").text()) == normalProtocol(e.Protocol) &&
		normalCIDR(r.at("cidrBlock").text()) == e.IPv4 && normalCIDR(r.at("ipv6CidrBlock").text()) == e.IPv6 &&
		same(r.at("portRange", "from"), e.From) && same(r.at("portRange", "to"), e.To) &&
		same(r.at("icmpTypeCode", "type"), e.Type) && same(r.at("icmpTypeCode", "code"), e.Code)
}

// same reports whether a number of a request is the one that EC2 tells, or both are absent.
func same(n node, v *int32) bool {
	if v == nil {
		return n.text() == ""
	}
	return n.text() == strconv.Itoa(int(*v))
}

func direction(egress bool) string {
	if egress {
		return "--egress"
	}
	return "--ingress"
}

func deleteEntry(t target, e aclEntry) operation {
	number := strconv.Itoa(int(e.Number))
	return operation{
		action:  actionDeleteEntry,
		summary: fmt.Sprintf("delete the entry %s of the network ACL %q", number, t.id),
		args:    map[string]any{"NetworkAclId": t.id, "RuleNumber": e.Number, "Egress": e.Egress},
		words:   []string{"delete-network-acl-entry", "--network-acl-id", t.id, "--rule-number", number, direction(e.Egress)},
	}
}

func createEntry(t target, e aclEntry) operation {
	number := strconv.Itoa(int(e.Number))
	o := operation{
		action:  actionCreateEntry,
		summary: fmt.Sprintf("create the entry %s of the network ACL %q", number, t.id),
		args: map[string]any{
			"NetworkAclId": t.id, "RuleNumber": e.Number, "Egress": e.Egress, "RuleAction": e.Action, "Protocol": e.Protocol,
		},
		words: []string{
			"create-network-acl-entry", "--network-acl-id", t.id, "--rule-number", number, direction(e.Egress),
			"--rule-action", e.Action, "--protocol", e.Protocol,
		},
	}
	with := func(name, option string, value any, word string) {
		o.args[name] = value
		o.words = append(o.words, option, word)
	}
	if e.IPv4 != "" {
		with("CidrBlock", "--cidr-block", e.IPv4, e.IPv4)
	}
	if e.IPv6 != "" {
		with("Ipv6CidrBlock", "--ipv6-cidr-block", e.IPv6, e.IPv6)
	}
	if e.From != nil && e.To != nil {
		with("PortRange", "--port-range", map[string]int32{"From": *e.From, "To": *e.To},
			fmt.Sprintf("From=%d,To=%d", *e.From, *e.To))
	}
	if e.Type != nil && e.Code != nil {
		with("IcmpTypeCode", "--icmp-type-code", map[string]int32{"Type": *e.Type, "Code": *e.Code},
			fmt.Sprintf("Type=%d,Code=%d", *e.Type, *e.Code))
	}
	return o
}

// owned returns a refusal if a resource is not of the account of t.
func owned(t target, owner *string) error {
	if aws.ToString(owner) != t.account {
		return refuse("%q is of account %.20q, not of the event's", t.arn(), aws.ToString(owner))
	}
	return nil
}

// A parameter is a member of a request, by its names in records, in the API and in the AWS CLI.
type parameter struct{ record, api, cli string }

// The parameters of CreateRoute by which a route is told from others, and where it leads.
var (
	routeDestinations = []parameter{
		{"destinationCidrBlock", "DestinationCidrBlock", "--destination-cidr-block"},
		{"destinationIpv6CidrBlock", "DestinationIpv6CidrBlock", "--destination-ipv6-cidr-block"},
		{"destinationPrefixListId", "DestinationPrefixListId", "--destination-prefix-list-id"},
	}
	routeTargets = []parameter{
		{"gatewayId", "GatewayId", "--gateway-id"},
		{"natGatewayId", "NatGatewayId", "--nat-gateway-id"},
		{"networkInterfaceId", "NetworkInterfaceId", "--network-interface-id"},
		{"instanceId", "InstanceId", "--instance-id"},
		{"vpcPeeringConnectionId", "VpcPeeringConnectionId", "--vpc-peering-connection-id"},
		{"transitGatewayId", "TransitGatewayId", "--transit-gateway-id"},
		{"egressOnlyInternetGatewayId", "EgressOnlyInternetGatewayId", "--egress-only-internet-gateway-id"},
		{"localGatewayId", "LocalGatewayId", "--local-gateway-id"},
		{"carrierGatewayId", "CarrierGatewayId", "--carrier-gateway-id"},
		{"vpcEndpointId", "VpcEndpointId", "--vpc-endpoint-id"},
		{"coreNetworkArn", "CoreNetworkArn", "--core-network-arn"},
	}
)

// routeValue returns the member of a live route that a parameter of CreateRoute sets.
func routeValue(r types.Route, api string) string {
	return aws.ToString(map[string]*string{
		"DestinationCidrBlock": r.DestinationCidrBlock, "DestinationIpv6CidrBlock": r.DestinationIpv6CidrBlock,
		"DestinationPrefixListId": r.DestinationPrefixListId,
		"GatewayId":               r.GatewayId, "VpcEndpointId": r.GatewayId, // shown as a gateway
		"NatGatewayId": r.NatGatewayId, "NetworkInterfaceId": r.NetworkInterfaceId, "InstanceId": r.InstanceId,
		"VpcPeeringConnectionId": r.VpcPeeringConnectionId, "TransitGatewayId": r.TransitGatewayId,
		"EgressOnlyInternetGatewayId": r.EgressOnlyInternetGatewayId, "LocalGatewayId": r.LocalGatewayId,
		"CarrierGatewayId": r.CarrierGatewayId, "CoreNetworkArn": r.CoreNetworkArn,
	}[api])
}

// coreNetworkSyntax is that of the ARN of a core network, the only target that is not an id.
var coreNetworkSyntax = regexp.MustCompile(`^arn:aws[a-z-]*:networkmanager::[0-9]{12}:core-network/core-network-[0-9a-f]{8,32}$`)

// routeParameter returns the first of the parameters that the request sets, and its value, if that
// can be one.
func (c change) routeParameter(parameters []parameter) (parameter, string, error) {
	for _, p := range parameters {
		value := c.request.at(p.record).text()
		if value == "" {
			continue
		}
		_, err := netip.ParsePrefix(value)
		if err == nil || idSyntax.MatchString(value) || coreNetworkSyntax.MatchString(value) {
			return p, normalCIDR(value), nil
		}
		return parameter{}, "", fmt.Errorf("detail.requestParameters.%s: %.100q cannot be one", p.record, value)
	}
	return parameter{}, "", c.unknown("the route")
}

// createdRoute suggests to delete a route that still leads where it was created to lead.
func (n *Network) createdRoute(ctx context.Context, c change) (*remediate.Step, error) {
	t, err := c.resourceID("routeTableId", typeTable)
	if err != nil {
		return nil, err
	}
	to, destination, err := c.routeParameter(routeDestinations)
	if err != nil {
		return nil, err
	}
	via, hop, err := c.routeParameter(routeTargets)
	if err != nil {
		return nil, err
	}
	out, err := n.reader.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{t.id}}, in(t.region))
	if err != nil {
		return nil, callError(ctx, err, actionTables, t.arn())
	}
	if out == nil || len(out.RouteTables) != 1 || aws.ToString(out.RouteTables[0].RouteTableId) != t.id {
		return nil, fmt.Errorf("%s on %q tells of another route table, or of none", actionTables, t.arn())
	}
	if err := owned(t, out.RouteTables[0].OwnerId); err != nil {
		return nil, err
	}
	for _, r := range out.RouteTables[0].Routes {
		if routeValue(r, to.api) != destination || routeValue(r, via.api) != hop {
			continue
		}
		remove := operation{
			action:  actionDeleteRoute,
			summary: fmt.Sprintf("delete the route to %q through %q from the route table %q", destination, hop, t.id),
			args:    map[string]any{"RouteTableId": t.id, to.api: destination},
			words:   []string{"delete-route", "--route-table-id", t.id, to.cli, destination},
		}
		create := operation{
			action:  actionCreateRoute,
			summary: fmt.Sprintf("create the route to %q through %q in the route table %q", destination, hop, t.id),
			args:    map[string]any{"RouteTableId": t.id, to.api: destination, via.api: hop},
			words:   []string{"create-route", "--route-table-id", t.id, to.cli, destination, via.cli, hop},
		}
		return t.suggestion(remove, create, map[string]string{to.api: destination, via.api: hop}, nil), nil
	}
	return nil, nil
}

// movedGateway suggests to detach an internet gateway that is still attached, or to attach one that
// is still detached.
func (n *Network) movedGateway(ctx context.Context, c change) (*remediate.Step, error) {
	t, err := c.resourceID("internetGatewayId", typeGateway)
	if err != nil {
		return nil, err
	}
	vpc := c.request.at("vpcId").text()
	if !isID(vpc, "vpc-") {
		return nil, fmt.Errorf("detail.requestParameters.vpcId: %.100q is not the id of a VPC", vpc)
	}
	out, err := n.reader.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{
		InternetGatewayIds: []string{t.id},
	}, in(t.region))
	if err != nil {
		return nil, callError(ctx, err, actionGateways, t.arn())
	}
	if out == nil || len(out.InternetGateways) != 1 || aws.ToString(out.InternetGateways[0].InternetGatewayId) != t.id {
		return nil, fmt.Errorf("%s on %q tells of another internet gateway, or of none", actionGateways, t.arn())
	}
	gateway := out.InternetGateways[0]
	if err := owned(t, gateway.OwnerId); err != nil {
		return nil, err
	}
	var attached string // an internet gateway is attached to one VPC at most
	for _, a := range gateway.Attachments {
		attached = cmp.Or(attached, aws.ToString(a.VpcId))
	}
	move := func(verb, action string) operation {
		return operation{
			action:  action,
			summary: fmt.Sprintf("%s the internet gateway %q, VPC %q", verb, t.id, vpc),
			args:    map[string]any{"InternetGatewayId": t.id, "VpcId": vpc},
			words:   []string{verb + "-internet-gateway", "--internet-gateway-id", t.id, "--vpc-id", vpc},
		}
	}
	attach, detach := move("attach", actionAttach), move("detach", actionDetach)
	there := map[string]string{"VpcId": vpc}
	switch {
	case c.name == "AttachInternetGateway" && attached == vpc:
		return t.suggestion(detach, attach, there, nil), nil
	case c.name == "DetachInternetGateway" && attached == "":
		return t.suggestion(attach, detach, nil, there), nil
	}
	return nil, nil
}
