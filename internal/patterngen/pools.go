package patterngen

import "strings"

// The pools are small so that values drawn twice are often equal, and hold the
// neighbours of every distinction the language makes.

// commonKeys are the usual keys, few so that paths meet; their order among
// each other decides the order in which a matcher visits them.
var commonKeys = []string{"a", "b", "c", "d"}

// oddKeys exercise joining, sorting and reserved words.
var oddKeys = []string{
	"a.b", "b.a", "a.b.c", "c.d", // joined keys
	"A", "$OR", "or", "detail-type", "é", "a b", "\"", "\\", // ordinary, if unusual
}

// astralKeys sort differently in UTF-8 and in UTF-16.
var astralKeys = []string{"\U00010000", "\uf8ff"}

// emptySteps are keys with an empty step in their path.
var emptySteps = []string{"", "a.", ".a", "."}

// operatorNames are ordinary keys outside $or.
var operatorNames = []string{
	"exactly", "prefix", "suffix", "equals-ignore-case", "wildcard",
	"anything-but", "numeric", "cidr", "exists",
}

// oddStrings look like other things or need escaping.
var oddStrings = []string{
	"1", "1.0", "-1", "300", "true", "false", "null", // look like other kinds
	"*", "\\", "a*b", "a\\b", "\\*", "**", "?", "??", "[a]", "{}", // look like syntax
	"\"", "a\"", "\"a", "a\"b", "\"a\"", // quotes at the ends
	" a", "a ", "a\nb", "a\tb", "\x00", "\x7f", "a/b", // white space and controls
	"é", "e\u0301", "雨", "a雨a", "🚀", "a🚀", "\ufffd", "\U0010ffff", // beyond ASCII
	"\u2028", "\ufeff",
}

// loneSurrogates are strings that JSON can spell and UTF-8 cannot.
var loneSurrogates = []string{"\xed\xa0\x80", "\xed\xb0\x80", "a\xed\xa0\xbd", "\xed\xa0\xbda"}

// folds are groups of texts that some notion of case holds equal. An
// equals-ignore-case operand is a sequence of members of groups.
var folds = [][]string{
	{"a", "A"},
	{"b", "B"},
	{"é", "É", "e\u0301"},
	{"s", "S", "ſ"},
	{"ß", "SS", "ss", "ẞ", "sS"},
	{"k", "K", "\u212a"},
	{"i", "I", "ı", "İ", "i\u0307"},
	{"σ", "Σ", "ς"},
	{"ǆ", "Ǆ", "ǅ"},
	{"ﬀ", "FF", "ff"},
	{"\U00010428", "\U00010400", "??"},
	{"🚀", "??"},
	{"雨"},
	{"µ", "μ", "Μ"},
	{"ŉ", "ʼN", "ʼn"},
	{"1"},
	{".", "*"},
}

// addresses are groups of spellings of one IP address.
var addresses = [][]string{
	{"10.0.0.0", "10.0.0.00"},
	{"10.0.0.1", "010.0.0.1", "10.00.0.001", "::ffff:a00:1", "::FFFF:0a00:0001"},
	{"10.0.0.2"},
	{"10.0.0.255"},
	{"10.0.1.0"},
	{"10.1.2.3"},
	{"11.0.0.0"},
	{"0.0.0.0"},
	{"16.0.0.0"},
	{"18.52.86.120"}, // 0x12345678
	{"255.255.255.255"},
	{"::", "0:0:0:0:0:0:0:0"},
	{"::1", "0:0:0:0:0:0:0:1", "0000::0001"},
	{"a00:1::", "A00:1::0"}, // begins with the hexadecimal digits of 10.0.0.1
	{"1000::"},
	{"2001:db8::1", "2001:0DB8:0:0::1", "2001:db8:0:0:0:0:0:1"},
	{"2001:db8:0:1::"},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
}

// nearAddresses look like IP addresses and are not, to this language.
var nearAddresses = []string{
	"10.0.0.256", "1.2.3", "1.2.3.4.5", "10.0.0.1 ", "10.0.0.0001", "10.0.0.", "::ffff:10.0.0.1",
	"[::1]", "fe80::1%eth0", "12:30", "1:2:3:4:5:6:7:8:9", "12345::", ":::", "1::2::3", "10.0.0.1/32", "a", "abc",
	"+1.2.3.4", "1:2:3:4:5:6:7", "::1:2:3:4:5:6:7:8", "0x0a.0.0.1", ":",
}

