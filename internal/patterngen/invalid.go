package patterngen

// invalid returns a valid pattern with one thing made wrong.
func (g *Gen) invalid() string {
	o := g.object(0, false)
	tree := o.json()
	if g.chance(0.003) {
		return g.print(g.combinations())
	}
	switch n := g.r.IntN(20); {
	case n < 11:
		g.spoilLeaf(tree)
	case n < 13:
		g.spoilStructure(tree)
	case n < 16:
		tree = append(tree, member{"$or", g.badOr()})
	case n < 17:
		return g.print(g.anyJSON(2))
	default:
		return g.spoilText(g.print(tree))
	}
	return g.print(tree)
}

// spoilLeaf replaces or adds an alternative in one leaf below tree.
func (g *Gen) spoilLeaf(tree any) {
	switch tree := tree.(type) {
	case obj:
		m := &tree[g.r.IntN(len(tree))]
		if list, ok := m.val.(arr); ok && m.key != "$or" {
			if g.chance(0.3) {
				m.val = append(list, g.badAlternative())
			} else {
				list[g.r.IntN(len(list))] = g.badAlternative()
			}
			return
		}
		g.spoilLeaf(m.val)
	case arr: // branches of $or
		g.spoilLeaf(pick(g, tree))
	}
}

// spoilStructure gives one field below tree a value that is no leaf and no
// object of fields.
func (g *Gen) spoilStructure(tree obj) {
	m := &tree[g.r.IntN(len(tree))]
	if sub, ok := m.val.(obj); ok && g.chance(0.6) {
		g.spoilStructure(sub)
		return
	}
	m.val = pick(g, []any{g.scalar(), obj{}, arr{}, arr{arr{g.scalar()}}, obj{{"prefix", str("a")}}, obj{{"a", obj{}}}})
}

// combinations returns a pattern in which $or makes 512 or 1024 sub-rules.
func (g *Gen) combinations() obj {
	var tree obj
	for i := range 9 + g.upTo(1) {
		branch := func() obj { return op(pick(g, commonKeys), arr{g.scalar()}) }
		tree = append(tree, member{string(rune('A' + i)), op("$or", arr{branch(), branch()})})
	}
	return tree
}

// badAlternative returns an alternative that is probably refused.
func (g *Gen) badAlternative() any {
	return choose(g, []weighted[func() any]{
		{4, func() any { return pick(g, []any{arr{g.scalar()}, obj{}, arr{}, arr{obj{}}}) }},
		{5, func() any { return op(pick(g, unknownOperators), g.anyJSON(1)) }},
		{20, func() any { return op(pick(g, operatorNames), g.anyJSON(2)) }},
		{8, g.twoKeys},
		{20, g.badAnythingBut},
		{22, g.numericSoup},
		{14, g.cidrSoup},
		{9, func() any { return op("wildcard", str(g.wildcardSoup())) }},
	})()
}

// unknownOperators are none; some nearly are.
var unknownOperators = []string{
	"", "bogus", "PREFIX", "Exists", "prefix ", "regex", "not", "$or", "equals-ignore-Case", "date-after",
}

// reserved cannot be keys inside $or.
var reserved = append([]string{
	"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after",
	"date-before", "date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
}, operatorNames...)

// anyJSON returns JSON of up to depth levels of arrays and objects.
func (g *Gen) anyJSON(depth int) any {
	n := g.r.IntN(10)
	switch {
	case n < 2 && depth > 0:
		list := arr{}
		for range g.upTo(2) {
			list = append(list, g.anyJSON(depth-1))
		}
		return list
	case n < 5 && depth > 0:
		o := obj{}
		for range g.upTo(2) {
			key := pick(g, commonKeys)
			if g.chance(0.7) {
				key = pick(g, operatorNames)
			}
			o = append(o, member{key, g.anyJSON(depth - 1)})
		}
		return o
	default:
		return g.scalar()
	}
}

// twoKeys returns an alternative with two operators.
func (g *Gen) twoKeys() any {
	var o obj
	for len(o) < 2 {
		if alt, ok := g.alternative().json.(obj); ok {
			o = append(o, alt...)
		}
	}
	return o
}

