package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

const (
	accountID = "123456789012"
	region    = "eu-west-1"
)

func trailARN(name string) string {
	return "arn:aws:cloudtrail:" + region + ":" + accountID + ":trail/" + name
}

// An account has trails, and stands in for a [*cloudtrail.Client].
type account struct {
	mu     sync.Mutex
	names  []string
	trails map[string]*cloudtrail.GetTrailStatusOutput // by ARN
	events int
}

// newAccount returns an account with the trails, all of them logging.
func newAccount(names ...string) *account {
	a := &account{names: names, trails: make(map[string]*cloudtrail.GetTrailStatusOutput)}
	for _, name := range names {
		a.trails[trailARN(name)] = &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(true)}
	}
	return a
}

// status returns that of the trail with the ARN.
func (a *account) status(arn *string) (*cloudtrail.GetTrailStatusOutput, error) {
	s, ok := a.trails[aws.ToString(arn)]
	if !ok {
		return nil, &types.TrailNotFoundException{}
	}
	return s, nil
}

// GetTrail implements [trailfix.Reader].
func (a *account) GetTrail(_ context.Context, in *cloudtrail.GetTrailInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailOutput, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.status(in.Name); err != nil {
		return nil, err
	}
	return &cloudtrail.GetTrailOutput{Trail: &types.Trail{TrailARN: in.Name, HomeRegion: aws.String(region)}}, nil
}

// GetTrailStatus implements [trailfix.Reader].
func (a *account) GetTrailStatus(_ context.Context, in *cloudtrail.GetTrailStatusInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, err := a.status(in.Name)
	if err != nil {
		return nil, err
	}
	now := *s
	return &now, nil
}

// StartLogging implements [trailfix.Writer].
func (a *account) StartLogging(_ context.Context, in *cloudtrail.StartLoggingInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.StartLoggingOutput, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, err := a.status(in.Name)
	if err != nil {
		return nil, err
	}
	s.IsLogging, s.StartLoggingTime = aws.Bool(true), aws.Time(time.Now())
	return &cloudtrail.StartLoggingOutput{}, nil
}

// stop stops a trail, and returns the event of that as EventBridge delivers it.
func (a *account) stop(name string) json.RawMessage {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	s := a.trails[trailARN(name)]
	s.IsLogging, s.StopLoggingTime = aws.Bool(false), aws.Time(now)
	a.events++
	return fmt.Appendf(nil, `{
		"version": "0", "id": "5c9ed4f0-0000-4000-8000-%012[1]d",
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.cloudtrail",
		"account": %[2]q, "region": %[3]q, "resources": [], "time": %[4]q,
		"detail": {
			"eventVersion": "1.11", "eventTime": %[4]q, "awsRegion": %[3]q, "readOnly": false,
			"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging",
			"eventID": "6f8a1e0c-0000-4000-8000-%012[1]d", "eventType": "AwsApiCall",
			"recipientAccountId": %[2]q, "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2",
			"userIdentity": {"type": "IAMUser", "accountId": %[2]q, "arn": "arn:aws:iam::%[2]s:user/mallory", "userName": "mallory"},
			"requestParameters": {"name": %[5]q}, "responseElements": null
		}
	}`, a.events, accountID, region, now.UTC().Format(time.RFC3339), name)
}

// print prints which trails log.
func (a *account) print(w io.Writer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var states []string
	for _, name := range a.names {
		state := "is stopped"
		if aws.ToBool(a.trails[trailARN(name)].IsLogging) {
			state = "is logging"
		}
		states = append(states, name+" "+state)
	}
	fmt.Fprintf(w, "At the end, %s.\n\n", strings.Join(states, " and "))
}
