package iamfix

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/countertrail/countertrail/remediate"
)

// GuardProtected is the guard that refuses to touch what is never touched; see the package
// documentation.
const GuardProtected = "protected"

// Options are the settings that all remediators of the package have.
type Options struct {
	// Protected holds the ARNs, with their paths, of users, roles, groups and managed policies that
	// are never touched. One that ends in "*" stands for all that begin like it, for example
	// "arn:aws:iam::123456789012:role/break-glass/*".
	Protected []string

	// Interval is the pause between reads while IAM has yet to show the latest change. The default
	// is 2 seconds.
	Interval time.Duration

	// Reads is how often a state is read at most in one go. The default is 5, which with the default
	// Interval makes 8 seconds.
	Reads int
}

// settings is Options with its defaults, checked.
type settings struct {
	protected []string
	interval  time.Duration
	reads     int
}

func (o Options) settings() (settings, error) {
	s := settings{protected: append([]string(nil), o.Protected...), interval: o.Interval, reads: o.Reads}
	for _, p := range s.protected {
		if a, err := arn.Parse(strings.TrimSuffix(p, "*")); err != nil || a.Service != "iam" || a.Resource == "" {
			return settings{}, fmt.Errorf("iamfix: Protected: %q is not the ARN of anything in IAM", p)
		}
	}
	if s.interval <= 0 {
		s.interval = 2 * time.Second
	}
	if s.reads <= 0 {
		s.reads = 5
	}
	return s, nil
}

// touchable returns a refusal for what is never touched.
func (s settings) touchable(e entity) error {
	text := e.arn()
	if e.kind == kindRole && (strings.HasPrefix(e.path, "/aws-service-role/") || strings.HasPrefix(e.path, "/aws-reserved/")) {
		return refuse(GuardProtected, "%q is a role that only AWS may change", text)
	}
	for _, p := range s.protected {
		prefix, all := strings.CutSuffix(p, "*")
		if text == p || all && strings.HasPrefix(text, prefix) {
			return refuse(GuardProtected, "%q is protected by %q", text, p)
		}
	}
	return nil
}

// settle calls read until done accepts what it returns, as often as there are reads, and returns
// what it read last.
func settle[T any](ctx context.Context, s settings, read func() (T, error), done func(T) bool) (T, error) {
	for n := 1; ; n++ {
		v, err := read()
		if err != nil || done(v) || n == s.reads {
			return v, err
		}
		if err := s.pause(ctx); err != nil {
			return v, err
		}
	}
}

func (s settings) pause(ctx context.Context) error {
	timer := time.NewTimer(s.interval)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for IAM to show a change: %w", ctx.Err())
	}
}

// in returns the setting of a call that makes it for the given Region, whose partition has one IAM.
func in(region string) func(*iam.Options) {
	return func(o *iam.Options) { o.Region = region }
}

func refuse(guard, format string, args ...any) error {
	return &remediate.Refusal{Guard: guard, Reason: fmt.Sprintf(format, args...)}
}
