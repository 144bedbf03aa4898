package syntax

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/value"
)

// maxComplexity is the complexity up to which the service accepts a pattern.
const maxComplexity = 10

// maxSteps bounds the work of finding a complexity: the sets of positions that are looked at, over all fields. The patterns
// that one meets need some hundreds, a wildcard of 4096 characters some thousands. Only many long wildcards that resemble one
// another get to the bound, which takes about a tenth of a second, and are then taken to be too complex.
const maxSteps = 100_000

// complexity returns the complexity of a pattern's wildcards, which the service limits, or some number above limit.
//
// For one field it is the largest number of positions in which an input can be at once, counted over all wildcards of the
// field. Input "xaa" is in the middle of "*aab" behind the star, behind the first a and behind the second. The complexity of
// a pattern is that of its worst field.
func complexity(rules []Rule, limit int) int {
	if len(rules) == 1 && !slices.ContainsFunc(rules[0], func(f *Field) bool { return f.positions() > limit }) {
		return 0 // or a little more; in any case no more than the limit
	}
	return exactComplexity(rules, limit)
}

// positions returns an upper bound on the complexity of a field of a rule that is alone.
//
// Of the text before the first star an input is at one place at most. Of the text behind a star it is behind the star, and at
// each place before which the text repeats what the input ends with: the borders of the longest such place.
func (f *Field) positions() (n int) {
	for i := range f.Alternatives {
		if !isWildcard(f.Alternatives[i]) {
			continue
		}
		for _, o := range f.Alternatives[i].Operands {
			n++
			for j, part := range o.Wildcard.Parts()[1:] {
				if n++; j == len(o.Wildcard.Parts())-2 {
					part = append(slices.Clone(part), '"') // the engine sees the closing quote
				}
				n += borders(part)
			}
		}
	}
	return n
}

// borders returns the largest number of prefixes, whole ones included, with which one prefix of text ends.
func borders(text []byte) (most int) {
	fail := make([]int, len(text)+1) // by length: the next shorter prefix with which it ends
	count := make([]int, len(text)+1)
	for i := 1; i <= len(text); i++ {
		if i > 1 {
			k := fail[i-1]
			for k > 0 && text[k] != text[i-1] {
				k = fail[k]
			}
			if text[k] == text[i-1] {
				k++
			}
			fail[i] = k
		}
		count[i] = count[fail[i]] + 1
		most = max(most, count[i])
	}
	return most
}

// exactComplexity is complexity without a shortcut.
func exactComplexity(rules []Rule, limit int) int {
	e := evaluation{limit: limit, steps: maxSteps, identities: make(map[*Field][]identity), done: make(map[string]bool)}
	start := new(state)
	for _, r := range rules {
		last := len(r) - 1
		for last >= 0 && !slices.ContainsFunc(r[last].Alternatives, isWildcard) {
			last--
		}
		e.add(start, r[:last+1])
	}
	e.visit(start)
	return e.worst
}

func isWildcard(a Alternative) bool { return a.Op == OpWildcard }

type evaluation struct {
	limit, steps, worst int
	identities          map[*Field][]identity
	done                map[string]bool // sets of wildcards that have been evaluated
}

// A state and a machine mirror how the engine lays out the fields of several rules. From a state, each path leads to one
// machine, and from there each distinct alternative to a state. So rules that begin with the same alternatives share the
// machine of the field that follows, and there the wildcards of all of them add up.
//
// As long as only one rule has come to a state, what follows is left as a piece of the rule.
type state struct {
	only     Rule
	machines map[string]*machine // by path
	visited  bool
}

type machine struct {
	next      map[string]*state // by identity of the alternative
	absent    *state            // what exists:false leads to
	wildcards wildcards
}

// wildcards are the wildcards of a machine, by identity, and the states to which each leads, as often as it has been added.
type wildcards map[string]added

type added struct {
	alt *Alternative
	to  []*state
}

func (w wildcards) add(id identity, to *state) {
	if id.alt.Op == OpWildcard {
		w[id.key] = added{id.alt, append(w[id.key].to, to)}
	}
}

// An identity is what makes an alternative the same as another to the engine.
type identity struct {
	key   string
	alt   *Alternative
	fresh bool // the engine adds it as a new one each time; see addOperand
}

// add adds what is left of a rule to a state.
func (e *evaluation) add(s *state, r Rule) {
	switch {
	case len(r) == 0:
		return
	case s.only == nil && s.machines == nil:
		s.only = r
		return
	case s.only != nil:
		only := s.only
		s.only = nil
		e.expand(s, only)
	}
	e.expand(s, r)
}

func (e *evaluation) expand(s *state, r Rule) {
	f := r[0]
	for _, next := range s.addField(f, e.identitiesOf(f)) {
		e.add(next, r[1:])
	}
}

func (e *evaluation) identitiesOf(f *Field) []identity {
	ids, ok := e.identities[f]
	if !ok {
		ids = identities(f)
		e.identities[f] = ids
	}
	return ids
}

