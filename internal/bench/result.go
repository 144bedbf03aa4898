package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// results holds what came of each work, by its name.
type results map[string]*result

// A result is what came of a work.
type result struct {
	work       work
	rules      int
	contenders []*contender
}

// median returns the median time of a contender for an event, and whether it took part.
func (r results) median(work, contender string) (ns float64, ok bool) {
	if r[work] == nil {
		return 0, false
	}
	c := r[work].named(contender)
	if c == nil {
		return 0, false
	}
	return median(c.perEvent()), true
}

// print writes the result as a table for a terminal.
func (r *result) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s: %s\n", r.work.name, r.work.title)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\t%s\t\n", strings.Join(columns, "\t"))
	for _, c := range r.contenders {
		fmt.Fprintf(t, "%s\t%s\t\n", c.name, strings.Join(r.cells(c), "\t"))
	}
	t.Flush()
}

// columns heads the cells of a contender.
var columns = []string{
	"ns/event", "min", "spread", "allocs", "bytes", "of ours", "of plain", "2 goroutines", "build us/rule", "heap B/rule",
}

// cells returns what is printed of a contender.
func (r *result) cells(c *contender) []string {
	times := c.perEvent()
	allocs, bytes := c.allocs()
	cells := []string{
		number(median(times)), number(times[0]), fmt.Sprintf("%.0f%%", 100*spread(times)),
		number(allocs), number(bytes),
		r.factor(c, kernel), r.factor(c, plainGo), "", "", "",
	}
	if gain, ok := c.gain(); ok {
		cells[7] = fmt.Sprintf("%.2fx", gain)
	}
	if r.work.builds {
		cells[8] = number(c.buildTime() / 1000 / float64(r.rules))
		cells[9] = number(c.heap() / float64(r.rules))
	}
	return cells
}

// factor returns how many times as long c takes as another contender.
func (r *result) factor(c *contender, than string) string {
	other := r.named(than)
	if other == nil {
		return ""
	}
	return fmt.Sprintf("%.2fx", median(c.perEvent())/median(other.perEvent()))
}

// gain returns how many times as many events two goroutines match in the same time as one does: by
// the clock, in the best round of each, since with both processors taken there is none left for
// anything else that the machine does.
func (c *contender) gain() (float64, bool) {
	if len(c.parallel) == 0 {
		return 0, false
	}
	wall := func(a, b roundReport) int { return cmp.Compare(a.Wall, b.Wall) }
	one, two := slices.MinFunc(c.rounds, wall), slices.MinFunc(c.parallel, wall)
	return 2 * float64(one.Wall) / float64(two.Wall), true
}

// buildTime returns the median time of the processor that building took, in nanoseconds.
func (c *contender) buildTime() float64 {
	return c.ofBuilds(func(r buildReport) int64 { return r.Compile + r.Build })
}

// heap returns the live bytes of what was built.
func (c *contender) heap() float64 { return c.ofBuilds(func(r buildReport) int64 { return r.All }) }

// ofBuilds returns the median of a number over the builds.
func (c *contender) ofBuilds(number func(buildReport) int64) float64 {
	var all []float64
	for _, r := range c.built {
		all = append(all, float64(number(r)))
	}
	slices.Sort(all)
	return median(all)
}

// number returns a number for people, with thousands apart; nothing for a negative one.
func number(x float64) string {
	switch {
	case x < 0:
		return ""
	case x == 0:
		return "0"
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	case x < 100:
		return fmt.Sprintf("%.1f", x)
	}
	s := fmt.Sprintf("%.0f", x)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
