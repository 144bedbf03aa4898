// Package cis holds the monitoring controls of the CIS AWS Foundations Benchmark as rules: who is
// denied, who signs in and how, and who changes what must not change unseen.
//
// A [Benchmark] is the monitoring section of one version, from v1.2.0 to v7.0.0: the same controls
// under other numbers, with filters that were changed three times. Each [Control] carries the
// metric filters that the benchmark publishes with their mistakes, three forms of the pattern that
// stands in for them, every departure with the reason, the calls that it watches and how each is
// undone, where its events arrive and what silences it, the ids of published frameworks, and events
// that its pattern must match and must not.
//
// The controls are data, read by [rule.Read] as anybody's catalog is, one control for all versions.
// Numbers, names of API calls and filters are the benchmark's; titles, descriptions and severities
// are our own. data/README.md tells the sources and the terms.
//
// Receiving these events is not the same as passing an audit: versions before 2.0.0 of the
// benchmark, and tools such as Security Hub, ask for the metric filter and the alarm themselves.
package cis

import (
	"embed"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/countertrail/countertrail/rule"
)

//go:embed data/controls
var controlFiles embed.FS

//go:embed data/versions.txt
var versions string

// What the files hold is read when it is first asked for, and only as much as is asked for: rules
// take less than a millisecond, entries with their examples some tens. Errors are panics, for a test
// reads everything.

// rules returns the rules of all controls. Their ids are keys.
var rules = sync.OnceValue(func() []rule.Rule {
	all, err := rule.ReadRules(controlFiles)
	if err != nil {
		panic("cis: " + err.Error())
	}
	return all
})

// entries returns the entries of all controls by key.
var entries = sync.OnceValue(func() map[string]rule.Entry {
	all, err := rule.Read(controlFiles)
	if err != nil {
		panic("cis: " + err.Error())
	}
	byKey := make(map[string]rule.Entry, len(all))
	for _, e := range all {
		byKey[e.ID] = e
	}
	return byKey
})

// A Benchmark is the monitoring section of one version of the CIS AWS Foundations Benchmark. It is
// safe for concurrent use.
type Benchmark struct {
	version  string
	items    func() []Item
	controls func() []Control
}

// newBenchmark returns the benchmark of a version, whose items are a paragraph of versions.txt.
func newBenchmark(version, paragraph string) *Benchmark {
	b := &Benchmark{version: version, items: sync.OnceValue(func() []Item { return parseItems(paragraph) })}
	b.controls = sync.OnceValue(b.readControls)
	return b
}

func (b *Benchmark) readControls() []Control {
	var all []Control
	for item := range b.monitored() {
		e := entries()[item.Key]
		c := Control{Entry: e.At(b.version), Version: b.version, Item: item}
		c.Entry.ID = item.ID
		all = append(all, c)
	}
	return all
}

// Version returns the benchmark of a version, for example "v1.3.0". A version that is not among
// [Versions] is an error.
func Version(version string) (*Benchmark, error) {
	for _, b := range benchmarks() {
		if b.version == version {
			return b, nil
		}
	}
	return nil, fmt.Errorf("cis: no version %q; want one of %s", version, strings.Join(Versions(), ", "))
}

// Versions returns the versions that there are, oldest first.
func Versions() []string {
	var all []string
	for _, b := range benchmarks() {
		all = append(all, b.version)
	}
	return all
}

// Version returns the version of b, for example "v1.3.0".
func (b *Benchmark) Version() string { return b.version }

// Items returns everything that the section numbers, in the order of the numbers, with those that
// are not about events and therefore no control here.
func (b *Benchmark) Items() []Item { return slices.Clone(b.items()) }

// monitored yields the items that are controls here.
func (b *Benchmark) monitored() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for _, item := range b.items() {
			if item.Subject == Events && !yield(item) {
				return
			}
		}
	}
}

// Controls yields the controls in the order of their numbers. They share memory with b: a field
// may be set, but what a slice or map holds must not be changed.
func (b *Benchmark) Controls() iter.Seq[Control] { return slices.Values(b.controls()) }

// Control returns the control with an id of this version, for example "4.5", and whether there is
// one.
func (b *Benchmark) Control(id string) (Control, bool) {
	for c := range b.Controls() {
		if c.ID == id {
			return c, true
		}
	}
	return Control{}, false
}

// Rules returns the rules of all controls in the recommended form, in the order of their numbers.
// The slice is the caller's: rules can be added, dropped, and given another severity or pattern.
func (b *Benchmark) Rules() []rule.Rule {
	var all []rule.Rule
	for item := range b.monitored() {
		i := slices.IndexFunc(rules(), func(r rule.Rule) bool { return r.ID == item.Key })
		r := rules()[i].Clone()
		r.ID = item.ID
		all = append(all, r)
	}
	return all
}

// RulesIn returns the rules of all controls in a form, in the order of their numbers. Every control
// has all three. The literal form of v1.3.0 to v1.5.0's first control is that of the console
// steps; see its errata.
func (b *Benchmark) RulesIn(form rule.Form) []rule.Rule {
	if form == rule.Recommended || form == "" {
		return b.Rules()
	}
	var all []rule.Rule
	for _, c := range b.controls() {
		if r, ok := c.Form(form); ok {
			all = append(all, r)
		}
	}
	return all
}
