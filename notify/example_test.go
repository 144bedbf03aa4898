package notify_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/rule"
)

// A finding becomes a message, and a message a block of text.
func ExampleNewWriter() {
	finding := rule.Finding{
		Rule: &rule.Rule{ID: "4.5", Title: "CloudTrail logging stopped", Severity: rule.Critical},
		Event: &event.Event{
			DetailType: event.DetailTypeAPICall,
			Account:    "123456789012", Region: "eu-west-1",
		},
		Record: &event.Record{
			EventSource: "cloudtrail.amazonaws.com", EventName: "StopLogging",
			EventID:           "11111111-2222-4333-8444-555555555555",
			EventTime:         time.Date(2026, 10, 5, 9, 15, 2, 0, time.UTC),
			SourceIPAddress:   "203.0.113.5",
			UserAgent:         "curl/8\x1b[2J", // whoever calls can write here what he likes
			UserIdentity:      event.UserIdentity{Type: event.IdentityRoot, AccountID: "123456789012"},
			RequestParameters: []byte(`{"name":"main"}`),
		},
	}
	m := notify.NewMessage(finding)
	m.Actions = []notify.Action{{
		Remediator: "trailfix",
		Outcome:    "planned",
		Summary:    "start logging of the trail main",
		Steps: []notify.Change{{
			Action:   "cloudtrail:StartLogging",
			Resource: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main",
			Region:   "eu-west-1",
			Command:  "aws cloudtrail start-logging --name main --region eu-west-1",
			Undo:     "aws cloudtrail stop-logging --name main --region eu-west-1",
		}},
	}}
	if err := notify.NewWriter(os.Stdout, nil).Notify(context.Background(), m); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [CRITICAL] CloudTrail logging stopped: 4.5 in 123456789012/eu-west-1
	// what      cloudtrail:StopLogging
	// where     123456789012/eu-west-1
	// rule      4.5
	// when      2026-10-05 09:15:02 UTC
	// event     11111111-2222-4333-8444-555555555555
	// who       root of 123456789012
	// type      Root
	// from      203.0.113.5
	// agent     curl/8\u001b[2J
	// resource  trail/main
	// request   {"name":"main"}
	//
	// planned by trailfix
	// changed   nothing so far
	// plan      start logging of the trail main
	// step 1    cloudtrail:StartLogging on arn:aws:cloudtrail:eu-west-1:123456789012:trail/main in eu-west-1
	// call      aws cloudtrail start-logging --name main --region eu-west-1
	// undo      aws cloudtrail stop-logging --name main --region eu-west-1
}

// Everybody is told, also when one channel fails.
func ExampleAll() {
	pager := notify.Func(func(context.Context, *notify.Message) error {
		return fmt.Errorf("pager: %w", notify.ErrTemporary)
	})
	chat := notify.Func(func(_ context.Context, m *notify.Message) error {
		fmt.Println("chat:", notify.Headline(m, 150))
		return nil
	})

	m := &notify.Message{RuleID: "4.5", Title: "CloudTrail logging stopped", Severity: rule.Critical, Account: "123456789012", Region: "eu-west-1"}
	err := notify.All(pager, chat).Notify(context.Background(), m)
	fmt.Println("error:", err)
	fmt.Println("try again:", errors.Is(err, notify.ErrTemporary))
	// Output:
	// chat: [CRITICAL] CloudTrail logging stopped: 4.5 in 123456789012/eu-west-1
	// error: pager: temporary failure
	// try again: true
}

func ExampleClean() {
	fmt.Println(notify.Clean("invoice\u202egnp.exe", 80))
	fmt.Println(notify.Clean("one line\nand another", 80))
	fmt.Println(notify.Clean("a name that goes on for longer than anybody reads", 20))
	// Output:
	// invoice\u202egnp.exe
	// one line\nand another
	// a name that go…(+35)
}

// A channel with a limit sends the first form of a message that fits.
func ExampleMessage_Shorter() {
	m := &notify.Message{Title: "CloudTrail logging stopped", Description: "A description of many pages."}
	for s := range m.Shorter() {
		fmt.Printf("description %q, notes %q\n", s.Description, s.Notes)
		if len(s.Description) < 10 {
			break
		}
	}
	// Output:
	// description "A description of many pages.", notes []
	// description "", notes ["shortened to fit: without the description and the references"]
}
