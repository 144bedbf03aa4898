package ec2fix

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
)

// A GroupPolicy says what a rule of a security group must not open. It is data, and reads from
// JSON. The zero value is the default: no inbound rule may open one of [AdministrativePorts] to the
// Internet.
//
// A rule is judged by what it lets through and not by how it is written: one for ports 0 to 65535,
// or for all protocols, opens port 22 too.
type GroupPolicy struct {
	// Ports are those that are guarded; none means AdministrativePorts.
	Ports []PortRange `json:"ports,omitempty"`

	// Egress has outbound rules judged too, by the network that they lead to. By default they are
	// let be: the rule that lets everything out is the one that every new group has.
	Egress bool `json:"egress,omitempty"`

	// CIDRs are the networks that must not be let in; none means 0.0.0.0/0 and ::/0. A rule must
	// not open any part of them. Those two, however, stand for the Internet: they forbid a rule
	// that opens as much of it as an IPv4 network of 8 bits or an IPv6 network of 16 bits, whether
	// with one range, such as 0.0.0.0/1, with a prefix list, or together with other rules of the
	// group. Private and reserved addresses do not count.
	CIDRs []netip.Prefix `json:"cidrs,omitempty"`

	// AllowCIDRs are networks that may be let in, with all that lies within them.
	AllowCIDRs []netip.Prefix `json:"allowCidrs,omitempty"`

	// AllowPrefixLists are the ids of prefix lists that may be let in, whatever they hold. The
	// entries of others are read, and judged as ranges.
	AllowPrefixLists []string `json:"allowPrefixLists,omitempty"`

	// AllowGroups, unless nil, are the ids of the only security groups that may be let in. Nil
	// allows every one.
	AllowGroups []string `json:"allowGroups,omitzero"`

	// ExemptGroups are the ids of security groups whose rules are not judged, such as that of a
	// bastion.
	ExemptGroups []string `json:"exemptGroups,omitempty"`
}

// A PortRange is a run of ports of a protocol, both ends included.
type PortRange struct {
	// Protocol is "tcp", "udp", "icmp", "icmpv6", or the number of one; empty means tcp and udp. A
	// protocol that has no ports is guarded whole, whatever From and To.
	Protocol string `json:"protocol,omitempty"`
	From     int32  `json:"from"`
	To       int32  `json:"to"`
}

// AdministrativePorts returns the ports by which machines are administered: SSH (22), Telnet (23),
// the endpoint mapper of Windows (135), SMB (445), Docker's API (2375 and 2376), RDP (3389, of UDP
// too), VNC (5900) and WinRM (5985 and 5986). The CIS AWS Foundations Benchmark names 22 and 3389
// of them.
func AdministrativePorts() []PortRange {
	ports := []PortRange{{Protocol: "udp", From: 3389, To: 3389}}
	for _, p := range []int32{22, 23, 135, 445, 3389, 5900} {
		ports = append(ports, PortRange{Protocol: "tcp", From: p, To: p})
	}
	return append(ports,
		PortRange{Protocol: "tcp", From: 2375, To: 2376}, PortRange{Protocol: "tcp", From: 5985, To: 5986})
}

// Check returns an error for each mistake in p: port ranges that are empty, networks that are none,
// and ids that cannot be.
func (p *GroupPolicy) Check() error {
	var errs []error
	wrong := func(field string, i int, value any, why string) {
		text, _ := json.Marshal(value)
		errs = append(errs, fmt.Errorf("ec2fix: GroupPolicy.%s[%d]: %s %s", field, i, text, why))
	}
	for i, r := range p.Ports {
		if r.From < 0 || r.To > 65535 || r.From > r.To || !protocolSyntax.MatchString(normalProtocol(r.Protocol)) {
			wrong("Ports", i, r, "is not a range of ports of a protocol")
		}
	}
	for _, f := range []struct {
		name     string
		networks []netip.Prefix
	}{{"CIDRs", p.CIDRs}, {"AllowCIDRs", p.AllowCIDRs}} {
		for i, n := range f.networks {
			if !n.IsValid() || n.Addr().Is4In6() {
				wrong(f.name, i, n, "is not a network")
			}
		}
	}
	for _, f := range []struct {
		name, prefix string
		ids          []string
	}{
		{"AllowPrefixLists", "pl-", p.AllowPrefixLists},
		{"AllowGroups", "sg-", p.AllowGroups},
		{"ExemptGroups", "sg-", p.ExemptGroups},
	} {
		for i, id := range f.ids {
			if !isID(id, f.prefix) {
				wrong(f.name, i, id, `is not an id that begins with "`+f.prefix+`"`)
			}
		}
	}
	return errors.Join(errs...)
}

