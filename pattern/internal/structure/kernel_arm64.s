//go:build !purego

#include "textflag.h"

// The bits that the bytes of eight contribute to a mask.
DATA ·weights<>+0(SB)/8, $0x8040201008040201
DATA ·weights<>+8(SB)/8, $0x8040201008040201
GLOBL ·weights<>(SB), RODATA|NOPTR, $16

// MASK gathers the four comparisons V4 to V7 into a mask.
#define MASK(R) \
	VAND V20.B16, V4.B16, V4.B16 \
	VAND V20.B16, V5.B16, V5.B16 \
	VAND V20.B16, V6.B16, V6.B16 \
	VAND V20.B16, V7.B16, V7.B16 \
	VADDP V5.B16, V4.B16, V4.B16 \
	VADDP V7.B16, V6.B16, V6.B16 \
	VADDP V6.B16, V4.B16, V4.B16 \
	VADDP V4.B16, V4.B16, V4.B16 \
	VMOV V4.D[0], R

// EQUAL compares the block with a vector.
#define EQUAL(V) \
	VCMEQ V0.B16, V.B16, V4.B16 \
	VCMEQ V1.B16, V.B16, V5.B16 \
	VCMEQ V2.B16, V.B16, V6.B16 \
	VCMEQ V3.B16, V.B16, V7.B16

// func blocksNEON(text *byte, n int, quotes, brackets *uint64, c *carry)
//
// The same as generic, for n blocks of 64 bytes, of which there is at least one.
TEXT ·blocksNEON(SB), NOSPLIT, $0-40
	MOVD text+0(FP), R0
	MOVD n+8(FP), R1
	MOVD quotes+16(FP), R2
	MOVD brackets+24(FP), R3
	MOVD c+32(FP), R4
	MOVD 0(R4), R5  // escaped
	MOVD 8(R4), R6  // inString
	MOVD 16(R4), R7 // backslashes
	MOVD $·weights<>(SB), R8
	VLD1 (R8), [V20.B16]
	MOVD $0x22, R8
	VDUP R8, V16.B16 // "
	MOVD $0x5c, R8
	VDUP R8, V17.B16 // \
	MOVD $0x59, R8
	VDUP R8, V18.B16 // what brackets have in common
	MOVD $0x3a, R8
	VDUP R8, V19.B16 // :
	VEOR V21.B16, V21.B16, V21.B16 // the greatest byte
	VCMEQ V22.B16, V22.B16, V22.B16 // the least

block:
	VLD1.P 64(R0), [V0.B16, V1.B16, V2.B16, V3.B16]
	VUMAX V0.B16, V1.B16, V4.B16
	VUMAX V2.B16, V3.B16, V5.B16
	VUMAX V4.B16, V5.B16, V4.B16
	VUMAX V4.B16, V21.B16, V21.B16
	VUMIN V0.B16, V1.B16, V4.B16
	VUMIN V2.B16, V3.B16, V5.B16
	VUMIN V4.B16, V5.B16, V4.B16
	VUMIN V4.B16, V22.B16, V22.B16
	EQUAL(V17)
	MASK(R8) // backslashes
	EQUAL(V16)
	MASK(R9) // quotes
	EQUAL(V19)
	VAND V18.B16, V0.B16, V0.B16
	VAND V18.B16, V1.B16, V1.B16
	VAND V18.B16, V2.B16, V2.B16
	VAND V18.B16, V3.B16, V3.B16
	VCMEQ V0.B16, V18.B16, V0.B16
	VCMEQ V1.B16, V18.B16, V1.B16
	VCMEQ V2.B16, V18.B16, V2.B16
	VCMEQ V3.B16, V18.B16, V3.B16
	VORR V0.B16, V4.B16, V4.B16
	VORR V1.B16, V5.B16, V5.B16
	VORR V2.B16, V6.B16, V6.B16
	VORR V3.B16, V7.B16, V7.B16
	MASK(R10) // brackets

	ORR R8, R5, R11
	CBNZ R11, escapes

strings:
	MOVD.P R9, 8(R2)
	EOR R9<<1, R9, R9 // the prefix XOR
	EOR R9<<2, R9, R9
	EOR R9<<4, R9, R9
	EOR R9<<8, R9, R9
	EOR R9<<16, R9, R9
	EOR R9<<32, R9, R9
	EOR R6, R9, R9
	ASR $63, R9, R6
	BIC R9, R10, R10
	MOVD.P R10, 8(R3)
	SUBS $1, R1, R1
	BNE block

	MOVD R5, 0(R4)
	MOVD R6, 8(R4)
	MOVD R7, 16(R4)

	// A byte is beyond ASCII if its highest bit is set, and one is below a blank if that is set after a subtraction.
	VMOV V21.D[0], R8
	VMOV V21.D[1], R9
	ORR R9, R8, R8
	MOVD $0x2020202020202020, R11
	VMOV V22.D[0], R9
	SUB R11, R9, R10
	BIC R9, R10, R10
	ORR R10, R8, R8
	VMOV V22.D[1], R9
	SUB R11, R9, R10
	BIC R9, R10, R10
	ORR R10, R8, R8
	AND $0x8080808080808080, R8, R8
	MOVD 24(R4), R9
	ORR R9, R8, R8
	MOVD R8, 24(R4)
	RET

escapes: // as carry.escapes
	ORR R8, R7, R7
	BIC R5, R8, R8
	ORR R8<<1, R5, R11 // follows
	MOVD $0xaaaaaaaaaaaaaaaa, R12
	AND R8, R12, R12
	BIC R11, R12, R12
	ADDS R8, R12, R12 // sum
	CSET CS, R5       // the carry
	LSL $1, R12, R12
	EOR $0x5555555555555555, R12, R12
	AND R11, R12, R12
	BIC R12, R9, R9
	B strings
