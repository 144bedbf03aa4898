package engine

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern/internal/naive"
	"github.com/countertrail/countertrail/pattern/internal/syntax"
)

func parse(t *testing.T, sources ...string) []*syntax.Pattern {
	t.Helper()
	var all []*syntax.Pattern
	for _, src := range sources {
		p, err := syntax.Parse(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		all = append(all, p)
	}
	return all
}

func sourcesOf(patterns []*syntax.Pattern) (all []string) {
	for _, p := range patterns {
		all = append(all, p.Source)
	}
	return all
}

// matches returns the patterns that match, by the state.
func matches(t *testing.T, s *state, event string) []int32 {
	t.Helper()
	if err := s.match([]byte(event)); err != nil {
		t.Fatalf("%.100s: %v", event, err)
	}
	return slices.Clone(s.matched)
}

// obvious returns the patterns that match, by the naive matcher.
func obvious(t *testing.T, patterns []*syntax.Pattern, event string) (all []int32) {
	t.Helper()
	e, err := naive.Flatten([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range patterns {
		if naive.Match(p, e) {
			all = append(all, int32(i))
		}
	}
	return all
}

// TestEpochs holds that what a state knows of one event is forgotten at the next, even when the numbers of events begin anew.
func TestEpochs(t *testing.T) {
	var sources []string
	for i := range 2 * few {
		sources = append(sources, fmt.Sprintf(`{"a":[{"wildcard":"*%c*y*"}]}`, 'b'+i))
	}
	patterns := parse(t, append(sources, `{"a":["x"]}`, `{"b":[{"exists":true}]}`, `{"c":{"d":[1],"e":[{"anything-but":2}]}}`)...)
	s := newState(New(sourcesOf(patterns)))
	events := []string{
		`{"a":"x"}`, `{"a":"bzy","b":1}`, `{"a":"bz"}`, `{"b":[]}`, `{"c":[{"d":1,"e":2},{"d":1,"e":3}]}`, `{"c":[{"d":1,"e":2},{"d":2,"e":3}]}`,
	}
	for range 2 {
		s.epoch = math.MaxUint32 - 2
		for range 3 {
			for _, e := range events {
				if got, want := matches(t, s, e), obvious(t, patterns, e); !slices.Equal(got, want) {
					t.Errorf("%s: %v, want %v", e, got, want)
				}
			}
		}
	}
}

// TestIndexes compares each index with the naive matcher, on sets in which it is large and shared.
func TestIndexes(t *testing.T) {
	text := func(r *rand.Rand, n int) string {
		b := make([]byte, r.IntN(n))
		for i := range b {
			b[i] = "abAB"[r.IntN(4)]
		}
		return string(b)
	}
	number := func(r *rand.Rand) string {
		return []string{"0", "-0.0", "1", "-1", "1.5", "1e2", "100", "-7e-1", "9007199254740993", "3"}[r.IntN(10)]
	}
	address := func(r *rand.Rand) string {
		if r.IntN(3) == 0 {
			return fmt.Sprintf("2001:db8::%x", r.IntN(8))
		}
		return fmt.Sprintf("10.0.%d.%d", r.IntN(3), r.IntN(6))
	}
	kinds := map[string]struct {
		alternative func(r *rand.Rand) string
		value       func(r *rand.Rand) string
	}{
		"literal":       {func(r *rand.Rand) string { return `"` + text(r, 4) + `"` }, func(r *rand.Rand) string { return `"` + text(r, 4) + `"` }},
		"escaped":       {func(r *rand.Rand) string { return `"` + text(r, 3) + `"` }, func(r *rand.Rand) string { return `"` + text(r, 2) + `\u0061"` }},
		"prefix":        {func(r *rand.Rand) string { return `{"prefix":"` + text(r, 5) + `"}` }, func(r *rand.Rand) string { return `"` + text(r, 9) + `"` }},
		"suffix":        {func(r *rand.Rand) string { return `{"suffix":"` + text(r, 5) + `"}` }, func(r *rand.Rand) string { return `"` + text(r, 9) + `"` }},
		"ignore prefix": {func(r *rand.Rand) string { return `{"prefix":{"equals-ignore-case":"` + text(r, 5) + `"}}` }, func(r *rand.Rand) string { return `"` + text(r, 9) + `"` }},
		"ignore suffix": {func(r *rand.Rand) string { return `{"suffix":{"equals-ignore-case":"` + text(r, 5) + `"}}` }, func(r *rand.Rand) string { return `"` + text(r, 9) + `"` }},
		"ignore case":   {func(r *rand.Rand) string { return `{"equals-ignore-case":"` + text(r, 4) + `"}` }, func(r *rand.Rand) string { return `"` + text(r, 4) + `"` }},
		"wildcard": {func(r *rand.Rand) string {
			return `{"wildcard":"` + text(r, 2) + `*` + text(r, 3) + `b*` + text(r, 3) + `a*` + text(r, 2) + `"}`
		}, func(r *rand.Rand) string { return `"` + text(r, 30) + `"` }},
		"number": {func(r *rand.Rand) string { return number(r) }, number},
		"numeric": {func(r *rand.Rand) string {
			return `{"numeric":["` + []string{"<", "<=", "=", ">=", ">"}[r.IntN(5)] + `",` + []string{"0", "1", "-1", "1.5", "100", "-0.7"}[r.IntN(6)] + `]}`
		}, number},
		"address": {func(r *rand.Rand) string { return `"` + address(r) + `"` }, func(r *rand.Rand) string { return `"` + address(r) + `"` }},
		"cidr": {func(r *rand.Rand) string {
			if a := address(r); strings.Contains(a, ":") {
				return fmt.Sprintf(`{"cidr":"%s/%d"}`, a, 96+r.IntN(32))
			} else {
				return fmt.Sprintf(`{"cidr":"%s/%d"}`, a, 16+r.IntN(16))
			}
		}, func(r *rand.Rand) string {
			if r.IntN(5) == 0 {
				return []string{"1", "10", "2001", "0", "1e1"}[r.IntN(5)]
			}
			return `"` + address(r) + `"`
		}},
		"except": {func(r *rand.Rand) string {
			return `{"anything-but":["` + text(r, 3) + `","` + text(r, 3) + `"]}`
		}, func(r *rand.Rand) string { return `"` + text(r, 3) + `"` }},
		"word": {func(r *rand.Rand) string {
			return []string{"true", "false", "null", `{"exists":true}`, `{"exists":false}`}[r.IntN(5)]
		}, func(r *rand.Rand) string { return []string{"true", "false", "null", "1", "{}", "[]"}[r.IntN(6)] }},
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			var sources []string
			for i := range 60 {
				src := `{"a":{"x":[` + kind.alternative(r) + `]`
				if i%3 == 0 {
					src += `,"y":["1"]`
				}
				sources = append(sources, src+`}}`)
			}
			var patterns []*syntax.Pattern
			for _, src := range sources {
				if p, err := syntax.Parse(src); err == nil {
					patterns = append(patterns, p)
				}
			}
			s := newState(New(sourcesOf(patterns)))
			matched := 0
			for range 300 {
				event := fmt.Sprintf(`{"a":{"y":"%d","x":%s}}`, r.IntN(2), kind.value(r))
				switch r.IntN(4) {
				case 0:
					event = fmt.Sprintf(`{"a":{"x":[%s,%s],"y":"1"}}`, kind.value(r), kind.value(r))
				case 1:
					event = fmt.Sprintf(`{"a":[{"x":%s,"y":"%d"},{"x":%s,"y":"1"},{"x":%s}]}`, kind.value(r), r.IntN(2), kind.value(r), kind.value(r))
				}
				got, want := matches(t, s, event), obvious(t, patterns, event)
				matched += len(want)
				if !slices.Equal(got, want) {
					for i, p := range patterns {
						if slices.Contains(got, int32(i)) != slices.Contains(want, int32(i)) {
							t.Fatalf("%s\n%s\nthe matcher and the naive one differ", event, p.Source)
						}
					}
				}
			}
			if matched < 300 {
				t.Errorf("only %d matches in all", matched)
			}
		})
	}
}

// rules returns n rules of different kinds, of which few match one event.
func rules(n int) []string {
	var all []string
	for i := range n {
		name := fmt.Sprintf(`"detail":{"eventName":["Create%d"`, i%300)
		all = append(all, []string{
			`{"source":["aws.ec2"],` + name + fmt.Sprintf(`,"Delete%d"]}}`, i),
			`{"source":["aws.ec2"],` + name + fmt.Sprintf(`],"arn":[{"prefix":"arn:aws:iam::%012d:role/"}]}}`, i),
			`{"source":["aws.ec2"],` + name + fmt.Sprintf(`],"arn":[{"suffix":"/user-%d"}]}}`, i),
			`{"source":["aws.ec2"],` + name + fmt.Sprintf(`],"ip":["192.0.%d.%d"]}}`, i/250, i%250),
			`{"source":["aws.ec2"],` + name + fmt.Sprintf(`],"errorCode":[{"wildcard":"*code%d*"}]}}`, i),
			`{"source":["aws.ec2"],` + name + fmt.Sprintf(`],"type":[{"anything-but":["Root","x%d"]}]}}`, i),
			`{"source":["aws.ec2"],` + name + fmt.Sprintf(`],"request":{"n":[{"numeric":[">=",%d,"<",%d]}]}}}`, 10*i, 10*i+5),
		}[i%7])
	}
	return all
}

const busyEvent = `{"source":"aws.ec2","detail":{"eventName":"Create7","arn":"arn:aws:iam::000000000043:role/user-9","ip":"192.0.0.10",` +
	`"errorCode":"xcode11x","type":"IAMUser","request":{"n":[63,132]}}}`

// raceEnabled is true under the race detector, under which much takes ten times as long and as much memory.
var raceEnabled bool

// TestChecksStayFew holds that of many rules few are looked at for an event.
func TestChecksStayFew(t *testing.T) {
	for _, n := range []int{1000, 10000, 100000} {
		if raceEnabled && n > 1000 {
			t.Skip("slow under the race detector")
		}
		stats, err := New(rules(n)).Measure([]byte(busyEvent))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d rules: %+v", n, stats)
		// Two rules in 2100 can be met by the name of this call, and have nothing rarer.
		if most := 15 + n/1000; stats.Checks > most || stats.Postings > 2*most {
			t.Errorf("%d rules: %+v, want at most %d checks", n, stats, most)
		}
	}
}

// TestMemoryIsLinear holds that a matcher takes a bounded number of bytes a rule, however many there are.
func TestMemoryIsLinear(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector takes memory")
	}
	for _, n := range []int{1000, 10000, 50000} {
		patterns := parse(t, rules(n)...)
		before := heap()
		m := New(sourcesOf(patterns))
		used := heap() - before
		runtime.KeepAlive(patterns)
		runtime.KeepAlive(m)
		t.Logf("%d rules: %d bytes each", n, used/int64(n))
		if used/int64(n) > 250 {
			t.Errorf("%d rules take %d bytes each", n, used/int64(n))
		}
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// TestHostileValues holds that the rules to which the values of an event lead are looked at once each, and not once for each
// value.
func TestHostileValues(t *testing.T) {
	var sources []string
	for i := range 1000 {
		sources = append(sources, fmt.Sprintf(`{"a":[{"prefix":"p"},"v%d"],"b":["%d"]}`, i, i))
	}
	m := New(sources)
	values := make([]string, 5000)
	for i := range values {
		values[i] = fmt.Sprintf(`"p%d","v%d"`, i, i)
	}
	stats, err := m.Measure([]byte(`{"a":[` + strings.Join(values, ",") + `],"b":"x","b":"y"}`))
	if err != nil || stats.Postings > 2*len(sources) || stats.Checks > 2*len(sources) || stats.Tests > 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// TestNamesThatEndAlike holds that many names of patterns with the same end are no burden for keys that have it too.
func TestNamesThatEndAlike(t *testing.T) {
	var sources []string
	for i := range 500 {
		sources = append(sources, fmt.Sprintf(`{"a":{"%dName":["x"]}}`, i), fmt.Sprintf(`{"a":{"b":{"%dName":["x"]}}}`, i))
	}
	patterns := parse(t, sources...)
	m := New(sourcesOf(patterns))
	longest := 0
	for i := range m.nodes {
		n := &m.nodes[i]
		for _, slot := range part(m.slots, n.slots) {
			chain := 0
			for e := slot.entry; e >= 0; e = m.entries[e].next {
				chain++
			}
			longest = max(longest, chain)
		}
	}
	if longest > maxChain+1 {
		t.Errorf("%d names are compared one after the other", longest)
	}
	s := newState(m)
	for _, e := range []string{
		`{"a":{"7Name":"x","b":{"8Name":"x","xName":"x"}}}`, `{"a":{"b.9Name":"x","\u0037Name":"x","500Name":"x"}}`, `{"a":{ "7Name" : "x"}}`, `{"a":{"7Name":"y"}}`,
	} {
		if got, want := matches(t, s, e), obvious(t, patterns, e); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", e, got, want)
		}
	}
}

// TestRulesAreCheckedOnce holds that a rule is in one list, however many values lead to it: it takes no more memory, and is
// checked once, even if the check is a search.
func TestRulesAreCheckedOnce(t *testing.T) {
	var values, branches []string
	for i := range 300 {
		values = append(values, fmt.Sprintf(`"v%d"`, i))
	}
	for i := range 20 {
		branches = append(branches, fmt.Sprintf(`{"b":{"x":["1","2"],"y":["1","2"],"z%d":[{"exists":false}]}}`, i))
	}
	patterns := parse(t, `{"a":[`+strings.Join(values, ",")+`],"$or":[`+strings.Join(branches, ",")+`]}`)
	m := New(sourcesOf(patterns))
	if most := len(values) + len(branches); len(m.postings) > most {
		t.Errorf("%d postings, want at most %d", len(m.postings), most)
	}
	event := `{"a":[` + strings.Join(values, ",") + `],"b":[{"x":"1"},{"y":"1"},{"x":"2"},{"y":"2"}]}`
	stats, err := m.Measure([]byte(event))
	if err != nil || stats.Checks != len(branches) || stats.Postings > len(m.postings) {
		t.Errorf("%+v, %v; want %d checks", stats, err, len(branches))
	}
	for _, e := range []string{event, strings.Replace(event, `{"y":"1"}`, `{"x":"2","y":"1"}`, 1), `{"a":"v7","b":{"x":"1","y":"2"}}`, `{"a":"v7","b":{"x":"1"}}`} {
		if got, want := matches(t, newState(m), e), obvious(t, patterns, e); !slices.Equal(got, want) {
			t.Errorf("%.100s: %v, want %v", e, got, want)
		}
	}
}

// TestGuardsOfLists holds that a literal without which one rule cannot match rules out no other that is found by the same field.
func TestGuardsOfLists(t *testing.T) {
	var sources []string
	for b := range 3 {
		sources = append(sources, fmt.Sprintf(`{"a":["u","v","w","x","y","z"],"b":["%d"]}`, b))
		for c := range 9 {
			sources = append(sources, fmt.Sprintf(`{"b":["%d"],"c":["%d"]}`, b, c)) // so that it is not found by b
		}
	}
	patterns := parse(t, sources...)
	m := New(sourcesOf(patterns))
	if !slices.ContainsFunc(m.postings, func(p posting) bool { return p.rule < 0 }) {
		t.Error("no value leads to a list of a field")
	}
	for _, e := range []string{`{"a":"v","b":"0"}`, `{"a":"v","b":"1"}`, `{"a":["x","y"],"b":["2","1"],"c":"7"}`, `{"a":"v"}`} {
		if got, want := matches(t, newState(m), e), obvious(t, patterns, e); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", e, got, want)
		}
	}
}

// TestShortNames holds that many names that have no window are no burden either.
func TestShortNames(t *testing.T) {
	var sources []string
	for i := range 500 {
		sources = append(sources, fmt.Sprintf(`{"a":{"%c%c":["x"],"name%d":["x",{"exists":false}]}}`, 'a'+i%26, 'a'+i/26, i%7))
	}
	sources = append(sources, `{"a":{"b":["x"]}}`, `{"a":{"":["x"]}}`, `{"a":{"é":["x"],"c.d":["x"]}}`, `{"a":{"ba":{"ca":["x"]}}}`)
	patterns := parse(t, sources...)
	m := New(sourcesOf(patterns))
	for i := range m.nodes {
		chain := 0
		for e := m.nodes[i].short; e >= 0; e = m.entries[e].next {
			chain++
		}
		if chain > maxChain {
			t.Errorf("%d names are compared one after the other", chain)
		}
	}
	s := newState(m)
	for _, e := range []string{
		`{"a":{"ba":"x"}}`, `{"a":{"b":"x","":"x"}}`, `{"a":{"":"x"}}`, `{"a":{ "" : "x","é":"x","c":{"d":"x"}}}`, `{"a":{"\u0062a":"x","\u00e9":"x","c.d":"x"}}`,
		`{"a":{"ba":[{"ca":"x"},"x"],"name1":"y"}}`, `{"a":{"ba.ca":"x","name1":"x"}}`, `{"a":{"zz":"x","z":"x"}}`, `{"a.ba":"x"}`, `{"a":{"xba":"x","ab":"y"}}`,
	} {
		if got, want := matches(t, s, e), obvious(t, patterns, e); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", e, got, want)
		}
	}
}

