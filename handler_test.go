package countertrail_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

var (
	stopLogging = rule.Rule{
		ID: "stop", Title: "logging stopped", Severity: rule.Critical,
		Pattern: pattern.MustCompile(`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"]}}`),
	}
	anyCall = rule.Rule{
		ID: "any", Title: "any call",
		Pattern: pattern.MustCompile(`{"detail-type":[{"suffix":" via CloudTrail"}]}`),
	}
)

// enforce is how a program is set that acts.
var enforce = remediate.Options{
	Mode: remediate.Enforce,
	Self: remediate.Self{RoleARN: "arn:aws:iam::123456789012:role/countertrail", UserARN: "arn:aws:iam::123456789012:user/countertrail"},
}

// stopEvent returns a StopLogging that was made at the given time.
func stopEvent(at time.Time, id string) json.RawMessage {
	when := at.UTC().Format(time.RFC3339)
	return fmt.Appendf(nil, `{"version":"0","id":"e-%s","detail-type":"AWS API Call via CloudTrail","source":"aws.cloudtrail",
		"account":"123456789012","time":%q,"region":"eu-west-1","resources":[],"detail":{
		"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"},
		"eventTime":%q,"eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2",
		"requestParameters":{"name":"main"},"responseElements":null,"requestID":"r","eventID":%q,"readOnly":false,"eventType":"AwsApiCall","managementEvent":true,
		"recipientAccountId":"123456789012","eventCategory":"Management"}}`, id, when, when, id)
}

// A fix is a Remediator for StopLogging that does what its functions say.
type fix struct {
	name  string
	plan  func(context.Context, *remediate.Plan) error
	apply func(context.Context) error

	mu      sync.Mutex
	applied int
}

func (f *fix) Spec() remediate.Spec {
	return remediate.Spec{Name: f.name, Handles: []string{"cloudtrail:StopLogging"}, Risk: remediate.Low}
}

func (f *fix) Plan(ctx context.Context, finding rule.Finding) (*remediate.Plan, error) {
	if finding.Record == nil || finding.Record.Call() != "cloudtrail:StopLogging" {
		return nil, remediate.ErrNotApplicable
	}
	p := remediate.NewPlan(f.name, finding)
	p.Summary = "start it again"
	p.Steps = []remediate.Step{{
		Action: "cloudtrail:StartLogging", Resource: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main", Region: "eu-west-1",
		Command: "start it", Inverse: &remediate.Step{Command: "stop it"},
	}}
	if f.plan != nil {
		return p, f.plan(ctx, p)
	}
	return p, nil
}

func (f *fix) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	f.mu.Lock()
	f.applied++
	f.mu.Unlock()
	if f.apply != nil {
		if err := f.apply(ctx); err != nil {
			return nil, err
		}
	}
	return &remediate.Receipt{Steps: []remediate.StepResult{{Step: p.Steps[0], Status: remediate.StepDone}}}, nil
}

// An inbox is a Notifier that keeps what it is sent.
type inbox struct {
	mu       sync.Mutex
	messages []*notify.Message
}

func (b *inbox) Notify(_ context.Context, m *notify.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
	return nil
}

