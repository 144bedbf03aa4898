package deploy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/pattern"
)

// Whatever rules are called and match, what is written says the same in every form.
func FuzzStack(f *testing.F) {
	for i, text := range hostileTexts {
		f.Add(text, hostileTexts[len(hostileTexts)-1-i], hostilePatterns[i%len(hostilePatterns)])
	}
	f.Fuzz(func(t *testing.T, id, title, source string) {
		p, err := pattern.Compile(source)
		if err != nil {
			t.Skip()
		}
		s := full()
		s.Rules[0].ID, s.Rules[0].Title, s.Rules[0].Pattern = id, title, p
		s.Function.Rules[0] = id
		if s.Check() != nil {
			t.Skip()
		}
		tp := newTemplate(t, s)
		if diff := cmp.Diff(any(tp.object), parseYAML(t, cloudFormation(t, s, deploy.YAML))); diff != "" {
			t.Errorf("template (-JSON +YAML):\n%s", diff)
		}
		if strings.Contains(tp.data, "{{") {
			t.Error("CloudFormation would resolve a dynamic reference")
		}
		m := newModule(t, terraform(t, s))
		var got []string
		for _, r := range m.local(t, "rules").AsValueMap() {
			got = append(got, fmt.Sprint(tokens(t, r.GetAttr("pattern").AsString())))
		}
		if want := fmt.Sprint(tokens(t, source)); !slices.Contains(got, want) {
			t.Errorf("no pattern of the module is %s", want)
		}
	})
}
