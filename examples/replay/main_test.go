package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/synth"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// replayed runs the command.
func replayed(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update to make it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestSampleIsGenerated(t *testing.T) {
	var want bytes.Buffer
	if err := synth.WriteLog(&want, synth.Records(1, synth.RecordsPerDay)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(sample, want.Bytes()) {
		t.Error("sample/cloudtrail.json is not what internal/synth makes; run go generate ./examples/replay")
	}
}

func TestSample(t *testing.T) {
	code, stdout, stderr := replayed("")
	if code != 0 || stderr != "" {
		t.Errorf("status %d, standard error %q", code, stderr)
	}
	golden(t, "sample.golden", stdout)
}

// What the README shows of the output must be in it.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, stdout, _ := replayed("", "-summary")
	shown := 0
	for line := range strings.Lines(string(readme)) {
		text, code := strings.CutPrefix(line, "    ")
		if code && (strings.HasPrefix(text, "300 ") || strings.HasPrefix(text, "control ") || strings.HasPrefix(text, "4.")) {
			shown++
			if !strings.Contains(stdout, text) {
				t.Errorf("the output has no line %q", text)
			}
		}
	}
	if shown == 0 {
		t.Error("the README shows no output")
	}
}

func TestSampleFiresEveryControl(t *testing.T) {
	s := summaryOf(t)
	if len(s.Controls) != 15 {
		t.Errorf("%d controls, want 15", len(s.Controls))
	}
	for _, c := range s.Controls {
		if c.Findings == 0 {
			t.Errorf("control %s has no finding", c.ID)
		}
	}
	if s.Ordinary*2 < s.Events {
		t.Errorf("%d of %d events are ordinary, want most", s.Ordinary, s.Events)
	}
}

// summaryOf runs the command with -json and -summary.
func summaryOf(t *testing.T, args ...string) summary {
	t.Helper()
	code, stdout, stderr := replayed("", append([]string{"-json", "-summary"}, args...)...)
	if code != 0 || stderr != "" {
		t.Fatalf("status %d, standard error %q", code, stderr)
	}
	var s summary
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		t.Fatalf("%v in %q", err, stdout)
	}
	return s
}

func TestJSON(t *testing.T) {
	code, stdout, stderr := replayed("", "-json", "testdata/stopped.json")
	if code != 0 || stderr != "" {
		t.Errorf("status %d, standard error %q", code, stderr)
	}
	var indented bytes.Buffer
	for line := range strings.Lines(stdout) {
		if strings.ContainsFunc(line, func(c rune) bool { return c >= 0x7f || c < ' ' && c != '\n' }) {
			t.Errorf("not plain ASCII: %q", line)
		}
		if err := json.Indent(&indented, []byte(line), "", "  "); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "stopped.golden", indented.String())
}

func TestHostileStrings(t *testing.T) {
	_, stdout, _ := replayed("", "testdata/stopped.json")
	if i := strings.IndexFunc(stdout, func(c rune) bool { return c < ' ' && c != '\n' || c == '\u202e' || c == '\u009b' }); i >= 0 {
		t.Errorf("the output holds %q", stdout[max(0, i-20):i+4])
	}
	if !strings.Contains(stdout, `from-here\u001b[2J\u009b2J\u202e`) {
		t.Errorf("the user agent is not shown escaped:\n%s", stdout)
	}
}

