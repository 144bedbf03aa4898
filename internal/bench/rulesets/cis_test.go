package rulesets

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/countertrail/countertrail/cis"
)

var update = flag.Bool("update", false, "write cis15.txt from the catalog")

// TestCIS compares the copy with the catalog.
func TestCIS(t *testing.T) {
	controls, err := cis.Version("v1.3.0")
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	for _, r := range controls.Rules() {
		if err := json.Compact(&want, []byte(r.Pattern.String())); err != nil {
			t.Fatal(err)
		}
		want.WriteByte('\n')
	}
	if *update {
		if err := os.WriteFile("cis15.txt", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if cis15 != want.String() {
		t.Errorf("cis15.txt is not what the catalog has; go test ./rulesets -run TestCIS -update\n"+
			"got  %s\nwant %s", cis15, want.String())
	}
}
