package rule_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// valid is an entry with every member.
const valid = `{
  "id": "4.5",
  "title": "Trail stopped",
  "description": "Nothing is recorded now.",
  "severity": "high",
  "state": "ENABLED",
  "pattern": {
    "detail": {"eventName": ["StopLogging"]}
  },
  "references": ["https://docs.aws.amazon.com/"],
  "filters": [{"text": "{ $.eventName = StopLogging }", "literal": {"a": ["f"]}, "regions": ["x"], "versions": ["v1"]}],
  "errata": [{"text": "too narrow", "versions": ["v2"]}],
  "departures": [{"change": "none", "reason": "none needed", "where": {"a": ["w"]}, "versions": ["v3"]}],
  "examples": [
    {"match": true, "reason": "stopped", "event": {"detail": {"eventName": "StopLogging"}}},
    {"match": false, "reason": "started", "event": {"detail": {"eventName": "StartLogging"}}}
  ],
  "severities": {"DeleteTrail": "critical"},
  "regions": ["eu-west-1"],
  "extended": {"detail": {"eventName": ["StopLogging", "DeleteTrail"]}},
  "additions": [{"reason": "final", "change": "deletion"}],
  "calls": [
    {"source": "cloudtrail.amazonaws.com", "name": "StopLogging", "mutating": true, "reversal": {
      "basis": "event", "how": "StartLogging", "contain": "page", "actions": ["cloudtrail:StartLogging"], "note": "home Region"}},
    {"source": "cloudtrail.amazonaws.com", "name": "DeleteTrail", "mutating": true, "reason": "final"}
  ],
  "delivery": {"accounts": "all", "silencedBy": ["no trail"], "note": "last event"},
  "mappings": [{"framework": "NIST SP 800-53", "version": "Rev. 5", "ids": ["AU-9"], "by": "us"}]
}
`

// minimal is an entry with the members that every entry must have.
func minimal(id string) string {
	return `{"id": "` + id + `", "title": "t", "severity": "info", "state": "DISABLED", "pattern": {"a": [1]},
		"examples": [{"match": true, "reason": "r", "event": {"a": 1}}, {"match": false, "reason": "r", "event": {}}]}`
}

func catalog(files map[string]string) fs.FS {
	fsys := make(fstest.MapFS)
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestRead(t *testing.T) {
	entries, err := rule.Read(catalog(map[string]string{"trail.json": valid}))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	got := entries[0]
	if want := "{\n    \"detail\": {\"eventName\": [\"StopLogging\"]}\n  }"; got.Pattern.String() != want {
		t.Errorf("the pattern must be byte for byte that of the file: %q, want %q", got.Pattern, want)
	}
	want := rule.Entry{
		Rule: rule.Rule{
			ID:          "4.5",
			Title:       "Trail stopped",
			Description: "Nothing is recorded now.",
			Severity:    rule.High,
			State:       rule.Enabled,
			Severities:  map[string]rule.Severity{"DeleteTrail": rule.Critical},
			Regions:     []string{"eu-west-1"},
			Pattern:     got.Pattern,
			References:  []string{"https://docs.aws.amazon.com/"},
		},
		Filters: []rule.Filter{{
			Text:     "{ $.eventName = StopLogging }",
			Literal:  pattern.MustCompile(`{"a": ["f"]}`),
			Regions:  []string{"x"},
			Versions: []string{"v1"},
		}},
		Errata: []rule.Erratum{{Text: "too narrow", Versions: []string{"v2"}}},
		Departures: []rule.Departure{{
			Change: "none", Reason: "none needed", Where: pattern.MustCompile(`{"a": ["w"]}`), Versions: []string{"v3"},
		}},
		Extended:  pattern.MustCompile(`{"detail": {"eventName": ["StopLogging", "DeleteTrail"]}}`),
		Additions: []rule.Addition{{Change: "deletion", Reason: "final"}},
		Calls: []rule.Call{
			{
				Source: "cloudtrail.amazonaws.com", Name: "StopLogging", Mutating: true,
				Reversal: rule.Reversal{
					Basis: rule.FromEvent, How: "StartLogging", Contain: "page",
					Actions: []string{"cloudtrail:StartLogging"}, Note: "home Region",
				},
			},
			{Source: "cloudtrail.amazonaws.com", Name: "DeleteTrail", Mutating: true, Reason: "final"},
		},
		Delivery: rule.Delivery{Accounts: "all", SilencedBy: []string{"no trail"}, Note: "last event"},
		Mappings: []rule.Mapping{{Framework: "NIST SP 800-53", Version: "Rev. 5", IDs: []string{"AU-9"}, By: "us"}},
		Examples: []rule.Example{
			{Match: true, Reason: "stopped", Event: []byte(`{"detail": {"eventName": "StopLogging"}}`)},
			{Match: false, Reason: "started", Event: []byte(`{"detail": {"eventName": "StartLogging"}}`)},
		},
	}
	if diff := cmp.Diff(want, got, samePatterns); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
}

// samePatterns compares patterns by their text, white space aside.
var samePatterns = cmp.Comparer(func(a, b *pattern.Pattern) bool {
	if a == nil || b == nil {
		return a == b
	}
	return compact(a.String()) == compact(b.String())
})

func compact(text string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		panic(err)
	}
	return b.String()
}

