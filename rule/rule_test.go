package rule_test

import (
	"slices"
	"testing"

	"github.com/countertrail/countertrail/rule"
)

func TestCompareIDs(t *testing.T) {
	tests := []struct {
		a, b   string
		want   int
		reason string
	}{
		{"4.2", "4.10", -1, "runs of digits compare by value"},
		{"4.5", "4.5", 0, "equal"},
		{"4.5", "4.5a", -1, "a prefix comes first"},
		{"", "4", -1, "the empty id comes first"},
		{"a9", "a10", -1, "digits after text"},
		{"a.1", "b.0", -1, "text compares as text"},
		{"4.05", "4.5", -1, "equal by value, distinct as ids"},
		{"4.00", "4.0", 1, "zeros only: equal by value, distinct as ids"},
		{"99999999999999999999", "100000000000000000000", -1, "beyond the range of any integer"},
		{"4", "a", -1, "a digit against text compares as text"},
		{"４", "4", 1, "only ASCII digits are digits"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			if got := sign(rule.CompareIDs(tt.a, tt.b)); got != tt.want {
				t.Errorf("CompareIDs(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
			}
			if got := sign(rule.CompareIDs(tt.b, tt.a)); got != -tt.want {
				t.Errorf("CompareIDs(%q, %q) = %d, want %d", tt.b, tt.a, got, -tt.want)
			}
		})
	}
}

// CompareIDs must be an order, or sorting by it gives whatever it likes.
func FuzzCompareIDs(f *testing.F) {
	f.Add("4.2", "4.10", "4.02")
	f.Add("a1", "a01", "a")
	f.Add("1a", "1", "01a")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if got := rule.CompareIDs(a, b); got != 0 && a == b || got == 0 && a != b {
			t.Errorf("CompareIDs(%q, %q) = %d", a, b, got)
		}
		if ab, ba := sign(rule.CompareIDs(a, b)), sign(rule.CompareIDs(b, a)); ab != -ba {
			t.Errorf("CompareIDs(%q, %q) and its reverse are %d and %d", a, b, ab, ba)
		}
		s := []string{a, b, c}
		slices.SortFunc(s, rule.CompareIDs)
		if rule.CompareIDs(s[0], s[2]) > 0 {
			t.Errorf("not transitive on %q", s)
		}
	})
}

func sign(n int) int { return max(-1, min(n, 1)) }

func TestSeverityText(t *testing.T) {
	for s := rule.Info; s <= rule.Critical; s++ {
		text, err := s.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		got := rule.Severity(-1)
		if err := got.UnmarshalText(text); err != nil || got != s {
			t.Errorf("UnmarshalText(%q) = %v, %v; want %v", text, got, err, s)
		}
		if string(text) != s.String() {
			t.Errorf("MarshalText of %v = %q", s, text)
		}
	}
}

func TestSeverityErrors(t *testing.T) {
	for _, s := range []rule.Severity{rule.Info - 1, rule.Critical + 1} {
		if text, err := s.MarshalText(); err == nil {
			t.Errorf("MarshalText of %v = %q, want an error", s, text)
		}
	}
	for _, text := range []string{"", "High", "high ", "0", "Severity(7)"} {
		s := rule.Medium
		err := s.UnmarshalText([]byte(text))
		want := `rule: no severity "` + text + `"; want one of info, low, medium, high, critical`
		if err == nil || err.Error() != want {
			t.Errorf("UnmarshalText(%q): %v, want %s", text, err, want)
		}
		if s != rule.Medium {
			t.Errorf("UnmarshalText(%q) failed and left %v", text, s)
		}
	}
}

func TestSeverityOrder(t *testing.T) {
	var zero rule.Severity
	order := []rule.Severity{zero, rule.Low, rule.Medium, rule.High, rule.Critical}
	if zero != rule.Info || !slices.IsSorted(order) {
		t.Errorf("severities out of order: %v", order)
	}
	if got := rule.Severity(9).String(); got != "Severity(9)" {
		t.Errorf("String of a severity that does not exist = %q", got)
	}
}
