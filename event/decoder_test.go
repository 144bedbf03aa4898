package event

// These tests are inside the package: they hold the decoder, which nobody else sees, to what
// encoding/json makes of the same text.

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"testing"
	"unicode/utf8"
)

// texts are seeds of the right and of the wrong syntax.
var texts = []string{
	`null`, `true`, `false`, `nul`, `nulls`, `True`, ``, ` `, `x`,
	`0`, `-0`, `-`, `01`, `1.`, `1.5`, `.5`, `1e5`, `1E+5`, `1e-05`, `1e`, `+1`, `1_0`, `0x1`, `NaN`,
	`""`, `"a"`, `"`, `"a`, `"\"`, `"\\"`, `"\/\b\f\n\r\t\u00e9\uD83D\ude00"`, `"\ud800"`, `"\u12"`, `"\u12x4"`, `"\x"`, "\"\n\"", "\"\x7f\"", `"é"`,
	`[]`, `[ ]`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[1}`, `[`, `]`, `[[[]]]`, `[1,[2,{"a":[]}],"x"]`,
	`{}`, `{ }`, `{"a":1}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a" :1 , "b": 2}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{"a":1]`, `{`, `}`,
	`{}{}`, `{} x`, "\uFEFF{}", "{}\x00", "{}\n", "\v{}",
}

func check(t *testing.T, data []byte) {
	if !utf8.Valid(data) {
		return // the decoder leaves that to checkUTF8
	}
	d := decoder{data: data, lax: true}
	d.skip()
	// A log is read in pieces: whether a text ends too early, or is wrong already, must be right.
	var first json.RawMessage
	cut := errors.Is(json.NewDecoder(bytes.NewReader(data)).Decode(&first), io.ErrUnexpectedEOF)
	if blank := len(bytes.Trim(data, " \t\r\n")) == 0; (d.err != nil && errors.Is(d.err, io.ErrUnexpectedEOF)) != (cut || blank) {
		t.Fatalf("%q: encoding/json says that the text is cut off = %t, the decoder says %v", data, cut, d.err)
	}
	d.finish()
	if valid := json.Valid(data); valid != (d.err == nil) {
		t.Fatalf("%q: encoding/json says valid = %t, the decoder says %v", data, valid, d.err)
	}
	if d.err != nil && (d.err.Offset < 0 || d.err.Offset > int64(len(data))) {
		t.Fatalf("%q: offset %d", data, d.err.Offset)
	}

	d = decoder{data: data, lax: true}
	if d.peek() != '{' || !json.Valid(data) {
		return
	}
	got := make(map[string]any)
	for name := range d.members() {
		var v any
		if err := json.Unmarshal(d.raw(), &v); err != nil {
			t.Fatalf("%q: %s: %v", data, name, err)
		}
		got[name] = v
	}
	want := make(map[string]any)
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: the decoder reads %v, encoding/json reads %v", data, got, want)
	}
}

func TestDecoder(t *testing.T) {
	for _, text := range texts {
		check(t, []byte(text))
	}
}

func FuzzDecoder(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(check)
}
