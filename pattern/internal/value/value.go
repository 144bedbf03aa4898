// Package value holds what the matchers of package pattern must agree on: how one event value is compared with one
// operand. Everything here follows the engine that EventBridge runs, accidents included, because a pattern that is tried
// offline must get the answer that the service would give.
package value

// Kind is the type of a JSON scalar. Values of different kinds are never equal.
type Kind uint8

const (
	String Kind = iota + 1
	Number
	True
	False
	Null
)

// HasPrefix reports whether text begins with prefix. Text is compared in bytes of UTF-8.
func HasPrefix(text []byte, prefix string) bool {
	return len(text) >= len(prefix) && string(text[:len(prefix)]) == prefix
}

// HasSuffix reports whether text ends with suffix.
func HasSuffix(text []byte, suffix string) bool {
	return len(text) >= len(suffix) && string(text[len(text)-len(suffix):]) == suffix
}

// A Reason says why an operand is not valid, in the words of the service.
type Reason string

func (r Reason) Error() string { return string(r) }
