package peers

import (
	"fmt"

	"github.com/countertrail/countertrail/pattern"
)

// A set is our own matcher.
type set struct {
	*pattern.Set[int32]
	patterns []*pattern.Pattern
}

// buildSet compiles the rules, and builds a set of them.
func buildSet(rules []string, compiled func()) (Matcher, error) {
	patterns := make([]*pattern.Pattern, len(rules))
	for i, text := range rules {
		var err error
		if patterns[i], err = pattern.Compile(text); err != nil {
			return nil, fmt.Errorf("%w in %s", err, text)
		}
	}
	compiled()
	return &set{pattern.NewSet(numbered(patterns)), patterns}, nil
}

// numbered yields the patterns under their positions.
func numbered(patterns []*pattern.Pattern) func(yield func(int32, *pattern.Pattern) bool) {
	return func(yield func(int32, *pattern.Pattern) bool) {
		for i, p := range patterns {
			if !yield(int32(i), p) {
				return
			}
		}
	}
}

func (s *set) AppendMatches(dst []int32, event []byte) ([]int32, error) {
	return s.AppendMatch(dst, event)
}

func (s *set) Clone() Matcher { return s }

// Release lets go of the patterns, of which the set keeps what it needs.
func (s *set) Release() { s.patterns = nil }
