package event_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/event"
)

// forms holds a text of each form, also for the tests that refuse them.
var forms = []struct {
	reason string
	form   event.Form
	text   string
}{
	{"an event", event.FormEvent, `{"version":"0","detail-type":"t","detail":{}}`},
	{"a finding of Security Hub is an event", event.FormEvent, `{"detail-type":"Findings Imported V2","source":"aws.securityhub","detail":{"findings":[]}}`},
	{"what InputPath leaves of an event", event.FormRecord,
		`{"eventVersion":"1.11","userIdentity":{"type":"Root"},"eventSource":"ec2.amazonaws.com","eventName":"RunInstances"}`},
	{"a record without a version", event.FormRecord, `{"userIdentity":{},"eventSource":"ec2.amazonaws.com","eventName":"RunInstances"}`},
	{"an insight names neither caller nor call", event.FormRecord, `{"eventVersion":"1.07","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start"}}`},
	{"a log", event.FormLog, `{"Records":[{"eventVersion":"1.11","userIdentity":{},"eventSource":"a.amazonaws.com","eventName":"b"}]}`},
	{"a log without records", event.FormLog, `{"Records":[]}`},
	{"a digest", event.FormDigest,
		`{"awsAccountId":"123456789012","digestStartTime":"2026-10-05T09:00:00Z","digestEndTime":"2026-10-05T10:00:00Z","logFiles":[{"s3Bucket":"b","s3Object":"o"}]}`},
	{"a summary of data events", event.FormAggregated,
		`{"eventVersion":"1.0","accountId":"123456789012","eventId":"e","eventType":"AwsAggregatedEvent","eventSource":"s3.amazonaws.com","timeWindow":{},"summary":{}}`},
	{"a trail's notice", event.FormTrailNotice, `{"s3Bucket":"b","s3ObjectKey":["AWSLogs/x.json.gz"]}`},
	{"an answer of LookupEvents", event.FormLookup, `{"Events":[{"EventId":"e","EventName":"RunInstances","CloudTrailEvent":"{}"}]}`},
	{"an entry of it", event.FormLookup, `{"EventId":"e","EventName":"RunInstances","CloudTrailEvent":"{}"}`},
	{"a row of Lake", event.FormLake, `{"eventversion":"1.11","useridentity":{},"eventsource":"ec2.amazonaws.com","eventname":"RunInstances"}`},
	{"SNS to Lambda", event.FormSNS, `{"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","Sns":{"Message":"{}"}}]}`},
	{"SNS to a queue", event.FormSNS, `{"Type":"Notification","TopicArn":"arn:aws:sns:eu-west-1:123456789012:t","Message":"{}"}`},
	{"SQS to Lambda", event.FormSQS, `{"Records":[{"messageId":"m","body":"{}","eventSource":"aws:sqs","awsRegion":"eu-west-1"}]}`},
	{"a notification of S3 looks like a record", event.FormS3,
		`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-10-05T09:15:02.000Z","eventName":"ObjectCreated:Put",
			"userIdentity":{"principalId":"p"},"requestParameters":{},"responseElements":{},"s3":{}}]}`},
	{"Kinesis to Lambda", event.FormKinesis, `{"Records":[{"kinesis":{"data":"e30="},"eventSource":"aws:kinesis","eventVersion":"1.0","eventName":"aws:kinesis:record"}]}`},
	{"DynamoDB looks like a record too, and is of no form here", event.FormUnknown,
		`{"Records":[{"eventID":"1","eventVersion":"1.0","dynamodb":{},"awsRegion":"eu-west-1","eventName":"INSERT","eventSource":"aws:dynamodb","userIdentity":null}]}`},
	{"Firehose to Lambda", event.FormFirehose, `{"invocationId":"i","deliveryStreamArn":"arn","records":[{"recordId":"r","data":"e30="}]}`},
	{"a record of it", event.FormFirehose, `{"recordId":"r","data":"e30="}`},
	{"CloudWatch Logs to Lambda", event.FormCloudWatchLogs, `{"awslogs":{"data":"H4sI"}}`},
	{"the same, decoded", event.FormCloudWatchLogs, `{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[{"message":"{}"}]}`},
	{"a rule of Config", event.FormConfigRule, `{"version":"1.0","invokingEvent":"{}","ruleParameters":"{}","resultToken":"t"}`},
	{"a snapshot of Config", event.FormConfigSnapshot, `{"fileVersion":"1.0","configSnapshotId":"c","configurationItems":[]}`},
	{"a history of Config", event.FormConfigSnapshot, `{"fileVersion":"1.0","configurationItems":[]}`},
	{"a batch of Pipes", event.FormArray, `[{"detail-type":"t","detail":{}}]`},
	{"what an input transformer makes", event.FormString, `"alarm in 123456789012"`},

	{"an object of no form", event.FormUnknown, `{"a":1}`},
	{"a batch of no form", event.FormUnknown, `{"Records":[{"a":1}]}`},
	{"a batch that is none", event.FormUnknown, `{"Records":{}}`},
	{"names in another case", event.FormUnknown, `{"Detail-Type":"t","Detail":{}}`},
	{"a number", event.FormUnknown, `1`},
	{"null", event.FormUnknown, `null`},
	{"nothing", event.FormUnknown, ``},
	{"not JSON", event.FormUnknown, `detail-type`},

	{"a text that is cut off", event.FormS3, `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsReg`},
	{"a text that is damaged further on", event.FormLog, `{"Records":[{"eventVersion":"1.11","eventSource":"a","eventName":"b"},{]}`},
}

func TestDetectForm(t *testing.T) {
	for _, tt := range forms {
		t.Run(tt.reason, func(t *testing.T) {
			if got := event.DetectForm([]byte(tt.text)); got != tt.form {
				t.Errorf("DetectForm = %s, want %s", got, tt.form)
			}
		})
	}
}

func TestDetectFormDepth(t *testing.T) {
	for _, open := range []string{`[`, `{"a":`, `{"Records":[`, `{"Events":[`, `{"userIdentity":`} {
		event.DetectForm([]byte(strings.Repeat(open, 100_000)))
	}
}

func TestParseRefusesForms(t *testing.T) {
	for _, tt := range forms {
		if tt.form == event.FormEvent || tt.form == event.FormUnknown || strings.HasPrefix(tt.reason, "a text that is") {
			continue
		}
		t.Run(tt.reason, func(t *testing.T) {
			_, err := event.Parse([]byte(tt.text))
			var fe *event.FormError
			if !errors.As(err, &fe) || fe.Got != tt.form {
				t.Fatalf("error = %v", err)
			}
			if want := "event: want EventBridge event, got " + tt.form.String() + " (at offset 0)"; err.Error() != want {
				t.Errorf("error\n\t%v, want\n\t%s", err, want)
			}
		})
	}
}

func TestFormString(t *testing.T) {
	seen := make(map[string]event.Form)
	for f := event.FormUnknown; f <= event.FormString; f++ {
		s := f.String()
		if other, ok := seen[s]; ok || s == "" {
			t.Errorf("forms %d and %d are both named %q", other, f, s)
		}
		seen[s] = f
	}
	for _, f := range []event.Form{-1, event.FormString + 1} {
		if got := f.String(); !strings.HasPrefix(got, "Form(") {
			t.Errorf("form %d is named %q", f, got)
		}
	}
}
