package cis_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/synth"
	"github.com/countertrail/countertrail/rule"
)

// The catalog passes the lint that users' catalogs pass, in every version, with each difference
// between the recommended and the literal form on a day of a sample explained.
func TestLint(t *testing.T) {
	events := sample(t, synth.RecordsPerDay)
	for _, version := range cis.Versions() {
		var entries []rule.Entry
		for c := range benchmark(t, version).Controls() {
			entries = append(entries, c.Entry)
		}
		for _, w := range rule.Lint(entries, &rule.LintOptions{Events: slices.Values(events)}) {
			t.Errorf("%s: %s", version, w)
		}
	}
}

// sample returns n made-up records as EventBridge would deliver them.
func sample(t testing.TB, n int) [][]byte {
	t.Helper()
	var log bytes.Buffer
	if err := synth.WriteLog(&log, synth.Records(1, n)); err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for e, err := range event.ReadLog(&log) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Raw())
	}
	return all
}
