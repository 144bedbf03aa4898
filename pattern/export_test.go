package pattern

import "github.com/countertrail/countertrail/pattern/internal/engine"

// Measure counts the steps that a match of the event takes.
func (p *Pattern) Measure(event []byte) (engine.Stats, error) { return p.matcher().Measure(event) }

// Measure counts the steps that a match of the event takes.
func (s *Set[K]) Measure(event []byte) (engine.Stats, error) { return s.m.Measure(event) }
