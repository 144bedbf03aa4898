package value

import (
	"math"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestFoldUnits holds what Fold relies on: of the two texts for which a character stands, neither begins or ends with the
// other, unless they are equal. So the first that fits is the only one that can.
func TestFoldUnits(t *testing.T) {
	several := 0
	for r := rune(0); r <= math.MaxUint16; r++ {
		if utf16.IsSurrogate(r) {
			continue
		}
		a, b := lower(r), upper(r)
		if len([]rune(b)) > 1 {
			several++
		}
		if a != b && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a) || strings.HasSuffix(a, b) || strings.HasSuffix(b, a)) {
			t.Errorf("%U: %q and %q", r, a, b)
		}
	}
	// SpecialCasing.txt has 102 unconditional mappings of this kind.
	if several != 102 {
		t.Errorf("%d characters have an upper case of several, want 102", several)
	}
}
