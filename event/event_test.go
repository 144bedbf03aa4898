package event_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
)

// equalEvents makes cmp compare all of an Event.
var equalEvents = cmp.AllowUnexported(event.Event{})

func mustParse(t testing.TB, text string) *event.Event {
	t.Helper()
	e, err := event.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		reason string
		text   string
		want   event.Event
	}{
		{
			reason: "all that EventBridge writes, and a member that it does not",
			text: `{"version":"0","id":"i","detail-type":"AWS API Call via CloudTrail","source":"aws.ec2","account":"012345678901",
				"time":"2026-10-05T09:15:02Z","region":"eu-west-1","resources":["arn:1","arn:2"],"replay-name":"r",
				"trace-header":"Root=1","detail":{ "a": 1 }}`,
			want: event.Event{
				Version: "0", ID: "i", DetailType: event.DetailTypeAPICall, Source: "aws.ec2", Account: "012345678901",
				Time: time.Date(2026, 10, 5, 9, 15, 2, 0, time.UTC), Region: "eu-west-1", Resources: []string{"arn:1", "arn:2"},
				ReplayName: "r", Detail: json.RawMessage(`{ "a": 1 }`),
				Extra: map[string]json.RawMessage{"trace-header": json.RawMessage(`"Root=1"`)},
			},
		},
		{
			reason: "the least that is an event: old ones lack members",
			text:   `{"detail-type":"t","detail":{}}`,
			want:   event.Event{DetailType: "t", Detail: json.RawMessage(`{}`)},
		},
		{
			reason: "null counts as absent",
			text:   `{"version":null,"id":null,"detail-type":"t","time":null,"resources":null,"replay-name":null,"detail":{}}`,
			want:   event.Event{DetailType: "t", Detail: json.RawMessage(`{}`)},
		},
		{
			reason: "names are exact: other spellings are other members",
			text:   `{"detail-type":"t","detail":{},"Account":"1","ID":"2","Detail":{}}`,
			want: event.Event{DetailType: "t", Detail: json.RawMessage(`{}`), Extra: map[string]json.RawMessage{
				"Account": json.RawMessage(`"1"`), "ID": json.RawMessage(`"2"`), "Detail": json.RawMessage(`{}`),
			}},
		},
		{
			reason: "an escaped name is the same name, and strings are unescaped",
			text:   `{"detail\u002dtype":"\u0074\"\n\ud83d\ude00","detail":{}}`,
			want:   event.Event{DetailType: "t\"\n😀", Detail: json.RawMessage(`{}`)},
		},
		{
			reason: "white space is where JSON allows it",
			text:   " \t\r\n{ \"detail-type\" : \"t\" , \"detail\" : {\n} } \n",
			want:   event.Event{DetailType: "t", Detail: json.RawMessage("{\n}")},
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			got := mustParse(t, tt.text)
			if string(got.Raw()) != tt.text {
				t.Errorf("Raw() = %s", got.Raw())
			}
			ignoreRaw := cmp.FilterPath(func(p cmp.Path) bool {
				return slices.Contains([]string{".raw", ".detailAt"}, p.Last().String())
			}, cmp.Ignore())
			if diff := cmp.Diff(&tt.want, got, equalEvents, ignoreRaw); diff != "" {
				t.Errorf("Parse (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseKeepsACopy(t *testing.T) {
	data := []byte(`{"detail-type":"t","detail":{"a":1},"x":2}`)
	e, err := event.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	clear(data)
	if string(e.Raw()) != want || string(e.Detail) != `{"a":1}` || string(e.Extra["x"]) != "2" {
		t.Errorf("the event changed with the data: %s, %s, %s", e.Raw(), e.Detail, e.Extra["x"])
	}
	_ = append(e.Detail, '!')
	if string(e.Raw()) != want {
		t.Error("appending to Detail writes over what follows it in Raw")
	}
}

func TestParseRefuses(t *testing.T) {
	const head = `{"detail-type":"t","detail":{}`
	for _, tt := range []struct {
		reason string
		text   string
		want   string
	}{
		{"no text at all", "", `event: no event, the text is empty: unexpected EOF (at offset 0)`},
		{"only white space", " \n", `event: no event, the text is empty: unexpected EOF (at offset 0)`},
		{"not JSON", "hello", `event: want object, got 'h' (at offset 0)`},
		{"not JSON, and not text", "\x00", `event: want object, got '\x00' (at offset 0)`},
		{"a byte order mark would keep others from reading Raw", "\uFEFF" + head + "}", `event: want object, got '\ufeff' (at offset 0)`},
		{"a number", " 1", `event: want object, got number (at offset 1)`},
		{"null", "null", `event: want object, got null (at offset 0)`},
		{"a batch", "[]", `event: want EventBridge event, got JSON array (at offset 0)`},
		{"what an input transformer makes", `"a text"`, `event: want EventBridge event, got JSON string (at offset 0)`},
		{"an object of another kind", `{"a":1}`, `event: no detail-type in the event (at offset 0)`},
		{"no detail", `{"detail-type":"t"}`, `event: no detail in the event (at offset 0)`},
		{"a detail that is null", `{"detail-type":"t","detail":null}`, `event: detail: want object, got null (at offset 28)`},
		{"a detail that is a string", `{"detail-type":"t","detail":"{}"}`, `event: detail: want object, got string (at offset 28)`},
		{"an account as a number would lose its zeros", head + `,"account":12}`, `event: account: want string, got number (at offset 41)`},
		{"a time that is none", head + `,"time":"noon"}`, `event: time: want a time such as "2006-01-02T15:04:05Z", got "noon" (at offset 38)`},
		{"resources are ARNs here, not objects as in a record", head + `,"resources":["a",{}]}`, `event: resources[1]: want string, got object (at offset 48)`},
		{"two details: which one a pattern saw is anybody's guess", head + `,"detail":{}}`, `event: duplicate member "detail" (at offset 31)`},
		{"two that look different and are the same", head + `,"d\u0065tail":{}}`, `event: duplicate member "detail" (at offset 31)`},
		{"two that this package does not know", head + `,"x":1,"x":2}`, `event: duplicate member "x" (at offset 37)`},
		{"text behind the event", head + `}{}`, `event: want the end of the text, got '{' (at offset 31)`},
		{"text that ends too early", head, `event: want ',' or '}', but the text ends: unexpected EOF (at offset 30)`},
		{"text that ends in a name", `{"det`, `event: want the end of a string, but the text ends: unexpected EOF (at offset 5)`},
		{"a comma too many", head + `,}`, `event: want a member's name, got '}' (at offset 31)`},
		{"a name without quotes", `{detail:1}`, `event: want a member's name, got 'd' (at offset 1)`},
		{"a brace too many", head + `}}`, `event: want the end of the text, got '}' (at offset 31)`},
		{"the wrong bracket", `{"detail":{]}`, `event: detail: want a member's name, got ']' (at offset 11)`},
		{"a number that JSON does not have", head + `,"x":01}`, `event: want ',' or '}', got '1' (at offset 36)`},
		{"a literal that JSON does not have", head + `,"x":nul}`, `event: x: want a value, got 'n' (at offset 35)`},
		{"an escape that JSON does not have", head + `,"x":"\x41"}`, `event: x: unknown escape in a string (at offset 36)`},
		{"a line end in a string", head + ",\"x\":\"\n\"}", `event: x: control character '\n' in a string (at offset 36)`},
		{"bytes that are not UTF-8", head + ",\"x\":\"é\xff\"}", `event: byte 0xff is not UTF-8 (at offset 38)`},
		{"a name that would spoil the path", head + `,"a.b\n[0]":1e}`, `event: "a.b\n[0]": want a digit, got '}' (at offset 44)`},
		{"a name that would fill the error", head + `,"` + strings.Repeat("n", 1000) + `":?}`, `event: "` + strings.Repeat("n", 64) + `": want a value, got '?' (at offset 1034)`},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			e, err := event.Parse([]byte(tt.text))
			if err == nil || err.Error() != tt.want {
				t.Errorf("Parse = %v, error\n\t%v, want\n\t%s", e, err, tt.want)
			}
			if e != nil {
				t.Errorf("Parse returned an event beside the error")
			}
			if pe := (*event.ParseError)(nil); !errors.As(err, &pe) {
				t.Errorf("the error is a %T", err)
			}
			if got, want := errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(tt.want, "unexpected EOF"); got != want {
				t.Errorf("errors.Is(err, io.ErrUnexpectedEOF) = %t", got)
			}
		})
	}
}

func TestParseErrorSaysWhichForm(t *testing.T) {
	_, err := event.Parse([]byte(`{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"{}"}}]}`))
	var fe *event.FormError
	if !errors.As(err, &fe) || fe.Got != event.FormSNS || fe.Want != event.FormEvent {
		t.Errorf("error = %v, which wraps %+v", err, fe)
	}
}

// nested returns an event with so many levels, of which the envelope, the detail and
// requestParameters are three.
func nested(levels int) string {
	return `{"detail-type":"AWS API Call via CloudTrail","detail":{"eventName":"X","requestParameters":` +
		strings.Repeat("[", levels-2) + strings.Repeat("]", levels-2) + `}}`
}

func TestParseDepth(t *testing.T) {
	e := mustParse(t, nested(10_000))
	rec, err := e.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(rec.RequestParameters) || !json.Valid(e.Raw()) {
		t.Error("encoding/json cannot read what Parse could")
	}
	for _, levels := range []int{10_001, 1_000_000} {
		if _, err := event.Parse([]byte(nested(levels))); err == nil || !strings.Contains(err.Error(), "event: detail: nested more than 10000 deep") {
			t.Errorf("%d levels: error = %v", levels, err)
		}
	}
}

func TestParseLargestEvent(t *testing.T) {
	// EventBridge delivers events of up to 256 KB, and the fields that a caller writes can fill them.
	members := make([]string, 7500)
	for i := range members {
		members[i] = fmt.Sprintf(`"key-%d":"a parameter %d"`, i, i)
	}
	text := `{"detail-type":"AWS API Call via CloudTrail","detail":{"eventName":"X",` + strings.Join(members, ",") + `}}`
	if len(text) < 200<<10 || len(text) > 256<<10 {
		t.Fatalf("the test's event has %d bytes", len(text))
	}
	rec, err := mustParse(t, text).CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	if len(rec.Extra) != len(members) {
		t.Errorf("%d members are left of %d", len(rec.Extra), len(members))
	}
	text = strings.Replace(text, `"key-7499"`, `"key-1"`, 1)
	if _, err := mustParse(t, text).CloudTrail(); err == nil || !strings.Contains(err.Error(), `event: detail: duplicate member "key-1"`) {
		t.Errorf("a duplicate among many members: error = %v", err)
	}
}

func TestCloudTrailRefuses(t *testing.T) {
	for _, tt := range []struct {
		reason       string
		event        event.Event
		want         string
		isCloudTrail bool
	}{
		{
			reason: "an event of another service",
			event:  event.Event{DetailType: "EC2 Instance State-change Notification", Source: "aws.ec2", Detail: json.RawMessage(`{"state":"running"}`)},
			want:   `event: not a CloudTrail event: its detail-type is "EC2 Instance State-change Notification"`,
		},
		{
			reason: "sign-in sends an event that is not CloudTrail's",
			event:  event.Event{DetailType: "Sign-in Anomaly Alert", Source: "aws.signin", Detail: json.RawMessage(`{"eventName":"X"}`)},
			want:   `event: not a CloudTrail event: its detail-type is "Sign-in Anomaly Alert"`,
		},
		{
			reason: "PutEvents takes any detail type, but no source that begins with aws.",
			event:  event.Event{DetailType: event.DetailTypeAPICall, Source: "custom.aws.ec2", Detail: json.RawMessage(`{"eventName":"X"}`)},
			want:   `event: not a CloudTrail event: its source is "custom.aws.ec2"`,
		},
		{
			reason: "a partner chooses its detail types, under a source that begins with aws.",
			event:  event.Event{DetailType: event.DetailTypeAPICall, Source: "aws.partner/example.com/a", Detail: json.RawMessage(`{"eventName":"X"}`)},
			want:   `event: not a CloudTrail event: its source is "aws.partner/example.com/a"`,
		},
		{
			reason: "nothing of a record",
			event:  event.Event{DetailType: event.DetailTypeAPICall, Detail: json.RawMessage(`{"findings":[]}`)},
			want:   `event: not a CloudTrail event: its detail is not a record`,
		},
		{
			reason: "not an object, in an event that was made by hand",
			event:  event.Event{DetailType: event.DetailTypeAPICall, Detail: json.RawMessage(`[]`)},
			want:   `event: not a CloudTrail event: its detail is not a record`,
		},
		{
			reason: "no detail, in an event that was made by hand",
			event:  event.Event{DetailType: event.DetailTypeAPICall},
			want:   `event: not a CloudTrail event: its detail is not a record`,
		},
		{
			reason:       "not JSON, in an event that was made by hand",
			event:        event.Event{DetailType: event.DetailTypeAPICall, Detail: json.RawMessage(`{"eventName":"X"}}`)},
			want:         `event: detail: want the end of the text, got '}' (at offset 17)`,
			isCloudTrail: true,
		},
		{
			reason:       "not UTF-8, in an event that was made by hand",
			event:        event.Event{DetailType: event.DetailTypeAPICall, Detail: json.RawMessage("{\"eventName\":\"\xc0\"}")},
			want:         `event: byte 0xc0 is not UTF-8 (at offset 14)`,
			isCloudTrail: true,
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			rec, err := tt.event.CloudTrail()
			if rec != nil || err == nil || err.Error() != tt.want {
				t.Errorf("CloudTrail = %v, error\n\t%v, want\n\t%s", rec, err, tt.want)
			}
			if errors.Is(err, event.ErrNotCloudTrail) == tt.isCloudTrail {
				t.Errorf("errors.Is(err, ErrNotCloudTrail) = %t", !tt.isCloudTrail)
			}
		})
	}
}

