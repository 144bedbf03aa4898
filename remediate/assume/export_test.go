package assume

// Kept returns how many sessions are kept.
func (s *Sessions) Kept() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

// MaxSessions is how many sessions are kept at most.
const MaxSessions = maxSessions
