package pattern

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// maxCompared is the longest text, in bytes, of which the spelling is compared, and maxTried how many alternatives are looked
// at for each value: what is beyond is not read by the person whom a hint is to help.
const (
	maxCompared = 256
	maxTried    = 200
)

// A rankedHint is a hint with its rank: the lower, the more likely it is what keeps the field from holding. Up to 5 the rest
// agrees exactly once the difference is mended; up to 12 the texts are alike; beyond, the hint only says in words why a value
// is not accepted. Hints that are further than one rank behind the first are not given.
type rankedHint struct {
	Hint
	rank int
}

// hints returns the hints for a field that does not hold.
func (e *explainer) hints(f *syntax.Field, r *FieldResult, shown []*found) []Hint {
	var all []rankedHint
	if r.Presence == PresentValue {
		for i := range f.Alternatives[:min(len(f.Alternatives), maxTried)] {
			a := &f.Alternatives[i]
			for j, v := range shown {
				if h := near(a, v); h != nil {
					h.Alternative, h.Value = i, j
					all = append(all, *h)
				}
			}
		}
	} else {
		all = e.absentHints(f, r)
	}
	slices.SortStableFunc(all, func(a, b rankedHint) int { return a.rank - b.rank })
	var hints []Hint
	for _, h := range all {
		if len(hints) == maxHints || len(hints) > 0 && h.rank > all[0].rank+1 {
			break
		}
		if !slices.ContainsFunc(hints, func(g Hint) bool { return g.Message == h.Message }) {
			hints = append(hints, h.Hint)
		}
	}
	return hints
}

// near returns why an alternative does not accept a value, if it nearly does or if the reason is plain; otherwise nil.
func near(a *syntax.Alternative, v *found) *rankedHint {
	hint := func(rank int, kind HintKind, fix, message string) *rankedHint {
		return &rankedHint{Hint{Kind: kind, Message: message, Fix: fix}, rank}
	}
	shown := describe(v)
	switch {
	case a.Op == syntax.OpNotExists:
		return hint(30, HintPresent, "", "the field must be absent, and the event has "+shown)
	case a.Not:
		return hint(20, HintExcluded, "", shown+" is what anything-but excludes")
	case a.Op == syntax.OpNumeric:
		return nearNumeric(a, v, hint)
	case a.Op == syntax.OpCIDR || a.Op == syntax.OpAddress && v.kind == value.String:
		if len(value.AppendAddress(nil, v.text)) > 0 {
			return hint(18, HintBound, "", shown+" is not "+want(a))
		}
		if a.Op == syntax.OpCIDR {
			return hint(25, HintType, "", shown+" is not an IP address")
		}
	}
	if h := nearType(a, v, hint); h != nil || v.kind != value.String || len(a.Operands) == 0 {
		return h
	}
	text, operand := string(v.text), a.Operands[0].Text
	if len(text) > maxCompared || len(operand) > maxCompared || a.Op == syntax.OpNumber {
		return nil
	}
	return nearText(a, text, operand, hint)
}

type hintFunc = func(rank int, kind HintKind, fix, message string) *rankedHint

func nearNumeric(a *syntax.Alternative, v *found, hint hintFunc) *rankedHint {
	shown := describe(v)
	switch v.kind {
	case value.Number:
		if !value.ParseEventNum(v.text).Comparable {
			return hint(15, HintBound, "", shown+" is too long or too large for EventBridge to compare")
		}
		return hint(15, HintBound, "", shown+" is not "+wantRange(&a.Operands[0].Range))
	case value.String:
		if isNumber(v.text) {
			return hint(4, HintType, "", shown+" is a text, and numeric compares numbers only")
		}
	}
	return nil
}

