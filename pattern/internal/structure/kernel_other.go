//go:build purego || (!amd64 && !arm64)

package structure

func kernel(text []byte, quotes, brackets []uint64, c *carry) { generic(text, quotes, brackets, c) }
