//go:build !purego

#include "textflag.h"

DATA ·quote<>+0(SB)/8, $0x2222222222222222
GLOBL ·quote<>(SB), RODATA|NOPTR, $8
DATA ·backslash<>+0(SB)/8, $0x5c5c5c5c5c5c5c5c
GLOBL ·backslash<>(SB), RODATA|NOPTR, $8
DATA ·bracket<>+0(SB)/8, $0x5959595959595959
GLOBL ·bracket<>(SB), RODATA|NOPTR, $8
DATA ·blank<>+0(SB)/8, $0x2020202020202020
GLOBL ·blank<>(SB), RODATA|NOPTR, $8
DATA ·colon<>+0(SB)/8, $0x3a3a3a3a3a3a3a3a
GLOBL ·colon<>(SB), RODATA|NOPTR, $8

// func blocksAVX2(text *byte, n int, quotes, brackets *uint64, c *carry)
//
// The same as generic, for n blocks of 64 bytes, of which there is at least one.
TEXT ·blocksAVX2(SB), NOSPLIT, $0-40
	MOVQ text+0(FP), SI
	MOVQ n+8(FP), CX
	MOVQ quotes+16(FP), DI
	MOVQ brackets+24(FP), DX
	MOVQ c+32(FP), BX
	MOVQ 0(BX), R8  // escaped
	MOVQ 8(BX), R9  // inString
	MOVQ 16(BX), R10 // backslashes
	VPBROADCASTQ ·quote<>(SB), Y8
	VPBROADCASTQ ·backslash<>(SB), Y9
	VPBROADCASTQ ·bracket<>(SB), Y10
	VPBROADCASTQ ·colon<>(SB), Y11
	VPCMPEQB Y12, Y12, Y12
	VPBROADCASTQ ·blank<>(SB), Y13
	VPXOR Y14, Y14, Y14 // odd

block:
	PREFETCHT0 512(SI) // an event is seldom in the cache, and over before the processor has noticed the sequence
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1

	VPCMPGTB Y0, Y13, Y2 // which takes bytes for signed
	VPCMPGTB Y1, Y13, Y3
	VPOR Y2, Y14, Y14
	VPOR Y3, Y14, Y14

	VPCMPEQB Y0, Y9, Y6 // backslashes
	VPCMPEQB Y1, Y9, Y7

	VPCMPEQB Y0, Y8, Y2
	VPCMPEQB Y1, Y8, Y3
	VPMOVMSKB Y2, R12
	VPMOVMSKB Y3, R11
	SHLQ $32, R11
	ORQ R11, R12 // quotes

	VPAND Y0, Y10, Y2
	VPAND Y1, Y10, Y3
	VPCMPEQB Y2, Y10, Y2
	VPCMPEQB Y3, Y10, Y3
	VPCMPEQB Y0, Y11, Y4
	VPCMPEQB Y1, Y11, Y5
	VPOR Y2, Y4, Y2
	VPOR Y3, Y5, Y3
	VPMOVMSKB Y2, R13
	VPMOVMSKB Y3, R11
	SHLQ $32, R11
	ORQ R11, R13 // brackets

	VPOR Y6, Y7, Y2
	VPMOVMSKB Y2, AX
	ORQ R8, AX
	JNZ escapes

strings:
	MOVQ R12, (DI)
	VMOVQ R12, X2
	VPCLMULQDQ $0, X12, X2, X2 // the product with all ones is the prefix XOR
	VMOVQ X2, R11
	XORQ R9, R11
	MOVQ R11, R9
	SARQ $63, R9
	NOTQ R11
	ANDQ R11, R13
	MOVQ R13, (DX)

	ADDQ $64, SI
	ADDQ $8, DI
	ADDQ $8, DX
	DECQ CX
	JNZ block

	MOVQ c+32(FP), BX
	MOVQ R8, 0(BX)
	MOVQ R9, 8(BX)
	MOVQ R10, 16(BX)
	VPMOVMSKB Y14, AX
	ORQ AX, 24(BX)
	VZEROUPPER
	RET

escapes: // as carry.escapes
	VPMOVMSKB Y6, AX
	VPMOVMSKB Y7, R11
	SHLQ $32, R11
	ORQ R11, AX
	ORQ AX, R10
	MOVQ R8, R11
	NOTQ R11
	ANDQ R11, AX
	LEAQ (R8)(AX*2), R11 // follows
	MOVQ $0xaaaaaaaaaaaaaaaa, BX
	ANDQ AX, BX
	NOTQ R11
	ANDQ R11, BX
	NOTQ R11
	ADDQ AX, BX // sum
	SBBQ R8, R8
	NEGQ R8 // the carry
	SHLQ $1, BX
	MOVQ $0x5555555555555555, AX
	XORQ AX, BX
	ANDQ R11, BX
	NOTQ BX
	ANDQ BX, R12
	JMP strings

// func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL subleaf+4(FP), CX
	CPUID
	MOVL AX, eax+8(FP)
	MOVL BX, ebx+12(FP)
	MOVL CX, ecx+16(FP)
	MOVL DX, edx+20(FP)
	RET

// func xgetbv() (eax uint32)
TEXT ·xgetbv(SB), NOSPLIT, $0-4
	XORL CX, CX
	XGETBV
	MOVL AX, eax+0(FP)
	RET
