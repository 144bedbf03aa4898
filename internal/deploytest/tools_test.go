package deploytest

import (
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

var cacheDir = flag.String("cache", "",
	"`directory` in which installed tools are kept (default: countertrail-deploytest in the user's cache)")

// A tool is installed when a test first asks for it.
type tool struct {
	install func(cache) (string, error)
	once    sync.Once
	path    string
	err     error
}

var (
	python       = &tool{install: installPython}
	openTofu     = &tool{install: installTofu}
	oldestSchema = &tool{install: installPackage(oldestSchemaPackage)}
	newestSchema = &tool{install: installPackage(newestSchemaPackage)}
)

// need returns where the tool is. If it is not there and cannot be installed, the test fails;
// with -short it is skipped, whether the tool is there or not.
func (it *tool) need(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("this test needs outside tools, and -short is set")
	}
	it.once.Do(func() {
		dir, err := toolsDir()
		if err == nil {
			it.path, err = it.install(dir)
		}
		it.err = err
	})
	if it.err != nil {
		t.Fatal(it.err)
	}
	return it.path
}

// toolsDir returns where tools are kept.
func toolsDir() (cache, error) {
	if *cacheDir != "" {
		dir, err := filepath.Abs(*cacheDir)
		return cache(dir), err
	}
	dir, err := os.UserCacheDir()
	return cache(filepath.Join(dir, "countertrail-deploytest")), err
}
