// Package corpus makes the events on which everything is measured: CloudTrail records as EventBridge
// delivers them, and events that an attacker would send.
//
// All of it is made up, and the same on every machine: nothing depends on the time, on an
// environment or on an unseeded source of chance.
package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/synth"
)

// Size is how many events [Events] returns.
const Size = 3210

// seed is the seed of the records, and of what is changed in them.
const seed = 15

// Events returns the events of ordinary weeks in a small organization: the records of package
// synth, varied so that they have about as many different calls, failures and generations of
// records as the logs of real accounts, in EventBridge's envelope, as compact JSON. They are in
// random order, so that the first thousand are as good a sample as all.
func Events() [][]byte {
	v := &variation{rand: rand.New(rand.NewPCG(seed, Size))}
	var records []json.RawMessage
	for record := range synth.Records(seed, Size) {
		records = append(records, v.vary(record))
	}
	var log bytes.Buffer
	if err := synth.WriteLog(&log, func(yield func(json.RawMessage) bool) {
		for _, r := range records {
			if !yield(r) {
				return
			}
		}
	}); err != nil {
		panic(fmt.Sprintf("corpus: %v", err)) // a bytes.Buffer does not fail
	}
	var events [][]byte
	for e, err := range event.ReadLog(&log) {
		if err != nil {
			panic(fmt.Sprintf("corpus: %v", err)) // a test reads all records
		}
		events = append(events, e.Raw())
	}
	v.rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	return events
}
