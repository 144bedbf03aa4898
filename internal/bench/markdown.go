package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// writeMarkdown writes the tables for the README.
func (b *bench) writeMarkdown(out io.Writer) error {
	var m strings.Builder
	fmt.Fprintf(&m, "%s\n\n", machine())
	fmt.Fprintln(&m, "| goal | plain Go | | must / stretch | with assembly | | must / stretch |")
	fmt.Fprintln(&m, "|---|--:|---|--:|--:|---|--:|")
	for _, row := range b.goalCells() {
		fmt.Fprintf(&m, "| %s |\n", strings.Join(row, " | "))
	}
	for _, w := range append(works(), work{name: startupName}) {
		r := b.results[w.name]
		if r == nil {
			continue
		}
		fmt.Fprintf(&m, "\n%s (`%s`):\n\n", r.work.title, w.name)
		fmt.Fprintf(&m, "| | %s |\n", strings.Join(columns, " | "))
		fmt.Fprintln(&m, "|---"+strings.Repeat("|--:", len(columns))+"|")
		for _, c := range r.contenders {
			fmt.Fprintf(&m, "| %s | %s |\n", c.name, strings.Join(r.cells(c), " | "))
		}
	}
	_, err := io.WriteString(out, m.String())
	return err
}

var modelName = regexp.MustCompile(`model name\s*: (.*)`)

// machine says on what was measured, and which versions.
func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := modelName.FindSubmatch(text); m != nil {
			model = string(m[1])
		}
	}
	s := fmt.Sprintf("%s, %d processors, %s/%s, %s",
		model, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	if out, err := exec.Command("java", "-version").CombinedOutput(); err == nil {
		line, _, _ := strings.Cut(string(out), "\n")
		s += ", " + line
	}
	return s + "; " + strings.Join(versions(), ", ") + "."
}

// versions returns the peers with their versions.
func versions() (all []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, d := range info.Deps {
		for _, name := range []string{"quamina", "gjson", "fastjson", "sonic"} {
			if strings.HasSuffix(d.Path, "/"+name) {
				if d.Replace != nil {
					d = d.Replace
				}
				all = append(all, name+" "+d.Version)
			}
		}
	}
	return append(all, "event-ruler 2.0.1")
}
