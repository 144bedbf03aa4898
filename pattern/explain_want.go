package pattern

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

// want says in words what an alternative asks for.
func want(a *syntax.Alternative) string {
	switch a.Op {
	case syntax.OpTrue:
		return "true"
	case syntax.OpFalse:
		return "false"
	case syntax.OpNull:
		return "null"
	case syntax.OpExists:
		return "any value"
	case syntax.OpNotExists:
		return "no value"
	case syntax.OpNumeric:
		return "a number " + wantRange(&a.Operands[0].Range)
	}
	var operands []string
	for i := range a.Operands {
		if i == maxValues {
			operands = append(operands, strconv.Itoa(len(a.Operands)-i)+" more")
			break
		}
		text := a.Operands[i].Text
		if a.Op == syntax.OpNumber || a.Op == syntax.OpCIDR {
			operands = append(operands, clean(text, maxShown))
		} else {
			operands = append(operands, quote(text))
		}
	}
	text := strings.Join(operands, ", ")
	if a.Not {
		switch a.Op {
		case syntax.OpPrefix:
			return "anything but what begins with " + text
		case syntax.OpSuffix:
			return "anything but what ends with " + text
		case syntax.OpEqualsIgnoreCase:
			return "anything but " + text + ", in any case"
		case syntax.OpWildcard:
			return "anything but what fits " + text
		}
		return "anything but " + text
	}
	switch a.Op {
	case syntax.OpAddress:
		return "the address " + text
	case syntax.OpPrefix:
		return "begins with " + text
	case syntax.OpPrefixIgnoreCase:
		return "begins with " + text + ", in any case"
	case syntax.OpSuffix:
		return "ends with " + text
	case syntax.OpSuffixIgnoreCase:
		return "ends with " + text + ", in any case"
	case syntax.OpEqualsIgnoreCase:
		return text + ", in any case"
	case syntax.OpWildcard:
		return "fits " + text
	case syntax.OpCIDR:
		return "an address in " + text
	}
	return text
}

func wantRange(r *syntax.Range) string {
	if r.Low != nil && r.Low == r.High {
		return "= " + clean(r.Low.Text, maxShown)
	}
	var ends []string
	end := func(b *syntax.Bound, op string) {
		if b == nil {
			return
		}
		if b.Closed {
			op += "="
		}
		ends = append(ends, op+" "+clean(b.Text, maxShown))
	}
	end(r.Low, ">")
	end(r.High, "<")
	return strings.Join(ends, " and ")
}

// maxShown is how many characters of a text from an event or a pattern are shown: enough for an ARN of usual length, and
// little enough that a line stays readable.
const maxShown = 72

// quote returns a text in quotes as it can be shown.
func quote(s string) string { return `"` + clean(s, maxShown) + `"` }

// clean returns a text as it can be shown on a terminal: what would move the cursor, turn the direction of the text or not be
// seen is written as an escape, and what is longer than max characters is cut.
func clean(s string, max int) string {
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); n++ {
		if n == max {
			return b.String() + "…"
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i]), 16))
		case !strconv.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
			escaped := strconv.QuoteRuneToASCII(r)
			b.WriteString(escaped[1 : len(escaped)-1])
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// jsonString returns s as a JSON string, as short as it can be written.
func jsonString(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(s) // no string fails
	return strings.TrimSuffix(b.String(), "\n")
}

// operator returns {"name": "operand"}.
func operator(name, operand string) string {
	return `{"` + name + `": ` + jsonString(operand) + `}`
}
