package notify_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/notify"
)

func TestShorterBounds(t *testing.T) {
	for _, tt := range []struct {
		reason string
		s      string
	}{
		{"each character takes six bytes in JSON", strings.Repeat("\x01", 1500)},
		{"and so does each of these", strings.Repeat("<", 1500)},
		{"four bytes each", strings.Repeat("🚨", 1500)},
		{"not UTF-8", strings.Repeat("\xff", 1500)},
	} {
		m := fill(tt.s, 7)
		before := fill(tt.s, 7)
		var sizes []int
		for s := range m.Shorter() {
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, len(text))
		}
		if len(sizes) != 4 || !slices.IsSortedFunc(sizes, func(a, b int) int { return b - a }) {
			t.Errorf("sizes = %d, want 4 that fall: %s", sizes, tt.reason)
		}
		if last := sizes[len(sizes)-1]; last > 32<<10 {
			t.Errorf("the last form has %d bytes: %s", last, tt.reason)
		}
		if diff := cmp.Diff(before, m); diff != "" {
			t.Errorf("Shorter changed the message: %s", tt.reason)
		}
	}
}

func TestShorterForms(t *testing.T) {
	m := notify.NewMessage(trailStopped())
	m.Notes = []string{"a note"}
	m.Resources = strings.Split(strings.Repeat("r ", 30)+"r", " ")
	a := startLogging("applied", "done")
	step := a.Steps[0]
	step.Command, step.Undo = strings.Repeat("c", 2000), strings.Repeat("u", 2000)
	a.Steps = append(slices.Repeat(a.Steps, 11), step)
	a.Steps[1] = step
	m.Actions = []notify.Action{a}
	m.Actor.UserAgent = strings.Repeat("長", 2000)

	forms := slices.Collect(m.Shorter())
	if forms[0] != m {
		t.Error("the first form is not the message itself")
	}
	if f := forms[1]; f.Description != "" || f.References != nil || len(f.Resources) != 31 || len(f.Actions[0].Steps) != 12 {
		t.Error("the second form is not the message without description and references")
	}
	f := forms[2]
	if len(f.Resources) != 10 || len(f.Actions[0].Steps) != 10 {
		t.Errorf("the third form has %d resources and %d steps, want 10", len(f.Resources), len(f.Actions[0].Steps))
	}
	if got, want := f.Actor.UserAgent, strings.Repeat("長", 1016)+"…(+984)"; got != want {
		t.Errorf("a long value is %q", got)
	}
	if got, want := f.Actions[0].Steps[0], startLogging("applied", "done").Steps[0]; got != want {
		t.Errorf("a step of usual length is %+v", got)
	}
	if s := f.Actions[0].Steps[1]; s.Command != "left out: 2000 characters long" || s.Undo != s.Command {
		t.Errorf("commands were cut to %q and %q", s.Command, s.Undo)
	}
	want := []string{
		"a note", "shortened to fit: without the description and the references, and with long values cut",
		"21 more resources are not listed", "2 more steps of trailfix are not listed",
	}
	if diff := cmp.Diff(want, f.Notes); diff != "" {
		t.Errorf("notes of the third form (-want +got):\n%s", diff)
	}
	f = forms[3]
	if f.Actions[0].Steps != nil || f.Actions[0].Outcome != "applied" || f.Key != m.Key || f.Actor.Name != m.Actor.Name {
		t.Errorf("the last form is %+v", f)
	}
	if len(m.Notes) != 1 {
		t.Errorf("the message now has the notes %q", m.Notes)
	}
	m.Actions = nil
	forms = slices.Collect(m.Shorter())
	if notes := forms[3].Notes; slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "steps") }) {
		t.Errorf("the last form of a message without actions has the notes %q", notes)
	}
}
