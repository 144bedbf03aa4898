package structure

import (
	"encoding/binary"
	"math/bits"
)

const (
	low  = 0x0101010101010101
	high = 0x8080808080808080
)

// generic is the kernel in plain Go, and says what the others must do. The text is a number of blocks; quotes and brackets
// have room for a word for each.
func generic(text []byte, quotes, brackets []uint64, c *carry) {
	c.odd = 1
	for i := 0; len(text) >= blockSize; i++ {
		block := (*[blockSize]byte)(text)
		q0, b0, e0 := marks(binary.LittleEndian.Uint64(block[0:]))
		q1, b1, e1 := marks(binary.LittleEndian.Uint64(block[8:]))
		q2, b2, e2 := marks(binary.LittleEndian.Uint64(block[16:]))
		q3, b3, e3 := marks(binary.LittleEndian.Uint64(block[24:]))
		q4, b4, e4 := marks(binary.LittleEndian.Uint64(block[32:]))
		q5, b5, e5 := marks(binary.LittleEndian.Uint64(block[40:]))
		q6, b6, e6 := marks(binary.LittleEndian.Uint64(block[48:]))
		q7, b7, e7 := marks(binary.LittleEndian.Uint64(block[56:]))
		quote := gather(q0) | gather(q1)<<8 | gather(q2)<<16 | gather(q3)<<24 |
			gather(q4)<<32 | gather(q5)<<40 | gather(q6)<<48 | gather(q7)<<56
		bracket := gather(b0) | gather(b1)<<8 | gather(b2)<<16 | gather(b3)<<24 |
			gather(b4)<<32 | gather(b5)<<40 | gather(b6)<<48 | gather(b7)<<56
		if e0|e1|e2|e3|e4|e5|e6|e7|c.escaped != 0 {
			quote &^= c.escapes(gather(e0) | gather(e1)<<8 | gather(e2)<<16 | gather(e3)<<24 |
				gather(e4)<<32 | gather(e5)<<40 | gather(e6)<<48 | gather(e7)<<56)
		}
		inString := prefixXor(quote) ^ c.inString
		c.inString = uint64(int64(inString) >> 63)
		quotes[i], brackets[i] = quote, bracket&^inString
		text = text[blockSize:]
	}
}

// marks returns which of eight bytes are quotes, brackets and backslashes, in the highest bits of the bytes.
//
// A byte below 128 is equal to c if it is zero after an XOR with c, and then the sum with 127 does not reach the highest bit.
func marks(w uint64) (quote, bracket, backslash uint64) {
	ascii, w7 := ^w&high, w&^high
	quote = ascii &^ (w7 ^ low*'"' + ^uint64(high))
	bracket = ascii&^(w7^low*':'+^uint64(high)) | high&^(w7&(low*0x59)^low*0x59+^uint64(high))
	backslash = ascii &^ (w7 ^ low*'\\' + ^uint64(high))
	return quote, bracket, backslash
}

// gather moves the highest bits of the bytes together.
func gather(w uint64) uint64 { return w * 0x0002040810204081 >> 56 }

// escapes returns which bytes have an odd number of backslashes before them. A run that begins at an odd place and is added
// to itself carries into the byte behind it, and which place that is tells the length of the run.
func (c *carry) escapes(backslash uint64) uint64 {
	const even = 0x5555555555555555
	c.backslashes |= backslash
	backslash &^= c.escaped
	follows := backslash<<1 | c.escaped
	sum, carried := bits.Add64(backslash&^even&^follows, backslash, 0)
	c.escaped = carried
	return (even ^ sum<<1) & follows
}

// prefixXor sets each bit to whether the number of bits up to and including it is odd.
func prefixXor(w uint64) uint64 {
	w ^= w << 1
	w ^= w << 2
	w ^= w << 4
	w ^= w << 8
	w ^= w << 16
	w ^= w << 32
	return w
}
