package deploytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// A complaint is what cfn-lint has against a template.
type complaint struct {
	Level, Message string
	Rule           struct{ ID string }
	Location       struct{ Path []any }
}

func (c complaint) String() string {
	var path strings.Builder
	for _, p := range c.Location.Path {
		fmt.Fprint(&path, "/", p)
	}
	return fmt.Sprintf("%s %s: %s: %s", c.Level, c.Rule.ID, path.String(), c.Message)
}

// cfnLint returns the errors and warnings that cfn-lint has for a template, in every Region that it
// knows.
func cfnLint(python, template string) ([]complaint, error) {
	program := filepath.Join(filepath.Dir(python), "cfn-lint")
	cmd := exec.Command(program, "--regions", "ALL_REGIONS", "--format", "json", "--", template)
	out, err := cmd.Output()
	// If it complains it exits with a failure.
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || len(out) == 0) {
		return nil, fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	var all []complaint
	if err := json.Unmarshal(out, &all); err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return all, nil
}
