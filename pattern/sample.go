package pattern

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/pattern/internal/cloudtrail"
	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// SampleOptions are the options of [Pattern.Sample].
type SampleOptions struct {
	// Seed chooses among branches and alternatives. The same seed gives the same sample in every run of one version. Zero
	// takes the first of each.
	Seed uint64
}

// A Sample is an event that matches a pattern, and events that nearly do.
type Sample struct {
	Event     []byte     // indented JSON
	Mutations []Mutation // in the order of the pattern's source
}

// A Mutation is the event of a sample with one field changed so that the pattern does not match.
type Mutation struct {
	Path   string // of the field that is changed
	Event  []byte // indented JSON
	Reason string // what is changed and what the pattern wants, for people
}

// An UnsatisfiableError says that no event matches a pattern, though EventBridge accepts it.
type UnsatisfiableError struct {
	Path   string // of a field that nothing satisfies; empty if the pattern itself is empty
	Offset int    // of the field's key in the pattern's source, in bytes
	Reason string
}

// Error returns the path and the reason.
func (e *UnsatisfiableError) Error() string {
	if e.Path == "" {
		return "pattern: " + e.Reason
	}
	return "pattern: " + clean(e.Path, maxShown) + ": " + e.Reason
}

// Sample returns an event that matches the pattern, and for each field that makes a difference one or two changes with which it
// does not match: another value, and absence. (A field makes none if other branches of a $or match without it, or if its list
// accepts everything.)
//
// If the pattern asks for events of CloudTrail, what it does not speak of is filled in so that the event looks like one. It is
// made up all the same: that a sample matches says nothing on whether AWS sends such events. Accounts, addresses and ids are
// reserved for documentation.
//
// If no event can match, the error is an *UnsatisfiableError.
func (p *Pattern) Sample(opts *SampleOptions) (*Sample, error) {
	tree := p.tree()
	if tree == nil {
		return nil, &UnsatisfiableError{Reason: "the pattern is empty, and matches no event"}
	}
	s := sampler{pattern: tree}
	if opts != nil && opts.Seed != 0 {
		s.rand = rand.New(rand.NewPCG(opts.Seed, 0))
	}
	if err := s.choose(); err != nil {
		return nil, err
	}
	sample := &Sample{Event: s.event(nil)}
	if ok, err := p.Match(sample.Event); err != nil || !ok {
		return nil, fmt.Errorf("pattern: no sample found: matched %v, error %v; this is a mistake of the package", ok, err)
	}
	fields := slices.Clone(s.rule)
	slices.SortFunc(fields, func(a, b *syntax.Field) int { return a.Offset - b.Offset })
	for _, f := range fields {
		for _, m := range s.changes(f) {
			event := s.event(&m)
			if ok, err := p.Match(event); err == nil && !ok {
				sample.Mutations = append(sample.Mutations, Mutation{f.Path, event, m.reason(f)})
			}
		}
	}
	return sample, nil
}

// A sampler makes events for one rule of a pattern.
type sampler struct {
	pattern *syntax.Pattern
	rand    *rand.Rand // nil to take the first of everything
	rule    syntax.Rule
	values  map[string]string // by path: JSON; missing if the field is absent
	base    *sampleNode
}

// from returns the numbers from 0 to n-1, beginning with one that is chosen.
func (s *sampler) from(n int) []int {
	first := 0
	if s.rand != nil && n > 1 {
		first = s.rand.IntN(n)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = (first + i) % n
	}
	return order
}