func newHandler(t *testing.T, opts *countertrail.Options, rules ...rule.Rule) *countertrail.Handler {
	t.Helper()
	h, err := countertrail.New(rules, opts)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestNewRefuses(t *testing.T) {
	twin := fix{name: "twin"}
	for _, tt := range []struct {
		reason string
		rules  []rule.Rule
		opts   *countertrail.Options
		want   string
	}{
		{"a rule that reports cannot name", []rule.Rule{{Title: "t", Pattern: anyCall.Pattern}}, nil, `countertrail: rule "t" has no ID`},
		{"a rule that can never fire", []rule.Rule{{ID: "x"}}, nil, `countertrail: rule "x" has no pattern`},
		{"a report could not be written", []rule.Rule{{ID: "x", Pattern: anyCall.Pattern, Severity: 9}}, nil, `countertrail: rule "x" has no severity that there is: Severity(9)`},
		{"nor one on this call", []rule.Rule{{ID: "x", Pattern: anyCall.Pattern, Severities: map[string]rule.Severity{"StopLogging": -1}}}, nil,
			`countertrail: rule "x" has no severity that there is for "StopLogging": Severity(-1)`},
		{"reports would not tell the rules apart", []rule.Rule{anyCall, anyCall}, nil, `countertrail: two rules have the ID "any"`},
		{"claims would not tell the remediators apart", nil, &countertrail.Options{Remediators: []remediate.Remediator{&twin, &twin}},
			`countertrail: two remediators are named "twin"`},
		{"a remediator that reports cannot name", nil, &countertrail.Options{Remediators: []remediate.Remediator{&fix{}}}, `countertrail: remediator 0 has no name`},
		{"acting without knowing oneself is how loops begin", nil, &countertrail.Options{Remediation: remediate.Options{Mode: remediate.Enforce}},
			`countertrail: remediate: a mode that acts without a Self: our own changes would not be recognised`},
		{"a role by which nothing is ever recognised", nil, &countertrail.Options{Remediation: remediate.Options{Self: remediate.Self{RoleARN: "countertrail"}}},
			`countertrail: remediate: Self.RoleARN: "countertrail" is not the ARN of one`},
		{"a rule that there is not, so that its mode would be nobody's", nil, &countertrail.Options{Remediation: remediate.Options{Modes: map[string]remediate.Mode{"x": remediate.Observe}}},
			`countertrail: Remediation.Modes names the rule "x", which there is not`},
		{"a hole in the list", nil, &countertrail.Options{Remediators: []remediate.Remediator{nil}}, `countertrail: remediator 0 is nil`},
		{"nobody would be told", nil, &countertrail.Options{Notifiers: map[string]notify.Notifier{"x": nil}}, `countertrail: notifier "x" is nil`},
	} {
		if _, err := countertrail.New(tt.rules, tt.opts); err == nil || err.Error() != tt.want {
			t.Errorf("New = %v; want %q, because it is %s", err, tt.want, tt.reason)
		}
	}
}

func TestHandleRefusesWhatIsNotAnEvent(t *testing.T) {
	h := newHandler(t, nil, anyCall)
	for _, tt := range []struct{ input, reason string }{
		{"", "it is empty"},
		{"{", "it is cut off"},
		{"null", "it is not an object"},
		{`"text"`, "an input transformer made a string of it"},
		{`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3"}]}`, "it is an S3 notification"},
	} {
		rep, err := h.Handle(t.Context(), json.RawMessage(tt.input))
		if rep != nil || err == nil || !strings.HasPrefix(err.Error(), "countertrail: event: ") {
			t.Errorf("Handle(%s) = %v, %v; want an error that says that %s", tt.input, rep, err, tt.reason)
		}
	}
}

func TestObservingIsTheDefault(t *testing.T) {
	f, box := &fix{name: "fix"}, &inbox{}
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{f},
		Notifiers:   map[string]notify.Notifier{"box": box},
	}, stopLogging)
	rep, err := h.Handle(t.Context(), stopEvent(time.Now(), "1"))
	if err != nil {
		t.Fatal(err)
	}
	if got := rep.Findings[0].Remediations[0].Outcome; got != remediate.Planned || f.applied != 0 {
		t.Errorf("outcome %v with %d plans applied; want planned and none", got, f.applied)
	}
	want := []notify.Action{{
		Remediator: "fix", Outcome: "planned", Summary: "start it again",
		Steps: []notify.Change{{
			Action: "cloudtrail:StartLogging", Resource: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main", Region: "eu-west-1",
			Command: "start it", Undo: "stop it",
		}},
	}}
	if len(box.messages) != 1 {
		t.Fatalf("%d messages; want 1", len(box.messages))
	}
	if diff := cmp.Diff(want, box.messages[0].Actions); diff != "" {
		t.Errorf("what people were told (-want +got):\n%s", diff)
	}
}

func TestEnforcing(t *testing.T) {
	f, box := &fix{name: "fix"}, &inbox{}
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{f},
		Remediation: enforce,
		Notifiers:   map[string]notify.Notifier{"box": box},
	}, stopLogging, anyCall)
	for i, want := range []remediate.Outcome{remediate.Applied, remediate.Refused} {
		rep, err := h.Handle(t.Context(), stopEvent(time.Now(), "same"))
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range rep.Findings {
			if got := finding.Remediations[0].Outcome; got != want {
				t.Errorf("delivery %d, rule %s: outcome %v; want %v", i, finding.RuleID, got, want)
			}
		}
	}
	if f.applied != 1 {
		t.Errorf("applied %d times; want once for two rules and two deliveries", f.applied)
	}
	if len(box.messages) != 4 {
		t.Fatalf("%d messages; want one for each rule and delivery: a duplicate silences nobody", len(box.messages))
	}
	if got := box.messages[0].Actions[0].Steps[0].Status; got != "done" {
		t.Errorf("step status %q; want done", got)
	}
	if box.messages[0].Key != box.messages[2].Key || box.messages[0].Key == box.messages[1].Key {
		t.Errorf("keys %q, %q, %q; want the first and the third, which are of one rule, to be alone in being equal",
			box.messages[0].Key, box.messages[1].Key, box.messages[2].Key)
	}
}

// A channel that failed is told on the next delivery, and must then learn what was done.
func TestRetryTellsWhatWasDone(t *testing.T) {
	f := &fix{name: "fix"}
	f.plan = func(_ context.Context, p *remediate.Plan) error {
		if f.applied > 0 {
			p.Summary, p.Steps = "nothing to do", nil
		}
		return nil
	}
	var messages []*notify.Message
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{f},
		Remediation: enforce,
		Notifiers: map[string]notify.Notifier{"n": notify.Func(func(_ context.Context, m *notify.Message) error {
			if messages = append(messages, m); len(messages) == 1 {
				return errors.New("no route")
			}
			return nil
		})},
	}, stopLogging)
	input := stopEvent(time.Now(), "1")
	if _, err := h.Handle(t.Context(), input); err == nil {
		t.Fatal("Handle hides that nobody was told")
	}
	if _, err := h.Handle(t.Context(), input); err != nil {
		t.Fatal(err)
	}
	if len(messages) != 2 || messages[0].Key != messages[1].Key {
		t.Fatalf("%d messages; want two of one key", len(messages))
	}
	again := messages[1].Actions[0]
	if again.Outcome != "nothing to do" || !strings.Contains(again.Reason, "acted on at") {
		t.Errorf("the second message says %q, since %q; want that the event was acted on", again.Outcome, again.Reason)
	}
	if diff := cmp.Diff(messages[0].Actions[0].Steps, again.Steps); diff != "" {
		t.Errorf("steps of the first message (-) and the second (+):\n%s", diff)
	}
}

// Whoever alarms on the log needs a record of every finding, remediation and failure, and failures
// need the level for it.
func TestLog(t *testing.T) {
	stop := string(stopEvent(time.Now(), "1"))
	broken := strings.Replace(stop, `"readOnly":false`, `"readOnly":[]`, 1)
	// A pattern that looks into the parameters meets the arrays there.
	otherTrail := rule.Rule{ID: "other", Title: "another trail", Pattern: pattern.MustCompile(`{"detail":{"requestParameters":{"name":["other"]}}}`)}
	deep := strings.Replace(stop, `{"name":"main"}`, strings.Repeat("[", 5000)+strings.Repeat("]", 5000), 1)
	fails := func(context.Context, *remediate.Plan) error { return errors.New("odd") }
	crashes := func(context.Context, *remediate.Plan) error { panic("odd") }
	silent := notify.Func(func(context.Context, *notify.Message) error { return errors.New("no route") })
	for _, tt := range []struct {
		reason, input string
		plan          func(context.Context, *remediate.Plan) error
		notifier      notify.Notifier
		want          []string // level and message of each record
	}{
		{"nothing failed", stop, nil, new(inbox), []string{"INFO finding", "INFO remediation"}},
		{"not an event", "{", nil, new(inbox), []string{"ERROR unreadable event"}},
		{"what the patterns do not take", deep, nil, new(inbox), []string{"ERROR event not matched"}},
		{"what cannot be decoded", broken, nil, new(inbox), []string{"ERROR unreadable record", "INFO finding", "INFO remediation"}},
		{"the remediator fails", stop, fails, new(inbox), []string{"INFO finding", "ERROR remediation"}},
		{"the remediator panics", stop, crashes, new(inbox), []string{"INFO finding", "ERROR remediation with stack"}},
		{"nobody is told", stop, nil, silent, []string{"INFO finding", "INFO remediation", "ERROR notification failed"}},
	} {
		var log bytes.Buffer
		h := newHandler(t, &countertrail.Options{
			Remediators: []remediate.Remediator{&fix{name: "fix", plan: tt.plan}},
			Notifiers:   map[string]notify.Notifier{"n": tt.notifier},
			Logger:      slog.New(slog.NewJSONHandler(&log, nil)),
		}, stopLogging, otherTrail)
		h.Handle(t.Context(), json.RawMessage(tt.input))
		var got []string
		for line := range strings.Lines(log.String()) {
			var r struct{ Level, Msg, Stack string }
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			if r.Stack != "" {
				r.Msg += " with stack"
			}
			got = append(got, r.Level+" "+r.Msg)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: records (-want +got):\n%s", tt.reason, diff)
		}
	}
}

func TestFailuresDoNotHideEachOther(t *testing.T) {
	errPlan, errSend := errors.New("no plan"), errors.New("no route")
	box := &inbox{}
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{
			&fix{name: "fails", plan: func(context.Context, *remediate.Plan) error { return errPlan }},
			&fix{name: "panics", plan: func(context.Context, *remediate.Plan) error { panic("oops") }},
			&fix{name: "refuses", plan: func(context.Context, *remediate.Plan) error {
				return &remediate.Refusal{Guard: "g", Reason: "it is Sunday"}
			}},
			&fix{name: "works"},
		},
		Notifiers: map[string]notify.Notifier{
			"ends":   notify.Func(func(context.Context, *notify.Message) error { runtime.Goexit(); return nil }),
			"fails":  notify.Func(func(context.Context, *notify.Message) error { return errSend }),
			"panics": notify.Func(func(context.Context, *notify.Message) error { panic("oops") }),
			"works":  box,
		},
	}, stopLogging, anyCall)
	rep, err := h.Handle(t.Context(), stopEvent(time.Now(), "1"))
	for _, want := range []error{errPlan, errSend} {
		if !errors.Is(err, want) {
			t.Errorf("Handle's error does not wrap %q: %v", want, err)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != 8 {
		t.Errorf("%d errors; want one for each remediator and, for each of two rules, one for each notifier that failed:\n%v", got, err)
	}
	var outcomes []string
	for _, res := range rep.Findings[0].Remediations {
		outcomes = append(outcomes, res.Remediator+": "+res.Outcome.String())
	}
	if diff := cmp.Diff([]string{"fails: failed", "panics: failed", "refuses: refused", "works: planned"}, outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	want := []countertrail.Delivery{{"ends", "ended its goroutine"}, {"fails", "no route"}, {"panics", "panicked with a string"}, {"works", ""}}
	for _, f := range rep.Findings {
		if diff := cmp.Diff(want, f.Deliveries); diff != "" {
			t.Errorf("rule %s: deliveries (-want +got):\n%s", f.RuleID, diff)
		}
	}
	if len(box.messages) != 2 {
		t.Errorf("the notifier that works got %d messages; want 2", len(box.messages))
	}
}

// A remediator that hangs until its context ends must leave time to tell people.
func TestRemediationLeavesTimeToTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		hangs := &fix{name: "hangs", plan: func(ctx context.Context, _ *remediate.Plan) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		var left time.Duration
		h := newHandler(t, &countertrail.Options{
			Remediators: []remediate.Remediator{hangs},
			Notifiers: map[string]notify.Notifier{"n": notify.Func(func(ctx context.Context, _ *notify.Message) error {
				deadline, _ := ctx.Deadline()
				left = time.Until(deadline)
				return ctx.Err()
			})},
		}, stopLogging)
		_, err := h.Handle(ctx, stopEvent(time.Now(), "1"))
		if !errors.Is(err, context.DeadlineExceeded) || left != 10*time.Second {
			t.Errorf("%v was left to tell people, and the error is %v; want 10s and that the remediator's time was up", left, err)
		}
	})
}

func TestUndecodableRecordIsStillTold(t *testing.T) {
	f, box := &fix{name: "fix"}, &inbox{}
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{f},
		Remediation: enforce,
		Notifiers:   map[string]notify.Notifier{"box": box},
	}, stopLogging)
	broken := strings.Replace(string(stopEvent(time.Now(), "1")), `"readOnly":false`, `"readOnly":[]`, 1)
	rep, err := h.Handle(t.Context(), json.RawMessage(broken))
	if err == nil || rep.RecordError == "" {
		t.Errorf("Handle = %+v, %v; want that the record cannot be read", rep, err)
	}
	if len(box.messages) != 1 || f.applied != 0 {
		t.Fatalf("%d messages and %d plans applied; want one and none", len(box.messages), f.applied)
	}
	if notes := strings.Join(box.messages[0].Notes, "\n"); !strings.Contains(notes, "could not be read") || !strings.Contains(notes, "detail.readOnly") {
		t.Errorf("notes %q; want people to learn why they are told so little", notes)
	}
}

func TestOrdinaryEventsCostNoMessage(t *testing.T) {
	box := &inbox{}
	disabled := anyCall
	disabled.State = rule.Disabled
	h := newHandler(t, &countertrail.Options{Notifiers: map[string]notify.Notifier{"box": box}}, stopLogging, disabled)
	ordinary := strings.ReplaceAll(string(stopEvent(time.Now(), "1")), "StopLogging", "DescribeTrails")
	rep, err := h.Handle(t.Context(), json.RawMessage(ordinary))
	if err != nil || len(rep.Findings) != 0 || len(box.messages) != 0 {
		t.Errorf("Handle = %+v, %v with %d messages; want no finding", rep, err, len(box.messages))
	}
}

