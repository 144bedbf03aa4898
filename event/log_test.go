package event_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"runtime"

	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
)

// record returns the record whose eventID is given. Its members stand as in AWS's log files.
func record(id string) string {
	return `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/alice",` +
		`"accountId":"111122223333","userName":"alice"},"eventTime":"2026-10-05T09:15:02Z","eventSource":"ec2.amazonaws.com",` +
		`"eventName":"RunInstances","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.23","userAgent":"aws-cli/2 {\"[\\\"]}",` +
		`"requestParameters":{"instancesSet":{"items":[{"imageId":"ami-EXAMPLE"},{}]}},"responseElements":null,"eventID":"` + id + `",` +
		`"readOnly":false,"resources":[{"ARN":"arn:aws:ec2:eu-west-1:123456789012:instance/i-EXAMPLE"}],"eventType":"AwsApiCall",` +
		`"managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}`
}

// layouts are the ways in which a log can hold its records.
var layouts = []struct {
	reason string
	log    func(records ...string) string
}{
	{"as CloudTrail writes it", func(r ...string) string { return `{"Records":[` + strings.Join(r, ",") + `]}` }},
	{"with a record a line", func(r ...string) string { return "{\"Records\":[\n" + strings.Join(r, ",\n") + "\n]}\n" }},
	{"with other members", func(r ...string) string {
		return `{"a":{"Records":[1]},"Records":[` + strings.Join(r, ",") + `],"b":["]}",{}],"c":null}`
	}},
	{"an array", func(r ...string) string { return `[` + strings.Join(r, ", ") + `]` }},
	{"JSON lines", func(r ...string) string { return strings.Join(r, "\n") + "\n" }},
	{"JSON lines of Windows, with a byte order mark", func(r ...string) string { return "\uFEFF" + strings.Join(r, "\r\n") }},
	{"one behind the other", func(r ...string) string { return strings.Join(r, "") }},
	{"pretty-printed", func(r ...string) string {
		var b bytes.Buffer
		for _, text := range r {
			if json.Indent(&b, []byte(text), "", "  ") != nil {
				b.WriteString(text)
			}
			b.WriteByte('\n')
		}
		return b.String()
	}},
	{"several logs, one behind the other", func(r ...string) string {
		var b strings.Builder
		for _, text := range r {
			b.WriteString(`{"Records":[` + text + `]}`)
		}
		return b.String()
	}},
	{"several logs in an array", func(r ...string) string {
		var logs []string
		for _, text := range r {
			logs = append(logs, `{"Records":[`+text+`]}`)
		}
		return `[` + strings.Join(logs, ",") + `]`
	}},
}