// Every way to give the same events gives the same summary.
func TestInputs(t *testing.T) {
	want := summaryOf(t)
	zipped := new(bytes.Buffer)
	zw := gzip.NewWriter(zipped)
	zw.Write(sample)
	zw.Close()
	var lines, events strings.Builder
	for e, err := range event.ReadLog(bytes.NewReader(sample)) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%s\n", e.Detail)
		fmt.Fprintf(&events, "%s\n", e.Raw())
	}
	half := strings.LastIndexByte(lines.String()[:lines.Len()/2], '\n') + 1
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("plain.json", string(sample))
	write("zipped.json.gz", zipped.String())
	write("any name", zipped.String())
	write("lines.jsonl", lines.String())
	write("events.jsonl", events.String())
	write("tree/2026/03/first.jsonl", lines.String()[:half])
	write("tree/2026/04/second.json", lines.String()[half:])
	write("tree/2026/04/notes.txt", "not looked into")
	write("tree/Digest/digest.json", `{"digestStartTime":"2026-03-17T00:00:00Z","logFiles":[]}`)
	for name, target := range map[string]string{"links/log.json": "../plain.json", "links/dir.json": "../tree"} {
		if err := errors.Join(os.MkdirAll("links", 0o755), os.Symlink(target, name)); err != nil {
			t.Fatal(err)
		}
	}

	for _, tt := range []struct {
		reason  string
		args    []string
		skipped map[string]int
		others  int
	}{
		{reason: "a log file", args: []string{"plain.json"}},
		{reason: "compressed", args: []string{"zipped.json.gz"}},
		{reason: "a named file may have any name", args: []string{"any name"}},
		{reason: "a record a line", args: []string{"lines.jsonl"}},
		{reason: "events of EventBridge", args: []string{"events.jsonl"}},
		{reason: "two files", args: []string{"tree/2026/03/first.jsonl", "tree/2026/04/second.json"}},
		{reason: "a directory, with a digest and a stray file", args: []string{"tree"},
			skipped: map[string]int{"CloudTrail digest": 1}, others: 1},
		{reason: "a directory with a link to a log, and one to a directory", args: []string{"links"}, others: 1},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			got := summaryOf(t, tt.args...)
			want := want
			want.Others, want.Skipped = tt.others, map[string]int{}
			if tt.skipped != nil {
				want.Skipped = tt.skipped
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}

	_, direct, _ := replayed("", "-summary")
	_, piped, _ := replayed(zipped.String(), "-summary", "-")
	header := len("Replaying standard input.")
	if direct[strings.IndexByte(direct, '\n'):] != piped[header:] {
		t.Errorf("standard input gives\n%s\nwant, but for the first line,\n%s", piped, direct)
	}
}

// Findings of several files stand below the name of theirs, in the order of the arguments.
func TestSeveralFiles(t *testing.T) {
	code, stdout, _ := replayed("", "testdata/stopped.json", "testdata/quiet.json", "testdata/stopped.json")
	if code != 0 {
		t.Errorf("status %d", code)
	}
	golden(t, "several.golden", stdout)
}

func TestTimes(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		reason, first, last string
		span, column        string
	}{
		{"one day", "2026-03-17T00:10:00Z", "2026-03-17T23:50:00Z", " of 2026-03-17, 00:10 to 23:50 UTC", "23:50"},
		{"one year", "2026-03-17T00:10:00Z", "2026-04-17T23:50:00Z", " of 2026-03-17 00:10 to 2026-04-17 23:50 UTC", "04-17 23:50"},
		{"years", "2025-03-17T00:10:00Z", "2026-03-17T23:50:00Z", " of 2025-03-17 00:10 to 2026-03-17 23:50 UTC", "2026-03-17"},
		{"one day, but not in UTC", "2026-03-17T00:10:00+01:00", "2026-03-17T23:50:00+01:00",
			" of 2026-03-16 23:10 to 2026-03-17 22:50 UTC", "03-17 22:50"},
	} {
		s := summary{First: at(tt.first), Last: at(tt.last)}
		if got := s.span(); got != tt.span {
			t.Errorf("%s: span %q, want %q", tt.reason, got, tt.span)
		}
		if got := s.Last.UTC().Format(s.layout()); got != tt.column {
			t.Errorf("%s: column %q, want %q", tt.reason, got, tt.column)
		}
	}
}

