// Package syntax compiles the source of an event pattern. It reads the JSON text in order, since order, duplicates and
// positions all have a meaning, and rejects what EventBridge rejects, in EventBridge's words.
package syntax

import (
	"slices"

	"github.com/countertrail/countertrail/pattern/internal/value"
)

// A Pattern is a valid pattern: its source as a tree, for tools, and what is to be matched, for the matchers.
type Pattern struct {
	Source string
	Root   *Object
	Fields int // how many there are in the tree

	// Rules are the sub-rules into which $or multiplies the pattern. The pattern matches if one of them does. There is
	// always at least one.
	Rules []Rule

	// EmptyKeys says that members of the event named "" are looked into. The engine does that only if the pattern has a
	// path with an empty step that is not its last.
	EmptyKeys bool
}

// A Rule is a list of fields that must all match, sorted by ComparePaths, each path once.
type Rule []*Field

// An Object is an object of the pattern other than an alternative.
type Object struct {
	Offset  int // of its brace in the source
	Members []Member
}

// A Member is one member of an object. Exactly one of Object, Field and Or is set.
type Member struct {
	Key    string
	Offset int // of the key's opening quote

	Object *Object   // a deeper level
	Field  *Field    // a leaf
	Or     []*Object // the branches, if Key is $or
}

// A Field is one leaf of the pattern: a path and the alternatives for its value. A field that a later one with the same
// path replaces is in the tree but in none of the rules.
type Field struct {
	Index        int    // among the fields of the tree, in the order of the source
	Path         string // keys joined with dots
	Offset       int    // of the key's opening quote
	List         int    // offset of the list's opening bracket
	End          int    // offset behind the list
	Alternatives []Alternative

	// Numeric says that one of the alternatives compares numbers by value. Comparable numbers in the event then take that
	// route only, and no longer match addresses by their spelling.
	Numeric bool
}

// An Op names the test that an alternative makes.
type Op uint8

const (
	OpString           Op = iota + 1 // a string literal
	OpAddress                        // a string literal that is an IP address
	OpNumber                         // a number literal
	OpTrue                           // the literal true
	OpFalse                          // the literal false
	OpNull                           // the literal null
	OpExactly                        // {"exactly": …}
	OpPrefix                         // {"prefix": …}
	OpPrefixIgnoreCase               // {"prefix": {"equals-ignore-case": …}}
	OpSuffix                         // {"suffix": …}
	OpSuffixIgnoreCase               // {"suffix": {"equals-ignore-case": …}}
	OpEqualsIgnoreCase               // {"equals-ignore-case": …}
	OpWildcard                       // {"wildcard": …}
	OpNumeric                        // {"numeric": […]}
	OpCIDR                           // {"cidr": …}
	OpExists                         // {"exists": true}
	OpNotExists                      // {"exists": false}
)

// An Alternative is one element of a field's list.
//
// If Not is set the alternative is an anything-but: a value matches if Op holds for none of Operands. Op is then one of
// OpExactly, OpNumber, OpPrefix, OpSuffix, OpEqualsIgnoreCase and OpWildcard, and there may be several operands.
// Otherwise there is one operand, or none for OpTrue, OpFalse, OpNull, OpExists and OpNotExists.
type Alternative struct {
	Op       Op
	Not      bool
	Operands []Operand
	Offset   int // of the alternative in the source
	End      int // offset behind it
}

// An Operand is what a value is compared with. Text is set for all operations but OpNumeric, and the field that belongs to
// the operation beside it.
type Operand struct {
	Text     string // the decoded string, or a number as it is spelled
	Offset   int    // in the source
	Num      value.Num
	Range    Range
	Block    value.Block
	Fold     value.Fold
	Wildcard value.Wildcard
}

// A Range is the operand of numeric. An end that is absent is unlimited.
type Range struct {
	Low, High *Bound
}

