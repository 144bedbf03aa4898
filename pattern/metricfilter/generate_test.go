package metricfilter

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A generator makes filters and records that have something to do with each other: few fields and few values.
type generator struct{ *rand.Rand }

func newGenerator(r *rand.Rand) *generator { return &generator{r} }

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

// filter returns a filter that keeps the limits.
func (g *generator) filter() string {
	for {
		filter := "{ " + g.expression(3) + " }"
		if g.IntN(4) == 0 {
			filter = "{ " + g.exclusions() + " }"
		}
		if len(filter) <= maxLength && strings.Count(filter, "%") <= 2*maxRegexes &&
			strings.Count(filter, "[*]") <= maxWildcards {
			return filter
		}
	}
}

// exclusions returns an expression that leaves out combinations of values.
func (g *generator) exclusions() string {
	var groups []string
	for range 2 + g.IntN(4) {
		var terms []string
		for range 2 + g.IntN(2) {
			terms = append(terms, g.pick("$.a", "$.b", "$.errorCode", "$.o.a")+" != "+g.pick("x", "y", "xy", `"1"`))
		}
		groups = append(groups, "("+strings.Join(terms, " || ")+")")
	}
	if g.IntN(3) == 0 {
		groups = append(groups, g.term())
	}
	return strings.Join(groups, " && ")
}

func (g *generator) expression(depth int) string {
	if depth == 0 || g.IntN(3) == 0 {
		return g.term()
	}
	operator := g.pick(" && ", " || ")
	operands := []string{g.operand(depth)}
	for range 1 + g.IntN(2) {
		operands = append(operands, g.operand(depth))
	}
	return strings.Join(operands, operator)
}

func (g *generator) operand(depth int) string {
	if g.IntN(2) == 0 {
		return g.term()
	}
	return "(" + g.expression(depth-1) + ")"
}

func (g *generator) term() string {
	field := g.pick("$.a", "$.a", "$.b", "$.c", "$.errorCode", "$.o.a", "$.o.b", "$.o.p.a")
	if g.IntN(40) == 0 {
		field = g.pick("$.l[*]", "$.l[*].a")
	}
	switch g.IntN(12) {
	case 0:
		return field + " NOT EXISTS"
	case 1:
		return field + " IS " + g.pick("NULL", "TRUE", "FALSE")
	case 2, 3:
		return field + g.pick(" < ", " <= ", " > ", " >= ") + g.pick("-1", "0", "1", "1.5", "2")
	case 4:
		return field + g.pick(" = ", " != ") + g.pick("%x%", "%^x%", "%y$%", "%^x.*y$%", "%x|^y$%", "%[xy]%")
	case 5, 6, 7:
		return field + " != " + g.literal()
	default:
		return field + " = " + g.literal()
	}
}

func (g *generator) literal() string {
	return g.pick("x", `"y"`, `"xy"`, "x*", `"*y"`, `"x*y"`, `"*x*"`, "*", "1", "2", `"1"`, "1.5", `""`, `"1*"`)
}

func (g *generator) record() []byte {
	return []byte(g.object("a", "b", "c", "errorCode"))
}

// object returns the JSON of an object with some of the members named, and at the root with the objects and the list.
func (g *generator) object(names ...string) string {
	var members []string
	for _, name := range names {
		if g.IntN(4) > 0 {
			members = append(members, fmt.Sprintf("%q: %s", name, g.value()))
		}
	}
	if len(names) > 2 {
		members = append(members, fmt.Sprintf(`"o": %s, "l": %s`, g.pick(g.nested(), g.nested(), g.nested(), "null", `"x"`), g.list()))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func (g *generator) nested() string {
	return fmt.Sprintf(`{"a": %s, "b": %s, "p": %s}`, g.value(), g.value(), g.object("a"))
}

func (g *generator) list() string {
	var elements []string
	for range g.IntN(3) {
		elements = append(elements, g.pick(g.value(), g.object("a")))
	}
	return "[" + strings.Join(elements, ", ") + "]"
}

func (g *generator) value() string {
	if g.IntN(30) == 0 {
		return g.pick(`["x"]`, `{"a": "x"}`, `[]`, `{}`)
	}
	return g.pick(`"x"`, `"y"`, `"xy"`, `"xzy"`, `"zx"`, `""`, `"1"`, `"2"`, "0", "1", "1.0", "1.5", "2", "-1", "null", "true", "false")
}
