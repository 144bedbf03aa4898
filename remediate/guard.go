package remediate

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/countertrail/countertrail/internal/panics"
	"github.com/countertrail/countertrail/rule"
)

// The guards, by the names that a [Refusal] carries.
const (
	GuardRecord     = "record"      // the event carries no CloudTrail record that could be read
	GuardFailedCall = "failed-call" // the call was refused or failed: nothing changed
	GuardReadOnly   = "read-only"   // the call changes nothing
	GuardReplay     = "replay"      // the event was sent again from an archive
	GuardSelf       = "self"        // the change is our own
	GuardAge        = "age"         // the event is too old, of the future, or does not say when it was
	GuardScope      = "scope"       // the plan leaves the event's account or Region, as far as ARNs tell
	GuardDuplicate  = "duplicate"   // the event was acted on before, or is being acted on
	GuardBudget     = "budget"      // too many plans were applied within the window
)

// guardCall returns why there is nothing to answer in f; nil if there is.
func guardCall(f rule.Finding, self Self) *Refusal {
	rec := f.Record
	switch {
	case f.Event == nil || rec == nil:
		return &Refusal{GuardRecord, "the event carries no CloudTrail record that could be read, so there is no call to answer"}
	case rec.Failed():
		why := rec.ErrorCode
		if why == "" {
			why = rec.ErrorMessage
		}
		return &Refusal{GuardFailedCall, fmt.Sprintf("the call failed (%q), so it changed nothing", why)}
	case rec.ReadOnly != nil && *rec.ReadOnly:
		return &Refusal{GuardReadOnly, "the call is read-only, so it changed nothing"}
	case self.Made(rec):
		return &Refusal{GuardSelf, "the change is our own"}
	}
	return nil
}

// maxSkew is how far ahead of our clock an event may be: as far as AWS lets the clock of one who
// signs a request be off.
const maxSkew = 5 * time.Minute

// guardPlan returns why p must not be applied at the time now on account of f, which guardCall
// let pass; nil if it may.
func guardPlan(p *Plan, f rule.Finding, maxAge time.Duration, now time.Time) *Refusal {
	rec, e := f.Record, f.Event
	if e.IsReplay() {
		return &Refusal{GuardReplay, fmt.Sprintf("the event was sent again by the replay %q", e.ReplayName)}
	}
	at := rec.EventTime
	if at.IsZero() {
		at = e.Time
	}
	if at.IsZero() {
		return &Refusal{GuardAge, "the event does not say when it happened"}
	}
	switch age := now.Sub(at); {
	case age > maxAge:
		return &Refusal{GuardAge, fmt.Sprintf("the event is %s old, more than %s", age.Round(time.Second), maxAge)}
	case age < -maxSkew:
		return &Refusal{GuardAge, fmt.Sprintf("the event is of %s, which is yet to come", at.UTC().Format(time.RFC3339))}
	}
	if e.Account == "" {
		return &Refusal{GuardScope, "the event does not say in which account it arose"}
	}
	if r := rec.RecipientAccountID; r != "" && r != e.Account {
		return &Refusal{GuardScope, fmt.Sprintf("the event is of account %q and its record of account %q", e.Account, r)}
	}
	if r := rec.AWSRegion; r != "" && r != e.Region {
		return &Refusal{GuardScope, fmt.Sprintf("the event is of Region %q and its record of Region %q", e.Region, r)}
	}
	for _, s := range p.Steps {
		account, ok := arnAccount(s.Resource)
		switch {
		case !ok:
			return &Refusal{GuardScope, fmt.Sprintf("%q is not an ARN, so whose it is cannot be told", s.Resource)}
		case account != "" && account != e.Account:
			return &Refusal{GuardScope, fmt.Sprintf("%q is not in the event's account %q", s.Resource, e.Account)}
		case s.Region != e.Region:
			return &Refusal{GuardScope, fmt.Sprintf("%s would be called in Region %q and the event is of %q", s.Action, s.Region, e.Region)}
		}
	}
	return nil
}

