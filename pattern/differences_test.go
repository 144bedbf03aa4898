package pattern_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/pattern"
)

// differences holds a test for each row of "Where this package differs from EventBridge" in the package documentation.
var differences = map[string]func(t *testing.T){
	"Quotes": func(t *testing.T) {
		wantMatch(t, `{"a":[{"prefix":"x\""}]}`, `{"a":"x"}`, false)
		wantMatch(t, `{"a":[{"suffix":"\"x"}]}`, `{"a":"x"}`, false)
	},
	"Text after the root": func(t *testing.T) {
		for _, src := range []string{`{"a":["x"]}}`, `{"a":["x"]} junk`, `{"a":["x"]} {"a":["y"]}`} {
			wantReason(t, src, "Filter must be a single JSON object; found content after it")
		}
		wantEventError(t, `{"a":1} {"a":1}`, 8)
	},
	"Empty list under anything-but": func(t *testing.T) {
		for _, op := range []string{"prefix", "suffix", "equals-ignore-case", "wildcard"} {
			wantReason(t, `{"a":[{"anything-but":{"`+op+`":[]}}]}`, "Empty lists are not allowed inside anything-but")
		}
	},
	"More than 256 fields": func(t *testing.T) {
		fields, values := make([]string, 300), make([]string, 300)
		for i := range fields {
			fields[i] = fmt.Sprintf(`"f%d":[1]`, i)
			values[i] = fmt.Sprintf(`"f%d":1`, i)
		}
		wantMatch(t, "{"+strings.Join(fields, ",")+"}", "{"+strings.Join(values, ",")+"}", true)
	},
	"Interference": func(t *testing.T) {
		// A literal before a range around zero, which the engine loses in half of its builds.
		wantMatch(t, `{"c":["a",{"numeric":["<",1]},"b"]}`, `{"c":"a"}`, true)
		// Branches that share a value, of which the engine drops the later one.
		wantMatch(t, `{"$or":[{"c":["a"]},{"c":["a","x"]}]}`, `{"c":"x"}`, true)
		// A wildcard before equals-ignore-case, with which the engine finds what is not there.
		wantMatch(t, `{"a":[{"wildcard":"*a"},{"equals-ignore-case":"a"}]}`, `{"a":"b"}`, false)
		// A duplicate key of an array of objects, of which the engine's newer search sees one.
		wantMatch(t, `{"a":{"b":["1"],"c":["2"]}}`, `{"a":[{"b":"1","c":"9"}],"a":[{"c":"2"}]}`, true)
		// A number in another branch, with which the engine no longer takes digits for an address.
		wantMatch(t, `{"$or":[{"a":[{"cidr":"0.0.0.0/0"}]},{"a":[2]}]}`, `{"a":1}`, true)
	},
	"Invalid UTF-8": func(t *testing.T) {
		wantEventError(t, "{\"a\":\"\xff\"}", 6)
		if _, err := pattern.Compile("{\"a\":[\"\xff\"]}"); err == nil {
			t.Error("a pattern that is not UTF-8 was accepted")
		}
	},
	"Envelope": func(t *testing.T) {
		wantMatch(t, `{"a":[{"exists":false}]}`, `{}`, true)
	},
	"Deep events": func(t *testing.T) {
		wantMatch(t, `{"a":[1]}`, `{"a":`+nested("[", "1", "]", 999)+`}`, true)
		wantEventError(t, `{"a":`+nested("[", "1", "]", 1000)+`}`, 1005)
		wantMatch(t, `{"a":[1]}`, `{"a":1,"b":`+nested("[", "", "]", 5000)+`}`, true)
	},
	"Lone surrogates": func(t *testing.T) {
		wantMatch(t, `{"a":["\ud800"]}`, `{"a":"?"}`, true)
		wantMatch(t, `{"a":["?"]}`, `{"a":"\udc00"}`, true)
		wantMatch(t, `{"a":[{"prefix":"\udc00"}]}`, `{"a":"?b"}`, true) // as the engine has it
	},
	"Mistakes elsewhere": func(t *testing.T) {
		for event, reason := range unseenMistakes {
			if got, err := pattern.MustCompile(`{"a":[1]}`).Match([]byte(event)); err != nil || !got {
				t.Errorf("%s: %q: Match = %v, %v; want true", reason, event, got, err)
			}
		}
	},
	"Riddles": func(t *testing.T) { // see also TestHostileEvent
		p, event := riddle()
		_, err := p.Match(event)
		var e *pattern.EventError
		if !errors.As(err, &e) || !e.Hostile {
			t.Errorf("Match = %v, want a hostile event", err)
		}
	},
	"Order of addition": func(t *testing.T) {
		// The engine finds 6 to 11, by the order in which it happens to build.
		wantReason(t, `{"$or":[{"c":[""]},{"b":[{"exists":true}]}],"$or":[{"$or":[{"b":["b",{"wildcard":"*a"}]},{"":[{"suffix":""}]}]},`+
			`{"c":[{"cidr":"::/0"}]}],"c":[{"anything-but":{"wildcard":["*aa*","*baa*"]}}]}`, tooComplex)
	},
	"Exponents": func(t *testing.T) {
		wantReason(t, `{"a":[{"anything-but":1e3456789012}]}`, "Cannot compare number : 1e3456789012")
	},
	"Letters": func(t *testing.T) {
		// These two have had a case since Unicode 13, which the releases of both sides know.
		wantMatch(t, `{"a":[{"equals-ignore-case":"ⱥꞵ"}]}`, `{"a":"ȺꞴ"}`, true)
	},
}

func TestDifferences(t *testing.T) {
	for _, row := range slices.Sorted(maps.Keys(differences)) {
		t.Run(row, differences[row])
	}
}

// TestDifferencesListed holds that the documentation has the rows that are tested, each with the case, ours, theirs and why.
func TestDifferencesListed(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(source), "// # Where this package differs from EventBridge\n")
	list, _, _ = strings.Cut(list, "// # ")
	list = strings.ReplaceAll(list, "\n//     ", " ")
	var rows []string
	for _, m := range regexp.MustCompile(`(?m)^//   - (.*)$`).FindAllStringSubmatch(list, -1) {
		row := regexp.MustCompile(`^(.+?)\. Here: .+ There: .+ Why: .+\.$`).FindStringSubmatch(m[1])
		if row == nil {
			t.Errorf("want \"Case. Here: … There: … Why: …\", got %q", m[1])
			continue
		}
		rows = append(rows, row[1])
	}
	slices.Sort(rows)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(differences)), rows); diff != "" {
		t.Errorf("rows of the documentation (-tested +listed):\n%s", diff)
	}
}

func wantMatch(t *testing.T, src, event string, want bool) {
	t.Helper()
	p, err := pattern.Compile(src)
	if err != nil {
		t.Error(err)
		return
	}
	if got, err := p.Match([]byte(event)); err != nil || got != want {
		t.Errorf("%.100s on %.100s: Match = %v, %v; want %v", src, event, got, err, want)
	}
}

func wantReason(t *testing.T, src, reason string) {
	t.Helper()
	_, err := pattern.Compile(src)
	var e *pattern.SyntaxError
	if !errors.As(err, &e) || e.Reason != reason {
		t.Errorf("%s: %v, want the reason %q", src, err, reason)
	}
}

func wantEventError(t *testing.T, event string, offset int) {
	t.Helper()
	_, err := pattern.MustCompile(`{"a":[1]}`).Match([]byte(event))
	var e *pattern.EventError
	if !errors.As(err, &e) || e.Offset != offset || e.Hostile {
		t.Errorf("%.100s: %v, want an error at offset %d", event, err, offset)
	}
}
