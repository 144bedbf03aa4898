// Package structure finds out where the strings and the brackets of a JSON text are, 64 bytes at a time and without a
// branch for each of them. It is what lets the matcher pass over the parts of an event that no pattern names.
//
// It reads bytes, not JSON: a quote begins or ends a string unless an odd number of backslashes stands before it, and all
// text has an answer. Whether the text is JSON is for the reader to decide where it looks.
package structure

import "strings"

// An Index is what is known of a text: two bitmaps with a bit for each byte, the first in the lowest bit of the first word.
// It may be used again for another text, and keeps its memory.
type Index struct {
	Quotes []uint64 // quotes that begin or end a string

	// Brackets are colons, brackets and braces outside of strings. What matches them in bits counts too, which is no
	// character that valid JSON has outside of strings.
	Brackets []uint64

	Escapes bool // there is a backslash somewhere
	Open    bool // the last string does not end

	// Printable says that all of the text is ASCII without control characters. If it is not set, it is not known: plain Go does
	// not look, which would take longer than it saves.
	Printable bool
}

// A carry is what one block of 64 bytes leaves to the next. Kernels in assembly know its layout.
type carry struct {
	escaped     uint64 // 1 if the next byte has an odd number of backslashes before it
	inString    uint64 // all ones if the next byte is in a string
	backslashes uint64 // the backslashes of all blocks, one upon the other
	odd         uint64 // not 0 if there may have been control characters, or others than ASCII
}

const blockSize = 64

var blank = [blockSize]byte([]byte(strings.Repeat(" ", blockSize)))

// Read makes x the index of text.
func (x *Index) Read(text []byte) {
	whole, rest := len(text)/blockSize, len(text)%blockSize
	n := whole
	if rest > 0 {
		n++
	}
	if cap(x.Quotes) < n {
		x.Quotes, x.Brackets = make([]uint64, n, n+n/4), make([]uint64, n, n+n/4)
	}
	x.Quotes, x.Brackets = x.Quotes[:n], x.Brackets[:n]
	var c carry
	if whole > 0 {
		kernel(text[:whole*blockSize], x.Quotes, x.Brackets, &c)
	}
	if rest > 0 {
		last := blank
		copy(last[:], text[whole*blockSize:])
		kernel(last[:], x.Quotes[whole:], x.Brackets[whole:], &c)
	}
	x.Escapes = c.backslashes != 0
	x.Open = c.inString != 0
	x.Printable = c.odd == 0
}
