package pattern_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/countertrail/countertrail/pattern"
)

// TestPatternsAreSmall holds that a pattern takes little memory beside its source, whatever it asks for.
func TestPatternsAreSmall(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector takes memory")
	}
	const n = 10_000
	sources := make([]string, n)
	for i := range sources {
		sources[i] = fmt.Sprintf(`{"source":["aws.s3"],"detail":{"eventName":["PutObject%d",{"prefix":"Delete"}],"sourceIPAddress":[{"cidr":"10.0.0.0/8"}],
			"$or":[{"errorCode":[{"wildcard":"*Denied*"}]},{"requestParameters":{"size":[{"numeric":[">",%d]}],"key":[{"equals-ignore-case":"k"}]}}]}}`, i, i)
	}
	patterns := make([]*pattern.Pattern, n)
	before := heap()
	for i, src := range sources {
		patterns[i] = pattern.MustCompile(src)
	}
	used := (heap() - before) / n
	runtime.KeepAlive(sources)
	runtime.KeepAlive(patterns)
	t.Logf("%d bytes each", used)
	if used > 48 {
		t.Errorf("a pattern takes %d bytes beside its source", used)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // what is in a pool survives one
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
