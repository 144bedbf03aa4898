package cis

import (
	"strconv"
	"strings"
	"sync"
)

// benchmarks returns the benchmarks of data/versions.txt, in its order.
var benchmarks = sync.OnceValue(readBenchmarks)

func readBenchmarks() []*Benchmark {
	var all []*Benchmark
	for paragraph := range strings.SplitSeq(versions, "\n\n") {
		if !strings.HasPrefix(paragraph, "#") {
			version, _, _ := strings.Cut(paragraph, " ")
			all = append(all, newBenchmark(version, paragraph))
		}
	}
	return all
}

// parseItems returns the items of a paragraph.
func parseItems(paragraph string) []Item {
	var items []Item
	for line := range strings.Lines(paragraph) {
		items = append(items, parseItem(strings.Fields(line)[1:]))
	}
	return items
}

// parseItem returns the item of a line: id, key, subject, level, assessment, and the words of a note.
func parseItem(words []string) Item {
	level, err := strconv.Atoi(words[3])
	if err != nil {
		panic("cis: versions.txt: " + err.Error())
	}
	return Item{
		ID:         words[0],
		Key:        words[1],
		Subject:    Subject(words[2]),
		Level:      level,
		Assessment: Assessment(words[4]),
		Note:       strings.Join(words[5:], " "),
	}
}
