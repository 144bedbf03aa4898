package metricfilter

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A branch is a condition for each of some fields, by their paths, all of which must be met: what EventBridge can say
// without $or. The filter is true if one of its branches is. A branch without conditions is met by every record.
type branch map[string]condition

// maxBranches bounds the work. An event pattern, of at most 4096 characters, has room for some 340 branches.
const maxBranches = 400

// branches takes an expression apart.
func branches(e expression) ([]branch, error) {
	switch e := e.(type) {
	case disjunction:
		var either []branch
		for _, operand := range e {
			more, err := branches(operand)
			if err != nil {
				return nil, err
			}
			either = append(either, more...)
		}
		return merge(either), nil
	case conjunction:
		both := []branch{{}}
		for _, operand := range e {
			more, err := branches(operand)
			if err != nil {
				return nil, err
			}
			if both, err = product(both, more); err != nil {
				return nil, err
			}
		}
		return both, nil
	}
	if c, ok := e.(constant); ok {
		if c {
			return []branch{{}}, nil
		}
		return nil, nil
	}
	t := e.(*term)
	c, err := newCondition(t)
	switch {
	case err != nil:
		return nil, err
	case len(c.alternatives) == 0:
		return nil, nil
	}
	return []branch{{t.field.path(): c}}, nil
}

// product returns the branches that are met if one of each list is.
func product(as, bs []branch) ([]branch, error) {
	var both []branch
	for _, a := range as {
		for _, b := range bs {
			c, met, err := a.and(b)
			if err != nil {
				return nil, err
			}
			if met {
				both = append(both, c)
			}
			if len(both) > maxBranches {
				return nil, &TranslateError{Reason: "the filter comes to more alternatives than an event pattern of 4096 characters has room for"}
			}
		}
	}
	return merge(both), nil
}

// and returns the branch that is met if both are, and whether it can be met.
func (a branch) and(b branch) (both branch, met bool, err error) {
	both = maps.Clone(a)
	for _, path := range b.paths() {
		c := b[path]
		problem := sameElement(a, c.term)
		if before, ok := a[path]; ok && problem == nil {
			c, problem = before.and(c)
		}
		switch {
		case problem != nil:
			err = cmp.Or(err, problem) // unless it turns out that the branch can not be met
		case len(c.alternatives) == 0:
			return nil, false, nil
		}
		both[path] = c
	}
	return both, true, err
}

// sameElement fails if t looks at the elements of an array at which another term looks as well. To a metric filter they are
// two questions; to EventBridge it is one, about the same element.
func sameElement(a branch, t *term) error {
	array, ok := t.field.array()
	if !ok {
		return nil
	}
	for _, path := range a.paths() {
		other := a[path].term
		if its, ok := other.field.array(); ok && its == array && other != t {
			return t.fail("EventBridge asks for one element of the array that is as this says and as %s says", other.source)
		}
	}
	return nil
}

// merge makes fewer branches of which the same is true: two that differ in one field become one with the alternatives of
// both.
func merge(list []branch) []branch {
	for again := len(list) > 1; again; {
		again = false
		order := paths(list)
		for _, path := range order {
			n := len(list)
			list = mergeAt(path, order, list)
			again = again || len(list) < n
		}
	}
	return list
}

// mergeAt makes one of the branches that differ in one field only, or not at all. All their paths are in order.
func mergeAt(path string, order []string, list []branch) []branch {
	var merged []branch
	at := make(map[string]int)
	for _, b := range list {
		key := b.keyWithout(path, order)
		i, seen := at[key]
		if !seen {
			at[key] = len(merged)
			merged = append(merged, b)
			continue
		}
		first, ok := merged[i][path]
		second, both := b[path]
		switch {
		case !ok:
		case !both:
			merged[i] = b
		default:
			either := maps.Clone(merged[i])
			if either[path] = first.or(second); either[path].always() {
				delete(either, path)
			}
			merged[i] = either
		}
	}
	return merged
}

// keyWithout is the same for two branches if they ask the same of all fields but one.
func (b branch) keyWithout(path string, order []string) string {
	var key strings.Builder
	for _, p := range order {
		if c, ok := b[p]; ok && p != path {
			key.WriteString(p + "\x00" + c.key + "\x00")
		}
	}
	return key.String()
}

// paths returns the paths of the branch in the order in which the filter names them.
func (b branch) paths() []string { return paths([]branch{b}) }

func paths(list []branch) []string {
	first := make(map[string]int)
	for _, b := range list {
		for path, c := range b {
			if offset, ok := first[path]; !ok || c.term.offset < offset {
				first[path] = c.term.offset
			}
		}
	}
	return slices.SortedFunc(maps.Keys(first), func(p, q string) int { return first[p] - first[q] })
}

// common takes out what all branches ask alike, and returns what is left of each. Of branches that are all needed something is
// left, unless there is only one.
func common(list []branch) (shared branch, rest []branch) {
	shared = make(branch)
	for path, c := range list[0] {
		if all(list, func(b branch) bool { other, ok := b[path]; return ok && other.key == c.key }) {
			shared[path] = c
		}
	}
	for _, b := range list {
		b = maps.Clone(b)
		maps.DeleteFunc(b, func(path string, _ condition) bool { _, ok := shared[path]; return ok })
		if len(b) > 0 {
			rest = append(rest, b)
		}
	}
	return shared, rest
}

// needed leaves out the branches that are met only if another is: those that ask all that the other asks, and more.
func needed(list []branch) []branch {
	return slices.DeleteFunc(slices.Clone(list), func(b branch) bool {
		return slices.ContainsFunc(list, func(a branch) bool { return len(a) < len(b) && b.implies(a) })
	})
}

// implies reports whether b asks all that a asks.
func (b branch) implies(a branch) bool {
	for path, c := range a {
		if its, ok := b[path]; !ok || its.key != c.key {
			return false
		}
	}
	return true
}