func compress(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	if _, err := zw.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// summary returns a line for each pair: the event's id, or the error.
func summary(t testing.TB, log iter.Seq2[*event.Event, error]) []string {
	t.Helper()
	var lines []string
	for e, err := range log {
		switch {
		case (e == nil) == (err == nil):
			t.Errorf("event %v comes with error %v", e, err)
		case err != nil:
			lines = append(lines, err.Error())
		default:
			lines = append(lines, e.ID)
		}
	}
	return lines
}

func TestReadLogLayouts(t *testing.T) {
	want := []string{"a", "b", "c"}
	for _, layout := range layouts {
		t.Run(layout.reason, func(t *testing.T) {
			text := layout.log(record("a"), record("b"), record("c"))
			for _, source := range []struct {
				reason string
				reader io.Reader
			}{
				{"plain", strings.NewReader(text)},
				{"gzip", bytes.NewReader(compress(t, text))},
				{"in small pieces", iotest.OneByteReader(strings.NewReader(text))},
				{"with the error beside the data", iotest.DataErrReader(strings.NewReader(text))},
			} {
				if diff := cmp.Diff(want, summary(t, event.ReadLog(source.reader))); diff != "" {
					t.Errorf("%s (-want +got):\n%s", source.reason, diff)
				}
			}
		})
	}
}

func TestReadLogConcatenatedGzip(t *testing.T) {
	files := append(compress(t, `{"Records":[`+record("a")+`]}`), compress(t, `{"Records":[`+record("b")+`]}`)...)
	if diff := cmp.Diff([]string{"a", "b"}, summary(t, event.ReadLog(bytes.NewReader(files)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadLogEmptyArrays(t *testing.T) {
	for _, text := range []string{`{"Records":[]}`, `[]`, ` [ ] `, `{"Records":[],"x":1}[]`} {
		if got := summary(t, event.ReadLog(strings.NewReader(text))); got != nil {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestReadLogRecordsTwice(t *testing.T) {
	// Readers differ in which of the two counts. Delivering both loses nothing.
	text := `{"Records":[` + record("a") + `],"x":1,"Records":[` + record("b") + `]}` + record("c")
	if diff := cmp.Diff([]string{"a", "b", "c"}, summary(t, event.ReadLog(strings.NewReader(text)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadLogEnvelope(t *testing.T) {
	for _, tt := range []struct {
		reason string
		record string
		want   event.Event
	}{
		{
			reason: "an API call",
			record: record("a"),
			want: event.Event{
				ID: "a", DetailType: event.DetailTypeAPICall, Source: "aws.ec2", Account: "123456789012",
				Time: time.Date(2026, 10, 5, 9, 15, 2, 0, time.UTC), Region: "eu-west-1",
			},
		},
		{
			reason: "a sign-in",
			record: `{"eventVersion":"1.08","userIdentity":{},"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","eventType":"AwsConsoleSignIn"}`,
			want:   event.Event{DetailType: event.DetailTypeSignIn, Source: "aws.signin"},
		},
		{
			reason: "a console action",
			record: `{"eventVersion":"1.08","eventSource":"signin.amazonaws.com","eventName":"X","eventType":"AwsConsoleAction"}`,
			want:   event.Event{DetailType: event.DetailTypeConsoleAction, Source: "aws.signin"},
		},
		{
			reason: "a service event, which one guide prints in another case; the caller's account is all there is",
			record: `{"eventVersion":"1.08","userIdentity":{"accountId":"111122223333"},"eventSource":"kms.amazonaws.com","eventName":"RotateKey","eventType":"AWSServiceEvent"}`,
			want:   event.Event{DetailType: event.DetailTypeServiceEvent, Source: "aws.kms", Account: "111122223333"},
		},
		{
			reason: "an insight has no source of its own",
			record: `{"eventVersion":"1.07","eventType":"AwsCloudTrailInsight","eventID":"i","insightDetails":{"eventSource":"ec2.amazonaws.com"}}`,
			want:   event.Event{ID: "i", DetailType: event.DetailTypeInsight, Source: "aws.cloudtrail"},
		},
		{
			reason: "network activity",
			record: `{"eventVersion":"1.09","eventSource":"s3.amazonaws.com","eventName":"X","eventType":"AwsVpceEvent"}`,
			want:   event.Event{DetailType: event.DetailTypeNetworkActivity, Source: "aws.s3"},
		},
		{
			reason: "an unknown type is watched as a call",
			record: `{"eventVersion":"1.12","eventSource":"s3.amazonaws.com","eventName":"X","eventType":"AwsSomethingNew"}`,
			want:   event.Event{DetailType: event.DetailTypeAPICall, Source: "aws.s3"},
		},
		{
			reason: "times of Lake, and strings that must be escaped",
			record: `{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"X","eventTime":"2024-06-02 19:41:40.5","eventID":"\"\u0001<é"}`,
			want: event.Event{
				ID: "\"\x01<é", DetailType: event.DetailTypeAPICall, Source: "aws.s3", Time: time.Date(2024, 6, 2, 19, 41, 40, 0, time.UTC),
			},
		},
		{
			reason: "what cannot be read is left out here, for CloudTrail to tell",
			record: `{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"X","eventTime":"noon","awsRegion":7,"recipientAccountId":{}}`,
			want:   event.Event{DetailType: event.DetailTypeAPICall, Source: "aws.s3"},
		},
		{
			reason: "white space within the record is kept",
			record: "{ \"eventVersion\": \"1.08\",\n\t\"eventSource\" : \"s3.amazonaws.com\", \"eventName\": \"X\"  }",
			want:   event.Event{DetailType: event.DetailTypeAPICall, Source: "aws.s3"},
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			for got, err := range event.ReadLog(strings.NewReader("[" + tt.record + "]")) {
				if err != nil {
					t.Fatal(err)
				}
				if string(got.Detail) != tt.record {
					t.Errorf("detail is\n\t%s, want\n\t%s", got.Detail, tt.record)
				}
				if diff := cmp.Diff(got, mustParse(t, string(got.Raw())), equalEvents); diff != "" {
					t.Errorf("Raw parses to another event (-want +got):\n%s", diff)
				}
				want := tt.want
				want.Version, want.Detail = "0", json.RawMessage(tt.record)
				if diff := cmp.Diff(fields(want), fields(*got)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// fields returns the exported fields of an event.
func fields(e event.Event) string {
	return fmt.Sprintf("version %q id %q type %q source %q account %q time %s region %q resources %q replay %q detail %s extra %s",
		e.Version, e.ID, e.DetailType, e.Source, e.Account, e.Time, e.Region, e.Resources, e.ReplayName, e.Detail, e.Extra)
}

func TestReadLogWholeEvents(t *testing.T) {
	text := `{"detail-type":"GuardDuty Finding","id":"g","replay-name":"r","detail":{}}`
	log := text + "\n" + record("a") + `{"Records":[` + text + `]}`
	if diff := cmp.Diff([]string{"g", "a", "g"}, summary(t, event.ReadLog(strings.NewReader(log)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for e, err := range event.ReadLog(strings.NewReader(text)) {
		if err != nil || string(e.Raw()) != text || !e.IsReplay() {
			t.Errorf("event = %+v, error = %v", e, err)
		}
	}
}

func TestReadLogForms(t *testing.T) {
	for _, tt := range forms {
		if strings.HasPrefix(tt.reason, "a text that is") {
			continue
		}
		t.Run(tt.reason, func(t *testing.T) {
			switch tt.form {
			case event.FormEvent, event.FormRecord, event.FormLog, event.FormArray:
				for _, err := range event.ReadLog(strings.NewReader(tt.text)) {
					if err != nil {
						t.Error(err)
					}
				}
				return
			}
			for e, err := range event.ReadLog(strings.NewReader(tt.text)) {
				var re *event.RecordError
				if e != nil || tt.text != "" && !errors.As(err, &re) {
					t.Fatalf("event %v, error %v", e, err)
				}
				var fe *event.FormError
				if tt.text != "" && tt.text[0] == '{' && (!errors.As(err, &fe) || fe.Got != tt.form || fe.Want != event.FormRecord) {
					t.Errorf("error = %v", err)
				}
			}
		})
	}
}

func TestReadLogRecordErrors(t *testing.T) {
	a, c := record("a"), record("c")
	for _, tt := range []struct {
		reason string
		text   string
		want   []string // ids and reasons
		lost   string   // the text that was not read
	}{
		{
			reason: "a stray kind of record is told from damage",
			text:   `{"Records":[` + a + `,{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","eventVersion":"2.1"},` + c + `]}`,
			want:   []string{"a", `! want CloudTrail record, got S3 object notification`, "c"},
			lost:   `{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","eventVersion":"2.1"}`,
		},
		{
			reason: "an object of no known form",
			text:   a + `{}` + c,
			want:   []string{"a", `! want CloudTrail record, got unknown form`, "c"},
			lost:   `{}`,
		},
		{
			reason: "a log within a log is nothing that anybody makes",
			text:   `{"Records":[` + a + `,{"Records":[` + a + `]},` + c + `]}`,
			want:   []string{"a", `! want CloudTrail record, got CloudTrail log`, "c"},
			lost:   `{"Records":[` + a + `]}`,
		},
		{
			reason: "an event that is none",
			text:   `[` + a + `,{"detail-type":"t","detail":{},"account":1},` + c + `]`,
			want:   []string{"a", `! account: want string, got number`, "c"},
			lost:   `{"detail-type":"t","detail":{},"account":1}`,
		},
		{
			reason: "a record that is not UTF-8",
			text:   `[` + a + `,{"eventVersion":"1.08","eventSource":"s3","eventName":"` + "\xe9" + `"},` + c + `]`,
			want:   []string{"a", `! byte 0xe9 is not UTF-8`, "c"},
			lost:   `{"eventVersion":"1.08","eventSource":"s3","eventName":"` + "\xe9" + `"}`,
		},
		{
			reason: "a record that is nested too deep",
			text:   `[` + a + `,{"eventVersion":"1.08","eventSource":"s3","eventName":"X","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `},` + c + `]`,
			want:   []string{"a", `! nested more than 10000 deep`, "c"},
			lost:   `{"eventVersion":"1.08","eventSource":"s3","eventName":"X","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
		},
		{
			reason: "a record that is damaged within itself",
			text:   `[` + a + `,{"eventVersion":"1.08","readOnly":tru,"x":{"y":[1,2]}},` + c + `]`,
			want:   []string{"a", `! readOnly: want a value, got 't'`, "c"},
			lost:   `{"eventVersion":"1.08","readOnly":tru,"x":{"y":[1,2]}},`,
		},
		{
			reason: "a quote is lost",
			text:   `[` + a + `,{"eventVersion":"1.08,"readOnly":true},` + c + `]`,
			want:   []string{"a", `! want ',' or '}', got 'r'`, "c"},
			lost:   `{"eventVersion":"1.08,"readOnly":true},`,
		},
		{
			reason: "the last quote is lost, so that the string ends in the next record",
			text:   `[` + a + `,{"eventVersion":"1.08},` + c + `]`,
			want:   []string{"a", `! want ',' or '}', got 'e'`, "c"},
			lost:   `{"eventVersion":"1.08},`,
		},
		{
			reason: "the closing brace is lost",
			text:   `{"Records":[` + a + `,{"eventVersion":"1.08",` + c + `]}`,
			want:   []string{"a", `! want a member's name, got '{'`, "c"},
			lost:   `{"eventVersion":"1.08",`,
		},
		{
			reason: "the opening brace is lost",
			text:   `{"Records":[` + a + `,"eventVersion":"1.08","x":{"y":1}},` + c + `]}`,
			want:   []string{"a", `! want a record, got '"'`, "c"},
			lost:   `"eventVersion":"1.08","x":{"y":1}},`,
		},
		{
			reason: "a brace too many, behind what is a record without the rest",
			text:   `{"Records":[` + a + `,{"eventVersion":"1.08","eventSource":"s3","eventName":"X","eventID":"b"},"readOnly":true},` + c + `]}`,
			want:   []string{"a", "b", `! want a record, got '"'`, "c"},
			lost:   `"readOnly":true},`,
		},
		{
			reason: "a comma is lost",
			text:   `[` + a + ` ` + c + `]`,
			want:   []string{"a", `! want ',' or ']', got '{'`, "c"},
		},
		{
			reason: "a record is lost between two commas",
			text:   `[` + a + `,,` + c + `]`,
			want:   []string{"a", `! want a record, got ','`, "c"},
			lost:   `,`,
		},
		{
			reason: "a record is lost behind the last comma",
			text:   `[` + a + `,]`,
			want:   []string{"a", `! want a record, got ']'`},
			lost:   `]`,
		},
		{
			reason: "elements that are no objects",
			text:   `[` + a + `,1,null,"x",` + c + `]`,
			want:   []string{"a", `! want a record, got '1'`, "c"},
			lost:   `1,null,"x",`,
		},
		{
			reason: "the head of the log is damaged",
			text:   `{"Reco` + "\x00" + `rds":[` + a + `,` + c + `],"x":1}`,
			want: []string{`! control character '\x00' in a string`, "a", "c",
				`! want a record, got '"'`},
			lost: "{\"Reco\x00rds\":[" + " … " + `"x":1}`,
		},
		{
			reason: "the foot of the log is damaged",
			text:   `{"Records":[` + a + `]]`,
			want:   []string{"a", `! want ',' or '}', got ']'`},
			lost:   `]`,
		},
		{
			reason: "a member behind the records is damaged",
			text:   `{"Records":[` + a + `],"x":nul}` + c,
			want:   []string{"a", `! want a value, got 'n'`, "c"},
			lost:   `,"x":nul}`,
		},
		{
			reason: "lines that are none",
			text:   a + "\n# a comment\nand more\n" + c,
			want:   []string{"a", `! want a record, got '#'`, "c"},
			lost:   "# a comment\nand more\n",
		},
		{
			reason: "a line that is cut off where the next could belong to it",
			text:   a + "\n{\"x\":[1,\n" + c + "\n" + a,
			want:   []string{"a", `! x: want ',' or ']', got '{'`, "c", "a"},
			lost:   "{\"x\":[1,\n",
		},
		{
			reason: "a line that begins with a name that other objects begin with too",
			text:   a + "\n{\"x\":\n{\"foo\":1,\"eventSource\":\"s3\",\"eventName\":\"X\",\"userIdentity\":{},\"eventID\":\"c\"}",
			want:   []string{"a", `! want ',' or '}', but the text ends: unexpected EOF`, "c"},
			lost:   "{\"x\":\n",
		},
		{
			reason: "what fails on the way to the next record belongs to the same damage",
			text:   a + "\n{\"x\":}\n{\"y\":1}\n{\"version\":[\n" + c,
			want:   []string{"a", `! x: want a value, got '}'`, "c"},
			lost:   "{\"x\":}\n{\"y\":1}\n{\"version\":[\n",
		},
		{
			reason: "a record that swallows the others, in text without lines: what stands in it may be a caller's",
			text:   `[` + a + `,{"x":[{},` + c + `]`,
			want:   []string{"a", `log: the text breaks off, in the record: unexpected EOF`},
		},
		{
			reason: "an object within the damaged record is not a record",
			text:   `[` + a + `,{"readOnly":tru,"x":` + c + `},` + c + `]`,
			want:   []string{"a", `! readOnly: want a value, got 't'`, "c"},
			lost:   `{"readOnly":tru,"x":` + c + `},`,
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			var got, lost []string
			index := 0
			for e, err := range event.ReadLog(strings.NewReader(tt.text)) {
				var re *event.RecordError
				switch {
				case errors.As(err, &re):
					got = append(got, "! "+offsets.ReplaceAllString(re.Err.Error(), ""))
					lost = append(lost, tt.text[re.Offset:re.End])
					if re.Index != index {
						t.Errorf("record %d has the index %d", index, re.Index)
					}
					if pe := (*event.ParseError)(nil); errors.As(err, &pe) && (pe.Offset < re.Offset || pe.Offset > int64(len(tt.text))) {
						t.Errorf("the error at offset %d has a cause at offset %d", re.Offset, pe.Offset)
					}
				case err != nil:
					got = append(got, offsets.ReplaceAllString(err.Error(), ""))
				default:
					got = append(got, e.ID)
				}
				index++
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.lost, strings.Join(lost, " … ")); diff != "" {
				t.Errorf("lost (-want +got):\n%s", diff)
			}
		})
	}
}

// offsets matches what errors say about offsets, and the name of the package in front.
var offsets = regexp.MustCompile(`^event: | \(at offset \d+\)$| at offset \d+`)

func TestReadLogBreaksOff(t *testing.T) {
	a, b := record("a"), record("b")
	log := `{"Records":[` + a + `,` + b + `]}`
	half := compress(t, log)
	corrupt := bytes.Clone(half)
	corrupt[len(corrupt)-8] ^= 0xff // the checksum
	errRead := errors.New("connection lost")
	for _, tt := range []struct {
		reason string
		reader io.Reader
		want   []string
		err    error
	}{
		{"no text", strings.NewReader(""), []string{`log: the text is empty: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"white space", strings.NewReader(" \n"), []string{`log: the text is empty: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"a byte order mark", strings.NewReader("\uFEFF"), []string{`log: the text is empty: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"gzip of no text", bytes.NewReader(compress(t, "")), []string{`log: the text is empty: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"the text ends between records", strings.NewReader(`[` + a), []string{"a", `log: the text breaks off, in the array of records: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"the text ends behind a comma", strings.NewReader(`[` + a + `,`), []string{"a", `log: the text breaks off, in the array of records: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"the text ends before the first record", strings.NewReader(`{"Records":[`), []string{`log: the text breaks off, in the array of records: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"the text ends behind the records", strings.NewReader(`{"Records":[` + a + `]`), []string{"a", `log: the text breaks off, in the array of records: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"the text ends in a record", strings.NewReader(log[:len(log)-9]), []string{"a", `log: the text breaks off, in the record: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"the text ends in the last line", strings.NewReader(a + "\n" + b[:100]), []string{"a", `log: the text breaks off, in the record: unexpected EOF`}, io.ErrUnexpectedEOF},
		{
			"the text ends in a record, in which something stands that looks like one", strings.NewReader(`[` + a + `,{"requestParameters":{"x":[{},` + b + `],"y`),
			[]string{"a", `log: the text breaks off, in the record: unexpected EOF`}, io.ErrUnexpectedEOF,
		},
		{
			"the text is damaged first and then ends", strings.NewReader(`[` + a + `,{"x":tru},` + b[:100]),
			[]string{"a", `record 1: x: want a value, got 't'`, `log: the text breaks off, in the record: unexpected EOF`}, io.ErrUnexpectedEOF,
		},
		{"gzip ends within its head", bytes.NewReader(half[:5]), []string{`log: the gzip data breaks off: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"gzip ends", bytes.NewReader(half[:len(half)-9]), []string{"a", "b", `log: the gzip data breaks off: unexpected EOF`}, io.ErrUnexpectedEOF},
		{"gzip has another checksum", bytes.NewReader(corrupt), []string{"a", "b", `log: the gzip data breaks off: gzip: invalid checksum`}, gzip.ErrChecksum},
		{"gzip is followed by something else", bytes.NewReader(append(bytes.Clone(half), "padding---"...)), []string{"a", "b", `log: the gzip data breaks off: gzip: invalid header`}, gzip.ErrHeader},
		{"reading goes wrong", io.MultiReader(strings.NewReader(`[`+a+`,`+b[:100]), iotest.ErrReader(errRead)), []string{"a", `log: the text breaks off: connection lost`}, errRead},
		{"reading goes wrong from the start", iotest.ErrReader(errRead), []string{`log: the text breaks off: connection lost`}, errRead},
		{"reading gives nothing", readerFunc(func([]byte) (int, error) { return 0, nil }), []string{`log: the text breaks off: multiple Read calls return no data or error`}, io.ErrNoProgress},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			var last error
			var got []string
			for e, err := range event.ReadLog(tt.reader) {
				if err != nil {
					last = err
					got = append(got, offsets.ReplaceAllString(err.Error(), ""))
				} else {
					got = append(got, e.ID)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var re *event.RecordError
			if errors.As(last, &re) || !errors.Is(last, tt.err) {
				t.Errorf("the last error is %#v", last)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestReadLogStops(t *testing.T) {
	log := `[` + record("a") + `,{"x":tru},` + record("b") + `,` + record("c")
	for n := range 4 {
		got := 0
		for range event.ReadLog(strings.NewReader(log)) {
			if got++; got > n {
				break
			}
		}
		if got != n+1 {
			t.Errorf("the loop ran %d times, want %d", got, n+1)
		}
	}
}

// A repeated is a text that is so many copies of part between head and tail, and never in memory.
type repeated struct {
	head, part, tail string
	n                int
	rest             string
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.rest == "" {
		switch {
		case r.head != "":
			r.rest, r.head = r.head, ""
		case r.n > 0:
			r.rest = r.part
			r.n--
		case r.tail != "":
			r.rest, r.tail = r.tail, ""
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestReadLogTooLarge(t *testing.T) {
	const limit = 4 << 20
	a, c := record("a"), record("c")
	large := strings.TrimSuffix(record("b"), "}") + `,"x":"` + strings.Repeat("x", limit) + `"}`
	fits := strings.TrimSuffix(record("b"), "}") + `,"x":"`
	fits += strings.Repeat("x", limit-len(fits)-2) + `"}`
	for _, tt := range []struct {
		reason string
		text   string
		want   []string
	}{
		{"the largest record", `{"Records":[` + a + `,` + fits + `,` + c + `]}`, []string{"a", "b", "c"}},
		{"one byte more", `{"Records":[` + a + `,` + strings.Replace(fits, "x", "xx", 1) + `,` + c + `]}`, []string{"a", "record 1: larger than 4194304 bytes", "c"}},
		{"a large record", `{"Records":[` + a + `,` + large + `,` + c + `]}`, []string{"a", "record 1: larger than 4194304 bytes", "c"}},
		{"a large line", a + "\n" + large + "\n" + c, []string{"a", "record 1: larger than 4194304 bytes", "c"}},
		{"something large at the end", a + large, []string{"a", "record 1: larger than 4194304 bytes"}},
		{"a large snapshot of Config", `{"fileVersion":"1.0","configurationItems":["` + strings.Repeat("x", 2*limit) + `"]}`, []string{"record 0: want CloudTrail record, got Config snapshot"}},
		{"a large member behind the records", `{"Records":[` + a + `],"x":"` + strings.Repeat("x", limit) + `"}` + c, []string{"a", "record 1: larger than 4194304 bytes", "c"}},
		{"a log whose head is damaged is read on from where it was too large", `{"Rocords":[` + strings.Repeat(a+`,`, limit/(len(a)+1)+1) + c + `]}`,
			[]string{"record 0: larger than 4194304 bytes", "c"}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			var got []string
			for _, line := range summary(t, event.ReadLog(strings.NewReader(tt.text))) {
				got = append(got, offsets.ReplaceAllString(line, ""))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

var raceEnabled bool // set by race_test.go

func TestReadLogMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 300 MB")
	}
	if raceEnabled {
		t.Skip("the race detector takes memory of its own, and ten times as long")
	}
	const size = 200 << 20
	a := record("a") + ","
	junk := strings.Repeat(`{"x":[`, 1000)
	for _, tt := range []struct {
		reason string
		log    repeated
		want   int // events
	}{
		{"a long log", repeated{head: `{"Records":[`, part: a, n: size / len(a), tail: record("z") + `]}`}, size/len(a) + 1},
		{"a long record", repeated{head: `{"Records":[` + a + `{"x":"`, part: junk, n: size / 4 / len(junk), tail: `",` + record("z") + `]}`}, 2},
		{"a log that is nested without end", repeated{part: junk, n: size / 4 / len(junk), tail: "\n" + record("z")}, 1},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			peak := before.HeapAlloc
			events := 0
			for e := range event.ReadLog(&tt.log) {
				if e != nil {
					events++
				}
				if events%50_000 == 1 || e == nil {
					runtime.GC()
					runtime.ReadMemStats(&now)
					peak = max(peak, now.HeapAlloc)
				}
			}
			if events != tt.want {
				t.Errorf("%d events, want %d", events, tt.want)
			}
			if grown := (peak - before.HeapAlloc) >> 20; grown > 16 {
				t.Errorf("the heap grew by %d MB", grown)
			}
		})
	}
}

// TestReadLogHostile holds ReadLog to a cost in proportion to the text. If it grew with the square
// of that, many of these would each take longer than go test waits.
func TestReadLogHostile(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("reads 40 MB several times")
	}
	const size = 2 << 20
	for _, part := range []string{
		`{`, `[`, `"`, `}`, `]`, `,`, `:`, `\`, "\n", `{"`, `{"a":`, "{\n", `{"Records":[`, `{"version":[`, `{"version":`, "\n{\"version\":[", "\n{\"a\":{\"b\":",
		"\n{\"version\":[1,", `[{"version":"`, `{"eventVersion":"1","x":[`, "{\"eventSource\":1,\"eventName\":1,\"eventVersion\":1}\n{\"x\":[\n",
	} {
		log := repeated{head: `{"Records":[`, part: strings.Repeat(part, 4096), n: size / len(part) / 4096}
		for range event.ReadLog(&log) {
		}
	}
}
