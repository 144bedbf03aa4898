package notify_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/countertrail/countertrail/notify"
)

func TestAll(t *testing.T) {
	broken := errors.New("channel is gone")
	temporary := fmt.Errorf("try later: %w", notify.ErrTemporary)
	fails := func(err error) notify.Notifier {
		return notify.Func(func(context.Context, *notify.Message) error { return err })
	}
	panics := func(value any) notify.Notifier {
		return notify.Func(func(context.Context, *notify.Message) error { panic(value) })
	}
	nils := notify.Func(func(_ context.Context, m *notify.Message) error {
		var missing *notify.Message
		m.Title = missing.Title
		return nil
	})
	ends := notify.Func(func(context.Context, *notify.Message) error { runtime.Goexit(); return nil })

	for _, tt := range []struct {
		others []notify.Notifier
		want   []string // the lines of the error
		is     error    // what it wraps
		reason string
	}{
		{nil, nil, nil, "nobody else"},
		{[]notify.Notifier{fails(nil)}, nil, nil, "all succeed"},
		{[]notify.Notifier{fails(broken), fails(temporary)}, []string{"channel is gone", "try later: temporary failure"}, notify.ErrTemporary, "two fail"},
		{[]notify.Notifier{fails(temporary), fails(nil), fails(broken)}, []string{"try later: temporary failure", "channel is gone"}, broken, "two fail around one"},
		{[]notify.Notifier{panics("https://hooks.example.com/secret")}, []string{"notify: a notifier (notify.Func) panicked with a string"}, nil,
			"what a notifier panics with can hold a secret"},
		{[]notify.Notifier{nils, fails(broken)}, []string{
			"notify: a notifier (notify.Func) panicked: runtime error: invalid memory address or nil pointer dereference", "channel is gone",
		}, broken, "what the runtime says of a panic cannot"},
		{[]notify.Notifier{nil}, []string{"notify: a notifier (<nil>) panicked: runtime error: invalid memory address or nil pointer dereference"}, nil, "no notifier"},
		{[]notify.Notifier{ends}, []string{"notify: a notifier (notify.Func) ended its goroutine"}, nil, "a notifier that never returns is no success"},
	} {
		told := 0
		teller := notify.Func(func(context.Context, *notify.Message) error { told++; return nil })
		err := notify.All(append(tt.others, teller)...).Notify(t.Context(), new(notify.Message))
		if told != 1 {
			t.Errorf("the last notifier was told %d times: %s", told, tt.reason)
		}
		var got string
		if err != nil {
			got = err.Error()
		}
		if want := strings.Join(tt.want, "\n"); got != want {
			t.Errorf("error %q, want %q: %s", got, want, tt.reason)
		}
		if tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("error %q does not wrap %q: %s", err, tt.is, tt.reason)
		}
	}
}

// Two notifiers that wait for each other are told at the same time, or never return.
func TestAllConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		met := make(chan bool)
		n := notify.All(
			notify.Func(func(context.Context, *notify.Message) error { met <- true; return nil }),
			notify.Func(func(context.Context, *notify.Message) error { <-met; return nil }),
		)
		if err := n.Notify(t.Context(), new(notify.Message)); err != nil {
			t.Error(err)
		}
	})
}

func TestAllContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	waits := notify.Func(func(ctx context.Context, _ *notify.Message) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	if err := notify.All(waits).Notify(ctx, new(notify.Message)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	told := false
	teller := notify.Func(func(context.Context, *notify.Message) error { told = true; return nil })
	if err := notify.All(teller).Notify(ctx, new(notify.Message)); !errors.Is(err, context.Canceled) || told {
		t.Errorf("error %v, told %t, want that of the context and nobody told", err, told)
	}
}

// All keeps its own list.
func TestAllList(t *testing.T) {
	told := ""
	teller := func(name string) notify.Notifier {
		return notify.Func(func(context.Context, *notify.Message) error { told += name; return nil })
	}
	list := []notify.Notifier{teller("a")}
	n := notify.All(list...)
	list[0] = teller("b")
	if err := n.Notify(t.Context(), new(notify.Message)); err != nil || told != "a" {
		t.Errorf("told %q, error %v; want a", told, err)
	}
}
