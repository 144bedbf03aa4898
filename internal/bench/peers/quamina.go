package peers

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"quamina.net/go/quamina"
)

// A quaminaMatcher is a copy of an instance of quamina.
type quaminaMatcher struct {
	q *quamina.Quamina
}

// buildQuamina builds an instance of quamina with the rules in its own language.
func buildQuamina(rules []string, _ func()) (Matcher, error) {
	q, err := quamina.New()
	if err != nil {
		return nil, err
	}
	for i, text := range rules {
		patterns, err := toQuamina(text)
		if err != nil {
			return nil, fmt.Errorf("quamina: %w in %s", err, text)
		}
		for _, p := range patterns {
			if err := q.AddPattern(int32(i), p); err != nil {
				return nil, fmt.Errorf("quamina: %w in %s", err, p)
			}
		}
	}
	return &quaminaMatcher{q}, nil
}

func (m *quaminaMatcher) AppendMatches(dst []int32, event []byte) ([]int32, error) {
	matches, err := m.q.MatchesForEvent(event)
	for _, x := range matches {
		dst = append(dst, x.(int32))
	}
	return dst, err
}

func (m *quaminaMatcher) Clone() Matcher { return &quaminaMatcher{m.q.Copy()} }

// ErrLacks is wrapped by the errors for rules that a peer has no operator for.
var ErrLacks = errors.New("lacks")

// toQuamina returns the patterns of quamina that together mean what a pattern of EventBridge does.
// Quamina 1.4 has no suffix and no wildcard but shellstyle, which is either; its anything-but takes a
// list of strings; and anything-but and exists must be alone in a field, so that a field that has
// them beside others takes a pattern more.
func toQuamina(text string) ([]string, error) {
	var root map[string]any
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		return nil, err
	}
	objects, err := quaminaObjects(root)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, o := range objects {
		b, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(b))
	}
	return texts, nil
}

// quaminaObjects returns the objects into which one falls: all combinations of what its members fall
// into.
func quaminaObjects(object map[string]any) ([]map[string]any, error) {
	all := []map[string]any{{}}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		var choices []any
		switch v := object[key].(type) {
		case map[string]any:
			inner, err := quaminaObjects(v)
			if err != nil {
				return nil, err
			}
			for _, o := range inner {
				choices = append(choices, o)
			}
		case []any:
			if key == "$or" {
				return nil, fmt.Errorf("it %w $or", ErrLacks)
			}
			lists, err := quaminaLists(v)
			if err != nil {
				return nil, err
			}
			choices = lists
		}
		var next []map[string]any
		for _, o := range all {
			for _, c := range choices {
				o := maps.Clone(o)
				o[key] = c
				next = append(next, o)
			}
		}
		all = next
	}
	return all, nil
}

// quaminaLists returns the lists into which one falls.
func quaminaLists(alternatives []any) ([]any, error) {
	var together, lists []any
	for _, a := range alternatives {
		o, ok := a.(map[string]any)
		if !ok {
			together = append(together, a)
			continue
		}
		for name, operand := range o {
			switch name {
			case "prefix", "equals-ignore-case":
				if _, ok := operand.(string); !ok {
					return nil, fmt.Errorf("it %w %s of anything but a string", ErrLacks, name)
				}
				together = append(together, o)
			case "suffix":
				suffix, ok := operand.(string)
				if !ok {
					return nil, fmt.Errorf("it %w suffix of anything but a string", ErrLacks)
				}
				together = append(together, map[string]any{"shellstyle": "*" + suffix})
			case "wildcard":
				together = append(together, map[string]any{"shellstyle": operand})
			case "exists":
				lists = append(lists, []any{o})
			case "anything-but":
				excluded, err := quaminaExcluded(operand)
				if err != nil {
					return nil, err
				}
				lists = append(lists, []any{map[string]any{name: excluded}})
			default:
				return nil, fmt.Errorf("it %w %s", ErrLacks, name)
			}
		}
	}
	if together != nil {
		lists = append(lists, together)
	}
	return lists, nil
}

// quaminaExcluded returns the strings that an anything-but excludes.
func quaminaExcluded(operand any) ([]any, error) {
	switch v := operand.(type) {
	case string:
		return []any{v}, nil
	case []any:
		return v, nil
	case map[string]any:
		if s, ok := v["equals-ignore-case"].(string); ok && len(s) <= 6 {
			return casings(s), nil
		}
	}
	return nil, fmt.Errorf("it %w anything-but with an operator", ErrLacks)
}

// casings returns all that s may be in upper and lower case.
func casings(s string) []any {
	all := []string{""}
	for _, c := range strings.ToLower(s) {
		var next []string
		for _, head := range all {
			next = append(next, head+string(c))
			if u := unicode.ToUpper(c); u != c {
				next = append(next, head+string(u))
			}
		}
		all = next
	}
	var values []any
	for _, s := range all {
		values = append(values, s)
	}
	return values
}
