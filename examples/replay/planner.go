package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// An eventState answers for CloudTrail with what a successful StopLogging says of its trail: that
// it exists, has its home where it was stopped, and is not logging. The remediator asks by the
// ARN that it made of the event.
type eventState struct{}

func (eventState) GetTrail(_ context.Context, in *cloudtrail.GetTrailInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error) {
	trail, err := arn.Parse(aws.ToString(in.Name))
	if err != nil {
		return nil, err
	}
	return &cloudtrail.GetTrailOutput{Trail: &types.Trail{TrailARN: in.Name, HomeRegion: &trail.Region}}, nil
}

func (eventState) GetTrailStatus(context.Context, *cloudtrail.GetTrailStatusInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error) {
	return &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(false)}, nil
}

// liveClient returns a client with the credentials of the environment, and says what they are.
func liveClient(ctx context.Context) (client *cloudtrail.Client, whose string, err error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("AWS configuration: %w", err)
	}
	creds, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("AWS credentials: %w", err)
	}
	whose = "credentials from " + creds.Source
	if creds.AccountID != "" {
		whose += " of account " + creds.AccountID
	}
	return cloudtrail.NewFromConfig(cfg), whose, nil
}