// visit evaluates the machines that the service's evaluation gets to. It does not go on behind an exists:false, so the
// wildcards of fields that are only reached in that way do not count.
//
// It goes in a fixed order, so that it always runs out of steps at the same place.
func (e *evaluation) visit(s *state) {
	if s.visited {
		return
	}
	s.visited = true
	for _, f := range s.only {
		w := make(wildcards)
		for _, id := range e.identitiesOf(f) {
			w.add(id, s)
		}
		e.evaluate(w)
		if !slices.ContainsFunc(f.Alternatives, func(a Alternative) bool { return a.Op != OpNotExists }) {
			return
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.machines)) {
		m := s.machines[path]
		e.evaluate(m.wildcards)
		for _, key := range slices.Sorted(maps.Keys(m.next)) {
			e.visit(m.next[key])
		}
	}
}

// addField adds a field to a state and returns the states to which its alternatives lead: one new state for those that
// the state does not have yet, unless an alternative before has one already.
func (s *state) addField(f *Field, ids []identity) (nexts []*state) {
	m := s.machines[f.Path]
	if m == nil {
		m = &machine{next: make(map[string]*state), wildcards: make(wildcards)}
		if s.machines == nil {
			s.machines = make(map[string]*machine)
		}
		s.machines[f.Path] = m
	}
	var last *state
	for _, id := range ids {
		key := id.key
		if id.fresh {
			key = fmt.Sprint(len(m.wildcards[id.key].to), key)
		}
		next := m.next[key]
		if id.alt.Op == OpNotExists {
			next = m.absent
		}
		if next == nil {
			next = last
		}
		if next == nil {
			next = new(state)
		}
		if id.alt.Op == OpNotExists {
			m.absent = next
		} else {
			m.next[key] = next
		}
		m.wildcards.add(id, next)
		last = next
		if !slices.Contains(nexts, next) {
			nexts = append(nexts, next)
		}
	}
	return nexts
}

// identities returns the alternatives of a field as the engine tells them apart. A comparable number is two to it, the value
// and the spelling.
func identities(f *Field) []identity {
	var ids []identity
	for i := range f.Alternatives {
		a := &f.Alternatives[i]
		var b strings.Builder
		b.WriteString(strconv.Itoa(int(a.Op)))
		if a.Not {
			b.WriteByte('!')
		}
		texts := make([]string, len(a.Operands))
		for i, o := range a.Operands {
			switch {
			case a.Op == OpNumeric:
				texts[i] = o.Range.identity()
			case a.Op == OpNumber && a.Not:
				texts[i] = strconv.FormatFloat(o.Num.Float, 'g', -1, 64)
			case a.Op == OpAddress || a.Op == OpCIDR:
				texts[i] = o.Block.String()
			default:
				texts[i] = strconv.Quote(o.Text)
			}
		}
		slices.Sort(texts)
		b.WriteString(strings.Join(slices.Compact(texts), ","))
		if a.Op == OpNumber && !a.Not && a.Operands[0].Num.Comparable {
			ids = append(ids, identity{key: "=" + strconv.FormatFloat(a.Operands[0].Num.Float, 'g', -1, 64), alt: a})
		}
		fresh := isWildcard(*a) && !slices.ContainsFunc(a.Operands, func(o Operand) bool { return !letterBehindStar(o.Wildcard) })
		ids = append(ids, identity{b.String(), a, fresh})
	}
	return ids
}

func letterBehindStar(w value.Wildcard) bool {
	for _, part := range w.Parts()[1:] {
		if strings.ContainsFunc(string(part), value.HasCase) {
			return true
		}
	}
	return false
}

func (r *Range) identity() string {
	end := func(b *Bound) string {
		if b == nil {
			return ""
		}
		s := strconv.FormatFloat(b.Value, 'g', -1, 64)
		if b.Closed {
			s += "]"
		}
		return s
	}
	return end(r.Low) + ".." + end(r.High)
}

// ends numbers the states to which a wildcard leads. More additions than the limit do not matter.
func (a added) ends() []int {
	ends := make([]int, 0, len(a.to))
	for _, to := range a.to[:min(len(a.to), 300+1)] {
		ends = append(ends, slices.Index(a.to, to))
	}
	return ends
}

