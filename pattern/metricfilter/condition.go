package metricfilter

import (
	"slices"
	"strings"
)

// A condition is what an event pattern asks of one field: that its value is one of some alternatives. One without
// alternatives can not be met.
type condition struct {
	term         *term // the term that it comes from, or the first of several
	alternatives []alternative

	// key is the same for two conditions on a field if they have the same alternatives.
	key string
}

// newCondition returns the condition that a term makes.
func newCondition(t *term) (condition, error) {
	alternatives, err := t.alternatives()
	return condition{term: t, alternatives: alternatives}.keyed(), err
}

func (c condition) keyed() condition {
	elements := c.elements()
	slices.Sort(elements)
	c.key = strings.Join(elements, ",")
	return c
}

// and returns the condition that holds if both do. They are of the same field, that of d later in the filter.
func (c condition) and(d condition) (condition, error) {
	both := condition{term: c.term}
	for _, x := range c.alternatives {
		for _, y := range d.alternatives {
			if x.disjoint(y) {
				continue
			}
			z, ok := x.intersect(y)
			if !ok {
				return condition{}, d.term.fail("EventBridge cannot ask for this and for %s at once: the alternatives for a field "+
					"are joined by or", c.term.source)
			}
			both.add(z)
		}
	}
	return both.keyed(), nil
}

// or returns the condition that holds if one of both does.
func (c condition) or(d condition) condition {
	either := condition{term: c.term, alternatives: slices.Clone(c.alternatives)}
	for _, y := range d.alternatives {
		either.add(y)
	}
	return either.keyed()
}

// add adds an alternative, as a part of one that is there if that can be.
func (c *condition) add(y alternative) {
	for i, x := range c.alternatives {
		if z, ok := x.union(y); ok {
			before := slices.DeleteFunc(slices.Clone(c.alternatives[:i]), z.covers)
			after := slices.DeleteFunc(slices.Clone(c.alternatives[i+1:]), z.covers)
			c.alternatives = slices.Concat(before, []alternative{z}, after)
			return
		}
	}
	c.alternatives = append(c.alternatives, y)
}

// always reports whether every record meets the condition.
func (c condition) always() bool {
	has := func(k kind) bool {
		return slices.ContainsFunc(c.alternatives, func(a alternative) bool { return a.kind == k })
	}
	return has(absent) && has(anyValue)
}
