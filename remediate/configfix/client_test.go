package configfix_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate/configfix"
)

// doer is, as the SDK wants it, an HTTP client.
type doer func(*http.Request) (*http.Response, error)

func (f doer) Do(r *http.Request) (*http.Response, error) { return f(r) }

// TestClient holds that the SDK's own client calls the Region and the partition of the event,
// whatever its own are, and that a channel goes through it as it is in a plan.
func TestClient(t *testing.T) {
	const (
		channel = `{"name":"default","s3BucketName":"logs","s3KeyPrefix":"a b/'c","s3KmsKeyArn":"arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/k",` +
			`"snsTopicARN":"arn:aws-us-gov:sns:us-gov-west-1:123456789012:t","configSnapshotDeliveryProperties":{"deliveryFrequency":"Six_Hours"}}`
		recorder = `{"ConfigurationRecorders":[{"name":"default","roleARN":"arn:aws-us-gov:iam::123456789012:role/config"}]}`
		status   = `{"ConfigurationRecordersStatus":[{"name":"default","recording":false,"lastStopTime":1772366400}]}`
	)
	answers := map[string]string{
		"DescribeConfigurationRecorders": recorder, "DescribeConfigurationRecorderStatus": status,
		"DescribeDeliveryChannels": `{"DeliveryChannels":[]}`, "PutDeliveryChannel": `{}`, "StartConfigurationRecorder": `{}`,
	}
	bodies := map[string]string{}
	client := configservice.New(configservice.Options{
		Region: "us-east-1", // not that of the event
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
		Retryer: aws.NopRetryer{},
		HTTPClient: doer(func(r *http.Request) (*http.Response, error) {
			_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			if r.URL.Host != "config.us-gov-west-1.amazonaws.com" {
				t.Errorf("%s: host %s", op, r.URL.Host)
			}
			bodies[op] = string(body)
			if op == "PutDeliveryChannel" {
				answers["DescribeDeliveryChannels"] = `{"DeliveryChannels":[` + channel + `]}`
			}
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: io.NopCloser(strings.NewReader(answers[op]))}, nil
		}),
	})
	history := past{records: []*event.Record{record(putChannel, `{"deliveryChannel":`+channel+`}`, long)}}
	rem := configfix.New(client, client, &configfix.Options{History: history})
	f := finding("DeleteDeliveryChannel", deleteParams, func(e *event.Event, r *event.Record) {
		e.Region, r.AWSRegion, r.UserIdentity.ARN = "us-gov-west-1", "us-gov-west-1", ""
	})
	plan, err := rem.Plan(t.Context(), f)
	if err != nil || outline(plan) != putChannel+" "+start {
		t.Fatalf("plan %v, error %v", plan, err)
	}
	if want := "arn:aws-us-gov:config:us-gov-west-1:123456789012:configuration-recorder/default"; plan.Steps[1].Resource != want {
		t.Errorf("resource %s, want %s", plan.Steps[1].Resource, want)
	}
	if _, err := rem.Apply(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	var sent, want any
	if err := json.Unmarshal([]byte(bodies["PutDeliveryChannel"]), &sent); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(plan.Steps[0].Args, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("the call is not as the plan says (-want +got):\n%s", diff)
	}
	if receipt, err := rem.Apply(t.Context(), plan); err != nil || !strings.HasPrefix(statuses(receipt), "already done") {
		t.Errorf("the channel is not read as it was put: receipt %+v, error %v", receipt, err)
	}
}
