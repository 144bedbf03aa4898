package engine

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// A builder makes a matcher. Whatever patterns have in common is kept once: paths, fields, literals. Its time and memory are
// linear in the patterns.
type builder struct {
	m    *Matcher
	tree *tree

	pathIDs    map[pathName]int32
	fieldIDs   map[fieldText]int32
	literalIDs map[literalText]int32
	accessIDs  map[accessText]int32
	inPattern  []int32 // by index of the pattern that is being added: its fields, or -1

	literalUses []int32 // by literal: how many rules name it
	variety     []int32 // by path: how many literals it has
	accesses    []access
	refs        []ref  // by field, of accesses
	fieldRefs   []span // by field: of refs; none if no value has to lead to it
	exact       []bool // by field: whatever a ref leads from is accepted
}

type pathName struct {
	path      string
	emptyKeys bool
}

type fieldText struct {
	path int32
	text string
}

type literalText struct {
	key  int32
	text string
}

type accessText struct {
	path int32
	kind accessKind
	text string
}

// A ref is an access, or if it is negative a literal.
type ref int32

// An access is something by which values can lead to rules, other than a literal.
type access struct {
	accessText
	operand *syntax.Operand // of wildcards and numbers
	uses    int32           // by rules
	list    int32           // of the rules for which it was chosen, or -1
}

type accessKind uint8

const (
	byPresence accessKind = iota
	byPrefix
	bySuffix
	byLowerPrefix
	byLowerSuffix
	byWildcard
	byNumber
	byAddress
)

// price is how much worse than a literal an access is, in literals that are one rule's own: it costs more to look up, and
// more values lead there.
var price = [...]int64{
	byPresence:    1 << 32,
	byPrefix:      2,
	bySuffix:      2,
	byLowerPrefix: 2,
	byLowerSuffix: 2,
	byWildcard:    4,
	byNumber:      8,
	byAddress:     2,
}

func newBuilder(patterns int) *builder {
	b := &builder{
		m:          &Matcher{patterns: patterns, secret: [3]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64()}, spread: rand.Uint32() | 1},
		pathIDs:    make(map[pathName]int32),
		fieldIDs:   make(map[fieldText]int32),
		literalIDs: make(map[literalText]int32),
		accessIDs:  make(map[accessText]int32),
	}
	b.tree = newTree(b)
	return b
}

// text puts a text into the arena.
func (b *builder) text(s string) span {
	at := uint32(len(b.m.arena))
	b.m.arena = append(b.m.arena, s...)
	return span{at, uint32(len(s))}
}

// add adds the rules of a pattern.
func (b *builder) add(id int32, p *syntax.Pattern) {
	m := b.m
	b.inPattern = b.inPattern[:0]
	for range p.Fields {
		b.inPattern = append(b.inPattern, -1)
	}
	for _, r := range p.Rules {
		first := len(m.ruleFields)
		for _, f := range r {
			if b.inPattern[f.Index] < 0 {
				b.inPattern[f.Index] = b.field(f, p)
			}
			field := b.inPattern[f.Index]
			m.ruleFields = append(m.ruleFields, field)
			for _, ref := range part(b.refs, b.fieldRefs[field]) {
				*b.uses(ref)++
			}
		}
		m.rules = append(m.rules, rule{id, -1, span{uint32(first), uint32(len(r))}})
	}
}

func (b *builder) uses(r ref) *int32 {
	if r < 0 {
		return &b.literalUses[^r]
	}
	return &b.accesses[r].uses
}

func (b *builder) path(name string, emptyKeys bool) int32 {
	id, ok := b.pathIDs[pathName{name, emptyKeys}]
	if !ok {
		id = int32(len(b.m.paths))
		b.m.paths = append(b.m.paths, path{
			presence: -1, prefixes: -1, suffixes: -1, lowerPrefixes: -1, lowerSuffixes: -1, wild: -1, numeric: -1, addresses: -1,
		})
		b.variety = append(b.variety, 0)
		b.pathIDs[pathName{name, emptyKeys}] = id
		n := b.tree.add(name)
		if emptyKeys {
			n.paths[1] = id
		} else {
			n.paths[0] = id
		}
	}
	return id
}

