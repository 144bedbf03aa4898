package synth

import (
	"fmt"
	"time"
)

// newNetwork: the pipeline builds a network in a new Region, and opens it to the office.
func newNetwork(d *day) {
	t := d.clock(10, 0, 4*time.Second)
	c := d.pipeline(production, t.now())
	name := fmt.Sprint("expansion-", d.number)
	vpc, gateway, table, group := d.ec2ID("vpc", name), d.ec2ID("igw", name), d.ec2ID("rtb", name), d.ec2ID("sg", name)
	// Tags are a bare list in requests, and not in responses.
	tags := list{obj("key", "Name", "value", name), obj("key", "managed-by", "value", "terraform")}
	tag := func(kind string) object { return items(obj("resourceType", kind, "tags", tags)) }
	tagSet := items(tags...)

	d.ec2(t.next(), c, frankfurt, "CreateVpc",
		obj("cidrBlock", "10.99.0.0/16", "instanceTenancy", "default", "amazonProvidedIpv6CidrBlock", false, "tagSpecificationSet", tag("vpc")),
		"vpc", obj(
			"vpcId", vpc,
			"state", "pending",
			"ownerId", production,
			"cidrBlock", "10.99.0.0/16",
			"cidrBlockAssociationSet", items(obj("cidrBlock", "10.99.0.0/16", "associationId", d.ec2ID("vpc-cidr-assoc", name),
				"cidrBlockState", obj("state", "associated"))),
			"ipv6CidrBlockAssociationSet", object{},
			"dhcpOptionsId", d.ec2ID("dopt", "default"),
			"instanceTenancy", "default",
			"isDefault", false,
			"tagSet", tagSet,
		))
	d.ec2(t.next(), c, frankfurt, "ModifyVpcAttribute", obj("vpcId", vpc, "enableDnsHostnames", obj("value", true)))
	d.ec2(t.next(), c, frankfurt, "CreateInternetGateway", obj("tagSpecificationSet", tag("internet-gateway")),
		"internetGateway", obj("internetGatewayId", gateway, "ownerId", production, "attachmentSet", object{}, "tagSet", tagSet))
	d.ec2(t.next(), c, frankfurt, "AttachInternetGateway", obj("internetGatewayId", gateway, "vpcId", vpc))
	d.ec2(t.next(), c, frankfurt, "CreateRouteTable",
		obj("vpcId", vpc, "tagSpecificationSet", tag("route-table"), "clientToken", "terraform-"+d.fresh(26, hexDigits)),
		"routeTable", obj(
			"routeTableId", table,
			"vpcId", vpc,
			"ownerId", production,
			"routeSet", items(obj("destinationCidrBlock", "10.99.0.0/16", "gatewayId", "local", "state", "active", "origin", "CreateRouteTable")),
			"associationSet", object{},
			"propagatingVgwSet", object{},
			"tagSet", tagSet,
		))
	d.ec2(t.next(), c, frankfurt, "CreateRoute", obj("routeTableId", table, "destinationCidrBlock", "0.0.0.0/0", "gatewayId", gateway))
	d.ec2(t.next(), c, frankfurt, "CreateSecurityGroup",
		obj("groupName", name, "groupDescription", "web tier", "vpcId", vpc, "tagSpecificationSet", tag("security-group")),
		"_return", true,
		"groupId", group,
		"tagSet", tagSet,
		"securityGroupArn", arn("ec2", frankfurt, production, "security-group/"+group))
	// Terraform takes away the rule that every new group has, and does not mind if it is gone.
	d.ec2(t.next(), c, frankfurt, "RevokeSecurityGroupEgress",
		obj("groupId", group, "ipPermissions", items(permission("-1", 0, 0, "0.0.0.0/0"))))
	d.emit(t.next(), c, call{name: "ec2:RevokeSecurityGroupEgress", region: frankfurt,
		params:       obj("groupId", group, "ipPermissions", items(permission("-1", 0, 0, "::/0"))),
		errorCode:    "Client.InvalidPermission.NotFound",
		errorMessage: "The specified rule does not exist in this security group."})
	d.authorize(t.next(), c, frankfurt, group, 443, "203.0.113.0/24")
	d.ec2(t.next(), c, frankfurt, "CreateNetworkAclEntry", obj(
		"networkAclId", d.ec2ID("acl", name),
		"ruleNumber", 90,
		"egress", false,
		"ruleAction", "allow",
		"icmpTypeCode", object{},
		"portRange", obj("from", 443, "to", 443),
		"aclProtocol", "6",
		"cidrBlock", "203.0.113.0/24",
	))
}

// permission returns a rule of a security group as requests hold it. Its lists are there even if
// they are empty.
func permission(protocol string, from, to int, cidr string) object {
	v4, v6 := items(obj("cidrIp", cidr)), object{}
	if isIPv6(cidr) {
		v4, v6 = object{}, items(obj("cidrIpv6", cidr))
	}
	return obj("ipProtocol", protocol, "fromPort", from, "toPort", to,
		"groups", object{}, "ipRanges", v4, "ipv6Ranges", v6, "prefixListIds", object{})
}

