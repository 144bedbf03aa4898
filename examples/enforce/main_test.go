package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// output runs the command and returns what it prints.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), args, &stdout, &stderr); status != 0 {
		t.Fatalf("exit status %d\n%s", status, &stderr)
	}
	return stdout.String()
}

// What differs from run to run.
var (
	times   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	ids     = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)
	digests = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
)

func constant(text string) string {
	return digests.ReplaceAllString(ids.ReplaceAllString(times.ReplaceAllString(text, "TIME"), "ID"), "DIGEST")
}

// TestREADME holds that the README shows what the program prints.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var indented strings.Builder
	for line := range strings.Lines(output(t)) {
		if line != "\n" {
			indented.WriteString("    ")
		}
		indented.WriteString(line)
	}
	if got := constant(indented.String()); !strings.Contains(constant(string(readme)), got) {
		t.Errorf("the README does not show what the program prints:\n%s", got)
	}
}

// TestReceipts holds that what was done is kept where it was asked for, that of the refused nothing is,
// and that only their owner can read it.
func TestReceipts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "receipts")
	text := output(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 {
		t.Errorf("%d files, want one for each of the two starts: %v", len(entries), entries)
	}
	for _, e := range entries {
		id := strings.TrimSuffix(e.Name(), ".json")
		if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 || !strings.Contains(text, "receipt   "+id) {
			t.Errorf("%s: %v, error %v; was it told?\n%s", e.Name(), info.Mode(), err, text)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"a", "b"}, {"-h"}} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), args, &stdout, &stderr); status != 2 || stderr.String() != usage || stdout.Len() > 0 {
			t.Errorf("%q: exit status %d, output %q, %q", args, status, &stdout, &stderr)
		}
	}
}
