package metricfilter

import (
	"slices"
	"strings"
)

// A glob is a text in which stars stand for any text: the pieces between the stars. One piece is a text without a star.
type glob []string

// newGlob takes a text apart at its stars. Several stars in a row are one.
func newGlob(text string) glob { return glob(strings.Split(text, "*")).shortened() }

// shortened makes one star of several in a row.
func (g glob) shortened() glob {
	for i := len(g) - 2; i > 0; i-- {
		if g[i] == "" {
			g = slices.Delete(g, i, i+1)
		}
	}
	return g
}

// exact reports whether the glob has no star.
func (g glob) exact() bool { return len(g) == 1 }

// any reports whether the glob is a star alone.
func (g glob) any() bool { return len(g) == 2 && g[0] == "" && g[1] == "" }

func (g glob) head() string { return g[0] }
func (g glob) tail() string { return g[len(g)-1] }

// match reports whether the glob stands for text.
func (g glob) match(text string) bool {
	if g.exact() {
		return text == g[0]
	}
	text, ok := strings.CutPrefix(text, g.head())
	if !ok {
		return false
	}
	text, ok = strings.CutSuffix(text, g.tail())
	if !ok {
		return false
	}
	for _, piece := range g[1 : len(g)-1] {
		_, after, found := strings.Cut(text, piece)
		if !found {
			return false
		}
		text = after
	}
	return true
}

// star stands for the stars of one glob while another is held against it: no text of a filter has this byte, since
// filters are UTF-8.
const star = "\xff"

// covers reports whether g stands for every text for which h stands. It may miss that, but never claims it wrongly.
func (g glob) covers(h glob) bool {
	return g.match(strings.Join(h, star))
}

// disjoint reports whether no text is one for which both stand. It may miss that, but never claims it wrongly.
func (g glob) disjoint(h glob) bool {
	switch {
	case g.exact():
		return !h.match(g[0])
	case h.exact():
		return !g.match(h[0])
	}
	return !strings.HasPrefix(g.head(), h.head()) && !strings.HasPrefix(h.head(), g.head()) ||
		!strings.HasSuffix(g.tail(), h.tail()) && !strings.HasSuffix(h.tail(), g.tail())
}

// wildcard returns the glob as the operand of EventBridge's wildcard, in which a backslash makes a star or a backslash mean
// itself.
func (g glob) wildcard() string {
	var b strings.Builder
	for i, piece := range g {
		if i > 0 {
			b.WriteByte('*')
		}
		b.WriteString(wildcardEscape.Replace(piece))
	}
	return b.String()
}

var wildcardEscape = strings.NewReplacer(`\`, `\\`, `*`, `\*`)
