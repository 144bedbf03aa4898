package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = "../replay/sample/cloudtrail.json"

// translated runs the command.
func translated(stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

// The README shows what the command prints.
func TestReadme(t *testing.T) {
	filters, err := os.ReadFile("testdata/filters.json")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := translated(string(filters), "-compact", "-log", sample)
	if status != 1 || stderr != "" {
		t.Errorf("status %d, stderr %q; want 1, since a filter has no pattern", status, stderr)
	}
	_, shown, _ := strings.Cut(string(readme), "\nprints\n\n")
	shown, _, _ = strings.Cut(shown, "\n\nThe second filter")
	want := strings.TrimSuffix("    "+strings.ReplaceAll(stdout, "\n", "\n    "), "\n    ")
	want = strings.ReplaceAll(want, "\n    \n", "\n\n")
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("README.md (-want +got):\n%s", diff)
	}
}

func TestRun(t *testing.T) {
	const simple = `{"detail-type":[{"suffix":" via CloudTrail"}],"detail":{"eventName":["A"]}}`
	for _, c := range []struct {
		name   string
		args   []string
		stdin  string
		status int
		stdout string
		stderr string // part of it
	}{{
		name:   "argument",
		args:   []string{"-compact", "{ $.eventName = A }"},
		stdout: "{ $.eventName = A }\n" + simple + "\n",
	}, {
		name:   "lines",
		args:   []string{"-compact"},
		stdin:  "# my filters\n\n{ $.eventName = A }\r\n  {$.eventName=A}",
		stdout: "{ $.eventName = A }\n" + simple + "\n\n{$.eventName=A}\n" + simple + "\n",
	}, {
		name: "description",
		args: []string{"-compact"},
		stdin: `{"metricFilters": [{"filterName": "a\u202e\u001b", "logGroupName": "g",
			"filterPattern": "{ $.eventName = A }"}]}`,
		stdout: "# a\\u202e\\u001b of g\n{ $.eventName = A }\n" + simple + "\n",
	}, {
		name:   "a pattern in ASCII",
		args:   []string{"-compact", "{ $.eventName = \"\u202eä😀\" }"},
		stdout: "{ $.eventName = \"\\u202eä😀\" }\n" + strings.Replace(simple, "A", `\u202e\u00e4\ud83d\ude00`, 1) + "\n",
	}, {
		name:   "no pattern",
		args:   []string{"{ $.a = x && $.b[0] = x }"},
		status: 1,
		stdout: "{ $.a = x && $.b[0] = x }\nhas no pattern: $.b[0] = x (offset 13): " +
			"EventBridge does not count the elements of an array; [*], for any of them, can be translated\n",
	}, {
		name:   "not a filter",
		args:   []string{"ERROR"},
		status: 1,
		stdout: "ERROR\ncannot be read: offset 0: a JSON filter stands in braces and begins with {; " +
			"only such filters can be read\n",
	}, {
		name:   "nothing",
		status: 1,
		stderr: "there is no filter on standard input",
	}, {
		name:   "no filters in a description",
		stdin:  `{"metricFilters": []}`,
		status: 1,
		stderr: "there is no filter on standard input",
	}, {
		name:   "no such flag",
		args:   []string{"-x"},
		status: 2,
		stderr: `flag provided but not defined: -x`,
	}, {
		name:   "no such log",
		args:   []string{"-compact", "-log", "testdata/nowhere", "{ $.eventName = A }"},
		status: 1,
		stdout: "{ $.eventName = A }\n" + simple + "\nof 0 records both match 0\n",
		stderr: "no such file",
	}, {
		name:   "help",
		args:   []string{"-h"},
		stdout: usage,
	}} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := translated(c.stdin, c.args...)
			if diff := cmp.Diff(c.stdout, stdout); diff != "" {
				t.Errorf("stdout (-want +got):\n%s", diff)
			}
			if status != c.status || !strings.Contains(stderr, c.stderr) || c.stderr == "" && stderr != "" {
				t.Errorf("status %d, stderr %q; want %d, %q", status, stderr, c.status, c.stderr)
			}
		})
	}
}

func TestQuota(t *testing.T) {
	for groups, warns := range map[int]bool{4: false, 5: true} {
		var terms []string
		for i := range groups {
			terms = append(terms, fmt.Sprintf("($.first%d = A || $.second%d = B)", i, i))
		}
		status, stdout, _ := translated("", "{ "+strings.Join(terms, " && ")+" }")
		if status != 0 || strings.Contains(stdout, "is longer than the quota") != warns {
			t.Errorf("%d groups: status %d, want 0 and a warning: %t:\n%s", groups, status, warns, stdout)
		}
	}
}

func TestLogs(t *testing.T) {
	record := func(name, id, x string) string {
		return fmt.Sprintf(`{"eventVersion": "1.11", "eventName": %q, "eventID": %q, "x": %s,
			"eventTime": "2026-03-17T01:02:0%sZ", "eventSource": "s3.amazonaws.com"}`, name, id, x, id)
	}
	plain := `{"Records": [` + record("A", "1", `"y"`) + "," + record("B", "2", `["y"]`) + "," +
		record("C\n", "3", "12") + "]}"
	dir := t.TempDir()
	log := filepath.Join(dir, "log.json.gz")
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	zw.Write([]byte(plain))
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(dir, "damaged.json")
	if err := os.WriteFile(damaged, []byte(plain[:len(plain)-9]), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter string
		logs   []string
		status int
		want   string // after the pattern
		stderr string // part of it
	}{
		{`{ $.eventName = A }`, []string{log}, 0, "of 3 records both match 1\n", ""},
		{`{ $.eventName = A }`, []string{log, log}, 0, "of 6 records both match 2\n", ""},
		{`{ $.x = "y" || $.x = "1*" }`, []string{log}, 1,
			"of 3 records both match 1 and one of the two 2:\n" +
				"  only the pattern matches B 2 of 2026-03-17 01:02:02\n" +
				"  only the filter matches C\\n 3 of 2026-03-17 01:02:03\n", ""},
		{`{ $.x = "y" }`, []string{log, log, log, log, log, log}, 1,
			"of 18 records both match 6 and one of the two 6:\n" +
				strings.Repeat("  only the pattern matches B 2 of 2026-03-17 01:02:02\n", 5) + "  and 1 more\n", ""},
		{`{ $.x[0] = "y" }`, []string{log}, 1, "of 3 records the filter matches 1\n", ""},
		{`{ $.eventName = B }`, []string{damaged}, 1, "of 2 records both match 1\n", "damaged.json"},
	} {
		args := []string{"-compact"}
		for _, name := range c.logs {
			args = append(args, "-log", name)
		}
		status, stdout, stderr := translated("", append(args, c.filter)...)
		_, got, _ := strings.Cut(stdout, "\n")
		_, got, _ = strings.Cut(got, "\n")
		if diff := cmp.Diff(c.want, got); diff != "" || status != c.status {
			t.Errorf("%s: status %d, want %d (-want +got):\n%s", c.filter, status, c.status, diff)
		}
		if !strings.Contains(stderr, c.stderr) || c.stderr == "" && stderr != "" {
			t.Errorf("%s: stderr %q; want %q", c.filter, stderr, c.stderr)
		}
	}
}
