package kmsfix_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/kmsfix"
	"github.com/countertrail/countertrail/rule"
)

func TestPlan(t *testing.T) {
	c := newCloud(pending)
	c.meta.DeletionDate = aws.Time(at.Add(7 * 24 * time.Hour))
	history := past{records: []*event.Record{record("EnableKey", time.Hour)}}
	plan, err := kmsfix.New(c, nil, &kmsfix.Options{History: history}).Plan(t.Context(), scheduled())
	if err != nil {
		t.Fatal(err)
	}
	id := json.RawMessage(`{"KeyId":"` + keyARN + `"}`)
	want := &remediate.Plan{
		Remediator: "kmsfix", RuleID: "4.7", EventID: "22222222-2222-2222-2222-222222222222", Account: account, Region: region,
		Summary: `The key "` + keyARN + `" is to be deleted on 2026-03-08: cancel that. It was enabled before: enable it again.` +
			` The call EnableKey of 2026-03-01T11:00:00Z left it so.`,
		Steps: []remediate.Step{
			{
				Action: "kms:CancelKeyDeletion", Resource: keyARN, Region: region, Summary: `cancel the deletion of the key "` + keyID + `"`,
				Args: id, Before: json.RawMessage(`{"keyState":"PendingDeletion","pendingWindowInDays":7}`), After: json.RawMessage(`{"keyState":"Disabled"}`),
				Command: "aws kms cancel-key-deletion --key-id " + keyARN + " --region eu-west-1",
				Inverse: &remediate.Step{
					Action: "kms:ScheduleKeyDeletion", Resource: keyARN, Region: region,
					Summary: `schedule the deletion of the key "` + keyID + `" again`,
					Args:    json.RawMessage(`{"KeyId":"` + keyARN + `","PendingWindowInDays":7}`),
					Before:  json.RawMessage(`{"keyState":"Disabled"}`), After: json.RawMessage(`{"keyState":"PendingDeletion","pendingWindowInDays":7}`),
					Command: "aws kms schedule-key-deletion --key-id " + keyARN + " --region eu-west-1 --pending-window-in-days 7",
					Manual:  true,
				},
			},
			{
				Action: "kms:EnableKey", Resource: keyARN, Region: region, Summary: `enable the key "` + keyID + `"`,
				Args: id, Before: json.RawMessage(`{"keyState":"Disabled"}`), After: json.RawMessage(`{"keyState":"Enabled"}`),
				Command: "aws kms enable-key --key-id " + keyARN + " --region eu-west-1",
				Inverse: &remediate.Step{
					Action: "kms:DisableKey", Resource: keyARN, Region: region, Summary: `disable the key "` + keyID + `" again`,
					Args: id, Before: json.RawMessage(`{"keyState":"Enabled"}`), After: json.RawMessage(`{"keyState":"Disabled"}`),
					Command: "aws kms disable-key --key-id " + keyARN + " --region eu-west-1",
					Manual:  true,
				},
			},
		},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"DescribeKey eu-west-1 " + keyARN}, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// outline returns the operations of a plan's steps, suggestions in brackets.
func outline(p *remediate.Plan) string {
	var words []string
	for _, s := range p.Steps {
		word := strings.TrimPrefix(s.Action, "kms:")
		if s.Manual {
			word = "(" + word + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// TestPlanStates holds what is planned by the key's state and its past.
func TestPlanStates(t *testing.T) {
	const schedule, disable = "ScheduleKeyDeletion", "DisableKey"
	long := 24 * time.Hour
	tests := []struct {
		reason  string
		call    string
		state   types.KeyState
		history []*event.Record
		want    string
	}{
		{"nothing tells whether it was enabled", schedule, pending, nil, "CancelKeyDeletion (EnableKey)"},
		{"a primary that waits for its replicas", schedule, replicas, nil, "CancelKeyDeletion (EnableKey)"},
		{"it was enabled", schedule, pending, []*event.Record{record("EnableKey", long)}, "CancelKeyDeletion EnableKey"},
		{"it was disabled on purpose", schedule, pending, []*event.Record{record("DisableKey", long), record("EnableKey", 2*long)}, "CancelKeyDeletion"},
		{"cancelling left it disabled", schedule, pending, []*event.Record{record("CancelKeyDeletion", long), record("EnableKey", 2*long)}, "CancelKeyDeletion"},
		{"disabled shortly before: perhaps by the same hand", schedule, pending, []*event.Record{record("DisableKey", time.Minute), record("EnableKey", long)}, "CancelKeyDeletion (EnableKey)"},
		{"an earlier deletion that nobody is known to have cancelled", schedule, pending, []*event.Record{record("ScheduleKeyDeletion", long), record("EnableKey", 2*long)}, "CancelKeyDeletion (EnableKey)"},
		{"in the same second, so before or after", schedule, pending, []*event.Record{record("EnableKey", 0)}, "CancelKeyDeletion (EnableKey)"},
		{"after the event", schedule, pending, []*event.Record{record("DisableKey", -time.Minute), record("EnableKey", long)}, "CancelKeyDeletion EnableKey"},
		{"a call that failed", schedule, pending, []*event.Record{edited(record("DisableKey", long), func(r *event.Record) { r.ErrorCode = "AccessDenied" }), record("EnableKey", 2*long)}, "CancelKeyDeletion EnableKey"},
		{"another key's", schedule, pending, []*event.Record{edited(record("EnableKey", long), func(r *event.Record) {
			r.Resources[0].ARN = strings.Replace(keyARN, "0a1b", "ffff", 1)
			r.RequestParameters = nil
		})}, "CancelKeyDeletion (EnableKey)"},
		{"another service's", schedule, pending, []*event.Record{edited(record("EnableKey", long), func(r *event.Record) { r.EventSource = "example.com" })}, "CancelKeyDeletion (EnableKey)"},
		{"created, and never touched", schedule, pending, []*event.Record{created("AWS_KMS")}, "CancelKeyDeletion EnableKey"},
		{"created without its material", schedule, pending, []*event.Record{created("EXTERNAL")}, "CancelKeyDeletion (EnableKey)"},
		{"the event itself, in the history already", schedule, pending, []*event.Record{scheduled().Record, record("EnableKey", long)}, "CancelKeyDeletion EnableKey"},
		{"only the second half is left", schedule, disabled, []*event.Record{record("EnableKey", long)}, "EnableKey"},
		{"cancelled by somebody, and the past unknown", schedule, disabled, nil, "(EnableKey)"},
		{"cancelled, and disabled as before", schedule, disabled, []*event.Record{record("DisableKey", long)}, ""},
		{"all is well", schedule, enabled, nil, ""},
		{"nothing to cancel", schedule, types.KeyStatePendingImport, nil, ""},
		{"its key store is disconnected", schedule, types.KeyStateUnavailable, nil, ""},

		{"disabled", disable, disabled, nil, "EnableKey"},
		{"disabled, and it was enabled", disable, disabled, []*event.Record{record("EnableKey", long)}, "EnableKey"},
		{"it was disabled already", disable, disabled, []*event.Record{record("DisableKey", long)}, ""},
		{"disabled twice in a row, and ours between them not known yet", disable, disabled, []*event.Record{record("DisableKey", time.Minute)}, "EnableKey"},
		{"enabled again", disable, enabled, nil, ""},
		{"to be deleted since", disable, pending, nil, "(CancelKeyDeletion) (EnableKey)"},
		{"its key store is disconnected", disable, types.KeyStateUnavailable, nil, ""},
		{"a state that is yet to come", disable, "Frozen", nil, ""},
	}
	for _, tt := range tests {
		c := newCloud(tt.state)
		var opts kmsfix.Options
		if tt.history != nil {
			opts.History = past{records: tt.history}
		}
		rem := kmsfix.New(c, nil, &opts)
		f := finding(tt.call, `{"keyId":"`+keyARN+`"}`)
		plan, err := rem.Plan(t.Context(), f)
		if err != nil {
			t.Errorf("%s, %s: %v", tt.call, tt.reason, err)
			continue
		}
		if got := outline(plan); got != tt.want {
			t.Errorf("%s, %s: steps %q, want %q", tt.call, tt.reason, got, tt.want)
		}
		if again, err := rem.Plan(t.Context(), f); err != nil || again.Digest() != plan.Digest() {
			t.Errorf("%s, %s: planned again it is %v, %v, want %v", tt.call, tt.reason, again, err, plan)
		}
	}
}

func edited(rec *event.Record, edit func(*event.Record)) *event.Record {
	edit(rec)
	return rec
}

func created(origin string) *event.Record {
	rec := record("CreateKey", 48*time.Hour)
	rec.RequestParameters = json.RawMessage(`{"policy":""}`)
	rec.ResponseElements = json.RawMessage(`{"keyMetadata":{"arn":"` + keyARN + `","enabled":true,"origin":"` + origin + `"}}`)
	return rec
}

// TestPlanHistoryError holds that a history that fails is not one that says nothing.
func TestPlanHistoryError(t *testing.T) {
	_, err := kmsfix.New(newCloud(pending), nil, &kmsfix.Options{History: past{err: remediate.ErrTemporary}}).Plan(t.Context(), scheduled())
	if !errors.Is(err, remediate.ErrTemporary) {
		t.Errorf("error %v, want that of the history", err)
	}
}

// TestPlanKey holds which key a record is about, and that it is the event's own.
func TestPlanKey(t *testing.T) {
	const other = "arn:aws:kms:eu-west-1:123456789012:key/ffff2c3d-1111-4222-8333-444455556666"
	set := func(params, response string, arns ...string) func(*event.Event, *event.Record) {
		return func(_ *event.Event, r *event.Record) {
			r.RequestParameters, r.ResponseElements, r.Resources = json.RawMessage(params), json.RawMessage(response), nil
			for _, arn := range arns {
				r.Resources = append(r.Resources, event.Resource{Type: "AWS::KMS::Key", ARN: arn})
			}
		}
	}
	tests := []struct {
		reason string
		edit   func(*event.Event, *event.Record)
		asked  string // what KMS is asked about; empty: an error before any call
		guard  string // of the refusal, if the error is one
	}{
		{"an id, and the ARN among the resources", set(`{"keyId":"`+keyID+`"}`, `null`, keyARN), keyARN, ""},
		{"an id, and the ARN in the response", set(`{"keyId":"`+keyID+`"}`, `{"keyId":"`+keyARN+`"}`), keyARN, ""},
		{"an ARN", set(`{"keyId":"`+keyARN+`"}`, `null`), keyARN, ""},
		{"an id alone", set(`{"keyId":"`+keyID+`"}`, `null`), keyID, ""},
		{"an alias, and the ARN among the resources", set(`{"keyId":"alias/main"}`, `null`, keyARN), keyARN, ""},
		{"parameters left out, and the ARN among the resources", set(`{"omitted":true}`, `null`, keyARN), keyARN, ""},
		{"no parameters, and the ARN among the resources", set(``, ``, keyARN), keyARN, ""},
		{"the same ARN twice", set(`null`, `null`, keyARN, keyARN), keyARN, ""},

		{"an alias alone", set(`{"keyId":"alias/main"}`, `null`), "", remediate.GuardScope},
		{"an alias's ARN alone", set(`{"keyId":"arn:aws:kms:eu-west-1:123456789012:alias/main"}`, `null`), "", remediate.GuardScope},
		{"two keys", set(`null`, `null`, keyARN, other), "", remediate.GuardScope},
		{"the resource is another than was asked for", set(`{"keyId":"`+keyID+`"}`, `null`, other), "", remediate.GuardScope},
		{"nothing", set(`{}`, `null`), "", ""},
		{"null", set(`null`, `null`), "", ""},
		{"a number", set(`{"keyId":7}`, `null`), "", ""},
		{"the name in another case", set(`{"KeyId":"`+keyID+`"}`, `null`), "", ""},
		{"not an object", set(`["`+keyID+`"]`, `null`), "", ""},
		{"an option of a program", set(`{"keyId":"--endpoint-url=http://example.com"}`, `null`), "", ""},
		{"a file", set(`{"keyId":"file:///etc/passwd"}`, `null`), "", ""},
		{"another service's ARN", set(`{"keyId":"arn:aws:s3:::bucket"}`, `null`), "", ""},
		{"a broken ARN among the resources", set(`null`, `null`, "arn:aws:kms:eu-west-1:123456789012:key/../x"), "", ""},
		{"another account's key", set(`null`, `null`, strings.Replace(keyARN, account, "111122223333", 1)), "", remediate.GuardScope},
		{"another Region's key", set(`null`, `null`, strings.Replace(keyARN, region, "us-east-1", 1)), "", remediate.GuardScope},
		{"another account's record", func(_ *event.Event, r *event.Record) { r.RecipientAccountID = "111122223333" }, "", remediate.GuardScope},
		{"another Region's record", func(_ *event.Event, r *event.Record) { r.AWSRegion = "us-east-1" }, "", remediate.GuardScope},
		{"a Region that is a host", func(e *event.Event, r *event.Record) {
			set(`{"keyId":"`+keyID+`"}`, `null`)(e, r)
			e.Region, r.AWSRegion = "x.example.com/", "x.example.com/"
		}, "", remediate.GuardScope},
	}
	for _, tt := range tests {
		c := newCloud(disabled)
		_, err := kmsfix.New(c, nil, nil).Plan(t.Context(), finding("DisableKey", "", tt.edit))
		if tt.asked == "" {
			if err == nil || len(c.calls) > 0 || guardOf(err) != tt.guard {
				t.Errorf("%s: error %v and calls %q, want only an error of guard %q", tt.reason, err, c.calls, tt.guard)
			} else {
				checkText(t, err)
			}
			continue
		}
		if want := "DescribeKey eu-west-1 " + tt.asked; err != nil || len(c.calls) == 0 || c.calls[0] != want {
			t.Errorf("%s: calls %q and error %v, want first %q", tt.reason, c.calls, err, want)
		}
	}
}

// guardOf returns the guard of the refusal that err is or wraps, if any.
func guardOf(err error) string {
	if refusal := (*remediate.Refusal)(nil); errors.As(err, &refusal) {
		return refusal.Guard
	}
	return ""
}

// checkText reports an error text that is no fit line for a report.
func checkText(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if !strings.HasPrefix(text, "kmsfix: ") || strings.Count(text, "kmsfix:") != 1 || strings.Contains(text, "\n") {
		t.Errorf("the error is not one line that begins with the package: %q", text)
	}
}

// TestPlanNotOurs holds which findings are nothing to us, and that nothing is asked about them.
func TestPlanNotOurs(t *testing.T) {
	tests := []struct {
		reason  string
		finding rule.Finding
		refused bool // or else not applicable
	}{
		{"no event", rule.Finding{Record: scheduled().Record}, false},
		{"no record", rule.Finding{Event: scheduled().Event}, false},
		{"a call that restores", finding("CancelKeyDeletion", `{}`), false},
		{"another service's call of that name", finding("DisableKey", `{}`, func(_ *event.Event, r *event.Record) { r.EventSource = "payment-cryptography.amazonaws.com" }), false},
		{"a call that was denied", finding("DisableKey", `{}`, func(_ *event.Event, r *event.Record) { r.ErrorCode = "AccessDenied" }), true},
	}
	for _, tt := range tests {
		c := newCloud(pending)
		_, err := kmsfix.New(c, nil, nil).Plan(t.Context(), tt.finding)
		if errors.Is(err, remediate.ErrNotApplicable) == tt.refused || (guardOf(err) == remediate.GuardFailedCall) != tt.refused || len(c.calls) > 0 {
			t.Errorf("%s: error %v and calls %q", tt.reason, err, c.calls)
		}
	}
}

// TestPlanAnswers holds what Plan makes of what KMS tells of a key.
func TestPlanAnswers(t *testing.T) {
	tests := []struct {
		reason string
		edit   func(*cloud)
		want   string // part of the summary or of the error
		fails  bool
	}{
		{"a primary with replicas", func(c *cloud) {
			c.meta.MultiRegionConfiguration = &types.MultiRegionConfiguration{
				MultiRegionKeyType: types.MultiRegionKeyTypePrimary, ReplicaKeys: make([]types.MultiRegionKey, 2),
			}
		}, "its replicas (2) are keys of their own", false},
		{"a primary alone", func(c *cloud) {
			c.meta.MultiRegionConfiguration = &types.MultiRegionConfiguration{MultiRegionKeyType: types.MultiRegionKeyTypePrimary}
		}, "It is the primary of a multi-Region key.", false},
		{"a replica", func(c *cloud) {
			c.meta.MultiRegionConfiguration = &types.MultiRegionConfiguration{MultiRegionKeyType: types.MultiRegionKeyTypeReplica}
		}, "It is a replica", false},
		{"a primary that waits", func(c *cloud) { c.meta.KeyState = replicas }, "is to be deleted once its replicas are", false},
		{"another key", func(c *cloud) { c.meta.Arn = aws.String(strings.Replace(keyARN, "0a1b", "ffff", 1)) }, "KMS tells of", true},
		{"no ARN", func(c *cloud) { c.meta.Arn = aws.String("") }, "is not the ARN of a key", true},
		{"no state", func(c *cloud) { c.meta.KeyState = "" }, "does not tell the key's state", true},
		{"a key of AWS", func(c *cloud) { c.meta.KeyManager = types.KeyManagerTypeAws }, "managed by AWS", true},
	}
	for _, tt := range tests {
		c := newCloud(pending)
		tt.edit(c)
		plan, err := kmsfix.New(anyName{c}, nil, nil).Plan(t.Context(), scheduled())
		if tt.fails {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: error %v, want one that says %q", tt.reason, err, tt.want)
			}
		} else if err != nil || !strings.Contains(plan.Summary, tt.want) {
			t.Errorf("%s: plan %v, error %v, want a summary that says %q", tt.reason, plan, err, tt.want)
		}
	}
}

// anyName is a cloud that takes any name for its key's.
type anyName struct{ *cloud }

func (c anyName) DescribeKey(ctx context.Context, in *kms.DescribeKeyInput, opts ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	own := *in
	own.KeyId = c.meta.Arn
	return c.cloud.DescribeKey(ctx, &own, opts...)
}

// TestPlanWindow holds with which waiting period a deletion would be scheduled again.
func TestPlanWindow(t *testing.T) {
	tests := []struct {
		reason            string
		told              int32
		response, request string
		want              string
	}{
		{"KMS tells", 9, `{"pendingWindowInDays":8}`, `{"pendingWindowInDays":7}`, "9"},
		{"the response tells", 0, `{"pendingWindowInDays":8}`, `{"pendingWindowInDays":7}`, "8"},
		{"the request tells", 0, `null`, `{"pendingWindowInDays":7}`, "7"},
		{"as a string", 0, `{}`, `{"pendingWindowInDays":"10"}`, "10"},
		{"nothing tells: the default", 0, `null`, `{}`, "30"},
		{"shorter than KMS takes", 0, `null`, `{"pendingWindowInDays":1}`, "30"},
		{"longer than KMS takes", 0, `null`, `{"pendingWindowInDays":1e9}`, "30"},
		{"no number", 0, `{"pendingWindowInDays":[8]}`, `{"pendingWindowInDays":null}`, "30"},
	}
	for _, tt := range tests {
		c := newCloud(pending)
		c.meta.PendingDeletionWindowInDays = aws.Int32(tt.told)
		f := finding("ScheduleKeyDeletion", tt.request, func(_ *event.Event, r *event.Record) { r.ResponseElements = json.RawMessage(tt.response) })
		plan, err := kmsfix.New(c, nil, nil).Plan(t.Context(), f)
		if err != nil || !strings.HasSuffix(plan.Steps[0].Inverse.Command, " --pending-window-in-days "+tt.want) {
			t.Errorf("%s: plan %v, error %v, want a window of %s days", tt.reason, plan, err, tt.want)
		}
	}
}

// TestPlanWaits holds that a state from before the call is not believed while it can be one.
func TestPlanWaits(t *testing.T) {
	tests := []struct {
		reason string
		age    time.Duration
		lag    int
		want   string
		waited time.Duration
	}{
		{"shown at once", 0, 0, "EnableKey", 0},
		{"shown at the third read", 0, 2, "EnableKey", 4 * time.Second},
		{"shown at the last read", 0, 4, "EnableKey", 8 * time.Second},
		{"not shown: somebody enabled it", 0, 99, "", 8 * time.Second},
		{"long ago", time.Hour, 99, "", 0},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			c := newCloud(disabled)
			for range tt.lag {
				c.lag = append(c.lag, enabled)
			}
			f := finding("DisableKey", `{"keyId":"`+keyARN+`"}`, func(_ *event.Event, r *event.Record) { r.EventTime = begin.Add(-tt.age) })
			plan, err := kmsfix.New(c, nil, nil).Plan(t.Context(), f)
			if err != nil || outline(plan) != tt.want || time.Since(begin) != tt.waited {
				t.Errorf("%s: plan %v, error %v after %s, want %q after %s", tt.reason, plan, err, time.Since(begin), tt.want, tt.waited)
			}
		})
	}
}

// TestPlanStops holds that waiting ends with the context.
func TestPlanStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		f := finding("DisableKey", `{}`, func(_ *event.Event, r *event.Record) { r.EventTime = time.Now() })
		_, err := kmsfix.New(newCloud(enabled), nil, nil).Plan(ctx, f)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, remediate.ErrTemporary) {
			t.Errorf("error %v, want that of the context and no other", err)
		}
	})
}

