package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

func TestReadSettings(t *testing.T) {
	const topic = "arn:aws:sns:eu-west-1:123456789012:alerts"
	const role = "arn:aws:iam::123456789012:role/countertrail"
	for _, tt := range []struct {
		reason string
		env    map[string]string
		want   settings
		err    string
	}{
		{"observing needs only somebody to tell", map[string]string{"COUNTERTRAIL_TOPIC_ARN": topic}, settings{topicARN: topic}, ""},
		{"everything set", map[string]string{
			"COUNTERTRAIL_TOPIC_ARN": topic, "COUNTERTRAIL_MODE": "enforce", "COUNTERTRAIL_ROLE_ARN": role, "COUNTERTRAIL_MIN_SEVERITY": "high",
		}, settings{topic, remediate.Enforce, role, rule.High}, ""},
		{"nobody to tell", nil, settings{}, "COUNTERTRAIL_TOPIC_ARN is not set"},
		{"a misspelt mode must not pass for the default", map[string]string{"COUNTERTRAIL_TOPIC_ARN": topic, "COUNTERTRAIL_MODE": "Enforce"},
			settings{}, `COUNTERTRAIL_MODE: remediate: no mode "Enforce"`},
		{"our own changes could not be recognised", map[string]string{"COUNTERTRAIL_TOPIC_ARN": topic, "COUNTERTRAIL_MODE": "enforce"},
			settings{}, "COUNTERTRAIL_ROLE_ARN is not set"},
		{"a session is not the role, and none of our own changes would be recognised by it", map[string]string{
			"COUNTERTRAIL_TOPIC_ARN": topic, "COUNTERTRAIL_ROLE_ARN": "arn:aws:sts::123456789012:assumed-role/countertrail/session",
		}, settings{}, "COUNTERTRAIL_ROLE_ARN: remediate: Self.RoleARN: \"arn:aws:sts"},
		{"nor is its name", map[string]string{"COUNTERTRAIL_TOPIC_ARN": topic, "COUNTERTRAIL_ROLE_ARN": "countertrail"},
			settings{}, "COUNTERTRAIL_ROLE_ARN: remediate: Self.RoleARN"},
		{"a misspelt severity", map[string]string{"COUNTERTRAIL_TOPIC_ARN": topic, "COUNTERTRAIL_MIN_SEVERITY": "urgent"},
			settings{}, `COUNTERTRAIL_MIN_SEVERITY: rule: no severity "urgent"`},
	} {
		got, err := readSettings(func(name string) string { return tt.env[name] })
		switch {
		case tt.err == "" && (err != nil || got != tt.want):
			t.Errorf("%s: %+v, %v; want %+v", tt.reason, got, err, tt.want)
		case tt.err != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.err)):
			t.Errorf("%s: error %v; want %q", tt.reason, err, tt.err)
		}
	}
}

// An account is a fake AWS with one trail and one topic, over HTTP.
type account struct {
	mu      sync.Mutex
	logging bool
	calls   []string
	message string
}

