package awsplace_test

import (
	"testing"

	"github.com/countertrail/countertrail/internal/awsplace"
)

func TestSyntax(t *testing.T) {
	partition, region, account := awsplace.IsPartition, awsplace.IsRegion, awsplace.IsAccount
	tests := []struct {
		is     func(string) bool
		s      string
		want   bool
		reason string
	}{
		{partition, "aws", true, "most of the world"},
		{partition, "aws-us-gov", true, "the longest so far"},
		{partition, "aws-iso-b", true, "a part of one letter"},
		{partition, "", false, "nothing"},
		{partition, "AWS", false, "names are exact"},
		{partition, "aws-", false, "an empty part"},
		{partition, "aws-a-b-c", false, "more parts than any has"},
		{partition, "aws-abcdefghi", false, "a longer part than any has"},
		{partition, "aws\n", false, "a line that goes on"},
		{partition, "xaws", false, "a beginning of something else"},

		{region, "eu-west-1", true, "as most are"},
		{region, "ap-southeast-7", true, "the longest direction"},
		{region, "us-gov-west-1", true, "a partition of its own"},
		{region, "us-isob-east-1", true, "another"},
		{region, "eusc-de-east-1", true, "another"},
		{region, "", false, "nothing"},
		{region, "eu-west", false, "no number"},
		{region, "eu-west-1a", false, "a zone"},
		{region, "eu-west-100", false, "a higher number than any has"},
		{region, "eu-1", false, "no direction"},
		{region, "EU-WEST-1", false, "names are exact"},
		{region, "eu-west-1.example.com/#", false, "another host's name"},
		{region, "--eu-west-1", false, "an option of a command"},
		{region, "eu-west-1\n", false, "a line that goes on"},

		{account, "123456789012", true, "twelve digits"},
		{account, "000000000001", true, "zeros count"},
		{account, "", false, "nothing"},
		{account, "12345678901", false, "eleven"},
		{account, "1234567890123", false, "thirteen"},
		{account, "12345678901a", false, "a letter"},
		{account, "१२३४५६७८९०१२", false, "other digits than ASCII's"},
		{account, "123456789012\n", false, "a line that goes on"},
	}
	for _, tt := range tests {
		if got := tt.is(tt.s); got != tt.want {
			t.Errorf("%q: %t; %s", tt.s, got, tt.reason)
		}
	}
}

func TestPartition(t *testing.T) {
	tests := []struct{ arn, region, want, reason string }{
		{"arn:aws:iam::123456789012:user/alice", "eu-west-1", "aws", "both say so"},
		{"arn:aws-us-gov:iam::123456789012:user/alice", "eu-west-1", "aws-us-gov", "the ARN counts more"},
		{"arn:aws-new:iam::123456789012:user/alice", "cn-north-1", "aws-new", "one to come"},
		{"arn:aws:s3:::bucket:with:colons", "cn-north-1", "aws", "a resource may have colons"},

		{"", "eu-west-1", "aws", "no ARN"},
		{"", "cn-north-1", "aws-cn", "China"},
		{"", "us-gov-west-1", "aws-us-gov", "GovCloud"},
		{"", "us-iso-east-1", "aws-iso", "Regions of the ISO partitions differ by a letter"},
		{"", "us-isob-east-1", "aws-iso-b", "another"},
		{"", "eu-isoe-west-1", "aws-iso-e", "another"},
		{"", "us-isof-south-1", "aws-iso-f", "another"},
		{"", "eusc-de-east-1", "aws-eusc", "the European Sovereign Cloud"},
		{"", "us-east-1", "aws", "not all of the United States are special"},
		{"", "", "aws", "nothing known"},

		{"arn:evil:iam::123456789012:user/alice", "cn-north-1", "aws-cn", "not a partition"},
		{"arn:aws:iam", "cn-north-1", "aws-cn", "not an ARN, since it is too short"},
		{"urn:aws:iam::123456789012:user/alice", "cn-north-1", "aws-cn", "not an ARN"},
	}
	for _, tt := range tests {
		if got := awsplace.Partition(tt.arn, tt.region); got != tt.want {
			t.Errorf("%q in %q: %q, want %q; %s", tt.arn, tt.region, got, tt.want, tt.reason)
		}
	}
}
