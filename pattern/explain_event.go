package pattern

import (
	"slices"
	"strconv"
	"strings"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// An inspection is what an event has at the paths of a pattern, with the places, and what it has elsewhere as far as it is
// needed to guess what a field was meant to be.
type inspection struct {
	text  []byte
	spots map[string]*spot
	order []*spot // those of the event, in its order
}

const (
	// maxElsewhere and maxElsewherePath bound what is kept of an event beside the paths of the pattern. A CloudTrail record has
	// some hundred paths of less than 100 bytes.
	maxElsewhere     = 4096
	maxElsewherePath = 512
)

// A spot is what an event has at one path.
type spot struct {
	path     string
	wanted   bool // it is a path of the pattern
	seen     bool
	values   []*found // all of them if wanted, else the first
	objects  bool     // there is an object that has members, or an array of such
	empties  bool     // there is an empty object or array
	children []string // the first keys of its objects
}

func (s *spot) presence() Presence {
	switch {
	case len(s.values) > 0:
		return PresentValue
	case s.objects:
		return Object
	case s.empties:
		return Empty
	}
	return Absent
}

// A found is one value of an event.
type found struct {
	kind       value.Kind
	text       []byte // a string decoded, a number as it is spelled
	start, end int    // of its JSON
	pos        *position
}

// A position is a place in an event: of the event itself, of a member of an object or of an element of an array.
type position struct {
	outer *position // nil for the event itself
	key   string    // of a member
	index int       // of an element, otherwise -1

	// within is the innermost element, here or around, that is an object or array itself; nil if there is none. It is to
	// these elements that a value is bound, and not to the element that it is.
	within *position
}

func (v *found) at() string { return v.pos.String() }

func (v *found) json(text []byte) string { return string(text[v.start:v.end]) }

// String returns the path with the positions in arrays, as in "detail.resources[1].ARN".
func (p *position) String() string {
	var steps []string
	for ; p.outer != nil; p = p.outer {
		step := "." + p.key
		if p.index >= 0 {
			step = "[" + strconv.Itoa(p.index) + "]"
		}
		steps = append(steps, step)
	}
	slices.Reverse(steps)
	return strings.TrimPrefix(strings.Join(steps, ""), ".")
}

// at returns what the event has at a path.
func (x *inspection) at(path string) *spot {
	if s := x.spots[path]; s != nil {
		return s
	}
	return &spot{path: path}
}

// inspect reads an event that has been read before without an error.
func inspect(event []byte, p *syntax.Pattern) *inspection {
	i := inspector{
		scanner:    scanner{data: event},
		inspection: inspection{text: event, spots: make(map[string]*spot)},
		emptyKeys:  p.EmptyKeys,
		longest:    maxElsewherePath,
	}
	for _, r := range p.Rules {
		for _, f := range r {
			i.spots[f.Path] = &spot{path: f.Path, wanted: true}
			i.longest = max(i.longest, len(f.Path))
		}
	}
	i.value("", &position{index: -1})
	return &i.inspection
}

type inspector struct {
	scanner
	inspection
	emptyKeys bool
	longest   int
}

// spot returns the spot of a path, or nil if there is no need to keep it.
func (i *inspector) spot(path string) *spot {
	s := i.spots[path]
	if s == nil {
		if len(i.order) >= maxElsewhere || len(path) > maxElsewherePath {
			return nil
		}
		s = &spot{path: path}
		i.spots[path] = s
	}
	if !s.seen {
		s.seen = true
		i.order = append(i.order, s)
	}
	return s
}

func (i *inspector) value(path string, pos *position) {
	if len(path) > i.longest {
		i.skip()
		return
	}
	v := &found{pos: pos}
	c := i.next()
	v.start = i.pos
	switch c {
	case '{':
		i.object(path, pos)
		return
	case '[':
		i.array(path, pos)
		return
	case '"':
		start, escaped, _ := i.quoted()
		v.kind, v.text = value.String, i.data[start:i.pos-1]
		if escaped {
			v.text = slices.Clone(i.decode(v.text, false))
		}
	case 't':
		v.kind = value.True
		i.literal("true")
	case 'f':
		v.kind = value.False
		i.literal("false")
	case 'n':
		v.kind = value.Null
		i.literal("null")
	default:
		i.number()
		v.kind, v.text = value.Number, i.data[v.start:i.pos]
	}
	v.end = i.pos
	if s := i.spot(path); s != nil && (s.wanted || len(s.values) == 0) {
		s.values = append(s.values, v)
	}
}

func (i *inspector) object(path string, pos *position) {
	if pos.index >= 0 {
		pos.within = pos
	}
	s := i.spot(path)
	i.enter()
	if i.next() == '}' {
		if s != nil {
			s.empties = true
		}
		i.leave()
		return
	}
	if s != nil {
		s.objects = true
	}
	for c := byte(','); c == ','; c = i.next() {
		if i.data[i.pos] == ',' {
			i.pos++
			i.next()
		}
		start, escaped, _ := i.quoted()
		text := i.data[start : i.pos-1]
		if escaped {
			text = i.decode(text, true)
		}
		key := string(text)
		i.next()
		i.pos++ // the colon
		if key == "" && !i.emptyKeys {
			i.skip()
			continue
		}
		if s != nil && len(s.children) < maxValues && !slices.Contains(s.children, key) {
			s.children = append(s.children, key)
		}
		full := key
		if pos.outer != nil {
			full = path + "." + key
		}
		i.value(full, &position{outer: pos, key: key, index: -1, within: pos.within})
	}
	i.leave()
}

func (i *inspector) array(path string, pos *position) {
	if pos.index >= 0 {
		pos.within = pos
	}
	i.enter()
	if i.next() == ']' {
		if s := i.spot(path); s != nil {
			s.empties = true
		}
		i.leave()
		return
	}
	n := 0
	for c := byte(','); c == ','; c = i.next() {
		if i.data[i.pos] == ',' {
			i.pos++
		}
		i.value(path, &position{outer: pos, index: n, within: pos.within})
		n++
	}
	i.leave()
}

// skip reads a value that nobody asks for.
func (i *inspector) skip() {
	for depth := 0; ; {
		switch c := i.next(); c {
		case '{', '[':
			depth++
			i.pos++
		case '}', ']':
			depth--
			i.pos++
		case ',', ':':
			i.pos++
			continue
		case '"':
			i.quoted()
		case 't', 'n':
			i.pos += len("true")
		case 'f':
			i.pos += len("false")
		default:
			i.number()
		}
		if depth == 0 {
			return
		}
	}
}
