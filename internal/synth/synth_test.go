package synth_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countertrail/countertrail/internal/synth"
)

// record holds what the tests look at.
type record struct {
	EventID         string
	EventTime       time.Time
	SourceIPAddress string
}

func parse(t *testing.T, raw json.RawMessage) record {
	t.Helper()
	var r record
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return r
}

func TestRecordsFollowFromSeed(t *testing.T) {
	n := 2*synth.RecordsPerDay + 7
	first := slices.Collect(synth.Records(1, n))
	if len(first) != n {
		t.Fatalf("%d records, want %d", len(first), n)
	}
	equal := func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }
	if again := slices.Collect(synth.Records(1, n)); !slices.EqualFunc(first, again, equal) {
		t.Error("the same seed gives other records")
	}
	if fewer := slices.Collect(synth.Records(1, 11)); !slices.EqualFunc(first[:11], fewer, equal) {
		t.Error("fewer records are not those with which more begin")
	}
	if other := slices.Collect(synth.Records(2, n)); slices.EqualFunc(first, other, equal) {
		t.Error("another seed gives the same records")
	}
	if got := slices.Collect(synth.Records(1, 0)); len(got) != 0 {
		t.Errorf("%d records, want none", len(got))
	}
}

func TestRecordsInOrder(t *testing.T) {
	var last time.Time
	ids := make(map[string]bool)
	for raw := range synth.Records(1, 3*synth.RecordsPerDay) {
		r := parse(t, raw)
		if r.EventTime.Before(last) {
			t.Errorf("%s comes after %s", r.EventTime, last)
		}
		if ids[r.EventID] {
			t.Errorf("two records have the id %q", r.EventID)
		}
		last, ids[r.EventID] = r.EventTime, true
	}
}

// The sizes decide what benchmarks on the records say. In a real account the median is 1.2 KB and
// one record in twenty is longer than 1.9 KB; user agents and identities have grown since those
// were counted.
func TestSizes(t *testing.T) {
	var sizes []int
	for raw := range synth.Records(1, 3000) {
		sizes = append(sizes, len(raw))
	}
	slices.Sort(sizes)
	for _, tt := range []struct {
		what      string
		got       int
		low, high int
	}{
		{"smallest", sizes[0], 500, 1000},
		{"median", sizes[len(sizes)/2], 1100, 1500},
		{"95th percentile", sizes[len(sizes)*95/100], 1700, 2600},
		{"largest", sizes[len(sizes)-1], 5000, 16000},
	} {
		if tt.got < tt.low || tt.got > tt.high {
			t.Errorf("%s is %d bytes, want %d to %d", tt.what, tt.got, tt.low, tt.high)
		}
	}
}

func TestIrregularities(t *testing.T) {
	records := slices.Collect(synth.Records(1, 5*synth.RecordsPerDay))
	for _, tt := range []struct{ reason, pattern string }{
		{"parameters are null", `"requestParameters":null`},
		{"parameters are omitted for their size", `"requestParameters":\{"omitted":true,`},
		{"a hidden value", `"HIDDEN_DUE_TO_SECURITY_REASONS"`},
		{"a hidden object", `"parameters":"HIDDEN_DUE_TO_SECURITY_REASONS"`},
		{"data taken out, with angle brackets unescaped", `"userData":"<sensitiveDataRemoved>"`},
		{"a masked name", `"accountName":"\*\*\*\*"`},
		{"an empty list as an object", `"filterSet":\{\}`},
		{"a list under items", `"ipRanges":\{"items":\[`},
		{"a list of one without a list, in a wrapper", `"ModifySecurityGroupRulesRequest":\{"GroupId":"[^"]+","SecurityGroupRule":\{"tag":1,`},
		{"a wrapper around an empty string", `"Describe[A-Za-z]+Request":""|"GetEbsEncryptionByDefaultRequest":""`},
		{"a boolean as a string", `"mfaAuthenticated":"false"`},
		{"another", `"sessionCredentialFromConsole":"true"`},
		{"a parsed bucket policy", `"bucketPolicy":\{"Version"`},
		{"a policy as text", `"policyDocument":"\{\\"Version\\"`},
		{"a policy percent-encoded", `"assumeRolePolicyDocument":"%7B%22Version%22`},
		{"EC2's answer", `"_return":true`},
		{"an error message without a code", `"userAgent":"[^"]*","errorMessage":"Failed authentication"`},
		{"an error code without a message", `"errorCode":"ParameterNotFound","requestParameters"`},
		{"EC2's prefix of a code", `"errorCode":"Client\.UnauthorizedOperation"`},
		{"IAM's suffix of a code", `"errorCode":"NoSuchEntityException"`},
		{"a failed sign-in has no ARN", `"type":"IAMUser","principalId":"AIDA[A-Z2-7]+EXAMPLE","accountId":"\d+","userName":"frank","accessKeyId":""`},
		{"an identity without a type", `"userIdentity":\{"accountId":"\d+","invokedBy":`},
		{"a service as identity", `"userIdentity":\{"type":"AWSService","invokedBy":"[a-z-]+\.amazonaws\.com"\}`},
		{"credentials of a function", `"inScopeOf":\{`},
		{"credentials of an instance", `"ec2RoleDelivery":"2\.0"`},
		{"an IPv6 address", `"sourceIPAddress":"2001:db8:`},
		{"a source that is no address", `"sourceIPAddress":"AWS Internal"`},
		{"a bracketed user agent", `"userAgent":"\[[^"]+\]"`},
		{"an event name with an API version", `"eventName":"[A-Za-z]+20150331`},
		{"a copy for another account", `"type":"AWSAccount","principalId":"[^"]+","accountId":"\d+"\}`},
		{"a service event", `"eventType":"AwsServiceEvent"`},
		{"an insight", `^\{"eventVersion":"1\.09","eventTime":[^{]*"eventType":"AwsCloudTrailInsight"`},
		{"a data event", `"managementEvent":false,.*"eventCategory":"Data"`},
		{"resources without a type", `"resources":\[\{"ARN":"[^"]+","accountId":"\d+"\}\]`},
		{"sorted keys", `^\{"awsRegion":`},
	} {
		re := regexp.MustCompile(tt.pattern)
		if !slices.ContainsFunc(records, func(raw json.RawMessage) bool { return re.Match(raw) }) {
			t.Errorf("%s: no record matches %s", tt.reason, tt.pattern)
		}
	}
}

