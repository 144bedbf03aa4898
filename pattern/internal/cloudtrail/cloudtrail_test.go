package cloudtrail_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/countertrail/countertrail/pattern/internal/cloudtrail"
)

func TestNames(t *testing.T) {
	tests := []struct {
		source, name string
		known        bool
		readOnly     bool
		reason       string
	}{
		{"iam.amazonaws.com", "CreateUser", true, false, "an operation"},
		{"iam.amazonaws.com", "createUser", false, false, "case counts"},
		{"iam.amazonaws.com", "RunInstances", false, false, "another service's"},
		{"ec2.amazonaws.com", "DescribeInstances", true, true, "a read"},
		{"ec2.amazonaws.com", "DescribeNothing", false, false, "looks like a read, but of nothing that is known"},
		{"ec2.amazonaws.com", "RunInstances20150331v2", true, false, "a version is appended"},
		{"s3.amazonaws.com", "PutBucketPublicAccessBlock", true, false, "CloudTrail's own spelling"},
		{"s3.amazonaws.com", "PutPublicAccessBlock", false, false, "the operation's spelling is not recorded"},
		{"s3.amazonaws.com", "GetObject", true, false, "a read, but a data event"},
		{"s3.amazonaws.com", "GetBucketAcl", true, true, "a read of a bucket's configuration"},
		{"sts.amazonaws.com", "AssumeRole", true, true, "recorded as a read"},
		{"sts.amazonaws.com", "GetSessionToken", true, false, "delivered although it begins with Get"},
		{"kms.amazonaws.com", "Decrypt", true, true, "recorded as a read"},
		{"signin.amazonaws.com", "ConsoleLogin", true, false, "no operation of any API"},
		{"lambda.amazonaws.com", "Invoke", false, false, "a source that is not known"},
	}
	for _, tt := range tests {
		if got := cloudtrail.KnowsName(tt.source, tt.name); got != tt.known {
			t.Errorf("%s: KnowsName(%s, %s) = %v", tt.reason, tt.source, tt.name, got)
		}
		if got := cloudtrail.ReadOnly(tt.source, tt.name); got != tt.readOnly {
			t.Errorf("%s: ReadOnly(%s, %s) = %v", tt.reason, tt.source, tt.name, got)
		}
	}
	if got := cloudtrail.Renamed("s3.amazonaws.com", "PutBucketLifecycleConfiguration"); got != "PutBucketLifecycle" {
		t.Errorf("Renamed = %q", got)
	}
	if got := cloudtrail.SourcesOf("DeletePolicy"); !slices.Equal(got, []string{"iam.amazonaws.com", "organizations.amazonaws.com"}) {
		t.Errorf("SourcesOf(DeletePolicy) = %v", got)
	}
}

// TestData holds that the data is in order: no empty source, names sorted.
func TestData(t *testing.T) {
	for _, s := range []string{"cloudtrail", "config", "ec2", "iam", "kms", "organizations", "s3", "signin", "sts"} {
		s += ".amazonaws.com"
		names := cloudtrail.Names(s)
		if !cloudtrail.KnowsSource(s) || len(names) < 10 || !slices.IsSorted(names) {
			t.Errorf("%s: %d names", s, len(names))
		}
	}
}

func TestFields(t *testing.T) {
	var paths []string
	for _, f := range cloudtrail.Record {
		paths = append(paths, f.Path)
		if parent := f.Path[:max(strings.LastIndexByte(f.Path, '.'), 0)]; parent != "" && !slices.Contains(paths, parent) {
			t.Errorf("%s: its parent is not listed before it", f.Path)
		}
		if got, within, ok := cloudtrail.Lookup(f.Path); !ok || within || got != f {
			t.Errorf("Lookup(%s) = %v, %v, %v", f.Path, got, within, ok)
		}
	}
	slices.Sort(paths)
	if n := len(slices.Compact(slices.Clone(paths))); n != len(paths) {
		t.Errorf("%d paths are listed twice", len(paths)-n)
	}
	if _, within, ok := cloudtrail.Lookup("detail.requestParameters.name"); !within || !ok {
		t.Error("what is in requestParameters is not known to exist")
	}
	if _, _, ok := cloudtrail.Lookup("detail.userIdentity.name"); ok {
		t.Error("userIdentity has a name")
	}
}

func TestSuggest(t *testing.T) {
	same := func(a, b string) bool { return len(a) == len(b) && a[1:] == b[1:] }
	tests := []struct{ path, want, reason string }{
		{"detail.errorcode", "detail.errorCode", "case"},
		{"detail.recipientAccountID", "detail.recipientAccountId", "case"},
		{"detail.resources.arn", "detail.resources.ARN", "case"},
		{"detail.userIdentity.username", "detail.userIdentity.userName", "case"},
		{"eventName", "detail.eventName", "a level is missing"},
		{"detail.userName", "detail.userIdentity.userName", "a level is missing; the nearest"},
		{"detail.source", "source", "a level too many"},
		{"detail.xventName", "detail.eventName", "the caller's idea of spelling"},
		{"detail.nothing", "", "like nothing"},
	}
	for _, tt := range tests {
		if got := cloudtrail.Suggest(tt.path, same); got != tt.want {
			t.Errorf("%s: Suggest(%s) = %q, want %q", tt.reason, tt.path, got, tt.want)
		}
	}
}
