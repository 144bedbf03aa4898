// Package notify tells people what happened, who did it, what was done about it and how to undo
// it.
//
// A [Message] is data: each channel renders it in its own form. A [Notifier] is a channel;
// [NewWriter] returns the one for terminals and logs, and each package below this one holds
// another.
//
// Most strings in a message come from an event, so somebody else chose them. They are kept as
// they came; every renderer passes them through [Clean] and through what its channel needs
// besides.
package notify

import (
	"context"
	"errors"
	"time"

	"github.com/countertrail/countertrail/rule"
)

// A Notifier sends messages to one channel. Implementations must be safe for concurrent use.
type Notifier interface {
	// Notify sends m and returns when it was accepted or refused. The error wraps [ErrTemporary]
	// if a later attempt may succeed. It never holds a secret.
	Notify(ctx context.Context, m *Message) error
}

// The Func type adapts an ordinary function to a [Notifier].
type Func func(ctx context.Context, m *Message) error

// Notify calls f.
func (f Func) Notify(ctx context.Context, m *Message) error { return f(ctx, m) }

// ErrTemporary is wrapped by the errors of notifiers that a later attempt may not meet.
var ErrTemporary = errors.New("temporary failure")

// A Message says what happened and what came of it. All strings are untrusted. A Message must not
// be changed once it is shared.
type Message struct {
	// Key is the same for every message about one finding, so that a channel can recognise a
	// repeated one. [NewMessage] makes it of 64 hexadecimal digits.
	Key string `json:"key"`

	// What happened, and which rule says so.
	RuleID      string        `json:"ruleId"`
	Title       string        `json:"title"`
	Description string        `json:"description,omitempty"`
	Severity    rule.Severity `json:"severity"`
	References  []string      `json:"references,omitempty"`

	// The call. Of an event that carries no CloudTrail record, Call is the detail-type and EventID
	// EventBridge's id.
	Call    string    `json:"call"`            // "cloudtrail:StopLogging"
	Failed  bool      `json:"failed"`          // the call was refused or failed
	Error   string    `json:"error,omitempty"` // why it failed, as AWS put it
	Time    time.Time `json:"time,omitzero"`   // when the call completed; zero if the event does not say
	Account string    `json:"account"`
	Region  string    `json:"region"`
	EventID string    `json:"eventId"`          // CloudTrail's eventID
	Replay  string    `json:"replay,omitempty"` // the replay that sent the event again

	Actor Actor `json:"actor"`

	// Resources holds ARNs and ids as the event gives them. A bare name has its kind in front, as
	// in an ARN: "role/admin".
	Resources []string `json:"resources"`

	// Request is what was asked for: the request parameters as one line of JSON, cut if they are
	// long. It is empty for services other than those of the CIS controls, in whose requests there
	// may be secrets.
	Request string `json:"request,omitempty"`

	// Notes says in sentences, without a full stop, what else a reader must know about the event or
	// about this message: that the request is not in the record, that something was left out.
	Notes []string `json:"notes,omitempty"`

	// Actions says what was done or would be done, one for each remediator that had an answer.
	Actions []Action `json:"actions,omitempty"`
}

// An Actor is who made a call, and from where. A field is empty when the record does not tell.
type Actor struct {
	Type        string `json:"type"`          // userIdentity.type, for example "AssumedRole"
	ARN         string `json:"arn,omitempty"` // empty for services and for some failed sign-ins
	AccountID   string `json:"accountId,omitempty"`
	AccessKeyID string `json:"accessKeyId,omitempty"`
	InvokedBy   string `json:"invokedBy,omitempty"` // the service that made the call for the actor
	SourceIP    string `json:"sourceIp,omitempty"`  // an address, a service's host name, or "AWS Internal"
	UserAgent   string `json:"userAgent,omitempty"` // written by the caller

	// Name says in a line who it was: "alice", "admin (session alice)", "root of 123456789012". It
	// is empty where CloudTrail hides the name, as after a failed sign-in under a name that does
	// not exist. [Actor.String] says something of every actor.
	Name string `json:"name,omitempty"`

	// MFA is "yes" or "no" for IAM users and root. It is empty for everybody else: who signs in
	// through an identity provider used its MFA or none, and CloudTrail records "no" either way.
	MFA string `json:"mfa,omitempty"`

	SourceIdentity string `json:"sourceIdentity,omitempty"` // set when the first role was assumed
}

// An Action is what one remediator did or would do.
type Action struct {
	Remediator string   `json:"remediator"`
	Outcome    string   `json:"outcome"`           // "planned", "applied", "refused", …
	Summary    string   `json:"summary,omitempty"` // what the plan does
	Reason     string   `json:"reason,omitempty"`  // why it was refused, failed or had nothing to do
	Steps      []Change `json:"steps,omitempty"`

	// Receipt is the ID of the receipt of what was done, by which to undo it; empty if there is none.
	Receipt string `json:"receipt,omitempty"`
}

// A Change is one step of an action.
type Change struct {
	Action   string `json:"action"`   // the IAM action
	Resource string `json:"resource"` // ARN
	Region   string `json:"region"`
	Summary  string `json:"summary"`
	Command  string `json:"command,omitempty"` // the call for the AWS CLI
	Status   string `json:"status,omitempty"`  // "done", "failed", …; empty for a plan that was not applied
	Undo     string `json:"undo,omitempty"`    // how to undo it: a command, or a sentence; empty if nothing does
}
