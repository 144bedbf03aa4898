package deploytest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// pythonPackages are what the tests take from PyPI.
var pythonPackages = []string{"cfn-lint==1.58.0", "ministack==1.5.33", "moto[server]==5.2.5"}

// installPython returns the interpreter of a virtual environment that has pythonPackages.
func installPython(c cache) (python string, err error) {
	name := "python-" + strings.NewReplacer("==", "-", "[server]", "").Replace(strings.Join(pythonPackages, "-"))
	dir, err := c.install(name, func(dir string) error {
		if _, err := exec.LookPath("python3"); err != nil {
			return fmt.Errorf("%w: Python 3.10 or newer with its venv module is needed", err)
		}
		if err := run(dir, "python3", "-m", "venv", dir); err != nil {
			return fmt.Errorf("is Python's venv module installed (Debian: python3-venv)? %w", err)
		}
		pip := []string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check"}
		return run(dir, venvPython(dir), append(pip, pythonPackages...)...)
	})
	return venvPython(dir), err
}

func venvPython(dir string) string { return filepath.Join(dir, "bin", "python") }