// blocks are CIDR operands that are accepted.
var blocks = []string{
	"10.0.0.0/24", "10.0.0.0/8", "10.0.0.77/24", "10.0.0.1/31", "010.0.0.0/8", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/",
	"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "16.0.0.0/4", "18.0.0.0/8", "16.0.0.0/8", "255.255.255.254/31", "10.0.0.0/9", "10.0.0.0/23",
	"::/0", "::/127", "2001:db8::/32", "2001:DB8:0:1::/64", "a00::/8", "::ffff:a00:0/24", "2001:db8::/61", "ffff::/17",
}

// numbers are groups of spellings of one number, ascending. All can be
// compared: binary64 holds them exactly enough to print them again.
var numbers = [][]string{
	{"-1e100", "-1.0E+100"},
	{"-300", "-3e2"},
	{"-1.5", "-15e-1"},
	{"-1", "-1.0", "-10E-1"},
	{"-0.1", "-1e-1"},
	{"0", "-0", "0.0", "0e9", "-0.0E-1"},
	{"1e-7", "0.0000001"},
	{"0.1", "1e-1", "0.10"},
	{"1", "1.0", "1e0", "10e-1", "0.1e1"},
	{"1.5", "15e-1"},
	{"2", "2.00"},
	{"3", "0.3e1"},
	{"9", "9.0"},
	{"10", "1e1"},
	{"100", "1E+2"},
	{"105"},
	{"123"},
	{"300", "300.0", "3e2", "3.00E+2"},
	{"301.8", "3.018e2"},
	{"12345678"},
	{"5000000001"},
	{"123456789012"},
	{"9007199254740991"},
	{"9007199254740992", "9007199254740992.0"},
	{"1e22", "10000000000000000000000"},
	{"1e100", "1.0E+100"},
}

// incomparable are numbers that binary64 does not hold, with neighbours that
// round to the same value.
var incomparable = []string{
	"9007199254740993", "9007199254740993.0", "-9007199254740993", "9007199254740993e0",
	"1.0000000000000001", "1.00000000000000010", "0.1234567890123456789", "3.14159265358979323846",
	"1e309", "-1e309", "1e-400", "123456789012345678901234567890", "0.30000000000000001",
}

// str returns a string of a pool. Half the strings are short words over two
// letters, so that prefixes, suffixes and wildcards meet.
func (g *Gen) str() string {
	switch n := g.r.IntN(100); {
	case n < 62:
		return g.word(4)
	case n < 80:
		return pick(g, oddStrings)
	case n < 90:
		return g.spell(g.foldText())
	case n < 97:
		return g.address()
	case n < 98:
		return pick(g, loneSurrogates)
	default:
		return pick(g, oddStrings) + g.word(2)
	}
}

// word returns up to n letters.
func (g *Gen) word(n int) string {
	var b strings.Builder
	for range g.upTo(n) {
		b.WriteByte("aabbx"[g.r.IntN(5)])
	}
	return b.String()
}

// foldText returns a few groups of folds.
func (g *Gen) foldText() [][]string {
	text := make([][]string, g.upTo(3))
	for i := range text {
		if g.chance(0.6) {
			text[i] = folds[g.r.IntN(2)]
		} else {
			text[i] = pick(g, folds)
		}
	}
	return text
}

// spell returns one of the texts that the groups allow.
func (g *Gen) spell(groups [][]string) string {
	var b strings.Builder
	for _, group := range groups {
		b.WriteString(pick(g, group))
	}
	return b.String()
}

func (g *Gen) address() string {
	if g.chance(0.2) {
		return pick(g, nearAddresses)
	}
	return pick(g, pick(g, addresses))
}

// number returns the spelling of any number.
func (g *Gen) number() string {
	if g.chance(0.12) {
		return pick(g, incomparable)
	}
	return pick(g, pick(g, numbers))
}

// scalar returns any scalar.
func (g *Gen) scalar() any {
	switch n := g.r.IntN(10); {
	case n < 6:
		return str(g.str())
	case n < 8:
		return raw(g.number())
	default:
		return raw(pick(g, []string{"true", "false", "null"}))
	}
}