const trailARN = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, call, _ := strings.Cut(target[strings.LastIndex(target, "_")+1:], ".")
		a.calls = append(a.calls, call)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		switch call {
		case "GetTrail":
			fmt.Fprintf(w, `{"Trail":{"Name":"main","TrailARN":%q,"HomeRegion":"eu-west-1","IsOrganizationTrail":false}}`, trailARN)
		case "GetTrailStatus":
			fmt.Fprintf(w, `{"IsLogging":%t}`, a.logging)
		case "StartLogging":
			a.logging = true
			fmt.Fprint(w, `{}`)
		default:
			http.Error(w, `{"__type":"UnknownOperationException"}`, http.StatusBadRequest)
		}
		return
	}
	form, _ := url.ParseQuery(string(body))
	a.calls = append(a.calls, form.Get("Action"))
	a.message = form.Get("Subject") + "\n" + form.Get("Message")
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprint(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>`)
}

// A runtimeAPI hands events to a function as the Lambda service does.
type runtimeAPI struct {
	events  chan string
	results chan string
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/invocation/next"):
		select {
		case event := <-a.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "request-1")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:countertrail")
			io.WriteString(w, event)
		case <-r.Context().Done():
		}
	default: // …/invocation/ID/response, …/invocation/ID/error, /init/error
		a.results <- path[strings.LastIndex(path, "/")+1:] + " " + string(body)
		w.WriteHeader(http.StatusAccepted)
	}
}

// The function as it is deployed: its own process, started by the Lambda runtime, its events and
// AWS over HTTP.
func TestFunction(t *testing.T) {
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", bootstrap, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	aws := &account{}
	awsServer := httptest.NewServer(aws)
	defer awsServer.Close()
	api := &runtimeAPI{events: make(chan string), results: make(chan string)}
	apiServer := httptest.NewServer(api)
	defer apiServer.Close()

	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	function := exec.CommandContext(ctx, bootstrap)
	function.Stderr = &log
	function.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(apiServer.URL, "http://"),
		"AWS_ENDPOINT_URL=" + awsServer.URL,
		"AWS_REGION=eu-west-1",
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
		"AWS_SECRET_ACCESS_KEY=example",
		"COUNTERTRAIL_TOPIC_ARN=arn:aws:sns:eu-west-1:123456789012:alerts",
		"COUNTERTRAIL_MODE=enforce",
		"COUNTERTRAIL_ROLE_ARN=arn:aws:iam::123456789012:role/countertrail",
	}
	if err := function.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		function.Wait()
		if t.Failed() {
			t.Logf("the function wrote:\n%s", &log)
		}
	}()
	invoke := func(event string) string {
		t.Helper()
		select {
		case api.events <- event:
		case result := <-api.results: // it failed to start
			t.Fatalf("instead of asking for an event: %s", result)
		case <-time.After(time.Minute):
			t.Fatal("the function never asked for an event")
		}
		select {
		case result := <-api.results:
			return result
		case <-time.After(time.Minute):
			t.Fatal("the function never answered")
		}
		panic("unreachable")
	}

	kind, body, _ := strings.Cut(invoke(stopLogging(time.Now())), " ")
	if kind != "response" {
		t.Fatalf("the function answered with an %s: %s", kind, body)
	}
	var report struct {
		Findings []struct {
			RuleID       string
			Remediations []struct{ Outcome string }
			Deliveries   []struct{ Notifier, Error string }
		}
	}
	if err := json.Unmarshal([]byte(body), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) != 1 || report.Findings[0].RuleID != "4.5" || len(report.Findings[0].Remediations) != 1 ||
		report.Findings[0].Remediations[0].Outcome != "verified" {
		t.Errorf("the report is %s; want that 4.5 fired and the remediation was verified", body)
	}
	if !aws.logging {
		t.Error("the trail does not log")
	}
	if got, want := strings.Join(aws.calls, " "), "GetTrail GetTrailStatus GetTrailStatus StartLogging GetTrailStatus Publish"; got != want {
		t.Errorf("calls to AWS: %s; want %s", got, want)
	}
	for _, want := range []string{"4.5", "alice", "192.0.2.7", trailARN, "aws cloudtrail stop-logging"} {
		if !strings.Contains(aws.message, want) {
			t.Errorf("the message lacks %q:\n%s", want, aws.message)
		}
	}

	kind, body, _ = strings.Cut(invoke(`{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"{}"}}]}`), " ")
	if kind != "error" || !strings.Contains(body, "SNS") {
		t.Errorf("an SNS delivery gave %s %s; want an error that says what it is", kind, body)
	}
}

// stopLogging returns the event of alice stopping the trail at the given time.
func stopLogging(at time.Time) string {
	when := at.UTC().Format(time.RFC3339)
	return fmt.Sprintf(`{"version":"0","id":"5c9ed4f0-0000-4000-8000-000000000001","detail-type":"AWS API Call via CloudTrail","source":"aws.cloudtrail",
		"account":"123456789012","time":%[1]q,"region":"eu-west-1","resources":[],"detail":{
		"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"alice"},
		"eventTime":%[1]q,"eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2",
		"requestParameters":{"name":"main"},"responseElements":null,"requestID":"00000000-0000-4000-8000-000000000002","eventID":"00000000-0000-4000-8000-000000000003","readOnly":false,
		"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}}`, when)
}
