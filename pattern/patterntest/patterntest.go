// Package patterntest tests event patterns that are kept in files, each beside events that it must match and events that it
// must not. A team that writes rules needs no other test code than this:
//
//	func TestPatterns(t *testing.T) {
//		patterntest.Run(t, os.DirFS("testdata/patterns"))
//	}
//
// A test is an archive in the txtar format, which is plain text: a file whose name ends in ".txtar", in any directory.
//
//	Why the pattern is as it is. This comment is required.
//	-- pattern.json --
//	{"source": ["aws.iam"], "detail": {"eventName": [{"prefix": "Delete"}]}}
//	-- match/delete-user.json --
//	{"source": "aws.iam", "detail": {"eventName": "DeleteUser"}}
//	-- nomatch/create-user.json --
//	{"source": "aws.iam", "detail": {"eventName": "CreateUser"}}
//
// There must be at least one event of either kind, for a pattern that matches everything passes half of the test. These files
// may be there as well:
//
//   - lint.txt: the codes of the warnings of [pattern.Pattern.Lint], one a line in the order of the source, with anything
//     behind a code as a comment. An empty file says that there must be none; without the file, warnings do not count.
//   - state.txt: the state of the rule, which decides about one of the warnings: ENABLED, which is the default, or
//     ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.
//   - error.txt: the reason, in AWS's words, for which the pattern is refused. Then there are no events.
package patterntest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/countertrail/countertrail/pattern"
)

const extension = ".txtar"

// Run runs each archive of fsys as a subtest, which has the name of the archive's file without the extension. It is an error
// if there is none. What fails is told with the place in the archive and with an explanation.
func Run(t *testing.T, fsys fs.FS) {
	t.Helper()
	names, err := archives(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(name, extension), func(t *testing.T) {
			t.Helper()
			for _, err := range check(fsys, name) {
				t.Error(err)
			}
		})
	}
}

// Test is Run for programs that are no tests: the error tells of everything that fails, or is nil.
func Test(fsys fs.FS) error {
	names, err := archives(fsys)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, check(fsys, name)...)
	}
	return errors.Join(errs...)
}

// archives returns the names of the archives.
func archives(fsys fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) == extension {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("patterntest: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("patterntest: no file whose name ends in " + extension)
	}
	return names, nil
}

// check returns what is wrong with an archive or fails in it.
func check(fsys fs.FS, name string) []error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return []error{fmt.Errorf("patterntest: %w", err)}
	}
	a := &archive{name: name, files: make(map[string]file)}
	a.read(data)
	if len(a.problems) == 0 {
		a.test()
	}
	slices.SortStableFunc(a.problems, func(x, y problem) int { return cmp.Compare(x.line, y.line) })
	var errs []error
	for _, p := range a.problems {
		errs = append(errs, fmt.Errorf("%s:%d: %s", name, p.line, p.text))
	}
	return errs
}

// An archive is one archive while it is being tested.
type archive struct {
	name     string
	files    map[string]file
	events   []file // in order
	problems []problem
}

type file struct {
	name string
	line int // of its first line in the archive
	data []byte
}

// A problem is something that is wrong at a line of the archive.
type problem struct {
	line int
	text string
}

func (a *archive) problemf(line int, format string, args ...any) {
	a.problems = append(a.problems, problem{line, fmt.Sprintf(format, args...)})
}

