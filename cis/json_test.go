package cis_test

import (
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// A control written as JSON has the benchmark's facts, and an entry that the reader of catalogs takes
// and that says the same.
func TestControlJSON(t *testing.T) {
	for key, c := range controls(t) {
		written, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Version, ID, Key, Assessment string
			Level                        int
			Entry                        json.RawMessage
		}
		if err := json.Unmarshal(written, &got); err != nil {
			t.Fatal(err)
		}
		if got.Version != c.Version || got.ID != c.ID || got.Key != key || got.Assessment != string(c.Assessment) || got.Level != c.Level {
			t.Errorf("%s: %+v", key, got)
		}
		entries, err := rule.Read(fstest.MapFS{"x.json": {Data: got.Entry}})
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		same := cmp.Options{
			cmp.Comparer(func(a, b *pattern.Pattern) bool { return sameJSON(t, a.String(), b.String()) }),
			cmp.Comparer(func(a, b json.RawMessage) bool { return sameJSON(t, string(a), string(b)) }),
		}
		if diff := cmp.Diff(c.Entry, entries[0], same); diff != "" {
			t.Errorf("%s: entry (-before +after):\n%s", key, diff)
		}
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	if a == "" || b == "" {
		return a == b
	}
	var x, y any
	for text, v := range map[string]*any{a: &x, b: &y} {
		if err := json.Unmarshal([]byte(text), v); err != nil {
			t.Fatal(err)
		}
	}
	return a == b || cmp.Equal(x, y)
}
