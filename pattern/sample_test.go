package pattern_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/internal/patterngen"
	"github.com/countertrail/countertrail/pattern"
)

// checkSample holds what must be so of every sample, and returns it, or nil if no event matches.
func checkSample(t *testing.T, p *pattern.Pattern, seed uint64) *pattern.Sample {
	t.Helper()
	s, err := p.Sample(&pattern.SampleOptions{Seed: seed})
	var unsatisfiable *pattern.UnsatisfiableError
	if errors.As(err, &unsatisfiable) {
		if unsatisfiable.Reason == "" || !strings.HasPrefix(p.String()[unsatisfiable.Offset:], `"`) {
			t.Errorf("%s: %+v", p, unsatisfiable)
		}
		return nil
	}
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	if ok, err := p.Match(s.Event); err != nil || !ok {
		t.Errorf("%s\ndoes not match its sample: %v\n%s", p, err, s.Event)
	}
	if !json.Valid(s.Event) {
		t.Errorf("%s: not JSON: %s", p, s.Event)
	}
	for _, m := range s.Mutations {
		if ok, err := p.Match(m.Event); err != nil || ok {
			t.Errorf("%s\nmatches its mutation %s: %v\n%s", p, m.Reason, err, m.Event)
		}
		if bytes.Equal(m.Event, s.Event) || m.Reason == "" {
			t.Errorf("%s: a mutation changes nothing: %+v", p, m)
		}
	}
	again, err := p.Sample(&pattern.SampleOptions{Seed: seed})
	if err != nil || !bytes.Equal(again.Event, s.Event) || len(again.Mutations) != len(s.Mutations) {
		t.Errorf("%s: two samples of one seed differ, %v", p, err)
	}
	return s
}

// TestSampleCatalog holds that the samples of the catalog look like events, and that each field makes a difference.
func TestSampleCatalog(t *testing.T) {
	for _, version := range cis.Versions() {
		b, err := cis.Version(version)
		if err != nil {
			t.Fatal(err)
		}
		for c := range b.Controls() {
			for seed := range uint64(20) {
				s := checkSample(t, c.Pattern, seed)
				if s == nil {
					t.Errorf("%s: no sample", c.ID)
					continue
				}
				var e struct {
					Source, Account string
					Detail          struct{ EventSource, RecipientAccountID string }
				}
				if err := json.Unmarshal(s.Event, &e); err != nil {
					t.Fatal(err)
				}
				if label, _, _ := strings.Cut(e.Detail.EventSource, "."); "aws."+label != e.Source || e.Detail.RecipientAccountID != e.Account {
					t.Errorf("%s: the record does not fit the event\n%s", c.ID, s.Event)
				}
				if !slices.ContainsFunc(s.Mutations, func(m pattern.Mutation) bool { return m.Path == "detail-type" }) {
					t.Errorf("%s: no mutation of the detail type", c.ID)
				}
			}
		}
	}
}

// TestSampleGenerated holds that what is called unsatisfiable is, as far as events are generated, and all else has a sample.
func TestSampleGenerated(t *testing.T) {
	n := 1500
	if testing.Short() {
		n = 500
	}
	g := patterngen.New(21)
	unsatisfiable, mutations, fields := 0, 0, 0
	for i := range n {
		src, event := g.Pair()
		p, err := pattern.Compile(src)
		if err != nil {
			continue
		}
		s := checkSample(t, p, uint64(i%3))
		if s == nil {
			unsatisfiable++
			if ok, _ := p.Match([]byte(event)); ok {
				t.Errorf("%s\nhas no sample, but matches\n%s", src, event)
			}
			continue
		}
		mutations += len(s.Mutations)
		x, err := p.Explain(s.Event)
		if err != nil {
			t.Fatal(err)
		}
		fields += x.Fields
	}
	if unsatisfiable == 0 || unsatisfiable > n/20 {
		t.Errorf("%d of %d patterns have no sample", unsatisfiable, n)
	}
	if mutations < fields {
		t.Errorf("%d mutations of %d fields", mutations, fields)
	}
}

