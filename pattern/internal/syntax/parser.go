package syntax

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/value"
)

// maxLength is the longest pattern that PutRule and TestEventPattern take, in characters.
const maxLength = 4096

// A Parser reads patterns one after the other, each into the memory of the one before. While it reads, an error is a panic with
// an *Error. It is not safe for concurrent use.
type Parser struct {
	reader
	keys []string // of the objects that are open
	at   string   // path of what is being read, for errors

	// What the tree is made of, in the order in which it was complete. The slices that the tree holds are parts of these, or of
	// what these were before they grew.
	pattern      Pattern
	objects      []Object
	members      []Member
	fields       []Field
	alternatives []Alternative
	operands     []Operand

	open  []Member // those of the objects that are open
	order []*Field // all, sorted by ComparePaths
	ranks []int    // by index of a field: the place of its path
	rule  Rule     // the only one, if there is no $or
	rules []Rule
}

// parsers have room from the start for what one meets, since growing is dear when a program has just begun.
var parsers = sync.Pool{New: func() any {
	return &Parser{
		objects:      make([]Object, 0, 8),
		members:      make([]Member, 0, 16),
		open:         make([]Member, 0, 16),
		fields:       make([]Field, 0, 16),
		alternatives: make([]Alternative, 0, 48),
		operands:     make([]Operand, 0, 48),
	}
}}

// Borrow returns a parser, which may have memory from earlier use.
func Borrow() *Parser { return parsers.Get().(*Parser) }

// Return gives a parser back. What it has returned is lost.
func (p *Parser) Return() { parsers.Put(p) }

// parse checks a source, and reads it.
func (p *Parser) parse(source string) (_ *Pattern, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			r.Reason, r.Path = encodable(r.Reason), encodable(p.at)
			err = r
		default:
			panic(r)
		}
	}()
	p.begin(source)
	p.checkText()
	pat := p.read()
	if complexity(pat.Rules, maxComplexity) > maxComplexity {
		p.failUnlocated("Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character")
	}
	return pat, nil
}

// Read reads a source that is known to be valid, and does not find its complexity again. Another source makes it panic. What
// was returned for the source before is lost.
func (p *Parser) Read(source string) *Pattern {
	p.begin(source)
	return p.read()
}

// begin lets go of what was read before.
func (p *Parser) begin(source string) {
	p.reader = reader{src: source, scopes: p.scopes[:0]}
	p.keys, p.at = p.keys[:0], ""
	p.objects, p.members, p.fields = p.objects[:0], p.members[:0], p.fields[:0]
	p.alternatives, p.operands, p.open = p.alternatives[:0], p.operands[:0], p.open[:0]
}

func (p *Parser) read() *Pattern {
	p.pattern = Pattern{Source: p.src, Root: p.whole()}
	pat := &p.pattern
	pat.Fields = len(p.fields)
	p.at, p.start = "", 0
	if countRules(pat.Root) > maxRules {
		p.failUnlocated("Or operator is producing over 1000 rule combinations")
	}
	pat.Rules = p.expand(pat.Root)
	for _, r := range pat.Rules {
		for _, f := range r {
			pat.EmptyKeys = pat.EmptyKeys || hasEmptyStep(f.Path)
		}
	}
	return pat
}

// checkText makes the checks that come before the JSON is read.
func (p *Parser) checkText() {
	if len(p.src) > maxLength && utf8.RuneCountInString(p.src) > maxLength {
		p.failUnlocated("Value at 'eventPattern' failed to satisfy constraint: Member must have length less than or equal to " +
			strconv.Itoa(maxLength))
	}
	if i := firstInvalid(p.src); i >= 0 {
		p.start = i
		p.failUnlocated("Pattern is not valid UTF-8")
	}
}

// failUnlocated ends the reading with a reason that the service gives without a location.
func (p *Parser) failUnlocated(reason string) {
	panic(&Error{Reason: reason, Offset: p.start, source: p.src})
}

// whole reads the object that is the whole pattern.
func (p *Parser) whole() *Object {
	if p.next() != tokObject {
		p.fail("Filter is not an object")
	}
	root := p.object(false)
	if rest := strings.TrimLeft(p.src[p.pos:], " \t\r\n"); rest != "" {
		p.pos = len(p.src) - len(rest)
		p.start = p.pos
		p.fail("Filter must be a single JSON object; found content after it")
	}
	return root
}