// arnAccount returns the account field of an ARN. It is empty for some services, S3 among them: that
// a bucket is the event's account's is for the call to say, as ExpectedBucketOwner does.
func arnAccount(arn string) (account string, ok bool) {
	fields := strings.SplitN(arn, ":", 6)
	if len(fields) != 6 || fields[0] != "arn" {
		return "", false
	}
	return fields[4], true
}

// A claimKey names one event's claim on one remediator. The account belongs to it: copies of one
// action that reach two accounts have event ids of their own, and forged ones must not collide.
type claimKey struct{ account, event, remediator string }

// keyOf returns the key of f, which guardCall let pass. The event's id is taken from the record: a
// plan is the remediator's word. A record that corrects another stands for the same call.
func keyOf(f rule.Finding, remediator string) claimKey {
	id := f.Record.EventID
	if a := f.Record.Addendum; a != nil && a.OriginalEventID != "" {
		id = a.OriginalEventID
	}
	return claimKey{account: f.Event.Account, event: id, remediator: remediator}
}

// A claim says that an event was acted on, or is being acted on.
type claim struct {
	at      time.Time
	receipt *Receipt // of the attempt; nil until it is over
}

// maxClaims bounds the memory of claims at about 20 MB, most of it receipts. Reaching it takes as
// many applied plans within MaxAge, which the default budget keeps below 300.
const maxClaims = 10_000

// claimed returns the claim that is held under key.
func (e *Engine) claimed(key claimKey) (claim, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c, ok := e.claims[key]
	return c, ok && !e.expired(c, wallClock())
}

// expired reports whether c is no longer needed: a claim must outlive the time in which guardPlan
// lets its event pass.
func (e *Engine) expired(c claim, now time.Time) bool { return now.Sub(c.at) > e.opts.MaxAge+maxSkew }

// wallClock returns the time by the wall clock, as the age of events: the monotonic one may stand
// still while a Lambda function is frozen.
func wallClock() time.Time { return time.Now().Round(0) }

// claim takes the claim and a unit of the budget, or says why it may not; if the event was acted
// on before, with the receipt of that. An event without an id cannot be told from its own
// duplicate, so it is refused too.
func (e *Engine) claim(key claimKey) (earlier *Receipt, _ *Refusal) {
	if key.event == "" {
		return nil, &Refusal{GuardDuplicate, "the event has no id, so a duplicate could not be told"}
	}
	now := wallClock()
	e.mu.Lock()
	defer e.mu.Unlock()
	if c, ok := e.claims[key]; ok && !e.expired(c, now) {
		return c.receipt, &Refusal{GuardDuplicate, fmt.Sprintf("the event was acted on at %s", c.at.UTC().Format(time.RFC3339))}
	}
	for len(e.applied) > 0 && now.Sub(e.applied[0]) > e.opts.Window {
		e.applied = e.applied[1:]
	}
	if len(e.applied) >= e.opts.Budget {
		return nil, &Refusal{GuardBudget, fmt.Sprintf("%d plans were applied within %s", len(e.applied), e.opts.Window)}
	}
	if len(e.claims) >= maxClaims {
		maps.DeleteFunc(e.claims, func(_ claimKey, c claim) bool { return e.expired(c, now) })
		if len(e.claims) >= maxClaims {
			return nil, &Refusal{GuardDuplicate, "too many claims are held to tell duplicates"}
		}
	}
	e.claims[key] = claim{at: now}
	e.applied = append(e.applied, now)
	return nil, nil
}

// settle ends the attempt that holds the claim. One that failed and changed nothing gives it back.
// The unit of the budget stays spent: an attempt that fails again and again must run into the
// budget.
func (e *Engine) settle(key claimKey, receipt *Receipt, err error) {
	var panicked *panics.Error
	unchanged := err != nil && !receipt.Changed() && !errors.As(err, &panicked)
	e.mu.Lock()
	defer e.mu.Unlock()
	if unchanged {
		delete(e.claims, key)
		return
	}
	e.claims[key] = claim{at: e.claims[key].at, receipt: receipt}
}
