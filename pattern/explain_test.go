package pattern_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/countertrail/countertrail/internal/patterngen"
	"github.com/countertrail/countertrail/pattern"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// archives calls f for each archive of a directory, as a subtest. The comment of an archive is the reason for the case.
func archives(t *testing.T, dir string, f func(t *testing.T, files map[string]string) (name, got string)) {
	names, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives in %s: %v", dir, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(bytes.TrimSpace(a.Comment)) == 0 {
				t.Error("no reason for the case")
			}
			files := make(map[string]string)
			for _, file := range a.Files {
				files[file.Name] = strings.TrimSuffix(string(file.Data), "\n")
			}
			golden, got := f(t, files)
			if got == files[golden] {
				return
			}
			if !*update {
				t.Errorf("%s: %s differs (-want +got):\n%s", name, golden, cmp.Diff(files[golden], got))
				return
			}
			a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == golden })
			a.Files = append(a.Files, txtar.File{Name: golden, Data: []byte(got + "\n")})
			if err := os.WriteFile(name, txtar.Format(a), 0o666); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// seeds calls f for each pattern and event of the archives of a directory.
func seeds(tb testing.TB, dir string, f func(pattern string, event []byte)) {
	names, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(names) == 0 {
		tb.Fatalf("no archives in %s: %v", dir, err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		files := make(map[string][]byte)
		for _, file := range a.Files {
			files[file.Name] = bytes.TrimSpace(file.Data)
		}
		f(string(files["pattern.json"]), files["event.json"])
	}
}

func TestExplain(t *testing.T) {
	archives(t, "explain", func(t *testing.T, files map[string]string) (string, string) {
		p, err := pattern.Compile(files["pattern.json"])
		if err != nil {
			t.Fatal(err)
		}
		x, err := p.Explain([]byte(files["event.json"]))
		if err != nil {
			t.Fatal(err)
		}
		checkExplanation(t, p, []byte(files["event.json"]))
		return "explanation", strings.TrimSuffix(x.String(), "\n")
	})
}

// checkExplanation holds what must be so of every explanation.
func checkExplanation(t *testing.T, p *pattern.Pattern, event []byte) {
	t.Helper()
	matched, matchErr := p.Match(event)
	x, err := p.Explain(event)
	if matchErr != nil && (err == nil || err.Error() != matchErr.Error()) {
		t.Fatalf("%s\n%s\nExplain fails with %v, Match with %v", p, event, err, matchErr)
	}
	if err != nil {
		if matchErr == nil && json.Valid(event) && utf8.Valid(event) && !strings.Contains(err.Error(), "levels deep") {
			t.Fatalf("%s\n%s\nExplain fails with %v, Match does not", p, event, err)
		}
		return
	}
	if x.Matched != matched {
		t.Fatalf("%s\n%s\nMatched = %v, Match = %v", p, event, x.Matched, matched)
	}
	if allHold := x.Held == x.Fields && x.Conflict == nil; allHold != matched {
		t.Errorf("%s\n%s\nMatched = %v, but %d of %d fields hold, conflict %v", p, event, matched, x.Held, x.Fields, x.Conflict)
	}
	checkTerms(t, p, x.Terms)
	text := x.String()
	if lines := strings.Count(text, "\n"); lines > 201 {
		t.Errorf("%s\n%s\n%d lines", p, event, lines)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if n := utf8.RuneCountInString(line); n > 100 {
			t.Errorf("%s\n%s\n%d characters in %q", p, event, n, line)
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u202e' || r == '\ufeff' }); i >= 0 {
			t.Errorf("%s\n%s\nnot clean: %q", p, event, line)
		}
	}
}

func checkTerms(t *testing.T, p *pattern.Pattern, terms []pattern.Term) {
	t.Helper()
	for _, term := range terms {
		for _, b := range term.Branches {
			checkTerms(t, p, b.Terms)
		}
		f := term.Field
		if f == nil {
			continue
		}
		if f.Held && f.Replaced || len(f.Values) > 8 || len(f.Hints) > 3 || f.Held && len(f.Hints) > 0 {
			t.Errorf("%s\n%+v", p, f)
		}
		if f.Held != term.Held || f.Held != slices.ContainsFunc(f.Alternatives, func(a pattern.AlternativeResult) bool { return a.Held }) {
			t.Errorf("%s: held is %v, but not so of the term or the alternatives: %+v", p, f.Held, f)
		}
		for _, a := range f.Alternatives {
			if !strings.HasPrefix(p.String()[a.Offset:], a.Source) {
				t.Errorf("%s: alternative %q is not at %d", p, a.Source, a.Offset)
			}
		}
		for _, h := range f.Hints {
			if h.Message == "" || h.Alternative >= len(f.Alternatives) || h.Value >= len(f.Values) {
				t.Errorf("%s: hint %+v", p, h)
			}
		}
	}
}

// TestExplainAgrees holds the laws for generated pairs.
func TestExplainAgrees(t *testing.T) {
	n := 8000
	if testing.Short() {
		n = 1000
	}
	g := patterngen.New(11)
	for range n {
		src, event := g.Pair()
		if p, err := pattern.Compile(src); err == nil {
			checkExplanation(t, p, []byte(event))
		}
		if t.Failed() {
			return
		}
	}
	// Arrays in arrays, absence, duplicate and dotted keys.
	for seed := range n / 4 {
		g := generator{rand.New(rand.NewPCG(2, uint64(seed)))}
		p := pattern.MustCompile(g.pattern(0))
		for range 4 {
			checkExplanation(t, p, []byte(g.object(0)))
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestExplainCases(t *testing.T) {
	for _, c := range readCases(t) {
		if c.reason != "" {
			continue
		}
		p := pattern.MustCompile(c.pattern)
		for _, e := range c.events {
			checkExplanation(t, p, []byte(e.text))
		}
	}
}

func TestExplainNothing(t *testing.T) {
	for _, p := range []*pattern.Pattern{nil, new(pattern.Pattern)} {
		x, err := p.Explain([]byte(`{}`))
		if err != nil || x.Matched || len(x.Terms) > 0 || x.String() != "no match: the pattern is empty\n" {
			t.Errorf("Explain = %+v, %v", x, err)
		}
	}
}

func TestExplainErrors(t *testing.T) {
	p := pattern.MustCompile(`{"a":["x"]}`)
	for event := range badEvents {
		checkExplanation(t, p, []byte(event))
	}
}

// TestExplainKeepsNothing holds that an explanation shares no memory with the event.
func TestExplainKeepsNothing(t *testing.T) {
	p := pattern.MustCompile(`{"a":["x"],"b":["y"]}`)
	event := []byte(`{"a":"x","b":{"c":"d"}}`)
	x, err := p.Explain(event)
	if err != nil {
		t.Fatal(err)
	}
	before := x.String()
	for i := range event {
		event[i] = '#'
	}
	if after := x.String(); after != before || x.Terms[0].Field.Values[0].JSON != `"x"` {
		t.Errorf("the explanation changed with the event:\n%s\n%s", before, after)
	}
}

func TestNearMisses(t *testing.T) {
	sources := []string{
		`{"source":["aws.iam"],"detail":{"eventName":["CreateUser"],"errorCode":[{"exists":false}]}}`, // 2 of 3
		`{"source":["aws.iam"],"detail":{"eventName":["DeleteUser"]}}`,                                // matches
		`{"source":["aws.iam"],"detail":{"eventName":["StopLogging"]}}`,                               // 1 of 2
		`{"source":["aws.ec2"],"detail":{"eventName":["StopLogging"]}}`,                               // nothing
		`{"source":["aws.iam"],"detail":{"eventName":["x"],"errorCode":["y"]}}`,                       // 1 of 3
	}
	var patterns []*pattern.Pattern
	for _, src := range sources {
		patterns = append(patterns, pattern.MustCompile(src))
	}
	patterns = append(patterns, nil)
	s := pattern.NewSet(slices.All(patterns))
	event := []byte(`{"source":"aws.iam","detail":{"eventName":"DeleteUser"}}`)
	for n, want := range map[int][]int{-1: {}, 0: {}, 1: {0}, 2: {0, 2}, 9: {0, 2, 4}} {
		misses, err := s.NearMisses(event, n)
		if err != nil {
			t.Fatal(err)
		}
		got := []int{}
		for _, m := range misses {
			got = append(got, m.Key)
			if m.Explanation.Matched {
				t.Errorf("%d matches", m.Key)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("NearMisses(%d) = %v, want %v", n, got, want)
		}
	}
	if _, err := s.NearMisses([]byte(`[]`), 3); err == nil {
		t.Error("no error for an event that is not an object")
	}
	if misses, err := new(pattern.Set[int]).NearMisses(event, 3); len(misses) != 0 || err != nil {
		t.Errorf("the empty set: %v, %v", misses, err)
	}
}

// FuzzExplain holds that an explanation never contradicts Match, and that its text is bounded and clean.
func FuzzExplain(f *testing.F) {
	for _, c := range readCases(f) {
		for _, e := range c.events {
			f.Add(c.pattern, []byte(e.text))
		}
	}
	seeds(f, "explain", func(pattern string, event []byte) { f.Add(pattern, event) })
	f.Fuzz(func(t *testing.T, src string, event []byte) {
		if p, err := pattern.Compile(src); err == nil {
			checkExplanation(t, p, event)
		}
	})
}
