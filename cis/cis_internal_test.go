package cis

import (
	"testing"

	"github.com/countertrail/countertrail/rule"
)

// BenchmarkRules reads what a program reads once, when it first asks for rules.
func BenchmarkRules(b *testing.B) {
	for b.Loop() {
		if _, err := rule.ReadRules(controlFiles); err != nil {
			b.Fatal(err)
		}
		readBenchmarks()
	}
}
