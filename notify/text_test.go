package notify_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/rule"
)

var update = flag.Bool("update", false, "write the golden files anew")

// trailStopped is a finding on a stopped trail, and its message without actions.
func trailStopped() rule.Finding {
	return rule.Finding{
		Rule: &rule.Rule{
			ID: "4.5", Title: "CloudTrail configuration changed", Severity: rule.Critical,
			Description: "A trail that does not log leaves no trace of what comes next.\nLook first at who stopped it, and from where.",
			References:  []string{"https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"},
		},
		Event: &event.Event{
			ID: "7bf73129-1428-4cd3-a780-95db273d1602", DetailType: event.DetailTypeAPICall, Source: "aws.cloudtrail",
			Account: "123456789012", Region: "eu-west-1", Time: at,
		},
		Record: &event.Record{
			EventSource: "cloudtrail.amazonaws.com", EventName: "StopLogging", EventTime: at,
			AWSRegion: "eu-west-1", RecipientAccountID: "123456789012",
			EventID:         "11111111-2222-4333-8444-555555555555",
			SourceIPAddress: "203.0.113.5", UserAgent: "aws-cli/2.15.0",
			RequestParameters: json.RawMessage(`{"name":"arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"}`),
			ResponseElements:  json.RawMessage(`null`),
			UserIdentity: event.UserIdentity{
				Type: event.IdentityAssumedRole, PrincipalID: "AROAEXAMPLE0000000001:alice",
				ARN: "arn:aws:sts::123456789012:assumed-role/deploy/alice", AccountID: "123456789012", AccessKeyID: "ASIAEXAMPLE000000001",
				SessionContext: &event.SessionContext{
					SessionIssuer:  event.SessionIssuer{UserName: "deploy", ARN: "arn:aws:iam::123456789012:role/ci/deploy"},
					CreationDate:   at.Add(-time.Hour),
					SourceIdentity: "alice@example.com",
				},
			},
		},
	}
}

var at = time.Date(2026, 10, 5, 9, 15, 2, 0, time.UTC)

// startLogging is the action that answers [trailStopped].
func startLogging(outcome, status string) notify.Action {
	return notify.Action{
		Remediator: "trailfix", Outcome: outcome, Summary: "start logging of the trail main",
		Steps: []notify.Change{{
			Action: "cloudtrail:StartLogging", Resource: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main", Region: "eu-west-1",
			Summary: "the trail logs again",
			Command: "aws cloudtrail start-logging --name arn:aws:cloudtrail:eu-west-1:123456789012:trail/main --region eu-west-1",
			Status:  status,
			Undo:    "aws cloudtrail stop-logging --name arn:aws:cloudtrail:eu-west-1:123456789012:trail/main --region eu-west-1",
		}},
	}
}

// hostile is a text as an attacker might choose it.
const hostile = "x\x1b[2J\r\nwho       nobody\u202egnp.exe\u200b\u2066\xff"

