package value_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern/internal/value"
)

func TestComparable(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"0", true}, {"-0", true}, {"0.000e7", true}, {"0e999999999999999999999", true},
		{"1", true}, {"-1", true}, {"0.1", true}, {"300.10", true}, {"3.0e2", true}, {"0.00030e+4", true}, {"1e100", true},
		{"1" + strings.Repeat("0", 100), true}, {"0." + strings.Repeat("0", 99) + "1", true},
		{"1" + strings.Repeat("0", 100) + "e-100", true},
		{"5000000001", true}, {"0.1234567", true}, {"123456789012345678", false}, {"123456789012345680", true},
		{"9007199254740992", true}, {"9007199254740993", false}, {"9007199254740993.0", false}, {"9007199254740992.50", false},
		{"1.0000000000000001", false}, {"0.1234567890123456789", false}, {"3.141592653589793", true}, {"3.1415926535897932", false},
		{"1e308", true}, {"1.7976931348623157e308", true}, {"1e309", false}, {"-1e309", false}, {"1e999999999999999999999", false},
		{"1e-400", false}, {"1e-999999999999999999999", false}, {"2.2250738585072014e-308", true},
		{"4.9e-324", true}, {"5e-324", false}, {"4.94e-324", false}, {"9.9e-324", true}, {"1e-323", false}, {"2e-323", true},
		{"2e23", true}, {"1e23", true}, {"5.684341886080802e-14", true},
	}
	for _, tt := range tests {
		n := value.ParseNum([]byte(tt.text))
		if n.Comparable != tt.want {
			t.Errorf("%s: comparable = %v, want %v", tt.text, n.Comparable, tt.want)
		}
	}
}

// TestEventNumbers holds what has become of a number by the time the engine sees it.
func TestEventNumbers(t *testing.T) {
	tests := []struct {
		text, want string
		value      float64
		comparable bool
	}{
		{"7", "7", 7, true},
		{"-0", "-0", 0, true},
		{"9007199254740993", "9007199254740993", 0, false},
		{"100000000000000000000000", "100000000000000000000000", 1e23, true},
		{"7.0", "7.0", 7, true},
		{"7e0", "7.0", 7, true},
		{"-0.0", "-0.0", 0, true},
		{"1.0000000000000001", "1.0", 1, true},
		{"9007199254740993.0", "9.007199254740992E15", 9007199254740992, true},
		{"1e309", "Infinity", 0, false},
		{"-1e309", "-Infinity", 0, false},
		{"1e-400", "0.0", 0, true},
		{"5e-324", "4.9E-324", 5e-324, true},
		{"1e-3", "0.001", 1e-3, true},
		{"0.00099", "9.9E-4", 0.00099, true},
		{"9999999.5", "9999999.5", 9999999.5, true},
		{"10000000.0", "1.0E7", 1e7, true},
		{"12345678.25", "1.234567825E7", 12345678.25, true},
		{"1.0E+100", "1.0E100", 1e100, true},
		{"120e-2", "1.2", 1.2, true},
		{"1200000.0", "1200000.0", 1200000, true},
	}
	for _, tt := range tests {
		n := value.ParseEventNum([]byte(tt.text))
		if n.Comparable != tt.comparable || tt.comparable && n.Float != tt.value {
			t.Errorf("%s: %+v, want %v, comparable %v", tt.text, n, tt.value, tt.comparable)
		}
		if got := value.AppendEventText([]byte("x"), []byte(tt.text)); string(got) != "x"+tt.want {
			t.Errorf("%s: text %q, want %q", tt.text, got, "x"+tt.want)
		}
	}
}

func TestAppendAddress(t *testing.T) {
	tests := []struct{ text, want string }{
		{"10.0.0.1", "0A000001"},
		{"255.255.255.255", "FFFFFFFF"},
		{"010.000.0.001", "0A000001"},
		{"0000000001.0.0.1", ""},
		{"256.0.0.1", ""},
		{"1.2.3", ""},
		{"1.2.3.4.5", ""},
		{"1.2.3.", ""},
		{".1.2.3", ""},
		{"1..2.3", ""},
		{"1.2.3.a", ""},
		{"+1.2.3.4", ""},
		{"", ""},
		{":", ""},
		{"::", strings.Repeat("0", 32)},
		{"::1", strings.Repeat("0", 31) + "1"},
		{"2001:DB8::ff", "20010DB8" + strings.Repeat("0", 22) + "FF"},
		{"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
		{"1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
		{"::2:3:4:5:6:7:8", "00000002000300040005000600070008"},
		{"::1:2:3:4:5:6:7:8", ""},
		{"000001::", "0001" + strings.Repeat("0", 28)},
		{"10000::", ""},
		{"1::2::3", ""},
		{"1:2:3:4:5:6:7", ""},
		{"1:2:3:4:5:6:7:", ""},
		{"::ffff:10.0.0.1", ""},
		{"::ffff:a00:1", "0A000001"},
		{"::fffe:a00:1", strings.Repeat("0", 20) + "FFFE0A000001"},
		{"1::%1", ""},
		{"g::", ""},
	}
	for _, tt := range tests {
		if got := string(value.AppendAddress([]byte("before "), tt.text)); got != "before "+tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestBlockContainsText(t *testing.T) {
	tests := []struct {
		block, text string
		want        bool
	}{
		{"10.0.0.0/24", "0A000000", true},
		{"10.0.0.0/24", "0A0000FF", true},
		{"10.0.0.0/24", "0A000100", false},
		{"10.0.0.0/24", "09FFFFFF", false},
		{"10.0.0.0/24", "0A0000", false},
		{"10.0.0.0/24", "0A000012345", true},
		{"0.0.0.0/0", "5", true},
		{"0.0.0.0/0", "0", false},
		{"0.0.0.0/0", "F", false},
		{"0.0.0.0/0", "05", true},
		{"0.0.0.0/0", "00000000", true},
		{"0.0.0.0/0", "-5", false},
		{"0.0.0.0/0", "", false},
		{"0.0.0.0/0", "a", false},
		{"128.0.0.0/1", "80000000", true},
		{"128.0.0.0/1", "9", true},
		{"128.0.0.0/1", "7FFFFFFF", false},
	}
	for _, tt := range tests {
		b, err := value.ParseBlock(tt.block)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.ContainsText([]byte(tt.text)); got != tt.want {
			t.Errorf("%s, %s: %v", tt.block, tt.text, got)
		}
	}
}

func TestWildcardMatch(t *testing.T) {
	for _, tt := range []struct {
		wildcard, text string
		want           bool
	}{
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"*ab*ab*", "ab", false},
		{"*ab*ab*", "aab-aab-", true},
		{"*a*", strings.Repeat("b", 1000), false},
		{`\\*\*`, `\x*`, true},
		{`\\*\*`, `\x`, false},
	} {
		w, err := value.ParseWildcard(tt.wildcard)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Match([]byte(tt.text)); got != tt.want {
			t.Errorf("%s, %.20s: %v", tt.wildcard, tt.text, got)
		}
	}
}

func ExampleFold() {
	f := value.NewFold("straße")
	for _, text := range []string{"STRASSE", "Straße", "strasse"} {
		fmt.Println(text, f.Equal([]byte(text)))
	}
	// Output:
	// STRASSE true
	// Straße true
	// strasse false
}
