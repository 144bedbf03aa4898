// Package cis holds the monitoring controls of the CIS AWS Foundations Benchmark as rules: who is
// denied, who signs in and how, and who changes what must not change unseen.
//
// The controls are data, one file each, read by [rule.Read] as anybody's catalog is. Each carries
// the metric filter that the benchmark publishes, every departure from it with the reason, and
// events that its pattern must match and must not. Numbers, names of API calls and filters are the
// benchmark's; titles, descriptions and severities are our own. data/README.md tells the sources and
// the terms.
//
// Receiving these events is not the same as passing an audit: versions before 2.0.0 of the
// benchmark, and tools such as Security Hub, ask for the metric filter and the alarm themselves.
package cis

import (
	"embed"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/countertrail/countertrail/rule"
)

//go:embed data/v*
var data embed.FS

// benchmarks holds one benchmark for each directory of data, oldest first.
var benchmarks = []*Benchmark{
	newBenchmark("v1.3.0"),
}

// A Benchmark is the monitoring section of one version of the CIS AWS Foundations Benchmark. It is
// safe for concurrent use.
type Benchmark struct {
	version string
	entries func() []rule.Entry
}

// newBenchmark returns the benchmark in the directory data/version. It is read when its controls
// are first asked for: reading a version takes milliseconds, which a program that does not use it
// should not pay.
func newBenchmark(version string) *Benchmark {
	return &Benchmark{version, sync.OnceValue(func() []rule.Entry {
		dir, err := fs.Sub(data, "data/"+version)
		if err != nil {
			panic("cis: " + err.Error())
		}
		entries, err := rule.Read(dir)
		if err != nil {
			panic("cis: " + version + ": " + err.Error()) // a test reads every version
		}
		return entries
	})}
}

// Version returns the benchmark of a version, for example "v1.3.0". A version that is not among
// [Versions] is an error.
func Version(version string) (*Benchmark, error) {
	for _, b := range benchmarks {
		if b.version == version {
			return b, nil
		}
	}
	return nil, fmt.Errorf("cis: no version %q; want one of %s", version, strings.Join(Versions(), ", "))
}

// Versions returns the versions that there are, oldest first.
func Versions() []string {
	var all []string
	for _, b := range benchmarks {
		all = append(all, b.version)
	}
	return all
}

// Version returns the version of b, for example "v1.3.0".
func (b *Benchmark) Version() string { return b.version }

// Controls yields the controls in the order of their numbers. They share memory with b: a field
// may be set, but what a slice holds must not be changed.
func (b *Benchmark) Controls() iter.Seq[rule.Entry] { return slices.Values(b.entries()) }

// Control returns the control with an id, for example "4.5", and whether there is one.
func (b *Benchmark) Control(id string) (rule.Entry, bool) {
	for c := range b.Controls() {
		if c.ID == id {
			return c, true
		}
	}
	return rule.Entry{}, false
}

// Rules returns the rules of all controls, in the order of their numbers. The slice is the
// caller's: rules can be added, dropped, and given another severity or pattern.
func (b *Benchmark) Rules() []rule.Rule { return rule.Rules(b.entries()) }
