package peers

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
)

// A walker is the matcher that one writes in an afternoon, with care: an event is decoded once with
// encoding/json, and every rule, compiled before, looks at what it needs.
type walker struct {
	rules []*node
}

func buildWalk(rules []string, _ func()) (Matcher, error) {
	w := new(walker)
	for _, text := range rules {
		var root map[string]any
		if err := json.Unmarshal([]byte(text), &root); err != nil {
			return nil, err
		}
		n, err := newNode(root)
		if err != nil {
			return nil, fmt.Errorf("walk: %w in %s", err, text)
		}
		w.rules = append(w.rules, n)
	}
	return w, nil
}

func (w *walker) AppendMatches(dst []int32, event []byte) ([]int32, error) {
	var root map[string]any
	if err := json.Unmarshal(event, &root); err != nil {
		return dst, err
	}
	for i, r := range w.rules {
		if r.matches(root) {
			dst = append(dst, int32(i))
		}
	}
	return dst, nil
}

func (w *walker) Clone() Matcher { return w }

// A node is an object of a rule.
type node struct {
	leaves   []leaf
	objects  []child
	branches [][]*node // for each $or
}

type leaf struct {
	key          string
	alternatives []predicate
	absent       bool // absence is an alternative
}

type child struct {
	key  string
	node *node
}

// A predicate tells whether it accepts a value, which is never an object or array.
type predicate func(v any) bool

func newNode(object map[string]any) (*node, error) {
	n := new(node)
	for key, v := range object {
		switch v := v.(type) {
		case map[string]any:
			inner, err := newNode(v)
			if err != nil {
				return nil, err
			}
			n.objects = append(n.objects, child{key, inner})
		case []any:
			if key == "$or" {
				branches, err := newBranches(v)
				if err != nil {
					return nil, err
				}
				n.branches = append(n.branches, branches)
				continue
			}
			l := leaf{key: key}
			for _, a := range v {
				if o, ok := a.(map[string]any); ok && o["exists"] == false {
					l.absent = true
					continue
				}
				p, err := newPredicate(a)
				if err != nil {
					return nil, err
				}
				l.alternatives = append(l.alternatives, p)
			}
			n.leaves = append(n.leaves, l)
		}
	}
	return n, nil
}

func newBranches(list []any) (branches []*node, err error) {
	for _, b := range list {
		n, err := newNode(b.(map[string]any))
		if err != nil {
			return nil, err
		}
		branches = append(branches, n)
	}
	return branches, nil
}

// matches reports whether an object of the event, nil if there is none, satisfies the node.
func (n *node) matches(object map[string]any) bool {
	for i := range n.leaves {
		l := &n.leaves[i]
		v, present := object[l.key]
		if !present && !l.absent || present && !l.matches(v) {
			return false
		}
	}
	for _, c := range n.objects {
		if !c.node.matchesAny(object[c.key]) {
			return false
		}
	}
	for _, branches := range n.branches {
		matched := false
		for _, b := range branches {
			if b.matches(object) {
				matched = true
				break
			}
		}
		if !matched {
			return false
		}
	}
	return true
}

// matchesAny reports whether a value is an object, or holds one in an array, that satisfies the
// node.
func (n *node) matchesAny(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return n.matches(v)
	case []any:
		for _, elem := range v {
			if n.matchesAny(elem) {
				return true
			}
		}
		return false
	}
	return n.matches(nil)
}

// matches reports whether a value, or one in an array, is accepted.
func (l *leaf) matches(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return l.absent
	case []any:
		for _, elem := range v {
			if l.matches(elem) {
				return true
			}
		}
		return len(v) == 0 && l.absent
	}
	for _, accepts := range l.alternatives {
		if accepts(v) {
			return true
		}
	}
	return false
}

func newPredicate(alternative any) (predicate, error) {
	o, ok := alternative.(map[string]any)
	if !ok {
		return func(v any) bool { return v == alternative }, nil
	}
	for name, operand := range o {
		switch name {
		case "exists":
			return func(any) bool { return true }, nil
		case "anything-but":
			return newAnythingBut(operand)
		case "numeric":
			return newRange(operand.([]any)), nil
		case "cidr":
			block, err := netip.ParsePrefix(operand.(string))
			return func(v any) bool {
				s, ok := v.(string)
				if !ok {
					return false
				}
				address, err := netip.ParseAddr(s)
				return err == nil && block.Contains(address)
			}, err
		}
		if text, ok := operand.(string); ok {
			if accepts := textPredicate(name, text); accepts != nil {
				return func(v any) bool {
					s, ok := v.(string)
					return ok && accepts(s)
				}, nil
			}
		}
		return nil, fmt.Errorf("it %w %s", ErrLacks, name)
	}
	return nil, fmt.Errorf("it %w an empty object", ErrLacks)
}

// textPredicate returns what an operator says of strings, nil for an operator that is not known.
func textPredicate(name, text string) func(string) bool {
	switch name {
	case "prefix":
		return func(s string) bool { return strings.HasPrefix(s, text) }
	case "suffix":
		return func(s string) bool { return strings.HasSuffix(s, text) }
	case "equals-ignore-case":
		return func(s string) bool { return strings.EqualFold(s, text) }
	case "wildcard":
		return newWildcard(text)
	}
	return nil
}

// newWildcard searches for one part of a wildcard after the other, with strings.Index, which uses vector instructions.
func newWildcard(text string) func(string) bool {
	parts := strings.Split(text, "*")
	first, last := parts[0], parts[len(parts)-1]
	return func(s string) bool {
		if len(parts) == 1 {
			return s == first
		}
		if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
			return false
		}
		s = s[len(first) : len(s)-len(last)]
		for _, p := range parts[1 : len(parts)-1] {
			i := strings.Index(s, p)
			if i < 0 {
				return false
			}
			s = s[i+len(p):]
		}
		return true
	}
}

func newAnythingBut(operand any) (predicate, error) {
	var excluded []predicate
	for _, alternative := range excludedAlternatives(operand) {
		p, err := newPredicate(alternative)
		if err != nil {
			return nil, err
		}
		excluded = append(excluded, p)
	}
	return func(v any) bool {
		for _, excludes := range excluded {
			if excludes(v) {
				return false
			}
		}
		return true
	}, nil
}

// excludedAlternatives returns what an anything-but excludes, as alternatives of their own.
func excludedAlternatives(operand any) (all []any) {
	object, ok := operand.(map[string]any)
	if !ok {
		return listed(operand)
	}
	for name, texts := range object {
		for _, text := range listed(texts) {
			all = append(all, map[string]any{name: text})
		}
	}
	return all
}

// listed returns a list as it is, and anything else as a list of one.
func listed(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// newRange returns the predicate of numeric: pairs of a comparison and a number.
func newRange(operand []any) predicate {
	return func(v any) bool {
		x, ok := v.(float64)
		if !ok {
			return false
		}
		for i := 0; i+1 < len(operand); i += 2 {
			bound := operand[i+1].(float64)
			held := false
			switch operand[i] {
			case "=":
				held = x == bound
			case "<":
				held = x < bound
			case "<=":
				held = x <= bound
			case ">":
				held = x > bound
			case ">=":
				held = x >= bound
			}
			if !held {
				return false
			}
		}
		return true
	}
}
