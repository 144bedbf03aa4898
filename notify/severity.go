package notify

import (
	"context"

	"github.com/countertrail/countertrail/rule"
)

// AtLeast returns a Notifier that passes messages of at least the given severity on to n, and
// drops the others without an error.
func AtLeast(severity rule.Severity, n Notifier) Notifier {
	return Func(func(ctx context.Context, m *Message) error {
		if m.Severity < severity {
			return nil
		}
		return n.Notify(ctx, m)
	})
}
