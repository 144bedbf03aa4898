package kmsfix

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

// A History holds CloudTrail records of the past: CloudTrail's event history, which keeps 90 days,
// a store of one's own, or an event data store.
type History interface {
	// Records returns the records of the calls, named as in "kms:DisableKey", that were made in
	// the account and Region no later than the time given, newest first. It may return others
	// too. What it returns must not be changed. An error ends it.
	Records(ctx context.Context, account, region string, calls []string, until time.Time) iter.Seq2[*event.Record, error]
}

// maxRecords bounds how many records of a History are looked at for one key.
const maxRecords = 10_000

// lag is how far CloudTrail's event history can be behind, as its documentation says.
const lag = 15 * time.Minute

// A tristate answers what may be unknown.
type tristate int

const (
	unknown tristate = iota
	yes
	no
)

// A past is what a History tells of a key.
type past struct {
	enabled tristate
	call    string // by which it came to be so
	at      time.Time
}

// tell returns a sentence that names the evidence.
func (p past) tell() string {
	if p.enabled == unknown {
		return ""
	}
	return fmt.Sprintf(" The call %s of %s left it so.", p.call, p.at.UTC().Format(time.RFC3339))
}

// calls are those by which a key comes to be enabled or disabled.
var calls = []string{
	"kms:CancelKeyDeletion", "kms:CreateKey", "kms:DisableKey", "kms:EnableKey", "kms:ReplicateKey", "kms:ScheduleKeyDeletion",
}

// before returns whether the key was enabled before the call of a finding. The latest record of a
// call on the key decides. One of the same second as the call decides nothing: records have whole
// seconds, so which was first is unknown. Nor does one that left the key disabled shortly before: it
// may be part of the same attack, or have been answered by a call that the history lacks as yet.
func (r *Remediator) before(ctx context.Context, f rule.Finding, k key) (past, error) {
	at := f.Record.EventTime
	for rec, err := range r.records(ctx, k, calls, at) {
		if err != nil {
			return past{}, err
		}
		if rec.EventID == f.Record.EventID && rec.EventName == f.Record.EventName {
			continue
		}
		p := past{enabled: leaves(rec), call: rec.EventName, at: rec.EventTime}
		if !rec.EventTime.Before(at) || p.enabled == no && at.Sub(rec.EventTime) < lag {
			p.enabled = unknown
		}
		return p, nil
	}
	return past{}, nil
}

// records returns the records of successful calls on a key, newest first, that History has.
func (r *Remediator) records(ctx context.Context, k key, calls []string, until time.Time) iter.Seq2[*event.Record, error] {
	return func(yield func(*event.Record, error) bool) {
		if r.history == nil {
			return
		}
		n := 0
		for rec, err := range r.history.Records(ctx, k.account, k.region, calls, until) {
			if err != nil {
				yield(nil, fmt.Errorf("the history of %q: %w", k.arn(), err))
				return
			}
			if n++; n > maxRecords {
				return // as unknown as if it were not kept
			}
			if rec != nil && !rec.EventTime.After(until) && about(rec, k) && !yield(rec, nil) {
				return
			}
		}
	}
}

// about reports whether rec is of a successful call on k.
func about(rec *event.Record, k key) bool {
	if rec.EventSource != "kms.amazonaws.com" || rec.Failed() {
		return false
	}
	switch rec.EventName {
	case "CreateKey":
		return textOf(member(rec.ResponseElements, "keyMetadata"), "arn") == k.arn()
	case "ReplicateKey":
		return textOf(member(rec.ResponseElements, "replicaKeyMetadata"), "arn") == k.arn()
	}
	ref, err := referenceOf(rec)
	return err == nil && ref.id == k.id && (ref.key == key{} || ref.key == k)
}

// leaves returns whether a call leaves its key enabled. A deletion that was scheduled and, as far as
// is known, not cancelled since tells nothing.
func leaves(rec *event.Record) tristate {
	switch rec.EventName {
	case "EnableKey":
		return yes
	case "DisableKey", "CancelKeyDeletion":
		return no
	case "CreateKey", "ReplicateKey":
		// A key for imported material is of no use, and not enabled, until the import.
		for _, name := range []string{"keyMetadata", "replicaKeyMetadata"} {
			metadata := member(rec.ResponseElements, name)
			var enabled bool
			if json.Unmarshal(member(metadata, "enabled"), &enabled) == nil && enabled && textOf(metadata, "origin") != "EXTERNAL" {
				return yes
			}
		}
	}
	return unknown
}
