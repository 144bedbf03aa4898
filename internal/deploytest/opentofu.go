package deploytest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

const tofuVersion = "v1.12.6"

// installTofu returns the tofu command, built from OpenTofu's source: no package of a registry
// brings it, and its go.mod has replace directives, with which `go install` refuses it.
//
// Left out are the backends that keep state with some cloud and the key providers of clouds. The
// tests use neither, and they are half of what there is to compile.
func installTofu(c cache) (tofu string, err error) {
	dir, err := c.install("opentofu-"+tofuVersion, func(dir string) error {
		out, err := exec.Command("go", "mod", "download", "-json", "github.com/opentofu/opentofu@"+tofuVersion).Output()
		if err != nil {
			return fmt.Errorf("go mod download: %w\n%s", err, out)
		}
		var module struct{ Dir string }
		if err := json.Unmarshal(out, &module); err != nil {
			return err
		}
		src := filepath.Join(dir, "src")
		defer os.RemoveAll(src)
		if err := os.CopyFS(src, os.DirFS(module.Dir)); err != nil { // the module cache is read-only, the copy is not
			return err
		}
		for file, parts := range leftOut {
			if err := cut(filepath.Join(src, filepath.FromSlash(file)), parts); err != nil {
				return err
			}
		}
		return run(src, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", tofuCommand(dir), "./cmd/tofu")
	})
	return tofuCommand(dir), err
}

func tofuCommand(dir string) string { return filepath.Join(dir, "tofu") }

// leftOut holds, by file of OpenTofu's source, what is cut from it.
var leftOut = map[string]*regexp.Regexp{
	"internal/backend/init/init.go": regexp.MustCompile(
		`(?m)^.*\bbackend(Azure|Consul|Cos|GCS|Kubernetes|OSS|Pg|S3)\b.*\n`),
	"internal/encryption/default_registry.go": regexp.MustCompile(
		`(?m)^\t".*/keyprovider/(aws_kms|azure_vault|gcp_kms|openbao)"\n` +
			`|^\tif err := .*\((aws_kms|azure_vault|gcp_kms|openbao)\.New\(\)\).*\n\t\tpanic\(err\)\n\t}\n`),
}

// cut cuts every match of parts from a file. It is an error if there is none.
func cut(file string, parts *regexp.Regexp) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !parts.Match(text) {
		return fmt.Errorf("%s has nothing to be cut: the source has changed", file)
	}
	return os.WriteFile(file, parts.ReplaceAll(text, nil), 0o644)
}
