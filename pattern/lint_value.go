package pattern

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// alternative makes the checks of one alternative.
func (l *linter) alternative(f *syntax.Field, a *syntax.Alternative) {
	for i := range a.Operands {
		o := &a.Operands[i]
		switch a.Op {
		case syntax.OpNumber:
			if !o.Num.Comparable {
				l.warn(LintLongNumber, f.Path, o.Offset, "",
					"EventBridge cannot compare the number %s by value, only by its spelling", clean(o.Text, maxShown))
			}
			continue
		case syntax.OpNumeric:
			continue
		case syntax.OpCIDR:
			l.block(f, o)
			continue
		case syntax.OpAddress:
			l.addressText(f, o)
		case syntax.OpEqualsIgnoreCase, syntax.OpPrefixIgnoreCase, syntax.OpSuffixIgnoreCase:
			l.ignoreCase(f, o)
		}
		l.star(f, a, o)
		l.quotes(f, o)
	}
}

// star warns of a star or question mark that is none.
func (l *linter) star(f *syntax.Field, a *syntax.Alternative, o *syntax.Operand) {
	if a.Op == syntax.OpWildcard {
		if strings.Contains(o.Text, "?") && !isURL(o.Text) {
			l.warn(LintLiteralStar, f.Path, o.Offset, "", "a question mark stands for itself; wildcard gives a meaning to the star only")
		}
		return
	}
	star := strings.Contains(o.Text, "*") && !isPolicyPath(f.Path)
	question := strings.Contains(o.Text, "?") && !isURL(o.Text) && !strings.Contains(o.Text, " ")
	if !star && !question {
		return
	}
	fix := ""
	switch {
	case a.Not:
		fix = `{"anything-but": ` + globFix(o.Text) + `}`
	case o.Text == "*":
		fix = `{"exists": true}`
	case a.Op == syntax.OpString || a.Op == syntax.OpAddress || a.Op == syntax.OpExactly:
		fix = globFix(o.Text)
	case a.Op == syntax.OpPrefix && strings.TrimRight(o.Text, "*") != "" && !strings.ContainsAny(strings.TrimRight(o.Text, "*"), "*?"):
		fix = operator("prefix", strings.TrimRight(o.Text, "*"))
	case a.Op == syntax.OpSuffix && strings.TrimLeft(o.Text, "*") != "" && !strings.ContainsAny(strings.TrimLeft(o.Text, "*"), "*?"):
		fix = operator("suffix", strings.TrimLeft(o.Text, "*"))
	}
	what := "star"
	if !star {
		what = "question mark"
	}
	l.warn(LintLiteralStar, f.Path, o.Offset, fix, "the %s in %s stands for itself; only wildcard gives a meaning to the star", what, quote(o.Text))
}

// isURL reports whether a question mark in s is likely to be meant.
func isURL(s string) bool { return strings.Contains(s, "://") || strings.ContainsAny(s, "=&") }

// isPolicyPath reports whether a path leads into an IAM policy, in which a star is nothing unusual.
func isPolicyPath(path string) bool {
	for key := range strings.SplitSeq(strings.ToLower(path), ".") {
		if strings.Contains(key, "policy") || key == "statement" || key == "principal" || key == "action" {
			return true
		}
	}
	return false
}

// quotes warns of a text in quotes of its own.
func (l *linter) quotes(f *syntax.Field, o *syntax.Operand) {
	if n := len(o.Text); n >= 2 && o.Text[0] == '"' && o.Text[n-1] == '"' {
		l.warn(LintQuotes, f.Path, o.Offset, jsonString(o.Text[1:n-1]), "the text has quotes of its own: it has been quoted twice")
	}
}

