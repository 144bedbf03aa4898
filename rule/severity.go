package rule

import (
	"fmt"
	"slices"
	"strings"
)

// A Severity ranks a rule. The zero value is [Info].
type Severity int

// The severities, in ascending order.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{Info: "info", Low: "low", Medium: "medium", High: "high", Critical: "critical"}

// String returns the severity's name in lower case.
func (s Severity) String() string {
	if s < 0 || int(s) >= len(severityNames) {
		return fmt.Sprintf("Severity(%d)", int(s))
	}
	return severityNames[s]
}

// MarshalText returns the severity's name; it is an error for a value that has none.
func (s Severity) MarshalText() ([]byte, error) {
	if s < 0 || int(s) >= len(severityNames) {
		return nil, fmt.Errorf("rule: no severity %d", int(s))
	}
	return []byte(severityNames[s]), nil
}

// UnmarshalText sets s from a severity's name, in lower case.
func (s *Severity) UnmarshalText(text []byte) error {
	v, err := parseSeverity(string(text))
	if err != nil {
		return fmt.Errorf("rule: %v", err)
	}
	*s = v
	return nil
}

func parseSeverity(name string) (Severity, error) {
	i := slices.Index(severityNames[:], name)
	if i < 0 {
		return 0, fmt.Errorf("no severity %q; want one of %s", name, strings.Join(severityNames[:], ", "))
	}
	return Severity(i), nil
}