// field returns the field of the matcher for one of the pattern.
func (b *builder) field(f *syntax.Field, p *syntax.Pattern) int32 {
	path := b.path(f.Path, p.EmptyKeys)
	text := fieldText{path, p.Source[f.List:f.End]}
	id, ok := b.fieldIDs[text]
	if ok {
		return id
	}
	id = int32(len(b.m.fields))
	b.fieldIDs[text] = id
	c := fieldBuilder{b: b, field: field{path: path, numeric: f.Numeric, only: -1}, exact: true}
	for i := range f.Alternatives {
		c.add(&f.Alternatives[i], p.Source)
	}
	c.finish()
	return id
}

// literal returns the literal of a kind and text on a path.
func (b *builder) literal(path int32, kind value.Kind, text string) int32 {
	key := literalText{literalKey(path, kind), text}
	id, ok := b.literalIDs[key]
	if !ok {
		id = int32(len(b.m.literals))
		b.literalIDs[key] = id
		b.m.literals = append(b.m.literals, literal{key.key, b.text(text), -1})
		b.literalUses = append(b.literalUses, 0)
		b.variety[path]++
		p := &b.m.paths[path]
		switch kind {
		case value.String:
			p.lengths |= lengthBit(len(text))
		case lowerCase:
			p.lower = true
			p.lengths |= lengthBit(len(text))
		case value.Number:
			p.numbers = true
		default:
			p.words = true
		}
	}
	return id
}

// number returns the literal of a number.
func (b *builder) number(path int32, o *syntax.Operand) int32 {
	text := o.Text
	if o.Num.Comparable {
		bits := numberBits(o.Num.Float)
		text = string(bits[:])
	}
	return b.literal(path, value.Number, text)
}

func (b *builder) access(t accessText, o *syntax.Operand) ref {
	id, ok := b.accessIDs[t]
	if !ok {
		id = int32(len(b.accesses))
		b.accessIDs[t] = id
		if o != nil {
			own := *o // for the parser reads the next pattern into its memory
			o = &own
		}
		b.accesses = append(b.accesses, access{t, o, 0, -1})
	}
	return ref(id)
}

// A fieldBuilder makes a field.
type fieldBuilder struct {
	b            *builder
	field        field
	literals     []int32
	alternatives []alternative
	refs         []ref
	exact        bool
}

func (c *fieldBuilder) add(a *syntax.Alternative, source string) {
	path := c.field.path
	switch {
	case a.Op == syntax.OpNotExists:
		c.field.absent = true
	case a.Op == syntax.OpExists:
		c.field.kinds = 0xff
		c.lead(byPresence, "", nil)
	case a.Op == syntax.OpTrue:
		c.word(value.True)
	case a.Op == syntax.OpFalse:
		c.word(value.False)
	case a.Op == syntax.OpNull:
		c.word(value.Null)
	case a.Not:
		c.except(a)
		c.lead(byPresence, "", nil)
		c.exact = false
	case a.Op == syntax.OpString || a.Op == syntax.OpExactly:
		c.literal(c.b.literal(path, value.String, a.Operands[0].Text))
	case a.Op == syntax.OpNumber:
		c.literal(c.b.number(path, &a.Operands[0]))
	default:
		c.alternative(a)
		c.leadBy(a, source)
	}
}

func (c *fieldBuilder) literal(id int32) {
	c.literals = append(c.literals, id)
	c.refs = append(c.refs, ^ref(id))
}

func (c *fieldBuilder) word(kind value.Kind) {
	c.field.kinds |= 1 << kind
	c.refs = append(c.refs, ^ref(c.b.literal(c.field.path, kind, "")))
}

func (c *fieldBuilder) lead(kind accessKind, text string, o *syntax.Operand) {
	c.refs = append(c.refs, c.b.access(accessText{c.field.path, kind, text}, o))
}

// leadBy lets the values for which an alternative holds lead to the field.
func (c *fieldBuilder) leadBy(a *syntax.Alternative, source string) {
	o := &a.Operands[0]
	switch a.Op {
	case syntax.OpPrefix:
		c.lead(byPrefix, o.Text, nil)
	case syntax.OpSuffix:
		c.lead(bySuffix, o.Text, nil)
	case syntax.OpWildcard:
		c.leadByWildcard(o)
	case syntax.OpNumeric:
		c.exact = false
		c.lead(byNumber, source[a.Offset:a.End], o)
	case syntax.OpAddress, syntax.OpCIDR:
		digits, exact := o.Block.Prefixes()
		c.exact = c.exact && exact
		for _, d := range digits {
			c.lead(byAddress, d, nil)
		}
	default:
		c.leadByLower(a.Op, o)
	}
}

