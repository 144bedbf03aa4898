package value

import (
	"math"
	"strconv"
)

// Num is a JSON number as the engine compares it.
//
// A number is comparable if binary64 holds it exactly in the sense of its shortest spelling: parse the text to the nearest
// binary64, print that in its shortest form, and the result denotes the same decimal value as the text. 0.1, 300.10 and
// 1e100 are comparable; 9007199254740993 and 1e-400 are not. Comparable numbers are equal or ordered by value, whatever
// their spelling. A number that is not comparable only ever equals its own spelling.
type Num struct {
	Float      float64 // the value; meaningful only if Comparable
	Comparable bool
}

// ParseNum reads the text of a number in a pattern, which must be a valid JSON number.
func ParseNum(text []byte) Num {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsInf(f, 0) {
		return Num{}
	}
	return Num{Float: f, Comparable: sameDecimal(text, f)}
}

// ParseEventNum reads the text of a number in an event, which must be a valid JSON number.
//
// EventBridge parses an event before its engine sees it. Integers keep their text; a number written with a fraction or an
// exponent has become the nearest binary64, so 1.0000000000000001 is 1.0, 1e-400 is 0 and 1e309 is infinite.
func ParseEventNum(text []byte) Num {
	if isInteger(text) {
		return ParseNum(text)
	}
	f, _ := strconv.ParseFloat(string(text), 64) // out of range is ±Inf, which is what the service has too
	return Num{Float: f, Comparable: !math.IsInf(f, 0)}
}

// AppendEventText appends the text under which the engine sees an event's number.
func AppendEventText(dst, text []byte) []byte {
	if isInteger(text) {
		return append(dst, text...)
	}
	f, _ := strconv.ParseFloat(string(text), 64)
	return appendJavaDouble(dst, f)
}

func isInteger(text []byte) bool {
	for _, c := range text {
		if c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}

// sameDecimal reports whether text denotes exactly the decimal value that f is printed as.
func sameDecimal(text []byte, f float64) bool {
	var buf [32]byte
	digits, point := shortest(buf[:0], f)

	// Walk the digits of text, leading zeros skipped. They must be those of f, followed by nothing but zeros.
	i, matched := 0, 0
	significant, textPoint := 0, 0 // digits since the first that is not zero; where the point stands among them
	leading, sawPoint := 0, false
	if text[0] == '-' {
		i++
	}
	for ; i < len(text) && text[i] != 'e' && text[i] != 'E'; i++ {
		c := text[i]
		if c == '.' {
			sawPoint = true
			continue
		}
		if significant == 0 && c == '0' {
			if sawPoint {
				leading++
			}
			continue
		}
		significant++
		if !sawPoint {
			textPoint++
		}
		want := byte('0')
		if matched < len(digits) {
			want = digits[matched]
			matched++
		}
		if c != want {
			return false
		}
	}
	if significant == 0 {
		return f == 0
	}
	for _, d := range digits[matched:] {
		if d != '0' {
			return false
		}
	}
	return textPoint-leading+exponent(text[i:]) == point
}

// exponent reads the rest of a number from its e on. Far out of the range of binary64 it is enough to know the sign.
func exponent(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	text = text[1:]
	negative := false
	if text[0] == '+' || text[0] == '-' {
		negative = text[0] == '-'
		text = text[1:]
	}
	n := 0
	for _, c := range text {
		// The length of a text is the most that its digits can shift the point, and no event has 1<<27 bytes. An int of 32
		// bits holds ten times as much.
		if n = n*10 + int(c-'0'); n > 1<<27 {
			break
		}
	}
	if negative {
		return -n
	}
	return n
}

// shortest appends the digits of f as Java's Double.toString (JDK 19 and later) chooses them and returns them with the
// number of digits before the decimal point, which may be negative or beyond the digits. Zero has no digits.
//
// That is the shortest text that parses to f, except that where one digit is enough Java prints the nearest two-digit
// number. It makes a difference for a handful of subnormals only: 5e-324 is printed as 4.9E-324.
func shortest(dst []byte, f float64) (digits []byte, point int) {
	if f == 0 {
		return dst, 0
	}
	dst = strconv.AppendFloat(dst, math.Abs(f), 'e', -1, 64)
	if dst[1] != '.' { // d e±x
		dst = strconv.AppendFloat(dst[:0], math.Abs(f), 'e', 1, 64)
	}
	e := 2
	for dst[e] != 'e' {
		e++
	}
	x, _ := strconv.Atoi(string(dst[e+1:]))
	digits = append(dst[:1], dst[2:e]...)
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, x + 1
}

// appendJavaDouble appends f as Java's Double.toString prints it: 100.0, 1.0E100, Infinity.
func appendJavaDouble(dst []byte, f float64) []byte {
	if math.Signbit(f) {
		dst = append(dst, '-')
	}
	switch {
	case f == 0:
		return append(dst, "0.0"...)
	case math.IsInf(f, 0):
		return append(dst, "Infinity"...)
	}
	var buf [32]byte
	digits, point := shortest(buf[:0], f)
	if a := math.Abs(f); a < 1e-3 || a >= 1e7 {
		dst = append(dst, digits[0], '.')
		dst = appendDigits(dst, digits[1:])
		dst = append(dst, 'E')
		return strconv.AppendInt(dst, int64(point-1), 10)
	}
	if point <= 0 {
		dst = append(dst, "0."...)
		for ; point < 0; point++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for i := range point {
		if i < len(digits) {
			dst = append(dst, digits[i])
		} else {
			dst = append(dst, '0')
		}
	}
	return appendDigits(append(dst, '.'), digits[min(point, len(digits)):])
}

// appendDigits appends a fraction, which has at least one digit.
func appendDigits(dst, digits []byte) []byte {
	if len(digits) == 0 {
		return append(dst, '0')
	}
	return append(dst, digits...)
}
