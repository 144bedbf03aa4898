package deploytest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// A cache is a directory that keeps installed tools between runs.
type cache string

// install returns the directory of a tool, named after the tool and its versions so that another
// version is another directory. If it is not there yet, fill is called to fill it. A directory that
// was not filled to the end is emptied and filled again.
func (c cache) install(name string, fill func(dir string) error) (dir string, err error) {
	dir = filepath.Join(string(c), name)
	done := filepath.Join(dir, ".installed")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := fill(dir); err != nil {
		return "", fmt.Errorf("installing %s: %w", name, err)
	}
	return dir, os.WriteFile(done, nil, 0o644)
}

// run runs a command in dir. The error has what the command wrote.
func run(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
}
