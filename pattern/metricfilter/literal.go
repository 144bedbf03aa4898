package metricfilter

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// A literal is what = and != compare a field with.
type literal interface {
	equal(v any) bool // v is a string, json.Number, bool or nil
}

// A text is a literal in double quotes, or a word without them. Stars in it stand for any text.
type text struct{ glob }

// equal compares strings, and numbers by their spelling. A star alone is equal to everything.
func (t text) equal(v any) bool {
	s, ok := spelling(v)
	return ok && t.match(s) || t.any()
}

// A number is a literal that is a number without quotes.
type number struct {
	source string  // as it is written
	json   string  // as JSON spells it
	value  float64 // ±Inf where binary64 ends
}

// equal compares numbers by value, and strings with what is written.
func (n number) equal(v any) bool {
	if s, ok := v.(string); ok {
		return s == n.source
	}
	f, ok := float(v)
	return ok && f == n.value
}

// numberSyntax is that of AWS's documentation: an integer or a decimal with an optional sign, and an optional exponent.
var numberSyntax = regexp.MustCompile(`^([+-]?)0*([0-9]+(?:\.[0-9]+)?)([eE][+-]?[0-9]+)?$`)

// parseNumber reads a number, if source is one.
func parseNumber(source string) (number, bool) {
	m := numberSyntax.FindStringSubmatch(source)
	if m == nil {
		return number{}, false
	}
	n := number{source: source, json: strings.TrimPrefix(m[1], "+") + m[2] + m[3]}
	n.value, _ = strconv.ParseFloat(n.json, 64) // an error says that it is out of range, and gives ±Inf
	return n, true
}

// A regex is a literal between percent signs: a regular expression that is found somewhere in the text.
type regex struct {
	source string
	re     *regexp.Regexp
}

func (r regex) equal(v any) bool {
	s, ok := spelling(v)
	return ok && r.re.MatchString(s)
}

// spelling returns the text of a string, or the digits of a number.
func spelling(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// float returns the value of a number.
func float(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, _ := strconv.ParseFloat(n.String(), 64)
	return f, true
}
