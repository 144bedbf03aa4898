package pattern

import (
	"cmp"
	"maps"
	"slices"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// An Explanation tells why a pattern matches an event, or why it does not. It is data; String renders it for a terminal.
//
// It shares no memory with the event, whose values it holds as they came: show them to people through String, which makes
// harmless what would move a terminal's cursor or turn the direction of the text.
type Explanation struct {
	// Matched is what Match returns for the event.
	Matched bool

	// Terms are the parts of the pattern in the order of its source. Unless one is replaced by another, the pattern matches
	// if all of them hold, and can be held by the same array elements.
	Terms []Term

	// Held and Fields count the fields of the pattern that hold, and all of them. Of a pattern with $or they count the
	// combination of branches that is nearest to holding.
	Held, Fields int

	// Conflict is set if, for some combination of branches, each field holds and yet the pattern does not match: the values
	// that they hold for are in different elements of an array.
	Conflict *Conflict
}

// A Term is a part of a pattern: a field, or the branches of a $or.
type Term struct {
	Held     bool
	Field    *FieldResult // nil if the term is a $or
	Branches []Branch     // of which one must hold
}

// A Branch is one of the alternatives of a $or. It holds if all of its terms do.
type Branch struct {
	Held  bool
	Terms []Term
}

// A FieldResult tells what a field of the pattern asks for and what the event has there.
type FieldResult struct {
	Path   string // the keys joined with dots: "detail.errorCode"
	Offset int    // of the field's key in the pattern's source, in bytes

	// Held says that the event has a value that one of the alternatives accepts, or lacks one where one accepts that. It
	// looks at this field alone; if values are in array elements, see Explanation.Conflict.
	Held bool

	// Replaced says that a later field with the same path takes this one's place, so that it is never looked at.
	Replaced bool

	Alternatives []AlternativeResult

	// Presence says what is at the path.
	Presence Presence

	// Values are the values at the path: those that are accepted first, then the others in the order of the event. There
	// are at most 8; More is how many there are beyond.
	Values []FoundValue
	More   int

	// Hints say what would have to change for the field to hold, the most likely first. There are at most 3, and none if the
	// field holds.
	Hints []Hint
}

// An AlternativeResult is one element of a field's list.
type AlternativeResult struct {
	Source string // as it is written in the pattern
	Offset int    // in the pattern's source, in bytes
	Want   string // what it asks for, in words: `begins with "AccessDenied"`
	Held   bool
}

// A FoundValue is a value that the event has at the path of a field.
type FoundValue struct {
	At       string // its path with the positions in arrays: "detail.resources[1].ARN"
	JSON     string // as it is written in the event
	Accepted bool   // by one of the alternatives
}

// Presence says what an event has at a path.
type Presence string

// The kinds of [Presence]. EventBridge sees values only; the others are all the same to it, and count as absent.
const (
	PresentValue Presence = "value"  // a string, number, true, false or null, maybe in an array
	Absent       Presence = "absent" // nothing
	Empty        Presence = "empty"  // an empty object or array
	Object       Presence = "object" // an object or an array of objects
)

// A HintKind names what is wrong with a field that nearly holds.
type HintKind string

// The kinds of hints.
const (
	HintWildcard  HintKind = "wildcard"  // the pattern has a star or question mark in plain text
	HintCase      HintKind = "case"      // the texts differ in upper and lower case only
	HintSpace     HintKind = "space"     // the texts differ in the white space around them only
	HintType      HintKind = "type"      // the values would be equal if they were of one type: "1" and 1
	HintPart      HintKind = "part"      // one text is the beginning, the end or a part of the other
	HintSpelling  HintKind = "spelling"  // the texts differ in a letter or two
	HintBound     HintKind = "bound"     // a number or an address is outside the range
	HintExcluded  HintKind = "excluded"  // anything-but excludes every value that is there
	HintPresent   HintKind = "present"   // the field must be absent
	HintAbsent    HintKind = "absent"    // the field is absent, and no alternative accepts that
	HintContainer HintKind = "container" // there is an object or an empty array; EventBridge looks at values only
	HintParent    HintKind = "parent"    // what should hold the field is null, or a text and not an object
	HintPath      HintKind = "path"      // the event has the field under another name or in another place
)

// A Hint is one way in which a field could be brought to hold.
type Hint struct {
	Kind    HintKind
	Message string // a sentence, about the pattern and the event as they are
	Fix     string // what to write in the pattern instead, as JSON; empty if it is not that simple

	// Alternative and Value index FieldResult's Alternatives and Values; -1 if the hint is not about one of them.
	Alternative, Value int
}

// A Conflict tells why fields that hold alone do not hold together: EventBridge wants all values that it takes from an array
// of objects to be in the same element.
type Conflict struct {
	Array  string          // the path of the array with positions; empty if it could not be told
	Fields []ConflictField // the fields for which an element is missing
}

// A ConflictField tells in which elements of the array a field holds.
type ConflictField struct {
	Path     string
	Elements []int // at most 8 of them
	More     int   // how many there are beyond
}

// maxValues is how many values of a field are told, and maxHints how many hints: enough to see what is there, and few enough
// for a terminal.
const (
	maxValues = 8
	maxHints  = 3
)

// Explain tells why the pattern matches the event or does not, field by field. Explanation.Matched is always the answer of
// Match. It reads the whole event: it fails when Match fails, and for every event that is not valid JSON or is nested more than
// 1000 levels deep anywhere.
//
// It takes up to a hundred times as long as Match, and memory in proportion to the event: it is for tests, for people and for
// the odd event in production, not for all of them. Its time is bounded by the product of the sizes of event and pattern,
// whatever the event. The text of messages may change from version to version; do not compare it.
func (p *Pattern) Explain(event []byte) (*Explanation, error) {
	if err := (&scanner{data: event}).check(); err != nil {
		return nil, err
	}
	matched, err := p.Match(event)
	if err != nil {
		return nil, err
	}
	x := &Explanation{Matched: matched}
	tree := p.tree()
	if tree == nil {
		return x, nil
	}
	e := explainer{
		pattern: tree,
		event:   inspect(event, tree),
		results: make(map[*syntax.Field]*fieldFacts),
		live:    make(map[*syntax.Field]bool),
	}
	for _, r := range tree.Rules {
		for _, f := range r {
			e.live[f] = true
		}
	}
	for f := range e.live {
		e.results[f] = e.test(f)
	}
	e.settle()
	x.Terms = e.terms(tree.Root)
	best := e.nearest()
	x.Fields = len(best)
	for _, f := range best {
		if e.results[f].held {
			x.Held++
		}
	}
	if !matched {
		x.Conflict = e.conflict()
	}
	return x, nil
}

// An explainer explains one event.
type explainer struct {
	pattern *syntax.Pattern
	event   *inspection
	live    map[*syntax.Field]bool // the fields that are in a rule
	results map[*syntax.Field]*fieldFacts
	guesses int // how many keys of the event have been compared with one of the pattern
}

// fieldFacts are what is known of a field that is in a rule.
type fieldFacts struct {
	values      []*found
	accepted    []*found // of values
	alternative []bool   // by number: it accepts some value
	mayBeAbsent bool
	held        bool
}

// test tests the values at the path of a field.
func (e *explainer) test(f *syntax.Field) *fieldFacts {
	facts := &fieldFacts{
		values:      e.event.at(f.Path).values,
		alternative: make([]bool, len(f.Alternatives)),
	}
	tests := make([]fieldTest, len(f.Alternatives))
	for i := range f.Alternatives {
		facts.mayBeAbsent = facts.mayBeAbsent || f.Alternatives[i].Op == syntax.OpNotExists
		one := &syntax.Field{Alternatives: f.Alternatives[i : i+1], Numeric: f.Numeric}
		tests[i] = newFieldTest(one, e.pattern.EmptyKeys)
	}
	for _, v := range facts.values {
		accepted := false
		for i := range tests {
			if tests[i].accepts(&scalar{kind: v.kind, text: v.text}) {
				accepted = true
				facts.alternative[i] = true
			}
		}
		if accepted {
			facts.accepted = append(facts.accepted, v)
		}
	}
	return facts
}

// settle decides which fields hold. A field for which absence is an alternative may count as absent if each of its values is
// in an array of which a field that is decided earlier may have chosen another element.
func (e *explainer) settle() {
	fields := slices.SortedFunc(maps.Keys(e.results), func(a, b *syntax.Field) int {
		return cmp.Or(syntax.ComparePaths(a.Path, b.Path), cmp.Compare(a.Offset, b.Offset))
	})
	earlier := choices{chosen: make(map[*position]bool), first: make(map[*position]bool), several: make(map[*position]bool)}
	for len(fields) > 0 {
		n := 1
		for n < len(fields) && fields[n].Path == fields[0].Path {
			n++
		}
		absent, known := false, false // for all fields of the path alike
		for _, f := range fields[:n] {
			facts := e.results[f]
			if facts.mayBeAbsent && !known {
				absent, known = earlier.leaveOut(facts.values), true
			}
			facts.held = len(facts.accepted) > 0 || facts.mayBeAbsent && absent
		}
		for _, f := range fields[:n] {
			earlier.add(e.results[f].accepted)
		}
		fields = fields[n:]
	}
}

// choices are the elements of arrays that some fields may choose.
type choices struct {
	chosen  map[*position]bool // by element
	first   map[*position]bool // by array: one of its elements may be chosen
	several map[*position]bool // by array: and another one too
}

func (c *choices) add(values []*found) {
	for _, v := range values {
		// If an element is known, so are those around it.
		for e := v.pos.outer.within; e != nil && !c.chosen[e]; e = e.outer.within {
			c.chosen[e] = true
			c.several[e.outer] = c.first[e.outer]
			c.first[e.outer] = true
		}
	}
}

// leaveOut reports whether for each of the values there is a choice that leaves it out.
func (c *choices) leaveOut(values []*found) bool {
	known := make(map[*position]bool) // by element: whether what is in it can be left out
	var can func(element *position) bool
	can = func(element *position) bool {
		if element == nil {
			return false
		}
		ok, seen := known[element]
		if !seen {
			array := element.outer
			ok = c.several[array] || c.first[array] && !c.chosen[element] || can(array.within)
			known[element] = ok
		}
		return ok
	}
	for _, v := range values {
		if !can(v.pos.outer.within) {
			return false
		}
	}
	return true
}

// nearest returns the rule with the fewest fields that do not hold.
func (e *explainer) nearest() syntax.Rule {
	var best syntax.Rule
	fewest, most := -1, 0
	for _, r := range e.pattern.Rules {
		held := 0
		for _, f := range r {
			if e.results[f].held {
				held++
			}
		}
		if missing := len(r) - held; fewest < 0 || missing < fewest || missing == fewest && held > most {
			best, fewest, most = r, missing, held
		}
	}
	return best
}

// terms returns what became of the parts of an object.
func (e *explainer) terms(o *syntax.Object) []Term {
	var terms []Term
	for _, m := range o.Members {
		switch {
		case m.Object != nil:
			terms = append(terms, e.terms(m.Object)...)
		case m.Field != nil:
			f := e.field(m.Field)
			terms = append(terms, Term{Held: f.Held, Field: f})
		default:
			var t Term
			for _, branch := range m.Or {
				b := Branch{Held: true, Terms: e.terms(branch)}
				for _, term := range b.Terms {
					b.Held = b.Held && (term.Held || term.Field != nil && term.Field.Replaced)
				}
				t.Branches = append(t.Branches, b)
				t.Held = t.Held || b.Held
			}
			terms = append(terms, t)
		}
	}
	return terms
}

func (e *explainer) field(f *syntax.Field) *FieldResult {
	r := &FieldResult{Path: f.Path, Offset: f.Offset, Replaced: !e.live[f]}
	facts := e.results[f]
	if facts == nil {
		facts = &fieldFacts{alternative: make([]bool, len(f.Alternatives))}
	}
	r.Held = facts.held
	spot := e.event.at(f.Path)
	r.Presence = spot.presence()
	for i := range f.Alternatives {
		a := &f.Alternatives[i]
		held := facts.alternative[i] || a.Op == syntax.OpNotExists && facts.held && len(facts.accepted) == 0
		r.Alternatives = append(r.Alternatives, AlternativeResult{
			Source: e.pattern.Source[a.Offset:a.End],
			Offset: a.Offset,
			Want:   want(a),
			Held:   held,
		})
	}
	if r.Replaced {
		return r
	}
	shown := firstValues(facts)
	for i, v := range shown {
		r.Values = append(r.Values, FoundValue{At: v.at(), JSON: v.json(e.event.text), Accepted: i < len(facts.accepted)})
	}
	r.More = len(facts.values) - len(shown)
	if !r.Held {
		r.Hints = e.hints(f, r, shown)
	}
	return r
}

// firstValues returns the values to show, those that are accepted first.
func firstValues(facts *fieldFacts) []*found {
	shown := facts.accepted[:min(maxValues, len(facts.accepted)):min(maxValues, len(facts.accepted))]
	next := 0 // of accepted, which is in the order of values
	for _, v := range facts.values {
		switch {
		case len(shown) == maxValues:
			return shown
		case next < len(facts.accepted) && facts.accepted[next] == v:
			next++
		default:
			shown = append(shown, v)
		}
	}
	return shown
}
