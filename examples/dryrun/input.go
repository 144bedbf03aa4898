package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// suffixes are those of the files for which a directory is searched, apart from .gz.
var suffixes = []string{".json", ".jsonl", ".ndjson", ".log"}

// logFiles returns the files that args name, in their order and, within a directory, in that of
// its names, which is the order of time in a bucket of CloudTrail's.
func logFiles(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		before := len(files)
		err := filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (path == arg || isLog(path)) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(files) == before {
			return nil, fmt.Errorf("%s: no file in it ends in %s, with or without .gz", arg, strings.Join(suffixes, ", "))
		}
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil {
			return nil, err
		} else if info.IsDir() { // what a symbolic link leads to
			return nil, fmt.Errorf("%s: leads to a directory; name that itself", name)
		}
	}
	return files, nil
}

func isLog(path string) bool {
	return slices.Contains(suffixes, filepath.Ext(strings.TrimSuffix(path, ".gz")))
}
