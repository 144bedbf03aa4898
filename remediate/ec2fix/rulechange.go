package ec2fix

import (
	"fmt"
	"slices"
	"strings"
)

// A ruleChange is a rule as a record says that a call added or changed it.
type ruleChange struct {
	id string // empty in records from before 2021
	opening
	anySide bool // whether the rule is outbound is unknown
}

// ruleChanges returns the security group of a change and its rules.
func (c change) ruleChanges() (target, []ruleChange, error) {
	if c.name == "ModifySecurityGroupRules" {
		return c.modifiedRules()
	}
	egress := c.name == "AuthorizeSecurityGroupEgress"
	changes, group, err := c.addedRules(egress)
	if err != nil {
		return target{}, nil, err
	}
	if len(changes) == 0 {
		changes = c.requestedRules(egress)
	}
	if asked := c.request.at("groupId").text(); group == "" {
		group = asked
	} else if asked != "" && asked != group {
		return target{}, nil, fmt.Errorf("the request is about the group %.100q and the response about %.100q", asked, group)
	}
	return c.groupWith(group, changes)
}

// groupWith returns the target of a group and the changes, each of which must be known.
func (c change) groupWith(group string, changes []ruleChange) (target, []ruleChange, error) {
	if group == "" || len(changes) == 0 {
		return target{}, nil, c.unknown("the group and its rules")
	}
	t := target{place: c.place, resourceType: typeGroup, id: group}
	if err := t.check(); err != nil {
		return target{}, nil, err
	}
	for i, r := range changes {
		if r.id != "" && !isID(r.id, "sgr-") {
			return target{}, nil, fmt.Errorf("%.100q is not the id of a rule", r.id)
		}
		changes[i].opening = r.opening.normal()
	}
	return t, changes, nil
}

// addedRules returns the rules that the response of an authorization lists, and their group.
func (c change) addedRules(egress bool) (changes []ruleChange, group string, err error) {
	for _, item := range c.response.at("securityGroupRuleSet").list() {
		if owner := item.at("groupOwnerId").text(); owner != "" && owner != c.place.account {
			return nil, "", refuse("the group is of account %.20q and the event of %q", owner, c.place.account)
		}
		id := item.at("securityGroupRuleId").text()
		switch of := item.at("groupId").text(); {
		case id == "":
			return nil, "", fmt.Errorf("detail.responseElements.securityGroupRuleSet: a rule without an id")
		case of == "" || group != "" && of != group:
			return nil, "", fmt.Errorf(
				"detail.responseElements.securityGroupRuleSet: the rules are not of one group: %.100q", of)
		default:
			group = of
		}
		changes = append(changes, ruleChange{id: id, opening: opening{
			Egress:     egress,
			Protocol:   item.at("ipProtocol").text(),
			From:       item.at("fromPort").port(),
			To:         item.at("toPort").port(),
			IPv4:       item.at("cidrIpv4").text(),
			IPv6:       item.at("cidrIpv6").text(),
			PrefixList: item.at("prefixListId").text(),
			Group:      item.at("referencedGroupInfo", "groupId").text(),
		}})
	}
	return changes, group, nil
}

// requestedRules returns the rules that the request of an authorization asks for. They have no ids,
// but no two rules of a group open the same, and a call that asks for one which is there fails.
func (c change) requestedRules(egress bool) []ruleChange {
	var changes []ruleChange
	permissions := append(c.request.at("ipPermissions").list(), c.request) // the flat form has no list
	for _, p := range permissions {
		with := func(source func(*opening)) {
			o := opening{
				Egress: egress, Protocol: p.at("ipProtocol").text(), From: p.at("fromPort").port(), To: p.at("toPort").port(),
			}
			source(&o)
			changes = append(changes, ruleChange{opening: o})
		}
		if cidr := p.at("cidrIp").text(); cidr != "" {
			with(func(o *opening) { o.IPv4 = cidr })
		}
		for _, s := range p.at("ipRanges").list() {
			with(func(o *opening) { o.IPv4 = s.at("cidrIp").text() })
		}
		for _, s := range p.at("ipv6Ranges").list() {
			with(func(o *opening) { o.IPv6 = s.at("cidrIpv6").text() })
		}
		for _, s := range p.at("prefixListIds").list() {
			with(func(o *opening) { o.PrefixList = s.at("prefixListId").text() })
		}
		for _, s := range p.at("groups").list() {
			with(func(o *opening) { o.Group = s.at("groupId").text() })
		}
	}
	return changes
}

