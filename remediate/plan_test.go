package remediate_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

func TestNewPlan(t *testing.T) {
	tests := []struct {
		finding rule.Finding
		want    remediate.Plan
		reason  string
	}{
		{finding(), remediate.Plan{Remediator: "fake", RuleID: "4.5", EventID: "event-id", Account: account, Region: region}, "everything is there"},
		{finding(withID("")), remediate.Plan{Remediator: "fake", RuleID: "4.5", Account: account, Region: region},
			"the id of the envelope is not the event's: a copy of the event has another"},
		{rule.Finding{Event: &event.Event{ID: "envelope-id", Account: account}}, remediate.Plan{Remediator: "fake", Account: account}, "no rule and no record"},
		{rule.Finding{}, remediate.Plan{Remediator: "fake"}, "nothing"},
	}
	for _, tt := range tests {
		tt.want.Steps = []remediate.Step{} // who reads it as JSON finds a list, though it is empty
		if diff := cmp.Diff(&tt.want, remediate.NewPlan("fake", tt.finding)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

// fullPlan returns a plan in which no field is zero.
func fullPlan() *remediate.Plan {
	step := func(name string) remediate.Step {
		return remediate.Step{
			Action: name + ":A", Resource: "arn:" + name, Region: region, Summary: "do " + name,
			Args: json.RawMessage(`{"a": "<1>"}`), Before: json.RawMessage(`{"b":1}`), After: json.RawMessage(`{"b":2}`),
			Command: "aws " + name, Remediator: "by " + name,
		}
	}
	first, second, inverse := step("first"), step("second"), step("inverse")
	first.Inverse = &inverse
	back := step("back")
	inverse.Inverse = &back
	return &remediate.Plan{
		Remediator: "fake", RuleID: "4.5", EventID: "event-id", Account: account, Region: region,
		Summary: "the summary", Steps: []remediate.Step{first, second}, Undoes: "receipt-id",
	}
}

// TestDigest holds that a change to any field changes the digest.
func TestDigest(t *testing.T) {
	seen := map[string]string{fullPlan().Digest(): "no change"}
	if again := fullPlan(); seen[again.Digest()] == "" {
		t.Fatal("two equal plans have two digests")
	}
	differs := func(p *remediate.Plan, change string) {
		t.Helper()
		d := p.Digest()
		if other, ok := seen[d]; ok {
			t.Errorf("%s has the digest of %s", change, other)
		}
		seen[d] = change
	}

	p := fullPlan()
	fields := 0
	var visit func(v reflect.Value, path string)
	visit = func(v reflect.Value, path string) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				visit(v.Field(i), path+"."+v.Type().Field(i).Name)
			}
		case reflect.Pointer:
			if v.IsNil() {
				return
			}
			visit(v.Elem(), path)
			old := v.Elem()
			v.SetZero()
			differs(p, path+" = nil")
			v.Set(old.Addr())
		case reflect.String:
			fields++
			old := v.String()
			if old == "" {
				t.Fatalf("%s is empty in fullPlan", path)
			}
			for _, s := range []string{"", old + " ", old + "\xff", old + "\xfe", old + "\uFFFD", old + `"`} {
				v.SetString(s)
				differs(p, path+" = "+s)
			}
			v.SetString(old)
		case reflect.Slice:
			if raw, ok := v.Interface().(json.RawMessage); ok {
				fields++
				if len(raw) == 0 {
					t.Fatalf("%s is empty in fullPlan", path)
				}
				v.SetZero()
				differs(p, path+" = nil")
				for _, s := range []string{`null`, `0`, `"0"`, `{`, `{"a":1}}`, `{"a": 1}}`} {
					v.SetBytes([]byte(s))
					differs(p, path+" = "+s)
				}
				v.Set(reflect.ValueOf(raw))
				return
			}
			for i := range v.Len() {
				visit(v.Index(i), path)
			}
		case reflect.Bool:
			fields++
			v.SetBool(!v.Bool())
			differs(p, path+" the other way")
			v.SetBool(!v.Bool())
		default:
			t.Fatalf("%s is a %s, of which this test does not know a change", path, v.Kind())
		}
	}
	for i := range p.Steps { // so that the paths differ
		p.Steps[i].Summary += strings.Repeat("!", i)
	}
	visit(reflect.ValueOf(&p.Steps[0]).Elem(), "step 1")
	visit(reflect.ValueOf(&p.Steps[1]).Elem(), "step 2")
	steps := p.Steps
	p.Steps = nil
	differs(p, "no steps")
	visit(reflect.ValueOf(p).Elem(), "plan")
	p.Steps = []remediate.Step{steps[1], steps[0]}
	differs(p, "the steps the other way round")
	p.Steps = steps[:1]
	differs(p, "one step")
	p.Steps = append(steps[:1:1], *steps[0].Inverse)
	differs(p, "the inverse as a step")

	if want := 7 + 4*10; fields != want {
		t.Errorf("visited %d fields, want %d", fields, want)
	}
}

