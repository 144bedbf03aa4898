package remediate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

const (
	trailARN = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"
	aliceARN = "arn:aws:iam::123456789012:user/alice"
	roleARN  = "arn:aws:iam::123456789012:role/ops/break-glass"
)

// parsed returns a finding on a StopLogging of now by alice or, if it is not empty, by a session of the
// role, read from the event's text.
func parsed(t *testing.T, role string) rule.Finding {
	t.Helper()
	identity := `{"type":"IAMUser","arn":"` + aliceARN + `"}`
	if role != "" {
		identity = `{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/x/y","sessionContext":{"sessionIssuer":{"type":"Role","arn":"` + role + `"}}}`
	}
	now := time.Now().UTC().Format(time.RFC3339)
	e, err := event.Parse(fmt.Appendf(nil, `{"version":"0","id":"e","detail-type":"AWS API Call via CloudTrail","source":"aws.cloudtrail",
		"account":"123456789012","region":"eu-west-1","resources":[],"time":%q,"detail":{"eventVersion":"1.11","eventTime":%q,"awsRegion":"eu-west-1",
		"eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","eventID":"event-id","recipientAccountId":"123456789012",
		"userIdentity":%s,"requestParameters":{"name":"main"},"responseElements":null}}`, now, now, identity))
	if err != nil {
		t.Fatal(err)
	}
	rec, err := e.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "4.5"}, Event: e, Record: rec}
}

// tagger is a fake that reads tags.
type tagger struct {
	fake
	tags map[string]string
	err  error
}

func (g *tagger) Tags(_ context.Context, s remediate.Step) (map[string]string, error) {
	if s.Resource != trailARN {
		panic(s.Resource)
	}
	return g.tags, g.err
}

func noSteps(f rule.Finding) (*remediate.Plan, error) { return planFor(f, 0), nil }

func TestExceptions(t *testing.T) {
	tomorrow := time.Now().Add(24 * time.Hour)
	exception := func(edit func(*remediate.Exception)) remediate.Exception {
		x := remediate.Exception{Owner: "ops", Reason: "a test", Expires: tomorrow}
		edit(&x)
		return x
	}
	tests := []struct {
		reason    string
		exception remediate.Exception
		holds     bool
		note      string // part of the note; empty: none
		early     bool   // holds before anything is read
		tags      map[string]string
		tagErr    error
	}{
		{reason: "the pattern matches", early: true, holds: true, exception: exception(func(x *remediate.Exception) {
			x.Pattern = pattern.MustCompile(`{"detail":{"requestParameters":{"name":["main"]}}}`)
		})},
		{reason: "the pattern does not match", exception: exception(func(x *remediate.Exception) {
			x.Pattern = pattern.MustCompile(`{"detail":{"requestParameters":{"name":["other"]}}}`)
		})},
		{reason: "the caller", early: true, holds: true, exception: exception(func(x *remediate.Exception) { x.Principals = []string{"x", aliceARN} })},
		{reason: "another caller", exception: exception(func(x *remediate.Exception) { x.Principals = []string{aliceARN + "2", "*x", ""} })},
		{reason: "callers that begin like this one", early: true, holds: true, exception: exception(func(x *remediate.Exception) {
			x.Principals = []string{"arn:aws:iam::123456789012:user/*"}
		})},
		{reason: "one criterion of two", exception: exception(func(x *remediate.Exception) {
			x.Principals = []string{aliceARN}
			x.Pattern = pattern.MustCompile(`{"source":["other"]}`)
		})},
		{reason: "the resource", holds: true, exception: exception(func(x *remediate.Exception) { x.Resources = []string{trailARN} })},
		{reason: "another resource", exception: exception(func(x *remediate.Exception) { x.Resources = []string{trailARN + "2"} })},
		{reason: "the tag", holds: true, tags: map[string]string{"keep": "as-is", "a": "b"},
			exception: exception(func(x *remediate.Exception) { x.Tags = map[string]string{"keep": "as-is"} })},
		{reason: "a tag of any value", holds: true, tags: map[string]string{"keep": ""},
			exception: exception(func(x *remediate.Exception) { x.Tags = map[string]string{"keep": "*"} })},
		{reason: "another value", tags: map[string]string{"keep": "no"},
			exception: exception(func(x *remediate.Exception) { x.Tags = map[string]string{"keep": "as-is"} })},
		{reason: "no tags", exception: exception(func(x *remediate.Exception) { x.Tags = map[string]string{"keep": "*"} })},
		{reason: "tags that cannot be read", holds: true, tagErr: errors.New("odd"),
			exception: exception(func(x *remediate.Exception) { x.Tags = map[string]string{"keep": "as-is"} })},
		{reason: "tags that cannot be read, of a resource that it is not for", tagErr: errors.New("odd"),
			exception: exception(func(x *remediate.Exception) {
				x.Tags, x.Resources = map[string]string{"keep": "as-is"}, []string{trailARN + "2"}
			})},
		{reason: "expired", note: `an exception of "ops" has expired at `, exception: exception(func(x *remediate.Exception) {
			x.Principals, x.Expires = []string{aliceARN}, time.Now().Add(-time.Second)
		})},
		{reason: "expired, for a resource", note: `and was ignored: "a test"`, exception: exception(func(x *remediate.Exception) {
			x.Resources, x.Expires = []string{trailARN}, time.Now().Add(-time.Second)
		})},
		{reason: "expired, and not for this", exception: exception(func(x *remediate.Exception) {
			x.Principals, x.Expires = []string{roleARN}, time.Now().Add(-time.Second)
		})},
	}
	for _, tt := range tests {
		for _, mode := range []remediate.Mode{remediate.Observe, remediate.Enforce} {
			r := &tagger{tags: tt.tags, err: tt.tagErr}
			opts := &remediate.Options{Mode: mode, Exceptions: []remediate.Exception{tt.exception}}
			res := remediate.NewEngine(opts).Run(t.Context(), r, parsed(t, ""))
			want := remediate.Applied
			switch {
			case tt.early || tt.holds && mode == remediate.Enforce:
				want = remediate.Refused
			case mode == remediate.Observe:
				want = remediate.Planned
			}
			if res.Outcome != want || (res.Guard == remediate.GuardException) != tt.holds || tt.holds && !strings.Contains(res.Reason, `an exception of "ops"`) {
				t.Errorf("%s, in mode %s: %s by guard %q: %s; want %s", tt.reason, mode, res.Outcome, res.Guard, res.Reason, want)
			}
			if tt.early && r.plans.Load() > 0 {
				t.Errorf("%s, in mode %s: planned", tt.reason, mode)
			}
			if notes := strings.Join(res.Notes, "\n"); !strings.Contains(notes, tt.note) || (notes == "") != (tt.note == "") || len(res.Notes) > 1 {
				t.Errorf("%s, in mode %s: notes %q, want %q", tt.reason, mode, res.Notes, tt.note)
			}
		}
	}

	// A pattern that cannot be answered, since there is no event's text, counts as holding.
	unanswered := exception(func(x *remediate.Exception) { x.Pattern = pattern.MustCompile(`{"source":["other"]}`) })
	if res := enforcing(&remediate.Options{Exceptions: []remediate.Exception{unanswered}}).Run(t.Context(), &fake{}, finding()); res.Guard != remediate.GuardException {
		t.Errorf("a pattern that cannot be answered: %s by guard %q", res.Outcome, res.Guard)
	}

	// One that reads no tags cannot tell.
	x := exception(func(x *remediate.Exception) { x.Tags = map[string]string{"keep": "*"} })
	res := enforcing(&remediate.Options{Exceptions: []remediate.Exception{x}}).Run(t.Context(), &fake{}, parsed(t, ""))
	if res.Guard != remediate.GuardException || !strings.Contains(res.Reason, "reads no tags") {
		t.Errorf("a remediator that reads no tags: %s: %s", res.Outcome, res.Reason)
	}
}

