package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// programs holds the programs that contenders are.
type programs struct {
	dir       string // of the programs in Go
	classPath string // of the driver in Java, once it is built
}

// buildBoth builds a program with and without assembly, from the directory in which this one was
// started, which is that of its source.
func (p programs) buildBoth(pkg string) error {
	return errors.Join(
		runTool("", "go", "build", "-o", p.path(kernel, pkg), pkg),
		runTool("", "go", "build", "-o", p.path(plainGo, pkg), "-tags", "purego", pkg))
}

// path returns the path of a program that buildBoth has built for a contender.
func (p programs) path(contender, pkg string) string {
	name := "bench-" + filepath.Base(pkg)
	if contender == plainGo {
		name += "-purego"
	}
	return filepath.Join(p.dir, name)
}

// errNoJava is wrapped by the error for a machine without Java or Maven.
var errNoJava = errors.New("event-ruler needs a JDK of version 17 or newer and Maven")

// buildDriver builds the driver with Maven, which fetches the engine, and returns the class path with which it runs.
func buildDriver(dir string) (string, error) {
	for _, tool := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", fmt.Errorf("%w: %w", errNoJava, err)
		}
	}
	if err := runTool(dir, "mvn", "--quiet", "--batch-mode", "compile"); err != nil {
		return "", err
	}
	target := filepath.Join(dir, "target")
	libraries, err := os.ReadFile(filepath.Join(target, "classpath"))
	classes := filepath.Join(target, "classes")
	return classes + string(filepath.ListSeparator) + strings.TrimSpace(string(libraries)), err
}

func runTool(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// command returns the command that starts a contender. The first time that it is that of the driver in
// Java, it builds the driver.
func (p *programs) command(name, rulesFile, eventsFile string) ([]string, error) {
	switch name {
	case ruler:
		if p.classPath == "" {
			var err error
			if p.classPath, err = buildDriver("driver"); err != nil {
				return nil, err
			}
		}
		return append(javaCommand(p.classPath), rulesFile, eventsFile), nil
	case plainGo:
		return []string{p.path(plainGo, "."), "-worker", kernel, rulesFile, eventsFile}, nil
	}
	return []string{p.path(kernel, "."), "-worker", name, rulesFile, eventsFile}, nil
}

func javaCommand(classPath string) []string {
	return []string{"java", "-XX:+UseParallelGC", "-Xmx6g", "-cp", classPath, "countertrail.Driver"}
}

// startUp starts a fresh process for one of our contenders, and returns the nanoseconds that it took to
// compile the fifteen controls.
func (p programs) startUp(contender string) (int64, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(p.path(contender, startupPackage))
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", startupPackage, err, stderr.Bytes())
	}
	return strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
}
