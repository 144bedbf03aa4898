package ec2fix

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
)

// A span is a run of addresses, both ends included: IPv4 addresses, or IPv6 networks of 64 bits, of
// which nobody counts the single addresses.
type span struct{ first, last uint64 }

// spanOf returns the span of a network.
func spanOf(p netip.Prefix) span {
	var first uint64
	bits := 32
	if p.Addr().Is4() {
		a := p.Masked().Addr().As4()
		first = uint64(binary.BigEndian.Uint32(a[:]))
	} else {
		a := p.Masked().Addr().As16()
		first, bits = binary.BigEndian.Uint64(a[:8]), 64
	}
	host := max(bits-p.Bits(), 0)
	return span{first, first + (1<<host - 1)} // a shift by 64 gives 0, and so the last of all
}

// The Internet: what can be routed to everybody. The IPv4 networks between are those of the IANA
// special-purpose registry that are private, shared, local or reserved; of IPv6 only 2000::/3 is
// allocated.
var (
	internet4 = spansBetween(
		"1.0.0.0", "9.255.255.255",
		"11.0.0.0", "100.63.255.255",
		"100.128.0.0", "126.255.255.255",
		"128.0.0.0", "169.253.255.255",
		"169.255.0.0", "172.15.255.255",
		"172.32.0.0", "192.167.255.255",
		"192.169.0.0", "223.255.255.255",
	)
	internet6 = []span{spanOf(netip.MustParsePrefix("2000::/3"))}
)

// spansBetween returns the spans from the first, third, … of the IPv4 addresses to the one behind
// it.
func spansBetween(addrs ...string) []span {
	at := func(i int) uint64 { return spanOf(netip.PrefixFrom(netip.MustParseAddr(addrs[i]), 32)).first }
	var spans []span
	for i := 0; i < len(addrs); i += 2 {
		spans = append(spans, span{at(i), at(i + 1)})
	}
	return spans
}

// The parts of the Internet that count as too much of it: as many addresses as a /8 of IPv4 has, or
// a /16 of IPv6. They are small enough that leaving out a piece of the Internet, or opening it bit
// by bit, is of no use, and larger than what any one company has.
const (
	tooMuch4 = 1 << (32 - 8)
	tooMuch6 = 1 << (64 - 16)

	// A rule that opens less than this part of too much is not held to add to what others open.
	negligible = 256
)

// exposure returns how much of the Internet the networks of one family open together, in parts of
// which tooMuch is one too many. Networks of the other family are left out.
func exposure(networks []netip.Prefix, ipv4 bool) (size, tooMuch uint64) {
	internet := internet6
	tooMuch = tooMuch6
	if ipv4 {
		internet, tooMuch = internet4, tooMuch4
	}
	var spans []span
	for _, p := range networks {
		if p.Addr().Is4() == ipv4 {
			spans = append(spans, spanOf(p))
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	for _, in := range internet {
		next := in.first // the first address of in that is not counted yet
		for _, s := range spans {
			first, last := max(s.first, next), min(s.last, in.last)
			if first > last {
				continue
			}
			size += last - first + 1
			if last == in.last {
				break
			}
			next = last + 1
		}
	}
	return size, tooMuch
}
