package awsschema

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// Read returns the schema of the given resources and data sources, by their types, from an npm
// package @cdktn/provider-aws or @cdktf/provider-aws, packed. A type that the provider does not have is left out.
func Read(file string, resources, dataSources []string) (*Schema, error) {
	const provider = "provider"
	wanted := map[string]bool{provider: true}
	for _, t := range resources {
		wanted[directory(t)] = true
	}
	for _, t := range dataSources {
		wanted[dataPrefix+directory(t)] = true
	}
	texts, err := unpack(file, wanted)
	if err != nil {
		return nil, err
	}
	s := &Schema{Resources: make(map[string]*Block), DataSources: make(map[string]*Block)}
	var manifest struct {
		CDKTF, CDKTN struct { // the name of the generator, before and since it was forked
			Provider struct{ Version string }
		}
	}
	if err := json.Unmarshal([]byte(texts["package.json"]), &manifest); err != nil {
		return nil, fmt.Errorf("%s: package.json: %w", file, err)
	}
	s.Version = cmp.Or(manifest.CDKTN.Provider.Version, manifest.CDKTF.Provider.Version)
	read := func(dir string) *Block {
		script, ok := texts["lib/"+dir+"/index.js"]
		if !ok {
			return nil
		}
		b, readErr := newBindings(script, texts["lib/"+dir+"/index.d.ts"])
		var block *Block
		if readErr == nil {
			block, readErr = b.schema()
		}
		if readErr != nil {
			err = errors.Join(err, fmt.Errorf("%s: %s: %w", file, dir, readErr))
		}
		return block
	}
	s.Provider = read(provider)
	for _, t := range resources {
		if b := read(directory(t)); b != nil {
			s.Resources[t] = b
		}
	}
	for _, t := range dataSources {
		if b := read(dataPrefix + directory(t)); b != nil {
			s.DataSources[t] = b
		}
	}
	return s, err
}

const dataPrefix = "data-aws-"

// directory returns where the bindings of a resource are.
func directory(resource string) string {
	return strings.ReplaceAll(strings.TrimPrefix(resource, "aws_"), "_", "-")
}

// unpack returns the files of package.json and the wanted directories, by their paths in the
// package.
func unpack(file string, wanted map[string]bool) (map[string]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	texts := make(map[string]string)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return texts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		name := strings.TrimPrefix(h.Name, "package/")
		if name != "package.json" && !wanted[path.Base(path.Dir(name))] {
			continue
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		texts[name] = string(text)
	}
}
