package trailfix_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

// TestPlanTrail holds which trail an event is about, and that every other one is left alone.
func TestPlanTrail(t *testing.T) {
	where := func(account, region string) func(*event.Event, *event.Record) {
		return func(e *event.Event, r *event.Record) {
			e.Account, r.RecipientAccountID, e.Region, r.AWSRegion = account, account, region, region
			r.UserIdentity.ARN = ""
		}
	}
	caller := func(arn string) func(*event.Event, *event.Record) {
		return func(_ *event.Event, r *event.Record) { r.UserIdentity.ARN = arn }
	}
	tests := []struct {
		name string
		edit []func(*event.Event, *event.Record)

		arn    string // the trail that is to be planned for; if empty, no call may be made
		guard  string // of the refusal; if empty too, the error has no sentinel
		reason string
	}{
		{name: "main", arn: mainARN, reason: "a bare name is of the event's account and Region"},
		{name: mainARN, arn: mainARN, reason: "an ARN names itself"},
		{name: "a.b_c-d", arn: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/a.b_c-d", reason: "every character that names may have"},
		{name: "1.2.3", arn: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/1.2.3", reason: "three numbers are not an address"},
		{name: "HIDDEN_DUE_TO_SECURITY_REASONS", arn: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/HIDDEN_DUE_TO_SECURITY_REASONS",
			reason: "a redacted name cannot be told from a trail of that name; CloudTrail will not find it"},

		// Partitions.
		{name: "main", edit: []func(*event.Event, *event.Record){where("012345678901", "cn-northwest-1")},
			arn: "arn:aws-cn:cloudtrail:cn-northwest-1:012345678901:trail/main", reason: "China, by Region; the account has a leading zero"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "us-gov-west-1")},
			arn: "arn:aws-us-gov:cloudtrail:us-gov-west-1:123456789012:trail/main", reason: "GovCloud"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "us-iso-east-1")},
			arn: "arn:aws-iso:cloudtrail:us-iso-east-1:123456789012:trail/main", reason: "an isolated partition"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "us-isob-east-1")},
			arn: "arn:aws-iso-b:cloudtrail:us-isob-east-1:123456789012:trail/main", reason: "its prefix is not that of us-iso-"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "eu-isoe-west-1")},
			arn: "arn:aws-iso-e:cloudtrail:eu-isoe-west-1:123456789012:trail/main", reason: "an isolated partition"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "us-isof-south-1")},
			arn: "arn:aws-iso-f:cloudtrail:us-isof-south-1:123456789012:trail/main", reason: "an isolated partition"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "eusc-de-east-1")},
			arn: "arn:aws-eusc:cloudtrail:eusc-de-east-1:123456789012:trail/main", reason: "the European Sovereign Cloud"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "xx-new-north-1"), caller("arn:aws-new:iam::123456789012:root")},
			arn: "arn:aws-new:cloudtrail:xx-new-north-1:123456789012:trail/main", reason: "a partition to come is told by the caller's ARN"},
		{name: "main", edit: []func(*event.Event, *event.Record){caller("arn:aws';x:iam::1:root")},
			arn: mainARN, reason: "a caller's ARN that is none does not count"},
		{name: "arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/main", edit: []func(*event.Event, *event.Record){where(account, "cn-north-1")},
			arn: "arn:aws-cn:cloudtrail:cn-north-1:123456789012:trail/main", reason: "an ARN of another partition, in that partition"},

		// Records that lack something.
		{name: "main", edit: []func(*event.Event, *event.Record){func(_ *event.Event, r *event.Record) { r.RecipientAccountID, r.AWSRegion = "", "" }},
			arn: mainARN, reason: "old records name no recipient: the envelope does"},
		{name: "main", edit: []func(*event.Event, *event.Record){where("", region)}, reason: "no account at all"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "")}, reason: "no Region at all"},

		// Trails that are not the event's.
		{name: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main", guard: remediate.GuardScope, reason: "another account's: an organization trail"},
		{name: "arn:aws:cloudtrail:us-east-1:123456789012:trail/main", guard: remediate.GuardScope, reason: "another Region's"},
		{name: "arn:aws-cn:cloudtrail:eu-west-1:123456789012:trail/main", guard: remediate.GuardScope, reason: "another partition's"},
		{name: "main", edit: []func(*event.Event, *event.Record){func(_ *event.Event, r *event.Record) { r.RecipientAccountID = "111122223333" }},
			guard: remediate.GuardScope, reason: "the envelope and the record name two accounts"},
		{name: "main", edit: []func(*event.Event, *event.Record){func(_ *event.Event, r *event.Record) { r.AWSRegion = "us-east-1" }},
			guard: remediate.GuardScope, reason: "the envelope and the record name two Regions"},
		{name: "main", edit: []func(*event.Event, *event.Record){where("12345678901", region)}, reason: "eleven digits are no account"},
		{name: "main", edit: []func(*event.Event, *event.Record){where("12345678901٢", region)}, reason: "a digit of another script is no digit"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "eu-west-1.example.com/#")}, reason: "a Region becomes a host name"},
		{name: "main", edit: []func(*event.Event, *event.Record){where(account, "EU-WEST-1")}, reason: "Regions are in lower case"},

		// Names that no trail has.
		{name: "", reason: "empty"},
		{name: "ab", reason: "shorter than three"},
		{name: strings.Repeat("a", 129), reason: "longer than 128"},
		{name: strings.Repeat("a", 10<<10), reason: "ten kilobytes"},
		{name: "192.168.5.4", reason: "in the form of an address"},
		{name: "999.999.999.999", reason: "in the form of an address, though not one"},
		{name: "my-_namespace", reason: "adjacent separators"},
		{name: "-main", reason: "would be an option on a command line"},
		{name: "main-", reason: "ends in a separator"},
		{name: "main\n", reason: "a newline at the end, which $ must not let pass"},
		{name: "main\nmain", reason: "a newline"},
		{name: "main\x00", reason: "a zero byte"},
		{name: "ma in", reason: "a space"},
		{name: "'; rm -rf / #", reason: "a quote"},
		{name: "$(id)", reason: "a substitution"},
		{name: "../main", reason: "a path"},
		{name: "file:///etc/passwd", reason: "the AWS CLI would read the file"},
		{name: "mäin", reason: "not ASCII"},
		{name: "main\u202eniam", reason: "a direction override"},
		{name: "<script>", reason: "markup"},
		{name: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/../main", reason: "a path in an ARN"},
		{name: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main:x", reason: "a field too many"},
		{name: "arn:aws:cloudtrail:eu-west-1:123456789012:trail", reason: "an ARN without a name"},
		{name: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/", reason: "an ARN with an empty name"},
		{name: "arn:aws:cloudtrail:eu-west-1:123456789012:channel/main", reason: "a channel"},
		{name: "arn:aws:cloudtrail:eu-west-1:123456789012:eventdatastore/EXAMPLE-f852-4e8f-8bd1-bcf6cEXAMPLE", reason: "an event data store"},
		{name: "arn:aws:s3:::example-bucket", reason: "another service"},
		{name: "arn:aws:s3:eu-west-1:123456789012:trail/main", reason: "another service in a trail's form"},
		{name: "arn:aws:cloudtrail:eu-west-1::trail/main", reason: "no account"},
		{name: "arn:aws:cloudtrail::123456789012:trail/main", reason: "no Region"},
		{name: "arn::cloudtrail:eu-west-1:123456789012:trail/main", reason: "no partition"},
		{name: "arn:gcp:cloudtrail:eu-west-1:123456789012:trail/main", reason: "not a partition of AWS"},
		{name: "arn:", reason: "nothing but the prefix"},
		{name: "ARN:aws:cloudtrail:eu-west-1:123456789012:trail/main", reason: "ARNs begin in lower case, and a name has no colon"},
	}
	for _, tt := range tests {
		arn := tt.arn
		if arn == "" {
			arn = mainARN
		}
		c := newCloud(arn, stopped)
		plan, err := trailfix.New(c, nil, nil).Plan(t.Context(), stopLogging(tt.name, stopped, tt.edit...))
		if tt.arn != "" {
			if err != nil {
				t.Errorf("%.80q: %v; %s", tt.name, err, tt.reason)
				continue
			}
			home := strings.Split(tt.arn, ":")[3]
			if got := plan.Steps[0]; got.Resource != tt.arn || got.Region != home {
				t.Errorf("%.80q: planned for %s in %s, want %s in %s; %s", tt.name, got.Resource, got.Region, tt.arn, home, tt.reason)
			}
			want := []call{{"GetTrail", home, tt.arn}, {"GetTrailStatus", home, tt.arn}}
			if diff := cmp.Diff(want, c.calls); diff != "" {
				t.Errorf("%.80q: calls (-want +got); %s:\n%s", tt.name, tt.reason, diff)
			}
			continue
		}
		if plan != nil || err == nil {
			t.Errorf("%.80q: got plan %v, error %v, want only an error; %s", tt.name, plan, err, tt.reason)
			continue
		}
		if len(c.calls) > 0 {
			t.Errorf("%.80q: called %v before the name was refused; %s", tt.name, c.calls, tt.reason)
		}
		if got := guardOf(err); got != tt.guard {
			t.Errorf("%.80q: guard %q (%v), want %q; %s", tt.name, got, err, tt.guard, tt.reason)
		}
		if errors.Is(err, remediate.ErrNotApplicable) {
			t.Errorf("%.80q: %v is reported as not applicable, and so would go unseen; %s", tt.name, err, tt.reason)
		}
		checkText(t, err)
	}
}

func TestPlanParameters(t *testing.T) {
	tests := []struct{ params, want, reason string }{
		{`{"name":"main"}`, "", "the usual form"},
		{`{"name":"main","extra":[1]}`, "", "members to come do not matter"},
		{``, "absent", "no parameters"},
		{`null`, "null", "denied calls have them"},
		{`{}`, "no name", "nothing in them"},
		{`{"Name":"main"}`, "no name", "names are exact"},
		{`{"name":null}`, "name is not a string", "null"},
		{`{"name":7}`, "name is not a string", "a number"},
		{`{"name":["main"]}`, "name is not a string", "a list, though of one"},
		{`{"name":{"content":"main"}}`, "name is not a string", "an object"},
		{`{"name":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, "name is not a string", "deep and long"},
		{`"main"`, "not an object", "a string"},
		{`["main"]`, "not an object", "an array"},
		{`{"name":`, "not an object", "not JSON"},
		{`{"omitted":true,"originalSize":131072,"reason":"requestParameters too large"}`, "CloudTrail left them out", "hidden by size"},
		{`{"omitted":"true","originalSize":"131072"}`, "CloudTrail left them out", "the same in strings"},
	}
	for _, tt := range tests {
		c := newCloud(mainARN, stopped)
		f := stopLogging("", stopped, func(_ *event.Event, r *event.Record) { r.RequestParameters = json.RawMessage(tt.params) })
		_, err := trailfix.New(c, nil, nil).Plan(t.Context(), f)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%.80s: %v; %s", tt.params, err, tt.reason)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "detail.requestParameters: "+tt.want) {
			t.Errorf("%.80s: error %v, want it to say %q; %s", tt.params, err, tt.want, tt.reason)
			continue
		}
		if len(c.calls) > 0 {
			t.Errorf("%.80s: called %v; %s", tt.params, c.calls, tt.reason)
		}
		checkText(t, err)
	}
}

// FuzzPlan holds that whatever the caller of StopLogging wrote, calls are made only in the event's
// own account and Region, and what is planned is safe on a command line.
func FuzzPlan(f *testing.F) {
	f.Add("main", account, region)
	f.Add(mainARN, account, region)
	f.Add("arn:aws:cloudtrail:us-east-1:111122223333:trail/main", "111122223333", "us-east-1")
	f.Add("'\n", "", "")
	f.Fuzz(func(t *testing.T, name, account, region string) {
		var calls []call
		c := newCloud(mainARN, stopped)
		c.onCall = func(made call) {
			calls = append(calls, made)
			c.trail = &types.Trail{TrailARN: aws.String(made.Name), HomeRegion: aws.String(made.Region)}
		}
		finding := stopLogging(name, stopped, func(e *event.Event, r *event.Record) {
			e.Account, r.RecipientAccountID, e.Region, r.AWSRegion = account, account, region, region
		})
		plan, err := trailfix.New(c, c, nil).Plan(t.Context(), finding)
		for _, made := range calls {
			if made.Region != region || !strings.HasPrefix(made.Name, "arn:aws:cloudtrail:"+region+":"+account+":trail/") {
				t.Errorf("name %q, account %q, region %q: called %v", name, account, region, made)
			}
		}
		if (err == nil) != (len(calls) == 2) {
			t.Errorf("name %q: error %v after the calls %v", name, err, calls)
		}
		if err != nil {
			return
		}
		step := plan.Steps[0]
		if len(step.Resource) > 250 || strings.ContainsAny(step.Command, "'\"\\$`;&|<>\n\t*?[#~!(){}") {
			t.Errorf("name %q: command %q", name, step.Command)
		}
		if _, err := trailfix.New(c, c, nil).Apply(t.Context(), plan); err != nil {
			t.Errorf("name %q: Apply does not take what Plan made: %v", name, err)
		}
	})
}
