package configfix

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

// A History holds CloudTrail records of the past: CloudTrail's event history, which keeps 90 days,
// a store of one's own, or an event data store.
type History interface {
	// Records returns the records of the calls, named as in "config:PutDeliveryChannel", that were
	// made in the account and Region no later than the time given, newest first. It may return
	// others too. What it returns must not be changed. An error ends it.
	Records(ctx context.Context, account, region string, calls []string, until time.Time) iter.Seq2[*event.Record, error]
}

// maxRecords bounds how many records of a History are looked at for one answer.
const maxRecords = 10_000

// sameAct is how far apart two calls may be and yet be taken for parts of one act.
const sameAct = time.Hour

// A former is a channel or a recorder of the past.
type former[T any] struct {
	value  T
	known  bool
	recent bool // put so shortly before the call that was to break it that it may be part of the act
	call   string
	at     time.Time
}

// tell returns a sentence that names the evidence.
func (f former[T]) tell() string {
	if !f.known {
		return ""
	}
	text := fmt.Sprintf(" It is as the call %s of %s put it.", f.call, f.at.UTC().Format(time.RFC3339))
	if f.recent {
		text += " That is so recent that it may be part of the attack: look at it first."
	}
	return text
}

// A kind is what there is to know about the history of channels, or of recorders.
type kind[T any] struct {
	put, remove string // event names
	read        func(*event.Record) (T, error)
	name        func(T) string
}

var (
	channels  = kind[channel]{"PutDeliveryChannel", "DeleteDeliveryChannel", channelOf, func(c channel) string { return c.Name }}
	recorders = kind[recorder]{"PutConfigurationRecorder", "DeleteConfigurationRecorder", recorderOf, func(r recorder) string { return r.Name }}
)

// formerOf returns what was there before the call of a finding: what the latest call put that was
// made no later than the time given and is not the finding's own. Only one by the name counts, if that
// is not empty. A removal since then leaves it unknown, but for the finding's own and later ones, which
// are what is to be repaired.
func formerOf[T any](ctx context.Context, h History, k kind[T], p place, f rule.Finding, name string, until time.Time) (former[T], error) {
	if h == nil {
		return former[T]{}, nil
	}
	n := 0
	for rec, err := range h.Records(ctx, p.account, p.region, []string{"config:" + k.put, "config:" + k.remove}, until) {
		if err != nil {
			return former[T]{}, fmt.Errorf("the history of AWS Config: %w", err)
		}
		if n++; n > maxRecords {
			break // as unknown as if it were not kept
		}
		if rec == nil || rec.EventSource != eventSource || rec.Failed() || rec.EventTime.After(until) || isCall(rec, f.Record) {
			continue
		}
		switch rec.EventName {
		case k.remove:
			if rec.EventTime.Before(f.Record.EventTime) {
				return former[T]{}, nil
			}
		case k.put:
			v, err := k.read(rec)
			if err != nil || name != "" && k.name(v) != name {
				return former[T]{}, nil
			}
			age := f.Record.EventTime.Sub(rec.EventTime)
			return former[T]{value: v, known: true, recent: age < sameAct, call: rec.EventName, at: rec.EventTime}, nil
		}
	}
	return former[T]{}, nil
}

// isCall reports whether two records are of the same call. CloudTrail may write one twice.
func isCall(a, b *event.Record) bool { return a.EventID != "" && a.EventID == b.EventID }
