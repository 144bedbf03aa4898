package peers

import (
	"errors"
	"slices"
	"testing"
)

func TestToQuamina(t *testing.T) {
	for _, tt := range []struct {
		reason  string
		pattern string
		want    []string // nil if quamina lacks something
	}{
		{"what is the same stays", `{"a":["x",1],"b":{"c":[{"prefix":"x"}]}}`, []string{`{"a":["x",1],"b":{"c":[{"prefix":"x"}]}}`}},
		{"suffix and wildcard are shellstyle", `{"a":[{"suffix":"x"},{"wildcard":"x*y"}]}`,
			[]string{`{"a":[{"shellstyle":"*x"},{"shellstyle":"x*y"}]}`}},
		{"anything-but takes a list", `{"a":[{"anything-but":"x"}]}`, []string{`{"a":[{"anything-but":["x"]}]}`}},
		{"and knows no operators, so all casings", `{"a":[{"anything-but":{"equals-ignore-case":"n1o"}}]}`,
			[]string{`{"a":[{"anything-but":["n1o","n1O","N1o","N1O"]}]}`}},
		{"exists stands alone", `{"a":[{"exists":false},"x"]}`, []string{`{"a":[{"exists":false}]}`, `{"a":["x"]}`}},
		{"and so in two fields", `{"a":[{"exists":false},"x"],"b":{"c":[{"anything-but":"y"},"y"]}}`, []string{
			`{"a":[{"exists":false}],"b":{"c":[{"anything-but":["y"]}]}}`, `{"a":[{"exists":false}],"b":{"c":["y"]}}`,
			`{"a":["x"],"b":{"c":[{"anything-but":["y"]}]}}`, `{"a":["x"],"b":{"c":["y"]}}`}},
		{"it has no $or", `{"$or":[{"a":["x"]},{"b":["x"]}]}`, nil},
		{"nor cidr", `{"a":[{"cidr":"10.0.0.0/8"}]}`, nil},
		{"nor anything-but of a prefix", `{"a":[{"anything-but":{"prefix":"x"}}]}`, nil},
		{"nor a prefix without regard to case", `{"a":[{"prefix":{"equals-ignore-case":"x"}}]}`, nil},
	} {
		got, err := toQuamina(tt.pattern)
		if tt.want == nil {
			if !errors.Is(err, ErrLacks) {
				t.Errorf("%s: got %q, %v; want an ErrLacks", tt.reason, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, %v; want %q", tt.reason, got, err, tt.want)
		}
	}
}