// nearType returns a hint if the value is of another type and would be accepted otherwise.
func nearType(a *syntax.Alternative, v *found, hint hintFunc) *rankedHint {
	source, text := literal(a), string(v.text)
	switch v.kind {
	case value.True:
		text = "true"
	case value.False:
		text = "false"
	case value.Null:
		text = "null"
	}
	switch a.Op {
	case syntax.OpString, syntax.OpExactly, syntax.OpAddress:
		if v.kind != value.String && source == text {
			return hint(4, HintType, text, "the pattern has the text "+quote(source)+", the event has "+describe(v))
		}
	case syntax.OpNumber, syntax.OpTrue, syntax.OpFalse, syntax.OpNull:
		if v.kind == value.String && source == text {
			return hint(4, HintType, jsonString(text), "the pattern has "+clean(source, maxShown)+" without quotes, the event has the text "+quote(text))
		}
	case syntax.OpPrefix, syntax.OpSuffix, syntax.OpWildcard:
		if v.kind != value.String && acceptsText(a, text) {
			return hint(5, HintType, "", describe(v)+" is not a text, and "+opName(a.Op)+" looks at texts only")
		}
	}
	return nil
}

// nearText returns a hint if a text of the event and the operand of an alternative differ in little.
func nearText(a *syntax.Alternative, text, operand string, hint hintFunc) *rankedHint {
	plain := a.Op == syntax.OpString || a.Op == syntax.OpExactly || a.Op == syntax.OpAddress
	shown := quote(text)
	folded, foldedOperand := strings.ToLower(text), strings.ToLower(operand)
	switch {
	case a.Op != syntax.OpWildcard && strings.ContainsAny(operand, "*?") && globMatches(a.Op, operand, text):
		return hint(1, HintWildcard, globFix(operand), "a star or question mark stands for itself in "+opName(a.Op)+"; only wildcard gives a meaning to the star")
	case a.Op == syntax.OpEqualsIgnoreCase || a.Op == syntax.OpPrefixIgnoreCase || a.Op == syntax.OpSuffixIgnoreCase:
		if strings.EqualFold(text, operand) {
			return hint(2, HintCase, "", "EventBridge folds the case of "+quote(operand)+" letter by letter, and does not arrive at "+shown)
		}
	case acceptsText(withOperand(a, foldedOperand), folded):
		fix := ""
		switch {
		case plain:
			fix = operator("equals-ignore-case", operand)
		case a.Op == syntax.OpPrefix || a.Op == syntax.OpSuffix:
			fix = `{"` + opName(a.Op) + `": ` + operator("equals-ignore-case", operand) + `}`
		}
		return hint(2, HintCase, fix, shown+" and "+quote(operand)+" differ in upper and lower case")
	case acceptsText(withOperand(a, strings.TrimSpace(operand)), strings.TrimSpace(text)):
		return hint(3, HintSpace, "", shown+" and "+quote(operand)+" differ in the white space around them")
	}
	if !plain || operand == "" || text == "" {
		return nil
	}
	switch d := distance(text, operand); {
	case d <= allowedDistance(operand):
		return hint(5+d, HintSpelling, jsonString(text), shown+" and "+quote(operand)+" are spelled differently")
	case len(operand) < 4:
		return nil
	case strings.HasPrefix(text, operand):
		return hint(8, HintPart, operator("prefix", operand), shown+" only begins with "+quote(operand))
	case strings.HasSuffix(text, operand):
		return hint(8, HintPart, operator("suffix", operand), shown+" only ends with "+quote(operand))
	case strings.Contains(text, operand):
		return hint(10, HintPart, operator("wildcard", "*"+escapeWildcard(operand)+"*"), shown+" only contains "+quote(operand))
	case len(text) >= 4 && strings.Contains(operand, text):
		return hint(12, HintPart, "", shown+" is only a part of "+quote(operand))
	}
	return nil
}

// literal returns what an alternative without an operator compares with, as text.
func literal(a *syntax.Alternative) string {
	switch a.Op {
	case syntax.OpTrue:
		return "true"
	case syntax.OpFalse:
		return "false"
	case syntax.OpNull:
		return "null"
	case syntax.OpString, syntax.OpExactly, syntax.OpAddress, syntax.OpNumber:
		return a.Operands[0].Text
	}
	return ""
}