var protocolSyntax = regexp.MustCompile(`^(|-1|tcp|udp|icmp|icmpv6|[0-9]{1,3})$`)

// withDefaults returns a copy of p in which what is left empty is filled in.
func (p GroupPolicy) withDefaults() GroupPolicy {
	p.Ports, p.CIDRs = slices.Clone(p.Ports), slices.Clone(p.CIDRs)
	p.AllowCIDRs, p.AllowPrefixLists = slices.Clone(p.AllowCIDRs), slices.Clone(p.AllowPrefixLists)
	p.AllowGroups, p.ExemptGroups = slices.Clone(p.AllowGroups), slices.Clone(p.ExemptGroups)
	if len(p.Ports) == 0 {
		p.Ports = AdministrativePorts()
	}
	for i := range p.Ports {
		p.Ports[i].Protocol = normalProtocol(p.Ports[i].Protocol)
	}
	if len(p.CIDRs) == 0 {
		p.CIDRs = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	}
	return p
}

// judgedList returns the id of the prefix list whose entries must be known to judge o; empty if
// there is none.
func (p *GroupPolicy) judgedList(o opening) string {
	if o.PrefixList == "" || slices.Contains(p.AllowPrefixLists, o.PrefixList) || len(p.opened(o)) == 0 {
		return ""
	}
	return o.PrefixList
}

// opened returns the guarded ranges of which o opens a part; none if the policy does not judge its
// direction.
func (p *GroupPolicy) opened(o opening) []PortRange {
	if o.Egress && !p.Egress {
		return nil
	}
	var ranges []PortRange
	for _, r := range p.Ports {
		if r.openedBy(o) {
			ranges = append(ranges, r)
		}
	}
	return ranges
}

func (r PortRange) openedBy(o opening) bool {
	ports := o.Protocol == "tcp" || o.Protocol == "udp"
	switch {
	case o.Protocol == allProtocols:
		return true
	case r.Protocol == "" && !ports, r.Protocol != "" && r.Protocol != allProtocols && r.Protocol != o.Protocol:
		return false
	}
	return !ports || o.From == allPorts || o.From <= r.To && o.To >= r.From
}

// judge returns why p forbids a rule among the rules of its group; empty if it does not. Lists
// holds the entries of the prefix lists that judgedList told.
func (p *GroupPolicy) judge(o opening, group []groupRule, lists map[string][]netip.Prefix) string {
	ports := p.opened(o)
	if len(ports) == 0 {
		return ""
	}
	if o.Group != "" {
		if p.AllowGroups != nil && !slices.Contains(p.AllowGroups, o.Group) {
			return "not a group that may be let in"
		}
		return ""
	}
	networks := p.networks(o, lists)
	for _, forbidden := range p.CIDRs {
		if forbidden.Bits() > 0 {
			if slices.ContainsFunc(networks, forbidden.Overlaps) {
				return fmt.Sprintf("a part of %s", forbidden)
			}
			continue
		}
		ipv4 := forbidden.Addr().Is4()
		size, tooMuch := exposure(networks, ipv4)
		switch {
		case size >= tooMuch:
			return "the Internet, or too much of it"
		case size >= tooMuch/negligible && p.together(ports, o, group, lists, ipv4):
			return "with other rules of the group, too much of the Internet"
		}
	}
	return ""
}

// networks returns the networks that o opens and that are not allowed.
func (p *GroupPolicy) networks(o opening, lists map[string][]netip.Prefix) []netip.Prefix {
	networks := slices.Clone(lists[p.judgedList(o)])
	for _, cidr := range []string{o.IPv4, o.IPv6} {
		if n, err := netip.ParsePrefix(cidr); err == nil {
			networks = append(networks, n)
		}
	}
	return slices.DeleteFunc(networks, func(n netip.Prefix) bool {
		return slices.ContainsFunc(p.AllowCIDRs, func(a netip.Prefix) bool { return a.Overlaps(n) && a.Bits() <= n.Bits() })
	})
}

// together reports whether too much of the Internet is open to one of the port ranges through the
// rules of a group in the direction of o. Those that open too much of it alone do not count: what
// these open is no merit of o.
func (p *GroupPolicy) together(
	ports []PortRange, o opening, group []groupRule, lists map[string][]netip.Prefix, ipv4 bool,
) bool {
	for _, r := range ports {
		networks := p.networks(o, lists)
		for _, other := range group {
			if other.Egress != o.Egress || !r.openedBy(other.opening) {
				continue
			}
			more := p.networks(other.opening, lists)
			if size, tooMuch := exposure(more, ipv4); size < tooMuch {
				networks = append(networks, more...)
			}
		}
		if size, tooMuch := exposure(networks, ipv4); size >= tooMuch {
			return true
		}
	}
	return false
}
