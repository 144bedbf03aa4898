//go:build !purego

package structure

//go:noescape
func blocksNEON(text *byte, n int, quotes, brackets *uint64, c *carry)

// kernel uses the vector instructions that every arm64 has.
func kernel(text []byte, quotes, brackets []uint64, c *carry) {
	n := len(text) / blockSize
	blocksNEON(&text[0], n, &quotes[:n][0], &brackets[:n][0], c)
}