// TestPlanPolicy holds what is suggested when a key policy is replaced.
func TestPlanPolicy(t *testing.T) {
	const (
		admits  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}]}`
		lockOut = `{"Statement":{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Action":"kms:*","Resource":"*"}}`
	)
	put := func(policy string, ago time.Duration) *event.Record {
		rec := record("PutKeyPolicy", ago)
		text, _ := json.Marshal(map[string]string{"keyId": keyARN, "policy": policy})
		rec.RequestParameters = text
		return rec
	}
	tests := []struct {
		reason  string
		live    string
		denied  bool
		params  string
		history []*event.Record
		want    string // the policy suggested; empty for none
		summary string
	}{
		{"the account still manages it", admits, false, `{}`, nil, "", "nobody is locked out"},
		{"the account as a number", strings.Replace(admits, "arn:aws:iam::123456789012:root", account, 1), false, `{}`, nil, "", "nobody is locked out"},
		{"anybody", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":["kms:Put*"]}]}`, false, `{}`, nil, "", "nobody is locked out"},
		{"locked out, and the former policy is not known", lockOut, false, `{}`, nil, "default", "not known"},
		{"locked out, and the former policy is known", lockOut, false, `{}`, []*event.Record{put(admits, time.Hour)}, admits, "the former one"},
		{"locked out twice", lockOut, false, `{}`, []*event.Record{put(lockOut, time.Hour), put(admits, 2*time.Hour)}, "default", "not known"},
		{"only to look", strings.Replace(admits, "kms:*", "kms:Describe*", 1), false, `{}`, nil, "default", "no longer"},
		{"a refusal", strings.Replace(admits, "Allow", "Deny", 1), false, `{}`, nil, "default", "no longer"},
		{"under a condition", strings.Replace(admits, `"Resource"`, `"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}},"Resource"`, 1), false, `{}`, nil, "default", "no longer"},
		{"a service", `{"Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"kms:*"}]}`, false, `{}`, nil, "default", "no longer"},
		{"we are kept out, and the record tells", "", true, `{"policy":` + quote(lockOut) + `}`, nil, "default", "no longer"},
	}
	for _, tt := range tests {
		c := newCloud(enabled)
		c.policy = tt.live
		if tt.denied {
			c.errs["DescribeKey"], c.errs["GetKeyPolicy"] = apiError("AccessDeniedException"), apiError("AccessDeniedException")
		}
		rem := kmsfix.New(c, c, &kmsfix.Options{History: past{records: tt.history}})
		plan, err := rem.Plan(t.Context(), finding("PutKeyPolicy", tt.params))
		if err != nil || !strings.Contains(plan.Summary, tt.summary) {
			t.Errorf("%s: plan %v, error %v, want a summary that says %q", tt.reason, plan, err, tt.summary)
			continue
		}
		if tt.want == "" {
			if len(plan.Steps) > 0 {
				t.Errorf("%s: %d steps, want none", tt.reason, len(plan.Steps))
			}
			continue
		}
		if outline(plan) != "(PutKeyPolicy)" {
			t.Errorf("%s: steps %q, want one suggestion", tt.reason, outline(plan))
			continue
		}
		var after struct{ Policy string }
		if err := json.Unmarshal(plan.Steps[0].After, &after); err != nil {
			t.Fatal(err)
		}
		if tt.want != "default" && after.Policy != tt.want || !strings.Contains(after.Policy, "arn:aws:iam::123456789012:root") {
			t.Errorf("%s: suggests %s, want %s", tt.reason, after.Policy, tt.want)
		}
		if _, err := rem.Apply(t.Context(), plan); err == nil || len(c.writes()) > 0 {
			t.Errorf("%s: Apply: error %v and writes %q, want only an error", tt.reason, err, c.writes())
		}
	}
}

// TestPlanPolicyUnknown holds that a policy which nobody tells us is an error and not no lock-out.
func TestPlanPolicyUnknown(t *testing.T) {
	c := newCloud(enabled)
	c.errs["GetKeyPolicy"] = apiError("AccessDeniedException")
	if plan, err := kmsfix.New(c, nil, nil).Plan(t.Context(), finding("PutKeyPolicy", `{"omitted":true}`)); !errors.Is(err, remediate.ErrDenied) {
		t.Errorf("plan %v, error %v, want ErrDenied", plan, err)
	}
}

func quote(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}