// ignoreCase warns of letters whose cases EventBridge does not all hold equal.
func (l *linter) ignoreCase(f *syntax.Field, o *syntax.Operand) {
	for _, r := range o.Text {
		if r < 0x80 {
			continue
		}
		fold := value.NewFold(string(r))
		missed := ""
		for other := unicode.SimpleFold(r); ; other = unicode.SimpleFold(other) {
			if !fold.Equal([]byte(string(other))) {
				missed = string(other)
				break
			}
			if other == r {
				break
			}
		}
		upper := strings.ToUpper(string(r))
		switch {
		case !fold.Equal([]byte(string(r))):
			l.warn(LintIgnoreCase, f.Path, o.Offset, "", "EventBridge does not fold the case of %s: not even the text itself is accepted", quote(string(r)))
			return
		case missed != "":
			l.warn(LintIgnoreCase, f.Path, o.Offset, "", "EventBridge does not hold %s equal to %s", quote(string(r)), quote(missed))
			return
		case !fold.Equal([]byte(upper)):
			l.warn(LintIgnoreCase, f.Path, o.Offset, "", "EventBridge does not hold %s equal to %s, only to what it is in full upper case", quote(string(r)), quote(upper))
			return
		}
	}
}

// addressText warns of a text that is compared as an address though that is not likely to be meant, or that accepts another
// spelling than its own.
func (l *linter) addressText(f *syntax.Field, o *syntax.Operand) {
	text := o.Text
	key := strings.ToLower(f.Path[strings.LastIndexByte(f.Path, '.')+1:])
	switch {
	case !strings.Contains(key, "ip") && !strings.Contains(key, "addr") && !strings.Contains(key, "cidr"):
		l.warn(LintAddressText, f.Path, o.Offset, operator("exactly", text),
			"%s is compared as an IP address, not as text, so other spellings of the address are accepted too", quote(text))
	case text != canonicalAddress(text):
		l.warn(LintAddressText, f.Path, o.Offset, "",
			"%s is compared as an IP address: any spelling of it is accepted, not this one only", quote(text))
	}
}

// canonicalAddress returns an address without leading zeros and in lower case; of other differences, which are rarer, it knows
// nothing.
func canonicalAddress(s string) string {
	s = strings.ToLower(s)
	separator := "."
	if strings.Contains(s, ":") {
		separator = ":"
	}
	groups := strings.Split(s, separator)
	for i, g := range groups {
		if trimmed := strings.TrimLeft(g, "0"); trimmed != "" {
			groups[i] = trimmed
		} else if g != "" {
			groups[i] = "0"
		}
	}
	return strings.Join(groups, separator)
}

// block warns of a block of addresses that holds addresses of the other version which may occur.
func (l *linter) block(f *syntax.Field, o *syntax.Operand) {
	host, _, _ := strings.Cut(o.Text, "/")
	if len(value.AppendAddress(nil, host)) > 8 {
		// The digits of an IPv4 address are but the first eight.
		for i := range 256 {
			digits := fmt.Appendf(nil, "%02X000000", i)
			if o.Block.ContainsText(digits) {
				l.warn(LintAddressVersions, f.Path, o.Offset, "",
					"EventBridge compares digit by digit, so IPv4 addresses such as %d.0.0.0 are in this block too", i)
				return
			}
		}
		return
	}
	for _, known := range []struct{ digits, text string }{
		{"00000000000000000000000000000001", "::1"},
		{"20010DB8000000000000000000000001", "2001:db8::1"},
		{"24000000000000000000000000000001", "2400::1"},
		{"26000000000000000000000000000001", "2600::1"},
		{"2A000000000000000000000000000001", "2a00::1"},
		{"FC000000000000000000000000000001", "fc00::1"},
		{"FD000000000000000000000000000001", "fd00::1"},
		{"FE800000000000000000000000000001", "fe80::1"},
	} {
		if o.Block.ContainsText([]byte(known.digits)) {
			l.warn(LintAddressVersions, f.Path, o.Offset, "",
				"EventBridge compares digit by digit, so IPv6 addresses such as %s, and numbers spelled like them, are in this block too", known.text)
			return
		}
	}
}
