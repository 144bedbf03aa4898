package deploytest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Where the schema of Terraform's AWS provider is published: the first release that our modules say
// they work with, 6.0.0, and a recent one, 6.66.0. The generator of the packages changed its name.
const (
	oldestSchemaPackage = "@cdktf/provider-aws@21.0.0"
	newestSchemaPackage = "@cdktn/provider-aws@25.7.0"
)

// installPackage returns how to install a package of npm, packed. Nothing in it is run.
func installPackage(specifier string) func(cache) (file string, err error) {
	name := strings.NewReplacer("/", "-", "@", "-").Replace(strings.TrimPrefix(specifier, "@")) // as npm names it
	return func(c cache) (string, error) {
		dir, err := c.install(name, func(dir string) error {
			if _, err := exec.LookPath("npm"); err != nil {
				return fmt.Errorf("%w: npm is needed", err)
			}
			return run(dir, "npm", "pack", "--silent", specifier)
		})
		return filepath.Join(dir, name+".tgz"), err
	}
}
