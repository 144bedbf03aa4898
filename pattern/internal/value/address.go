package value

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode"
)

const (
	hexDigits  = "0123456789ABCDEF" // in ascending order, as text too
	ipv4Digits = 8
)

// AppendAddress appends the digits of the IP address that text is, or nothing if it is none. The digits are as the engine compares
// them: the bytes of the address as upper-case hexadecimal text, 8 digits for IPv4 and 32 for IPv6.
//
// It reads an address as the engine does, through Java's InetAddress: IPv4 in exactly four decimal groups that may have leading
// zeros, or IPv6 in groups of hexadecimal digits with at most one "::". An IPv4-mapped IPv6 address is the IPv4 address. Zones,
// brackets and dotted quads inside IPv6 are not read.
func AppendAddress[T string | []byte](digits []byte, text T) []byte {
	if v4, ok := parseIPv4(text); ok {
		return appendIPv4(digits, v4)
	}
	a, ok := parseIPv6(text)
	if !ok {
		return digits
	}
	return a.appendDigits(digits)
}

func appendIPv4(digits []byte, a uint32) []byte {
	const d = hexDigits
	return append(digits, d[a>>28], d[a>>24&15], d[a>>20&15], d[a>>16&15], d[a>>12&15], d[a>>8&15], d[a>>4&15], d[a&15])
}

// ip holds the 4 or 16 bytes of an address.
type ip struct {
	b  [16]byte
	v4 bool
}

func (a *ip) bytes() []byte {
	if a.v4 {
		return a.b[:4]
	}
	return a.b[:]
}

func (a *ip) appendDigits(digits []byte) []byte {
	for _, c := range a.bytes() {
		digits = append(digits, hexDigits[c>>4], hexDigits[c&15])
	}
	return digits
}

func parseIP(text string) (ip, bool) {
	if v4, ok := parseIPv4(text); ok {
		a := ip{v4: true}
		binary.BigEndian.PutUint32(a.b[:], v4)
		return a, true
	}
	return parseIPv6(text)
}

type form uint8

const (
	formOther form = iota
	formIPv4       // four groups of decimal digits
	formIPv6       // hexadecimal digits and colons only, at least one colon
)

// addressForm is the engine's guard: only text of one of these forms is handed to InetAddress, which would otherwise ask
// the DNS.
func addressForm[T string | []byte](text T) form {
	dots, colons, hex, group := 0, 0, false, 0
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			group++
		case 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F':
			hex = true
		case c == ':':
			colons++
		case c == '.' && group > 0:
			dots++
			group = 0
		default:
			return formOther
		}
	}
	switch {
	case dots == 3 && group > 0 && colons == 0 && !hex:
		return formIPv4
	case dots == 0 && colons > 0:
		return formIPv6
	}
	return formOther
}

func parseIPv4[T string | []byte](text T) (a uint32, ok bool) {
	if len(text) > len("255.255.255.255") {
		return 0, false
	}
	groups, digits, n := 1, 0, uint32(0)
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9':
			digits++
			if n = 10*n + uint32(c-'0'); n > 255 {
				return 0, false
			}
		case c == '.' && digits > 0 && groups < 4:
			a = a<<8 | n
			groups, digits, n = groups+1, 0, 0
		default:
			return 0, false
		}
	}
	return a<<8 | n, groups == 4 && digits > 0
}

func parseIPv6[T string | []byte](text T) (ip, bool) {
	var a ip
	if addressForm(text) != formIPv6 || len(text) < 2 || text[0] == ':' && text[1] != ':' {
		return ip{}, false
	}
	if text[0] == ':' {
		text = text[1:]
	}
	n, gap := 0, -1 // bytes written; where "::" stood
	v, digits := 0, false
	put := func() bool {
		if n == len(a.b) {
			return false
		}
		a.b[n], a.b[n+1] = byte(v>>8), byte(v)
		n += 2
		v, digits = 0, false
		return true
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c != ':':
			if v = v<<4 | hexValue(c); v > 0xffff {
				return ip{}, false
			}
			digits = true
		case !digits: // the second colon of "::"
			if gap >= 0 {
				return ip{}, false
			}
			gap = n
		case i == len(text)-1 || !put():
			return ip{}, false
		}
	}
	if digits && !put() {
		return ip{}, false
	}
	if gap >= 0 {
		if n == len(a.b) {
			return ip{}, false
		}
		tail := n - gap
		copy(a.b[len(a.b)-tail:], a.b[gap:n])
		clear(a.b[gap : len(a.b)-tail])
		n = len(a.b)
	}
	if n != len(a.b) {
		return ip{}, false
	}
	const mapped = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"
	if string(a.b[:12]) == mapped {
		v4 := ip{v4: true}
		copy(v4.b[:4], a.b[12:])
		return v4, true
	}
	return a, true
}