// A Bound is one end of a range.
type Bound struct {
	Text   string // as it is spelled
	Value  float64
	Closed bool // the bound itself is in the range
}

// Contains reports whether a comparable number is in the range.
func (r *Range) Contains(f float64) bool {
	if b := r.Low; b != nil && (f < b.Value || f == b.Value && !b.Closed) {
		return false
	}
	if b := r.High; b != nil && (f > b.Value || f == b.Value && !b.Closed) {
		return false
	}
	return true
}

// Parse compiles the source of a pattern. An error is always an *Error.
func Parse(source string) (*Pattern, error) { return new(Parser).parse(source) }

// Check reports what is wrong with the source of a pattern: nil, or an *Error.
func Check(source string) error {
	p := Borrow()
	defer p.Return()
	_, err := p.parse(source)
	return err
}

// hasEmptyStep reports whether the engine records "" as a step of the path: it splits the path at its dots as Java does,
// which leaves out empty parts at the end, but takes the empty path for one empty part.
func hasEmptyStep(path string) bool {
	if path == "" {
		return true
	}
	last := len(path)
	for last > 0 && path[last-1] == '.' {
		last--
	}
	for i := range last {
		if path[i] == '.' && (i == 0 || path[i-1] == '.') {
			return true
		}
	}
	return false
}

// maxRules is the service's limit on the sub-rules into which $or multiplies a pattern.
const maxRules = 1000

// countRules returns the number of sub-rules of a pattern, or some number above maxRules. It counts without building them,
// because nested and neighbouring $or multiply.
func countRules(o *Object) int { return countIn(o, 0) }

func countIn(o *Object, n int) int {
	for _, m := range o.Members {
		switch {
		case m.Field != nil:
			n = max(n, 1)
		case m.Object != nil:
			n = countIn(m.Object, n)
		default:
			sum := 0
			for _, branch := range m.Or {
				if sum += countIn(branch, max(n, 1)); sum > maxRules {
					return sum
				}
			}
			n = sum
		}
	}
	return n
}

// expand returns the sub-rules of a pattern whose number has been checked.
func (p *Parser) expand(root *Object) []Rule {
	p.rule = append(p.rule[:0], make(Rule, p.rank())...)
	p.rules = append(p.rules[:0], p.rule)
	rules := expandIn(root, p.rules, p.ranks)
	for i, r := range rules {
		rules[i] = slices.DeleteFunc(r, func(f *Field) bool { return f == nil })
	}
	return rules
}

// rank finds the places of all fields in the order of paths, and returns how many paths there are.
func (p *Parser) rank() (paths int) {
	p.order, p.ranks = p.order[:0], append(p.ranks[:0], make([]int, len(p.fields))...)
	for i := range p.fields {
		p.order = append(p.order, &p.fields[i])
	}
	slices.SortFunc(p.order, func(a, b *Field) int { return ComparePaths(a.Path, b.Path) })
	for i, f := range p.order {
		if i == 0 || f.Path != p.order[i-1].Path {
			paths++
		}
		p.ranks[f.Index] = paths - 1
	}
	return paths
}

// expandIn adds the fields of an object to each of the rules, in text order, so that a later field replaces an earlier one of
// its path. The rules have room for each path of the pattern; ranks are the places of the fields in them. expandIn owns the rules.
func expandIn(o *Object, rules []Rule, ranks []int) []Rule {
	for _, m := range o.Members {
		switch {
		case m.Field != nil:
			for _, r := range rules {
				r[ranks[m.Field.Index]] = m.Field
			}
		case m.Object != nil:
			rules = expandIn(m.Object, rules, ranks)
		default:
			var all []Rule
			for _, branch := range m.Or {
				copies := make([]Rule, len(rules))
				for i, r := range rules {
					copies[i] = slices.Clone(r)
				}
				all = append(all, expandIn(branch, copies, ranks)...)
			}
			rules = all
		}
	}
	return rules
}
