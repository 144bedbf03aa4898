package rule_test

import (
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/rule"
)

// What is written is what Read reads.
func TestEntryJSON(t *testing.T) {
	for name, text := range map[string]string{"valid": valid, "minimal": minimal("x")} {
		entries, err := rule.Read(catalog(map[string]string{"x.json": text}))
		if err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(entries[0])
		if err != nil {
			t.Fatal(err)
		}
		again, err := rule.Read(fstest.MapFS{"x.json": {Data: written}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sameEvents := cmp.Comparer(func(a, b json.RawMessage) bool { return compact(string(a)) == compact(string(b)) })
		if diff := cmp.Diff(entries, again, samePatterns, sameEvents); diff != "" {
			t.Errorf("%s: entry (-before +after):\n%s", name, diff)
		}
		var e rule.Entry
		if err := json.Unmarshal(written, &e); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(again[0], e, samePatterns); diff != "" {
			t.Errorf("%s: entry (-Read +Unmarshal):\n%s", name, diff)
		}
	}
}

func TestRuleJSON(t *testing.T) {
	var r, again rule.Rule
	if err := json.Unmarshal([]byte(valid), &r); err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(written, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, again, samePatterns); diff != "" {
		t.Errorf("rule (-before +after):\n%s", diff)
	}
	if again.ID != "4.5" || again.Severities["DeleteTrail"] != rule.Critical || len(again.Regions) != 1 {
		t.Errorf("rule %+v", again)
	}
}

// An event that is kept must not change with the text that it came from.
func TestEntryJSONCopies(t *testing.T) {
	text := []byte(valid)
	var e rule.Entry
	if err := e.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	clear(text)
	if err := e.Check(); err != nil {
		t.Error(err)
	}
}

func TestUnmarshalErrors(t *testing.T) {
	e := rule.Entry{Rule: rule.Rule{ID: "stays"}}
	err := json.Unmarshal([]byte(`{"id": 5, "colour": "red", "pattern": {"a": [{"prefx": ""}]}}`), &e)
	want := `rule: 1:1: no member "title"
rule: 1:1: no member "severity"
rule: 1:1: no member "state"
rule: 1:1: no member "examples"
rule: 1:8: id: want a string, not a number
rule: 1:21: colour: unknown member
rule: 1:47: pattern.a: Unrecognized match type prefx`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if e.ID != "stays" {
		t.Errorf("a failure left %+v", e)
	}
	r := rule.Rule{ID: "stays"}
	if err := json.Unmarshal([]byte(`{"id": "x"}`), &r); err == nil || r.ID != "stays" {
		t.Errorf("error %v, rule %+v", err, r)
	}
}
