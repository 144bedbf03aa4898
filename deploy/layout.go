package deploy

import (
	"slices"
	"strings"
)

const (
	maxInline = 90 // characters that a JSON value may have to be laid out in one line
	maxNested = 30 // containers in one another that are laid out at all; indented, more would be a page of spaces
)

// layout lays compact JSON text out for people: what is short in one line, the rest a member a line.
// Every token stays as it is.
func layout(text string) string {
	if slices.Max(depths(text)) > maxNested {
		return text
	}
	return layoutValue(text, "")
}

func layoutValue(text, indent string) string {
	if isContainer := text[0] == '{' || text[0] == '['; !isContainer || len(indent)+len(text) <= maxInline {
		return inline(text)
	}
	last := len(text) - 1
	var lines []string
	for _, element := range split(text[1:last], ',') {
		key := ""
		if text[0] == '{' {
			member := split(element, ':')
			key, element = member[0]+": ", member[1]
		}
		lines = append(lines, indent+"  "+key+layoutValue(element, indent+"  "))
	}
	return text[:1] + "\n" + strings.Join(lines, ",\n") + "\n" + indent + text[last:]
}

// inline returns compact JSON text with a space after each comma and colon.
func inline(text string) string {
	var b strings.Builder
	for i, depth := range depths(text) {
		b.WriteByte(text[i])
		if depth >= 0 && (text[i] == ',' || text[i] == ':') {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// split splits compact JSON text where sep stands outside of strings and containers.
func split(text string, sep byte) []string {
	var parts []string
	start := 0
	for i, depth := range depths(text) {
		if depth == 0 && text[i] == sep {
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// depths returns for each byte of compact JSON text how many containers it is in, -1 in a string.
func depths(text string) []int {
	all := make([]int, len(text))
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			all[i] = -1
			i++ // what is escaped ends nothing
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		all[i] = depth
		if quoted {
			all[i] = -1
		}
	}
	return all
}
