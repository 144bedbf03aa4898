package pattern

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/countertrail/countertrail/pattern/internal/cloudtrail"
	"github.com/countertrail/countertrail/pattern/internal/syntax"
	"github.com/countertrail/countertrail/pattern/internal/value"
)

// plausible are values for fields that a base event lacks.
var plausible = map[string]string{
	"detail.errorCode":                                          `"AccessDenied"`,
	"detail.errorMessage":                                       `"The call was refused."`,
	"detail.additionalEventData.MFAUsed":                        `"No"`,
	"detail.userIdentity.invokedBy":                             `"cloudformation.amazonaws.com"`,
	"detail.vpcEndpointId":                                      `"vpce-0123456789abcdef0"`,
	"detail.sharedEventID":                                      `"5a4f8a3b-1f5a-4b0e-9a4e-2f6f1f0e3c11"`,
	"detail.sessionCredentialFromConsole":                       `"true"`,
	"detail.resources.ARN":                                      `"arn:aws:iam::123456789012:role/ops"`,
	"replay-name":                                               `"example-replay"`,
	"detail.userIdentity.identityProvider":                      `"arn:aws:iam::123456789012:saml-provider/example"`,
	"detail.requestParameters.userName":                         `"bob"`,
	"detail.responseElements.ConsoleLogin":                      `"Success"`,
	"detail.userIdentity.sessionContext.sessionIssuer.userName": `"ops"`,
}

// candidates returns values that an alternative may accept, as JSON, the likeliest in life first.
func (s *sampler) candidates(f *syntax.Field, a *syntax.Alternative) []string {
	switch a.Op {
	case syntax.OpTrue:
		return []string{"true"}
	case syntax.OpFalse:
		return []string{"false"}
	case syntax.OpNull:
		return []string{"null"}
	case syntax.OpNumber:
		if !a.Not {
			return []string{a.Operands[0].Text}
		}
	case syntax.OpNumeric:
		return numbersIn(&a.Operands[0].Range)
	}
	if a.Not || a.Op == syntax.OpExists {
		return s.anyCandidates(f, a)
	}
	o := &a.Operands[0]
	var texts []string
	switch a.Op {
	case syntax.OpPrefix:
		if !strings.ContainsAny(o.Text, " ") && o.Text != "" {
			texts = append(texts, o.Text+"Example")
		}
		texts = append(texts, o.Text)
	case syntax.OpSuffix:
		texts = []string{o.Text}
	case syntax.OpEqualsIgnoreCase, syntax.OpPrefixIgnoreCase, syntax.OpSuffixIgnoreCase:
		texts = []string{o.Text, strings.ToLower(o.Text), folded(o.Text)}
	case syntax.OpWildcard:
		for _, star := range []string{"example", ""} {
			var parts []string
			for _, part := range o.Wildcard.Parts() {
				parts = append(parts, string(part))
			}
			texts = append(texts, strings.Join(parts, star))
		}
	case syntax.OpCIDR:
		host, _, _ := strings.Cut(o.Text, "/")
		texts = []string{host}
	default:
		texts = []string{o.Text}
	}
	var all []string
	if base := s.base.get(f.Path); base != "" && a.Op != syntax.OpString {
		all = append(all, base)
	}
	if f.Path == "detail.eventName" && a.Op != syntax.OpString {
		for _, name := range s.eventNames() {
			all = append(all, jsonString(name))
		}
	}
	for _, t := range texts {
		all = append(all, jsonString(t))
	}
	return all
}

// eventNames returns the names of the events of the sources that the rule asks for, as far as they are known.
func (s *sampler) eventNames() (names []string) {
	for _, f := range s.rule {
		if f.Path == "detail.eventSource" {
			for o := range literals(f) {
				names = append(names, cloudtrail.Names(o.Text)...)
			}
		}
	}
	return names
}

// anyCandidates returns values for an alternative that excludes some, or none.
func (s *sampler) anyCandidates(f *syntax.Field, a *syntax.Alternative) []string {
	all := []string{s.base.get(f.Path), plausible[f.Path]}
	for i := range len(a.Operands) + 1 {
		text := "example"
		if i > 0 {
			text += "-" + strconv.Itoa(i)
		}
		all = append(all, jsonString(text))
	}
	return append(all, "0", "null", "true") // for an anything-but that excludes every text
}

