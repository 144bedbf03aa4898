//go:build purego || (!amd64 && !arm64)

package structure

// looks says that the kernel looks for what is not printable.
const looks = false
