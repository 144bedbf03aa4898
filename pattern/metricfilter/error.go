package metricfilter

import "fmt"

// A SyntaxError says why a filter was not read.
type SyntaxError struct {
	// Reason is what is wrong, and where it helps, what to write instead.
	Reason string

	// Offset is where in the source it was found, in bytes.
	Offset int
}

// Error returns the offset and the reason: "metricfilter: offset 12: a value is missing".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("metricfilter: offset %d: %s", e.Offset, e.Reason)
}

// A TranslateError says why no event pattern is equivalent to a filter.
type TranslateError struct {
	// Term is the term that cannot be translated, as it stands in the source. It is empty if the filter as a whole cannot.
	Term string

	// Offset is where in the source the term begins, in bytes.
	Offset int

	// Reason is what stands in the way, and where there is a way around it, what that is.
	Reason string
}

// Error returns the offset, the term and the reason.
func (e *TranslateError) Error() string {
	if e.Term == "" {
		return "metricfilter: " + e.Reason
	}
	return fmt.Sprintf("metricfilter: offset %d: %s: %s", e.Offset, e.Term, e.Reason)
}
