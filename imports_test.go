package countertrail_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/countertrail/countertrail"

// mayImport lists, for each package, which others it may import outside the standard library, by
// itself or through internal packages. "/…" at the end of a path means the package and all below.
// Nothing points up: the root joins the parts, and no part knows the root.
var mayImport = map[string][]string{
	"":                        {"event", "notify", "pattern", "remediate", "rule"},
	"event":                   {},
	"pattern":                 {},
	"pattern/metricfilter":    {"pattern"},
	"pattern/patterntest":     {"pattern", "golang.org/x/tools/txtar"},
	"rule":                    {"event", "pattern"},
	"cis":                     {"rule", "pattern", "event"},
	"deploy":                  {"rule", "pattern", "go.yaml.in/yaml/v3", "github.com/hashicorp/hcl/v2/…", "github.com/zclconf/go-cty/…"},
	"remediate":               {"rule", "event", "pattern"},
	"remediate/remediatetest": {"remediate", "rule", "event", "github.com/aws/smithy-go/…"},
	"remediate/trailfix": {
		"remediate", "rule", "event",
		"github.com/aws/aws-sdk-go-v2/aws/…", "github.com/aws/aws-sdk-go-v2/service/cloudtrail/…", "github.com/aws/smithy-go/…",
	},
	"remediate/ec2fix": {
		"remediate", "rule", "event",
		"github.com/aws/aws-sdk-go-v2/aws/…", "github.com/aws/aws-sdk-go-v2/service/ec2/…", "github.com/aws/smithy-go/…",
	},
	"remediate/iamfix": {
		"remediate", "rule", "event",
		"github.com/aws/aws-sdk-go-v2/aws/…", "github.com/aws/aws-sdk-go-v2/service/iam/…", "github.com/aws/smithy-go/…",
	},
	"remediate/s3fix": {
		"remediate", "rule", "event",
		"github.com/aws/aws-sdk-go-v2/aws/…", "github.com/aws/aws-sdk-go-v2/service/s3/…", "github.com/aws/smithy-go/…",
	},
	"remediate/kmsfix": {
		"remediate", "rule", "event",
		"github.com/aws/aws-sdk-go-v2/aws/…", "github.com/aws/aws-sdk-go-v2/service/kms/…", "github.com/aws/smithy-go/…",
	},
	"remediate/configfix": {
		"remediate", "rule", "event",
		"github.com/aws/aws-sdk-go-v2/aws/…", "github.com/aws/aws-sdk-go-v2/service/configservice/…", "github.com/aws/smithy-go/…",
	},
	"remediate/dynamostore": {
		"remediate",
		"github.com/aws/aws-sdk-go-v2/aws/…", "github.com/aws/aws-sdk-go-v2/service/dynamodb/…", "github.com/aws/smithy-go/…",
	},
	"remediate/assume": {
		"remediate", "rule", "event",
		"github.com/aws/aws-sdk-go-v2/aws/…", "github.com/aws/aws-sdk-go-v2/service/sts/…", "github.com/aws/smithy-go/…",
	},
	"notify": {"rule", "event"},
	"notify/sns": {
		"notify", "rule", "event",
		"github.com/aws/aws-sdk-go-v2/aws/…", "github.com/aws/aws-sdk-go-v2/service/sns/…", "github.com/aws/smithy-go/…",
	},
}

// Internal packages serve those beside them; these are the ones that need more than the standard
// library.
var internalMayImport = map[string][]string{
	"internal/awserr": {"remediate", "github.com/aws/smithy-go/…"},
}

func TestImports(t *testing.T) {
	imports := listImports(t)
	for name := range imports {
		if strings.HasPrefix(name, "examples/") {
			continue // a program imports what it likes, and nothing imports it
		}
		allowed, ok := mayImport[name]
		if isInternal(name) {
			allowed, ok = internalMayImport[name], true
		}
		if !ok {
			t.Errorf("%q is not in the table of this test", name)
		}
		for _, path := range reached(imports, name) {
			if !slices.ContainsFunc(allowed, func(a string) bool {
				below, isTree := strings.CutSuffix(a, "/…")
				return path == a || isTree && (path == below || strings.HasPrefix(path, below+"/"))
			}) {
				t.Errorf("%q imports %s, which is not in its list", name, path)
			}
		}
	}
	for name := range mayImport {
		if _, ok := imports[name]; !ok {
			t.Errorf("the table names the package %q, which does not exist", name)
		}
	}
}

// listImports returns what each package of the module imports outside the standard library. Names
// of the module's own are without its path.
func listImports(t *testing.T) map[string][]string {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	own := func(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, module), "/") }
	imports := make(map[string][]string)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			return imports
		} else if err != nil {
			t.Fatal(err)
		}
		list := []string{}
		for _, path := range pkg.Imports {
			if host, _, _ := strings.Cut(path, "/"); strings.Contains(host, ".") {
				list = append(list, own(path))
			}
		}
		imports[own(pkg.ImportPath)] = list
	}
}

// reached returns what the package imports; in the place of an internal package, which the compiler
// keeps to those that may, what that one reaches.
func reached(imports map[string][]string, name string) []string {
	var paths []string
	for _, path := range imports[name] {
		if isInternal(path) {
			paths = append(paths, reached(imports, path)...)
		} else {
			paths = append(paths, path)
		}
	}
	return paths
}

func isInternal(path string) bool { return slices.Contains(strings.Split(path, "/"), "internal") }