// authorize emits the opening of a TCP port to the ranges. The response holds the rules that it
// made.
func (d *day) authorize(at time.Time, c caller, region, group string, port int, cidrs ...string) {
	var asked, made []any
	for _, cidr := range cidrs {
		asked = append(asked, permission("tcp", port, port, cidr))
		rule, key := "sgr-0"+d.fresh(16, hexDigits), "cidrIpv4"
		if isIPv6(cidr) {
			key = "cidrIpv6"
		}
		made = append(made, obj(
			"groupOwnerId", c.account,
			"groupId", group,
			"securityGroupRuleId", rule,
			"isEgress", false,
			"ipProtocol", "tcp",
			"fromPort", port,
			"toPort", port,
			key, cidr,
			"securityGroupRuleArn", arn("ec2", region, c.account, "security-group-rule/"+rule),
		))
	}
	d.ec2(at, c, region, "AuthorizeSecurityGroupIngress", obj("groupId", group, "ipPermissions", items(asked...)),
		"_return", true, "securityGroupRuleSet", items(made...))
}

// openedPort: a developer opens ports to the world in the sandbox, in three ways, and may not in
// production.
func openedPort(d *day) {
	t := d.clock(14, 20, 2*time.Minute)
	c := d.person("bruno", sandbox, "Developer", t.now())
	c.console, c.agent = true, chrome
	group := d.ec2ID("sg", "bastion")
	d.authorize(t.next(), c, ireland, group, 22, "0.0.0.0/0", "::/0")
	// An old script gives the rule flat, and gets no rule ids back.
	script := c
	script.console, script.agent = false, awsCLI
	d.ec2(t.next(), script, ireland, "AuthorizeSecurityGroupIngress", obj("groupId", group, "ipPermissions", object{},
		"ipProtocol", "tcp", "fromPort", 3389, "toPort", 3389, "cidrIp", "0.0.0.0/0"))
	// Editing a rule in the console is a call of the newer form. In it a list of one is no list,
	// and a description that reads "true" is a boolean.
	edited := obj("IpProtocol", "tcp", "FromPort", 5432, "ToPort", 5432, "CidrIpv4", "0.0.0.0/0", "Description", true)
	rule := obj("tag", 1, "SecurityGroupRuleId", "sgr-0"+d.fresh(16, hexDigits), "SecurityGroupRule", edited)
	requestID := d.uuid()
	d.emit(t.next(), c, call{name: "ec2:ModifySecurityGroupRules", region: ireland, requestID: requestID,
		params: obj("ModifySecurityGroupRulesRequest", obj("GroupId", group, "SecurityGroupRule", rule)),
		response: obj("ModifySecurityGroupRulesResponse", obj(
			"xmlns", "http://ec2.amazonaws.com/doc/2016-11-15/", "requestId", requestID, "return", true))})

	c = d.person("bruno", production, "ReadOnly", t.now())
	d.emit(t.next(), c, call{name: "ec2:AuthorizeSecurityGroupIngress", region: ireland,
		params:    obj("groupId", d.ec2ID("sg", "web"), "ipPermissions", items(permission("tcp", 22, 22, workplaces["bruno"]+"/32"))),
		errorCode: "Client.UnauthorizedOperation",
		errorMessage: unauthorizedOperation(c, "ec2:AuthorizeSecurityGroupIngress") +
			". Encoded authorization failure message: EXAMPLE" + d.fresh(600, base62)})
}

// peering: the sandbox asks for a way into production and gets it, with a route, and with a deny
// entry gone from the network ACL.
func peering(d *day) {
	t := d.clock(11, 40, 4*time.Minute)
	pcx, lab, main := "pcx-0"+d.fresh(16, hexDigits), d.ec2ID("vpc", "lab"), d.ec2ID("vpc", "main")
	connection := func(code, message string) object {
		return obj(
			"vpcPeeringConnectionId", pcx,
			"requesterVpcInfo", obj("ownerId", sandbox, "vpcId", lab, "cidrBlock", "10.50.0.0/16", "region", ireland),
			"accepterVpcInfo", obj("ownerId", production, "vpcId", main, "region", ireland),
			"status", obj("code", code, "message", message),
			"expirationTime", t.now().AddDate(0, 0, 7).UnixMilli(),
			"tagSet", object{},
		)
	}
	d.ec2(t.next(), d.person("dana", sandbox, "Developer", t.now()), ireland, "CreateVpcPeeringConnection",
		obj("vpcId", lab, "peerVpcId", main, "peerOwnerId", production),
		"vpcPeeringConnection", connection("initiating-request", "Initiating Request to "+production))
	c := d.person("alice", production, "Operator", t.now())
	d.ec2(t.next(), c, ireland, "AcceptVpcPeeringConnection", obj("vpcPeeringConnectionId", pcx),
		"vpcPeeringConnection", connection("provisioning", "Provisioning"))
	d.ec2(t.next(), c, ireland, "ReplaceRoute",
		obj("routeTableId", d.ec2ID("rtb", "main"), "destinationCidrBlock", "10.50.0.0/16", "vpcPeeringConnectionId", pcx))
	d.ec2(t.next(), c, ireland, "DeleteNetworkAclEntry", obj("egress", false, "networkAclId", d.ec2ID("acl", "main"), "ruleNumber", 100))
}
