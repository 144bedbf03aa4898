package corpus

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestEvents holds the corpus to what the README says of it.
func TestEvents(t *testing.T) {
	events := Events()
	if len(events) != Size {
		t.Errorf("%d events, want %d", len(events), Size)
	}
	names, sources := make(map[string]bool), make(map[string]bool)
	bytesSum, failed := 0, 0
	for _, raw := range events {
		var e struct {
			Source string
			Detail struct{ EventName, ErrorCode string }
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatalf("%v in %s", err, raw)
		}
		names[e.Detail.EventName] = true
		sources[e.Source] = true
		bytesSum += len(raw)
		if e.Detail.ErrorCode != "" {
			failed++
		}
	}
	check := func(what string, got, low, high int) {
		t.Helper()
		t.Logf("%s: %d", what, got)
		if got < low || got > high {
			t.Errorf("%s: %d, want from %d to %d", what, got, low, high)
		}
	}
	check("bytes an event", bytesSum/len(events), 1400, 1750)
	check("event names", len(names), 260, 300)
	check("services", len(sources), 28, 35)
	check("failures in a hundred", 100*failed/len(events), 8, 14)
}

func TestEventsAreTheSame(t *testing.T) {
	if a, b := bytes.Join(Events(), nil), bytes.Join(Events(), nil); !bytes.Equal(a, b) {
		t.Error("two calls return different events")
	}
}

func TestHostiles(t *testing.T) {
	all := append(Hostiles(), Hostile{"objects", Objects(1000)}, Hostile{"strings", Strings(10_000)})
	for _, h := range all {
		if len(h.Event) < 100_000 || len(h.Event) > 270_000 {
			t.Errorf("%s: %d bytes", h.Name, len(h.Event))
		}
		if bytes.ContainsAny(h.Event, "\r\n") {
			t.Errorf("%s: more than a line", h.Name)
		}
		if !json.Valid(h.Event) {
			t.Errorf("%s: not JSON", h.Name)
		}
	}
}
