package rule

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// A tree is an object of a pattern, taken apart so that conditions can be added to it.
type tree struct{ members []member }

// A member is one member of an object of a pattern: exactly one of its last three fields is set.
type member struct {
	key    string
	object *tree
	list   []string // the alternatives for a field: JSON
	or     []*tree
}

// parseTree takes the text of a pattern apart. The text has been compiled.
func parseTree(text string) (*tree, error) {
	v, problems := parseValue([]byte(text))
	if len(problems) > 0 {
		// Of two members of one name EventBridge goes by the last, which this package does not.
		return nil, fmt.Errorf("the pattern cannot be tuned: %s: %s", problems[0].path, problems[0].reason)
	}
	return newTree(v), nil
}

func newTree(v value) *tree {
	t := new(tree)
	for key, m := range v.members() {
		switch {
		case m.kind() == object:
			t.members = append(t.members, member{key: key, object: newTree(m)})
		case key == "$or":
			var branches []*tree
			for branch := range m.items() {
				branches = append(branches, newTree(branch))
			}
			t.members = append(t.members, member{key: key, or: branches})
		default:
			var list []string
			for item := range m.items() {
				list = append(list, compactJSON(item.text))
			}
			t.members = append(t.members, member{key: key, list: list})
		}
	}
	return t
}

// String returns the tree as the text of a pattern.
func (t *tree) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t *tree) write(b *strings.Builder) {
	sep := "{"
	for _, m := range t.members {
		b.WriteString(sep + jsonText(m.key) + ":")
		switch {
		case m.object != nil:
			m.object.write(b)
		case m.or != nil:
			for i, branch := range m.or {
				b.WriteString([]string{"[", ","}[min(i, 1)])
				branch.write(b)
			}
			b.WriteString("]")
		default:
			b.WriteString("[" + strings.Join(m.list, ",") + "]")
		}
		sep = ","
	}
	b.WriteString("}")
}

// below returns the rest of path behind key, and whether there is one: empty if path ends there. A
// key with dots is as many levels.
func below(path, key string) (rest string, ok bool) {
	if path == key {
		return "", true
	}
	rest, ok = strings.CutPrefix(path, key+".")
	return rest, ok
}

// find returns the lists for a path in t, those in branches of $or left out.
func (t *tree) find(path string) []*[]string {
	var all []*[]string
	for i := range t.members {
		m := &t.members[i]
		rest, ok := below(path, m.key)
		switch {
		case !ok:
		case m.object != nil && rest != "":
			all = append(all, m.object.find(rest)...)
		case m.list != nil && rest == "":
			all = append(all, &m.list)
		}
	}
	return all
}

// lists yields the alternatives of all lists for a path in t, those in branches too.
func (t *tree) lists(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, list := range t.find(path) {
			for _, a := range *list {
				if !yield(a) {
					return
				}
			}
		}
		for _, a := range t.alternations(path) {
			for _, branch := range a.in.members[a.at].or {
				for x := range branch.lists(a.path) {
					if !yield(x) {
						return
					}
				}
			}
		}
	}
}

// An alternation is a $or with a branch that names a path.
type alternation struct {
	in   *tree // the object that has the $or
	at   int   // the index of the $or in it
	path string
}

// alternations returns the $or of t in which a path is named, those in branches of others left out.
func (t *tree) alternations(path string) []alternation {
	var all []alternation
	for i, m := range t.members {
		if m.or != nil && slices.ContainsFunc(m.or, func(b *tree) bool { return b.names(path) }) {
			all = append(all, alternation{t, i, path})
		}
		if rest, ok := below(path, m.key); ok && m.object != nil && rest != "" {
			all = append(all, m.object.alternations(rest)...)
		}
	}
	return all
}

// names reports whether t has a list for a path, in any branch.
func (t *tree) names(path string) bool {
	return len(t.find(path)) > 0 || len(t.alternations(path)) > 0
}

// narrow makes t ask for one of list at path, beside all that it asks for. It fails if nothing would
// be left, with a neverError, or if that cannot be said in a pattern.
//
// EventBridge holds an event against every combination of branches, and of two lists for one
// path in one combination only the later counts. Where there are two, nothing is added to either.
func (t *tree) narrow(path string, list []string) error {
	own, ors := t.find(path), t.alternations(path)
	switch {
	case len(own)+len(ors) > 1:
		return errors.New("it stands in several places of the pattern, of which only one counts")
	case len(ors) == 1:
		return ors[0].narrow(list)
	case len(own) == 0:
		t.add(path, list)
		return nil
	}
	both, err := intersect(*own[0], list)
	if err != nil {
		return err
	}
	if len(both) == 0 {
		return &neverError{*own[0]}
	}
	*own[0] = both
	return nil
}

// narrow narrows every branch of a $or, and drops those of which nothing is left.
func (a alternation) narrow(list []string) error {
	m := &a.in.members[a.at]
	var left []*tree
	var never *neverError
	for _, branch := range m.or {
		err := branch.narrow(a.path, list)
		if err != nil && !errors.As(err, &never) {
			return err
		}
		if err == nil {
			left = append(left, branch)
		}
	}
	switch len(left) {
	case 0:
		return never
	case 1:
		if !slices.ContainsFunc(left[0].members, func(x member) bool { return a.in.has(x.key) }) {
			a.in.members = slices.Replace(a.in.members, a.at, a.at+1, left[0].members...)
			return nil
		}
		left = append(left, left[0]) // a $or has two branches at least; twice the same is what one is
	}
	m.or = left
	return nil
}

func (t *tree) has(key string) bool {
	return slices.ContainsFunc(t.members, func(m member) bool { return m.key == key })
}

// add adds a list for a path that t does not name.
func (t *tree) add(path string, list []string) {
	for _, m := range t.members {
		if rest, ok := below(path, m.key); ok && m.object != nil && rest != "" {
			m.object.add(rest, list)
			return
		}
	}
	key, rest, nested := strings.Cut(path, ".")
	if !nested {
		t.members = append(t.members, member{key: key, list: slices.Clone(list)})
		return
	}
	child := new(tree)
	child.add(rest, list)
	t.members = append(t.members, member{key: key, object: child})
}

// A neverError says that nothing satisfies both a pattern and a condition.
type neverError struct {
	list []string // what the pattern asks for in the place of the condition
}

func (e *neverError) Error() string {
	return "the rule would never match: its pattern asks for " + strings.Join(e.list, " or ")
}