// TestDigestJSON holds that a plan keeps its digest when it is written and read.
func TestDigestJSON(t *testing.T) {
	for _, p := range []*remediate.Plan{fullPlan(), {}, {Steps: []remediate.Step{}}, {Steps: []remediate.Step{{Args: json.RawMessage(`null`)}}}} {
		text, err := json.MarshalIndent(p, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		var back remediate.Plan
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if back.Digest() != p.Digest() {
			t.Errorf("%s: another digest", text)
		}
	}
}

func TestPlanString(t *testing.T) {
	p := fullPlan()
	p.Steps[1].Resource = "a\nb"
	want := "the summary\n1. first:A on \"arn:first\" in eu-west-1\n2. second:A on \"a\\nb\" in eu-west-1"
	if got := p.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.Steps[0].Manual = true
	if got := p.String(); !strings.Contains(got, "in eu-west-1 (suggestion)\n2.") {
		t.Errorf("with a suggestion: got %q", got)
	}
	p.Steps = nil
	if got := p.String(); got != "the summary" {
		t.Errorf("without steps: got %q", got)
	}
}

func TestReceiptChanged(t *testing.T) {
	var none *remediate.Receipt
	if none.Changed() {
		t.Error("no receipt tells of a change")
	}
	p := fullPlan()
	for _, tt := range []struct {
		statuses []remediate.StepStatus
		want     bool
	}{
		{nil, false},
		{[]remediate.StepStatus{remediate.StepFailed}, false},
		{[]remediate.StepStatus{remediate.StepAlreadyDone, remediate.StepAlreadyDone}, false},
		{[]remediate.StepStatus{remediate.StepAlreadyDone, remediate.StepDone}, true},
		{[]remediate.StepStatus{remediate.StepDone, remediate.StepFailed}, true},
	} {
		if got := receiptOf(p, tt.statuses...).Changed(); got != tt.want {
			t.Errorf("%v: %t, want %t", tt.statuses, got, tt.want)
		}
	}
}

func TestCommand(t *testing.T) {
	tests := []struct {
		words        []string
		want, reason string
	}{
		{nil, "", "nothing"},
		{[]string{"aws", "s3", "ls"}, "aws s3 ls", "plain words stay readable"},
		{[]string{"aws", "--name", "arn:aws:iam::1:role/a@b,c=d+e_f.g-h"}, "aws --name arn:aws:iam::1:role/a@b,c=d+e_f.g-h", "and so do ARNs"},
		{[]string{"aws", ""}, "aws ''", "an empty word is one"},
		{[]string{"aws", "a b"}, "aws 'a b'", "a space"},
		{[]string{"aws", "it's"}, `aws 'it'\''s'`, "a quote"},
		{[]string{"aws", "'"}, `aws ''\'''`, "nothing but a quote"},
		{[]string{"aws", `{"a":"b"}`}, `aws '{"a":"b"}'`, "JSON"},
		{[]string{"aws", "$(id)`id`"}, "aws '$(id)`id`'", "substitutions"},
		{[]string{"aws", "a\nb"}, "aws 'a\nb'", "a newline"},
		{[]string{"aws", "~", "*", "!", "#", "ä", "\xff"}, "aws '~' '*' '!' '#' 'ä' '\xff'", "what a shell may take for more than it is"},
	}
	for _, tt := range tests {
		if got := remediate.Command(tt.words...); got != tt.want {
			t.Errorf("%q: got %s, want %s; %s", tt.words, got, tt.want, tt.reason)
		}
	}
}

// FuzzCommand holds that a shell reads back the words, whatever they hold.
func FuzzCommand(f *testing.F) {
	f.Add("a", "it's", "")
	f.Add("$(id)", "`", "\\")
	f.Add("'\\''", "\n", "\xff\x00")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		words := []string{"aws", a, b, c}
		line := remediate.Command(words...)
		back, err := shellWords(line)
		if err != nil {
			t.Fatalf("%q: %s: %v", words, line, err)
		}
		if diff := cmp.Diff(words, back); diff != "" {
			t.Errorf("%q: %s reads back as (-want +got):\n%s", words, line, diff)
		}
	})
}

// shellWords reads the words of a line by the rules that POSIX gives for single quotes and
// backslashes. Any other character that POSIX says means something to a shell, outside quotes, is
// an error; of those that do so only in places, the equals sign may stand behind the first word.
func shellWords(line string) (words []string, err error) {
	var (
		word   []byte
		inWord bool
	)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ' ':
			if inWord {
				words = append(words, string(word))
			}
			word, inWord = nil, false
			continue
		case c == '\'':
			end := strings.IndexByte(line[i+1:], '\'')
			if end < 0 {
				return nil, errors.New("a quote that does not end")
			}
			word = append(word, line[i+1:i+1+end]...)
			i += end + 1
		case c == '\\':
			i++
			if i == len(line) || line[i] == '\n' {
				return nil, errors.New("a backslash before nothing")
			}
			word = append(word, line[i])
		case strings.IndexByte("|&;<>()$`\"\t\n*?[#~%!{}", c) >= 0 || c < ' ' || c > '~' || c == '=' && len(words) == 0:
			return nil, errors.New("a character that means something to a shell")
		default:
			word = append(word, c)
		}
		inWord = true
	}
	if inWord {
		words = append(words, string(word))
	}
	return words, nil
}