func TestCloudTrailDetailTypes(t *testing.T) {
	for _, detailType := range []string{
		event.DetailTypeAPICall, event.DetailTypeSignIn, event.DetailTypeSignInAlternate, event.DetailTypeConsoleAction,
		event.DetailTypeServiceEvent, event.DetailTypeInsight, event.DetailTypeNetworkActivity, "AWS Something New via CloudTrail",
	} {
		e := event.Event{DetailType: detailType, Source: "aws.signin", Detail: json.RawMessage(`{"eventName":"X"}`)}
		if _, err := e.CloudTrail(); err != nil {
			t.Errorf("%s: %v", detailType, err)
		}
		if got, want := e.IsSignIn(), strings.Contains(detailType, "Sign"); got != want {
			t.Errorf("%s: IsSignIn() = %t", detailType, got)
		}
	}
}

func TestCloudTrailErrorIsInRaw(t *testing.T) {
	text := `{"detail-type":"AWS API Call via CloudTrail","detail": {"eventName":"X","userIdentity":{"type":7}}}`
	_, err := mustParse(t, text).CloudTrail()
	var pe *event.ParseError
	if !errors.As(err, &pe) {
		t.Fatalf("error = %v", err)
	}
	if pe.Path != "detail.userIdentity.type" || text[pe.Offset] != '7' {
		t.Errorf("error at %s, offset %d", pe.Path, pe.Offset)
	}
}

func TestIsReplay(t *testing.T) {
	if e := mustParse(t, `{"detail-type":"t","detail":{},"replay-name":"r"}`); !e.IsReplay() || e.ReplayName != "r" {
		t.Error("an event that was sent again is not known for one")
	}
	if e := mustParse(t, `{"detail-type":"t","detail":{"replay-name":"r"}}`); e.IsReplay() {
		t.Error("a live event is taken for one that was sent again")
	}
}