func TestMinSeverity(t *testing.T) {
	_, all, _ := replayed("")
	_, critical, _ := replayed("", "-min", "critical")
	if n := strings.Count(critical, "[CRITICAL]"); n == 0 || n != strings.Count(all, "[CRITICAL]") {
		t.Errorf("%d critical findings with -min, %d without", n, strings.Count(all, "[CRITICAL]"))
	}
	if strings.Contains(critical, "[HIGH]") {
		t.Error("a finding below -min is printed")
	}
	_, table, _ := strings.Cut(all, "\n300 events")
	if !strings.HasSuffix(critical, table) {
		t.Error("-min changes the table")
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	zipped := new(bytes.Buffer)
	zw := gzip.NewWriter(zipped)
	zw.Write(sample)
	zw.Close()
	records := strings.SplitAfter(string(sample), "\n")
	records[3] = "{\"eventVersion\": nope},\n"
	for name, text := range map[string]string{
		"empty.json":      "",
		"cut.json.gz":     zipped.String()[:zipped.Len()/2],
		"cut.json":        string(sample[:len(sample)/2]),
		"corrupt.json":    strings.Join(records, ""),
		"digest.json":     `{"digestStartTime":"2026-03-17T00:00:00Z","logFiles":[]}`,
		"notice.json":     `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{}}]}`,
		"bad\x1b[2J.json": "no JSON",
		"none/notes.txt":  "",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		reason string
		args   []string
		code   int
		stderr string // what it begins with
		events string // what the summary says of events; empty if there is none
	}{
		{"nothing in it", []string{"empty.json"}, 1, "replay: empty.json: log: the text is empty", "0 events"},
		{"compressed data break off", []string{"cut.json.gz"}, 1, "replay: cut.json.gz: log: the gzip data breaks off at offset ", "1"},
		{"text breaks off within a record", []string{"cut.json"}, 1, "replay: cut.json: log: the text breaks off at offset ", "1"},
		{"the records around a damaged one count", []string{"corrupt.json"}, 1,
			"replay: corrupt.json: record 2 at offset ", "299 events"},
		{"not a log, and named", []string{"digest.json"}, 1,
			"replay: digest.json: record 0 at offset 0: want CloudTrail record, got CloudTrail digest\n", "0 events"},
		{"looks much like a log", []string{"notice.json"}, 1,
			"replay: notice.json: record 0 at offset 12: want CloudTrail record, got S3 object notification\n", "0 events"},
		{"a name that moves the cursor", []string{"bad\x1b[2J.json"}, 1, `replay: bad\u001b[2J.json: record 0 at offset 0: `, "0 events"},
		{"no such file", []string{"missing.json"}, 1, "replay: stat missing.json: ", ""},
		{"the rest is read", []string{"missing.json", "corrupt.json"}, 1, "replay: stat missing.json: ", "299 events"},
		{"nothing to read in a directory", []string{"none"}, 1, "replay: none: no file in it ends in .json", ""},
		{"no such flag", []string{"-nope"}, 2, "replay: flag provided but not defined: -nope\n", ""},
		{"no such severity", []string{"-min", "silly"}, 2, `replay: invalid value "silly" for flag -min`, ""},
		{"the sample has no account", []string{"-live"}, 2, "replay: -live needs logs of your account", ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			code, stdout, stderr := replayed("", append([]string{"-summary"}, tt.args...)...)
			if code != tt.code {
				t.Errorf("status %d, want %d", code, tt.code)
			}
			if !strings.HasPrefix(stderr, tt.stderr) {
				t.Errorf("standard error %q, want it to begin with %q", stderr, tt.stderr)
			}
			switch {
			case tt.events == "" && stdout != "":
				t.Errorf("standard output %q, want none", stdout)
			case tt.events != "" && !strings.Contains(stdout, "\n"+tt.events):
				t.Errorf("standard output %q, want %q in it", stdout, tt.events)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, flag := range []string{"-h", "-help", "--help"} {
		code, stdout, stderr := replayed("", flag)
		if code != 0 || stdout != usage || stderr != "" {
			t.Errorf("%s: status %d, standard output %q, standard error %q", flag, code, stdout, stderr)
		}
	}
}
