package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

//go:generate go run sample/generate.go

// sample is a day of a made-up organization.
//
//go:embed sample/cloudtrail.json
var sample []byte

// An input is something to read.
type input struct {
	name string // not clean: a directory's files are named by whoever filled it
	size int64  // -1 if unknown
	open func() (io.ReadCloser, error)

	// named says that the command line names it, and not just a directory that holds it.
	named bool
}

// suffixes are those of the files for which a directory is searched, apart from .gz.
var suffixes = []string{".json", ".jsonl", ".ndjson", ".log"}

// A search collects what the arguments name.
type search struct {
	inputs []input
	others int     // what is in directories and, by its name or kind, is not looked into
	errs   []error // what could not be looked at
}

// findInputs returns what the arguments name, in their order and, within a directory, in that of
// its names.
func findInputs(args []string, stdin io.Reader) *search {
	s := new(search)
	if len(args) == 0 {
		open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(sample)), nil }
		s.inputs = append(s.inputs, input{name: "sample", size: int64(len(sample)), open: open})
	}
	for _, arg := range args {
		if arg == "-" {
			open := func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }
			s.inputs = append(s.inputs, input{name: "standard input", size: -1, open: open, named: true})
			continue
		}
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			s.errs = append(s.errs, err)
		case info.IsDir():
			s.directory(arg)
		default:
			in := file(arg, info)
			in.named = true
			s.inputs = append(s.inputs, in)
		}
	}
	return s
}

// directory adds the files of a directory and of those in it.
func (s *search) directory(dir string) {
	before := len(s.inputs)
	root := os.DirFS(dir) // follows a dir that is a symbolic link
	fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		var info fs.FileInfo
		isLog := slices.Contains(suffixes, filepath.Ext(strings.TrimSuffix(name, ".gz")))
		if err == nil && isLog {
			info, err = fs.Stat(root, name) // of what a symbolic link leads to, which d is not
		}
		switch {
		case err != nil:
			s.errs = append(s.errs, fmt.Errorf("%s: %w", dir, err))
		case d.IsDir():
		case isLog && info.Mode().IsRegular():
			s.inputs = append(s.inputs, file(filepath.Join(dir, filepath.FromSlash(name)), info))
		default:
			s.others++
		}
		return nil
	})
	if len(s.inputs) == before {
		s.errs = append(s.errs, fmt.Errorf("%s: no file in it ends in %s, with or without .gz", dir, strings.Join(suffixes, ", ")))
	}
}

func file(name string, info fs.FileInfo) input {
	in := input{name: name, size: -1, open: func() (io.ReadCloser, error) { return os.Open(name) }}
	if info.Mode().IsRegular() {
		in.size = info.Size()
	}
	return in
}