func TestReadOrder(t *testing.T) {
	entries, err := rule.Read(catalog(map[string]string{
		"a.json":           minimal("4.10"),
		"b.json":           minimal("4.2"),
		"network/vpc.json": minimal("4.1"),
		"README.md":        "not an entry",
		"network/x.json~":  "not an entry",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	if diff := cmp.Diff([]string{"4.1", "4.2", "4.10"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
}

// Each case changes one thing in the valid entry.
func TestReadErrors(t *testing.T) {
	tests := []struct {
		reason   string
		old, new string
		want     string // without the package and the name of the file
	}{
		{"not JSON", `"4.5",`, `"4.5"`, `3:3: invalid character '"' after object key:value pair`},
		{"cut off", valid[20:], ``, `3:3: unexpected end of JSON input`},
		{"empty", valid, ``, `1:1: unexpected end of JSON input`},
		{"two values in one file", valid, valid + "{}", `30:1: invalid character '{' after top-level value`},
		{"not UTF-8", `Trail stopped`, "Trail st\xffpped", `3:21: invalid UTF-8`},
		{"not an object", valid, `["4.5"]`, `1:1: want an object, not an array`},

		{"unknown member", `"id"`, `"ID": "4.5", "id"`, `2:9: ID: unknown member`},
		{"unknown member whose name would break the line", `"id"`, `"a\nb": 0, "id"`, `2:11: ["a\nb"]: unknown member`},
		{"unknown member of a departure", `{"change"`, `{"url": "", "change"`, `13:26: departures[0].url: unknown member`},
		{"unknown member of an example", `"event": {"detail": {"eventName": "Stop`, `"why": "", "event": {"detail": {"eventName": "Stop`, `15:49: examples[0].why: unknown member`},
		{"repeated member", `"id"`, `"id": "4.4", "id"`, `2:22: id: repeated member`},
		{"repeated under another spelling", `"id"`, `"\u0069d": "4.4", "id"`, `2:27: id: repeated member`},
		{"repeated in a pattern: the first condition would be lost", `"detail": {"eventName": ["StopLogging"]}`, `"source": ["x"], "source": ["y"]`, `8:32: pattern.source: repeated member`},
		{"repeated in an event: which one counts is anybody's guess", `"StopLogging"}}`, `"StopLogging", "eventName": "x"}}`, `15:104: examples[0].event.detail.eventName: repeated member`},
		{"missing member", `"id": "4.5",`, ``, `1:1: no member "id"`},
		{"missing reason", `"reason": "stopped", `, ``, `15:5: examples[0]: no member "reason"`},
		{"missing answer", `{"match": false, `, `{`, `16:5: examples[1]: no member "match"`},

		{"wrong type: string", `"4.5"`, `4.5`, `2:9: id: want a string, not a number`},
		{"wrong type: null", `"4.5"`, `null`, `2:9: id: want a string, not null`},
		{"wrong type: array", `["https://docs.aws.amazon.com/"]`, `"https://docs.aws.amazon.com/"`, `10:17: references: want an array, not a string`},
		{"wrong type: element", `{"text": "too narrow", "versions": ["v2"]}`, `"too narrow"`, `12:14: errata[0]: want an object, not a string`},
		{"wrong type: boolean", `"match": true`, `"match": "true"`, `15:15: examples[0].match: want true or false, not a string`},
		{"wrong type: object", `{"detail": {"eventName": "StopLogging"}}`, `"{}"`, `15:51: examples[0].event: want an object, not a string`},
		{"a pattern as text", "{\n    \"detail\": {\"eventName\": [\"StopLogging\"]}\n  }", `"{}"`, `7:14: pattern: want an object, not a string`},
		{"severity as a number", `"high"`, `3`, `5:15: severity: want a string, not a number`},
		{"white space around the entry", valid, "\n\t " + strings.Replace(valid, `"high"`, `3`, 1) + " \n", `6:15: severity: want a string, not a number`},

		{"no such severity", `"high"`, `"HIGH"`, `5:15: severity: no severity "HIGH"; want one of info, low, medium, high, critical`},
		{"no such severity of a call", `"critical"`, `"grave"`, `18:33: severities.DeleteTrail: no severity "grave"; want one of info, low, medium, high, critical`},
		{"no such state", `"ENABLED"`, `"enabled"`, `6:12: state: no state "enabled"; want one of ENABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, DISABLED`},
		{"an id with a space", `"4.5"`, `"4.5 "`, `2:9: id: must be a name without spaces`},
		{"an empty id", `"4.5"`, `""`, `2:9: id: must be a name without spaces`},
		{"a title of two lines", `Trail stopped`, `Trail\nstopped`, `3:12: title: must be one line of text`},
		{"a blank title", `Trail stopped`, ` `, `3:12: title: must be one line of text`},
		{"a link that is none", `https://docs`, `javascript:docs`, `10:18: references[0]: must be an http or https URL, not "javascript:docs.aws.amazon.com/"`},
		{"a departure without a reason", `none needed`, `  `, `13:47: departures[0].reason: must not be blank`},

		{"a pattern that AWS refuses", `["StopLogging"]`, `[{"prefx": "Stop"}]`, `8:31: pattern.detail.eventName: Unrecognized match type prefx`},
		{"a value that is not in an array", `["StopLogging"]`, `"StopLogging"`, `8:29: pattern.detail.eventName: "eventName" must be an object or an array`},
		{"an empty pattern", `"detail": {"eventName": ["StopLogging"]}`, ``, `9:3: pattern: Empty objects are not allowed`},

		{"an example that must match and does not", `"StopLogging"}}`, `"StopLoggin"}}`, `15:5: examples[0]: the pattern does not match and must: "stopped"`},
		{"an example that must not match and does", `"StartLogging"}}`, `"StopLogging"}}`, `16:5: examples[1]: the pattern matches and must not: "started"`},
		{"no example that must match", `"match": true`, `"match": false`, `14:15: examples: none that must match`},
		{"no example that must not match", `"match": false`, `"match": true`, `14:15: examples: none that must not match`},
		{"an example without a reason", `"started"`, `""`, `16:32: examples[1].reason: must not be blank`},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			if strings.Count(valid, tt.old) != 1 {
				t.Fatalf("%q is not once in the valid entry", tt.old)
			}
			text := strings.Replace(valid, tt.old, tt.new, 1)
			entries, err := rule.Read(catalog(map[string]string{"trail.json": text}))
			if err == nil {
				t.Fatal("no error")
			}
			if entries != nil {
				t.Error("entries beside an error")
			}
			first, _, _ := strings.Cut(err.Error(), "\n")
			if diff := cmp.Diff("rule: trail.json:"+tt.want, first); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// Every file that is broken is told, in the order of the names as people read them, and within a
// file every mistake in the order of the file.
func TestReadAllErrors(t *testing.T) {
	_, err := rule.Read(catalog(map[string]string{
		"10.json": `{`,
		"9.json":  `{"id": 9, "colour": "red", "severity": "grave", "state": "ENABLED", "pattern": {"a": [1]}, "examples": []}`,
		"1.json":  minimal("1"),
		"2.json":  minimal("1"),
	}))
	want := `rule: 2.json:1:8: id: "1" is the id in 1.json too
rule: 9.json:1:1: no member "title"
rule: 9.json:1:8: id: want a string, not a number
rule: 9.json:1:21: colour: unknown member
rule: 9.json:1:40: severity: no severity "grave"; want one of info, low, medium, high, critical
rule: 10.json:1:1: unexpected end of JSON input`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestReadNothing(t *testing.T) {
	_, err := rule.Read(catalog(map[string]string{"trail.jsn": valid}))
	if want := "rule: no file whose name ends in .json"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// brokenFS cannot open one of its files.
type brokenFS struct {
	fs.FS
	broken string
}

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == b.broken {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.FS.Open(name)
}

func TestReadFSErrors(t *testing.T) {
	files := catalog(map[string]string{"dir/a.json": minimal("1"), "dir/a.facts.json": "{}", "b.json": minimal("2")})
	for _, broken := range []string{".", "dir", "dir/a.json", "dir/a.facts.json"} {
		entries, err := rule.Read(brokenFS{files, broken})
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("cannot open %s: error %v", broken, err)
		}
		if entries != nil {
			t.Errorf("cannot open %s: entries beside an error", broken)
		}
	}
}

// Whatever a file holds, Read tells what is wrong with it or returns an entry that stands up.
func FuzzRead(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte(minimal("x")))
	f.Add([]byte(`{"id": {"a": [1, {"b": null}]}, "id": [], "pattern": {"a": {}}}`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Add([]byte(`{"a\nb": {"\u2028": 1, "\u2028": 2}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := rule.Read(catalog(map[string]string{"x.json": string(data)}))
		if (err == nil) != (len(entries) == 1) {
			t.Fatalf("%d entries, error %v", len(entries), err)
		}
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "rule: x.json:") {
					t.Errorf("an error without its place: %q", line)
				}
			}
			return
		}
		e := entries[0]
		if err := e.Check(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(data), e.Pattern.String()) {
			t.Errorf("the pattern %q is not in the file", e.Pattern)
		}
	})
}
