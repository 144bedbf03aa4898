package pattern

import (
	"cmp"
	"slices"
)

// A NearMiss is a pattern of a set that nearly matched an event.
type NearMiss[K any] struct {
	Key         K
	Explanation *Explanation
}

// NearMisses returns the patterns that do not match the event but come nearest to it, at most n of them: first those of which
// the fewest fields fail, among them those of which the most hold, then in the order in which they were given to NewSet.
// Patterns of which no field holds are left out.
//
// It fails for the same events as [Pattern.Explain]. It explains the event to every pattern, so it is for people who ask why a
// rule did not fire, and not for every event.
func (s *Set[K]) NearMisses(event []byte, n int) ([]NearMiss[K], error) {
	if _, err := s.Match(event); err != nil {
		return nil, err
	}
	var all []NearMiss[K]
	for i, source := range s.sources {
		if source == "" {
			continue
		}
		x, err := (&Pattern{source, new(lazyMatcher)}).Explain(event)
		if err != nil {
			return nil, err
		}
		if !x.Matched && x.Held > 0 {
			all = append(all, NearMiss[K]{s.keys[i], x})
		}
	}
	slices.SortStableFunc(all, func(a, b NearMiss[K]) int {
		return cmp.Or(
			cmp.Compare(a.Explanation.missing(), b.Explanation.missing()),
			cmp.Compare(b.Explanation.Held, a.Explanation.Held),
		)
	})
	return all[:min(max(n, 0), len(all))], nil
}

// missing returns how much must change for the pattern to match. A conflict counts as one field.
func (x *Explanation) missing() int { return max(x.Fields-x.Held, 1) }
