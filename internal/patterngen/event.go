package patterngen

import "strings"

// eventObject returns an object of an event that has, for each field of o, a
// value that satisfies it with a probability of about quality.
func (g *Gen) eventObject(o *object, quality float64) obj {
	var out obj
	for _, f := range o.fields {
		if g.chance((1 - quality) / 4) {
			continue
		}
		switch {
		case f.or != nil:
			out = append(out, g.eventObject(pick(g, f.or), quality)...)
			if g.chance(0.1) {
				out = append(out, g.eventObject(pick(g, f.or), 0.4)...)
			}
		case f.sub != nil:
			out = g.put(out, f.key, g.eventSub(f.sub, quality))
		default:
			if v := g.eventLeaf(f.leaf, quality); v != nil {
				out = g.put(out, f.key, v)
			}
			if g.chance(0.03) { // twice the same key
				if v := g.eventLeaf(f.leaf, 0.4); v != nil {
					out = g.put(out, f.key, v)
				}
			}
		}
	}
	if g.chance(0.15) {
		out = append(out, member{pick(g, commonKeys), g.junk()})
	}
	if g.chance(0.3) {
		g.r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

// eventLeaf returns a value for the field of a leaf, nil for none.
func (g *Gen) eventLeaf(leaf []alternative, quality float64) any {
	one := func(quality float64) any {
		alt := pick(g, leaf)
		if g.chance(quality) {
			return alt.hit()
		}
		return alt.miss()
	}
	v := one(quality)
	if v == nil {
		if g.chance(0.7) {
			return nil
		}
		return pick(g, []any{arr{}, obj{}, arr{arr{}}, arr{obj{}}, arr{arr{}, obj{}}, obj{{"x", raw("1")}}})
	}
	if g.chance(0.8) {
		return v
	}
	list := arr{v}
	for range g.upTo(2) {
		if other := one(0.3); other != nil {
			list = append(list, other)
		}
	}
	if g.chance(0.2) {
		list = append(list, g.junk())
	}
	if g.chance(0.2) {
		list[0] = arr{list[0]}
	}
	g.r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// eventSub returns a value for a field that holds the object o: an object, or
// an array in which the fields of o stand together or apart.
func (g *Gen) eventSub(o *object, quality float64) any {
	v := g.eventObject(o, quality)
	decoy := func() any {
		switch g.r.IntN(6) {
		case 0:
			return g.junk()
		case 1:
			return arr{g.eventObject(o, 0.5)}
		default:
			return g.eventObject(o, 0.5)
		}
	}
	var list arr
	switch g.r.IntN(10) {
	case 0: // alone in an array
		return arr{v}
	case 1, 2: // beside others like it
		list = arr{v, decoy()}
	case 3: // one level down
		list = arr{arr{v, decoy()}, decoy()}
	case 4: // split between two elements
		i := g.upTo(len(v))
		list = arr{v[:i:i], v[i:]}
		if g.chance(0.3) {
			list = append(list, decoy())
		}
	default:
		return v
	}
	if g.chance(0.5) {
		g.r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return list
}

// put appends v to out under key, spelling the path in one of the ways that
// the language takes to be the same.
func (g *Gen) put(out obj, key string, v any) obj {
	if head, tail, ok := strings.Cut(key, "."); ok && g.chance(0.5) {
		return append(out, member{head, g.put(nil, tail, v)})
	}
	sub, ok := v.(obj)
	switch {
	case ok && g.chance(0.08): // {"a":{"b":1}} as {"a.b":1}
		for _, m := range sub {
			out = append(out, member{key + "." + m.key, m.val})
		}
		return out
	case ok && len(sub) > 1 && g.chance(0.04): // as {"a":{…},"a":{…}}
		i := 1 + g.r.IntN(len(sub)-1)
		return append(out, member{key, sub[:i:i]}, member{key, sub[i:]})
	}
	return append(out, member{key, v})
}

// junk returns a value that has nothing to do with a pattern.
func (g *Gen) junk() any {
	switch g.r.IntN(8) {
	case 0:
		return arr{}
	case 1:
		return obj{}
	case 2:
		return obj{{pick(g, commonKeys), g.scalar()}}
	case 3:
		return arr{obj{{pick(g, commonKeys), g.scalar()}}, g.scalar()}
	default:
		return g.scalar()
	}
}
