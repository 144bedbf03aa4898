package syntax

import (
	"unicode"
	"unicode/utf8"
)

func (r *reader) literal(word string, t token) token {
	r.match(r.pos, word)
	r.word = word
	return t
}

// match moves to the end of a word of which the beginning, from start to where the reader stands, has been compared already.
// It rejects any other word.
func (r *reader) match(start int, word string) {
	for i := r.pos - start; i < len(word); i++ {
		if r.pos == len(r.src) || r.src[r.pos] != word[i] {
			r.unrecognized(start)
		}
		r.pos++
	}
	if r.pos < len(r.src) && r.src[r.pos] >= '0' && identifierPart(r.peek()) {
		r.unrecognized(start)
	}
}

// maxNumber is how many digits Jackson allows a number to have.
const maxNumber = 1000

// number reads a number.
//
// Jackson has two readers for numbers, which locate a missing digit differently. The fast one takes note of its place only at
// the first character behind the integer part. The careful one, which knows its place always, reads the numbers that begin
// with a zero, and those that the text's end cuts off.
func (r *reader) number() token {
	start := r.pos
	if r.src[r.pos] == '-' {
		r.pos++
	}
	first := r.pos
	n := r.digits()
	switch {
	case n == 0:
		r.afterSign(start)
	case r.src[first] == '0' && n > 1:
		r.pos = first + 1
		r.fail("Invalid numeric value: Leading zeroes not allowed")
	}
	careful := r.src[first] == '0'
	known := r.pos // what the fast reader takes note of
	fraction, exponent := -1, -1
	if r.at('.') {
		r.pos++
		if fraction = r.digits(); fraction == 0 {
			r.noDigit(careful, known, "Decimal point")
		}
	}
	if r.at('e', 'E') {
		r.pos++
		if r.at('+', '-') {
			r.pos++
		}
		if r.pos == len(r.src) {
			r.failAt(r.pos, "Unexpected end-of-inputexpected a digit for number exponent") // Jackson's text
		}
		if exponent = r.digits(); exponent == 0 {
			r.noDigit(careful, known, "Exponent indicator")
		}
	}
	careful = careful || r.pos == len(r.src)
	r.word = r.src[start:r.pos]
	if len(r.scopes) == 0 {
		r.afterRoot()
	}
	if !careful || fraction < 0 && exponent < 0 {
		// The careful reader counts -1 for one that is missing beside the other.
		fraction, exponent = max(fraction, 0), max(exponent, 0)
	}
	if n += fraction + exponent; n > maxNumber {
		r.exceeds("Number value length", n, maxNumber, "getMaxNumberLength")
	}
	return tokNumber
}

// digits reads digits and returns how many there are.
func (r *reader) digits() int {
	start := r.pos
	for r.pos < len(r.src) && '0' <= r.src[r.pos] && r.src[r.pos] <= '9' {
		r.pos++
	}
	return r.pos - start
}

// at reports whether the reader stands at one of the characters.
func (r *reader) at(chars ...byte) bool {
	for _, c := range chars {
		if r.pos < len(r.src) && r.src[r.pos] == c {
			return true
		}
	}
	return false
}

// noDigit rejects what follows a decimal point or an exponent: the character at which the reader stands, or the point at the
// end of the text. The fast reader locates it at known.
func (r *reader) noDigit(careful bool, known int, after string) {
	if r.pos == len(r.src) {
		r.pos--
		careful = true
	}
	reason := notInNumber(r.peek(), after+" not followed by a digit")
	if careful {
		r.failAt(r.pos, reason)
	}
	r.start = r.pos
	r.failPast(known, reason)
}

func notInNumber(c rune, comment string) string {
	return "Unexpected character (" + charDesc(c) + ") in numeric value: " + comment
}

// afterRoot checks what follows a number that is the whole text. A blank is read with it, or a line feed.
func (r *reader) afterRoot() {
	switch {
	case r.at(' ', '\t', '\n'):
		r.pos++
	case r.pos < len(r.src) && !r.at('\r'):
		r.unexpected("Expected space separating root-level values")
	}
}

// afterSign rejects what follows a sign, which is at start. It is no digit.
func (r *reader) afterSign(start int) {
	sign := r.src[start : start+1]
	r.pos = start + 1
	switch {
	case r.pos == len(r.src) && sign == "-":
		r.failAt(r.pos, "Unexpected end-of-inputNo digit following sign") // Jackson's text
	case r.at('.') && sign == "-":
		r.unexpected(validValue)
	case r.at('I'):
		r.pos++
		if r.at('N') {
			r.nonStandard(start, sign+"INF")
		}
		if r.at('n') {
			r.nonStandard(start, sign+"Infinity")
		}
	}
	if r.pos == len(r.src) {
		r.failAt(r.pos, "Unexpected end-of-input in a Number value")
	}
	if sign == "-" {
		r.failAt(r.pos, notInNumber(r.peek(), "expected digit (0-9) to follow minus sign, for valid numeric value"))
	}
	r.failAt(r.pos, notInNumber('+', "JSON spec does not allow numbers to have plus signs: "+
		"enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow"))
}

// nonStandard rejects a word that begins at start and that Jackson can be told to accept as a number, or any other.
func (r *reader) nonStandard(start int, word string) {
	r.match(start, word)
	r.start = start
	r.fail("Non-standard token '" + word + "': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow")
}

const (
	validTokens = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	validValue  = "expected a valid value " + validTokens
)

// oddValue rejects a character with which no value begins.
func (r *reader) oddValue(c rune) {
	switch {
	case c == '+':
		r.afterSign(r.pos)
	case c == 'N':
		r.nonStandard(r.pos, "NaN")
	case c == 'I':
		r.nonStandard(r.pos, "Infinity")
	case identifierStart(c):
		r.unrecognized(r.pos)
	}
	r.unexpected(validValue)
}

// unrecognized rejects the word that begins at start. It goes on where the reader stands.
func (r *reader) unrecognized(start int) {
	const maxWord = 256 // Jackson's
	n := len(r.src[start:r.pos])
	for ; n < maxWord && r.pos < len(r.src) && identifierPart(r.peek()); n++ {
		r.pos += utf8.RuneLen(r.peek())
	}
	word := r.src[start:r.pos]
	if n == maxWord {
		word += "..."
	}
	r.start = start
	r.fail("Unrecognized token '" + word + "': was expecting " + validTokens)
}

// Java's notion of an identifier, by which Jackson decides what to call a word. It looks at UTF-16 code units, of which
// those that make up a pair are never part of one.

func identifierStart(c rune) bool {
	return c <= 0xffff && (unicode.IsLetter(c) || unicode.In(c, unicode.Nl, unicode.Sc, unicode.Pc))
}

func identifierPart(c rune) bool {
	ignorable := c <= 0x08 || 0x0e <= c && c <= 0x1b || 0x7f <= c && c <= 0x9f
	return ignorable || identifierStart(c) || c <= 0xffff && unicode.In(c, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Cf)
}
