package metricfilter

// A span is a range of numbers. An end that is nil is open to infinity.
type span struct {
	low, high *bound
}

// A bound is an end of a span.
type bound struct {
	number
	closed bool // the bound itself is in the span
}

func (s span) contains(f float64) bool {
	if b := s.low; b != nil && (f < b.value || f == b.value && !b.closed) {
		return false
	}
	if b := s.high; b != nil && (f > b.value || f == b.value && !b.closed) {
		return false
	}
	return true
}

// empty reports whether no number is in the span.
func (s span) empty() bool {
	if s.low == nil || s.high == nil {
		return false
	}
	return !s.contains(s.low.value) && s.low.value >= s.high.value
}

// intersect returns what is in both spans.
func (s span) intersect(o span) span {
	if o.low != nil && (s.low == nil || o.low.value > s.low.value || o.low.value == s.low.value && !o.low.closed) {
		s.low = o.low
	}
	if o.high != nil && (s.high == nil || o.high.value < s.high.value || o.high.value == s.high.value && !o.high.closed) {
		s.high = o.high
	}
	return s
}

// covers reports whether all of o is in s.
func (s span) covers(o span) bool {
	i := s.intersect(o)
	return same(i.low, o.low) && same(i.high, o.high)
}

func same(a, b *bound) bool {
	return a == b || a != nil && b != nil && a.value == b.value && a.closed == b.closed
}
