package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"slices"
	"strings"
)

// A contender is a process that does a work: a worker of this program or the driver in Java.
type contender struct {
	name   string
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
	closed bool

	events int // how many of the work's events it is asked about
	batch  int // how many it matches in a round

	built    []buildReport
	rounds   []roundReport
	parallel []roundReport
}

// startContender starts a command.
func startContender(name string, command []string) (*contender, error) {
	c := &contender{name: name, cmd: exec.Command(command[0], command[1:]...)}
	c.cmd.Stderr = &c.stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReaderSize(out, 1<<16)
	return c, c.cmd.Start()
}

// Close ends the process, if it has not been ended.
func (c *contender) Close() error {
	if c.closed {
		return nil
	}
	c.closed = true
	return errors.Join(c.in.Close(), c.cmd.Wait())
}

// request sends a request and returns the lines that answer it.
func (c *contender) request(lines int, format string, args ...any) ([]string, error) {
	if _, err := fmt.Fprintf(c.in, format+"\n", args...); err != nil {
		return nil, c.fail(err)
	}
	answer := make([]string, lines)
	for i := range answer {
		text, err := c.out.ReadString('\n')
		if err != nil {
			return nil, c.fail(err)
		}
		answer[i] = strings.TrimSpace(text)
	}
	return answer, nil
}

// fail ends the process, and returns err with what it had to say.
func (c *contender) fail(err error) error {
	err = errors.Join(err, c.Close())
	return fmt.Errorf("%s: %w\n%s", c.name, err, c.stderr.Bytes())
}

func (c *contender) build() error {
	r, err := report[buildReport](c, "build")
	c.built = append(c.built, r)
	return err
}

func (c *contender) round() error {
	r, err := report[roundReport](c, "round %d", c.batch)
	c.rounds = append(c.rounds, r)
	return err
}

func (c *contender) twoAtOnce() error {
	r, err := report[roundReport](c, "parallel %d", c.batch)
	c.parallel = append(c.parallel, r)
	return err
}

// report sends a request that a report answers.
func report[T any](c *contender, format string, args ...any) (r T, err error) {
	lines, err := c.request(1, format, args...)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(lines[0]), &r); err != nil {
		return r, c.fail(err)
	}
	return r, nil
}

// answers returns which rules match each event that the contender is asked about.
func (c *contender) answers() ([]string, error) { return c.request(c.events, "answers %d", c.events) }

// perEvent returns the time of the processor that each round took for an event, in nanoseconds, in
// ascending order.
func (c *contender) perEvent() []float64 {
	var all []float64
	for _, r := range c.rounds {
		all = append(all, float64(r.CPU)/float64(c.batch))
	}
	slices.Sort(all)
	return all
}

// allocs returns the allocations and bytes of an event, rounded to hundredths, in the round that has
// fewest: a collection of garbage costs some, since it empties the pools of matchers. What the
// contender does not say is negative.
func (c *contender) allocs() (allocs, bytes float64) {
	least := slices.MinFunc(c.rounds, func(a, b roundReport) int { return cmp.Compare(a.Bytes, b.Bytes) })
	each := func(n int64) float64 {
		if n < 0 {
			return -1
		}
		return math.Round(100*float64(n)/float64(c.batch)) / 100
	}
	return each(least.Allocs), each(least.Bytes)
}
