package deploy

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/countertrail/countertrail/rule"
)

func TestLine(t *testing.T) {
	for _, tt := range []struct{ text, want, reason string }{
		{"CloudTrail stopped", "CloudTrail stopped", "text"},
		{" a \n\t b\r\n", "a b", "one line"},
		{"a\x00b\x1b[31m", "a b [31m", "controls"},
		{"a\u202eb\u200bc\ufeff", "abc", "what is not seen"},
		{"a\xffb", "ab", "what is no text"},
		{"{{resolve:ssm:x}}", "{ {resolve:ssm:x}}", "a dynamic reference"},
		{"{{{resolve:x}}}", "{ { {resolve:x}}}", "one behind a brace"},
		{"{\u200b{resolve:ssm:x}}", "{ {resolve:ssm:x}}", "one that becomes one"},
		{strings.Repeat("é", 21), strings.Repeat("é", 17) + "...", "too long"},
		{strings.Repeat("é", 20), strings.Repeat("é", 20), "just fits"},
	} {
		if got := line(tt.text, 20); got != tt.want {
			t.Errorf("line(%q) = %q, want %q: %s", tt.text, got, tt.want, tt.reason)
		}
	}
}

// An input template is lines in quotes, whose angle brackets hold names of paths.
func TestMessage(t *testing.T) {
	for _, title := range []string{"Trail stopped", `a "quoted" <account> \n \`, strings.Repeat("x", 600)} {
		text := message(rule.Rule{ID: "4.5", Title: title, Severity: rule.High})
		for l := range strings.SplitSeq(text, "\n") {
			inner, ok := strings.CutPrefix(l, `"`)
			inner, ok2 := strings.CutSuffix(inner, `"`)
			if !ok || !ok2 || strings.ContainsAny(inner, `"\`) {
				t.Errorf("the line %s is not one quoted string", l)
			}
		}
		for _, p := range messagePaths {
			if strings.Count(text, "<"+p[0]+">") != 1 {
				t.Errorf("<%s> is not once in %s", p[0], text)
			}
			text = strings.Replace(text, "<"+p[0]+">", "", 1)
		}
		if strings.ContainsAny(text, "<>") {
			t.Errorf("more than the paths is in brackets: %s", text)
		}
		if n := utf8.RuneCountInString(text); n > 8192 {
			t.Errorf("%d characters, EventBridge allows 8192", n)
		}
	}
}
