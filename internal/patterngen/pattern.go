package patterngen

// An object is an object of a pattern. Its fields keep their order, and a key
// may occur twice.
type object struct {
	fields []field
}

// A field has exactly one of leaf, sub and or.
type field struct {
	key  string
	leaf []alternative
	sub  *object
	or   []*object
}

// maxDepth bounds the nesting of objects, and so the size of patterns.
const maxDepth = 3

func (g *Gen) object(depth int, inOr bool) *object {
	if depth > 0 && g.chance(0.03) {
		return g.astral()
	}
	o := &object{}
	n := 1 + g.upTo(2)
	if depth > 0 {
		n = 1 + g.upTo(1)
	}
	for range n {
		o.fields = append(o.fields, g.field(depth, inOr))
	}
	return o
}

// astral returns an object of two keys whose order, which decides about
// absence, is one way in UTF-8 and the other way in UTF-16.
func (g *Gen) astral() *object {
	fields := []field{
		{key: astralKeys[0], leaf: g.leaf()},
		{key: astralKeys[1], leaf: g.leaf()},
	}
	pick(g, fields).leaf[0] = g.existsNot()
	return &object{fields}
}

func (g *Gen) field(depth int, inOr bool) field {
	const leaf, sub, or = 0, 1, 2
	kind := leaf
	if depth < maxDepth {
		kind = choose(g, []weighted[int]{{66, leaf}, {27, sub}, {7, or}})
	}
	switch kind {
	case sub:
		return field{key: g.key(inOr), sub: g.object(depth+1, inOr)}
	case or:
		branches := make([]*object, 2+g.r.IntN(2))
		for i := range branches {
			branches[i] = g.object(depth+1, true)
		}
		return field{key: "$or", or: branches}
	default:
		return field{key: g.key(inOr), leaf: g.leaf()}
	}
}

func (g *Gen) key(inOr bool) string {
	switch n := g.r.IntN(1000); {
	case n < 880:
		return pick(g, commonKeys)
	case n < 970:
		return pick(g, oddKeys)
	case n < 975:
		return pick(g, emptySteps)
	case !inOr:
		return pick(g, operatorNames)
	default:
		return pick(g, commonKeys)
	}
}

func (g *Gen) leaf() []alternative {
	n := choose(g, []weighted[int]{{62, 1}, {24, 2}, {10, 3}, {4, 4}})
	leaf := make([]alternative, n)
	for i := range leaf {
		leaf[i] = g.alternative()
	}
	return leaf
}

// json returns the tree of the pattern.
func (o *object) json() obj {
	tree := make(obj, len(o.fields))
	for i, f := range o.fields {
		tree[i] = member{f.key, f.json()}
	}
	return tree
}

func (f field) json() any {
	if f.sub != nil {
		return f.sub.json()
	}
	var list arr
	for _, branch := range f.or {
		list = append(list, branch.json())
	}
	for _, alt := range f.leaf {
		list = append(list, alt.json)
	}
	return list
}