// TestWindowsSpread holds that nobody can choose names that are all looked for in one place of a table.
func TestWindowsSpread(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	type name struct {
		text string
		hash uint32
	}
	var names []name
	for i := range 64 * 64 * 64 {
		text := string([]byte{letters[i>>12&63], letters[i>>6&63], letters[i&63], 'x'})
		names = append(names, name{text, windowOf([]byte(text)) * 0x9e3779b1}) // a well-known multiplier
	}
	slices.SortFunc(names, func(a, b name) int { return cmp.Compare(a.hash, b.hash) })
	var sources []string
	for _, n := range names[:2000] {
		sources = append(sources, `{"a":{"`+n.text+`":[1]}}`)
	}
	m := New(sources)
	slots := part(m.slots, m.nodes[m.follow(0, []byte("a"))].slots)
	longest, run := 0, 0
	for _, s := range slots {
		run++
		if s.entry < 0 {
			run = 0
		}
		longest = max(longest, run)
	}
	if longest > 400 { // 2000 with a multiplier that is known, less than 50 nearly always with another
		t.Errorf("%d slots in a row are full", longest)
	}
}

// TestHash holds that literals which differ a little have different hashes, in both halves, and that no two matchers have the same.
func TestHash(t *testing.T) {
	m, other := New(nil), New(nil)
	halves := [2]map[uint32]int{{}, {}}
	n := 0
	add := func(key int32, text []byte) {
		h := m.hash(key, text)
		if h == other.hash(key, text) {
			t.Errorf("%d %q: the same hash in two matchers", key, text)
		}
		halves[0][uint32(h)]++
		halves[1][uint32(h>>32)]++
		n++
	}
	for size := range 70 {
		text := bytes.Repeat([]byte("abcdefg"), 10)[:size]
		add(1, text)
		for i := range text {
			for bit := range 8 {
				text[i] ^= 1 << bit
				add(1, text)
				text[i] ^= 1 << bit
			}
		}
		// What is one in the key might make up for what is one in the text.
		for bit := 1; bit < 20; bit++ {
			add(1^1<<bit, text)
			if size > 0 {
				text[size-min(size, 8)+min(bit/8, size-1)] ^= 1 << (bit % 8)
				add(1^1<<bit, text)
				text[size-min(size, 8)+min(bit/8, size-1)] ^= 1 << (bit % 8)
			}
		}
	}
	for i, half := range halves {
		if len(half) < n-20 { // in 32 bits hardly ever two of so many are equal by chance
			t.Errorf("half %d: %d different hashes of %d literals", i, len(half), n)
		}
	}
}

