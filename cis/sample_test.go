package cis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/pattern"
)

// The widely copied sample of these controls has patterns that look right and do not fire. Each is
// tried on the events that ours must match; what it sees is listed, the rest it misses.
func TestSampleMisses(t *testing.T) {
	tests := []struct {
		id      string
		form    string
		pattern string
		sees    []string // reasons of examples
		reason  string
	}{
		{
			"4.1", "documentation and Terraform", `{
				"detail-type": ["AWS API Call via CloudTrail"],
				"detail": {"errorCode": ["AccessDenied*", "*UnauthorizedOperation"]}
			}`,
			nil,
			"an asterisk in a plain string stands for itself",
		},
		{
			"4.1", "CloudFormation", `{
				"source": ["aws.cloudtrail"],
				"detail-type": ["AWS API Call via CloudTrail"],
				"errorCode": ["AccessDenied", "*UnauthorizedOperation"]
			}`,
			nil,
			"errorCode is in the detail, and the source is the service that denied the call",
		},
		{
			"4.3", "all", `{
				"detail-type": ["AWS Console Sign In via CloudTrail"],
				"detail": {
					"userIdentity": {"type": ["Root"], "invokedBy": [{"exists": false}]},
					"eventType": [{"anything-but": "AwsServiceEvent"}]
				}
			}`,
			[]string{"root signs in to the console", "somebody tries the password of root"},
			"the detail type is that of sign-ins, so what root does with the API goes unseen",
		},
	}
	b := benchmark(t, "v1.3.0")
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.form, func(t *testing.T) {
			sample, err := pattern.Compile(tt.pattern)
			if err != nil {
				t.Fatal(err) // EventBridge accepts it, too: that is the trap
			}
			control, _ := b.Control(tt.id)
			var sees []string
			for _, x := range control.Examples {
				if got, err := sample.Match(x.Event); err != nil {
					t.Fatal(err)
				} else if x.Match && got {
					sees = append(sees, x.Reason)
				}
			}
			if diff := cmp.Diff(tt.sees, sees); diff != "" {
				t.Errorf("%s, but the sample sees (-want +got):\n%s", tt.reason, diff)
			}
		})
	}
}
