package deploytest

import (
	"slices"
	"strings"
	"testing"
)

const sound = `
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

data "aws_region" "here" {}

resource "aws_sqs_queue" "dead" {
  name_prefix               = "dead-${data.aws_region.here.region}-"
  message_retention_seconds = 1209600
}

resource "aws_cloudwatch_event_rule" "stopped" {
  event_pattern = jsonencode({ source = ["aws.cloudtrail"] })
}

resource "aws_cloudwatch_event_target" "queue" {
  rule = aws_cloudwatch_event_rule.stopped.name
  arn  = aws_sqs_queue.dead.arn
  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }
}
`

// TestValidate holds that `tofu validate` with the published schema tells a sound configuration
// from one with a mistake.
func TestValidate(t *testing.T) {
	m := newMirror(t, newestSchema)
	for _, tt := range []struct {
		reason   string
		old, new string
		want     string // the summary of a diagnostic; empty if there is to be none
	}{
		{reason: "sound as it is"},
		{"an argument misspelt", "event_pattern =", "event_patern =", "Unsupported argument"},
		{"a nested argument misspelt", "    arn =", "    arm =", "Unsupported argument"},
		{"a block misspelt", "dead_letter_config", "dead_letter_configuration", "Unsupported block type"},
		{"a required argument left out", "  arn  = aws_sqs_queue.dead.arn\n", "", "Missing required argument"},
		{"a block given twice that goes but once", "  dead_letter_config {", "  dead_letter_config {\n  }\n  dead_letter_config {",
			"Too many dead_letter_config blocks"},
		{"text for a number", "1209600", `"two weeks"`, "Incorrect attribute value type"},
		{"a value set that the provider gives", "  name_prefix ", "  url = \"https\"\n  name_prefix ",
			"Value for unconfigurable attribute"},
		{"an attribute that a queue has not", "aws_sqs_queue.dead.arn\n  dead", "aws_sqs_queue.dead.uri\n  dead", "Unsupported attribute"},
		{"a resource that is not there", "aws_cloudwatch_event_rule.stopped.name", "aws_cloudwatch_event_rule.started.name",
			"Reference to undeclared resource"},
		{"a type that the provider has not", `"aws_sqs_queue" "dead"`, `"aws_sqs_qeueu" "dead"`, "Invalid resource type"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			broken := sound
			if tt.old != "" {
				if broken = strings.Replace(sound, tt.old, tt.new, 1); broken == sound {
					t.Fatalf("%q is not in the configuration", tt.old)
				}
			}
			got := m.workspace(t, map[string]string{"main.tf": broken}).validate(t)
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("validate: %v; want nothing", got)
			case tt.want != "" && !slices.ContainsFunc(got, func(d diagnostic) bool { return d.Summary == tt.want }):
				t.Errorf("validate: %v; want %q", got, tt.want)
			}
		})
	}
}
