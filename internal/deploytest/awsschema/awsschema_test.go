package awsschema

import (
	"archive/tar"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// pack returns a packed npm package with the files of testdata/package.txtar, the first old in one of
// them replaced by new.
func pack(t *testing.T, old, new string) string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "package.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "package.tgz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	defer z.Close()
	w := tar.NewWriter(z)
	defer w.Close()
	replaced := old == ""
	for _, file := range archive.Files {
		text := string(file.Data)
		if !replaced && strings.Contains(text, old) {
			text, replaced = strings.Replace(text, old, new, 1), true
		}
		if err := w.WriteHeader(&tar.Header{Name: "package/" + file.Name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if !replaced {
		t.Fatalf("no file has %q", old)
	}
	return name
}

func TestRead(t *testing.T) {
	got, err := Read(pack(t, "", ""), []string{"aws_bell", "aws_whistle"}, []string{"aws_region"})
	if err != nil {
		t.Fatal(err)
	}
	want := &Schema{
		Version:     "6.1.2",
		Provider:    &Block{Attributes: []Attribute{{Name: "region", Type: `"string"`}}},
		DataSources: map[string]*Block{"aws_region": {Attributes: []Attribute{{Name: "description", Type: `"string"`, ReadOnly: true}}}},
		Resources: map[string]*Block{"aws_bell": { // and no whistle
			Attributes: []Attribute{
				{Name: "loud_name", Type: `"string"`, Required: true},
				{Name: "labels", Type: `["map","string"]`},
				{Name: "odd", Type: `"dynamic"`},
				{Name: "arn", Type: `"string"`, ReadOnly: true}, // but nothing that only the chime has
				{Name: "echoes", Type: `"dynamic"`, ReadOnly: true},
			},
			Blocks: []NestedBlock{
				{Name: "chime", Nesting: List, Required: true, Single: true, Block: &Block{
					Attributes: []Attribute{{Name: "hours", Type: `["set","number"]`, Required: true}},
				}},
				{Name: "rope", Nesting: Set, Block: &Block{Attributes: []Attribute{{Name: "frayed", Type: `"bool"`}}}},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Read (-want +got):\n%s", diff)
	}
}

// TestReadErrors holds that bindings that are written differently are an error, not a schema with
// something missing.
func TestReadErrors(t *testing.T) {
	for _, tt := range []struct {
		reason, old, new, want string
	}{
		{"the members of an argument in another order", `                type: "list",
                storageClassType: "BellChimeList",`, `                storageClassType: "BellChimeList",
                type: "list",`, `4 of 5 arguments of "" found`},
		{"an argument that no declaration has", "#odd Bell#odd", "#even Bell#even", `argument odd of "" is not declared`},
		{"a struct without a list", "function bellRopeToHclTerraform", "function bellRopes", "no list of arguments of BellRope found"},
		{"a struct without a declaration", "export interface BellRope ", "export type BellRope ", "no interface BellRope found"},
		{"a new kind of nesting", `type: "set",
                storageClassType: "BellRopeList"`, `type: "heap",
                storageClassType: "BellRopeList"`, `argument rope of "": no nesting "heap"`},
		{"another base class", "cdktn.TerraformResource", "cdktn.Resource", "no class found"},
		{"no list at all", `synthesizeHclAttributes() {
        const attrs = {
            loud_name`, `attributes() {
        const attrs = {
            loud_name`, "no list of arguments found"},
		{"a manifest that is no JSON", `{"name"`, `{name`, "package.json"},
	} {
		_, err := Read(pack(t, tt.old, tt.new), []string{"aws_bell"}, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v; want %q", tt.reason, err, tt.want)
		}
	}
}
