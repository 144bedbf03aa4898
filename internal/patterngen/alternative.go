package patterngen

import "strings"

// An alternative is one element of a pattern's leaf, with the values that an
// event may give the field. The functions return a scalar of a tree, or nil
// for a field that is absent.
type alternative struct {
	json any
	hit  func() any // a value that usually satisfies the alternative
	miss func() any // a value that usually just fails to
}

func (g *Gen) alternative() alternative {
	return choose(g, []weighted[func() alternative]{
		{22, g.stringLiteral},
		{10, g.numberLiteral},
		{6, g.wordLiteral},
		{3, g.exactly},
		{8, g.prefix},
		{8, g.suffix},
		{9, g.equalsIgnoreCase},
		{10, g.wildcard},
		{18, g.anythingBut},
		{11, g.numeric},
		{9, g.cidr},
		{4, g.exists},
		{6, g.existsNot},
	})()
}

// op returns the object {name: operand}.
func op(name string, operand any) obj { return obj{{name, operand}} }

func (g *Gen) stringLiteral() alternative {
	if g.chance(0.2) {
		group := pick(g, addresses)
		return alternative{
			json: str(pick(g, group)),
			hit:  func() any { return str(pick(g, group)) },
			miss: func() any { return str(g.address()) },
		}
	}
	s := g.str()
	return alternative{
		json: str(s),
		hit:  func() any { return str(s) },
		miss: func() any { return g.near(s) },
	}
}

// near returns a scalar that is nearly the string s.
func (g *Gen) near(s string) any {
	switch g.r.IntN(5) {
	case 0:
		return str(s + g.word(1))
	case 1:
		return str(g.word(1) + s)
	case 2:
		return str(strings.ToUpper(s))
	case 3:
		switch s {
		case "1", "1.0", "-1", "300", "true", "false", "null": // the same text, another kind
			return raw(s)
		}
		return str("\"" + s + "\"")
	default:
		return g.scalar()
	}
}

func (g *Gen) numberLiteral() alternative {
	if g.chance(0.15) {
		n := pick(g, incomparable)
		return alternative{
			json: raw(n),
			hit:  func() any { return raw(n) },
			miss: func() any { return raw(pick(g, incomparable)) },
		}
	}
	i := g.r.IntN(len(numbers))
	return alternative{
		json: raw(pick(g, numbers[i])),
		hit:  func() any { return raw(pick(g, numbers[i])) },
		miss: func() any { return g.nearNumber(i) },
	}
}

// nearNumber returns a scalar that is nearly numbers[i].
func (g *Gen) nearNumber(i int) any {
	switch g.r.IntN(4) {
	case 0:
		return str(pick(g, numbers[i]))
	case 1:
		return g.scalar()
	default:
		return raw(pick(g, numbers[min(max(0, i-1+g.upTo(2)), len(numbers)-1)]))
	}
}

func (g *Gen) wordLiteral() alternative {
	w := pick(g, []string{"true", "false", "null"})
	return alternative{
		json: raw(w),
		hit:  func() any { return raw(w) },
		miss: func() any {
			return pick(g, []any{nil, str(w), raw("0"), raw("1"), str(""), raw("true"), raw("false"), raw("null")})
		},
	}
}

func (g *Gen) exactly() alternative {
	lit := g.stringLiteral()
	lit.json = op("exactly", lit.json)
	return lit
}

func (g *Gen) prefix() alternative {
	return g.affix("prefix", func(part, rest string) string { return part + rest })
}

func (g *Gen) suffix() alternative {
	return g.affix("suffix", func(part, rest string) string { return rest + part })
}

// affix returns a prefix or suffix alternative; join puts the operand and the
// rest of a value in order.
func (g *Gen) affix(name string, join func(part, rest string) string) alternative {
	if g.chance(0.35) {
		text := g.foldText()
		return alternative{
			json: op(name, op("equals-ignore-case", str(g.spell(text)))),
			hit:  func() any { return str(join(g.spell(text), g.str())) },
			miss: func() any { return g.near(join(g.spell(g.foldText()), g.spell(text))) },
		}
	}
	s := g.str()
	return alternative{
		json: op(name, str(s)),
		hit:  func() any { return str(join(s, g.str())) },
		miss: func() any { return g.near(join(g.word(2), s)) },
	}
}

func (g *Gen) equalsIgnoreCase() alternative {
	text := g.foldText()
	return alternative{
		json: op("equals-ignore-case", str(g.spell(text))),
		hit:  func() any { return str(g.spell(text)) },
		miss: func() any { return g.near(g.spell(text)) },
	}
}

func (g *Gen) wildcard() alternative {
	pieces := g.wildcardPieces()
	return alternative{
		json: op("wildcard", str(strings.Join(pieces, ""))),
		hit:  func() any { return str(g.fill(pieces)) },
		miss: func() any { return g.near(g.fill(pieces[:g.upTo(len(pieces))])) },
	}
}