// choose chooses a rule and values for its fields.
func (s *sampler) choose() error {
	var first error
	for _, i := range s.from(len(s.pattern.Rules)) {
		err := s.chooseValues(s.pattern.Rules[i])
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

func (s *sampler) chooseValues(r syntax.Rule) error {
	s.rule, s.values, s.base = r, make(map[string]string), baseEvent("")
	if isCloudTrailRule(r) {
		s.base = baseEvent("AWS API Call via CloudTrail")
	}
	// The detail type comes first, for it decides what the rest looks like.
	for _, detailType := range []bool{true, false} {
		for _, f := range r {
			if (f.Path == "detail-type") != detailType {
				continue
			}
			if err := s.chooseValue(f); err != nil {
				return err
			}
			if detailType && isCloudTrailRule(r) {
				s.base = baseEvent(s.values["detail-type"])
			}
		}
	}
	s.adapt()
	return nil
}

func (s *sampler) chooseValue(f *syntax.Field) error {
	test := newFieldTest(f, s.pattern.EmptyKeys)
	for _, i := range s.from(len(f.Alternatives)) {
		a := &f.Alternatives[i]
		if a.Op == syntax.OpNotExists {
			return nil
		}
		for _, json := range s.candidates(f, a) {
			if acceptsJSON(&test, json) {
				s.values[f.Path] = json
				return nil
			}
		}
	}
	reason := "no value satisfies it"
	for i := range f.Alternatives {
		switch a := &f.Alternatives[i]; a.Op {
		case syntax.OpNumeric:
			reason = "no number that EventBridge can compare is " + wantRange(&a.Operands[0].Range)
		case syntax.OpNumber:
			reason = "no number in an event is seen as " + clean(a.Operands[0].Text, maxShown) + ", since EventBridge rounds those with a fraction or exponent"
		}
	}
	return &UnsatisfiableError{f.Path, f.Offset, reason}
}

// A change is a change to the value of one field.
type change struct {
	path string
	json string // empty for absence
}

// changes returns changes with which a field may no longer hold, the smallest first.
func (s *sampler) changes(f *syntax.Field) []change {
	test := newFieldTest(f, s.pattern.EmptyKeys)
	var all []change
	for _, json := range s.counterCandidates(f) {
		if !acceptsJSON(&test, json) {
			all = append(all, change{f.Path, json})
			break
		}
	}
	if _, present := s.values[f.Path]; present && !test.absent {
		all = append(all, change{path: f.Path})
	}
	return all
}

// reason says what is changed and what the field wants.
func (c change) reason(f *syntax.Field) string {
	var wants []string
	for i := range f.Alternatives {
		if i == maxHints {
			wants = append(wants, fmt.Sprintf("one of %d more", len(f.Alternatives)-i))
			break
		}
		wants = append(wants, want(&f.Alternatives[i]))
	}
	is := "is absent"
	if c.json != "" {
		is = "is " + clean(c.json, maxShown)
	}
	return clean(f.Path, maxShown) + " " + is + "; wanted: " + strings.Join(wants, ", or ")
}

// event returns the event, with a change if it is not nil.
func (s *sampler) event(c *change) []byte {
	root := s.base.clone()
	for _, f := range s.rule {
		json, present := s.values[f.Path]
		if c != nil && c.path == f.Path {
			json, present = c.json, c.json != ""
		}
		if present {
			root.set(f.Path, json, true)
		} else {
			root.remove(f.Path)
		}
	}
	return root.indented()
}

// adapt makes what the pattern does not speak of agree with what it does.
func (s *sampler) adapt() {
	if !isCloudTrailRule(s.rule) {
		return
	}
	constrained := make(map[string]bool)
	for _, f := range s.rule {
		constrained[f.Path] = true
	}
	text := func(path string) string {
		if json, ok := s.values[path]; ok {
			return textOf(json)
		}
		return textOf(s.base.get(path))
	}
	set := func(path, value string) {
		if !constrained[path] {
			s.base.set(path, jsonString(value), false)
		}
	}
	source, eventSource := text("source"), text("detail.eventSource")
	switch {
	case constrained["source"]:
		eventSource = strings.TrimPrefix(source, "aws.") + ".amazonaws.com"
	default:
		label, _, _ := strings.Cut(eventSource, ".")
		source = "aws." + label
	}
	set("source", source)
	set("detail.eventSource", eventSource)
	if eventSource = text("detail.eventSource"); !cloudtrail.KnowsName(eventSource, text("detail.eventName")) {
		for _, name := range cloudtrail.Names(eventSource) {
			if !cloudtrail.ReadOnly(eventSource, name) {
				set("detail.eventName", name)
				break
			}
		}
	}
	set("detail.awsRegion", text("region"))
	set("detail.recipientAccountId", text("account"))
	set("detail.userIdentity.accountId", text("account"))
	account := text("account")
	switch text("detail.userIdentity.type") {
	case "Root":
		set("detail.userIdentity.principalId", account)
		set("detail.userIdentity.arn", "arn:aws:iam::"+account+":root")
		if !constrained["detail.userIdentity.userName"] {
			s.base.remove("detail.userIdentity.userName")
		}
	case "AssumedRole":
		set("detail.userIdentity.principalId", "AROAEXAMPLEOPS:alice")
		set("detail.userIdentity.arn", "arn:aws:sts::"+account+":assumed-role/ops/alice")
		if !constrained["detail.userIdentity.userName"] {
			s.base.remove("detail.userIdentity.userName")
		}
	default:
		set("detail.userIdentity.arn", "arn:aws:iam::"+account+":user/alice")
	}
	if _, failed := s.values["detail.errorCode"]; failed {
		set("detail.errorMessage", "The call was refused.")
	}
}
