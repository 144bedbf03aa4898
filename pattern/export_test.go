package pattern

// SearchSteps returns how many steps the last search for a choice of array elements took that Match made for the event, and
// how many it could have taken.
func (p *Pattern) SearchSteps(event []byte) (taken, allowed int, err error) {
	s := &state{m: p.m, outcomes: make([]outcome, len(p.m.tests))}
	if err := s.scan(event); err != nil {
		return 0, 0, err
	}
	for _, r := range p.m.rules[0] {
		_, err = s.satisfied(r)
		if s.search.round > 0 {
			allowed = freeSteps
			for _, id := range r {
				allowed += stepsPerOccurrence * len(s.outcomes[id].inside)
			}
			taken = max(taken, allowed-s.search.steps)
		}
		if err != nil {
			return taken, allowed, err
		}
	}
	return taken, allowed, nil
}
