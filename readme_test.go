package countertrail_test

import (
	"os"
	"strings"
	"testing"
)

// The README's snippet is the middle of the package's Example, which runs.
func TestREADMESnippet(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "```go\n")
	snippet, _, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatal("the README has no Go snippet")
	}
	var example strings.Builder
	for line := range strings.Lines(string(source)) {
		example.WriteString(strings.TrimPrefix(line, "\t"))
	}
	if !strings.Contains(example.String(), snippet) {
		t.Errorf("the README's snippet is not part of Example in example_test.go:\n%s", snippet)
	}
}
