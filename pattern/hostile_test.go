package pattern_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern"
)

// list returns n elements as a JSON array.
func list(n int, element func(i int) string) string {
	elements := make([]string, n)
	for i := range elements {
		elements[i] = element(i)
	}
	return "[" + strings.Join(elements, ",") + "]"
}

// TestSearchSteps counts the steps of the search for array elements, on events that are large but of a shape that services
// send. They must stay proportional to the event, and far below the bound.
func TestSearchSteps(t *testing.T) {
	three := pattern.MustCompile(`{"a":{"x":[1],"y":[1],"z":[1]}}`)
	tests := []struct {
		p      *pattern.Pattern
		event  func(n int) string
		want   bool
		reason string
	}{
		{
			three,
			func(n int) string { return `{"a":` + list(n, func(i int) string { return `{"x":1,"y":1}` }) + `}` },
			false, "elements that satisfy two of three fields",
		},
		{
			three,
			func(n int) string {
				return `{"a":` + list(n, func(i int) string { return fmt.Sprintf(`{"x":1,"y":%d,"z":1}`, i/(n-1)) }) + `}`
			},
			true, "only the last element satisfies all",
		},
		{
			pattern.MustCompile(`{"a":{"b":{"x":[1],"y":[1]},"c":{"x":[1]},"z":[2]}}`),
			func(n int) string {
				return `{"a":` + list(4, func(int) string {
					return `{"b":` + list(n/8, func(int) string { return `{"x":1,"y":1}` }) +
						`,"c":` + list(n/8, func(int) string { return `{"x":1}` }) + `,"z":1}`
				}) + `}`
			},
			false, "two arrays in each element, of which no choice helps",
		},
		{
			pattern.MustCompile(`{"a":{"x":[1]},"b":{"x":[1]},"c":{"x":[1]},"d":{"x":[2]},"e":{"x":[1]}}`),
			func(n int) string {
				l := list(n/4, func(int) string { return `{"x":1}` })
				return `{"a":` + l + `,"b":` + l + `,"c":` + l + `,"d":[{"x":1},{"x":2}],"e":[{"x":3}]}`
			},
			false, "independent arrays: nothing must be tried for each other's elements",
		},
		{
			pattern.MustCompile(`{"a":{"x":[1],"y":[{"exists":false}],"z":[1]}}`),
			func(n int) string {
				return `{"a":` + list(n, func(i int) string { return `{"x":1,"y":1,"z":1}` }) + `}`
			},
			false, "absence in every element",
		},
		{
			pattern.MustCompile(`{"a":{"x":[1],"y":[{"exists":false}],"z":[1]}}`),
			func(n int) string {
				return `{"a":` + list(n, func(i int) string { return `{"x":1,"z":0},{"y":1,"z":1}` }) + `}`
			},
			false, "absence in every other element",
		},
	}
	for _, tt := range tests {
		for _, n := range []int{100, 10000} {
			event := []byte(tt.event(n))
			if got, err := tt.p.Match(event); err != nil || got != tt.want {
				t.Errorf("%s, %d: Match = %v, %v; want %v", tt.reason, n, got, err, tt.want)
				continue
			}
			stats, err := tt.p.Measure(event)
			if err != nil || stats.Steps > 20*n+100 || 4*stats.Steps > stats.AllowedSteps {
				t.Errorf("%s, %d: %d of %d steps, %v", tt.reason, n, stats.Steps, stats.AllowedSteps, err)
			}
		}
	}
}

// riddle returns a pattern and an event that is hard to match: with duplicate keys there are as many arrays as there are
// variables, and each element satisfies the fields, or clauses, that the variable's value satisfies.
func riddle() (*pattern.Pattern, []byte) {
	const variables, clauses = 40, 40
	var fields, arrays []string
	for c := range clauses {
		fields = append(fields, fmt.Sprintf(`"c%02d":[1]`, c))
	}
	for v := range variables {
		arrays = append(arrays, `"a":`+list(2, func(side int) string {
			var sat []string
			for c := range clauses {
				if (c*7+v*3)%variables < 3 && (c+v+side)%2 == 0 {
					sat = append(sat, fmt.Sprintf(`"c%02d":1`, c))
				}
			}
			return "{" + strings.Join(sat, ",") + "}"
		}))
	}
	// The last field, in the order of the search, is one that only the first array's other element has.
	p := pattern.MustCompile(`{"a":{` + strings.Join(fields, ",") + `,"z":[1],"zz":[1]}}`)
	return p, []byte(`{` + strings.Join(arrays, ",") + `,"a":[{"z":1},{"zz":1}]}`)
}

