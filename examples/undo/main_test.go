package main

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A bench is what a test works on: an AWS, and a directory with a receipt of each thing done to it.
type bench struct {
	*testing.T
	cloud      *cloud
	dir        string // of the receipts
	keyFile    string
	key, trail string // the IDs of the receipts
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t, cloud: &cloud{status: "Active"}, dir: t.TempDir()}
	server := httptest.NewServer(b.cloud)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "example", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	b.keyFile = filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(b.keyFile, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	b.key = b.act(0, "us-east-1", "iam", "CreateAccessKey", `{"userName":"alice"}`, `{"accessKey":{"accessKeyId":"`+keyID+`","userName":"alice","status":"Active"}}`)
	b.trail = b.act(1, "eu-west-1", "cloudtrail", "StopLogging", `{"name":"main"}`, `null`)
	b.cloud.writes = nil
	return b
}

// act has a remediator of the command answer a call, and returns the ID of its receipt.
func (b *bench) act(remediator int, region, service, call, request, response string) string {
	b.Helper()
	e, err := event.Parse(fmt.Appendf(nil, `{
		"version": "0", "id": "5c9ed4f0-0000-4000-8000-000000000001",
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.%[1]s",
		"account": %[2]q, "region": %[3]q, "resources": [], "time": %[4]q,
		"detail": {
			"eventVersion": "1.11", "eventTime": %[4]q, "awsRegion": %[3]q, "readOnly": false,
			"eventSource": "%[1]s.amazonaws.com", "eventName": %[5]q, "eventID": "00000000-0000-4000-8000-000000000003",
			"eventType": "AwsApiCall", "recipientAccountId": %[2]q,
			"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
			"requestParameters": %[6]s, "responseElements": %[7]s
		}
	}`, service, accountID, region, time.Now().UTC().Format(time.RFC3339), call, request, response))
	if err != nil {
		b.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		b.Fatal(err)
	}
	cfg, err := config.LoadDefaultConfig(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	remediators, err := command{pause: time.Millisecond}.remediators(cfg)
	if err != nil {
		b.Fatal(err)
	}
	receipts, err := remediate.OpenReceipts(b.dir)
	if err != nil {
		b.Fatal(err)
	}
	defer receipts.Close()
	engine := remediate.NewEngine(&remediate.Options{Mode: remediate.Enforce, MaxRisk: remediate.Medium, Receipts: receipts})
	res := engine.Run(b.Context(), remediators[remediator], rule.Finding{Event: e, Record: rec})
	if res.Outcome != remediate.Verified {
		b.Fatalf("%s: %s: %s", call, res.Outcome, res.Reason)
	}
	return res.Receipt.ID
}

// run runs the command, with the bench's receipts and somebody who types the input.
func (b *bench) run(status int, input string, args ...string) (stdout, stderr string) {
	b.Helper()
	var out, errOut bytes.Buffer
	c := command{stdin: strings.NewReader(input), stdout: &out, stderr: &errOut, pause: time.Millisecond}
	if got := c.run(b.Context(), append([]string{"-receipts", b.dir}, args...)); got != status {
		b.Fatalf("undo %q: exit status %d, want %d\n%s%s", args, got, status, &out, &errOut)
	}
	return out.String(), errOut.String()
}

// want holds the key to a status, and the writes since the receipts to a number.
func (b *bench) want(status string, writes int) {
	b.Helper()
	if b.cloud.status != status || len(b.cloud.writes) != writes {
		b.Errorf("the key is %s, want %s; written was %q", b.cloud.status, status, b.cloud.writes)
	}
}

// What differs from run to run.
var (
	times  = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	ids    = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)
	tokens = regexp.MustCompile(`\beyJ[\w.-]+`)
)

func constant(text string) string {
	return tokens.ReplaceAllString(ids.ReplaceAllString(times.ReplaceAllString(text, "TIME"), "ID"), "TOKEN")
}

