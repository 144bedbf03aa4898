package ruler

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestShrink(t *testing.T) {
	p := pair{
		pattern: `{"x":[1,2,{"prefix":"aé"}],"a":{"b":[{"exists":false},"hit"],"c":[3]}}`,
		event:   `{"z":[[{"y":"a]b"}],{"k":{"m":true,"hit":null}}]}`,
	}
	got := shrink(p, func(p pair) bool {
		return strings.Contains(p.pattern, `"hit"`) && strings.Contains(p.event, `"hit":null`) &&
			json.Valid([]byte(p.pattern)) && json.Valid([]byte(p.event))
	})
	want := pair{`{"":"hit"}`, `{"hit":null}`}
	if got != want {
		t.Errorf("shrink left %q, want %q", got, want)
	}
}