func TestHostileEvent(t *testing.T) {
	p, event := riddle()
	_, err := p.Match(event)
	var e *pattern.EventError
	if !errors.As(err, &e) || !e.Hostile {
		t.Errorf("Match = %v, want a hostile event", err)
	}
	stats, _ := p.Measure(event)
	if stats.Steps > stats.AllowedSteps+1 {
		t.Errorf("%d of %d steps", stats.Steps, stats.AllowedSteps)
	}

	s := pattern.NewSet(slices.All([]*pattern.Pattern{pattern.MustCompile(`{"a":{"z":[1]}}`), p}))
	if keys, err := s.Match(event); len(keys) != 0 || !errors.As(err, &e) || !e.Hostile {
		t.Errorf("Set.Match = %v, %v; want no keys and a hostile event", keys, err)
	}
	// It is hostile too if there is something wrong, or too deep for Explain, where no pattern looks.
	for _, elsewhere := range []string{nested("[", "", "]", 1001), "01"} {
		hidden := []byte(strings.TrimSuffix(string(event), "}") + `,"q":` + elsewhere + "}")
		if _, err := p.Match(hidden); !errors.As(err, &e) || !e.Hostile {
			t.Errorf("Match with %.3s… elsewhere = %v, want a hostile event", elsewhere, err)
		}
	}
	// What the event did must not show in the next answer.
	if keys, err := s.Match([]byte(`{"a":{"z":1}}`)); !slices.Equal(keys, []int{0}) || err != nil {
		t.Errorf("Set.Match = %v, %v; want the first pattern", keys, err)
	}
}

// raceEnabled is true under the race detector, which makes a sync.Pool forget now and then.
var raceEnabled bool

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	patterns := []*pattern.Pattern{
		pattern.MustCompile(`{"source":["aws.iam"],"detail":{"eventName":["CreateUser",{"prefix":"Delete"}],"errorCode":[{"exists":false}]}}`),
		pattern.MustCompile(`{"detail":{"userAgent":[{"wildcard":"*console*amazonaws.com"}],"n":[{"numeric":[">",3]}],"ip":[{"cidr":"10.0.0.0/8"}]}}`),
		pattern.MustCompile(`{"detail":{"eventName":[{"anything-but":{"suffix":["x","y"]}}],"name":[{"equals-ignore-case":"STRASSE é"}]}}`),
		pattern.MustCompile(`{"detail":{"tags":["b"],"set":{"key":["v"]}}}`),
		pattern.MustCompile(`{"detail":{"set":{"key":["v"],"value":[1],"none":[{"exists":false}]}}}`),
	}
	for i := range 20 { // which share an automaton
		patterns = append(patterns, pattern.MustCompile(fmt.Sprintf(`{"detail":{"userAgent":[{"wildcard":"*%c*n%c*com*"}]}}`, 'a'+i, 's'+i%3)))
	}
	events := map[string]string{
		"wildcards":        `{"detail":{"userAgent":"x.console.y.` + strings.Repeat("console.nt-", 30) + `amazonaws.com"}}`,
		"plain":            `{"source":"aws.iam","detail":{"eventName":"CreateUser","userAgent":"x.console.y.amazonaws.com","n":4.25,"ip":"10.1.2.3"}}`,
		"escapes":          `{"source":"aws.ia\u006d","detail":{"event\u004eame":"Delete\/User","name":"stra\u0053se \u00c9","unused":["\u0041",{"x":"\n"}]}}`,
		"array of strings": `{"detail":{"tags":["a","b","c"],"unused":[{"a":[1]},[2]]}}`,
		"object":           `{"detail":{"set":{"key":"v"}}}`,
		"array of objects": `{"detail":{"set":[{"key":"u","value":1},{"key":"v","value":2},[{"key":"v","value":1}]]}}`,
	}
	s := pattern.NewSet(slices.All(patterns))
	for name, text := range events {
		event := []byte(text)
		dst := make([]int, 0, len(patterns))
		if got := testing.AllocsPerRun(100, func() {
			if _, err := s.AppendMatch(dst, event); err != nil {
				t.Fatal(err)
			}
		}); got != 0 {
			t.Errorf("%s: AppendMatch allocates %v times", name, got)
		}
		if got := testing.AllocsPerRun(100, func() {
			for _, p := range patterns {
				if _, err := p.Match(event); err != nil {
					t.Fatal(err)
				}
			}
		}); got != 0 {
			t.Errorf("%s: Match allocates %v times", name, got)
		}
	}
}
