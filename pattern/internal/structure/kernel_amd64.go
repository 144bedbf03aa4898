//go:build !purego

package structure

// hasAVX2 says that the processor and the operating system have AVX2 and PCLMULQDQ.
var hasAVX2 = detectAVX2()

func detectAVX2() bool {
	const (
		pclmulqdq, osxsave, avx = 1 << 1, 1 << 27, 1 << 28 // leaf 1, ECX
		avx2                    = 1 << 5                   // leaf 7, EBX
		xmm, ymm                = 1 << 1, 1 << 2           // XCR0: the state is saved
	)
	leaves, _, _, _ := cpuid(0, 0)
	if leaves < 7 {
		return false
	}
	_, _, ecx, _ := cpuid(1, 0)
	if need := uint32(pclmulqdq | osxsave | avx); ecx&need != need {
		return false
	}
	if xgetbv()&(xmm|ymm) != xmm|ymm {
		return false
	}
	_, ebx, _, _ := cpuid(7, 0)
	return ebx&avx2 != 0
}

func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)
func xgetbv() (eax uint32)

//go:noescape
func blocksAVX2(text *byte, n int, quotes, brackets *uint64, c *carry)

func kernel(text []byte, quotes, brackets []uint64, c *carry) {
	if !hasAVX2 {
		generic(text, quotes, brackets, c)
		return
	}
	n := len(text) / blockSize
	blocksAVX2(&text[0], n, &quotes[:n][0], &brackets[:n][0], c)
}
