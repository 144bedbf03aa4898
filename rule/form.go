package rule

import "slices"

// A Form says which of an entry's patterns is meant.
type Form string

const (
	// Recommended is the rule's own pattern: scoped to the source of its events, noise left out. It
	// is the default.
	Recommended Form = "recommended"
	// Literal matches the same events as the published metric filter, mistakes included.
	Literal Form = "literal"
	// Extended asks for the calls, too, that the published filter leaves out and people who defend
	// accounts add.
	Extended Form = "extended"
)

// Form returns the rule in a form, and whether the entry has it. The rule shares nothing with e that
// can be changed. The literal form is that of the first filter. An entry without an extended
// pattern has no extended form; whoever wants as much as there is takes the rule itself instead.
func (e *Entry) Form(f Form) (Rule, bool) {
	r := e.Rule.Clone()
	switch f {
	case Recommended, "":
		return r, true
	case Literal:
		if len(e.Filters) == 0 || e.Filters[0].Literal == nil {
			return Rule{}, false
		}
		r.Pattern, r.Regions = e.Filters[0].Literal, slices.Clone(e.Filters[0].Regions)
		return r, true
	case Extended:
		r.Pattern = e.Extended
		return r, r.Pattern != nil
	}
	return Rule{}, false
}
