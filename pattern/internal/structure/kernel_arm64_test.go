//go:build !purego

package structure

// looks says that the kernel looks for what is not printable.
const looks = true
