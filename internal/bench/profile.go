package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/countertrail/countertrail/internal/bench/peers"
)

// profile writes a profile of the processor's time for our matcher on a work, after it was built.
func profile(name, file string) (err error) {
	i := slices.IndexFunc(works(), func(w work) bool { return w.name == name })
	if i < 0 {
		return fmt.Errorf("no work %q; see -list", name)
	}
	rules, events := works()[i].input(newSource())
	ours, _ := peers.Find(peers.Ours)
	matcher, err := ours.Build(rules, func() {})
	if err != nil {
		return err
	}
	w := &worker{rules: rules, events: events, matcher: matcher}
	dst := w.newMatches()
	w.match(matcher, dst, len(events))

	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	const length = 5 * time.Second
	n, start := 0, cpuTime()
	for cpuTime()-start < length {
		w.match(matcher, dst, len(events))
		n += len(events)
	}
	pprof.StopCPUProfile()
	fmt.Printf("%s: %.0f ns an event; go tool pprof %s\n", name, float64(cpuTime()-start)/float64(n), file)
	return nil
}
