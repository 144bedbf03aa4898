package notify

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/countertrail/countertrail/rule"
)

// WriterOptions are the settings of [NewWriter].
type WriterOptions struct {
	// Color shows the first line in the color of its severity, with ANSI escape sequences. The
	// default is false: logs keep such sequences as they are.
	Color bool
}

// NewWriter returns a [Notifier] that writes the [Text] of each message and an empty line to w, in
// one call of Write and one message at a time. A nil opts means the defaults. Its errors wrap those
// of w.
func NewWriter(w io.Writer, opts *WriterOptions) Notifier {
	n := &writer{w: w}
	if opts != nil {
		n.opts = *opts
	}
	return n
}

type writer struct {
	opts WriterOptions

	mu sync.Mutex
	w  io.Writer
}

func (n *writer) Notify(ctx context.Context, m *Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("notify: write: %w", err)
	}
	text := Text(m, 0) + "\n"
	if n.opts.Color {
		first, rest, _ := strings.Cut(text, "\n")
		text = color(m.Severity) + first + "\x1b[0m\n" + rest
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, err := n.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("notify: write: %w", err)
	}
	return nil
}

// color returns the sequence that turns on the color of s.
func color(s rule.Severity) string {
	switch {
	case s >= rule.High:
		return "\x1b[1;31m" // bold red
	case s >= rule.Medium:
		return "\x1b[1;33m" // bold yellow
	}
	return "\x1b[1m"
}
