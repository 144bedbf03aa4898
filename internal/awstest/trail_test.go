package awstest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/countertrail/countertrail/remediate/trailfix"
)

var trailScenarios = []scenario{
	{
		service: "cloudtrail", name: "stopped by name", reason: "a trail that was stopped is started",
		begin: func(t *testing.T, s *server) *incident { return stoppedTrail(t, s, trailName) },
	},
	{
		service: "cloudtrail", name: "stopped by ARN", reason: "whoever stops a trail may name it by its ARN",
		begin: func(t *testing.T, s *server) *incident { return stoppedTrail(t, s, trailARN) },
	},
}

func trailName(out *cloudtrail.CreateTrailOutput) *string { return out.Name }
func trailARN(out *cloudtrail.CreateTrailOutput) *string  { return out.TrailARN }

// stoppedTrail is a trail that is stopped by what name returns.
func stoppedTrail(t *testing.T, s *server, name func(*cloudtrail.CreateTrailOutput) *string) *incident {
	var (
		ctx    = t.Context()
		client = cloudtrail.NewFromConfig(s.config(home))
		bucket = newBucket(t, s).name
		trail  = unique("trail")
		made   = must(client.CreateTrail(ctx, &cloudtrail.CreateTrailInput{Name: &trail, S3BucketName: &bucket}))(t)
		named  = name(made)
		fixer  = cloudtrail.NewFromConfig(s.strange(t, home))
	)
	must(client.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: &trail}))(t)
	return &incident{
		remediator: trailfix.New(fixer, fixer, &trailfix.Options{Interval: interval}),
		attack: func() call {
			must(client.StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: named}))(t)
			return call{service: "cloudtrail", name: "StopLogging", request: object{"name": named}}
		},
		state: func() any {
			status, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: made.TrailARN})
			if absent(t, err, "TrailNotFoundException") {
				return nil
			}
			return status.IsLogging
		},
		meddle: func() { must(client.DeleteTrail(ctx, &cloudtrail.DeleteTrailInput{Name: &trail}))(t) },
		steps:  []string{"cloudtrail:StartLogging"},
	}
}
