package main

import (
	"testing"
	"time"
)

func timeOf(n int) time.Duration { return time.Duration(n) * time.Microsecond }

// resultOf returns a result in which each contender takes so many nanoseconds for an event.
func resultOf(w work, ns map[string]int64) *result {
	r := &result{work: w, rules: 100}
	for name, x := range ns {
		r.contenders = append(r.contenders, &contender{
			name: name, batch: 10, rounds: []roundReport{{CPU: 10 * x, Allocs: 20, Bytes: 80}},
			built: []buildReport{{Compile: 100_000, Build: 300_000, Patterns: 500, All: 900, Alone: 800}},
		})
	}
	return r
}

// TestGoals looks at what goals make of results.
func TestGoals(t *testing.T) {
	r := results{
		"cis15":       resultOf(work{}, map[string]int64{kernel: 100, plainGo: 200, quamina: 800}),
		"mixed100":    resultOf(work{}, map[string]int64{kernel: 100, plainGo: 250, quamina: 300}),
		"hostile/one": resultOf(work{}, map[string]int64{kernel: 10, plainGo: 20, valid: 100}),
		"hostile/two": resultOf(work{}, map[string]int64{kernel: 10, plainGo: 90, valid: 45}),
	}
	for _, tt := range []struct {
		name          string
		value         value
		plain, kernel float64
	}{
		{"faster", faster("cis15", quamina), 4, 8},
		{"growth", growth("cis15", "mixed100"), 1.25, 1},
		{"more", more("cis15", "mixed100"), 25, 0},
		{"build", buildPerRule("cis15"), 4, 4},
		{"set", setPerRule("cis15"), 3, 3},
		{"heap", heapPerRule("cis15", func(r buildReport) int64 { return r.Alone }), 8, 8},
		{"worst hostile", worstHostile, 0.5, 4.5},
		{"allocations", mostAllocs, 2, 2},
	} {
		for ours, want := range map[string]float64{plainGo: tt.plain, kernel: tt.kernel} {
			if got, ok := tt.value(r, ours); got != want || !ok {
				t.Errorf("%s of %s is %v, %v; want %v", tt.name, ours, got, ok, want)
			}
		}
	}
	if _, ok := faster("exact1000", quamina)(r, kernel); ok {
		t.Error("there is a number for a work that was not done")
	}
	if _, ok := faster("cis15", ruler)(r, kernel); ok {
		t.Error("there is a number for a peer that took no part")
	}
}

func TestVerdict(t *testing.T) {
	atLeast := goal{must: pair{2, 4}, stretch: pair{0, 8}}
	atMost := goal{atMost: true, must: both(12), stretch: both(5)}
	for _, tt := range []struct {
		goal goal
		x    float64
		ours string
		want string
	}{
		{atLeast, 1.9, plainGo, "missed"},
		{atLeast, 2, plainGo, "reached"},
		{atLeast, 100, plainGo, "reached"}, // no stretch is set
		{atLeast, 3.9, kernel, "missed"},
		{atLeast, 8, kernel, "beyond"},
		{atMost, 12.1, kernel, "missed"},
		{atMost, 12, plainGo, "reached"},
		{atMost, 5, plainGo, "beyond"},
	} {
		if got := tt.goal.verdict(tt.x, tt.ours); got != tt.want {
			t.Errorf("%v is %s for %+v by %s, want %s", tt.x, got, tt.goal, tt.ours, tt.want)
		}
	}
}

// TestGoalsNameWorks finds goals that a misspelled name would drop without a word.
func TestGoalsNameWorks(t *testing.T) {
	r := results{startupName: resultOf(work{}, map[string]int64{kernel: 1, plainGo: 1})}
	for _, w := range works() {
		ns := map[string]int64{kernel: 1, plainGo: 1}
		for _, p := range w.peers {
			ns[p] = 1
		}
		result := resultOf(w, ns)
		if w.goroutines {
			for _, c := range result.contenders {
				c.rounds[0].Wall, c.parallel = 1, []roundReport{{Wall: 1}}
			}
		}
		r[w.name] = result
	}
	for _, g := range goals() {
		if _, ok := g.value(r, kernel); !ok {
			t.Errorf("%s: no number though all works were done by all peers", g.title)
		}
	}
}
