package ruler

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The questions of the driver's protocol, which Driver.java describes.
const (
	quick byte = 1
	deep  byte = 2
	spell byte = 3
)

// A pair is a pattern and an event.
type pair struct {
	pattern, event string
}

// A reply is what the engine says about a pair.
type reply struct {
	refusal string // why the compiler refuses the pattern, with the location
	// The rest is for patterns that are accepted.
	rules      int    // sub-rules
	crash      string // exception thrown when the compiled pattern is added to a machine
	complexity int    // of wildcards, as the service computes it
	matched    bool   // by one build
	failure    string // exception thrown when the event is read
	deep       *deepReply
}

// A deepReply tells how steady the answer is, and what the pattern says when
// every alternative is tried in a machine of its own.
type deepReply struct {
	builds, matched int  // builds that succeeded, and those that matched
	matchedOld      int  // those that matched with the finder that was the default before 2.0
	tried           bool // the pattern was small enough to be taken apart
	spec, specOld   bool // any single-valued machine matches, with either finder
	rules           []subRule
}

// A subRule is a conjunction of fields, as the engine compiled it.
type subRule map[string][]value

// A value is one compiled alternative.
type value struct {
	kind string // a name of the engine's enum MatchType
	text string
}

// An engine is a running JVM with the driver in it.
type engine struct {
	javaVersion string
	cmd         *exec.Cmd
	in          io.WriteCloser
	out         *bufio.Reader
	stderr      bytes.Buffer
}

// startEngine builds the driver in dir and starts it. The JVM ends with Close
// or when ctx is done.
func startEngine(ctx context.Context, dir string) (*engine, error) {
	for _, tool := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%w: this comparison needs a JDK of version 17 or newer and Maven", err)
		}
	}
	build := exec.CommandContext(ctx, "mvn", "--quiet", "--batch-mode", "compile")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the driver: %w\n%s", err, out)
	}
	target := filepath.Join(dir, "target")
	libraries, err := os.ReadFile(filepath.Join(target, "classpath"))
	if err != nil {
		return nil, err
	}
	classPath := filepath.Join(target, "classes") + string(filepath.ListSeparator) + strings.TrimSpace(string(libraries))
	e := &engine{cmd: exec.CommandContext(ctx, "java", "-XX:+UseSerialGC", "-cp", classPath, "countertrail.Driver")}
	e.cmd.Stderr = &e.stderr
	if e.in, err = e.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	e.out = bufio.NewReaderSize(out, 1<<16)
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	r := &replyReader{r: e.out}
	e.javaVersion = r.text()
	if r.err != nil {
		return nil, e.fail(r.err)
	}
	return e, nil
}

// Close ends the JVM.
func (e *engine) Close() error {
	return errors.Join(e.in.Close(), e.cmd.Wait())
}

// fail returns err with what the JVM had to say.
func (e *engine) fail(err error) error {
	return fmt.Errorf("asking the engine: %w\n%s", err, e.stderr.Bytes())
}

// ask puts the same question about every pair.
func (e *engine) ask(question byte, pairs ...pair) ([]reply, error) {
	replies := make([]reply, 0, len(pairs))
	err := e.exchange(question, pairs, func(r *replyReader) {
		replies = append(replies, r.reply(question))
	})
	return replies, err
}

// spell returns the texts that Java gives to the doubles nearest to numbers.
func (e *engine) spell(numbers ...string) ([]string, error) {
	requests := make([]pair, len(numbers))
	for i, n := range numbers {
		requests[i].pattern = n
	}
	var texts []string
	err := e.exchange(spell, requests, func(r *replyReader) {
		texts = append(texts, r.text())
	})
	return texts, err
}

// exchange sends requests and calls read for each to read the reply.
func (e *engine) exchange(question byte, requests []pair, read func(*replyReader)) error {
	written := make(chan error, 1)
	go func() { // beside the reading, so that neither pipe fills up
		w := bufio.NewWriterSize(e.in, 1<<16)
		for _, p := range requests {
			w.WriteByte(question)
			for _, s := range []string{p.pattern, p.event} {
				binary.Write(w, binary.BigEndian, uint32(len(s)))
				w.WriteString(s)
			}
		}
		written <- w.Flush() // reports any earlier error too
	}()
	r := &replyReader{r: e.out}
	for range requests {
		if read(r); r.err != nil {
			return e.fail(r.err)
		}
	}
	if err := <-written; err != nil {
		return e.fail(err)
	}
	return nil
}

// A replyReader reads the driver's replies. After the first error its methods
// return zero values.
type replyReader struct {
	r   io.Reader
	err error
}

func (r *replyReader) reply(question byte) reply {
	var p reply
	if p.refusal = r.text(); p.refusal != "" {
		return p
	}
	p.rules = r.int()
	p.crash = r.text()
	p.complexity = r.int()
	p.matched = r.bool()
	p.failure = r.text()
	if question == deep && p.failure == "" && r.err == nil {
		p.deep = r.deepReply()
	}
	return p
}

func (r *replyReader) deepReply() *deepReply {
	d := &deepReply{
		builds: r.int(), matched: r.int(), matchedOld: r.int(),
		tried: r.bool(), spec: r.bool(), specOld: r.bool(),
	}
	for n := r.int(); n > 0 && r.err == nil; n-- {
		rule := make(subRule)
		for n := r.int(); n > 0 && r.err == nil; n-- {
			path := r.text()
			var values []value
			for n := r.int(); n > 0 && r.err == nil; n-- {
				values = append(values, value{r.text(), r.text()})
			}
			rule[path] = values
		}
		d.rules = append(d.rules, rule)
	}
	return d
}

func (r *replyReader) bytes(n int) []byte {
	b := make([]byte, n)
	if r.err == nil {
		_, r.err = io.ReadFull(r.r, b)
	}
	return b
}

func (r *replyReader) int() int {
	n := int(binary.BigEndian.Uint32(r.bytes(4)))
	if r.err != nil {
		return 0
	}
	return n
}

func (r *replyReader) bool() bool { return r.bytes(1)[0] == 1 }

func (r *replyReader) text() string { return string(r.bytes(r.int())) }
