package metricfilter

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/countertrail/countertrail/pattern"
)

var update = flag.Bool("update", false, "rewrite the patterns in testdata")

// A translation is a section of an archive: a filter, and the pattern that is equivalent or the error that says why there
// is none.
type translation struct {
	name   string // of the filter, or the reason for the test
	filter string
	want   string
}

const publishedFile = "testdata/published.txtar"

// readPublished reads the filters of the CIS AWS Foundations Benchmark.
func readPublished(t testing.TB) []translation { return readTranslations(t, publishedFile) }

func readTranslations(t testing.TB, file string) []translation {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []translation
	for _, f := range archive.Files {
		filter, want, _ := strings.Cut(string(f.Data), "\n")
		list = append(list, translation{f.Name, filter, strings.TrimSpace(want)})
	}
	return list
}

func TestTranslate(t *testing.T) {
	for _, file := range []string{publishedFile, "testdata/translations.txtar"} {
		t.Run(file, func(t *testing.T) { testTranslations(t, file) })
	}
}

func testTranslations(t *testing.T, file string) {
	got := make(map[string]string)
	for _, c := range readTranslations(t, file) {
		p, err := mustParse(t, c.filter).Pattern()
		if err != nil {
			got[c.name] = err.Error()
			checkTranslateError(t, c.filter, err)
		} else {
			got[c.name] = p.String()
		}
		if diff := cmp.Diff(c.want, got[c.name]); diff != "" && !*update {
			t.Errorf("%s: %s: (-want +got)\n%s", c.name, c.filter, diff)
		}
	}
	if *update {
		updateTranslations(t, file, got)
	}
}

func updateTranslations(t *testing.T, file string, got map[string]string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range archive.Files {
		filter, _, _ := strings.Cut(string(f.Data), "\n")
		archive.Files[i].Data = []byte(filter + "\n" + got[f.Name] + "\n\n")
	}
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// An error names a term by what stands in the filter.
func checkTranslateError(t *testing.T, filter string, err error) {
	t.Helper()
	var e *TranslateError
	if !errors.As(err, &e) || e.Reason == "" || !strings.HasPrefix(filter[e.Offset:], e.Term) {
		t.Errorf("%s: not a TranslateError that names a term of it: %#v", filter, err)
	}
}

// The patterns of the published filters are as people write them: lint finds nothing superfluous in them, and no field that
// records do not have. (It does say that != leaves out records without the field. So does the filter.)
func TestPublishedLint(t *testing.T) {
	for _, c := range readPublished(t) {
		p, err := mustParse(t, c.filter).Pattern()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, w := range p.Lint(nil) {
			switch w.Code {
			case pattern.LintRedundant, pattern.LintAnythingButOr, pattern.LintAlwaysAccepted, pattern.LintReplaced,
				pattern.LintUnknownField, pattern.LintMisplaced, pattern.LintWrongType, pattern.LintUnscoped:
				t.Errorf("%s: %s: %s", c.name, p, w)
			}
		}
	}
}

// What the translation of a text leaves to wildcards of EventBridge stands for the same texts.
func TestGlobs(t *testing.T) {
	texts := []string{"", "a", "b", "ab", "ba", "aa", "aba", "abab", "bab", `\`, `a\b`, "*", "a*b"}
	globs := []glob{{"a*b"}, {"*"}} // texts with a star, which only regular expressions can name
	for _, g := range []string{"a", "*", "a*", "*a", "*a*", "a*b", "a*b*", "*a*b", "*ab*b", "ab*ab", `a\*`, `*\`, "b*", "*b", "ab", ""} {
		globs = append(globs, newGlob(g))
	}
	for _, g := range globs {
		p := pattern.MustCompile(`{"x":[` + g.json() + `]}`)
		for _, s := range texts {
			got := g.match(s)
			if want, err := p.Match([]byte(`{"x":` + quote(s) + `}`)); got != want || err != nil {
				t.Errorf("%q matches %q: %t; EventBridge: %t, %v", g, s, got, want, err)
			}
		}
		for _, h := range globs {
			for _, s := range texts {
				if g.covers(h) && h.match(s) && !g.match(s) {
					t.Errorf("%q does not cover %q: %q", g, h, s)
				}
				if g.disjoint(h) && h.match(s) && g.match(s) {
					t.Errorf("%q and %q are not disjoint: %q", g, h, s)
				}
			}
		}
	}
}
