package remediate

import (
	"fmt"
	"slices"
	"strings"
)

// nameOf returns the name of v, or Type(v) if it has none.
func nameOf(names []string, v int, typ string) string {
	if v < 0 || v >= len(names) {
		return fmt.Sprintf("%s(%d)", typ, v)
	}
	return names[v]
}

// setName sets v to the value that has the name text, or returns an error that tells the names.
func setName[T ~int](v *T, names []string, text []byte, what string) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("remediate: no %s %q; want one of %s", what, text, strings.Join(names, ", "))
	}
	*v = T(i)
	return nil
}
