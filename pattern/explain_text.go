package pattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// maxWidth is the width of a line of an explanation, for terminals of 100 columns.
	maxWidth = 96
	// maxLines bounds an explanation: a pattern with a hundred branches is not read to its end.
	maxLines = 200
	// maxWants is how many alternatives of a field are told.
	maxWants = 4
	// maxBranches is how many of the branches of a $or are told of which none holds.
	maxBranches = 4
)

// String renders the explanation for people, in lines of no more than 100 columns. What comes from the event is shown so that
// it can do nothing to a terminal, and is cut where it is long. The form may change from version to version.
func (x *Explanation) String() string {
	w := textWriter{}
	switch {
	case x.Matched:
		w.line(0, "match")
	case x.Fields == 0:
		w.line(0, "no match: the pattern is empty")
	case x.Conflict != nil:
		w.line(0, fmt.Sprintf("no match: all %d fields hold, but not in the same array elements", x.Fields))
	default:
		w.line(0, fmt.Sprintf("no match: %d of %d fields hold", x.Held, x.Fields))
	}
	w.terms(1, x.Terms)
	if x.Conflict != nil {
		w.conflict(x.Conflict)
	}
	return w.String()
}

// A textWriter writes indented lines.
type textWriter struct {
	strings.Builder
	lines int
}

// line writes text, which is wrapped if it is too long: at spaces, and what follows is indented by two more levels.
func (w *textWriter) line(level int, text string) {
	indent := strings.Repeat("  ", min(level, 8))
	room := maxWidth - len(indent)
	for first := true; text != ""; first = false {
		if w.lines++; w.lines > maxLines {
			if w.lines == maxLines+1 {
				w.WriteString("…\n")
			}
			return
		}
		if !first {
			indent = strings.Repeat("  ", min(level, 8)+3)
			room = maxWidth - len(indent)
		}
		var part string
		part, text = wrap(text, room)
		w.WriteString(strings.TrimRight(indent+part, " "))
		w.WriteByte('\n')
	}
}

// wrap cuts text after at most room characters, at a space if there is one.
func wrap(text string, room int) (part, rest string) {
	if utf8.RuneCountInString(text) <= room {
		return text, ""
	}
	end, n, space := 0, 0, 0
	for i, r := range text {
		if n == room {
			end = i
			break
		}
		if r == ' ' && strings.TrimSpace(text[:i]) != "" {
			space = i
		}
		n++
	}
	if space > 0 {
		return text[:space], strings.TrimLeft(text[space:], " ")
	}
	return text[:end], text[end:]
}

func mark(held bool) string {
	if held {
		return "ok  "
	}
	return "no  "
}

func (w *textWriter) terms(level int, terms []Term) {
	for _, t := range terms {
		if t.Field != nil {
			w.field(level, t.Field)
			continue
		}
		w.line(level, fmt.Sprintf("%sone of %d branches", mark(t.Held), len(t.Branches)))
		told := 0
		for i, b := range t.Branches {
			if t.Held && !b.Held {
				continue
			}
			if told == maxBranches {
				w.line(level+1, "and more")
				break
			}
			told++
			w.line(level+1, fmt.Sprintf("%sbranch %d", mark(b.Held), i+1))
			w.terms(level+2, b.Terms)
		}
	}
}

func (w *textWriter) field(level int, f *FieldResult) {
	path := clean(f.Path, maxShown)
	if f.Replaced {
		w.line(level, "--  "+path+" is replaced by a later list of the same path")
		return
	}
	w.line(level, mark(f.Held)+path+f.found())
	if f.Held {
		return
	}
	for i, a := range f.wanted() {
		if i == maxWants {
			w.line(level+3, fmt.Sprintf("or one of %d more", len(f.Alternatives)-i))
			break
		}
		word := "want  "
		if i > 0 {
			word = "  or  "
		}
		w.line(level+2, word+a.Want)
	}
	for _, h := range f.Hints {
		message := h.Message
		if h.Fix != "" {
			message += "; write " + clean(h.Fix, 2*maxShown)
		}
		w.line(level+2, "hint  "+message)
	}
}

// found says what is at the path.
func (f *FieldResult) found() string {
	switch f.Presence {
	case Absent:
		return " is absent"
	case Empty:
		return " is empty"
	case Object:
		return " is an object"
	}
	if f.Held && !f.Values[0].Accepted {
		return " is absent from the array elements that count"
	}
	var text strings.Builder
	shown := 0
	for i, v := range f.Values {
		if i == 3 || f.Held && !v.Accepted {
			break
		}
		if shown++; shown > 1 {
			text.WriteString(",")
		}
		text.WriteString(" = " + clean(v.JSON, maxShown))
		if v.At != f.Path {
			text.WriteString(" (" + clean(v.At, maxShown) + ")")
		}
	}
	if more := len(f.Values) - shown + f.More; more > 0 && !f.Held {
		fmt.Fprintf(&text, " and %d more", more)
	}
	return text.String()
}

// wanted returns the alternatives, those first of which a hint speaks.
func (f *FieldResult) wanted() []AlternativeResult {
	var first, rest []AlternativeResult
	hinted := make(map[int]bool)
	for _, h := range f.Hints {
		hinted[h.Alternative] = true
	}
	for i, a := range f.Alternatives {
		if hinted[i] {
			first = append(first, a)
		} else {
			rest = append(rest, a)
		}
	}
	return append(first, rest...)
}

func (w *textWriter) conflict(c *Conflict) {
	if c.Array == "" {
		w.line(1, "The values that hold are in different elements of an array; EventBridge wants all of them in one.")
		return
	}
	w.line(1, "No element of "+clean(c.Array, maxShown)+" has all of:")
	for _, f := range c.Fields {
		text := clean(f.Path, maxShown)
		for i, e := range f.Elements {
			if i == 0 {
				text += ", holds in"
			}
			text += fmt.Sprintf(" [%d]", e)
		}
		if f.More > 0 {
			text += fmt.Sprintf(" and %d more", f.More)
		}
		w.line(2, text)
	}
}
