package cis_test

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

// The examples stand for real events, so they must be whole and agree with themselves. They must
// also be nobody's.
func TestExampleEvents(t *testing.T) {
	seen := make(map[string]string) // of an id: the example that has it
	for name, c := range controls(t) {
		for i, x := range c.Examples {
			t.Run(name+"/"+x.Reason, func(t *testing.T) {
				e, err := event.Parse(x.Event)
				if err != nil {
					t.Fatal(err)
				}
				if other, ok := seen[e.ID]; ok {
					t.Errorf("examples[%d] has the id of %s", i, other)
				}
				seen[e.ID] = name + ": " + x.Reason
				if e.Version != "0" || e.Account != "123456789012" || e.Region == "" || e.Time.IsZero() {
					t.Errorf("envelope of version %q in %q, %q at %s", e.Version, e.Account, e.Region, e.Time)
				}
				switch {
				case !strings.HasSuffix(e.DetailType, " via CloudTrail"), e.DetailType == event.DetailTypeInsight:
					// not a record of a call
				case !strings.HasPrefix(e.Source, "aws."):
					if x.Match {
						t.Errorf("the pattern takes an event of %s for CloudTrail's", e.Source)
					}
				default:
					testRecord(t, c.Entry, x, e)
				}
			})
		}
	}
}

// bodyDate is a date in the body of a call: when something was made or will end, so not before the
// call.
var bodyDate = regexp.MustCompile(`[A-Z][a-z]{2} \d+, \d{4},? \d+:\d\d:\d\d [AP]M`)

func testRecord(t *testing.T, c rule.Entry, x rule.Example, e *event.Event) {
	r, err := e.CloudTrail()
	if err != nil {
		t.Fatal(err)
	}
	service, _, _ := strings.Cut(r.EventSource, ".")
	if e.Source != "aws."+service {
		t.Errorf("source %s, eventSource %s", e.Source, r.EventSource)
	}
	if !r.EventTime.Equal(e.Time) || r.AWSRegion != e.Region || r.RecipientAccountID != e.Account {
		t.Errorf("record of %s in %s, %s; envelope of %s in %s, %s",
			r.EventTime, r.AWSRegion, r.RecipientAccountID, e.Time, e.Region, e.Account)
	}
	if r.EventID == "" || r.EventName == "" || r.EventType == "" || r.UserAgent == "" || r.SourceIPAddress == "" {
		t.Errorf("record %q is not whole", r.EventID)
	}
	for _, date := range bodyDate.FindAllString(string(x.Event), -1) {
		at, err := time.Parse("Jan 2 2006 3:04:05 PM", strings.ReplaceAll(date, ",", ""))
		if err != nil || at.Before(r.EventTime.Add(-time.Minute)) {
			t.Errorf("the body is of %s, the record of %s: %v", date, r.EventTime, err)
		}
	}
	if addr, err := netip.ParseAddr(r.SourceIPAddress); err == nil && !reserved(addr) {
		t.Errorf("the address %s may be somebody's", addr)
	}
	// EventBridge offers read-only management events to rules in one state only.
	if x.Match && r.ReadOnly != nil && *r.ReadOnly && c.State != rule.EnabledAll {
		t.Errorf("must match a read-only event, and in state %s is never offered one", c.State)
	}
}

// reserved reports whether addr is of RFC 5737 or RFC 1918.
func reserved(addr netip.Addr) bool {
	for _, block := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"} {
		if netip.MustParsePrefix(block).Contains(addr) {
			return true
		}
	}
	return addr.IsPrivate()
}
