package pyserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// An Environment is a virtual environment of Python, by its directory.
type Environment string

// Install returns an environment below cache that has the packages, each with its version as pip
// writes it: "moto[server]==5.2.5". One that is there already is taken as it is, and one that was not
// installed to the end, because ctx ended say, is made anew. Two programs must not install into one
// cache at once.
func Install(ctx context.Context, cache string, packages ...string) (Environment, error) {
	name := "python-" + strings.NewReplacer("==", "-", "[", "-", "]", "").Replace(strings.Join(packages, "-"))
	dir, err := filepath.Abs(filepath.Join(cache, name))
	if err != nil {
		return "", fmt.Errorf("pyserver: %w", err)
	}
	done := filepath.Join(dir, ".installed")
	if _, err := os.Stat(done); err == nil {
		return Environment(dir), nil
	}
	if err := fill(ctx, dir, packages); err != nil {
		return "", fmt.Errorf("pyserver: installing %s: %w", strings.Join(packages, ", "), err)
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		return "", fmt.Errorf("pyserver: %w", err)
	}
	return Environment(dir), nil
}

func fill(ctx context.Context, dir string, packages []string) error {
	if _, err := exec.LookPath("python3"); err != nil {
		return fmt.Errorf("%w: Python 3.10 or newer with its venv module is needed", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := run(ctx, "python3", "-m", "venv", dir); err != nil {
		return fmt.Errorf("is Python's venv module installed (Debian: python3-venv)? %w", err)
	}
	pip := []string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check"}
	return run(ctx, Environment(dir).Program("python"), append(pip, packages...)...)
}

// Program returns the path of a program that a package of the environment brings.
func (e Environment) Program(name string) string { return filepath.Join(string(e), "bin", name) }

// run runs a command. The error has what the command wrote.
func run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return nil
}