func hexValue(c byte) int {
	switch {
	case c <= '9':
		return int(c - '0')
	case c >= 'a':
		return int(c-'a') + 10
	}
	return int(c-'A') + 10
}

// Block is a range of addresses. The engine compares an address with a block as text, digit by digit, and neither side's
// length counts: an IPv4 block also holds the IPv6 addresses that begin with its digits, and the unquoted JSON numbers that
// are spelled like them.
type Block struct {
	low, high string // of equal length; both ends included
}

// NewBlock returns the block that holds just the address with these digits.
func NewBlock(digits string) Block { return Block{digits, digits} }

// ParseBlock reads the operand of cidr. An error is a Reason.
func ParseBlock(text string) (Block, error) {
	// As Java splits: trailing empty parts do not count, so that a trailing slash is allowed.
	parts := strings.Split(text, "/")
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) != 2 {
		return Block{}, Reason("Malformed CIDR, one '/' required")
	}
	bits, err := strconv.ParseInt(strings.Map(asciiDigit, parts[1]), 10, 32)
	switch {
	case err != nil:
		return Block{}, Reason("Malformed CIDR, mask bits must be an integer")
	case bits < 0:
		return Block{}, Reason("Malformed CIDR, mask bits must not be negative")
	}
	host := parts[0]
	a, ok := parseIP(host)
	switch {
	case addressForm(host) == formOther:
		return Block{}, Reason("Nonstandard IP address: " + host)
	case !ok:
		return Block{}, Reason("Invalid IP address: " + host)
	case a.v4 && bits > 31:
		return Block{}, Reason("IPv4 mask bits must be < 32")
	case bits > 127:
		return Block{}, Reason("IPv6 mask bits must be < 128")
	}
	low, high := a, a
	for i := range a.bytes() {
		fixed := min(max(int(bits)-8*i, 0), 8)
		host := byte(0xff) >> fixed
		low.b[i] &^= host
		high.b[i] |= host
	}
	return Block{string(low.appendDigits(nil)), string(high.appendDigits(nil))}, nil
}

// asciiDigit returns the ASCII digit for a decimal digit of any script, as which Java's parseInt takes it.
func asciiDigit(r rune) rune {
	for _, digits := range unicode.Nd.R16 { // in tens from 0 to 9
		if lo, hi := rune(digits.Lo), rune(digits.Hi); lo <= r && r <= hi {
			return '0' + (r-lo)%10
		}
	}
	return r
}

// String returns the ends of the block as text that tells blocks apart.
func (b Block) String() string { return b.low + "-" + b.high }

// Prefixes returns the least digits with one of which all that is in b begins. They are exact if every address that begins so is
// in b.
func (b Block) Prefixes() (digits []string, exact bool) {
	n := 0
	for n < len(b.low) && b.low[n] == b.high[n] {
		n++
	}
	// An IPv4 address ends before it is decided whether it is in a block of IPv6.
	exact = n == len(b.low) || len(b.low) == ipv4Digits
	if n == len(b.low) || b.low[n] == '0' && b.high[n] == 'F' {
		return []string{b.low[:n]}, exact
	}
	for _, d := range []byte(hexDigits) {
		if b.low[n] <= d && d <= b.high[n] {
			digits = append(digits, b.low[:n]+string(d))
		}
	}
	return digits, exact
}

// ContainsText reports whether text, the digits of an address or the spelling of a number, is in b. It is decided by the
// first digit that lies strictly between the ends; what follows is not looked at.
func (b Block) ContainsText(text []byte) bool {
	onLow, onHigh := true, true
	for i := range len(b.low) {
		if i == len(text) || !isHexDigit(text[i]) {
			return false
		}
		c := text[i]
		if onLow && c < b.low[i] || onHigh && c > b.high[i] {
			return false
		}
		onLow = onLow && c == b.low[i]
		onHigh = onHigh && c == b.high[i]
		if !onLow && !onHigh {
			return true
		}
	}
	return true
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'F'
}
