package ec2fix

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/awsplace"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A change is the part of a finding that remediators here go by.
type change struct {
	name     string // of the call
	place    place
	request  node
	response node
	record   *event.Record
}

// changeOf returns the change of a finding on one of the calls that handles lists.
func changeOf(f rule.Finding, handles []string) (change, error) {
	rec := f.Record
	if f.Event == nil || rec == nil || rec.EventSource != "ec2.amazonaws.com" ||
		!slices.Contains(handles, "ec2:"+rec.EventName) {
		return change{}, fmt.Errorf("%w: not a record of one of the calls that are handled", remediate.ErrNotApplicable)
	}
	if rec.Failed() {
		return change{}, &remediate.Refusal{
			Guard: remediate.GuardFailedCall, Reason: "the call failed, so nothing was changed",
		}
	}
	c := change{name: rec.EventName, record: rec}
	var err error
	if c.place, err = placeOf(f.Event, rec); err != nil {
		return change{}, err
	}
	if c.request, err = parse(rec.RequestParameters); err != nil {
		return change{}, fmt.Errorf("detail.requestParameters: %w", err)
	}
	if c.response, err = parse(rec.ResponseElements); err != nil {
		return change{}, fmt.Errorf("detail.responseElements: %w", err)
	}
	return c, nil
}

// unknown returns the error for a record that does not tell what the call did.
func (c change) unknown(what string) error {
	if c.request.has("omitted") || c.response.has("omitted") {
		return fmt.Errorf("CloudTrail left out parameters of %s, as it does when they are too large, "+
			"so this is unknown: %s", c.name, what)
	}
	return fmt.Errorf("the record of %s does not tell %s", c.name, what)
}

// resourceID returns the id that the request names under key, which must be one of the given type.
func (c change) resourceID(key, resourceType string) (target, error) {
	id := c.request.at(key).text()
	if id == "" {
		return target{}, c.unknown(key)
	}
	t := target{place: c.place, resourceType: resourceType, id: id}
	if err := t.check(); err != nil {
		return target{}, fmt.Errorf("detail.requestParameters.%s: %w", key, err)
	}
	return t, nil
}

// placeOf returns where a record's call was made. That must be the event's own account and Region.
func placeOf(e *event.Event, rec *event.Record) (place, error) {
	p := place{region: cmp.Or(rec.AWSRegion, e.Region), account: cmp.Or(rec.RecipientAccountID, e.Account)}
	p.partition = awsplace.Partition(rec.UserIdentity.ARN, p.region)
	switch {
	case p.account != e.Account:
		return place{}, refuse("the record is of account %.20q and the event of %.20q", p.account, e.Account)
	case p.region != e.Region:
		return place{}, refuse("the record is of Region %.40q and the event of %.40q", p.region, e.Region)
	}
	return p, p.check()
}

func refuse(format string, args ...any) error {
	return &remediate.Refusal{Guard: remediate.GuardScope, Reason: fmt.Sprintf(format, args...)}
}

// A node is a value in the parameters of a record. CloudTrail writes those of EC2 in two dialects,
// in which lists, texts and numbers take several forms; the methods accept all of them, and give
// zero for what is missing or another thing.
type node struct{ v any }

func parse(raw json.RawMessage) (node, error) {
	if len(raw) == 0 {
		return node{}, nil
	}
	var n node
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&n.v); err != nil {
		return node{}, fmt.Errorf("not JSON: %w", err)
	}
	return n, nil
}

// at returns the value that the member names lead to. Names are exact.
func (n node) at(names ...string) node {
	for _, name := range names {
		m, _ := n.v.(map[string]any)
		n = node{m[name]}
	}
	return n
}

func (n node) has(name string) bool {
	m, _ := n.v.(map[string]any)
	_, ok := m[name]
	return ok
}

// list returns the elements of a list: {"items":[…]}, {"item":…}, an array, or an object that
// stands for its only element. An empty list can be {}, null or "".
func (n node) list() []node {
	switch v := n.v.(type) {
	case []any:
		nodes := make([]node, len(v))
		for i, e := range v {
			nodes[i] = node{e}
		}
		return nodes
	case map[string]any:
		for _, name := range []string{"items", "item"} {
			if in, ok := v[name]; ok {
				return node{in}.list()
			}
		}
		if len(v) > 0 {
			return []node{n}
		}
	}
	return nil
}

// text returns a string as it is, and a number or a boolean as it is written: dialect B types
// values by what they look like.
func (n node) text() string {
	switch v := n.v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// port returns a port, or an ICMP type or code; -1, which stands for all, if there is none.
func (n node) port() int32 {
	if v, err := strconv.ParseInt(n.text(), 10, 32); err == nil {
		return int32(v)
	}
	return allPorts
}

func (n node) bool() bool { return strings.EqualFold(n.text(), "true") }
