package value

import "unicode"

// Fold is a compiled equals-ignore-case operand.
//
// The engine takes the operand apart into UTF-16 code units and lets each stand for its lower case or its upper case, by
// the full mappings of Unicode: "ß" stands for "ß" or "SS". The event's text is not changed. So "straße" equals "STRASSE"
// but "strasse" does not equal it, "ǅ" does not equal itself, and since half of a surrogate pair is encoded as "?", an
// operand "🚀" equals the text "??" and nothing else.
type Fold struct {
	units []foldUnit
}

// A foldUnit matches either text. Neither is a prefix or suffix of the other unless they are equal, so at any place of the
// event's text at most one way is open.
type foldUnit struct {
	lower, upper string
}

// NewFold compiles an operand.
func NewFold(text string) Fold {
	var f Fold
	for _, r := range text {
		if r > 0xffff {
			f.units = append(f.units, foldUnit{"?", "?"}, foldUnit{"?", "?"})
			continue
		}
		f.units = append(f.units, foldUnit{lower(r), upper(r)})
	}
	return f
}

func lower(r rune) string {
	if r == 'İ' {
		return "i\u0307"
	}
	return string(unicode.ToLower(r))
}

func upper(r rune) string {
	if s, ok := fullUpper[r]; ok {
		return s
	}
	return string(unicode.ToUpper(r))
}

// HasCase reports whether a character has an upper case that is not its lower case, as the engine sees it.
func HasCase(r rune) bool { return r <= 0xffff && lower(r) != upper(r) }

// Equal reports whether text as a whole equals the operand.
func (f Fold) Equal(text []byte) bool {
	rest, ok := f.cutPrefix(text)
	return ok && len(rest) == 0
}

// HasPrefix reports whether text begins with the operand.
func (f Fold) HasPrefix(text []byte) bool {
	_, ok := f.cutPrefix(text)
	return ok
}

func (f Fold) cutPrefix(text []byte) ([]byte, bool) {
	for _, u := range f.units {
		switch {
		case HasPrefix(text, u.lower):
			text = text[len(u.lower):]
		case HasPrefix(text, u.upper):
			text = text[len(u.upper):]
		default:
			return nil, false
		}
	}
	return text, true
}

// HasSuffix reports whether text ends with the operand.
func (f Fold) HasSuffix(text []byte) bool {
	for i := len(f.units) - 1; i >= 0; i-- {
		u := f.units[i]
		switch {
		case HasSuffix(text, u.lower):
			text = text[:len(text)-len(u.lower)]
		case HasSuffix(text, u.upper):
			text = text[:len(text)-len(u.upper)]
		default:
			return false
		}
	}
	return true
}
