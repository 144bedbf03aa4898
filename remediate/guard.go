package remediate

import (
	"cmp"
	"fmt"
	"strings"
	"time"

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
	GuardBudget     = "budget"      // too many plans were applied within the window, or for one rule
	GuardException  = "exception"   // somebody said, until a day and for a reason, to leave it as it is
	GuardActor      = "actor"       // the change is of an actor who is not to be fought
	GuardRisk       = "risk"        // the remediator's risk is above what may be taken without asking
	GuardHops       = "hops"        // one action changed one resource too often: a loop, or a quarrel
	GuardApproval   = "approval"    // the plan was not approved, or the approval is not good for it
)

// guardCall returns why there is nothing to answer in f; nil if there is.
func guardCall(f rule.Finding, self Self) *Refusal {
	rec := f.Record
	switch {
	case f.Event == nil || rec == nil:
		return &Refusal{GuardRecord, "the event carries no CloudTrail record that could be read, so there is no call to answer"}
	case rec.Failed():
		return &Refusal{GuardFailedCall, fmt.Sprintf("the call failed (%q), so it changed nothing", cmp.Or(rec.ErrorCode, rec.ErrorMessage))}
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
	return guardScope(p, e.Account, e.Region)
}

// guardScope returns why p leaves the account and the Region; nil if it does not, as far as ARNs tell.
func guardScope(p *Plan, account, region string) *Refusal {
	for _, s := range p.Steps {
		owner, ok := arnAccount(s.Resource)
		switch {
		case !ok:
			return &Refusal{GuardScope, fmt.Sprintf("%q is not an ARN, so whose it is cannot be told", s.Resource)}
		case owner != "" && owner != account:
			return &Refusal{GuardScope, fmt.Sprintf("%q is not in the event's account %q", s.Resource, account)}
		case s.Region != region:
			return &Refusal{GuardScope, fmt.Sprintf("%s would be called in Region %q and the event is of %q", s.Action, s.Region, region)}
		}
	}
	return nil
}

// guardRisk returns why what r does may not be done without asking; nil if it may.
func guardRisk(risk, limit Risk) *Refusal {
	if risk > Unrated && risk <= limit {
		return nil
	}
	return &Refusal{GuardRisk, fmt.Sprintf("the remediator's risk is %s, and more than %s needs a person's approval", risk, limit)}
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
