package rule_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/rule"
)

// split returns the members of the valid entry as three files.
func split() fstest.MapFS {
	first, rest, _ := strings.Cut(valid, `  "filters"`)
	departures, rest, _ := strings.Cut(rest, `  "examples"`)
	examples, rest, _ := strings.Cut(rest, `  "severities"`)
	return fstest.MapFS{
		"4.5.json":          {Data: []byte(first + `  "severities"` + rest)},
		"4.5.facts.json":    {Data: []byte(`{"filters"` + strings.TrimRight(departures, ",\n") + "}")},
		"4.5.examples.json": {Data: []byte(`{"examples"` + strings.TrimRight(examples, ",\n") + "}")},
	}
}

// An entry may be spread over three files, and is the same as in one.
func TestReadParts(t *testing.T) {
	want, err := rule.Read(catalog(map[string]string{"4.5.json": valid}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := rule.Read(split())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, samePatterns); diff != "" {
		t.Errorf("entry (-in one file +in three):\n%s", diff)
	}
}

func TestReadPartsErrors(t *testing.T) {
	tests := []struct {
		name, old, new string // a change in the file of that name
		want           string
		reason         string
	}{
		{"4.5.examples.json", `"detail": {"eventName": "StopLogging"}`, `"detail": {}`,
			`rule: 4.5.examples.json:2:5: examples[0]: the pattern does not match and must: "stopped"`, "an example is placed in its file"},
		{"4.5.facts.json", `"reason": "none needed"`, `"reason": ""`,
			`rule: 4.5.facts.json:3:47: departures[0].reason: must not be blank`, "so is a departure"},
		{"4.5.facts.json", `{"filters"`, `{"id": "4.5", "filters"`,
			`rule: 4.5.facts.json:1:8: id: repeated member; it is in 4.5.json too`, "a member stands in one file only"},
		{"4.5.examples.json", `{"examples"`, `{"example"`,
			`rule: 4.5.json:1:1: no member "examples"`, "a member that is in no file is missing in the first"},
		{"4.5.facts.json", `{"filters"`, `"filters"`, `rule: 4.5.facts.json:1:10: invalid character`, "a part that is no JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			files := split()
			text := string(files[tt.name].Data)
			if !strings.Contains(text, tt.old) {
				t.Fatalf("%q is not in %s", tt.old, text)
			}
			files[tt.name].Data = []byte(strings.Replace(text, tt.old, tt.new, 1))
			_, err := rule.Read(files)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// An id that two entries have is told with the file that has it, which need not be the first of an entry.
func TestReadPartsSameID(t *testing.T) {
	files := split()
	files["4.5.json"].Data = []byte(strings.Replace(string(files["4.5.json"].Data), `"id": "4.5",`, ``, 1))
	files["4.5.facts.json"].Data = []byte(strings.Replace(string(files["4.5.facts.json"].Data), `{`, `{"id": "4.5", `, 1))
	files["5.json"] = &fstest.MapFile{Data: []byte(minimal("4.5"))}
	_, err := rule.Read(files)
	if want := `rule: 5.json:1:8: id: "4.5" is the id in 4.5.facts.json too`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestReadPartAlone(t *testing.T) {
	_, err := rule.Read(catalog(map[string]string{"a.json": minimal("a"), "dir/b.facts.json": "{}"}))
	if want := "rule: dir/b.facts.json: a part of an entry, and there is no dir/b.json"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// ReadRules gives the rules that Read gives, without what they do not need.
func TestReadRules(t *testing.T) {
	files := split()
	entries, err := rule.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"4.5.facts.json", "4.5.examples.json"} {
		files[part].Data = []byte("not opened")
	}
	files["4.5.json"].Data = []byte(strings.Replace(string(files["4.5.json"].Data), `"extended"`, `"not looked at"`, 1))
	rules, err := rule.ReadRules(files)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rule.Rules(entries), rules, samePatterns); diff != "" {
		t.Errorf("rules (-Read +ReadRules):\n%s", diff)
	}
}

// What a rule needs is checked as ever.
func TestReadRulesErrors(t *testing.T) {
	_, err := rule.ReadRules(catalog(map[string]string{
		"1.json": minimal("1"),
		"2.json": minimal("1"),
		"3.json": strings.Replace(valid, `"high"`, `"grave"`, 1),
		"4.json": strings.Replace(valid, `"4.5"`, `"4.5 "`, 1),
		"5.json": `{"id": "5", "title": "t", "severity": "info", "state": "ENABLED"}`,
		"6.json": `{"title": "t", "state": "ENABLED"}`,
	}))
	want := `rule: 2.json:1:8: id: "1" is the id in 1.json too
rule: 3.json:5:15: severity: no severity "grave"; want one of info, low, medium, high, critical
rule: 4.json:2:9: id: must be a name without spaces
rule: 5.json:1:1: no member "pattern"
rule: 6.json:1:1: no member "id"
rule: 6.json:1:1: no member "severity"
rule: 6.json:1:1: no member "pattern"`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// A repeated member is found in an object of any size.
func TestReadRepeatedAmongMany(t *testing.T) {
	for _, n := range []int{1, 15, 16, 17, 18, 40} {
		var names strings.Builder
		for i := range n {
			fmt.Fprintf(&names, `"Call%d": "low", `, i)
		}
		for _, repeated := range []int{0, n - 1} {
			text := strings.Replace(valid, `{"DeleteTrail": "critical"}`, fmt.Sprintf(`{%s"Call%d": "high"}`, names.String(), repeated), 1)
			_, err := rule.Read(catalog(map[string]string{"x.json": text}))
			if want := fmt.Sprintf("severities.Call%d: repeated member", repeated); err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%d members, the one at %d twice: error %v, want %s", n+1, repeated, err, want)
			}
		}
	}
}
