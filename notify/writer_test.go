package notify_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/rule"
)

// A log keeps what it is given, a string for each call of Write. Its Write is not safe for
// concurrent use: the race detector tells whether the notifier sees to that.
type log struct {
	writes []string
	err    error
}

func (l *log) Write(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	l.writes = append(l.writes, string(p))
	return len(p), nil
}

func TestWriter(t *testing.T) {
	m := notify.NewMessage(trailStopped())
	text := notify.Text(m, 0)
	first, rest, _ := strings.Cut(text, "\n")
	for _, tt := range []struct {
		opts     *notify.WriterOptions
		severity rule.Severity
		want     string
		reason   string
	}{
		{nil, rule.Critical, text + "\n", "no color by default"},
		{&notify.WriterOptions{}, rule.Critical, text + "\n", "nor in the zero options"},
		{&notify.WriterOptions{Color: true}, rule.Critical, "\x1b[1;31m" + first + "\x1b[0m\n" + rest + "\n", "red"},
		{&notify.WriterOptions{Color: true}, rule.Medium, "\x1b[1;33m" + strings.Replace(first, "CRITICAL", "MEDIUM", 1) + "\x1b[0m\n" + rest + "\n", "yellow"},
		{&notify.WriterOptions{Color: true}, rule.Info, "\x1b[1m" + strings.Replace(first, "CRITICAL", "INFO", 1) + "\x1b[0m\n" + rest + "\n", "bold"},
	} {
		var l log
		m.Severity = tt.severity
		if err := notify.NewWriter(&l, tt.opts).Notify(t.Context(), m); err != nil {
			t.Errorf("%v: %s", err, tt.reason)
		}
		if len(l.writes) != 1 || l.writes[0] != tt.want {
			t.Errorf("wrote %q, want %q at once: %s", l.writes, tt.want, tt.reason)
		}
	}
}

func TestWriterConcurrent(t *testing.T) {
	var l log
	n := notify.NewWriter(&l, nil)
	m := notify.NewMessage(trailStopped())
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := n.Notify(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(l.writes) != 20 {
		t.Errorf("%d writes, want 20", len(l.writes))
	}
}

func TestWriterErrors(t *testing.T) {
	full := errors.New("disk full")
	l := log{err: full}
	if err := notify.NewWriter(&l, nil).Notify(t.Context(), new(notify.Message)); !errors.Is(err, full) {
		t.Errorf("error %v, want that of the writer", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.err = nil
	if err := notify.NewWriter(&l, nil).Notify(ctx, new(notify.Message)); !errors.Is(err, context.Canceled) || len(l.writes) > 0 {
		t.Errorf("error %v and %d writes, want that of the context and none", err, len(l.writes))
	}
}
