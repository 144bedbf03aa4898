package rulesets

import (
	"encoding/json"
	"fmt"
	"slices"
)

// A facts holds what rules may ask about an event.
type facts struct {
	source, eventSource, eventName   string
	arn, sourceAddress, identityType string
	texts, numbers                   []parameter
}

// A parameter is a value of the request, with its dotted path.
type parameter struct {
	path  string
	value any // a string or float64
}

func newFacts(raw []byte) facts {
	var e struct {
		Source string
		Detail struct {
			EventSource, EventName, SourceIPAddress string
			UserIdentity                            struct{ Type, ARN string }
			RequestParameters                       any
		}
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		panic(fmt.Sprintf("rulesets: %v", err))
	}
	f := facts{
		source:        e.Source,
		eventSource:   e.Detail.EventSource,
		eventName:     e.Detail.EventName,
		arn:           e.Detail.UserIdentity.ARN,
		sourceAddress: e.Detail.SourceIPAddress,
		identityType:  e.Detail.UserIdentity.Type,
	}
	f.collect("detail.requestParameters", e.Detail.RequestParameters)
	return f
}

// collect adds the values below a path that is not in an array.
func (f *facts) collect(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			f.collect(path+"."+key, v[key])
		}
	case string:
		if len(v) > 0 && len(v) < 100 {
			f.texts = append(f.texts, parameter{path, v})
		}
	case float64:
		f.numbers = append(f.numbers, parameter{path, v})
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		// A dot would be read as a level, and a colon is not worth the trouble either.
		if !slices.ContainsFunc([]byte(k), func(c byte) bool { return c == '.' || c == ':' || c == '$' }) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
