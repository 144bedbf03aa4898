package deploytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/deploy"
)

// forms says what of CloudFormation is what of Terraform. What is left out is cut differently there:
// policies of roles, settings of buckets, subscriptions.
var forms = map[string]string{
	"AWS::CloudTrail::Trail":         "aws_cloudtrail",
	"AWS::CloudWatch::Alarm":         "aws_cloudwatch_metric_alarm",
	"AWS::Events::Rule":              "aws_cloudwatch_event_rule",
	"AWS::IAM::Role":                 "aws_iam_role",
	"AWS::KMS::Key":                  "aws_kms_key",
	"AWS::Lambda::EventInvokeConfig": "aws_lambda_function_event_invoke_config",
	"AWS::Lambda::Function":          "aws_lambda_function",
	"AWS::Lambda::Permission":        "aws_lambda_permission",
	"AWS::Logs::LogGroup":            "aws_cloudwatch_log_group",
	"AWS::S3::Bucket":                "aws_s3_bucket",
	"AWS::S3::BucketPolicy":          "aws_s3_bucket_policy",
	"AWS::SNS::Topic":                "aws_sns_topic",
	"AWS::SNS::TopicPolicy":          "aws_sns_topic_policy",
	"AWS::SQS::Queue":                "aws_sqs_queue",
	"AWS::SQS::QueuePolicy":          "aws_sqs_queue_policy",
	"AWS::Scheduler::Schedule":       "aws_scheduler_schedule",
}

// TestForms holds that the template and the module of a stack make the same: as many resources of each
// kind, the same alarms, and as many targets.
func TestForms(t *testing.T) {
	s := stacks(t)["full"]
	module, err := s.Terraform()
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, f := range module {
		files[f.Name] = string(f.Data)
	}
	w := newMirror(t, newestSchema).workspace(t, caller(s, files))
	planned := planContents(w.plan(t, "us-east-1")) // where every rule is, and the trail
	template := templateContents(t, s)
	if diff := cmp.Diff(template, planned); diff != "" {
		t.Errorf("template and module differ (-template +module):\n%s", diff)
	}
	if len(template) < len(forms) {
		t.Errorf("the template has %d kinds of things; want one of each of the %d that are compared", len(template), len(forms))
	}
}

// planContents returns what a plan makes, with its number.
func planContents(resources []planned) map[string]int {
	compared := slices.Collect(maps.Values(forms))
	all := make(map[string]int)
	for _, p := range resources {
		if slices.Contains(compared, p.Type) {
			all[p.Type]++
		}
		switch v := p.Values; p.Type {
		case "aws_cloudwatch_event_target":
			all["target"]++
		case "aws_cloudwatch_metric_alarm":
			all[alarm(v.Namespace, v.MetricName, v.Statistic, v.Comparison, v.Missing, v.Period, v.Threshold)]++
		}
	}
	return all
}

// templateContents returns the same of the template.
func templateContents(t *testing.T, s *deploy.Stack) map[string]int {
	t.Helper()
	text, err := s.CloudFormation(deploy.JSON)
	if err != nil {
		t.Fatal(err)
	}
	template := decode[struct {
		Resources map[string]struct {
			Type       string
			Properties json.RawMessage
		}
	}](t, text)
	all := make(map[string]int)
	for _, r := range template.Resources {
		if terraform := forms[r.Type]; terraform != "" {
			all[terraform]++
		}
		switch r.Type {
		case "AWS::Events::Rule":
			p := decode[struct{ Targets []struct{} }](t, r.Properties)
			all["target"] += len(p.Targets)
		case "AWS::CloudWatch::Alarm":
			p := decode[struct {
				Namespace, MetricName, Statistic, ComparisonOperator, TreatMissingData string

				Period, Threshold float64
			}](t, r.Properties)
			all[alarm(p.Namespace, p.MetricName, p.Statistic, p.ComparisonOperator, p.TreatMissingData, p.Period, p.Threshold)]++
		}
	}
	return all
}

// decode returns the value of JSON text.
func decode[T any](t *testing.T, text []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func alarm(namespace, metric, statistic, comparison, missing string, period, threshold float64) string {
	return fmt.Sprintf("alarm on the %s of %s %s in %v s, %s %v, %s",
		statistic, namespace, metric, period, comparison, threshold, missing)
}