// read takes the archive apart and checks its form.
func (a *archive) read(data []byte) {
	parsed := txtar.Parse(data)
	line := 1 + bytes.Count(parsed.Comment, []byte("\n"))
	if len(bytes.TrimSpace(parsed.Comment)) == 0 {
		a.problemf(1, "no comment that says what the archive is for")
	}
	for _, f := range parsed.Files {
		header := line
		line += 1 + bytes.Count(f.Data, []byte("\n"))
		if _, ok := a.files[f.Name]; ok {
			a.problemf(header, "the name %q is taken", f.Name)
			continue
		}
		it := file{f.Name, header + 1, f.Data}
		a.files[f.Name] = it
		switch dir, base := path.Split(f.Name); {
		case (dir == "match/" || dir == "nomatch/") && path.Ext(base) == ".json" && base != ".json":
			a.events = append(a.events, it)
		case slices.Contains([]string{"pattern.json", "lint.txt", "state.txt", "error.txt"}, f.Name):
		default:
			a.problemf(header, "unknown file %q; want pattern.json, match/NAME.json, nomatch/NAME.json, lint.txt, state.txt or error.txt", f.Name)
		}
	}
	if _, ok := a.files["pattern.json"]; !ok {
		a.problemf(1, "no pattern.json")
	}
	_, refused := a.files["error.txt"]
	for _, kind := range []string{"match/", "nomatch/"} {
		is := func(f file) bool { return strings.HasPrefix(f.name, kind) }
		if i := slices.IndexFunc(a.events, is); i < 0 && !refused {
			a.problemf(1, "no event in %s", kind)
		} else if i >= 0 && refused {
			a.problemf(a.events[i].line-1, "a pattern that is refused, see error.txt, has no events")
		}
	}
}

// test makes the tests.
func (a *archive) test() {
	source := a.files["pattern.json"]
	// White space around the pattern is the archive's, and would count for its length.
	text := strings.TrimSpace(string(source.data))
	start := bytes.Index(source.data, []byte(text))
	p, err := pattern.Compile(text)
	if reason, ok := a.files["error.txt"]; ok {
		a.testError(reason, err)
		return
	}
	if err != nil {
		a.problemf(source.lineOf(start, err), "pattern.json: %v", err)
		return
	}
	for _, f := range a.events {
		a.testEvent(p, f)
	}
	if lint, ok := a.files["lint.txt"]; ok {
		a.testLint(p, lint, source, start)
	}
}

// lineOf returns the line in the archive of what an error is about, or else the first line of f. Start is where in f the text
// begins in which the error was found.
func (f file) lineOf(start int, err error) int {
	var syntax *pattern.SyntaxError
	var event *pattern.EventError
	offset := 0
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &event):
		offset = event.Offset
	}
	return f.lineAt(start + offset)
}

func (f file) lineAt(offset int) int {
	return f.line + bytes.Count(f.data[:min(offset, len(f.data))], []byte("\n"))
}

func (a *archive) testError(want file, err error) {
	reason := strings.TrimSpace(string(want.data))
	var syntax *pattern.SyntaxError
	switch {
	case !errors.As(err, &syntax):
		a.problemf(want.line, "the pattern is not refused; want the reason %q", reason)
	case syntax.Reason != reason:
		a.problemf(want.line, "the pattern is refused for the reason %q; want %q", syntax.Reason, reason)
	}
}

func (a *archive) testEvent(p *pattern.Pattern, f file) {
	want := strings.HasPrefix(f.name, "match/")
	x, err := p.Explain(f.data)
	switch {
	case err != nil:
		a.problemf(f.lineOf(0, err), "%s: %v", f.name, err)
	case x.Matched && !want:
		a.problemf(f.line-1, "%s: must not match, but does:\n%s", f.name, strings.TrimSpace(x.String()))
	case !x.Matched && want:
		a.problemf(f.line-1, "%s: must match, but does not:\n%s", f.name, strings.TrimSpace(x.String()))
	}
}

func (a *archive) testLint(p *pattern.Pattern, want, source file, start int) {
	type expected struct {
		code pattern.LintCode
		line int
	}
	var rest []expected
	line := want.line
	for text := range strings.Lines(string(want.data)) {
		if words := strings.Fields(text); len(words) > 0 {
			rest = append(rest, expected{pattern.LintCode(words[0]), line})
		}
		line++
	}
	state := strings.TrimSpace(string(a.files["state.txt"].data))
	for _, w := range p.Lint(&pattern.LintOptions{State: state}) {
		i := slices.IndexFunc(rest, func(e expected) bool { return e.code == w.Code })
		if i < 0 {
			a.problemf(source.lineAt(start+w.Offset), "pattern.json: a warning that is not in lint.txt: %s", w)
			continue
		}
		for _, missing := range rest[:i] {
			a.problemf(missing.line, "lint.txt: no such warning at this place: %s", missing.code)
		}
		rest = rest[i+1:]
	}
	for _, missing := range rest {
		a.problemf(missing.line, "lint.txt: no such warning: %s", missing.code)
	}
}
