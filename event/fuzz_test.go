package event_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
)

func FuzzParse(f *testing.F) {
	for _, name := range []string{"full.json", "api-call.json", "sign-in.json", "service-event.json", "insight.json", "network-activity.json"} {
		f.Add(readFile(f, name))
	}
	for _, tt := range forms {
		f.Add([]byte(tt.text))
	}
	f.Add([]byte(`{"detail-type":"AWS API Call via CloudTrail","detail":{"eventName":"X","userIdentity":{"type":7}}}`)) // a wrong type
	f.Add([]byte(`{"detail-type":"AWS API Call via CloudTrail","detail":{"eventName":"X","eventName":"Y"}}`))           // a duplicate
	f.Add([]byte(`{"detail-type":"AWS API Call via CloudTrail","detail":{"eventname":"X","EVENTNAME":"Y"}}`))           // other names
	f.Add([]byte(`{"detail\u002dtype":"\ud800","detail":{},"time":"2026-10-05T09:15:02Z"}`))                            // escapes
	f.Add([]byte(nested(20)))

	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := event.Parse(data)
		if err != nil {
			if pe := (*event.ParseError)(nil); e != nil || !errors.As(err, &pe) || pe.Offset < 0 || pe.Offset > int64(len(data)) {
				t.Fatalf("event %v, error %#v", e, err)
			}
			return
		}
		if !bytes.Equal(e.Raw(), data) {
			t.Fatalf("Raw() = %q", e.Raw())
		}
		checkRaw(t, e)
		// What was read stands under exactly that name, once.
		var members map[string]json.RawMessage
		if err := json.Unmarshal(data, &members); err != nil {
			t.Fatalf("encoding/json cannot read what Parse could: %v", err)
		}
		for name, value := range map[string]string{
			"version": e.Version, "id": e.ID, "detail-type": e.DetailType, "source": e.Source,
			"account": e.Account, "region": e.Region, "replay-name": e.ReplayName,
		} {
			var want string
			if raw, ok := members[name]; ok {
				if err := json.Unmarshal(raw, &want); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if value != want {
				t.Fatalf("%s is %q, want %q", name, value, want)
			}
		}
		if string(members["detail"]) != string(e.Detail) {
			t.Fatalf("detail is %s, want %s", e.Detail, members["detail"])
		}

		rec, err := e.CloudTrail()
		if err != nil {
			if pe := (*event.ParseError)(nil); rec != nil || !errors.Is(err, event.ErrNotCloudTrail) && !errors.As(err, &pe) {
				t.Fatalf("record %v, error %#v", rec, err)
			}
			return
		}
		var detail map[string]json.RawMessage
		if err := json.Unmarshal(e.Detail, &detail); err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]json.RawMessage{
			"requestParameters": rec.RequestParameters, "responseElements": rec.ResponseElements, "additionalEventData": rec.AdditionalEventData,
		} {
			if string(value) != string(detail[name]) {
				t.Fatalf("%s is %s, want %s", name, value, detail[name])
			}
		}
		// These must take whatever a record holds.
		rec.Failed()
		rec.SourceAddr()
		rec.Version()
		rec.Call()
		rec.UserIdentity.RoleARN()
		rec.UserIdentity.SessionName()
		event.Omitted(rec.RequestParameters)
	})
}

// checkRaw checks that Raw parses to an equal event.
func checkRaw(t *testing.T, e *event.Event) {
	t.Helper()
	if again := mustParse(t, string(e.Raw())); !reflect.DeepEqual(e, again) {
		t.Fatalf("Raw parses to another event (-first +second):\n%s", cmp.Diff(e, again, equalEvents))
	}
}

// FuzzReadLog damages the second of three records: at one place, so many bytes are replaced.
func FuzzReadLog(f *testing.F) {
	for layout := range layouts {
		f.Add(uint8(layout), uint16(0), uint16(0), []byte(nil))      // no damage
		f.Add(uint8(layout), uint16(0), uint16(1), []byte(nil))      // no opening brace
		f.Add(uint8(layout), uint16(18), uint16(1), []byte(nil))     // no closing quote
		f.Add(uint8(layout), uint16(300), uint16(9999), []byte(nil)) // no end
		f.Add(uint8(layout), uint16(300), uint16(9999), []byte(`"`)) // a string without end
		f.Add(uint8(layout), uint16(20), uint16(0), []byte(`}]}`))   // an end too early
		f.Add(uint8(layout), uint16(0), uint16(9999), []byte(`{"Records":[{"version":[{"x":"`))
		f.Add(uint8(layout), uint16(200), uint16(3), []byte("\x00\xff\\"))
	}
	f.Fuzz(checkDamage)
}

func checkDamage(t *testing.T, number uint8, at, cut uint16, insert []byte) {
	layout := layouts[int(number)%len(layouts)]
	b := record("b")
	at = min(at, uint16(len(b)))
	cut = min(cut, uint16(len(b))-at)
	damaged := b[:at] + string(insert) + b[at+cut:]
	text := layout.log(record("a"), damaged, record("c"))

	var ids []string
	end := int64(0)
	for e, err := range event.ReadLog(strings.NewReader(text)) {
		var re *event.RecordError
		switch {
		case errors.As(err, &re):
			if re.Offset < end || re.End < re.Offset || re.End > int64(len(text)) {
				t.Fatalf("after offset %d comes an error from %d to %d: %v", end, re.Offset, re.End, re)
			}
			end = re.End
		case err == nil:
			ids = append(ids, e.ID)
			checkRaw(t, e)
		}
	}
	if len(ids) == 0 || ids[0] != "a" {
		t.Fatalf("what goes before the damage is lost; events: %q\n%s", ids, text)
	}
	if mustFollow(layout.log, damaged, insert) && !slices.Contains(ids, "c") {
		t.Fatalf("what follows the damage is lost; events: %q\n%s", ids, text)
	}
}

// mustFollow reports whether the record behind a damaged one must be found: if the damage breaks
// the syntax before it. Otherwise it reads as a part of the damaged one. What was inserted must
// not itself look like a record or a member that begins there.
func mustFollow(log func(...string) string, damaged string, insert []byte) bool {
	if bytes.ContainsAny(insert, "{[\r\n") || strings.HasSuffix(strings.TrimSpace(damaged), ":") {
		return false
	}
	const mark = "\x00mark"
	before, _, _ := strings.Cut(log("", damaged, mark), mark)
	_, after, ok := strings.Cut(before, damaged)
	if !ok {
		return true // it was pretty-printed, so it is intact
	}
	// The last string of the damaged record may end in the quote of the next one's first name.
	text := damaged + after + `{"`
	err := json.NewDecoder(strings.NewReader(text + `eventVersion":1}`)).Decode(new(json.RawMessage))
	var syntax *json.SyntaxError
	return err == nil && json.Valid([]byte(damaged)) || errors.As(err, &syntax) && syntax.Offset <= int64(len(text))+1
}

// TestReadLogDamage loses a byte of a record, and all from that byte on, in many places.
func TestReadLogDamage(t *testing.T) {
	for layout := range layouts {
		for at := uint16(0); int(at) < len(record("b")); at += 3 {
			checkDamage(t, uint8(layout), at, 1, nil)
			checkDamage(t, uint8(layout), at, 9999, nil)
		}
	}
}
