package patterntest_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/countertrail/countertrail/pattern/patterntest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestRun is what users write, on archives that are all right.
func TestRun(t *testing.T) { patterntest.Run(t, os.DirFS("testdata/good")) }

// TestBroken holds that the kit finds what is wrong with broken archives. Each file in testdata/broken is an archive, a line
// "==", and what the kit says.
func TestBroken(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			archive, want, _ := strings.Cut(string(text), "==\n")
			got := "ok"
			if err := patterntest.Test(fstest.MapFS{"x.txtar": {Data: []byte(archive)}}); err != nil {
				got = err.Error()
			}
			got += "\n"
			if got == want {
				return
			}
			if *update {
				if err := os.WriteFile(name, []byte(archive+"==\n"+got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("-want +got:\n%s", cmp.Diff(want, got))
		})
	}
}

func TestGood(t *testing.T) {
	if err := patterntest.Test(os.DirFS("testdata/good")); err != nil {
		t.Error(err)
	}
}

// brokenFS fails.
type brokenFS struct {
	fs.FS
	name string
}

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, errBroken
	}
	return b.FS.Open(name)
}

var errBroken = errors.New("broken")

func TestFSErrors(t *testing.T) {
	fsys := fstest.MapFS{"dir/x.txtar": {Data: []byte("why\n")}}
	for _, name := range []string{".", "dir", "dir/x.txtar"} {
		if err := patterntest.Test(brokenFS{fsys, name}); !errors.Is(err, errBroken) {
			t.Errorf("%s is broken: %v", name, err)
		}
	}
	if err := patterntest.Test(fstest.MapFS{"x.txt": {}}); err == nil {
		t.Error("no error if there is no archive")
	}
}

const failing = "PATTERNTEST_FAILING"

// TestRunFails runs this test again as a program in which Run has something to complain about.
func TestRunFails(t *testing.T) {
	if os.Getenv(failing) != "" {
		archive := txtar.Format(&txtar.Archive{
			Comment: []byte("It fails on purpose.\n"),
			Files: []txtar.File{
				{Name: "pattern.json", Data: []byte(`{"source": ["aws.iam*"]}`)},
				{Name: "match/one.json", Data: []byte(`{"source": "aws.iam"}`)},
				{Name: "nomatch/two.json", Data: []byte(`{"source": "aws.ec2"}`)},
			},
		})
		patterntest.Run(t, fstest.MapFS{"sub/bad.txtar": {Data: archive}})
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestRunFails$", "-test.v")
	cmd.Env = append(os.Environ(), failing+"=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("the run does not fail: %v\n%s", err, out)
	}
	for _, want := range []string{"--- FAIL: TestRunFails/sub/bad", "sub/bad.txtar:4: match/one.json: must match, but does not:", `{"prefix": "aws.iam"}`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
}
