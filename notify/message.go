package notify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

// NewMessage returns the message about f, without actions: those are for the caller to add. It takes
// any finding, also one on an event that carries no CloudTrail record.
func NewMessage(f rule.Finding) *Message {
	m := new(Message)
	if r := f.Rule; r != nil {
		m.RuleID, m.Title, m.Description, m.Severity = r.ID, r.Title, r.Description, f.Severity()
		m.References = slices.Clone(r.References)
	}
	if e := f.Event; e != nil {
		m.Call, m.EventID, m.Replay = e.DetailType, e.ID, e.ReplayName
		m.Time, m.Account, m.Region = e.Time, e.Account, e.Region
	}
	if f.Record != nil {
		m.addRecord(f.Record)
	}
	m.addResources(f)
	m.Key = key(m, f.Event)
	return m
}

// addRecord says what rec tells of the call and of who made it. Account and Region are those of the
// event, if it has them.
func (m *Message) addRecord(rec *event.Record) {
	m.Call = cmp.Or(rec.Call(), m.Call)
	m.EventID = cmp.Or(rec.EventID, m.EventID)
	if !rec.EventTime.IsZero() {
		m.Time = rec.EventTime
	}
	m.Account = cmp.Or(m.Account, rec.RecipientAccountID)
	m.Region = cmp.Or(m.Region, rec.AWSRegion)
	m.Failed = rec.Failed()
	m.Error = rec.ErrorCode
	if rec.ErrorMessage != "" {
		m.Error = rec.ErrorMessage
		if rec.ErrorCode != "" {
			m.Error = rec.ErrorCode + ": " + rec.ErrorMessage
		}
	}
	m.Actor = newActor(rec)
	m.Request = request(rec)

	if event.Omitted(rec.RequestParameters) {
		m.note("CloudTrail left the request parameters out of the record because of their size, so the event does not say what was asked for")
	}
	if a := rec.Addendum; a != nil {
		m.note("the record was delivered late, or corrects an earlier one (%s)", cmp.Or(a.Reason, "no reason given"))
	}
}

// maxRequest is how many runes of a request are kept. Most requests have fewer than a thousand; a
// policy document can have 20,000.
const maxRequest = 2048

// request returns the request parameters of rec for people, or nothing if there are none, or if
// they are not known to be free of secrets.
func request(rec *event.Record) string {
	service, _, _ := strings.Cut(rec.Call(), ":")
	if _, ok := bodies[service]; !ok || event.Omitted(rec.RequestParameters) {
		return ""
	}
	var b bytes.Buffer
	if json.Compact(&b, rec.RequestParameters) != nil || b.String() == "null" {
		return ""
	}
	return clip(b.String(), maxRequest)
}

func (m *Message) note(format string, args ...any) {
	m.Notes = append(m.Notes, fmt.Sprintf(format, args...))
}

// key returns what stays the same when the event of m is delivered again: the rule, the account and
// CloudTrail's id. Each is written with its length, so that two findings cannot be made to share a
// key by what their strings hold. An event without an id is told from others by its text.
func key(m *Message, e *event.Event) string {
	var text json.RawMessage
	if m.EventID == "" && e != nil {
		text = e.Raw()
	}
	h := sha256.New()
	for _, part := range []string{m.RuleID, m.Account, m.EventID, string(text)} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// outcomes ranks the outcomes of actions by how much they ask for somebody to look, most first.
var outcomes = []string{
	"failed", "partial", "stale", "awaiting approval", "suggested", "refused", "planned", "applied", "verified",
	"nothing to do", "not applicable",
}

// Outcome returns the outcome that stands for all actions of m: the one that most asks for somebody
// to look. It is "none" without actions. An outcome that package remediate does not know comes
// before all others.
func (m *Message) Outcome() string {
	if len(m.Actions) == 0 {
		return "none"
	}
	return slices.MinFunc(m.Actions, func(a, b Action) int {
		return cmp.Compare(slices.Index(outcomes, a.Outcome), slices.Index(outcomes, b.Outcome))
	}).Outcome
}