// TestOccurrencesAreBounded holds that what is remembered of an event is not the product of the fields and the values on a path.
func TestOccurrencesAreBounded(t *testing.T) {
	const fields, values = 200, 5000
	var sources []string
	for i := range fields {
		sources = append(sources, fmt.Sprintf(`{"a":{"x":[{"exists":false},"k%d"],"y":[1]}}`, i))
	}
	patterns := parse(t, sources...)
	s := newState(New(sourcesOf(patterns)))
	event := `{"a":[` + strings.Repeat(`{"x":"v"},`, values) + `{"x":"k7","y":1},{"y":1,"x":"k9"}]}`
	if got, want := matches(t, s, event), []int32{7, 9}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	kept := 0
	for _, in := range s.insides[:cap(s.insides)] {
		kept += cap(in.occurrences)
	}
	if kept > 2*maxOccurrences {
		t.Errorf("%d occurrences are kept", kept)
	}
	// What was forgotten for this event must not show in the next.
	for _, e := range []string{`{"a":[{"x":"k3","y":1},{"x":"v"}]}`, `{"a":{"y":1}}`} {
		if got, want := matches(t, s, e), obvious(t, patterns, e); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", e, got, want)
		}
	}
}

// TestDeepPathsAreLinear holds that a path of many levels takes memory in proportion to its length.
func TestDeepPathsAreLinear(t *testing.T) {
	m := New([]string{`{"` + strings.Repeat("a.", 1900) + `a":[1]}`})
	if len(m.slots) > 64*(maxDotted+1) {
		t.Errorf("%d slots for keys that are looked up whole", len(m.slots))
	}
}
