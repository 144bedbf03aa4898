// Command lambda is a complete Lambda function for provided.al2023: it takes CloudTrail events
// from EventBridge, runs the CIS monitoring controls on them, restarts trails that were stopped
// (or, unless asked to, only plans to), and tells an SNS topic.
//
// See the README beside this file for how to build and configure it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/notify/sns"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
	"github.com/countertrail/countertrail/rule"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	h, err := setUp(context.Background(), logger)
	if err != nil {
		// The runtime reports the exit as an init failure, with what was written before it.
		logger.Error("cannot start", "err", err)
		os.Exit(1)
	}
	lambda.Start(h.Handle)
}

func setUp(ctx context.Context, logger *slog.Logger) (*countertrail.Handler, error) {
	s, err := readSettings(os.Getenv)
	if err != nil {
		return nil, err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	return newHandler(s, cfg, logger)
}

// newHandler joins the parts.
func newHandler(s settings, cfg aws.Config, logger *slog.Logger) (*countertrail.Handler, error) {
	benchmark, err := cis.Version("v1.3.0")
	if err != nil {
		return nil, err
	}
	topic, err := sns.New(awssns.NewFromConfig(cfg), s.topicARN, nil)
	if err != nil {
		return nil, err
	}
	trails := cloudtrail.NewFromConfig(cfg)
	return countertrail.New(benchmark.Rules(), &countertrail.Options{
		Remediators: []remediate.Remediator{trailfix.New(trails, trails, nil)},
		Remediation: remediate.Options{
			Mode: s.mode,
			Self: remediate.Self{RoleARN: s.roleARN},
		},
		Notifiers: map[string]notify.Notifier{"sns": notify.AtLeast(s.minSeverity, topic)},
		Logger:    logger,
	})
}

// settings are what the function is configured with.
type settings struct {
	topicARN    string
	mode        remediate.Mode
	roleARN     string
	minSeverity rule.Severity
}

// readSettings reads the settings from environment variables. A missing topic is an error, and so
// is enforcing without knowing one's own role: a function that cannot recognise its own changes
// must not make any. A role that no change could be recognised by, such as the ARN of a session, is
// one too.
func readSettings(getenv func(string) string) (settings, error) {
	s := settings{
		topicARN: getenv("COUNTERTRAIL_TOPIC_ARN"),
		roleARN:  getenv("COUNTERTRAIL_ROLE_ARN"),
	}
	if s.topicARN == "" {
		return s, errors.New("COUNTERTRAIL_TOPIC_ARN is not set: findings would be told to nobody")
	}
	if v := getenv("COUNTERTRAIL_MODE"); v != "" {
		if err := s.mode.UnmarshalText([]byte(v)); err != nil {
			return s, fmt.Errorf("COUNTERTRAIL_MODE: %w", err)
		}
	}
	if s.mode == remediate.Enforce && s.roleARN == "" {
		return s, errors.New("COUNTERTRAIL_ROLE_ARN is not set: enforcing needs it, to recognise our own changes")
	}
	if err := (remediate.Self{RoleARN: s.roleARN}).Check(); err != nil {
		return s, fmt.Errorf("COUNTERTRAIL_ROLE_ARN: %w", err)
	}
	if v := getenv("COUNTERTRAIL_MIN_SEVERITY"); v != "" {
		if err := s.minSeverity.UnmarshalText([]byte(v)); err != nil {
			return s, fmt.Errorf("COUNTERTRAIL_MIN_SEVERITY: %w", err)
		}
	}
	return s, nil
}
