package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/countertrail/countertrail/internal/bench/peers"
)

// A buildReport tells what building a matcher took. Times are of the processor, in nanoseconds; sizes
// are live bytes of the heap, and 0 if the peer does not say.
type buildReport struct {
	Compile, Build int64 // the two parts, of which a peer may have only the second
	Patterns       int64 // what the first part left
	All            int64 // patterns and matcher
	Alone          int64 // the matcher, with what it keeps of the patterns
}

// A roundReport tells what some matches took.
type roundReport struct {
	CPU, Wall     int64 // nanoseconds
	Allocs, Bytes int64 // by the heap; Allocs is -1 if the peer does not say
}

// A worker does one work with one peer, in a process of its own. It obeys requests on standard input,
// one a line, each of which it answers on standard output:
//
//	build        builds the matcher, anew if there is one: a line with a buildReport
//	answers N    matches the first N events: a line for each, with the positions of the rules that match
//	round N      matches N events, from the first again behind the last: a line with a roundReport
//	parallel N   lets two goroutines match N events each: a line with a roundReport
//
// The driver in Java does the same.
type worker struct {
	peer    peers.Peer
	rules   []string
	events  [][]byte
	matcher peers.Matcher
	out     *bufio.Writer
}

// runWorker runs a worker until its input ends.
func runWorker(peer, rulesFile, eventsFile string, in io.Reader, out io.Writer) error {
	p, ok := peers.Find(peer)
	if !ok {
		return fmt.Errorf("no peer %q", peer)
	}
	rules, err := readLines(rulesFile)
	if err != nil {
		return err
	}
	events, err := readLines(eventsFile)
	if err != nil {
		return err
	}
	w := &worker{peer: p, events: events, out: bufio.NewWriter(out)}
	for _, r := range rules {
		w.rules = append(w.rules, string(r))
	}
	requests := bufio.NewScanner(in)
	for requests.Scan() {
		if err := w.answer(strings.Fields(requests.Text())); err != nil {
			return err
		}
		if err := w.out.Flush(); err != nil {
			return err
		}
	}
	return requests.Err()
}

func readLines(name string) ([][]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")), nil
}

func (w *worker) answer(request []string) error {
	n := 0
	if len(request) == 2 {
		var err error
		if n, err = strconv.Atoi(request[1]); err != nil {
			return err
		}
	}
	switch request[0] {
	case "build":
		r, err := w.build()
		if err != nil {
			return err
		}
		return json.NewEncoder(w.out).Encode(r)
	case "answers":
		w.answers(n)
		return nil
	case "round":
		dst := w.newMatches()
		runtime.GC()
		w.match(w.matcher, dst, 1) // takes memory again that was in a pool
		return json.NewEncoder(w.out).Encode(measure(func() { w.match(w.matcher, dst, n) }))
	case "parallel":
		runtime.GC()
		return json.NewEncoder(w.out).Encode(measure(func() {
			var both sync.WaitGroup
			for range 2 {
				m := w.matcher.Clone()
				both.Go(func() { w.match(m, w.newMatches(), n) })
			}
			both.Wait()
		}))
	}
	return fmt.Errorf("no request %q", request[0])
}

// build builds the matcher.
func (w *worker) build() (r buildReport, err error) {
	w.matcher = nil
	empty := liveHeap()
	rules := make([]string, len(w.rules)) // a copy, so that a peer that keeps the text is seen to
	for i, r := range w.rules {
		rules[i] = strings.Clone(r)
	}
	start := cpuTime()
	w.matcher, err = w.peer.Build(rules, func() {
		r.Compile = int64(cpuTime() - start)
		r.Patterns = liveHeap() - empty
		start = cpuTime()
	})
	if err != nil {
		return r, err
	}
	r.Build = int64(cpuTime() - start)
	rules = nil
	r.All = liveHeap() - empty
	if m, ok := w.matcher.(peers.Releaser); ok {
		m.Release()
	}
	r.Alone = liveHeap() - empty
	return r, nil
}

// answers writes which rules match each of the first n events.
func (w *worker) answers(n int) {
	var matches []int32
	for _, e := range w.events[:n] {
		var err error
		matches, err = w.matcher.AppendMatches(matches[:0], e)
		if err != nil {
			fmt.Fprintf(w.out, "error: %v\n", err)
			continue
		}
		slices.Sort(matches)
		for _, m := range matches {
			fmt.Fprintf(w.out, "%d ", m)
		}
		w.out.WriteByte('\n')
	}
}

// newMatches returns a slice that has room for what may match.
func (w *worker) newMatches() []int32 { return make([]int32, 0, len(w.rules)+1) }

// match matches n events. It uses the room of dst for what they match.
func (w *worker) match(m peers.Matcher, dst []int32, n int) {
	for i, at := 0, 0; i < n; i++ {
		dst, _ = m.AppendMatches(dst[:0], w.events[at])
		if at++; at == len(w.events) {
			at = 0
		}
	}
}

// measure tells what a function takes.
func measure(f func()) roundReport {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	wall, cpu := time.Now(), cpuTime()
	f()
	r := roundReport{CPU: int64(cpuTime() - cpu), Wall: int64(time.Since(wall))}
	runtime.ReadMemStats(&after)
	r.Allocs = int64(after.Mallocs - before.Mallocs)
	r.Bytes = int64(after.TotalAlloc - before.TotalAlloc)
	return r
}