func opName(op syntax.Op) string {
	switch op {
	case syntax.OpPrefix, syntax.OpPrefixIgnoreCase:
		return "prefix"
	case syntax.OpSuffix, syntax.OpSuffixIgnoreCase:
		return "suffix"
	case syntax.OpWildcard:
		return "wildcard"
	case syntax.OpEqualsIgnoreCase:
		return "equals-ignore-case"
	}
	return "a plain text"
}

// acceptsText reports whether an alternative that compares texts accepts one.
func acceptsText(a *syntax.Alternative, text string) bool {
	operand := a.Operands[0].Text
	switch a.Op {
	case syntax.OpPrefix:
		return strings.HasPrefix(text, operand)
	case syntax.OpSuffix:
		return strings.HasSuffix(text, operand)
	case syntax.OpWildcard:
		w, err := value.ParseWildcard(operand)
		return err == nil && w.Match([]byte(text))
	}
	return text == operand
}

// withOperand returns an alternative like a with another operand.
func withOperand(a *syntax.Alternative, operand string) *syntax.Alternative {
	return &syntax.Alternative{Op: a.Op, Operands: []syntax.Operand{{Text: operand}}}
}

// globMatches reports whether text fits an operand in which * and ? are meant as in a shell.
func globMatches(op syntax.Op, operand, text string) bool {
	switch op {
	case syntax.OpPrefix:
		operand += "*"
	case syntax.OpSuffix:
		operand = "*" + operand
	}
	return glob(operand, text)
}

func glob(pattern, text string) bool {
	star, retry := -1, 0
	i, j := 0, 0
	for j < len(text) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, retry = i, j
			i++
		case i < len(pattern) && pattern[i] == '?':
			_, n := utf8.DecodeRuneInString(text[j:])
			i, j = i+1, j+n
		case i < len(pattern) && pattern[i] == text[j]:
			i, j = i+1, j+1
		case star >= 0:
			retry++
			i, j = star+1, retry
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}

// globFix returns an operator that matches what a text with * and ? was meant to match, and with ? some more.
func globFix(operand string) string {
	inner := strings.Trim(operand, "*")
	switch {
	case strings.ContainsAny(inner, "*?"):
	case operand == inner+"*":
		return operator("prefix", inner)
	case operand == "*"+inner:
		return operator("suffix", inner)
	}
	star := strings.ReplaceAll(strings.ReplaceAll(operand, `\`, `\\`), "?", "*")
	for strings.Contains(star, "**") {
		star = strings.ReplaceAll(star, "**", "*")
	}
	return operator("wildcard", star)
}

func escapeWildcard(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "*", `\*`)
}

// describe names a value as it can be shown.
func describe(v *found) string {
	switch v.kind {
	case value.String:
		return quote(string(v.text))
	case value.Number:
		return "the number " + clean(string(v.text), maxShown)
	case value.True:
		return "true"
	case value.False:
		return "false"
	}
	return "null"
}

// isNumber reports whether text, which is that of a string, is written like a JSON number.
func isNumber(text []byte) bool {
	s := scanner{data: text}
	return len(text) > 0 && (text[0] == '-' || '0' <= text[0] && text[0] <= '9') && s.number() && s.pos == len(text)
}

// allowedDistance is how many letters may differ in two names that are taken for one.
func allowedDistance(name string) int {
	switch n := utf8.RuneCountInString(name); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// distance returns how many letters must be put in, left out, replaced or swapped with their neighbour to turn a into b. It is
// for short texts; of longer ones only the order of magnitude is right.
func distance(a, b string) int {
	if d := len(a) - len(b); d > 8 || d < -8 || len(a) > maxCompared || len(b) > maxCompared {
		return maxCompared
	}
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