func TestExceptionJSON(t *testing.T) {
	const text = `{"pattern":{"source":["aws.cloudtrail"]},"principals":["a"],"tags":{"k":"v"},"owner":"ops","reason":"r","expires":"2026-03-01T00:00:00Z"}`
	var x remediate.Exception
	err := json.Unmarshal([]byte(strings.Replace(text, `{"source":["aws.cloudtrail"]}`, `"{\"source\":[\"aws.cloudtrail\"]}"`, 1)), &x)
	if err != nil || x.Pattern.String() != `{"source":["aws.cloudtrail"]}` || x.Owner != "ops" || x.Expires.IsZero() {
		t.Errorf("read %+v, error %v", x, err)
	}
}

// TestActors holds that what some actors did is planned and not fought.
func TestActors(t *testing.T) {
	glass := remediate.Actor{Name: "break-glass", Pattern: pattern.MustCompile(
		`{"detail":{"userIdentity":{"sessionContext":{"sessionIssuer":{"arn":["` + roleARN + `"]}}}}}`)}
	for _, mode := range []remediate.Mode{remediate.Observe, remediate.Approve, remediate.Enforce} {
		engine := remediate.NewEngine(&remediate.Options{Mode: mode, Actors: []remediate.Actor{remediate.CloudFormation(), glass}})
		r := &fake{}
		res := engine.Run(t.Context(), r, parsed(t, roleARN))
		if res.Outcome != remediate.Suggested || res.Guard != remediate.GuardActor || !strings.Contains(res.Reason, `"break-glass"`) ||
			res.Plan == nil || r.applies.Load() > 0 {
			t.Errorf("mode %s: %s by guard %q: %s", mode, res.Outcome, res.Guard, res.Reason)
		}
		if res := engine.Run(t.Context(), r, parsed(t, roleARN+"2")); res.Outcome == remediate.Suggested {
			t.Errorf("mode %s, another role: %s: %s", mode, res.Outcome, res.Reason)
		}
	}
	e := []byte(`{"detail":{"userIdentity":{"type":"IAMUser","invokedBy":"cloudformation.amazonaws.com"}}}`)
	if ok, err := remediate.CloudFormation().Pattern.Match(e); !ok || err != nil {
		t.Errorf("CloudFormation: %t, %v", ok, err)
	}
}
