package deploy

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// logicalID returns the name that a rule's resources have in a template: "Rule" and its id, as words
// without what CloudFormation does not allow. Digits that something parted stay apart, so that 4.10
// and 41.0 differ: they become Rule4x10 and Rule41x0. Ids that differ in how their accents are
// composed have one name, since Terraform takes them for one.
func logicalID(id string) string {
	var b strings.Builder
	b.WriteString("Rule")
	var last rune   // that was written
	parted := false // something was left out since
	for _, r := range cty.NormalizeString(id) {
		switch {
		case !isAlphanumeric(r) && r < 0x80:
			parted = true
			continue
		case r >= 0x80:
			fmt.Fprintf(&b, "U%04X", r)
			last, parted = 'U', true
			continue
		}
		switch {
		case parted && isDigit(last) && isDigit(r):
			b.WriteByte('x')
		case (parted || last == 0) && 'a' <= r && r <= 'z':
			r -= 'a' - 'A'
		}
		b.WriteRune(r)
		last, parted = r, false
	}
	return b.String()
}

func isAlphanumeric(r rune) bool {
	return isDigit(r) || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }
