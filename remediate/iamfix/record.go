package iamfix

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/awsplace"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A scope is where an event arose, and where alone it is answered.
type scope struct{ account, region string }

// admit returns the scope of a finding that is of one of the calls, and that changed something.
func admit(f rule.Finding, calls []string) (scope, error) {
	e, rec := f.Event, f.Record
	if e == nil || rec == nil || !slices.Contains(calls, rec.Call()) {
		return scope{}, fmt.Errorf("%w: not a record of %s", remediate.ErrNotApplicable, strings.Join(calls, ", "))
	}
	s := scope{cmp.Or(rec.RecipientAccountID, e.Account), cmp.Or(rec.AWSRegion, e.Region)}
	switch {
	case rec.Failed():
		return scope{}, refuse(remediate.GuardFailedCall, "the call failed, so nothing was changed")
	case s.account != e.Account:
		return scope{}, refuse(remediate.GuardScope, "the record is of account %.20q and the event of %.20q", s.account, e.Account)
	case s.region != e.Region:
		return scope{}, refuse(remediate.GuardScope, "the record is of Region %.40q and the event of %.40q", s.region, e.Region)
	case !awsplace.IsAccount(s.account) || !awsplace.IsRegion(s.region):
		return scope{}, refuse(remediate.GuardScope, "the event's account %.20q and Region %.40q are not such", s.account, s.region)
	}
	return s, nil
}

// userOf returns the name of the user that a call is about: it may be left out of a call that somebody
// makes for himself, and root has none.
func userOf(rec *event.Record, inResponse string) (string, error) {
	name := cmp.Or(textOf(member(rec.ResponseElements, inResponse), "userName"), textOf(rec.RequestParameters, "userName"))
	if name != "" {
		return name, nil
	}
	if event.Omitted(rec.RequestParameters) || member(rec.RequestParameters, "userName") != nil {
		return "", fmt.Errorf("detail.requestParameters: the user is unknown")
	}
	switch id := &rec.UserIdentity; id.Type {
	case event.IdentityRoot:
		return "", refuse(GuardProtected, "the call is about root, which nobody else can change")
	case event.IdentityIAMUser:
		if e, err := parseARN(id.ARN); err == nil && e.kind == kindUser {
			return e.name, nil
		}
	}
	return "", fmt.Errorf("the record does not tell which user it is about")
}

// member returns a member of an object; nil if there is none or it is null. Names are exact, which a
// struct's are not.
func member(object json.RawMessage, name string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil || string(members[name]) == "null" {
		return nil
	}
	return members[name]
}

// textOf returns a member of an object that is a string; empty if there is none.
func textOf(object json.RawMessage, name string) string {
	var text string
	if json.Unmarshal(member(object, name), &text) != nil {
		return ""
	}
	return text
}