func TestTextGolden(t *testing.T) {
	for _, tt := range []struct {
		name    string
		reason  string
		message func() *notify.Message
	}{
		{"applied", "the usual case, with everything in it", func() *notify.Message {
			m := notify.NewMessage(trailStopped())
			m.Actions = []notify.Action{startLogging("verified", "done")}
			return m
		}},
		{"planned", "what would be done is told with the call that does it", func() *notify.Message {
			m := notify.NewMessage(trailStopped())
			m.Actions = []notify.Action{startLogging("planned", "")}
			return m
		}},
		{"refused", "why nothing was done is told", func() *notify.Message {
			f := trailStopped()
			f.Event.ReplayName = "audit"
			m := notify.NewMessage(f)
			m.Actions = []notify.Action{
				{Remediator: "trailfix", Outcome: "refused", Reason: `the event was sent again by the replay "audit"`},
				{Remediator: "other", Outcome: "failed", Summary: "say so elsewhere", Reason: "access denied"},
			}
			return m
		}},
		{"nothing to do", "why is told once, though a plan without steps says it as well", func() *notify.Message {
			m := notify.NewMessage(trailStopped())
			m.Actions = []notify.Action{{
				Remediator: "trailfix", Outcome: "nothing to do", Summary: "the trail logs again", Reason: "the trail logs again",
			}}
			return m
		}},
		{"long description", "it is wrapped to 80 columns, each paragraph by itself, and a longer word stays whole", func() *notify.Message {
			f := trailStopped()
			f.Rule.Description = strings.Repeat("words of a rule ", 8) + "\n\n" + strings.Repeat("東", 100) + " end\n"
			return notify.NewMessage(f)
		}},
		{"failed call", "that the call failed, and why, is told before anything else", func() *notify.Message {
			f := trailStopped()
			f.Record.ErrorCode, f.Record.ErrorMessage = "AccessDenied", "User: alice is not authorized to perform: cloudtrail:StopLogging"
			return notify.NewMessage(f)
		}},
		{"failed sign-in", "the mark in the place of a hidden name is no name", func() *notify.Message {
			f := signIn(event.UserIdentity{
				Type: event.IdentityIAMUser, PrincipalID: "AIDAEXAMPLE0000000001", AccountID: "123456789012",
				UserName: "HIDDEN_DUE_TO_SECURITY_REASONS",
			}, `{"MFAUsed":"No"}`)
			f.Record.ErrorMessage = "Failed authentication"
			return notify.NewMessage(f)
		}},
		{"hostile", "no string can break out of its line, reorder it or hide in it", func() *notify.Message {
			return fill(hostile, 2)
		}},
		{"not cloudtrail", "an event without a record has no call and nobody who made it", func() *notify.Message {
			return notify.NewMessage(rule.Finding{
				Rule: &rule.Rule{ID: "guardduty", Title: "GuardDuty finding", Severity: rule.High},
				Event: &event.Event{
					ID: "c8c4daa7-a20c-2f03-0070-b7393dd542ad", DetailType: "GuardDuty Finding", Source: "aws.guardduty",
					Account: "123456789012", Region: "eu-west-1", Time: at,
					Resources: []string{"arn:aws:guardduty:eu-west-1:123456789012:detector/1"},
				},
			})
		}},
		{"empty", "a message without anything is still told", func() *notify.Message {
			return notify.NewMessage(rule.Finding{})
		}},
		{"other account", "a caller from outside is pointed out, and so is a service that calls for him", func() *notify.Message {
			f := trailStopped()
			f.Record.UserIdentity = event.UserIdentity{
				Type: event.IdentityAWSAccount, PrincipalID: "AIDAEXAMPLE0000000002", AccountID: "111122223333",
				InvokedBy: "cloudformation.amazonaws.com",
			}
			return notify.NewMessage(f)
		}},
		{"long lists", "every element is shown, and nothing is undone that cannot be", func() *notify.Message {
			m := notify.NewMessage(trailStopped())
			m.Resources = []string{"one", "two", "three"}
			a := startLogging("partial", "done")
			a.Steps = append(a.Steps, notify.Change{Action: "cloudtrail:UpdateTrail", Resource: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main", Status: "failed"})
			m.Actions = []notify.Action{a}
			return m
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := notify.Text(tt.message(), 0)
			golden := filepath.Join("testdata", "text", strings.ReplaceAll(tt.name, " ", "-")+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
			}
			checkShown(t, got)
		})
	}
}

// signIn returns a finding on a console sign-in of u.
func signIn(u event.UserIdentity, additional string) rule.Finding {
	return rule.Finding{
		Rule:  &rule.Rule{ID: "4.6", Title: "Console sign-in failed", Severity: rule.Medium},
		Event: &event.Event{ID: "e", DetailType: event.DetailTypeSignIn, Source: "aws.signin", Account: "123456789012", Region: "us-east-1", Time: at},
		Record: &event.Record{
			EventSource: "signin.amazonaws.com", EventName: "ConsoleLogin", EventTime: at, EventID: "22222222-3333-4444-8555-666666666666",
			SourceIPAddress: "198.51.100.23", UserAgent: "Mozilla/5.0",
			UserIdentity:        u,
			RequestParameters:   json.RawMessage(`null`),
			AdditionalEventData: json.RawMessage(additional),
		},
	}
}

// fill returns a message with s in the place of every string and n elements in every list. The
// description, which has lines of its own, is s once.
func fill(s string, n int) *notify.Message {
	m := &notify.Message{
		Key: s, RuleID: s, Title: s, Description: s, Severity: rule.Critical, Call: s, Failed: true, Error: s, Time: at,
		Account: s, Region: s, EventID: s, Replay: s,
		Actor: notify.Actor{
			Type: s, ARN: s, Name: s, AccountID: s, AccessKeyID: s, MFA: s, InvokedBy: s, SourceIP: s, UserAgent: s, SourceIdentity: s,
		},
	}
	for range n {
		m.References = append(m.References, s)
		m.Resources = append(m.Resources, s)
		m.Notes = append(m.Notes, s)
		a := notify.Action{Remediator: s, Outcome: s, Summary: s, Reason: s}
		for range n {
			a.Steps = append(a.Steps, notify.Change{Action: s, Resource: s, Region: s, Summary: s, Command: s, Status: s, Undo: s})
		}
		m.Actions = append(m.Actions, a)
	}
	return m
}

// checkShown fails if text holds anything but lines of visible characters.
func checkShown(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("not UTF-8: %q", text)
	}
	for _, r := range text {
		if r != '\n' && (!unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("text holds %U: %q", r, text)
			return
		}
	}
}

func TestHeadline(t *testing.T) {
	full := &notify.Message{Title: "CloudTrail logging stopped", RuleID: "4.5", Severity: rule.Critical, Account: "123456789012", Region: "eu-west-1"}
	long := *full
	long.Title = strings.Repeat("東", 500)
	endless := *full
	endless.RuleID = strings.Repeat("r", 500)
	for _, tt := range []struct {
		message *notify.Message
		max     int
		want    string
		reason  string
	}{
		{full, 99, "[CRITICAL] CloudTrail logging stopped: 4.5 in 123456789012/eu-west-1", "it fits"},
		{&long, 60, "[CRITICAL] 東東東東東東東東東東東…(+489): 4.5 in 123456789012/eu-west-1", "the title is cut first"},
		{full, 55, "[CRITICAL] CloudTrail…(+16): 4.5 in 123456789012/…(+9)", "then the end"},
		{&endless, 99, "[CRITICAL] CloudTrail…(+16): " + strings.Repeat("r", 41) + "…(+459) in 12345678901…(+11)", "a rule's id is cut as well"},
		{&notify.Message{Call: "s3:PutBucketAcl", Region: "eu-west-1"}, 99, "[INFO] s3:PutBucketAcl in eu-west-1", "no title, no rule, no account"},
		{&notify.Message{}, 99, "[INFO] finding without a title", "nothing"},
		{&notify.Message{Severity: 9}, 99, "[SEVERITY(9)] finding without a title", "a severity that does not exist"},
		{&notify.Message{Title: hostile}, 99, `[INFO] x\u001b[2J\r\nwho  \u0020\u0020\u0020\u0020\u0020nobody\u202egnp.exe\u200b\u2066\xff`, "hostile text"},
		{&notify.Message{Title: "CloudTrail logging stopped", RuleID: "4.5", Failed: true}, 99, "[INFO] CloudTrail logging stopped (call failed): 4.5", "nothing was stopped"},
		{full, 1, "…", "one character"},
		{full, 0, "", "no room"},
	} {
		if got := notify.Headline(tt.message, tt.max); got != tt.want {
			t.Errorf("Headline(%d) = %q, want %q: %s", tt.max, got, tt.want, tt.reason)
		}
	}
}

// FuzzText holds the promise of Text: whatever the strings of a message are, each stays in its line,
// and the text fits.
func FuzzText(f *testing.F) {
	for _, s := range []string{"x", hostile, "\n", " ", "東京", "\u202e", "aws s3 rm 'x\n'", strings.Repeat("長", 1100)} {
		for _, max := range []int{0, 1, 3, 4, 100, 5000, 100_000} {
			f.Add(s, 2, max)
		}
	}
	f.Fuzz(func(t *testing.T, s string, n, max int) {
		if s == "" || s == "planned" || n < 0 || n > 12 {
			t.Skip("other lines, or too many")
		}
		m, plain := fill(s, n), fill("x", n)
		m.Description = plain.Description // has lines of its own
		text := notify.Text(m, max)
		checkShown(t, text)
		if max > 0 && len(text) > max {
			t.Errorf("%d bytes, want at most %d", len(text), max)
		}
		if !strings.HasSuffix(text, "\n") {
			t.Errorf("Text = %q, does not end in a line break", text)
		}
		all := notify.Text(m, 0)
		if got, want := strings.Count(all, "\n"), strings.Count(notify.Text(plain, 0), "\n"); got != want {
			t.Errorf("%d lines with %q, want %d:\n%s", got, s, want, all)
		}
	})
}

func TestTextFits(t *testing.T) {
	m := notify.NewMessage(trailStopped())
	m.Actions = []notify.Action{startLogging("applied", "done")}
	full := notify.Text(m, 0)

	m.Description = strings.Repeat("背景 ", 100_000)
	for _, tt := range []struct {
		max    int
		has    []string
		hasNot []string
		reason string
	}{
		{len(full) + 200, []string{"undo      aws", "resource  arn", "shortened to fit"}, []string{"背景", "see "}, "the description goes first"},
		{1000, []string{"who       deploy (session alice)", "applied by trailfix", "steps of the actions are left out"}, []string{"undo"}, "then the steps"},
		{100, []string{"[CRITICAL] CloudTrail configuration changed: 4.5 in 123456789012/eu-west-1\n", "…\n"}, nil, "at last the end"},
	} {
		text := notify.Text(m, tt.max)
		if len(text) > tt.max {
			t.Errorf("%d bytes, want at most %d: %s", len(text), tt.max, tt.reason)
		}
		for _, s := range tt.has {
			if !strings.Contains(text, s) {
				t.Errorf("no %q in %d bytes: %s\n%s", s, tt.max, tt.reason, text)
			}
		}
		for _, s := range tt.hasNot {
			if strings.Contains(text, s) {
				t.Errorf("%q in %d bytes: %s\n%s", s, tt.max, tt.reason, text)
			}
		}
	}
}

// A command that is not shown as it is must not be copied.
func TestTextCommands(t *testing.T) {
	const warning = "(not as it is, do not run) "
	for _, tt := range []struct{ command, want, reason string }{
		{"aws s3api put-bucket-acl --bucket x", "aws s3api put-bucket-acl --bucket x", "as it is"},
		{"aws iam delete-user --user-name 'a\u202eb'", warning + `aws iam delete-user --user-name 'a\u202eb'`, "the escape is another name"},
		{"aws x\naws y", warning + `aws x\naws y`, "a second command"},
		{strings.Repeat("x", 40_000), warning + strings.Repeat("x", 1015) + "…(+38985)", "the end is missing"},
	} {
		m := &notify.Message{Actions: []notify.Action{{Steps: []notify.Change{{Command: tt.command, Undo: tt.command}}}}}
		text := notify.Text(m, 0)
		for _, line := range []string{"\ncall      " + tt.want + "\n", "\nundo      " + tt.want + "\n"} {
			if !strings.Contains(text, line) {
				t.Errorf("no line %q: %s\n%s", line, tt.reason, text)
			}
		}
	}
}
