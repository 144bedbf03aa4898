// Package offlinetest is an example of how a team keeps its own rules and tests them in go test, without AWS. The tests are
// what there is to read.
package offlinetest

import (
	"embed"
	"io/fs"

	"github.com/countertrail/countertrail/rule"
)

//go:embed rules
var files embed.FS

// Rules returns the team's rules. The events that are kept beside each rule have been tried when it returns.
func Rules() ([]rule.Entry, error) {
	dir, err := fs.Sub(files, "rules")
	if err != nil {
		return nil, err
	}
	return rule.Read(dir)
}
