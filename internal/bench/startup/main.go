// Command startup prints how many nanoseconds it takes to compile the fifteen controls of the catalog
// for the first time in a process, and to build a set of them: what a program pays as it starts.
package main

import (
	"fmt"
	"log"
	"time"

	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/pattern"
)

func main() {
	start := time.Now()
	controls, err := cis.Version("v1.3.0")
	if err != nil {
		log.Fatal(err)
	}
	set := pattern.NewSet(func(yield func(string, *pattern.Pattern) bool) {
		for _, r := range controls.Rules() {
			if !yield(r.ID, r.Pattern) {
				return
			}
		}
	})
	taken := time.Since(start)
	if set.Len() != 15 {
		log.Fatalf("%d rules, want 15", set.Len())
	}
	fmt.Println(taken.Nanoseconds())
}
