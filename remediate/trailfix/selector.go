package trailfix

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// A selector is a basic event selector with its defaults filled in, by the names that the API and the
// AWS CLI have.
type selector struct {
	ReadWriteType                 types.ReadWriteType
	IncludeManagementEvents       bool
	DataResources                 []dataResource `json:",omitempty"`
	ExcludeManagementEventSources []string       `json:",omitempty"`
}

// A dataResource says of which resources the data events are logged.
type dataResource struct {
	Type   string
	Values []string `json:",omitempty"`
}

// floor is the selector that logs all management events.
var floor = selector{ReadWriteType: types.ReadWriteTypeAll, IncludeManagementEvents: true}

// selectorsOf returns the selectors with their defaults filled in.
func selectorsOf(list []types.EventSelector) []selector {
	var selectors []selector
	for _, s := range list {
		c := selector{
			ReadWriteType:                 s.ReadWriteType,
			IncludeManagementEvents:       s.IncludeManagementEvents == nil || *s.IncludeManagementEvents,
			ExcludeManagementEventSources: s.ExcludeManagementEventSources,
		}
		if c.ReadWriteType == "" {
			c.ReadWriteType = types.ReadWriteTypeAll
		}
		for _, r := range s.DataResources {
			c.DataResources = append(c.DataResources, dataResource{aws.ToString(r.Type), r.Values})
		}
		selectors = append(selectors, c)
	}
	return selectors
}

// input returns the selectors for the API.
func input(selectors []selector) []types.EventSelector {
	var list []types.EventSelector
	for _, s := range selectors {
		c := types.EventSelector{
			ReadWriteType: s.ReadWriteType, IncludeManagementEvents: aws.Bool(s.IncludeManagementEvents),
			ExcludeManagementEventSources: s.ExcludeManagementEventSources,
		}
		for _, r := range s.DataResources {
			c.DataResources = append(c.DataResources, types.DataResource{Type: aws.String(r.Type), Values: r.Values})
		}
		list = append(list, c)
	}
	return list
}

// responseSelectors returns the selectors that the response elements of a PutEventSelectors tell.
func responseSelectors(body json.RawMessage) ([]selector, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return nil, fmt.Errorf("detail.responseElements: not an object: %.100q", string(body))
	}
	raw, ok := members["eventSelectors"]
	if !ok {
		return nil, fmt.Errorf("detail.responseElements: no eventSelectors: they are advanced ones, or were left out")
	}
	var list []types.EventSelector // its fields have the names of the response but for their first letters
	if err := json.Unmarshal(raw, &list); err != nil || len(list) == 0 {
		return nil, fmt.Errorf("detail.responseElements.eventSelectors: not a list of selectors: %.100q", string(raw))
	}
	return selectorsOf(list), nil
}

// An item is a kind of events that selectors log.
type item struct {
	readWrite types.ReadWriteType // ReadOnly or WriteOnly
	source    string              // of management events: the service, or "*" for all that cannot be excluded
	dataType  string              // of data events
	value     string
}

// items returns what the selectors log, with the management events of the sources one by one.
func items(selectors []selector, sources []string) map[item]bool {
	logged := make(map[item]bool)
	for _, s := range selectors {
		for _, rw := range []types.ReadWriteType{types.ReadWriteTypeReadOnly, types.ReadWriteTypeWriteOnly} {
			if s.ReadWriteType != types.ReadWriteTypeAll && s.ReadWriteType != rw {
				continue
			}
			for _, source := range sources {
				if s.IncludeManagementEvents && !slices.Contains(s.ExcludeManagementEventSources, source) {
					logged[item{readWrite: rw, source: source}] = true
				}
			}
			for _, r := range s.DataResources {
				for _, v := range r.Values {
					logged[item{readWrite: rw, dataType: r.Type, value: v}] = true
				}
			}
		}
	}
	return logged
}

// compareSelectors reports whether the selectors now log less than those before, and whether they log
// anything that those did not.
func compareSelectors(before, now []selector) (less, more bool) {
	sources := []string{"*"}
	for _, s := range slices.Concat(before, now) {
		sources = append(sources, s.ExcludeManagementEventSources...)
	}
	was, is := items(before, sources), items(now, sources)
	missing := func(from, in map[item]bool) bool {
		for it := range maps.Keys(from) {
			if !in[it] {
				return true
			}
		}
		return false
	}
	return missing(was, is), missing(is, was)
}