// evaluate finds the largest number of positions in which an input can be at once. It follows all inputs together, by
// visiting every set of positions that one of them can be in.
func (e *evaluation) evaluate(w wildcards) {
	keys := slices.Sorted(maps.Keys(w))
	var set strings.Builder
	for _, key := range keys {
		fmt.Fprintln(&set, w[key].ends(), key) // operands are quoted
	}
	if len(keys) == 0 || e.worst > e.limit || e.done[set.String()] {
		return
	}
	e.done[set.String()] = true
	var n positions
	var start []int
	for _, key := range keys {
		// The operands of one alternative share the positions that they have in common, and the end. Those of different ones
		// do not, since a position counts once for each alternative that it is on the way to.
		root := n.add(false)
		ends := make(map[int]int)
		for _, i := range w[key].ends() {
			if _, ok := ends[i]; !ok {
				ends[i] = n.add(false)
				n[ends[i]].end = true
			}
			for _, text := range hashOrder(w[key].alt) {
				n.addOperand(root, ends[i], text)
			}
		}
		start = append(start, root)
	}
	seen := make(map[string]bool)
	for stack := [][]int{start}; len(stack) > 0; {
		set := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, next := range n.successors(set) {
			if e.steps--; e.steps < 0 {
				e.worst = max(e.worst, e.limit+1)
				return
			}
			key := setKey(next)
			if seen[key] {
				continue
			}
			seen[key] = true
			if e.worst = max(e.worst, len(next)); e.worst > e.limit {
				return
			}
			stack = append(stack, next)
		}
	}
}

// positions are the places between the characters of wildcards.
type positions []position

type position struct {
	next  map[byte][]int // where a byte of the wildcard leads
	star  int            // the position behind the star that follows, or 0: no star leads to the first position
	loops bool           // a star precedes: any byte leads here again
	end   bool           // a wildcard ends here
	also  int            // an end that this position is too, or 0
}

func (n *positions) add(loops bool) int {
	*n = append(*n, position{next: make(map[byte][]int), loops: loops})
	return len(*n) - 1
}

// hashOrder returns the texts of the operands, each once and in quotes, in the order of the engine's hash table.
func hashOrder(a *Alternative) []string {
	var texts []string
	for _, o := range a.Operands {
		if text := `"` + o.Text + `"`; !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	size := uint32(16)
	for uint32(len(texts)) > size/4*3 {
		size *= 2
	}
	bucket := func(text string) uint32 {
		h := uint32(0)
		for _, u := range utf16.Encode([]rune(text)) {
			h = 31*h + uint32(u)
		}
		return (h ^ h>>16) & (size - 1)
	}
	slices.SortStableFunc(texts, func(a, b string) int { return cmp.Compare(bucket(a), bucket(b)) })
	return texts
}

// addOperand adds the positions of a valid wildcard, which the engine sees in quotes, from its root to its end.
//
// The engine goes along the positions that are there already, but only as far as the first letter behind a star that has an
// upper and a lower case. From there on it adds new ones, even for the very same wildcard. So a wildcard counts more than once
// if its field is added more than once, as it is if $or has branches with fields that come later in the order of paths.
func (n *positions) addOperand(at, end int, text string) {
	behindStar, follow := false, true
	for i := 0; i < len(text); i++ {
		if text[i] == '*' {
			if (*n)[at].star == 0 {
				star := n.add(true)
				(*n)[at].star = star
			}
			at = (*n)[at].star
			behindStar = true
			continue
		}
		if text[i] == '\\' {
			i++
		}
		if r, _ := utf8.DecodeRuneInString(text[i:]); behindStar && (value.HasCase(r) || utf8.RuneStart(text[i]) && (*n)[at].star != 0) {
			follow = false
		}
		there := (*n)[at].next[text[i]]
		switch {
		case i == len(text)-1:
			if !slices.ContainsFunc(there, func(p int) bool { return p == end || (*n)[p].also == end }) {
				(*n)[at].next[text[i]] = append(there, end)
			}
		case follow && len(there) > 0 && !(*n)[there[0]].end:
			at = there[0]
		case len(there) == 1 && (*n)[there[0]].end && !(*n)[at].loops && (*n)[at].star == 0:
			// The end becomes the beginning of what follows as well.
			next := n.add(false)
			(*n)[next].also = there[0]
			(*n)[at].next[text[i]] = []int{next}
			at = next
		default:
			next := n.add(false)
			(*n)[at].next[text[i]] = append([]int{next}, there...)
			at = next
		}
	}
}

// successors returns the sets of positions in which one more byte can put an input: a set for each byte that a position in
// set looks for, and one for all other bytes.
func (n positions) successors(set []int) [][]int {
	var bytes []byte
	for _, at := range set {
		for c := range n[at].next {
			if !slices.Contains(bytes, c) {
				bytes = append(bytes, c)
			}
		}
	}
	slices.Sort(bytes)
	sets := make([][]int, 0, len(bytes)+1)
	var others []int
	for _, at := range set {
		if n[at].loops {
			others = append(others, at)
		}
	}
	if len(others) > 0 {
		sets = append(sets, others)
	}
	for _, c := range bytes {
		next := slices.Clone(others)
		for _, at := range set {
			for _, to := range n[at].next[c] {
				next = append(next, to)
				if star := n[to].star; star != 0 {
					next = append(next, star)
				}
			}
		}
		slices.Sort(next)
		sets = append(sets, slices.Compact(next))
	}
	return sets
}

func setKey(set []int) string {
	var b []byte
	for _, at := range set {
		b = binary.AppendUvarint(b, uint64(at))
	}
	return string(b)
}
