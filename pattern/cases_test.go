package pattern_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern"
)

// A testCase is one block of a file in testdata; see the README there.
type testCase struct {
	at      string // file and line
	about   string
	pattern string
	reason  string // empty unless the pattern is rejected
	places  string // where the service locates the error
	events  []testEvent
}

type testEvent struct {
	at    string
	text  string
	match bool
}

// readCases reads all files of cases.
func readCases(tb testing.TB) []testCase {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no cases: %v", err)
	}
	var cases []testCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		c := testCase{}
		flush := func() {
			if c.at != "" {
				cases = append(cases, c)
			}
			c = testCase{}
		}
		for i, line := range strings.Split(string(text), "\n") {
			at := fmt.Sprintf("%s:%d", file, i+1)
			if line == "" {
				flush()
				continue
			}
			if about, ok := strings.CutPrefix(line, "# "); ok {
				c.about = strings.TrimSpace(c.about + " " + about)
				continue
			}
			word, rest := strings.TrimSpace(line[:min(8, len(line))]), line[min(8, len(line)):]
			switch word {
			case "pattern", "reject":
				c.at, c.pattern = at, rest
			case "reason":
				c.reason = rest
			case "at":
				c.places = rest
			case "match", "no":
				c.events = append(c.events, testEvent{at, rest, word == "match"})
			default:
				tb.Fatalf("%s: unknown line %q", at, line)
			}
			if c.about == "" {
				tb.Fatalf("%s: no word on what this is about", at)
			}
		}
		flush()
	}
	return cases
}

func TestMatch(t *testing.T) {
	for _, c := range readCases(t) {
		if c.reason != "" {
			continue
		}
		p, err := pattern.Compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %s\nCompile(%s): %v", c.at, c.about, c.pattern, err)
			continue
		}
		for _, e := range c.events {
			got, err := p.Match([]byte(e.text))
			if err != nil || got != e.match {
				t.Errorf("%s: %s\n%s\n%s\nMatch = %v, %v; want %v", e.at, c.about, c.pattern, e.text, got, err, e.match)
			}
		}
	}
}

func TestCompileRejects(t *testing.T) {
	for _, c := range readCases(t) {
		if c.reason == "" {
			continue
		}
		_, err := pattern.Compile(c.pattern)
		e, ok := err.(*pattern.SyntaxError)
		if !ok {
			t.Errorf("%s: %s\nCompile(%s) = %v, want the reason %q", c.at, c.about, c.pattern, err, c.reason)
			continue
		}
		if e.Reason != c.reason {
			t.Errorf("%s: %s\n%s\ngot reason  %s\nwant reason %s", c.at, c.about, c.pattern, e.Reason, c.reason)
		}
		want := "Event pattern is not valid. Reason: " + c.reason
		if c.places != "none" {
			for _, place := range strings.Fields(c.places) {
				line, column, _ := strings.Cut(place, ":")
				want += fmt.Sprintf("\n at [Source: (String)\"%s\"; line: %s, column: %s]", shown(c.pattern), line, column)
			}
		}
		if got := e.AWSMessage(); got != want {
			t.Errorf("%s: %s\ngot message  %s\nwant message %s", c.at, c.about, got, want)
		}
	}
}

// shown returns a pattern as the service echoes it.
func shown(p string) string { return strings.ReplaceAll(p, "\t", `\u0009`) }
