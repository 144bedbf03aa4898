package rule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// holdsClean fails if clean does not agree with encoding/json on data, which is not nested deep.
func holdsClean(t *testing.T, data []byte) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // of any size
	want := json.Valid(data) && utf8.Valid(data) && unrepeated(t, d)
	if got := clean(data); got != want {
		t.Fatalf("clean %t, want %t: %q", got, want, data)
	}
	_, problems := parseValue(data)
	if (problems == nil) != want {
		t.Fatalf("clean %t, problems %v: %q", want, problems, data)
	}
}

// unrepeated reports whether no object in the next value, which is valid, has two members of one name.
func unrepeated(t *testing.T, d *json.Decoder) bool {
	token := func() json.Token {
		v, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	open := token()
	if open != json.Delim('{') && open != json.Delim('[') {
		return true
	}
	ok, seen := true, make(map[json.Token]bool)
	for d.More() {
		if open == json.Delim('{') {
			name := token()
			ok = ok && !seen[name]
			seen[name] = true
		}
		ok = unrepeated(t, d) && ok
	}
	token()
	return ok
}

func TestClean(t *testing.T) {
	members := func(n int, more string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"n%d":1`, i))
		}
		return "{" + strings.Join(all, ",") + more + "}"
	}
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := []struct {
		text   string
		want   bool
		reason string
	}{
		{` {"a": [1, -0.5e+7, 0, 10.25E-2, true, false, null, {}, [], ""], "b": {"a": "\"\\\/\b\f\n\r\t\u00eF"}} `, true, "all there is"},
		{`"é\ud800"`, true, "half a pair is JSON"},
		{`{"a":1,"a":2}`, false, "a repeated member"},
		{`{"a":{"b":1,"c":[{"d":1,"d":1}]}}`, false, "one deep inside"},
		{`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}`, true, "the same name in several objects"},
		{`{"a":1,"b":{"c":1,"d":2},"a":2}`, false, "names after an inner object"},
		{`{"a":1,"b":[{"c":1}],"c":2}`, true, "a name of an inner object"},
		{`{"\u0061":1,"b":2}`, true, "an escape in a name"},
		{`{"\u0061":1,"a":2}`, false, "the same name, spelled differently"},
		{members(fewNames+9, ""), true, "many members"},
		{members(fewNames+9, `,"n3":1`), false, "one of the first again"},
		{members(fewNames+9, `,"n20":1`), false, "one of the others again"},
		{`[` + members(fewNames+9, "") + `,` + members(fewNames+9, "") + `]`, true, "many members in several objects"},
		{strings.Replace(members(fewNames+9, ""), ":1", ":"+members(fewNames+9, ""), 1), true, "many members, and the same in one of them"},
		{members(fewNames+9, `,"in":`+members(fewNames+9, "")), true, "many members, and the same in the last"},
		{"{\"a\"\n:\t1\r, \"b\" : 2}", true, "white space on both sides of a colon"},
		{"-1e999999", true, "a number that has no room in a float"},
		{nested(100), true, "deep"},
		{"[" + strings.Repeat("{},[],", maxDepth) + "{}]", true, "many objects and arrays, of which none is deep"},
		{"", false, "nothing"},
		{" ", false, "only a blank"},
		{"{}\x00", false, "a NUL"},
		{"{} {}", false, "two values"},
		{"[1,]", false, "a comma too many"},
		{`{"a":1,}`, false, "a comma too many"},
		{`{,"a":1}`, false, "a comma in front"},
		{"[1 2]", false, "a comma too few"},
		{`{"a" 1}`, false, "a colon too few"},
		{`{"a"}`, false, "no value"},
		{`{1:2}`, false, "a number for a name"},
		{"[1}", false, "the wrong bracket"},
		{`{"a":1]`, false, "the wrong bracket"},
		{"[", false, "an end in between"},
		{`"a`, false, "an open string"},
		{`"\`, false, "an open escape"},
		{`"\x"`, false, "no escape"},
		{`"\u00g0"`, false, "no digit"},
		{`"\u00"`, false, "too few digits"},
		{"\"\t\"", false, "a tab in a string"},
		{"\"\xff\"", false, "no UTF-8"},
		{"\xef\xbb\xbf{}", false, "a byte order mark"},
		{"01", false, "a zero in front"},
		{"-", false, "only a sign"},
		{"1.", false, "no fraction"},
		{".5", false, "no integer"},
		{"1e", false, "no exponent"},
		{"1e+", false, "no exponent"},
		{"+1", false, "a plus"},
		{"tru", false, "half a word"},
		{"nulls", false, "more than a word"},
		{"NaN", false, "no word of JSON"},
	}
	for _, tt := range tests {
		if got := clean([]byte(tt.text)); got != tt.want {
			t.Errorf("%s: %q: %t", tt.reason, tt.text, got)
		}
		holdsClean(t, []byte(tt.text))
	}
	for _, deep := range []string{nested(maxDepth), nested(maxDepth + 1), `{"a":` + nested(5000) + `}`} {
		if v, problems := parseValue([]byte(deep)); v.text == nil || problems != nil {
			t.Errorf("%.10s…, %d bytes: problems %v", deep, len(deep), problems)
		}
	}
}

// TestNamesStayFew holds that a name is compared with a few others, however many there are.
func TestNamesStayFew(t *testing.T) {
	var n names
	for i := range 1000 {
		if name := fmt.Appendf(nil, "n%d", i); !n.add(name) || n.add(name) {
			t.Fatalf("%s is not new once", name)
		}
	}
	if len(n.few) > fewNames {
		t.Errorf("a name is compared with %d others", len(n.few))
	}
}

// What nearly is a file of the catalog is not taken for one, and the files themselves are clean, so
// that they are read quickly.
func TestCleanFiles(t *testing.T) {
	catalog := os.DirFS("../cis/data/controls")
	names, err := fs.Glob(catalog, "*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, error %v", len(names), err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(catalog, name)
		if err != nil {
			t.Fatal(err)
		}
		if !clean(data) {
			t.Errorf("%s is not clean", name)
		}
		if strings.Count(name, ".") > 2 {
			continue
		}
		for i := 0; i < len(data); i += 37 {
			holdsClean(t, data[:i])
			holdsClean(t, append(bytes.Clone(data[:i]), data[i+1:]...))
			for _, b := range []byte(`"\{}[],:0e u` + "\n\xff") {
				changed := bytes.Clone(data)
				changed[i] = b
				holdsClean(t, changed)
			}
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte(`{"a": [1, -0.5e+7, true, false, null, {}, "\u00ef\n"], "b": {"a": ""}}`))
	f.Add([]byte(`{"a": 1, "b": {"c": 1}, "a": 2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) <= maxDepth {
			holdsClean(t, data)
		}
	})
}
