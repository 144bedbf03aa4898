package pattern

import (
	"iter"

	"github.com/countertrail/countertrail/pattern/internal/engine"
)

// A Set matches an event against many patterns at once, reading the event a single time. It is immutable and safe for
// concurrent use. The zero Set has no patterns.
type Set[K any] struct {
	keys    []K
	sources []string // of the patterns; empty for one that is nil
	m       *engine.Matcher
}

// NewSet returns a set of patterns, each under a key. Keys may repeat. A nil pattern is in the set but never matches.
func NewSet[K any](patterns iter.Seq2[K, *Pattern]) *Set[K] {
	s := new(Set[K])
	for k, p := range patterns {
		s.keys = append(s.keys, k)
		s.sources = append(s.sources, p.String())
	}
	s.m = engine.New(s.sources)
	return s
}

// Match returns the keys of the patterns that match event, in the order in which they were given to NewSet. It fails for the
// same events as [Pattern.Match].
func (s *Set[K]) Match(event []byte) ([]K, error) { return s.AppendMatch(nil, event) }

// AppendMatch is like Match but appends the keys to dst. If dst has room it allocates nothing, once the set has seen events as
// large as this one, unless it looks at a number of more than 32 characters or beyond binary64. If it fails it returns dst as
// it was given.
func (s *Set[K]) AppendMatch(dst []K, event []byte) ([]K, error) {
	m := s.m
	if m == nil {
		m = nothing
	}
	matched := dst
	err := m.Match(event, func(patterns []int32) {
		keys := dst
		for _, p := range patterns {
			keys = append(keys, s.keys[p])
		}
		matched = keys
	})
	if err != nil {
		return dst, eventError(event, err)
	}
	return matched, nil
}

// Len returns the number of patterns in the set.
func (s *Set[K]) Len() int { return len(s.keys) }
