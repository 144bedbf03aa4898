package metricfilter

import (
	"strings"
)

// A selector names the values of a log event that a term looks at: steps from the root, each into a member or an element.
type selector []step

// A step leads from a value to one below it, or to all of them.
type step struct {
	kind  stepKind
	name  string // of a member
	index int    // of an element
}

type stepKind uint8

const (
	member     stepKind = iota // .name
	anyMember                  // .*
	element                    // [0]
	anyElement                 // [*]
)

// each calls visit with every value that the selector names, until visit returns false, and reports whether it went to the
// end. Where a step does not fit the value it is taken from, there is nothing to visit.
func (s selector) each(v any, visit func(any) bool) bool {
	for i, st := range s {
		switch st.kind {
		case member:
			object, _ := v.(map[string]any)
			below, ok := object[st.name]
			if !ok {
				return true
			}
			v = below
		case element:
			array, _ := v.([]any)
			if st.index >= len(array) {
				return true
			}
			v = array[st.index]
		case anyMember:
			object, _ := v.(map[string]any)
			for _, below := range object {
				if !s[i+1:].each(below, visit) {
					return false
				}
			}
			return true
		case anyElement:
			array, _ := v.([]any)
			for _, below := range array {
				if !s[i+1:].each(below, visit) {
					return false
				}
			}
			return true
		}
	}
	return visit(v)
}

// names returns the names of the members that lead to the value. In an event pattern arrays are not named.
func (s selector) names() []string {
	var names []string
	for _, st := range s {
		if st.kind == member {
			names = append(names, st.name)
		}
	}
	return names
}

// path returns the names joined with dots.
func (s selector) path() string { return strings.Join(s.names(), ".") }

// array returns the path of the array whose every element the selector looks at, and whether there is one.
func (s selector) array() (path string, ok bool) {
	for i, st := range s {
		if st.kind == anyElement {
			return s[:i].path(), true
		}
	}
	return "", false
}