// TestREADME runs the session that the README shows: two people, one of whom approves.
func TestREADME(t *testing.T) {
	b := newBench(t)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := constant(string(readme))
	holds := func(command, out string) {
		t.Helper()
		var text strings.Builder
		for line := range strings.Lines("$ " + command + "\n" + out) {
			text.WriteString("    " + line)
		}
		if got := constant(text.String()); !strings.Contains(shown, got) {
			t.Errorf("the README does not show\n%s", got)
		}
	}
	const undo = "go run ./examples/undo -receipts receipts "

	out, _ := b.run(0, "")
	holds(strings.TrimSpace(undo), out)
	out, _ = b.run(0, "", b.key)
	holds(undo+b.key, out)
	out, _ = b.run(0, "", "-key", b.keyFile, "-approve", "bob", b.key)
	holds(undo+"-key key -approve bob "+b.key, out)
	b.want("Inactive", 0)

	token := tokens.FindString(out)
	out, _ = b.run(0, token+"\n", "-key", b.keyFile, b.key)
	out = strings.Replace(out, "leave it: ", "leave it: "+token+"\n", 1) // as the terminal shows it
	holds(undo+"-key key "+b.key, out)
	b.want("Active", 1)

	out, _ = b.run(0, "", "-key", b.keyFile, b.trail)
	holds(undo+"-key key "+b.trail, out)
	if b.want("Active", 1); !b.cloud.logging {
		t.Error("a suggestion was carried out")
	}
}

// TestApproval holds that nothing is done without an approval of the very plan, and that -yes is one.
func TestApproval(t *testing.T) {
	b := newBench(t)
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte(strings.Repeat("o", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := b.run(0, "", "-key", other, "-approve", "mallory", b.key)
	forged := tokens.FindString(out)
	for _, tt := range []struct{ reason, input, err string }{
		{"nothing is typed", "\n", "not approved"},
		{"nobody is there", "", "not approved"},
		{"what is typed is no approval", "yes\n", "not made here"},
		{"it was made with another key", forged + "\n", "not made here"},
	} {
		if _, stderr := b.run(1, tt.input, "-key", b.keyFile, b.key); !strings.Contains(stderr, tt.err) {
			t.Errorf("%s: %s", tt.reason, stderr)
		}
		b.want("Inactive", 0)
	}

	out, _ = b.run(0, "", "-key", b.keyFile, "-yes", "bob", b.key)
	if b.want("Active", 1); !strings.Contains(out, "verified\n") || !strings.Contains(out, "approved by bob") {
		t.Errorf("output %q", out)
	}
	if _, stderr := b.run(1, "", "-key", b.keyFile, "-yes", "bob", b.key); !strings.Contains(stderr, "state has changed") {
		t.Errorf("undone already: %s", stderr)
	}
	b.want("Active", 1)
	if out, _ := b.run(0, ""); !strings.Contains(out, "undid "+b.key) {
		t.Errorf("the list does not tell of the undo:\n%s", out)
	}
}

// TestUsage holds that what cannot be meant is said, and nothing done.
func TestUsage(t *testing.T) {
	b := newBench(t)
	for _, tt := range []struct {
		status int
		err    string
		args   []string
	}{
		{2, "not defined", []string{"-now"}},
		{2, "one receipt", []string{b.key, b.trail}},
		{2, "needs the -key", []string{"-yes", "bob", b.key}},
		{2, "needs the -key", []string{"-approve", "bob", "-key", b.keyFile}},
		{2, "say which", []string{"-approve", "bob", "-yes", "bob", "-key", b.keyFile, b.key}},
		{2, "-receipts is missing", []string{"-receipts", ""}},
		{1, "not found", []string{"../receipt"}},
		{1, "no such file", []string{"-key", "absent", b.key}},
		{1, "at least 32 bytes", []string{"-key", os.DevNull, b.key}},
	} {
		if _, stderr := b.run(tt.status, "", tt.args...); !strings.Contains(stderr, tt.err) {
			t.Errorf("%q: %s", tt.args, stderr)
		}
	}
	if out, _ := b.run(0, "", "-h"); out != usage {
		t.Errorf("-h printed %q", out)
	}
	b.want("Inactive", 0)
}