func (c *fieldBuilder) leadByWildcard(o *syntax.Operand) {
	parts := o.Wildcard.Parts()
	first, last := string(parts[0]), string(parts[len(parts)-1])
	switch {
	case len(parts) == 1:
		c.refs = append(c.refs, ^ref(c.b.literal(c.field.path, value.String, first)))
	case len(parts) == 2 && (first == "" || last == ""):
		if first == "" {
			c.lead(bySuffix, last, nil)
		} else {
			c.lead(byPrefix, first, nil)
		}
	case first == "":
		c.lead(byWildcard, o.Text, o)
	case len(last) > len(first):
		c.exact = false
		c.lead(bySuffix, last, nil)
	default:
		c.exact = false
		c.lead(byPrefix, first, nil)
	}
}

// leadByLower is for the operations without regard to case. They have an index if the operand is ASCII: then a text is
// compared letter by letter.
func (c *fieldBuilder) leadByLower(op syntax.Op, o *syntax.Operand) {
	if !isASCII(o.Text) {
		c.exact = false
		c.lead(byPresence, "", nil)
		return
	}
	lower := strings.ToLower(o.Text)
	switch op {
	case syntax.OpPrefixIgnoreCase:
		c.lead(byLowerPrefix, lower, nil)
	case syntax.OpSuffixIgnoreCase:
		c.lead(byLowerSuffix, lower, nil)
	default:
		c.refs = append(c.refs, ^ref(c.b.literal(c.field.path, lowerCase, lower)))
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// except adds an anything-but.
func (c *fieldBuilder) except(a *syntax.Alternative) {
	kind := value.String
	if a.Op == syntax.OpNumber {
		kind = value.Number
	}
	for k := value.String; k <= value.Null; k++ {
		if k != kind {
			c.field.kinds |= 1 << k
		}
	}
	if a.Op != syntax.OpExactly && a.Op != syntax.OpNumber {
		c.alternative(a)
		return
	}
	var ids []int32
	for i := range a.Operands {
		if a.Op == syntax.OpNumber {
			ids = append(ids, c.b.number(c.field.path, &a.Operands[i]))
		} else {
			ids = append(ids, c.b.literal(c.field.path, value.String, a.Operands[i].Text))
		}
	}
	c.alternatives = append(c.alternatives, alternative{a.Op, true, false, c.b.idList(ids)})
}

// idList keeps a list of literals, sorted.
func (b *builder) idList(ids []int32) span {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	b.m.ids = append(b.m.ids, ids...)
	return span{uint32(len(b.m.ids) - len(ids)), uint32(len(ids))}
}

// alternative adds an alternative that is no literal.
func (c *fieldBuilder) alternative(a *syntax.Alternative) {
	m := c.b.m
	alt := alternative{op: a.Op, not: a.Not}
	n := uint32(len(a.Operands))
	switch a.Op {
	case syntax.OpWildcard:
		alt.operands = span{uint32(len(m.wildcards)), n}
		for i := range a.Operands {
			m.wildcards = append(m.wildcards, c.b.wildcard(&a.Operands[i]))
		}
	case syntax.OpNumeric:
		m.paths[c.field.path].numbers = true
		alt.operands = span{uint32(len(m.ranges)), n}
		for i := range a.Operands {
			m.ranges = append(m.ranges, newRange(&a.Operands[i].Range))
		}
	case syntax.OpAddress, syntax.OpCIDR:
		m.paths[c.field.path].numbers = true
		alt.operands = span{uint32(len(m.blocks)), n}
		for i := range a.Operands {
			m.blocks = append(m.blocks, a.Operands[i].Block)
		}
	default:
		c.texts(&alt, a)
	}
	c.alternatives = append(c.alternatives, alt)
}

// texts sets the operands of an operation that compares text.
func (c *fieldBuilder) texts(alt *alternative, a *syntax.Alternative) {
	m := c.b.m
	n := uint32(len(a.Operands))
	if isFold(a.Op) {
		alt.ascii = true
		for i := range a.Operands {
			alt.ascii = alt.ascii && isASCII(a.Operands[i].Text)
		}
		if !alt.ascii {
			alt.operands = span{uint32(len(m.folds)), n}
			for i := range a.Operands {
				m.folds = append(m.folds, a.Operands[i].Fold)
			}
			return
		}
	}
	alt.operands = span{uint32(len(m.texts)), n}
	for i := range a.Operands {
		text := a.Operands[i].Text
		if alt.ascii {
			text = strings.ToLower(text)
		}
		m.texts = append(m.texts, c.b.text(text))
	}
}

// wildcard keeps the parts of a wildcard.
func (b *builder) wildcard(o *syntax.Operand) span {
	first := len(b.m.texts)
	for _, p := range o.Wildcard.Parts() {
		b.m.texts = append(b.m.texts, b.text(string(p)))
	}
	return span{uint32(first), uint32(len(b.m.texts) - first)}
}

func newRange(r *syntax.Range) numericRange {
	n := numericRange{low: math.Inf(-1), high: math.Inf(1)} // which no comparable number is
	if r.Low != nil {
		n.low, n.lowClosed = r.Low.Value, r.Low.Closed
	}
	if r.High != nil {
		n.high, n.highClosed = r.High.Value, r.High.Closed
	}
	return n
}

func (c *fieldBuilder) finish() {
	b := c.b
	c.field.literals = b.idList(c.literals)
	if !c.field.absent && c.field.kinds == 0 && len(c.alternatives) == 0 && c.field.literals.n == 1 {
		c.field.only = c.literals[0]
	}
	c.field.alternatives = span{uint32(len(b.m.alternatives)), uint32(len(c.alternatives))}
	b.m.alternatives = append(b.m.alternatives, c.alternatives...)
	b.m.fields = append(b.m.fields, c.field)
	if c.field.absent {
		c.refs = nil // no value needs to be there
	}
	slices.Sort(c.refs)
	c.refs = slices.Compact(c.refs)
	b.fieldRefs = append(b.fieldRefs, span{uint32(len(b.refs)), uint32(len(c.refs))})
	b.refs = append(b.refs, c.refs...)
	b.exact = append(b.exact, c.exact)
}

// finish makes the indexes, when all patterns have been added.
func (b *builder) finish() *Matcher {
	m := b.m
	b.tree.finish()
	b.chooseAccesses()
	b.findCertain()
	b.index()
	b.hashLiterals()
	for i := range m.paths {
		p := &m.paths[i]
		p.operands = p.lower || max(p.prefixes, p.suffixes, p.lowerPrefixes, p.lowerSuffixes, p.wild, p.addresses) >= 0
	}
	m.arena, m.literals, m.postings, m.rules = slices.Clip(m.arena), slices.Clip(m.literals), slices.Clip(m.postings), slices.Clip(m.rules)
	m.ruleFields, m.fields, m.ids = slices.Clip(m.ruleFields), slices.Clip(m.fields), slices.Clip(m.ids)
	m.alternatives, m.texts, m.wildcards = slices.Clip(m.alternatives), slices.Clip(m.texts), slices.Clip(m.wildcards)
	m.radix, m.lists, m.blocks = slices.Clip(m.radix), slices.Clip(m.lists), slices.Clip(m.blocks)
	return m
}

// chooseAccesses lets each rule be found by the field that the fewest rules share, and makes the lists.
func (b *builder) chooseAccesses() {
	m := b.m
	chosen := make([]int32, len(m.rules)) // fields
	homes := make([]int32, len(m.fields)) // by field: the list of the rules for which it was chosen, or -1
	for i := range homes {
		homes[i] = -1
	}
	for i := range m.rules {
		r := &m.rules[i]
		f := b.rarest(part(m.ruleFields, r.fields))
		chosen[i] = f
		if f < 0 {
			m.always = append(m.always, int32(i))
			continue
		}
		if b.exact[f] {
			r.access = f
		}
		if refs := part(b.refs, b.fieldRefs[f]); len(refs) <= fewRefs {
			for _, ref := range refs {
				m.lists[b.list(ref)].n++
			}
			continue
		}
		if homes[f] < 0 {
			homes[f] = b.home(f)
		}
		m.lists[homes[f]].n++
	}
	total := uint32(0)
	for i := range m.lists {
		l := &m.lists[i]
		l.first, total, l.n = total, total+l.n, 0
	}
	m.postings = make([]posting, total)
	for i, f := range chosen {
		if f < 0 {
			continue
		}
		p := posting{int32(i), b.guard(part(m.ruleFields, m.rules[i].fields), f)}
		if homes[f] >= 0 {
			b.post(homes[f], p)
			continue
		}
		for _, ref := range part(b.refs, b.fieldRefs[f]) {
			b.post(b.list(ref), p)
		}
	}
	for f, home := range homes {
		if home >= 0 {
			b.forward(part(b.refs, b.fieldRefs[f]), home)
		}
	}
}

// findCertain finds the lists of one rule that has one field only. If a value outside of all elements is accepted for certain, so is
// the rule.
func (b *builder) findCertain() {
	m := b.m
	m.certain = make([]int32, len(m.lists))
	for i, l := range m.lists {
		m.certain[i] = -1
		if l.n != 1 || m.postings[l.first].rule < 0 {
			continue
		}
		if r := &m.rules[m.postings[l.first].rule]; r.access >= 0 && r.fields.n == 1 {
			m.certain[i] = r.pattern
		}
	}
}

// fewRefs is how many values may lead to a rule directly. An event that has all of them has the rule checked so many times.
const fewRefs = 4

// home returns a new list for the rules that are found by a field to which many values lead, and makes room in the lists of these.
// So a rule is in one list only: it takes no more memory the more values lead to it, and an event cannot have it checked as often.
func (b *builder) home(field int32) int32 {
	for _, r := range part(b.refs, b.fieldRefs[field]) {
		b.m.lists[b.list(r)].n++
	}
	b.m.lists = append(b.m.lists, span{})
	return int32(len(b.m.lists) - 1)
}

// forward lets the lists of several refs lead to the list of a field. A rule that is alone there can be ruled out before.
func (b *builder) forward(refs []ref, home int32) {
	p := posting{^home, -1}
	if l := b.m.lists[home]; l.n == 1 {
		p.guard = b.m.postings[l.first].guard
	}
	for _, r := range refs {
		b.post(b.list(r), p)
	}
}

// post puts a posting into a list, where there is room for it.
func (b *builder) post(list int32, p posting) {
	l := &b.m.lists[list]
	b.m.postings[l.first+l.n] = p
	l.n++
}

// list returns the list of a ref.
func (b *builder) list(r ref) int32 {
	var list *int32
	if r < 0 {
		list = &b.m.literals[^r].list
	} else {
		list = &b.accesses[r].list
	}
	if *list < 0 {
		*list = int32(len(b.m.lists))
		b.m.lists = append(b.m.lists, span{})
	}
	return *list
}

// rarest returns the field by which a rule is best found, or -1: that of whose alternatives the one that most rules share is
// shared by the fewest. It is taken for the rarest in events too. Where that is all the same, the path counts of which rules
// name more values: one of these is less often the value of an event.
func (b *builder) rarest(fields []int32) int32 {
	best, least, variety := int32(-1), int64(math.MaxInt64), int32(0)
	for _, f := range fields {
		refs := part(b.refs, b.fieldRefs[f])
		if len(refs) == 0 {
			continue
		}
		cost := int64(0)
		for _, r := range refs {
			uses := int64(*b.uses(r))
			if r >= 0 {
				uses += price[b.accesses[r].kind]
			}
			cost = max(cost, uses)
		}
		if v := b.variety[b.m.fields[f].path]; cost < least || cost == least && v > variety {
			best, least, variety = f, cost, v
		}
	}
	return best
}

// guard returns the rarest literal, on another path than the one by which the rule is found, without which it cannot match, or -1.
func (b *builder) guard(fields []int32, access int32) int32 {
	best := int32(-1)
	for _, f := range fields {
		id := b.m.fields[f].only
		if f != access && id >= 0 && (best < 0 || b.literalUses[id] < b.literalUses[best]) {
			best = id
		}
	}
	return best
}

// hashLiterals makes the hash table of the literals. It is at most half full.
func (b *builder) hashLiterals() {
	m := b.m
	size := 1 << bits.Len(uint(2*len(m.literals)))
	m.buckets = make([]bucket, size)
	for i := range m.buckets {
		m.buckets[i].id = -1
	}
	mask := uint64(size - 1)
	for id := range m.literals {
		l := &m.literals[id]
		h := m.hash(l.key, part(m.arena, l.text))
		i := h & mask
		for m.buckets[i].id >= 0 {
			i = (i + 1) & mask
		}
		m.buckets[i] = bucket{uint32(h >> 32), int32(id)}
	}
}
