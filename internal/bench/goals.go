package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A goal is something that we have set ourselves to reach, with and without assembly.
type goal struct {
	title  string
	format string // of the number
	atMost bool   // the number should be at most, not at least, what the goal says
	must   pair
	// stretch is what would be better still; zero if nothing was set.
	stretch pair
	// value returns the number that a contender of ours has reached, and whether it was measured.
	value func(r results, ours string) (float64, bool)
}

// A pair holds a number for each of our contenders.
type pair struct{ plain, kernel float64 }

func (p pair) of(ours string) float64 {
	if ours == plainGo {
		return p.plain
	}
	return p.kernel
}

// both returns the pair of twice the same.
func both(x float64) pair { return pair{x, x} }

// goals returns all goals.
func goals() []goal {
	const times, share, micros = "%.1fx", "%+.0f%%", "%.2f us"
	all := func(r buildReport) int64 { return r.All }
	alone := func(r buildReport) int64 { return r.Alone }
	return []goal{
		{title: "the fifteen controls, against quamina", format: times,
			must: pair{2.4, 5.5}, stretch: pair{3.7, 8}, value: faster("cis15", quamina)},
		{title: "1,000 exact rules, against quamina", format: times,
			must: pair{2, 4.8}, value: faster("exact1000", quamina)},
		{title: "1,000 mixed rules, against quamina", format: times,
			must: pair{5, 9}, stretch: pair{7, 12}, value: faster("mixed1000", quamina)},
		{title: "10,000 mixed rules, against event-ruler", format: times,
			must: pair{10, 16}, value: faster("mixed10000", ruler)},
		{title: "10,000 mixed rules, against quamina", format: times,
			must: pair{39, 62}, value: faster("mixed10000", quamina)},
		{title: "100,000 mixed rules, against event-ruler", format: times,
			must: pair{39, 52}, value: faster("mixed100000", ruler)},
		{title: "100,000 exact rules, against event-ruler", format: times,
			must: pair{3.8, 6}, value: faster("exact100000", ruler)},
		{title: "10,000 mixed rules, against 100", format: times, atMost: true,
			must: pair{1.8, 2.3}, stretch: both(1.5), value: growth("mixed100", "mixed10000")},
		{title: "1,000 rules, all operators against mixed", format: share, atMost: true,
			must: both(25), value: more("mixed1000", "full1000")},
		{title: "10,000 rules, all operators against mixed", format: share, atMost: true,
			must: both(25), value: more("mixed10000", "full10000")},
		{title: "compiling and building, a rule of 10,000", format: micros, atMost: true,
			must: both(12), stretch: both(5), value: buildPerRule("mixed10000")},
		{title: "compiling and building, a rule of 100,000", format: micros, atMost: true,
			must: both(12), stretch: both(5), value: buildPerRule("mixed100000")},
		{title: "building from compiled patterns, a rule of 10,000", format: micros, atMost: true,
			must: both(12), stretch: both(5), value: setPerRule("mixed10000")},
		{title: "building from compiled patterns, a rule of 100,000", format: micros, atMost: true,
			must: both(12), stretch: both(5), value: setPerRule("mixed100000")},
		{title: "patterns and set in memory, a rule of 10,000", format: "%.0f bytes", atMost: true,
			must: both(600), stretch: both(250), value: heapPerRule("mixed10000", all)},
		{title: "the set alone in memory, a rule of 10,000", format: "%.0f bytes", atMost: true,
			must: both(600), stretch: both(250), value: heapPerRule("mixed10000", alone)},
		{title: "patterns and set in memory, a rule of 100,000", format: "%.0f bytes", atMost: true,
			must: both(600), stretch: both(250), value: heapPerRule("mixed100000", all)},
		{title: "the set alone in memory, a rule of 100,000", format: "%.0f bytes", atMost: true,
			must: both(600), stretch: both(250), value: heapPerRule("mixed100000", alone)},
		{title: "one wildcard of three parts, against the walk", format: times,
			must: both(2), value: faster("wildcard", walk)},
		{title: "one wildcard of three parts, against quamina", format: "%.0fx",
			must: both(1000), value: faster("wildcard", quamina)},
		{title: "1,000 wildcards on one field, against the walk", format: times,
			must: both(9), value: faster("wildcards1000", walk)},
		{title: "1,000 wildcards on one field, against event-ruler", format: "%.0fx",
			must: both(1000), value: faster("wildcards1000", ruler)},
		{title: "compiling and building 1,000 wildcards", format: "%.1f ms", atMost: true,
			must: both(15), value: buildPerRule("wildcards1000")}, // us a rule are ms a thousand
		{title: "the worst 256 KB event, against json.Valid", format: times,
			must: pair{1, 2.5}, stretch: both(5), value: worstHostile},
		{title: "1,000 objects, array-consistent rules, against the walk", format: times,
			must: pair{3.4, 5}, value: faster("objects", walk)},
		{title: "allocations an event, the most of all works", format: "%.2f", atMost: true,
			must: both(0), value: mostAllocs},
		{title: "two goroutines against one, the least", format: "%.2fx",
			must: both(1.9), value: leastGain},
		{title: "compiling the fifteen controls at start-up", format: "%.2f ms", atMost: true,
			must: both(1), stretch: both(0.2), value: func(r results, ours string) (float64, bool) {
				ns, ok := r.median(startupName, ours)
				return ns / 1e6, ok
			}},
	}
}

