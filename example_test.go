package countertrail_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/cis"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

// stoppedTrail stands for a *cloudtrail.Client in an account where logging on the trail was
// stopped.
type stoppedTrail struct{}

func (stoppedTrail) GetTrail(_ context.Context, in *cloudtrail.GetTrailInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error) {
	return &cloudtrail.GetTrailOutput{Trail: &types.Trail{TrailARN: in.Name, HomeRegion: aws.String("eu-west-1")}}, nil
}

func (stoppedTrail) GetTrailStatus(context.Context, *cloudtrail.GetTrailStatusInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error) {
	return &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(false)}, nil
}

func (stoppedTrail) StartLogging(context.Context, *cloudtrail.StartLoggingInput, ...func(*cloudtrail.Options)) (*cloudtrail.StartLoggingOutput, error) {
	return &cloudtrail.StartLoggingOutput{}, nil
}

func Example() {
	ctx := context.Background()
	trails := stoppedTrail{} // in earnest: cloudtrail.NewFromConfig(cfg)
	stopLogging, err := os.ReadFile("testdata/stop-logging.json")
	if err != nil {
		log.Fatal(err)
	}

	controls, err := cis.Version("v1.3.0")
	if err != nil {
		log.Fatal(err)
	}
	h, err := countertrail.New(controls.Rules(), &countertrail.Options{
		Remediators: []remediate.Remediator{trailfix.New(trails, trails, nil)},
		Notifiers:   map[string]notify.Notifier{"log": notify.NewWriter(os.Stderr, nil)},
	})
	if err != nil {
		log.Fatal(err)
	}
	report, err := h.Handle(ctx, stopLogging) // in a Lambda: lambda.Start(h.Handle)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range report.Findings {
		fmt.Printf("%s %s (%s)\n", f.RuleID, f.Title, f.Severity)
		for _, r := range f.Remediations {
			fmt.Printf("%s: %s\n", r.Outcome, r.Plan)
		}
	}

	// Output:
	// 4.5 CloudTrail configuration changed (critical)
	// planned: Logging on the trail "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main" is stopped: start it again.
	// 1. cloudtrail:StartLogging on "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main" in eu-west-1
}
