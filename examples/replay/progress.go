package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/countertrail/countertrail/notify"
)

// A progress shows on a terminal how far a long replay is, in one line that is erased before
// anything else is written. It is drawn when something is read, so nothing runs beside the replay.
type progress struct {
	w     io.Writer // nil if it is no terminal: then nothing is shown
	shown bool

	began, drawn time.Time
	name         string // the input being read
	total        int64  // bytes in all inputs; 0 if unknown
	bytes        int64
	events       int
}

// patience is how long a replay runs before it shows progress, and interval how often it does.
const (
	patience = time.Second
	interval = 200 * time.Millisecond
)

func newProgress(stderr io.Writer) *progress {
	if !isTerminal(stderr) {
		return &progress{}
	}
	return &progress{w: stderr}
}

// isTerminal reports whether w is a terminal, or another character device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) begin(inputs []input) {
	p.began = time.Now()
	for _, in := range inputs {
		if in.size < 0 {
			p.total = 0
			return
		}
		p.total += in.size
	}
}

// reading returns r, which is read for an input, counted.
func (p *progress) reading(in input, r io.Reader) io.Reader {
	p.name = in.name
	return readerFunc(func(b []byte) (int, error) {
		n, err := r.Read(b)
		p.bytes += int64(n)
		p.draw()
		return n, err
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// event counts an event that was handled.
func (p *progress) event() {
	p.events++
	p.draw()
}

// draw shows how far the replay is, if it is time to.
func (p *progress) draw() {
	if p.w == nil {
		return
	}
	now := time.Now()
	if now.Sub(p.began) < patience || now.Sub(p.drawn) < interval {
		return
	}
	p.drawn = now
	line := fmt.Sprintf("%d events, %s", p.events, megabytes(p.bytes))
	if p.total > 0 {
		line += fmt.Sprintf(" of %s (%d%%)", megabytes(p.total), 100*p.bytes/p.total)
	}
	line += fmt.Sprintf(", %.0f events/s  %s", float64(p.events)/now.Sub(p.began).Seconds(), p.name)
	p.erase()
	io.WriteString(p.w, notify.Clean(line, 79)) // the cursor must stay in the line
	p.shown = true
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// erase takes the line away.
func (p *progress) erase() {
	if p.shown {
		io.WriteString(p.w, "\r\x1b[K")
		p.shown = false
	}
}

// around returns w, before each write to which the line is taken away.
func (p *progress) around(w io.Writer) io.Writer {
	if p.w == nil {
		return w
	}
	return writerFunc(func(b []byte) (int, error) {
		p.erase()
		return w.Write(b)
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
