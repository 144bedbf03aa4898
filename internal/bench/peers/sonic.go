package peers

import (
	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/ast"
)

// sonicPaths holds paths as sonic takes them.
var sonicPaths = func() (all [][]any) {
	for _, path := range paths {
		var keys []any
		for _, key := range path {
			keys = append(keys, key)
		}
		all = append(all, keys)
	}
	return all
}()

// readSonic reads with sonic's lazy syntax tree, which on machines that sonic has no code for is
// made by plain Go.
func readSonic(event []byte) (int32, error) {
	root, err := sonic.Get(event)
	if err != nil {
		return 0, err
	}
	var d int32
	for _, path := range sonicPaths {
		text := ""
		if v := root.GetByPath(path...); v.Check() == nil && v.TypeSafe() == ast.V_STRING {
			if text, err = v.StrictString(); err != nil {
				return 0, err
			}
		}
		d = digest(d, text)
	}
	return d, nil
}
