package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// ran runs the command in an account.
func ran(t *testing.T, args ...string) (code int, stdout, stderr string, calls []string) {
	t.Helper()
	c := &cloud{t: t}
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs, c.load)
	return code, out.String(), errs.String(), c.calls
}

func TestGolden(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		args         []string
	}{
		{"controls", "what the controls watch for", nil},
		{"calls", "all that the remediators answer, and callers in quarantine", []string{"-calls", "-extended", "-quarantine", "cloudtrail:StopLogging"}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			code, stdout, stderr, _ := ran(t, append(tt.args, "testdata/month.json")...)
			if code != 1 || !strings.Contains(stderr, "incomplete") { // IAM may not be read
				t.Errorf("status %d, standard error %q", code, stderr)
			}
			if strings.ContainsFunc(stdout, func(c rune) bool { return c < ' ' && c != '\n' || c == '\u202e' }) {
				t.Error("the output holds what a terminal would obey")
			}
			path := filepath.Join("testdata", tt.name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(stdout), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), stdout); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccounts(t *testing.T) {
	const log = "testdata/organization.json"
	for _, tt := range []struct {
		reason         string
		args           []string
		code           int
		stdout, stderr string // parts
	}{
		{"another account's state is not ours", []string{log}, 1, "", `an event is of account "210987654321"`},
		{"one of several is named", []string{"-account", "123456789012", log}, 0, "being of other accounts: 1.", ""},
		{"the named one is not the credentials'", []string{"-account", "210987654321", log}, 1, "", "the credentials are of account 123456789012"},
		{"a file is given twice", []string{"-account", "123456789012", log, log}, 0, "being in the logs before: 1.", ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			code, stdout, stderr, _ := ran(t, tt.args...)
			if code != tt.code || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("status %d, output\n%s%s", code, stdout, stderr)
			}
		})
	}
}

// A log of nothing that a control watches for costs the one call that asks whose the credentials are.
func TestReadsOnlyForFindings(t *testing.T) {
	name := filepath.Join(t.TempDir(), "quiet.json")
	const log = `{"Records":[{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","eventType":"AwsApiCall",
		"recipientAccountId":"123456789012","readOnly":true}]}`
	if err := os.WriteFile(name, []byte(log), 0o644); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr, calls := ran(t, name)
	if code != 0 || !strings.Contains(stdout, "Events: 1. With findings: 0.") || !slices.Equal(calls, []string{"GetCallerIdentity"}) {
		t.Errorf("status %d, calls %q, output\n%s%s", code, calls, stdout, stderr)
	}
}

func TestInputs(t *testing.T) {
	dir := t.TempDir()
	month, err := os.ReadFile("testdata/month.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"03/month.json":     string(month),
		"03/notes.txt":      "not looked into",
		"04/digest.json":    `{"digestStartTime":"2026-03-17T00:00:00Z","logFiles":[]}`,
		"04/broken.json.gz": "{",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, stderr, _ := ran(t, dir)
	for _, want := range []string{"Events: 8.", "being no records: 1."} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if code != 1 || !strings.Contains(stderr, "broken.json.gz") || !strings.Contains(stderr, "could not be read: 1") {
		t.Errorf("status %d, standard error %q", code, stderr)
	}
	if code, _, _, _ := ran(t, filepath.Join(dir, "04", "broken.json.gz")); code != 1 {
		t.Errorf("status %d for what could not be read, want 1", code)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		reason string
		args   []string
		code   int
		want   string
	}{
		{"no logs", nil, 2, "no logs are named"},
		{"no such flag", []string{"-write", "x"}, 2, "-write"},
		{"an account is twelve digits", []string{"-account", "1234", "x"}, 2, "twelve digits"},
		{"a call has a service", []string{"-quarantine", "DeleteTrail", "x"}, 2, "is not a call"},
		{"no such file", []string{"testdata/none.json"}, 1, "none.json"},
		{"a directory without logs", []string{t.TempDir()}, 1, "no file in it"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			code, _, stderr, calls := ran(t, tt.args...)
			if code != tt.code || !strings.Contains(stderr, tt.want) || len(calls) > 0 {
				t.Errorf("status %d, standard error %q, calls %q", code, stderr, calls)
			}
		})
	}
}

// What ends a run must not be taken for the end of the logs.
func TestInterrupted(t *testing.T) {
	c := &cloud{t: t}
	ctx, cancel := context.WithCancel(t.Context())
	load := func(ctx context.Context, s settings) (aws.Config, error) {
		cfg, err := c.load(ctx, s)
		cfg.HTTPClient = cancels{c, cancel}
		return cfg, err
	}
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"testdata/month.json"}, &out, &errs, load); code != 1 || !strings.Contains(errs.String(), "canceled") {
		t.Errorf("status %d, standard error %q", code, errs.String())
	}
	if strings.Contains(out.String(), "remediator  ") {
		t.Error("a table of what was not all asked is printed")
	}
}

func TestREADME(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	_, policy, _, _ := ran(t, "-policy")
	if !strings.Contains(readme, "```json\n"+policy+"```\n") {
		t.Errorf("the policy is not\n%s", policy)
	}
	_, output, _, _ := ran(t, "testdata/month.json")
	_, shown, _ := strings.Cut(readme, "```text\n")
	shown, _, ok := strings.Cut(shown, "```\n")
	if !ok || !strings.Contains(output, shown) {
		t.Errorf("the output has no\n%s", shown)
	}
}
