package peers

import (
	"errors"
	"slices"
	"testing"
)

// TestMatchers holds each matcher to the language where the rule sets use it, so that a difference in
// a large set is not the first that is heard of a mistake.
func TestMatchers(t *testing.T) {
	for _, tt := range []struct {
		reason  string
		pattern string
		match   []string
		not     []string
	}{
		{"literals", `{"a":["x",1,true,null]}`,
			[]string{`{"a":"x"}`, `{"a":1}`, `{"a":true}`, `{"a":null}`, `{"a":["y","x"]}`},
			[]string{`{"a":"1"}`, `{"a":{"x":1}}`, `{"b":"x"}`, `{"a":[]}`}},
		{"a value in an object", `{"a":{"b":["x"]}}`,
			[]string{`{"a":{"b":"x"}}`, `{"a":[{"b":"x"}]}`},
			[]string{`{"b":"x"}`, `{"a":"x"}`}},
		{"one element holds both", `{"a":{"b":["x"],"c":["y"]}}`,
			[]string{`{"a":[{"b":"y","c":"x"},{"b":"x","c":"y"}]}`},
			[]string{`{"a":[{"b":"x","c":"x"},{"b":"y","c":"y"}]}`}},
		{"prefix", `{"a":[{"prefix":"xy"}]}`, []string{`{"a":"xyz"}`}, []string{`{"a":"x"}`, `{"a":1}`}},
		{"suffix", `{"a":[{"suffix":"yz"}]}`, []string{`{"a":"xyz"}`}, []string{`{"a":"zy"}`}},
		{"wildcard", `{"a":[{"wildcard":"a*bc*bd"}]}`,
			[]string{`{"a":"abcbd"}`, `{"a":"a bc bc bd"}`},
			[]string{`{"a":"abcd"}`, `{"a":"xabcbd"}`}},
		{"equals-ignore-case", `{"a":[{"equals-ignore-case":"Yes"}]}`,
			[]string{`{"a":"yES"}`},
			[]string{`{"a":"ye"}`}},
		{"exists", `{"a":[{"exists":true}]}`, []string{`{"a":"x"}`}, []string{`{"b":1}`}},
		{"absence", `{"a":{"b":[{"exists":false}]},"c":["x"]}`,
			[]string{`{"c":"x"}`, `{"a":{"d":1},"c":"x"}`},
			[]string{`{"a":{"b":1},"c":"x"}`}},
		{"anything-but wants a value", `{"a":[{"anything-but":["x","y"]}]}`,
			[]string{`{"a":"z"}`, `{"a":null}`},
			[]string{`{"a":"y"}`, `{"b":"z"}`}},
		{"anything-but or absence", `{"a":[{"anything-but":{"equals-ignore-case":"yes"}},{"exists":false}],"b":["x"]}`,
			[]string{`{"a":"No","b":"x"}`, `{"b":"x"}`}, []string{`{"a":"YES","b":"x"}`}},
		{"anything-but of a prefix", `{"a":[{"anything-but":{"prefix":["x","y"]}}]}`,
			[]string{`{"a":"zx"}`},
			[]string{`{"a":"xz"}`, `{"a":"yz"}`}},
		{"numeric", `{"a":[{"numeric":[">",1,"<=",3]}]}`,
			[]string{`{"a":3}`, `{"a":1.5}`},
			[]string{`{"a":1}`, `{"a":3.1}`, `{"a":"2"}`}},
		{"cidr", `{"a":[{"cidr":"10.0.0.0/8"}]}`,
			[]string{`{"a":"10.1.2.3"}`},
			[]string{`{"a":"11.1.2.3"}`, `{"a":"x"}`}},
		{"$or", `{"a":["x"],"$or":[{"b":["y"]},{"c":{"d":["z"]}}]}`,
			[]string{`{"a":"x","b":"y"}`, `{"a":"x","c":{"d":"z"}}`}, []string{`{"a":"x"}`, `{"b":"y"}`}},
	} {
		for _, p := range Go() {
			if p.Reads {
				continue
			}
			m, err := p.Build([]string{tt.pattern}, func() {})
			if errors.Is(err, ErrLacks) && p.Name == "quamina" {
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", tt.reason, err)
				continue
			}
			check := func(events []string, want []int32) {
				for _, e := range events {
					for _, m := range []Matcher{m, m.Clone()} {
						if got, err := m.AppendMatches(nil, []byte(e)); err != nil || !slices.Equal(got, want) {
							t.Errorf("%s: %s says %v, %v of %s; want %v", tt.reason, p.Name, got, err, e, want)
						}
					}
				}
			}
			check(tt.match, []int32{0})
			check(tt.not, nil)
		}
	}
}

// TestReaders looks for a reader that reads something else, or nothing.
func TestReaders(t *testing.T) {
	const event = `{"source":"aws.iam","detail-type":"t","detail":{"eventName":"n\u00e4\"me",` +
		`"errorCode":null,"errorMessage":7,"userIdentity":{"type":"Root"},"additionalEventData":null,` +
		`"responseElements":{"ConsoleLogin":""}}}`
	want := int32(0)
	for _, text := range []string{"aws.iam", "t", "", "nä\"me", "", "", "", "", "Root", "", "", ""} {
		want = digest(want, text)
	}
	for _, p := range readers {
		m, err := p.Build(nil, func() {})
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.AppendMatches(nil, []byte(event))
		if p.Name != "json.Valid" && (err != nil || !slices.Equal(got, []int32{want})) {
			t.Errorf("%s reads %d, %v; want %d", p.Name, got, err, want)
		}
	}
	for _, name := range []string{"json.Valid", "encoding/json", "fastjson"} { // the others read what they need
		p, _ := Find(name)
		m, _ := p.Build(nil, func() {})
		if _, err := m.AppendMatches(nil, []byte(event+"}")); err == nil {
			t.Errorf("%s takes text behind the event", name)
		}
	}
}
