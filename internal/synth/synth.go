// Package synth makes up CloudTrail records: the traffic of a small organization that does not
// exist, as it would stand in a log file.
//
// The records are for examples, tests and benchmarks. Most are the noise of an ordinary day.
// Among them run little stories, such as an opened port, a stopped trail or a guessed password,
// on which every monitoring control of the CIS AWS Foundations Benchmark fires at least once a
// day. They also hold the irregularities that CloudTrail is known for: parameters that are null,
// omitted or hidden, booleans as strings, lists in four forms, failures without an error code,
// records that no call made.
//
// The same seed gives the same records, on every machine and with every Go release. Every id,
// address and name is made up: ids end in EXAMPLE or are random digits, addresses are of the
// blocks kept for documentation, and domains are example.com.
package synth

import (
	"bufio"
	"cmp"
	"encoding/json"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"time"
)

// RecordsPerDay is how many records a day holds. The stories take about a third of them, so most
// records of a day are ordinary.
const RecordsPerDay = 300

// firstDay is the day on which the records of every seed begin.
var firstDay = time.Date(2026, time.March, 17, 0, 0, 0, 0, time.UTC)

// Records returns n records in the order of their times. Every whole day of [RecordsPerDay] holds
// every story; the records of a shorter stretch are those with which the day begins.
func Records(seed uint64, n int) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		for number := 0; n > 0; number++ {
			for _, raw := range newDay(seed, number).run() {
				if n--; n < 0 || !yield(raw) {
					return
				}
			}
		}
	}
}

// WriteLog writes records to w as the text of one CloudTrail log file, a record a line. A file
// that CloudTrail delivers has no line ends, and holds one account and Region.
func WriteLog(w io.Writer, records iter.Seq[json.RawMessage]) error {
	bw := bufio.NewWriter(w)
	sep := "{\"Records\":[\n"
	for raw := range records {
		bw.WriteString(sep)
		bw.Write(raw)
		sep = ",\n"
	}
	if sep[0] == '{' {
		bw.WriteString(sep)
	}
	bw.WriteString("\n]}\n")
	return bw.Flush()
}

// A day makes the records of one day.
type day struct {
	seed   uint64
	number int
	start  time.Time
	rand   *rand.PCG // makes the choices; ids come from [day.token]

	records []timed
	serial  int // how many ids were made that must not repeat
}

// A timed is a record that waits for its place in the day.
type timed struct {
	at  time.Time
	raw json.RawMessage
}

func newDay(seed uint64, number int) *day {
	return &day{
		seed:   seed,
		number: number,
		start:  firstDay.AddDate(0, 0, number),
		rand:   rand.NewPCG(seed, uint64(number)),
	}
}

// run returns the day's records in the order of their times.
func (d *day) run() []json.RawMessage {
	for _, tell := range stories {
		tell(d)
	}
	for len(d.records) < RecordsPerDay {
		d.ordinary(d.someTime())
	}
	slices.SortStableFunc(d.records, func(a, b timed) int { return cmp.Compare(a.at.Unix(), b.at.Unix()) })
	raws := make([]json.RawMessage, RecordsPerDay)
	for i := range raws {
		raws[i] = d.records[i].raw
	}
	return raws
}

// A clock gives the times of a story.
type clock struct {
	day  *day
	time time.Time
	gap  time.Duration // the most that lies between two times
}

// clock returns a clock that stands at the given time of day, give or take a few minutes.
func (d *day) clock(hour, minute int, gap time.Duration) *clock {
	offset := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
	return &clock{d, d.start.Add(offset + time.Duration(d.intN(240))*time.Second), gap}
}

// now returns the time. It is a method because Go orders calls, and not reads of a field.
func (c *clock) now() time.Time { return c.time }

// next moves the clock on, by a second at least, and returns the time.
func (c *clock) next() time.Time {
	c.wait(time.Second + time.Duration(c.day.intN(int(c.gap.Milliseconds())))*time.Millisecond)
	return c.time
}

func (c *clock) wait(by time.Duration) { c.time = c.time.Add(by) }

// someTime returns a time of day at which something ordinary happens: four in five are at work
// hours.
func (d *day) someTime() time.Time {
	if d.intN(5) == 0 {
		return d.start.Add(time.Duration(d.intN(24*60*60)) * time.Second)
	}
	return d.start.Add(7*time.Hour + time.Duration(d.intN(11*60*60))*time.Second)
}

// intN returns a number below n. That of rand.Rand is not the same on 32-bit machines.
func (d *day) intN(n int) int { return int(d.rand.Uint64() % uint64(n)) }

// one returns one of the choices.
func one[T any](d *day, choices ...T) T { return choices[d.intN(len(choices))] }

// chance reports true in so many of a hundred cases.
func (d *day) chance(percent int) bool { return d.intN(100) < percent }