// Nothing in a record may name what exists.
func TestNamesAreMadeUp(t *testing.T) {
	var (
		blocks = []netip.Prefix{
			netip.MustParsePrefix("192.0.2.0/24"),
			netip.MustParsePrefix("198.51.100.0/24"),
			netip.MustParsePrefix("203.0.113.0/24"),
			netip.MustParsePrefix("2001:db8::/32"),
			netip.MustParsePrefix("10.0.0.0/8"),
		}
		accounts  = []string{"123456789012", "111122223333", "444455556666", "777788889999", "888899990000"}
		accessKey = regexp.MustCompile(`"(?:AKIA|ASIA|AROA|AIDA|AIPA)[A-Z0-9]*`)
		account   = regexp.MustCompile(`"(\d{12})"|:(\d{12}):`)
		address   = regexp.MustCompile(`"(\d+\.\d+\.\d+\.\d+)(?:/\d+)?"`)
		mail      = regexp.MustCompile(`[\w.-]+@[\w.-]+`)
	)
	inBlock := func(a netip.Addr) bool {
		return slices.ContainsFunc(blocks, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	for raw := range synth.Records(1, 2*synth.RecordsPerDay) {
		for _, id := range accessKey.FindAll(raw, -1) {
			if !bytes.Contains(id, []byte("EXAMPLE")) {
				t.Errorf("the id %s does not say that it is an example", id)
			}
		}
		for _, m := range account.FindAllSubmatch(raw, -1) {
			if id := string(m[1]) + string(m[2]); !slices.Contains(accounts, id) {
				t.Errorf("the account %s is not one for examples", id)
			}
		}
		for _, m := range address.FindAllSubmatch(raw, -1) {
			if a, err := netip.ParseAddr(string(m[1])); err != nil || !inBlock(a) && !a.IsUnspecified() {
				t.Errorf("the address %s is not one for documentation", m[1])
			}
		}
		if a, err := netip.ParseAddr(parse(t, raw).SourceIPAddress); err == nil && !inBlock(a) {
			t.Errorf("the address %s is not one for documentation", a)
		}
		for _, m := range mail.FindAll(raw, -1) {
			if !strings.HasSuffix(string(m), "@example.com") {
				t.Errorf("the mail address %s is not one for examples", m)
			}
		}
	}
}

func TestWriteLog(t *testing.T) {
	for _, tt := range []struct {
		reason  string
		records []json.RawMessage
		want    string
	}{
		{"no records", nil, "{\"Records\":[\n\n]}\n"},
		{"a line each", []json.RawMessage{[]byte(`{"a":1}`), []byte(`{"b":2}`)}, "{\"Records\":[\n{\"a\":1},\n{\"b\":2}\n]}\n"},
	} {
		var buf bytes.Buffer
		if err := synth.WriteLog(&buf, slices.Values(tt.records)); err != nil {
			t.Fatal(err)
		}
		if got := buf.String(); got != tt.want {
			t.Errorf("%s: wrote %q, want %q", tt.reason, got, tt.want)
		}
		if !json.Valid(buf.Bytes()) {
			t.Errorf("%s: not JSON", tt.reason)
		}
	}
}
