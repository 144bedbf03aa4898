package sns_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/notify"
	notifysns "github.com/countertrail/countertrail/notify/sns"
	"github.com/countertrail/countertrail/rule"
)

const (
	topicARN = "arn:aws:sns:eu-west-1:123456789012:security-alerts"
	fifoARN  = topicARN + ".fifo"
)

// A fakeTopic keeps the last call of Publish and answers with err.
type fakeTopic struct {
	in     *sns.PublishInput
	region string // where the call would go
	err    error
}

func (f *fakeTopic) Publish(_ context.Context, in *sns.PublishInput, opts ...func(*sns.Options)) (*sns.PublishOutput, error) {
	f.in = in
	var o sns.Options
	for _, opt := range opts {
		opt(&o)
	}
	f.region = o.Region
	return &sns.PublishOutput{}, f.err
}

// publish sends m and returns the call.
func publish(t testing.TB, arn string, opts *notifysns.Options, m *notify.Message) *sns.PublishInput {
	t.Helper()
	var api fakeTopic
	n, err := notifysns.New(&api, arn, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Notify(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return api.in
}

func stopped() *notify.Message {
	return &notify.Message{
		Key: "key", RuleID: "4.5", Title: "CloudTrail logging stopped", Severity: rule.Critical,
		Description: "A trail that does not log leaves no trace.", References: []string{"https://docs.aws.amazon.com/"},
		Call: "cloudtrail:StopLogging", Time: time.Date(2026, 10, 5, 9, 15, 2, 0, time.UTC),
		Account: "123456789012", Region: "eu-west-1", EventID: "11111111-2222-4333-8444-555555555555",
		Actor:     notify.Actor{Type: "Root", Name: "root of 123456789012", SourceIP: "203.0.113.5", UserAgent: "aws-cli/2.15.0"},
		Resources: []string{"trail/main"},
		Actions:   []notify.Action{{Remediator: "trailfix", Outcome: "verified", Summary: "start logging of the trail main"}},
	}
}

func TestNotify(t *testing.T) {
	m := stopped()
	api := new(fakeTopic)
	n, err := notifysns.New(api, topicARN, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Notify(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if api.region != "eu-west-1" {
		t.Errorf("call in Region %q, want that of the topic", api.region)
	}
	in := api.in
	if got := *in.TopicArn; got != topicARN {
		t.Errorf("topic %q", got)
	}
	if got, want := *in.Subject, "[CRITICAL] CloudTrail logging stopped: 4.5 in 123456789012/eu-west-1"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	if got, want := *in.Message, notify.Text(m, 0); got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if in.MessageGroupId != nil || in.MessageDeduplicationId != nil {
		t.Error("ids of FIFO topics on a topic that is none")
	}
	if in.MessageStructure != nil {
		t.Error("SNS would read the message as one for each protocol")
	}
	want := map[string]string{"severity": "critical", "control": "4.5", "account": "123456789012", "region": "eu-west-1", "outcome": "verified"}
	if diff := cmp.Diff(want, attributeValues(in)); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func attributeValues(in *sns.PublishInput) map[string]string {
	values := make(map[string]string)
	for name, a := range in.MessageAttributes {
		values[name] = *a.StringValue
	}
	return values
}

func TestNotifyEmpty(t *testing.T) {
	in := publish(t, topicARN, nil, new(notify.Message))
	checkRules(t, in)
	want := map[string]string{"severity": "info", "control": "unknown", "account": "unknown", "region": "unknown", "outcome": "none"}
	if diff := cmp.Diff(want, attributeValues(in)); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func TestNotifyJSON(t *testing.T) {
	m := stopped()
	in := publish(t, topicARN, &notifysns.Options{JSON: true}, m)
	checkRules(t, in)
	var got notify.Message
	if err := json.Unmarshal([]byte(*in.Message), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, &got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	m.Severity = 99
	n, err := notifysns.New(new(fakeTopic), topicARN, &notifysns.Options{JSON: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Notify(t.Context(), m); err == nil || !strings.HasPrefix(err.Error(), "sns: ") {
		t.Errorf("error %v for a severity that has no name", err)
	}
}

func TestNew(t *testing.T) {
	name256 := strings.Repeat("n", 256)
	for _, tt := range []struct {
		arn    string
		want   string // the error
		reason string
	}{
		{topicARN, "", "a topic"},
		{fifoARN, "", "a FIFO topic"},
		{"arn:aws-cn:sns:cn-north-1:123456789012:a", "", "China"},
		{"arn:aws-us-gov:sns:us-gov-west-1:123456789012:a_b-C9", "", "GovCloud"},
		{"arn:aws-iso-b:sns:us-isob-east-1:123456789012:a", "", "a partition that few see"},
		{"arn:aws-eusc:sns:eusc-de-east-1:123456789012:a", "", "a partition that is new"},
		{"arn:aws:sns:eu-west-1:123456789012:" + name256, "", "the longest name"},

		{"", `sns: topic ARN "": want arn:PARTITION:sns:REGION:ACCOUNT:NAME`, "nothing"},
		{"security-alerts", `sns: topic ARN "security-alerts": want arn:PARTITION:sns:REGION:ACCOUNT:NAME`, "a name"},
		{topicARN + ":6bd4f1d1", `sns: topic ARN "` + topicARN + `:6bd4f1d1": it is that of a subscription; leave the last part out`, "a subscription"},
		{"arn:aws:sqs:eu-west-1:123456789012:a", `sns: topic ARN "arn:aws:sqs:eu-west-1:123456789012:a": it is of the service "sqs"`, "a queue"},
		{"arn:gcp:sns:eu-west-1:123456789012:a", `sns: topic ARN "arn:gcp:sns:eu-west-1:123456789012:a": no partition "gcp"`, "a partition that cannot be"},
		{"arn:aws:sns::123456789012:a", `sns: topic ARN "arn:aws:sns::123456789012:a": no Region ""`, "no Region"},
		{"arn:aws:sns:eu-west-1:12345:a", `sns: topic ARN "arn:aws:sns:eu-west-1:12345:a": no account "12345"; want twelve digits`, "an account that cannot be"},
		{"arn:aws:sns:eu-west-1:123456789012:", `sns: topic ARN "arn:aws:sns:eu-west-1:123456789012:": no topic name ""; want at most 256 letters, digits, - and _`, "no name"},
		{"arn:aws:sns:eu-west-1:123456789012:a.b", `sns: topic ARN "arn:aws:sns:eu-west-1:123456789012:a.b": no topic name "a.b"; want at most 256 letters, digits, - and _`, "a full stop"},
		{topicARN + "\n", `sns: topic ARN "` + topicARN + `\n": no topic name "security-alerts\n"; want at most 256 letters, digits, - and _`, "a line break, as files have"},
		{"arn:aws:sns:eu-west-1:123456789012:" + name256 + ".fifo", `sns: topic ARN "arn:aws:sns:eu-west-1:123456789012:` + name256 + `.fifo": no topic name "` + name256 + `.fifo"; want at most 256 letters, digits, - and _`, "the suffix counts"},
	} {
		_, err := notifysns.New(new(fakeTopic), tt.arn, nil)
		if got := fmt.Sprint(err); got != tt.want && (err != nil || tt.want != "") {
			t.Errorf("error %q, want %q: %s", got, tt.want, tt.reason)
		}
	}
	if _, err := notifysns.New(nil, topicARN, nil); err == nil {
		t.Error("no error without a client")
	}
}

func TestFIFO(t *testing.T) {
	base := publish(t, fifoARN, nil, stopped())
	if got := *base.MessageGroupId; got != "123456789012/4.5" {
		t.Errorf("group %q", got)
	}
	for _, tt := range []struct {
		reason    string
		sameGroup bool
		sameID    bool
		change    func(*notify.Message)
	}{
		{"the same again", true, true, func(*notify.Message) {}},
		{"worded otherwise", true, true, func(m *notify.Message) { m.Title = "reworded" }},
		{"what was planned and what was done are two messages", true, false, func(m *notify.Message) { m.Actions[0].Outcome = "planned" }},
		{"so are two that different remediators answered", true, false, func(m *notify.Message) { m.Actions[0].Remediator = "other" }},
		{"another finding", true, false, func(m *notify.Message) { m.Key = "other" }},
		{"another rule stands in no order to this one", false, true, func(m *notify.Message) { m.RuleID = "4.3" }},
		{"nor does another account", false, true, func(m *notify.Message) { m.Account = "111122223333" }},
		{"parts that join to the same text", true, false, func(m *notify.Message) { m.Key, m.Actions[0].Remediator = `key""trail`, "fix" }},
	} {
		m := stopped()
		tt.change(m)
		in := publish(t, fifoARN, nil, m)
		checkRules(t, in)
		if got := *in.MessageGroupId == *base.MessageGroupId; got != tt.sameGroup {
			t.Errorf("same group: %t, want %t: %s", got, tt.sameGroup, tt.reason)
		}
		if got := *in.MessageDeduplicationId == *base.MessageDeduplicationId; got != tt.sameID {
			t.Errorf("same id: %t, want %t: %s", got, tt.sameID, tt.reason)
		}
	}
}

func TestSubject(t *testing.T) {
	for _, tt := range []struct {
		change func(*notify.Message)
		want   string
		reason string
	}{
		{func(m *notify.Message) { m.Title = "Protokollierung für „main“ gestoppt" },
			"[CRITICAL] Protokollierung f?r ?main? gestoppt: 4.5 in 123456789012/eu-west-1", "what is not ASCII is marked"},
		{func(m *notify.Message) { m.Title = strings.Repeat("x", 200) },
			"[CRITICAL] " + strings.Repeat("x", 48) + "...(+152): 4.5 in 123456789012/eu-west-1", "the longest, with a title that was cut"},
		{func(m *notify.Message) { m.Title = "a\r\nBcc: everybody@example.com" },
			`[CRITICAL] a\r\nBcc: everybody@example.com: 4.5 in 123456789012/eu-west-1`, "a line break would begin another header"},
	} {
		m := stopped()
		tt.change(m)
		in := publish(t, topicARN, nil, m)
		checkRules(t, in)
		if got := *in.Subject; got != tt.want {
			t.Errorf("subject %q, want %q: %s", got, tt.want, tt.reason)
		}
	}
}

// A message of any size is sent, and says what it had to leave out.
func TestSize(t *testing.T) {
	const much = 300_000
	many := func(n int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf("arn:aws:ec2:eu-west-1:123456789012:security-group/sg-%d", i)
		}
		return list
	}
	for _, tt := range []struct {
		reason string
		change func(*notify.Message)
		has    string
	}{
		{"a long description", func(m *notify.Message) { m.Description = strings.Repeat("word \n", much/6) }, "resource  trail/main"},
		{"many references", func(m *notify.Message) { m.References = many(10_000) }, "resource  trail/main"},
		{"many resources", func(m *notify.Message) { m.Resources = many(10_000) }, "9990 more resources are not listed"},
		{"many notes", func(m *notify.Message) { m.Notes = many(10_000) }, "resource  trail/main"},
		{"many actions", func(m *notify.Message) { m.Actions = slices.Repeat(m.Actions, 10_000) }, "9990 more actions are not listed"},
		{"many steps", func(m *notify.Message) {
			m.Actions[0].Steps = slices.Repeat([]notify.Change{{Action: "ec2:RevokeSecurityGroupIngress", Resource: "sg-1"}}, 10_000)
		}, "9990 more steps of trailfix are not listed"},
		{"many long commands", func(m *notify.Message) {
			m.Actions[0].Steps = slices.Repeat([]notify.Change{{Command: strings.Repeat("東", 30_000)}}, 10)
		}, "left out: 30000 characters long"},
		{"a long value of many bytes", func(m *notify.Message) { m.Actor.UserAgent = strings.Repeat("東", much/3) }, "root of 123456789012"},
		{"everything", func(m *notify.Message) { *m = *everything(strings.Repeat("🚨", 1000), 8) }, "steps of the actions are left out"},
	} {
		m := stopped()
		tt.change(m)
		for _, opts := range []*notifysns.Options{nil, {JSON: true}} {
			in := publish(t, fifoARN, opts, m)
			checkRules(t, in)
			text := *in.Message
			if opts != nil {
				if !json.Valid([]byte(text)) {
					t.Errorf("not JSON: %s", tt.reason)
				}
				continue
			}
			if !strings.Contains(text, tt.has) {
				t.Errorf("no %q: %s", tt.has, tt.reason)
			}
		}
	}
}

// Only a message that does not fit is shortened, whatever the number of bytes in its characters.
func TestSizeExact(t *testing.T) {
	for _, character := range []string{"x", "é", "東", "🚨"} {
		last := 0 // the size of the longest message that was sent whole
		sort.Search(notifysns.MaxSize, func(n int) bool {
			m := stopped()
			m.Description = strings.Repeat(strings.Repeat(character, 1000)+"\n", n/1000) + strings.Repeat(character, n%1000)
			in := publish(t, topicARN, nil, m)
			checkRules(t, in)
			shortened := strings.Contains(*in.Message, "shortened to fit")
			if !shortened {
				last = max(last, total(in)+len(*in.Subject))
			}
			return shortened
		})
		if last > notifysns.MaxSize || last <= notifysns.MaxSize-len(character) {
			t.Errorf("the longest message of %s has %d bytes, want as many as fit into %d", character, last, notifysns.MaxSize)
		}
	}
}

// total returns the size that SNS counts: the message and its attributes.
func total(in *sns.PublishInput) int {
	n := len(*in.Message)
	for name, a := range in.MessageAttributes {
		n += len(name) + len(*a.DataType) + len(*a.StringValue)
	}
	return n
}

var (
	subjectSyntax = regexp.MustCompile(`^[!-~][ -~]{0,98}$`)
	idSyntax      = regexp.MustCompile(`^[!-~]{1,128}$`)
)

// checkRules fails if SNS would refuse in.
func checkRules(t *testing.T, in *sns.PublishInput) {
	t.Helper()
	if n := total(in); n > notifysns.MaxSize {
		t.Errorf("%d bytes, want at most %d", n, notifysns.MaxSize)
	}
	if *in.Message == "" || !utf8.ValidString(*in.Message) {
		t.Errorf("message %.100q is empty or not UTF-8", *in.Message)
	}
	if !subjectSyntax.MatchString(*in.Subject) {
		t.Errorf("subject %q", *in.Subject)
	}
	names := slices.Sorted(maps.Keys(in.MessageAttributes))
	if want := []string{"account", "control", "outcome", "region", "severity"}; !slices.Equal(names, want) {
		t.Errorf("attributes %q, want %q", names, want)
	}
	for name, a := range in.MessageAttributes {
		if v := *a.StringValue; v == "" || v != notify.Clean(v, 256) || *a.DataType != "String" {
			t.Errorf("attribute %s of type %s is %q", name, *a.DataType, v)
		}
	}
	for _, id := range []*string{in.MessageGroupId, in.MessageDeduplicationId} {
		if id != nil && !idSyntax.MatchString(*id) {
			t.Errorf("id %q", *id)
		}
	}
}

// everything returns a message with s in the place of every string and n elements in every list.
func everything(s string, n int) *notify.Message {
	list := slices.Repeat([]string{s}, n)
	steps := slices.Repeat([]notify.Change{{Action: s, Resource: s, Region: s, Summary: s, Command: s, Status: s, Undo: s}}, n)
	return &notify.Message{
		Key: s, RuleID: s, Title: s, Description: s, References: list, Call: s, Failed: true, Error: s, Account: s, Region: s, EventID: s, Replay: s,
		Actor: notify.Actor{
			Type: s, ARN: s, Name: s, AccountID: s, AccessKeyID: s, MFA: s, InvokedBy: s, SourceIP: s, UserAgent: s, SourceIdentity: s,
		},
		Resources: list, Notes: list,
		Actions: slices.Repeat([]notify.Action{{Remediator: s, Outcome: s, Summary: s, Reason: s, Steps: steps}}, n),
	}
}

func FuzzNotify(f *testing.F) {
	for _, s := range []string{"", "x", " ", "\n", "a\x1b[2J\r\nBcc: b\u202e\u200b\xff", "東京", "🚨", "é", "…", strings.Repeat("…", 99), strings.Repeat("長", 500)} {
		f.Add(s, s, 2, 1)
		f.Add(s, "4.5", 3, 99)
	}
	f.Fuzz(func(t *testing.T, s, id string, n, severity int) {
		if n < 0 || n > 8 {
			t.Skip()
		}
		m := everything(s, n)
		m.RuleID, m.Severity = id, rule.Severity(severity)
		checkRules(t, publish(t, fifoARN, nil, m))
		m.Severity = rule.High // one without a name has no JSON
		in := publish(t, topicARN, &notifysns.Options{JSON: true}, m)
		checkRules(t, in)
		if !json.Valid([]byte(*in.Message)) {
			t.Errorf("not JSON: %.100q", *in.Message)
		}
	})
}
