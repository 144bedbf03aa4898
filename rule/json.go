package rule

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/countertrail/countertrail/pattern"
)

// The types below are what the JSON of the exported types looks like where a pattern is in it: a
// pattern is an object in a catalog, and a text everywhere else.

type ruleJSON struct {
	ID          string              `json:"id"`
	Title       string              `json:"title"`
	Description string              `json:"description,omitempty"`
	Severity    Severity            `json:"severity"`
	Severities  map[string]Severity `json:"severities,omitempty"`
	State       State               `json:"state"`
	Regions     []string            `json:"regions,omitempty"`
	Pattern     json.RawMessage     `json:"pattern"`
	References  []string            `json:"references,omitempty"`
}

type entryJSON struct {
	ruleJSON
	Filters    []Filter        `json:"filters,omitempty"`
	Errata     []Erratum       `json:"errata,omitempty"`
	Departures []Departure     `json:"departures,omitempty"`
	Extended   json.RawMessage `json:"extended,omitempty"`
	Additions  []Addition      `json:"additions,omitempty"`
	Calls      []Call          `json:"calls,omitempty"`
	Delivery   *Delivery       `json:"delivery,omitempty"`
	Mappings   []Mapping       `json:"mappings,omitempty"`
	Examples   []Example       `json:"examples"`
}

type filterJSON struct {
	Text     string          `json:"text"`
	Literal  json.RawMessage `json:"literal,omitempty"`
	Regions  []string        `json:"regions,omitempty"`
	Versions []string        `json:"versions,omitempty"`
}

type departureJSON struct {
	Change   string          `json:"change"`
	Reason   string          `json:"reason"`
	Where    json.RawMessage `json:"where,omitempty"`
	Versions []string        `json:"versions,omitempty"`
}

// source returns the text of a pattern, nil if there is none.
func source(p *pattern.Pattern) json.RawMessage {
	if p == nil {
		return nil
	}
	return json.RawMessage(p.String())
}

func (r *Rule) json() ruleJSON {
	return ruleJSON{
		r.ID, r.Title, r.Description, r.Severity, r.Severities, r.State, r.Regions, source(r.Pattern), r.References,
	}
}

// MarshalJSON returns the rule as the object that [Read] takes an entry's rule from.
func (r Rule) MarshalJSON() ([]byte, error) { return json.Marshal(r.json()) }

// UnmarshalJSON reads a rule as [ReadRules] does, from the object of an entry as well. If it fails,
// the rule stays as it was; the error tells every mistake with its line and column in data.
func (r *Rule) UnmarshalJSON(data []byte) error {
	read := readRule(newFile("", data))
	if err := errors.Join(read.errors()...); err != nil {
		return err
	}
	*r = read.entry.Rule
	return nil
}

// MarshalJSON returns the entry as the object that [Read] takes, white space aside.
func (e Entry) MarshalJSON() ([]byte, error) {
	x := entryJSON{
		e.Rule.json(), e.Filters, e.Errata, e.Departures, source(e.Extended), e.Additions, e.Calls, nil, e.Mappings, e.Examples,
	}
	if !e.Delivery.isZero() {
		x.Delivery = &e.Delivery
	}
	return json.Marshal(x)
}

// UnmarshalJSON reads an entry as [Read] does from one file, and tries its examples. If it fails, the
// entry stays as it was; the error tells every mistake with its line and column in data.
func (e *Entry) UnmarshalJSON(data []byte) error {
	read := readEntry([]*file{newFile("", bytes.Clone(data))})
	if err := errors.Join(read.errors()...); err != nil {
		return err
	}
	*e = read.entry
	return nil
}

// MarshalJSON returns the filter as the object that [Read] takes.
func (f Filter) MarshalJSON() ([]byte, error) {
	return json.Marshal(filterJSON{f.Text, source(f.Literal), f.Regions, f.Versions})
}

// MarshalJSON returns the departure as the object that [Read] takes.
func (d Departure) MarshalJSON() ([]byte, error) {
	return json.Marshal(departureJSON{d.Change, d.Reason, source(d.Where), d.Versions})
}
