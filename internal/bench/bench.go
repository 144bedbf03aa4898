package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/countertrail/countertrail/internal/bench/peers"
)

// options are what the flags say.
type options struct {
	quick, markdown bool
	rounds          int
	only, without   *regexp.Regexp
}

// The names of our matcher as a contender: as it is on this machine, and without what is written for
// it in assembly.
const (
	kernel  = peers.Ours
	plainGo = peers.Ours + " (plain Go)"
)

// A bench is one run.
type bench struct {
	options
	programs programs
	dir      string // for what the run makes
	rand     *rand.Rand
	log      io.Writer
	results  results
}

func newBench(o options) *bench {
	b := &bench{options: o, rand: rand.New(rand.NewPCG(1, 1)), log: os.Stdout, results: make(results)}
	if o.markdown {
		b.log = os.Stderr
	}
	return b
}

// run does the works and prints the results. It fails if a peer gives a wrong answer, never because
// something is slow.
func (b *bench) run() (err error) {
	if b.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	b.programs.dir = b.dir
	if err := b.programs.buildBoth("."); err != nil {
		return err
	}
	s := newSource()
	for _, w := range works() {
		if !b.only.MatchString(w.name) || b.quick && w.slow {
			continue
		}
		r, err := b.do(w, s)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		b.results[w.name] = r
		r.print(b.log)
	}
	if b.only.MatchString(startupName) {
		if err := b.startUp(); err != nil {
			return err
		}
	}
	if b.markdown {
		return b.writeMarkdown(os.Stdout)
	}
	b.printGoals(b.log)
	return nil
}

// do does one work with all contenders.
func (b *bench) do(w work, s *source) (_ *result, err error) {
	rules, events := w.input(s)
	rulesFile, err := writeLines(b.dir, "rules", rulesAsLines(rules))
	if err != nil {
		return nil, err
	}
	eventsFile, err := writeLines(b.dir, "events", events)
	if err != nil {
		return nil, err
	}
	r := &result{work: w, rules: len(rules)}
	defer func() {
		for _, c := range r.contenders {
			err = errors.Join(err, c.Close())
		}
	}()
	for _, name := range b.names(w) {
		command, err := b.programs.command(name, rulesFile, eventsFile)
		if err != nil {
			return nil, err
		}
		c, err := startContender(name, command)
		if err != nil {
			return nil, err
		}
		r.contenders = append(r.contenders, c)
		c.events = len(events)
		if few, ok := w.few[name]; ok {
			c.events = min(few, c.events)
		}
		if err := b.build(w, c); err != nil {
			return nil, err
		}
	}
	if err := compare(r); err != nil {
		return nil, err
	}
	return r, b.measure(r)
}

// names returns the names of those who do a work: ours first.
func (b *bench) names(w work) []string {
	names := []string{kernel, plainGo}
	for _, name := range w.peers {
		if !b.without.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// measure warms all contenders up, and lets them match in rounds, in an order that is drawn for each.
func (b *bench) measure(r *result) error {
	for _, c := range r.contenders {
		if err := b.warmUp(c); err != nil {
			return err
		}
	}
	for range b.rounds {
		for _, i := range b.rand.Perm(len(r.contenders)) {
			c := r.contenders[i]
			if err := c.round(); err != nil {
				return err
			}
			if r.work.goroutines {
				if err := c.twoAtOnce(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func rulesAsLines(rules []string) (lines [][]byte) {
	for _, r := range rules {
		lines = append(lines, []byte(r))
	}
	return lines
}

// writeLines writes a file of lines, and returns its path.
func writeLines(dir, name string, lines [][]byte) (string, error) {
	name = filepath.Join(dir, name)
	return name, os.WriteFile(name, append(bytes.Join(lines, []byte("\n")), '\n'), 0o600)
}

// build lets a contender build its matcher: as often as there are rounds if that is measured, but for
// no more than some seconds.
func (b *bench) build(w work, c *contender) error {
	const enough = 3 * time.Second
	for sum := time.Duration(0); sum < enough; {
		if err := c.build(); err != nil {
			return err
		}
		if !w.builds || b.quick || len(c.built) == b.rounds {
			return nil
		}
		last := c.built[len(c.built)-1]
		sum += time.Duration(last.Compile + last.Build)
	}
	return nil
}

// warmUp lets a contender match until it is as fast as it gets, and finds how many events make a
// round.
func (b *bench) warmUp(c *contender) error {
	round, warm := 150*time.Millisecond, 300*time.Millisecond
	if b.quick {
		round, warm = 20*time.Millisecond, 20*time.Millisecond
	}
	if c.name == ruler { // the JVM's compiler takes its time, and its clock counts hundredths of a second
		round, warm = 4*round, 30*warm
	}
	c.batch = 1
	for sum := time.Duration(0); ; {
		if err := c.round(); err != nil {
			return err
		}
		last := time.Duration(c.rounds[len(c.rounds)-1].CPU)
		sum += last
		if last > round/2 && sum > warm {
			break
		}
		c.batch = nextBatch(c.batch, c.events, last, round)
	}
	c.rounds = nil
	return nil
}

// nextBatch returns how many events are to make a round of a certain length, when so many took the
// last one: some times all events if that is possible.
func nextBatch(batch, events int, last, round time.Duration) int {
	per := max(float64(last)/float64(batch), 1)
	n := int(min(float64(round)/per, 20*float64(batch))) // the first times tell little
	if n > events {
		n = n / events * events
	}
	return max(n, 1)
}

// The name and the package of the work that is done in fresh processes.
const (
	startupName    = "startup"
	startupPackage = "./startup"
)

// startUp measures how long the first use of the fifteen controls takes in a fresh process.
func (b *bench) startUp() error {
	if err := b.programs.buildBoth(startupPackage); err != nil {
		return err
	}
	r := &result{work: work{name: startupName, title: "compiling the fifteen controls in a fresh process"}}
	for _, name := range []string{kernel, plainGo} {
		r.contenders = append(r.contenders, &contender{name: name, batch: 1})
	}
	for range 3 * b.rounds {
		for _, i := range b.rand.Perm(len(r.contenders)) {
			c := r.contenders[i]
			taken, err := b.programs.startUp(c.name)
			if err != nil {
				return err
			}
			c.rounds = append(c.rounds, roundReport{CPU: taken, Allocs: -1, Bytes: -1})
		}
	}
	b.results[startupName] = r
	r.print(b.log)
	return nil
}

// named returns the contender with a name, nil if there is none.
func (r *result) named(name string) *contender {
	i := slices.IndexFunc(r.contenders, func(c *contender) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return r.contenders[i]
}
