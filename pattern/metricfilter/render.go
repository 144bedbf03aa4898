package metricfilter

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// detailTypes are those of the events that carry a CloudTrail record.
const detailTypes = `[{"suffix":" via CloudTrail"}]`

// render returns the source of the pattern that matches if one of the branches does.
func render(list []branch) (string, error) {
	shared, rest := common(list)
	detail := new(object)
	if err := detail.fill(shared); err != nil {
		return "", err
	}
	var either []string
	for _, b := range rest {
		o := new(object)
		if err := o.fill(b); err != nil {
			return "", err
		}
		if err := b.checkNames(); err != nil {
			return "", err
		}
		either = append(either, o.json())
	}
	if len(either) > 0 {
		detail.set("$or", "["+strings.Join(either, ",")+"]")
	}
	root := new(object)
	root.set("detail-type", detailTypes)
	if len(detail.members) > 0 {
		root.set("detail", detail.json())
	}
	return root.json(), nil
}

// operators are the names that EventBridge does not take for fields in the objects of $or.
var operators = []string{"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"}

func (b branch) checkNames() error {
	for _, path := range b.paths() {
		t := b[path].term
		for _, name := range t.field.names() {
			if slices.Contains(operators, name) {
				return t.fail("EventBridge takes no field with the name %s inside $or", name)
			}
		}
	}
	return nil
}

// An object is an object of a pattern, with its members in order.
type object struct{ members []objectMember }

type objectMember struct {
	name  string
	json  string  // of a list
	below *object // or an object
}

func (o *object) set(name, json string) {
	o.members = append(o.members, objectMember{name: name, json: json})
}

// fill adds the fields of a branch.
func (o *object) fill(b branch) error {
	for _, path := range b.paths() {
		if c := b[path]; !o.add(c.term.field.names(), c.list()) {
			return c.term.fail("EventBridge cannot ask for the value of a field and for what is inside it at once")
		}
	}
	return nil
}

// add adds a field, by the names of the members that lead to it. It fails if there is a field on the way.
func (o *object) add(names []string, json string) bool {
	i := slices.IndexFunc(o.members, func(m objectMember) bool { return m.name == names[0] })
	switch {
	case len(names) == 1:
		o.set(names[0], json)
		return i < 0
	case i < 0:
		i = len(o.members)
		o.members = append(o.members, objectMember{name: names[0], below: new(object)})
	case o.members[i].below == nil:
		return false
	}
	return o.members[i].below.add(names[1:], json)
}

func (o *object) json() string {
	var members []string
	for _, m := range o.members {
		if m.below != nil {
			m.json = m.below.json()
		}
		members = append(members, quote(m.name)+":"+m.json)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// list returns the list that says a condition.
func (c condition) list() string { return "[" + strings.Join(c.elements(), ",") + "]" }

func (c condition) elements() []string {
	var elements []string
	for _, a := range c.alternatives {
		elements = append(elements, a.json())
	}
	return elements
}

// json returns the element of a list that says an alternative.
func (a alternative) json() string {
	switch a.kind {
	case absent:
		return `{"exists":false}`
	case anyValue:
		return `{"exists":true}`
	case null:
		return "null"
	case isTrue:
		return "true"
	case isFalse:
		return "false"
	case texts:
		return a.glob.json()
	case oneNumber:
		return a.number.json
	case someNumber:
		return `{"numeric":[` + a.span.json() + "]}"
	case butTexts:
		return `{"anything-but":` + globsJSON(a.globs) + "}"
	case butNumbers:
		var numbers []string
		for _, n := range a.numbers {
			numbers = append(numbers, n.json)
		}
		return `{"anything-but":` + oneOrList(numbers) + "}"
	}
	panic("metricfilter: an alternative that is not known")
}

// operator returns the operator whose operand says the glob, or "" for a text without stars.
func (g glob) operator() (operator, operand string) {
	switch {
	case g.exact():
		return "", g[0]
	case g.any():
		return "wildcard", "*"
	case len(g) == 2 && g.tail() == "":
		return "prefix", g.head()
	case len(g) == 2 && g.head() == "":
		return "suffix", g.tail()
	}
	return "wildcard", g.wildcard()
}

func (g glob) json() string {
	operator, operand := g.operator()
	if operator == "" {
		return quote(operand)
	}
	return "{" + quote(operator) + ":" + quote(operand) + "}"
}

// globsJSON returns the operand of anything-but. It has one operator for all: wildcard, where they need different ones.
func globsJSON(globs []glob) string {
	operator, _ := globs[0].operator()
	if !all(globs, func(g glob) bool { its, _ := g.operator(); return its == operator }) {
		operator = "wildcard"
	}
	var operands []string
	for _, g := range globs {
		_, operand := g.operator()
		if operator == "wildcard" {
			operand = g.wildcard()
		}
		operands = append(operands, quote(operand))
	}
	if operator == "" {
		return oneOrList(operands)
	}
	return "{" + quote(operator) + ":" + oneOrList(operands) + "}"
}

func (s span) json() string {
	var ends []string
	if s.low != nil {
		ends = append(ends, s.low.json('>'))
	}
	if s.high != nil {
		ends = append(ends, s.high.json('<'))
	}
	return strings.Join(ends, ",")
}

func (b *bound) json(operator byte) string {
	if b.closed {
		return `"` + string(operator) + `=",` + b.number.json
	}
	return `"` + string(operator) + `",` + b.number.json
}

func oneOrList(elements []string) string {
	if len(elements) == 1 {
		return elements[0]
	}
	return "[" + strings.Join(elements, ",") + "]"
}

// quote returns a JSON string in which only what must be escaped is.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s) // a string is always encoded
	return strings.TrimSuffix(b.String(), "\n")
}
