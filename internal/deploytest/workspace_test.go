package deploytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"testing"

	"github.com/countertrail/countertrail/internal/deploytest/awsschema"
)

// A mirror has a stand-in for Terraform's AWS provider, where `tofu init` finds it.
type mirror struct {
	tofu    string
	archive string // of the published schema
	version string // of the provider that it is of
	config  string // of tofu's command line
}

func newMirror(t *testing.T, published *tool) *mirror {
	t.Helper()
	dir := t.TempDir()
	m := &mirror{tofu: openTofu.need(t), archive: published.need(t), config: filepath.Join(dir, "tofurc")}
	m.version = must(awsschema.Read(m.archive, nil, nil))(t).Version
	providers := filepath.Join(dir, "providers")
	program := filepath.Join(providers, "registry.opentofu.org", "hashicorp", "aws", m.version,
		runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-aws")
	if err := run(".", "go", "build", "-o", program, "./awsprovider"); err != nil {
		t.Fatal(err)
	}
	writeFile(t, m.config, fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", providers))
	return m
}

// A workspace is a directory with a Terraform configuration, its providers installed.
type workspace struct {
	tofu, dir string
	env       []string
}

var typed = regexp.MustCompile(`(?m)^(resource|data)\s+"(aws_\w+)"`)

// workspace lays out files, by their paths, and installs the provider with the schema of the types
// that they use.
func (m *mirror) workspace(t *testing.T, files map[string]string) *workspace {
	t.Helper()
	w := &workspace{tofu: m.tofu, dir: t.TempDir()}
	types := map[string]map[string]bool{"resource": {}, "data": {}}
	for name, text := range files {
		writeFile(t, filepath.Join(w.dir, filepath.FromSlash(name)), text)
		for _, b := range typed.FindAllStringSubmatch(text, -1) {
			types[b[1]][b[2]] = true
		}
	}
	resources, dataSources := slices.Sorted(maps.Keys(types["resource"])), slices.Sorted(maps.Keys(types["data"]))
	schema := must(awsschema.Read(m.archive, resources, dataSources))(t)
	text := must(json.Marshal(schema))(t)
	schemaFile := filepath.Join(t.TempDir(), "schema.json")
	writeFile(t, schemaFile, string(text))
	w.env = []string{"HOME=" + w.dir, "TF_CLI_CONFIG_FILE=" + m.config, "AWSPROVIDER_SCHEMA=" + schemaFile}
	if _, err := w.run("init", "-input=false", "-no-color"); err != nil {
		t.Fatal(err)
	}
	return w
}

// run runs a command of tofu and returns what it writes. The error has what it complains of.
func (w *workspace) run(args ...string) (string, error) {
	cmd := exec.Command(w.tofu, args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%v: %w\n%s", cmd, err, &complaints)
	}
	return string(out), err
}

// A diagnostic is an error or a warning of `tofu validate`.
type diagnostic struct {
	Severity, Summary, Detail string
	Range                     struct {
		Filename string
		Start    struct{ Line int }
	}
}

func (d diagnostic) String() string {
	return fmt.Sprintf("%s:%d: %s: %s: %s", d.Range.Filename, d.Range.Start.Line, d.Severity, d.Summary, d.Detail)
}

// validate returns what `tofu validate` has to say against the configuration.
func (w *workspace) validate(t *testing.T) []diagnostic {
	t.Helper()
	out, _ := w.run("validate", "-json") // fails if there are errors, which the output tells
	var result struct{ Diagnostics []diagnostic }
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatalf("tofu validate: %v\n%s", err, out)
	}
	return result.Diagnostics
}

// writeFile writes a file, and makes the directories that it is in.
func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
