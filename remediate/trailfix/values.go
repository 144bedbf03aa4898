package trailfix

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail/remediate"
)

// A setting is one of those of a trail that protect it and what it logs.
type setting struct {
	param    string // of UpdateTrail
	option   string // of the AWS CLI, without the dashes
	response string // in responseElements of an UpdateTrail
	get      func(*types.Trail) any
	set      func(*cloudtrail.UpdateTrailInput, any)
}

// text and flag return the setting that is a string, or true or false.
func text(param, option, response string, get func(*types.Trail) *string, in func(*cloudtrail.UpdateTrailInput) **string) setting {
	return setting{param, option, response,
		func(t *types.Trail) any { return aws.ToString(get(t)) },
		func(i *cloudtrail.UpdateTrailInput, v any) { s, _ := v.(string); *in(i) = &s }}
}

func flag(param, option, response string, get func(*types.Trail) *bool, in func(*cloudtrail.UpdateTrailInput) **bool) setting {
	return setting{param, option, response,
		func(t *types.Trail) any { return aws.ToBool(get(t)) },
		func(i *cloudtrail.UpdateTrailInput, v any) { b, _ := v.(bool); *in(i) = &b }}
}

// settings are those that an UpdateTrail can weaken. That a trail is an organization's is not among
// them: it takes more than this account to change it.
var settings = []setting{
	text("S3BucketName", "s3-bucket-name", "s3BucketName",
		func(t *types.Trail) *string { return t.S3BucketName }, func(i *cloudtrail.UpdateTrailInput) **string { return &i.S3BucketName }),
	text("S3KeyPrefix", "s3-key-prefix", "s3KeyPrefix",
		func(t *types.Trail) *string { return t.S3KeyPrefix }, func(i *cloudtrail.UpdateTrailInput) **string { return &i.S3KeyPrefix }),
	text("SnsTopicName", "sns-topic-name", "snsTopicARN", // UpdateTrail takes an ARN, too
		func(t *types.Trail) *string { return t.SnsTopicARN }, func(i *cloudtrail.UpdateTrailInput) **string { return &i.SnsTopicName }),
	text("KmsKeyId", "kms-key-id", "kmsKeyId",
		func(t *types.Trail) *string { return t.KmsKeyId }, func(i *cloudtrail.UpdateTrailInput) **string { return &i.KmsKeyId }),
	text("CloudWatchLogsLogGroupArn", "cloud-watch-logs-log-group-arn", "cloudWatchLogsLogGroupArn",
		func(t *types.Trail) *string { return t.CloudWatchLogsLogGroupArn },
		func(i *cloudtrail.UpdateTrailInput) **string { return &i.CloudWatchLogsLogGroupArn }),
	text("CloudWatchLogsRoleArn", "cloud-watch-logs-role-arn", "cloudWatchLogsRoleArn",
		func(t *types.Trail) *string { return t.CloudWatchLogsRoleArn },
		func(i *cloudtrail.UpdateTrailInput) **string { return &i.CloudWatchLogsRoleArn }),
	flag("IncludeGlobalServiceEvents", "include-global-service-events", "includeGlobalServiceEvents",
		func(t *types.Trail) *bool { return t.IncludeGlobalServiceEvents },
		func(i *cloudtrail.UpdateTrailInput) **bool { return &i.IncludeGlobalServiceEvents }),
	flag("IsMultiRegionTrail", "is-multi-region-trail", "isMultiRegionTrail",
		func(t *types.Trail) *bool { return t.IsMultiRegionTrail },
		func(i *cloudtrail.UpdateTrailInput) **bool { return &i.IsMultiRegionTrail }),
	flag("EnableLogFileValidation", "enable-log-file-validation", "logFileValidationEnabled",
		func(t *types.Trail) *bool { return t.LogFileValidationEnabled },
		func(i *cloudtrail.UpdateTrailInput) **bool { return &i.EnableLogFileValidation }),
}

// values are settings of a trail by the parameters of UpdateTrail, each a string or a bool.
type values map[string]any

// valuesOf returns all settings of t.
func valuesOf(t *types.Trail) values {
	v := make(values, len(settings))
	for _, s := range settings {
		v[s.param] = s.get(t)
	}
	return v
}

// weakened returns those of the values before that were lost: what was on and is off, and what was
// somewhere and is nowhere or elsewhere.
func weakened(before, now values) values {
	lost := make(values)
	for param, was := range before {
		if was != now[param] && was != "" && was != false {
			lost[param] = was
		}
	}
	return lost
}

// of returns the values of v for the parameters of other.
func (v values) of(other values) values {
	part := make(values, len(other))
	for param := range other {
		part[param] = v[param]
	}
	return part
}

// responseValues returns the values that the response elements of an UpdateTrail tell. A response leaves
// out what is not set.
func responseValues(body json.RawMessage) (values, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return nil, fmt.Errorf("detail.responseElements: not an object: %.100q", string(body))
	}
	if _, ok := members["trailARN"]; !ok { // left out for its size, or not a response
		return nil, fmt.Errorf("detail.responseElements: it does not say what the trail became")
	}
	v := make(values, len(settings))
	for _, s := range settings {
		v[s.param] = s.get(&types.Trail{})
		if raw, ok := members[s.response]; ok {
			var value any
			if err := json.Unmarshal(raw, &value); err != nil || fmt.Sprintf("%T", value) != fmt.Sprintf("%T", v[s.param]) {
				return nil, fmt.Errorf("detail.responseElements.%s: %.100q is not a value of it", s.response, string(raw))
			}
			v[s.param] = value
		}
	}
	return v, nil
}

// command returns the command that changes or makes t with the values, by the operation; empty if one of
// them would mean something else to the AWS CLI.
func (v values) command(operation, name string, t trail) string {
	words := []string{"aws", "cloudtrail", operation, "--name", name}
	for _, s := range settings {
		switch value := v[s.param].(type) {
		case string:
			if strings.HasPrefix(value, "-") || strings.Contains(value, "://") {
				return ""
			}
			words = append(words, "--"+s.option, value)
		case bool:
			words = append(words, map[bool]string{true: "--", false: "--no-"}[value]+s.option)
		}
	}
	return remediate.Command(append(words, "--region", t.region)...)
}

// names returns the parameters, for people.
func (v values) names() string { return strings.Join(slices.Sorted(maps.Keys(v)), ", ") }
