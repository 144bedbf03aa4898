package engine

import (
	"github.com/countertrail/countertrail/pattern/internal/structure"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// A state is what is known about one event. It is used again for the next; what a slice says of an event that is over has
// another epoch.
type state struct {
	m     *Matcher
	data  []byte
	index structure.Index
	epoch uint32

	buf     []byte  // texts that had to be decoded
	lower   []byte  // a text in lower case
	open    balance // of the walk
	frames  []frame
	values  []datum
	numbers []value.Num

	paths       []pathState
	seen        []sighting // by literal
	listSeen    []uint32   // by list: the epoch
	matchedBits []uint64   // by pattern, a bit each: it is in matched
	hits        []hit
	wild        wildState

	outcomes  []outcome // by field
	insides   []inside
	occurring int       // the occurrences of insides
	elements  []element // 1 and up; 0 is the event itself
	arrays    []array
	search    search
	addressOf spot // the text whose digits are known, or 0
	hexDigits []byte

	matched   []int32
	undecided []undecided
	stats     Stats
}

// Stats count the steps of a match whose number is not bounded by the length of the event alone.
type Stats struct {
	Values   int // that were looked up
	Postings int // that were found
	Checks   int // of whole rules
	Tests    int // of alternatives
	Moves    int // of wildcards, from part to part
	Links    int // from parts of wildcards to parts with which they end

	Steps, AllowedSteps int // of the longest search for a choice of array elements
}

// A datum is a value of the event on the path of a pattern.
type datum struct {
	next       int32 // of the same path, or -1
	element    int32 // the innermost element of an array that is an object or array and holds the value, or 0
	literal    int32 // that it equals, or -1
	same       int32 // the next inside an element that equals the literal, or -1
	start, end uint32
	number     int32 // of numbers, or -1
	kind       value.Kind
	decoded    bool // the text is in buf
}

// A pathState is what is known of a path's values. They count only if the epoch is that of the event.
type pathState struct {
	epoch       uint32
	first, last int32 // values
	where       uint8 // seenInside and seenOutside
}

// A sighting says that there are values equal to a literal. It counts only if the epoch is that of the event.
type sighting struct {
	epoch       uint32
	where       uint8 // seenInside and seenOutside
	first, last int32 // values inside elements
}

// A hit is a list of rules to which a value leads.
type hit struct {
	list    int32
	outside bool // the value is outside of all elements, and accepted for certain
}

// Where a value is.
const (
	seenInside  = 1 // an element of an array
	seenOutside = 2 // of all elements
)

func newState(m *Matcher) *state {
	s := &state{
		m:           m,
		paths:       make([]pathState, len(m.paths)),
		seen:        make([]sighting, len(m.literals)),
		listSeen:    make([]uint32, len(m.lists)),
		matchedBits: make([]uint64, (m.patterns+63)/64),
		outcomes:    make([]outcome, len(m.fields)),
	}
	s.wild.init(m.automata)
	return s
}

// begin makes s ready for an event.
func (s *state) begin(event []byte) {
	if s.epoch++; s.epoch == 0 {
		s.epoch = 1
		clear(s.paths)
		clear(s.seen)
		clear(s.listSeen)
		clear(s.outcomes)
	}
	s.clearMatched()
	s.data = event
	s.addressOf = 0
	s.stats = Stats{}
	s.buf, s.frames, s.values, s.numbers, s.hits = s.buf[:0], s.frames[:0], s.values[:0], s.numbers[:0], s.hits[:0]
	s.elements, s.arrays, s.insides = append(s.elements[:0], element{array: -1}), s.arrays[:0], s.insides[:0]
	s.undecided, s.occurring = s.undecided[:0], 0
}

// release lets go of the event.
func (s *state) release() {
	s.data = nil
	clear(s.undecided)
}

// textOf returns the text of a value.
func (s *state) textOf(v *datum) []byte {
	if v.decoded {
		return s.buf[v.start:v.end]
	}
	return s.data[v.start:v.end]
}