// modifiedRules returns the group and the rules of a ModifySecurityGroupRules. Whether they are
// outbound it does not tell.
func (c change) modifiedRules() (target, []ruleChange, error) {
	request := c.request.at("ModifySecurityGroupRulesRequest")
	if request.v == nil {
		return target{}, nil, c.unknown("the rules")
	}
	var changes []ruleChange
	for _, item := range request.at("SecurityGroupRule").list() {
		r := item.at("SecurityGroupRule")
		id := item.at("SecurityGroupRuleId").text()
		if id == "" {
			return target{}, nil, fmt.Errorf("detail.requestParameters: a rule without an id")
		}
		changes = append(changes, ruleChange{id: id, anySide: true, opening: opening{
			Protocol:   r.at("IpProtocol").text(),
			From:       r.at("FromPort").port(),
			To:         r.at("ToPort").port(),
			IPv4:       r.at("CidrIpv4").text(),
			IPv6:       r.at("CidrIpv6").text(),
			PrefixList: r.at("PrefixListId").text(),
			Group:      r.at("ReferencedGroupId").text(),
		}})
	}
	return c.groupWith(request.at("GroupId").text(), changes)
}

// matches reports whether r is what the change left.
func (c ruleChange) matches(r groupRule) bool {
	o := r.opening
	if c.anySide {
		o.Egress = c.Egress
	}
	return o == c.opening && (c.id == "" || c.id == r.ID)
}

// A match says what became of the rules of an event.
type match struct {
	rules   []groupRule // as the event left them
	missing int         // that are not there
	edited  int         // that are no longer what the event made of them
}

// matchChanges looks for changes among the rules of a group, in the order of the changes.
func matchChanges(rules []groupRule, changes []ruleChange) match {
	var m match
	for _, c := range changes {
		byID := func(r groupRule) bool { return c.id == r.ID }
		i := slices.IndexFunc(rules, c.matches)
		switch {
		case i >= 0 && !slices.ContainsFunc(m.rules, func(r groupRule) bool { return r.ID == rules[i].ID }):
			m.rules = append(m.rules, rules[i])
		case i >= 0: // named twice
		case slices.ContainsFunc(rules, byID):
			m.edited++
		default:
			m.missing++
		}
	}
	return m
}

// summary says what the plan for t does, given why the policy forbids each rule that it does.
func (m match) summary(t target, modified bool, reasons []string) string {
	var b strings.Builder
	switch n := len(reasons); {
	case n > 0:
		fmt.Fprintf(&b, "The group %q was opened: revoke %s.", t.id, firstOf(reasons, "; "))
		if modified {
			b.WriteString(" What it was before it was modified, the event does not tell, and will be closed too.")
		}
	case len(m.rules) > 0:
		fmt.Fprintf(&b, "The policy allows what was opened in the group %q, so there is nothing to do.", t.id)
	default:
		fmt.Fprintf(&b, "None of what was opened in the group %q is there any more, so there is nothing to do.", t.id)
	}
	if m.edited > 0 {
		fmt.Fprintf(&b, " Changed since, and left as it is: %d of its rules.", m.edited)
	}
	return b.String()
}

// maxListed is how much of a list a summary tells. The steps tell all.
const maxListed = 5

// firstOf joins the first of some texts, and says how many more there are.
func firstOf(texts []string, separator string) string {
	if more := len(texts) - maxListed; more > 0 {
		return strings.Join(texts[:maxListed], separator) + fmt.Sprintf("%sand %d more", separator, more)
	}
	return strings.Join(texts, separator)
}