// object reads an object from behind its opening brace on.
func (p *Parser) object(insideOr bool) *Object {
	offset, outer, first := p.start, p.at, len(p.open)
	for p.next() != tokObjectEnd {
		key := p.name
		m := Member{Key: key, Offset: p.start}
		if key == "$or" {
			m.Or = p.or()
			p.open = append(p.open, m)
			continue
		}
		p.at = p.extend(key)
		if insideOr && slices.Contains(reserved, key) {
			p.fail(key + " is Ruler reserved fieldName which cannot be used inside $or.")
		}
		switch p.next() {
		case tokObject:
			p.keys = append(p.keys, key)
			m.Object = p.object(insideOr)
			p.keys = p.keys[:len(p.keys)-1]
		case tokArray:
			m.Field = p.field(m.Offset)
		default:
			p.fail(`"` + key + `" must be an object or an array`)
		}
		p.open = append(p.open, m)
		p.at = outer
	}
	n := len(p.open) - first
	if n == 0 {
		p.fail("Empty objects are not allowed")
	}
	p.members = append(p.members, p.open[first:]...)
	p.open = p.open[:first]
	p.objects = append(p.objects, Object{offset, tail(p.members, n)})
	return &p.objects[len(p.objects)-1]
}

// tail returns the last n of all.
func tail[T any](all []T, n int) []T { return slices.Clip(all[len(all)-n:]) }

// extend returns the path of a leaf. As in the engine, keys are joined with dots, but if what precedes the last key is empty
// there is no dot: {"": {"a": …}} is the path "a".
func (p *Parser) extend(key string) string {
	if base := strings.Join(p.keys, "."); base != "" {
		return base + "." + key
	}
	return key
}

// reserved are the names that a field inside $or must not have.
var reserved = []string{
	"exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
	"=", "<", "<=", ">", ">=",
	"regex", "not-wildcard", "not-equals-ignore-case",
	"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
	"ip-address-in-range", "ip-address-not-in-range",
}

// or reads the value of $or.
func (p *Parser) or() []*Object {
	if p.next() != tokArray {
		p.fail("It must be an Array followed with $or.")
	}
	var branches []*Object
	for p.next() != tokArrayEnd {
		if p.tok != tokObject {
			p.fail("Only JSON object is allowed in array of $or relationship.")
		}
		branches = append(branches, p.object(true))
	}
	if len(branches) < 2 {
		p.fail("There must have at least 2 Objects in $or relationship.")
	}
	return branches
}

// field reads the list of a leaf from behind its opening bracket on.
func (p *Parser) field(offset int) *Field {
	f := Field{Index: len(p.fields), Path: p.at, Offset: offset, List: p.start}
	first := len(p.alternatives)
	for p.next() != tokArrayEnd {
		a := Alternative{Offset: p.start}
		literal := Operand{Offset: p.start}
		switch p.tok {
		case tokObject:
			p.matchExpression(&a)
		case tokString:
			a.Op = OpString
			literal.Text = p.text()
			if digits := value.AppendAddress(nil, literal.Text); len(digits) > 0 {
				a.Op = OpAddress
				literal.Block = value.NewBlock(string(digits))
			}
			p.add(&a, literal)
		case tokNumber:
			a.Op = OpNumber
			literal.Text = p.text()
			literal.Num = value.ParseNum([]byte(literal.Text))
			p.add(&a, literal)
		case tokTrue:
			a.Op = OpTrue
		case tokFalse:
			a.Op = OpFalse
		case tokNull:
			a.Op = OpNull
		default:
			p.fail("Match value must be String, number, true, false, or null")
		}
		a.End = p.pos
		p.alternatives = append(p.alternatives, a)
		f.Numeric = f.Numeric || a.Op == OpNumeric || a.Op == OpNumber && a.Operands[0].Num.Comparable
	}
	n := len(p.alternatives) - first
	if n == 0 {
		p.fail("Empty arrays are not allowed")
	}
	f.Alternatives = tail(p.alternatives, n)
	f.End = p.pos
	p.fields = append(p.fields, f)
	return &p.fields[len(p.fields)-1]
}

// add adds an operand to an alternative, which is the last that has any.
func (p *Parser) add(a *Alternative, o Operand) {
	p.operands = append(p.operands, o)
	a.Operands = tail(p.operands, len(a.Operands)+1)
}
