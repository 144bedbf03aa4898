package pattern

import (
	"sync/atomic"

	"github.com/countertrail/countertrail/pattern/internal/engine"
	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// A Pattern is a compiled event pattern. Compile returns one that is immutable and safe for concurrent use; only
// UnmarshalText changes a Pattern.
//
// The nil *Pattern and the zero Pattern match no event, and their source is empty. Since no pattern has an empty source,
// UnmarshalText does not accept what MarshalText returns for them.
type Pattern struct {
	source string // valid; whoever needs its tree reads it again, which is cheaper than to keep trees
	m      *lazyMatcher
}

// tree reads the source of a pattern. It returns nil if that is empty.
func (p *Pattern) tree() *syntax.Pattern {
	if p == nil || p.source == "" {
		return nil
	}
	return new(syntax.Parser).Read(p.source)
}

// A lazyMatcher is made when it is first needed, which in a Set is never.
type lazyMatcher struct {
	made atomic.Pointer[engine.Matcher]
}

// matcher returns the matcher of a pattern.
func (p *Pattern) matcher() *engine.Matcher {
	if p == nil || p.m == nil {
		return nothing
	}
	m := p.m.made.Load()
	if m == nil {
		m = engine.New([]string{p.source})
		p.m.made.Store(m)
	}
	return m
}

// nothing matches no event.
var nothing = engine.New(nil)

// Compile compiles the JSON source of an event pattern. It accepts what EventBridge accepts and rejects what EventBridge
// rejects; the package documentation lists the exceptions. Among the limits that it holds a pattern to are those of PutRule:
// 4096 characters, 1000 combinations of $or, and a wildcard complexity of 10.
//
// An error is always a *SyntaxError.
func Compile(src string) (*Pattern, error) {
	if err := syntax.Check(src); err != nil {
		return nil, newSyntaxError(err)
	}
	return &Pattern{src, new(lazyMatcher)}, nil
}

// MustCompile is like Compile but panics if the source is not valid. It is meant for patterns written in a program.
func MustCompile(src string) *Pattern {
	p, err := Compile(src)
	if err != nil {
		panic(err)
	}
	return p
}

// Match reports whether event, a JSON object, matches the pattern.
//
// It fails if event is not one JSON object, as far as that shows in what is read of it; the package documentation tells what
// that is. It also fails with an [EventError] whose Hostile is set if the event defeats the search for a choice of array
// elements; see there.
func (p *Pattern) Match(event []byte) (bool, error) {
	matched := false
	if err := p.matcher().Match(event, func(patterns []int32) { matched = len(patterns) > 0 }); err != nil {
		return false, eventError(event, err)
	}
	return matched, nil
}

// eventError returns the error for an event. The matcher notices many mistakes late, so a reader that checks everything says
// what is wrong. It is not asked about a hostile event, which could hide behind a mistake where no pattern looks.
func eventError(event []byte, err error) error {
	e := err.(*engine.Error)
	if e.Hostile {
		return &EventError{e.Reason, e.Offset, true}
	}
	if strict := (&scanner{data: event}).check(); strict != nil {
		return strict
	}
	return &EventError{e.Reason, e.Offset, false}
}

// String returns the source of the pattern as it was given to Compile.
func (p *Pattern) String() string {
	if p == nil {
		return ""
	}
	return p.source
}

// MarshalText returns the source of the pattern. It never fails.
func (p *Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText compiles the source of a pattern, so that a Pattern can be a field of a configuration. It must not be called
// while the pattern is in use. If it fails, with a *SyntaxError, the pattern stays as it was.
func (p *Pattern) UnmarshalText(text []byte) error {
	q, err := Compile(string(text))
	if err != nil {
		return err
	}
	*p = *q
	return nil
}