// wildcardPieces returns the stars, escapes and characters of a wildcard
// operand. Stars are never adjacent.
func (g *Gen) wildcardPieces() []string {
	var pieces []string
	star := false
	for range g.upTo(7) {
		switch n := g.r.IntN(20); {
		case n < 7 && !star:
			pieces = append(pieces, "*")
			star = true
			continue
		case n == 7:
			pieces = append(pieces, `\*`)
		case n == 8:
			pieces = append(pieces, `\\`)
		case n == 9:
			pieces = append(pieces, pick(g, []string{"/", "é", "雨", "🚀", "?", "\"", "\n", "A", "."}))
		default:
			pieces = append(pieces, pick(g, []string{"a", "a", "b"}))
		}
		star = false
	}
	return pieces
}

// fill returns a string that the pieces of a wildcard operand allow.
func (g *Gen) fill(pieces []string) string {
	var b strings.Builder
	for _, p := range pieces {
		switch p {
		case "*":
			b.WriteString(g.str())
		case `\*`, `\\`:
			b.WriteString(p[1:])
		default:
			b.WriteString(p)
		}
	}
	return b.String()
}

func (g *Gen) anythingBut() alternative {
	excluded := choose(g, []weighted[func() alternative]{
		{30, g.stringLiteral},
		{20, func() alternative {
			i := g.r.IntN(len(numbers))
			return alternative{json: raw(pick(g, numbers[i])), hit: func() any { return raw(pick(g, numbers[i])) }}
		}},
		{12, g.nonEmptyPrefix},
		{12, g.nonEmptySuffix},
		{12, g.equalsIgnoreCase},
		{12, g.wildcard},
	})
	first := excluded()
	name, operand := nested(first.json)
	values := []alternative{first}
	if g.chance(0.4) {
		list := arr{operand}
		for range g.upTo(2) {
			more := excluded()
			if n, o := nested(more.json); n == name {
				list = append(list, o)
				values = append(values, more)
			}
		}
		operand = list
	}
	if name != "" {
		operand = op(name, operand)
	}
	return alternative{
		json: op("anything-but", operand),
		hit:  g.scalar,
		miss: func() any { return pick(g, values).hit() },
	}
}

// nested takes {name: operand} apart. It returns no name for a scalar.
func nested(json any) (name string, operand any) {
	if o, ok := json.(obj); ok {
		return o[0].key, o[0].val
	}
	return "", json
}

// nonEmptyPrefix returns a plain prefix that anything-but accepts.
func (g *Gen) nonEmptyPrefix() alternative { return g.nonEmptyAffix(g.prefix) }

// nonEmptySuffix returns a plain suffix that anything-but accepts.
func (g *Gen) nonEmptySuffix() alternative { return g.nonEmptyAffix(g.suffix) }

func (g *Gen) nonEmptyAffix(affix func() alternative) alternative {
	for {
		alt := affix()
		if s, ok := alt.json.(obj)[0].val.(str); ok && s != "" {
			return alt
		}
	}
}

func (g *Gen) numeric() alternative {
	i := g.r.IntN(len(numbers))
	lo := raw(pick(g, numbers[i]))
	near := func() any { return g.nearNumber(i) }
	hit := func(from, to int) func() any { // a number of numbers[from:to]
		from, to = max(from, 0), min(to, len(numbers))
		if from >= to {
			return near
		}
		return func() any { return raw(pick(g, numbers[from+g.r.IntN(to-from)])) }
	}
	lower, upper := str(pick(g, []string{">", ">="})), str(pick(g, []string{"<", "<="}))
	switch g.r.IntN(4) {
	case 0:
		return alternative{json: op("numeric", arr{str("="), lo}), hit: hit(i, i+1), miss: near}
	case 1:
		return alternative{json: op("numeric", arr{lower, lo}), hit: hit(i, i+4), miss: near}
	case 2:
		return alternative{json: op("numeric", arr{upper, lo}), hit: hit(i-3, i+1), miss: near}
	default:
		j := i + 1 + g.upTo(3)
		if j >= len(numbers) {
			return alternative{json: op("numeric", arr{lower, lo}), hit: hit(i, i+4), miss: near}
		}
		hi := raw(pick(g, numbers[j]))
		return alternative{json: op("numeric", arr{lower, lo, upper, hi}), hit: hit(i, j+1), miss: near}
	}
}

func (g *Gen) cidr() alternative {
	return alternative{
		json: op("cidr", str(pick(g, blocks))),
		hit:  func() any { return str(g.address()) },
		miss: func() any {
			if g.chance(0.3) {
				return raw(g.number())
			}
			return str(g.address())
		},
	}
}

func (g *Gen) exists() alternative {
	return alternative{
		json: op("exists", raw("true")),
		hit:  g.scalar,
		miss: func() any { return nil },
	}
}

func (g *Gen) existsNot() alternative {
	return alternative{
		json: op("exists", raw("false")),
		hit:  func() any { return nil },
		miss: g.scalar,
	}
}
