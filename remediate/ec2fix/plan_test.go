package ec2fix_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/ec2fix"
)

var update = flag.Bool("update", false, "write the plans in testdata anew")

// at is when the events of testdata happened: long ago, so that nothing is waited for.
var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newRemediator returns the remediator of the given kind, with a policy as JSON.
func newRemediator(t testing.TB, kind string, c *cloud, policy string) remediate.Remediator {
	t.Helper()
	var (
		r   remediate.Remediator
		err error
	)
	switch kind {
	case "group":
		opts := groupOptions(t, policy)
		opts.Restorer = c
		r, err = ec2fix.NewGroups(c, c, opts)
	case "sharing":
		opts := &ec2fix.SharingOptions{Interval: time.Millisecond}
		readPolicy(t, policy, &opts.Policy)
		r, err = ec2fix.NewSharing(c, c, opts)
	case "network":
		r = ec2fix.NewNetwork(c)
	default:
		t.Fatalf("no remediator %q", kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func groupOptions(t testing.TB, policy string) *ec2fix.GroupOptions {
	opts := &ec2fix.GroupOptions{Interval: time.Millisecond}
	readPolicy(t, policy, &opts.Policy)
	return opts
}

// readPolicy reads a policy from JSON; an empty text is the default.
func readPolicy(t testing.TB, text string, policy any) {
	t.Helper()
	if text == "" {
		return
	}
	if err := json.Unmarshal([]byte(text), policy); err != nil {
		t.Fatal(err)
	}
}

// An archive of testdata holds a record, the cloud that is met, perhaps a policy, and the plan; its
// comment is the reason.
type archive struct {
	path, kind            string
	record, cloud, policy string
	file                  *txtar.Archive
}

func (a *archive) name() string { return strings.TrimSuffix(filepath.Base(a.path), ".txtar") }

func archives(t testing.TB) []*archive {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("testdata: %v, %v", paths, err)
	}
	var list []*archive
	for _, path := range paths {
		file, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a := &archive{path: path, file: file}
		a.kind, _, _ = strings.Cut(filepath.Base(path), "-")
		for _, f := range file.Files {
			switch text := string(f.Data); f.Name {
			case "record.json":
				a.record = text
			case "cloud.json":
				a.cloud = text
			case "policy.json":
				a.policy = text
			case "plan":
			default:
				t.Fatalf("%s: what is %s?", path, f.Name)
			}
		}
		if len(strings.TrimSpace(string(file.Comment))) == 0 {
			t.Errorf("%s: no reason", path)
		}
		list = append(list, a)
	}
	return list
}

// describe returns all that a person sees of a plan, and the calls that were made.
func describe(p *remediate.Plan, err error, calls []call) string {
	var b strings.Builder
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	} else {
		fmt.Fprintln(&b, p)
		for _, s := range p.Steps {
			fmt.Fprintf(&b, "%s\n\t%s\n\tbefore %s\n\tafter %s\n", s.Summary, s.Command, s.Before, s.After)
			fmt.Fprintf(&b, "\tundo: %s\n\t%s\n", s.Inverse.Summary, s.Inverse.Command)
		}
	}
	for _, c := range calls {
		fmt.Fprintf(&b, "called %s\n", c)
	}
	return b.String()
}

// TestPlan holds the plans of testdata, and that they obey the laws of remediators.
func TestPlan(t *testing.T) {
	for _, a := range archives(t) {
		t.Run(a.name(), func(t *testing.T) {
			c := newCloud(t, a.cloud)
			rem := newRemediator(t, a.kind, c, a.policy)
			f := finding(t, at, a.record)
			plan, err := rem.Plan(t.Context(), f)
			got := describe(plan, err, c.calls)
			checkCalls(t, c, rem.Spec().Reads)
			golden(t, a, got)
			if err != nil {
				return
			}
			again, err := rem.Plan(t.Context(), f)
			if err != nil || again.Digest() != plan.Digest() {
				t.Errorf("a second plan is %v, %v", again, err)
			}
			for _, s := range plan.Steps {
				if s.Manual == (a.kind == "network") || a.kind == "sharing" {
					continue
				}
				t.Errorf("step %s: manual %t", s.Action, s.Manual)
			}
		})
	}
}

// checkCalls reports calls that are not among the IAM actions given, or of another Region.
func checkCalls(t *testing.T, c *cloud, actions []string) {
	t.Helper()
	for _, made := range c.calls {
		if !strings.Contains(strings.Join(actions, " ")+" ", "ec2:"+made.Op+" ") || made.Region != region {
			t.Errorf("called %v in %s, want one of %v in %s", made, made.Region, actions, region)
		}
	}
}

// golden compares the plan of an archive, or writes it.
func golden(t *testing.T, a *archive, got string) {
	t.Helper()
	for i, f := range a.file.Files {
		if f.Name != "plan" {
			continue
		}
		if *update {
			a.file.Files[i].Data = []byte(got)
			if err := os.WriteFile(a.path, txtar.Format(a.file), 0o666); err != nil {
				t.Fatal(err)
			}
			return
		}
		if diff := cmp.Diff(string(f.Data), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", strings.TrimSpace(string(a.file.Comment)), diff)
		}
		return
	}
	t.Fatalf("%s: no plan", a.path)
}

// TestNowhere holds that an event that does not say, in a form that can be, where it arose is acted on nowhere.
func TestNowhere(t *testing.T) {
	for _, a := range archives(t) {
		for _, edit := range []func(*event.Event){
			func(e *event.Event) { e.Account = "" },
			func(e *event.Event) { e.Account = "12345678901" },
			func(e *event.Event) { e.Region = "" },
			func(e *event.Event) { e.Region = "--region" },
		} {
			c := newCloud(t, a.cloud)
			f := finding(t, at, a.record)
			edit(f.Event)
			f.Record.RecipientAccountID, f.Record.AWSRegion = f.Event.Account, f.Event.Region
			plan, err := newRemediator(t, a.kind, c, a.policy).Plan(t.Context(), f)
			if err == nil || len(c.calls) > 0 {
				t.Errorf("%s: account %q, Region %q: %v, called %v", a.name(), f.Event.Account, f.Event.Region, plan, c.calls)
			}
		}
	}
}

// TestPolicyJSON holds that a list which allows nothing is not read back as none, which allows everything.
func TestPolicyJSON(t *testing.T) {
	for _, p := range []any{
		&ec2fix.GroupPolicy{AllowGroups: []string{}}, &ec2fix.SharingPolicy{AllowAccounts: []string{}, AllowOrganizations: []string{}},
		&ec2fix.GroupPolicy{}, &ec2fix.SharingPolicy{},
	} {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		back := reflect.New(reflect.TypeOf(p).Elem()).Interface()
		readPolicy(t, string(text), back)
		if !reflect.DeepEqual(p, back) {
			t.Errorf("%+v reads back from %s as %+v", p, text, back)
		}
	}
}

// TestManyPieces holds that the Internet, opened in as many pieces as a record of CloudTrail can
// tell of, is closed again, and that the summary of that stays short.
func TestManyPieces(t *testing.T) {
	const pieces = 400
	c := newCloud(t, "")
	c.wide = true
	var items []map[string]any
	for i := range pieces {
		id, cidr := fmt.Sprintf("sgr-%017x", i), fmt.Sprintf("%d.%d.0.0/16", 20+i/200, i%200)
		items = append(items, map[string]any{
			"securityGroupRuleId": id, "groupId": "sg-0a1b2c3d4e5f60718", "ipProtocol": "tcp", "fromPort": i % 22, "toPort": 65535, "cidrIpv4": cidr,
		})
		c.Rules = append(c.Rules, types.SecurityGroupRule{
			SecurityGroupRuleId: &id, GroupId: aws.String("sg-0a1b2c3d4e5f60718"), GroupOwnerId: aws.String(account), IsEgress: aws.Bool(false),
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(int32(i % 22)), ToPort: aws.Int32(65535), CidrIpv4: &cidr,
		})
	}
	record, err := json.Marshal(map[string]any{
		"eventName": "AuthorizeSecurityGroupIngress", "responseElements": map[string]any{"securityGroupRuleSet": map[string]any{"items": items}},
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := newRemediator(t, "group", c, "").Plan(t.Context(), finding(t, at, string(record)))
	if err != nil || len(plan.Steps) != pieces || len(plan.Summary) > 1000 {
		t.Errorf("%d steps, error %v; want %d", len(plan.Steps), err, pieces)
	}
}
