package notify_test

import (
	"context"
	"errors"
	"testing"

	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/rule"
)

func TestAtLeast(t *testing.T) {
	refused := errors.New("refused")
	n := notify.AtLeast(rule.High, notify.Func(func(context.Context, *notify.Message) error { return refused }))
	for severity := rule.Info; severity <= rule.Critical; severity++ {
		err := n.Notify(t.Context(), &notify.Message{Severity: severity})
		if passed := err == refused; passed != (severity >= rule.High) || !passed && err != nil {
			t.Errorf("error %v for severity %s", err, severity)
		}
	}
}