func (g *Gen) badAnythingBut() any {
	list := func() any {
		l := arr{}
		for range g.upTo(3) {
			l = append(l, pick(g, []any{str("a"), str(""), str("b*"), str("**"), raw("1"), raw("1e309"), raw("null"), raw("true"), arr{}, obj{}, op("prefix", str("a"))}))
		}
		return l
	}
	name := pick(g, append([]string{"bogus"}, operatorNames...))
	switch g.r.IntN(5) {
	case 0:
		return op("anything-but", list())
	case 1:
		return op("anything-but", op(name, list()))
	case 2:
		return op("anything-but", op(name, g.anyJSON(1)))
	case 3:
		return op("anything-but", obj{{"prefix", str("a")}, {name, str("b")}})
	default:
		return op("anything-but", g.anyJSON(1))
	}
}

func (g *Gen) numericSoup() any {
	tokens := []any{
		str("="), str("<"), str("<="), str(">"), str(">="), str("<"), str(">"),
		str("!="), str("=="), str(""), str("5"),
		raw("0"), raw("1"), raw("5"), raw("-1"), raw("5.0"), raw("1e309"), raw("9007199254740993"),
		raw("null"), raw("true"), arr{}, obj{},
	}
	soup := arr{}
	operator := g.chance(0.9)
	for range g.upTo(6) {
		switch {
		case g.chance(0.15):
			soup = append(soup, pick(g, tokens))
		case operator:
			soup = append(soup, pick(g, tokens[:5]))
		default:
			soup = append(soup, pick(g, tokens[11:16]))
		}
		operator = !operator
	}
	return op("numeric", soup)
}

func (g *Gen) cidrSoup() any {
	if g.chance(0.15) {
		return op("cidr", pick(g, []any{raw("1"), raw("null"), raw("true"), arr{str("10.0.0.0/8")}, obj{}, str(""), str("/"), str("//")}))
	}
	address := pick(g, []string{
		"10.0.0.0", "10.0.0.256", "xx.11.xx", "localhost", "10.0.0", "1.2.3.4.5", "", " 10.0.0.0", "::", "::1", ":::", "1::2::3",
		"::ffff:10.0.0.0", "::ffff:a00:0", "12345::", "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "010.0.0.0", "10.0.0.0000", "abc", "1:2",
	})
	mask := pick(g, []string{
		"8", "0", "31", "32", "33", "64", "96", "104", "127", "128", "129", "-1", "-0", "+8", "08", "", " 8", "8 ", "x", "8.0", "0x8", "8/", "8/9", "/8", "/",
		"99999999999", "٣", "2147483647", "2147483648", "-2147483648", "-2147483649",
	})
	if g.chance(0.05) {
		return op("cidr", str(address))
	}
	return op("cidr", str(address+"/"+mask))
}

// wildcardSoup returns a wildcard operand with stars and escapes anywhere.
func (g *Gen) wildcardSoup() string {
	s := ""
	for range g.upTo(6) {
		s += pick(g, []string{"*", "*", "a", "é", "🚀", `\`, `\*`, `\\`, "b"})
	}
	return s
}

// badOr returns an operand of $or that is probably refused.
func (g *Gen) badOr() any {
	branch := func() any { return g.object(maxDepth, true).json() }
	leaf := arr{str("a")}
	switch g.r.IntN(6) {
	case 0:
		return g.anyJSON(2)
	case 1:
		return arr{branch()}
	case 2:
		return arr{branch(), pick(g, []any{obj{}, arr{branch()}, g.scalar(), op("prefix", str("a"))})}
	case 3:
		return arr{branch(), op(pick(g, reserved), leaf)}
	case 4:
		return arr{op("a", op(pick(g, reserved), leaf)), branch()}
	default:
		return arr{branch(), op("$or", pick(g, []any{arr{branch()}, arr{branch(), branch()}, branch(), arr{}, leaf}))}
	}
}

// spoilText changes the text of a pattern without regard for its structure.
func (g *Gen) spoilText(s string) string {
	b := []byte(s)
	i := g.r.IntN(len(b))
	for b[i] >= 0x80 { // keep characters whole
		if i--; i < 0 {
			i = len(b) - 1
		}
	}
	switch g.r.IntN(4) {
	case 0:
		return string(b[:i])
	case 1:
		return string(b[:i]) + string(b[i+1:])
	case 2:
		return string(b[:i]) + string(b[i]) + string(b[i:])
	default:
		return string(b[:i]) + pick(g, []string{
			",", ":", "{", "}", "[", "]", "\"", "'", "\\", "0", "01", "-", "+1", ".5", "5.", "1e", "NaN", "nul", "true", "x", "\x01", "/*c*/", "//c\n", "\ufeff", "\u00a0", "{}", "[]", "\"a\":", "\\u12", "\\x",
		}) + string(b[i:])
	}
}