// value is the type of goal.value.
type value = func(r results, ours string) (float64, bool)

// faster returns how many times as long as we a peer takes.
func faster(work, peer string) value {
	return func(r results, ours string) (float64, bool) { return r.factor(work, peer, work, ours) }
}

// growth returns how many times as long we take for one work as for another.
func growth(from, to string) value {
	return func(r results, ours string) (float64, bool) { return r.factor(to, ours, from, ours) }
}

// more returns how much longer we take for one work than for another, in percent.
func more(than, work string) value {
	return func(r results, ours string) (float64, bool) {
		x, ok := r.factor(work, ours, than, ours)
		return 100 * (x - 1), ok
	}
}

// factor returns how many times as long as the second the first takes.
func (r results) factor(work1, contender1, work2, contender2 string) (float64, bool) {
	a, ok1 := r.median(work1, contender1)
	b, ok2 := r.median(work2, contender2)
	return a / b, ok1 && ok2
}

// ofBuilds returns what makes a value of the builds of a work, for each rule.
func ofBuilds(work string, unit float64, number func(buildReport) int64) value {
	return func(r results, ours string) (float64, bool) {
		if r[work] == nil {
			return 0, false
		}
		return r[work].named(ours).ofBuilds(number) / unit / float64(r[work].rules), true
	}
}

func buildPerRule(work string) value {
	return ofBuilds(work, 1000, func(r buildReport) int64 { return r.Compile + r.Build })
}

func setPerRule(work string) value {
	return ofBuilds(work, 1000, func(r buildReport) int64 { return r.Build })
}

func heapPerRule(work string, number func(buildReport) int64) value {
	return ofBuilds(work, 1, number)
}

// worstHostile returns how many times as long as we json.Valid takes, for the event where that is
// least.
func worstHostile(r results, ours string) (least float64, ok bool) {
	for name := range r {
		if !strings.HasPrefix(name, hostilePrefix) {
			continue
		}
		if x, measured := r.factor(name, valid, name, ours); measured && (!ok || x < least) {
			least, ok = x, true
		}
	}
	return least, ok
}

// mostAllocs returns the most allocations an event of any work.
func mostAllocs(r results, ours string) (most float64, ok bool) {
	for name, result := range r {
		if name == startupName {
			continue
		}
		allocs, _ := result.named(ours).allocs()
		most, ok = max(most, allocs), true
	}
	return most, ok
}

// leastGain returns the least that two goroutines bring.
func leastGain(r results, ours string) (least float64, ok bool) {
	for _, result := range r {
		if x, measured := result.named(ours).gain(); measured && (!ok || x < least) {
			least, ok = x, true
		}
	}
	return least, ok
}

// goalCells returns the cells of a row for each goal that was measured.
func (b *bench) goalCells() (rows [][]string) {
	for _, g := range goals() {
		row := []string{g.title}
		for _, ours := range []string{plainGo, kernel} {
			x, ok := g.value(b.results, ours)
			if !ok {
				break
			}
			row = append(row, fmt.Sprintf(g.format, x), g.verdict(x, ours), g.target(ours))
		}
		if len(row) == 7 {
			rows = append(rows, row)
		}
	}
	return rows
}

// target returns what the goal asks of a contender of ours.
func (g *goal) target(ours string) string {
	s := fmt.Sprintf(g.format, g.must.of(ours))
	if best := g.stretch.of(ours); best != 0 {
		s += " / " + fmt.Sprintf(g.format, best)
	}
	return s
}

// verdict tells whether a number reaches the goal.
func (g *goal) verdict(x float64, ours string) string {
	reached := func(goal float64) bool { return g.atMost && x <= goal || !g.atMost && x >= goal }
	switch best := g.stretch.of(ours); {
	case best != 0 && reached(best):
		return "beyond"
	case reached(g.must.of(ours)):
		return "reached"
	}
	return "missed"
}

// printGoals writes what was reached as a table for a terminal.
func (b *bench) printGoals(out io.Writer) {
	rows := b.goalCells()
	if len(rows) == 0 {
		return
	}
	fmt.Fprintln(out)
	if b.quick {
		fmt.Fprintln(out, "The rounds were few and short: the numbers are an idea only.")
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "goal\tplain Go\t\tmust / stretch\twith assembly\t\tmust / stretch")
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	t.Flush()
}