// folded returns a text that equals-ignore-case holds equal to its operand, whatever is in it.
func folded(operand string) string {
	var b strings.Builder
	for _, r := range operand {
		fold := value.NewFold(string(r))
		for _, s := range []string{string(r), string(unicode.ToLower(r)), "i\u0307", "??"} {
			if fold.Equal([]byte(s)) {
				b.WriteString(s)
				break
			}
		}
	}
	return b.String()
}

// numbersIn returns numbers that may be in a range, integers first.
func numbersIn(r *syntax.Range) []string {
	low, high := math.Inf(-1), math.Inf(1)
	var all []float64
	if r.Low != nil {
		low = r.Low.Value
		all = append(all, low, math.Floor(low)+1)
	}
	if r.High != nil {
		high = r.High.Value
		all = append(all, high, math.Ceil(high)-1)
	}
	if r.Low != nil && r.High != nil {
		all = append(all, low/2+high/2)
	}
	all = append(all, math.Nextafter(low, math.Inf(1)), math.Nextafter(high, math.Inf(-1)))
	var texts []string
	for _, f := range all {
		if r.Contains(f) && !math.IsInf(f, 0) {
			texts = append(texts, numberText(f))
		}
	}
	return texts
}

func numberText(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// counterCandidates returns values, as JSON, that a field may not accept, the smallest change first.
func (s *sampler) counterCandidates(f *syntax.Field) []string {
	current, present := s.values[f.Path]
	var all []string
	// What anything-but excludes.
	for i := range f.Alternatives {
		if a := &f.Alternatives[i]; a.Not {
			for j := range a.Operands {
				o := &a.Operands[j]
				switch a.Op {
				case syntax.OpNumber:
					all = append(all, o.Text)
				case syntax.OpEqualsIgnoreCase:
					all = append(all, jsonString(o.Text), jsonString(folded(o.Text)))
				case syntax.OpWildcard:
					var parts []string
					for _, part := range o.Wildcard.Parts() {
						parts = append(parts, string(part))
					}
					all = append(all, jsonString(strings.Join(parts, "")))
				default:
					all = append(all, jsonString(o.Text))
				}
			}
		}
	}
	switch {
	case !present:
		if p := plausible[f.Path]; p != "" {
			all = append(all, p)
		}
	case current == "true":
		all = append(all, "false")
	case current == "false":
		all = append(all, "true")
	case current[0] == '"':
		text := textOf(current)
		all = append(all, jsonString(otherCase(text)), jsonString("not-"+text), jsonString(text+"-not"), jsonString("not-"+text+"-not"))
	case current != "null":
		n := value.ParseEventNum([]byte(current)).Float
		for _, m := range []float64{n + 1, n - 1, n * 2, -n} {
			if !math.IsInf(m, 0) {
				all = append(all, numberText(m))
			}
		}
		for i := range f.Alternatives {
			if a := &f.Alternatives[i]; a.Op == syntax.OpNumeric {
				for _, b := range []*syntax.Bound{a.Operands[0].Range.Low, a.Operands[0].Range.High} {
					if b != nil {
						all = append(all, numberText(b.Value), numberText(b.Value+1), numberText(b.Value-1))
					}
				}
			}
		}
		all = append(all, jsonString(current))
	}
	return append(all, `"example"`, "0", "true", "null")
}

// otherCase returns a text in lower case, or in upper case if that is no change.
func otherCase(s string) string {
	if lower := strings.ToLower(s); lower != s {
		return lower
	}
	return strings.ToUpper(s)
}

// textOf returns the text of a JSON string, or "".
func textOf(text string) string {
	var s string
	if json.Unmarshal([]byte(text), &s) != nil {
		return ""
	}
	return s
}

// acceptsJSON reports whether a field accepts a value written as JSON. It accepts none that is not a scalar.
func acceptsJSON(t *fieldTest, text string) bool {
	if text == "" {
		return false
	}
	v := &scalar{}
	switch c := text[0]; c {
	case '"':
		v.kind, v.text = value.String, []byte(textOf(text))
	case 't':
		v.kind = value.True
	case 'f':
		v.kind = value.False
	case 'n':
		v.kind = value.Null
	case '{', '[':
		return false
	default:
		v.kind, v.text = value.Number, []byte(text)
	}
	return t.accepts(v)
}