func TestReportMarshals(t *testing.T) {
	h := newHandler(t, &countertrail.Options{Remediators: []remediate.Remediator{&fix{name: "fix"}}}, stopLogging)
	rep, err := h.Handle(t.Context(), stopEvent(time.Now(), "1"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(rep)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{"id":"e-1","eventId":"1",`, `"ruleId":"stop"`, `"severity":"critical"`, `"outcome":"planned"`, `"action":"cloudtrail:StartLogging"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %s:\n%s", want, text)
		}
	}
}

// Many goroutines share one Handler; run with -race. Every event comes twice and acts once.
func TestConcurrentUse(t *testing.T) {
	f, box := &fix{name: "fix"}, &inbox{}
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{f},
		Remediation: remediate.Options{Mode: remediate.Enforce, Self: enforce.Self, Budget: 1000, MaxHops: 1000},
		Notifiers:   map[string]notify.Notifier{"box": box},
	}, stopLogging)
	const events = 50
	var wg sync.WaitGroup
	for i := range 2 * events {
		wg.Go(func() {
			if _, err := h.Handle(t.Context(), stopEvent(time.Now(), fmt.Sprint(i/2))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if f.applied != events || len(box.messages) != 2*events {
		t.Errorf("applied %d times with %d messages; want %d and %d", f.applied, len(box.messages), events, 2*events)
	}
	keys := make([]string, len(box.messages))
	for i, m := range box.messages {
		keys[i] = m.Key
	}
	slices.Sort(keys)
	if got := len(slices.Compact(keys)); got != events {
		t.Errorf("%d different keys; want one for each event, %d", got, events)
	}
}

func TestEventsOfOtherServices(t *testing.T) {
	f, box := &fix{name: "fix"}, &inbox{}
	guardDuty := rule.Rule{ID: "gd", Title: "GuardDuty finding", Pattern: pattern.MustCompile(`{"source":["aws.guardduty"]}`)}
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{f},
		Notifiers:   map[string]notify.Notifier{"box": box},
	}, guardDuty)
	rep, err := h.Handle(t.Context(), json.RawMessage(`{"version":"0","id":"1","detail-type":"GuardDuty Finding","source":"aws.guardduty",
		"account":"123456789012","time":"2026-10-05T09:15:02Z","region":"eu-west-1","resources":[],"detail":{"severity":8}}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(box.messages) != 1 || len(rep.Findings) != 1 || len(rep.Findings[0].Remediations) != 0 {
		t.Errorf("report %+v with %d messages; want one finding, told, and no word of a remediator that answers calls", rep, len(box.messages))
	}
}

// What we did ourselves is told as ours, and answered by nobody.
func TestOwnChange(t *testing.T) {
	f, box := &fix{name: "fix"}, &inbox{}
	h := newHandler(t, &countertrail.Options{
		Remediators: []remediate.Remediator{f},
		Remediation: enforce,
		Notifiers:   map[string]notify.Notifier{"box": box},
	}, stopLogging)
	ours := strings.ReplaceAll(string(stopEvent(time.Now(), "1")), "user/alice", "user/countertrail")
	rep, err := h.Handle(t.Context(), json.RawMessage(ours))
	if err != nil {
		t.Fatal(err)
	}
	if res := rep.Findings[0].Remediations[0]; res.Guard != remediate.GuardSelf || f.applied != 0 {
		t.Errorf("result %+v with %d plans applied; want a refusal of the guard %q", res, f.applied, remediate.GuardSelf)
	}
	if got := box.messages[0].Notes; len(got) != 1 || !strings.Contains(got[0], "own credentials") {
		t.Errorf("notes %q; want that the call was our own", got)
	}
}

// A rule on many calls does not call all of them equally bad.
func TestSeverityOfTheCall(t *testing.T) {
	r := stopLogging
	r.Severities = map[string]rule.Severity{"StopLogging": rule.Low}
	told := new(inbox)
	h := newHandler(t, &countertrail.Options{Notifiers: map[string]notify.Notifier{"n": told}}, r, anyCall)
	rep, err := h.Handle(t.Context(), stopEvent(time.Now(), "1"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []rule.Severity{rule.Low, anyCall.Severity} {
		if got := rep.Findings[i]; got.Severity != want || got.Message.Severity != want {
			t.Errorf("%s: reported as %s and told as %s, want %s", got.RuleID, got.Severity, got.Message.Severity, want)
		}
	}
}
