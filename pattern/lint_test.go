package pattern_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/internal/patterngen"
	"github.com/countertrail/countertrail/pattern"
)

// TestLint gives the exact warnings for each pattern. Each code is in one of them.
func TestLint(t *testing.T) {
	seen := make(map[pattern.LintCode]bool)
	archives(t, "lint", func(t *testing.T, files map[string]string) (string, string) {
		p, err := pattern.Compile(files["pattern.json"])
		if err != nil {
			t.Fatal(err)
		}
		opts := &pattern.LintOptions{State: files["state"]}
		if names := files["names"]; names != "" {
			opts.EventNames = make(map[string][]string)
			for line := range strings.Lines(names) {
				words := strings.Fields(line)
				opts.EventNames[words[0]] = words[1:]
			}
		}
		var got strings.Builder
		for _, w := range p.Lint(opts) {
			seen[w.Code] = true
			fmt.Fprintf(&got, "%d: %s\n", w.Offset, w)
		}
		checkWarnings(t, p, opts)
		return "warnings", strings.TrimSuffix(got.String(), "\n")
	})
	for _, code := range allCodes {
		if !seen[code] {
			t.Errorf("no archive has the warning %s", code)
		}
	}
	for code := range seen {
		if !slices.Contains(allCodes, code) {
			t.Errorf("the list of codes lacks %s", code)
		}
	}
}

var allCodes = []pattern.LintCode{
	pattern.LintLiteralStar, pattern.LintOperatorField, pattern.LintQuotes, pattern.LintIgnoreCase, pattern.LintAddressText,
	pattern.LintAddressVersions, pattern.LintLongNumber, pattern.LintReplaced, pattern.LintRedundant, pattern.LintAnythingButOr,
	pattern.LintAlwaysAccepted, pattern.LintObjectField, pattern.LintUnknownField, pattern.LintMisplaced, pattern.LintWrongType,
	pattern.LintAbsent, pattern.LintUnscoped, pattern.LintDetailType, pattern.LintEventSource, pattern.LintSourceMismatch,
	pattern.LintUnknownName, pattern.LintReadOnly, pattern.LintOverDefaultSize,
}

// checkWarnings holds what must be so of all warnings.
func checkWarnings(t *testing.T, p *pattern.Pattern, opts *pattern.LintOptions) {
	t.Helper()
	warnings := p.Lint(opts)
	for i, w := range warnings {
		if w.Code == "" || w.Message == "" || w.Offset < 0 || w.Offset >= len(p.String()) {
			t.Errorf("%s: %+v", p, w)
		}
		if i > 0 && warnings[i-1].Offset > w.Offset {
			t.Errorf("%s: warnings are not in order", p)
		}
		if text := w.String(); strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '\u202e' }) || len(text) > 2000 {
			t.Errorf("%s: %q", p, text)
		}
	}
	if !slices.Equal(warnings, p.Lint(opts)) {
		t.Errorf("%s: warnings differ from one time to the next", p)
	}
}

// TestLintCatalog holds that the catalog gives no warnings: the checks are worth nothing if they cry wolf.
func TestLintCatalog(t *testing.T) {
	for _, version := range cis.Versions() {
		b, err := cis.Version(version)
		if err != nil {
			t.Fatal(err)
		}
		for c := range b.Controls() {
			for _, w := range c.Pattern.Lint(&pattern.LintOptions{State: string(c.State)}) {
				t.Errorf("%s %s: %s", version, c.ID, w)
			}
		}
	}
}

func TestLintNothing(t *testing.T) {
	for _, p := range []*pattern.Pattern{nil, new(pattern.Pattern)} {
		if w := p.Lint(nil); len(w) > 0 {
			t.Errorf("Lint = %v", w)
		}
	}
}

// TestLintRedundant holds that leaving out what is called redundant changes no answer.
func TestLintRedundant(t *testing.T) {
	n := 6000
	if testing.Short() {
		n = 2000
	}
	g := patterngen.New(5)
	checked := 0
	for range n {
		src, event := g.Pair()
		p, err := pattern.Compile(src)
		if err != nil {
			continue
		}
		for _, w := range p.Lint(nil) {
			if w.Code != pattern.LintRedundant {
				continue
			}
			shorter := leaveOut(t, p, w.Offset)
			q, err := pattern.Compile(shorter)
			if err != nil {
				t.Fatalf("%s\n%s\n%v", p, shorter, err)
			}
			checked++
			want, _ := p.Match([]byte(event))
			if got, _ := q.Match([]byte(event)); got != want {
				t.Errorf("%s\n%s\n%s\n%s\nwith it %v, without it %v", w, src, shorter, event, want, got)
			}
		}
	}
	if checked < n/100 {
		t.Errorf("only %d redundant alternatives in %d patterns", checked, n)
	}
}

// leaveOut returns the source of a pattern without the alternative at an offset.
func leaveOut(t *testing.T, p *pattern.Pattern, offset int) string {
	t.Helper()
	x, err := p.Explain([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	src, end := p.String(), -1
	var find func(terms []pattern.Term)
	find = func(terms []pattern.Term) {
		for _, term := range terms {
			for _, b := range term.Branches {
				find(b.Terms)
			}
			if term.Field == nil {
				continue
			}
			for _, a := range term.Field.Alternatives {
				if a.Offset == offset {
					end = offset + len(a.Source)
				}
			}
		}
	}
	find(x.Terms)
	if end < 0 {
		t.Fatalf("%s: no alternative at %d", p, offset)
	}
	before, after := strings.TrimRight(src[:offset], " \t\r\n"), strings.TrimLeft(src[end:], " \t\r\n")
	if rest, ok := strings.CutPrefix(after, ","); ok {
		return before + rest
	}
	return strings.TrimSuffix(before, ",") + after
}

// FuzzLint holds that every pattern can be checked, and that warnings are located in it.
func FuzzLint(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.pattern, "")
	}
	seeds(f, "lint", func(pattern string, _ []byte) { f.Add(pattern, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") })
	f.Fuzz(func(t *testing.T, src, state string) {
		if p, err := pattern.Compile(src); err == nil {
			checkWarnings(t, p, nil)
			checkWarnings(t, p, &pattern.LintOptions{State: state, EventNames: map[string][]string{"iam.amazonaws.com": {state}}})
		}
	})
}