func TestSampleUnsatisfiable(t *testing.T) {
	tests := []struct {
		pattern string
		path    string
		reason  string
	}{
		{`{"a":{"b":[1.0000000000000001]}}`, "a.b", "the event's number has been rounded"},
		{`{"a":[1e309,1e-400]}`, "a", "neither of two"},
		{`{"a":[{"numeric":[">",1,"<",1.0000000000000002]}]}`, "a", "nothing lies between two neighbours"},
		{`{"a":[{"numeric":[">",1.7976931348623157e308]}]}`, "a", "there is no greater number"},
		{`{"x":["y"],"$or":[{"a":[1e309]},{"b":[1e309]}]}`, "a", "none of the branches"},
	}
	for _, tt := range tests {
		_, err := pattern.MustCompile(tt.pattern).Sample(nil)
		var e *pattern.UnsatisfiableError
		if !errors.As(err, &e) || e.Path != tt.path || !strings.HasPrefix(err.Error(), "pattern: "+tt.path+": ") {
			t.Errorf("%s: %s: %v", tt.reason, tt.pattern, err)
		}
	}
	for _, p := range []*pattern.Pattern{nil, new(pattern.Pattern)} {
		var e *pattern.UnsatisfiableError
		if _, err := p.Sample(nil); !errors.As(err, &e) || e.Path != "" {
			t.Errorf("the empty pattern: %v", err)
		}
	}
}

// TestSampleOdd holds that patterns that seem to contradict themselves and do not have samples.
func TestSampleOdd(t *testing.T) {
	tests := []struct{ pattern, reason string }{
		{`{"a":[1],"a.b":[2],"a.b.c":[3]}`, "a path that is a value and an object: a key with a dot"},
		{`{"a":[{"exists":false}],"a.b":[2]}`, "a path that is an object is absent"},
		{`{"a":[{"exists":true}],"a.b":[{"exists":false}]}`, "and the other way round"},
		{`{"a":{"":[1]},"b.":[1],".c":[1],"d..e":[1]}`, "keys that are empty, joined"},
		{`{"":[1]}`, "the empty path"},
		{`{"\ud800":["\ud800"]}`, "half a surrogate pair"},
		{`{"detail":["x"],"detail.eventName":["y"]}`, "a detail that is no object"},
		{`{"id":[{"exists":false}],"detail-type":[{"suffix":"via CloudTrail"}],"detail":{"userIdentity":[{"exists":false}],"eventName":[{"exists":false}]}}`, "an event that lacks what events have"},
		{`{"a":[{"anything-but":{"wildcard":"*"}}]}`, "anything but text"},
		{`{"a":[{"equals-ignore-case":"ǅß🚀İ"}]}`, "texts that do not equal themselves"},
		{`{"a":[9007199254740993]}`, "a number that is compared by its spelling"},
		{`{"a":[{"cidr":"::ffff:a00:0/24"}],"b":[{"cidr":"2001:db8::/32"}]}`, "addresses"},
		{`{"a":[{"wildcard":"*\\*\\\\*"}]}`, "escapes"},
	}
	for _, tt := range tests {
		for seed := range uint64(3) {
			if checkSample(t, pattern.MustCompile(tt.pattern), seed) == nil {
				t.Errorf("%s: %s has no sample", tt.reason, tt.pattern)
			}
		}
	}
}

// TestSample gives the exact sample and reasons of one pattern of each kind.
func TestSample(t *testing.T) {
	archives(t, "sample", func(t *testing.T, files map[string]string) (string, string) {
		p, err := pattern.Compile(files["pattern.json"])
		if err != nil {
			t.Fatal(err)
		}
		s := checkSample(t, p, 0)
		if s == nil {
			t.Fatal("no sample")
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s", s.Event)
		for _, m := range s.Mutations {
			fmt.Fprintf(&b, "%s\n", m.Reason)
		}
		return "sample", strings.TrimSuffix(b.String(), "\n")
	})
}

// FuzzSample holds that every pattern has a sample that matches and mutations that do not, or else is unsatisfiable.
func FuzzSample(f *testing.F) {
	for _, c := range readCases(f) {
		if c.reason == "" {
			f.Add(c.pattern, uint64(0))
			f.Add(c.pattern, uint64(1))
		}
	}
	for _, dir := range []string{"sample", "explain", "lint"} {
		seeds(f, dir, func(pattern string, _ []byte) { f.Add(pattern, uint64(0)) })
	}
	f.Fuzz(func(t *testing.T, src string, seed uint64) {
		if p, err := pattern.Compile(src); err == nil {
			checkSample(t, p, seed)
		}
	})
}
