// Package event reads the events that CloudTrail sends through Amazon EventBridge.
//
// [Parse] decodes one event as EventBridge delivers it; [Event.CloudTrail] decodes the
// CloudTrail record that it carries. [ReadLog] streams the records of a CloudTrail log file,
// each wrapped in the envelope in which EventBridge would have delivered it, so that what is
// written for the bus also runs over an archive. [DetectForm] tells the other texts that end up
// where an event is expected, such as an SNS delivery.
//
// CloudTrail is irregular: the same field is a bool in one record and a string in the next,
// parameters are null, too large, or hidden. The decoder accepts every form that has been seen,
// takes null for absent, and keeps the raw text of what varies by call. Any other type than the
// documented one is an error that says where.
//
// It is exact in one thing: names. A field is read only under its own spelling, upper and lower
// case included, because a pattern on the bus sees it only there. And a name that stands twice in
// an object is an error, wherever this package reads the object's members: two readers that
// disagree about which one counts would be a way around a rule.
//
// Every string in an event was chosen by whoever made the call, or may have been. Nothing here
// makes it safe to print.
package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// The detail types under which EventBridge delivers CloudTrail records.
//
// The console sign-in has two spellings: rules and samples use "Sign In", the EventBridge user
// guide prints "Signin". [Parse] keeps the spelling that it finds; [Event.IsSignIn] accepts both.
const (
	DetailTypeAPICall         = "AWS API Call via CloudTrail"
	DetailTypeSignIn          = "AWS Console Sign In via CloudTrail"
	DetailTypeSignInAlternate = "AWS Console Signin via CloudTrail"
	DetailTypeConsoleAction   = "AWS Console Action via CloudTrail"
	DetailTypeServiceEvent    = "AWS Service Event via CloudTrail"
	DetailTypeInsight         = "AWS Insight via CloudTrail"
	DetailTypeNetworkActivity = "AWS Network Activity Event via CloudTrail"
)

// An Event is one event as EventBridge delivers it. It must not be changed once it is shared.
//
// Fields that the event lacks are zero; events from before 2016 lack some. Nothing is filled in
// from elsewhere: who wants an account or a Region in any case takes the envelope's and then the
// record's RecipientAccountID or AWSRegion.
type Event struct {
	Version    string          // "0"
	ID         string          // EventBridge's id of the event, not CloudTrail's eventID; see [ReadLog]
	DetailType string          // one of the DetailType constants, or another service's
	Source     string          // for example "aws.cloudtrail"
	Account    string          // the twelve digits of the account in which the event arose
	Time       time.Time       // whole seconds, UTC
	Region     string          // the Region in which the event arose
	Resources  []string        // ARNs; empty in events that come from CloudTrail
	ReplayName string          // the replay that sent the event from an archive; empty for a live event
	Detail     json.RawMessage // the detail as delivered, a JSON object

	// Extra holds the members of the envelope that have no field above, as delivered.
	Extra map[string]json.RawMessage

	raw      []byte
	detailAt int64 // where Detail begins in raw
}

// Raw returns the event exactly as it was given to [Parse], or, for an event of [ReadLog], the
// envelope that was made for it. It is nil for an Event that neither made. The caller must not
// change it.
func (e *Event) Raw() json.RawMessage { return e.raw }

// IsReplay reports whether the event was sent again from an archive.
func (e *Event) IsReplay() bool { return e.ReplayName != "" }

// IsSignIn reports whether the event is a console sign-in, in either spelling.
func (e *Event) IsSignIn() bool {
	return e.DetailType == DetailTypeSignIn || e.DetailType == DetailTypeSignInAlternate
}

// Parse decodes one event of EventBridge. It keeps a copy of data. The event may carry anything,
// not only a CloudTrail record.
//
// The error is a [*ParseError]. If data is of another form that programs on AWS are handed, such
// as an SNS delivery or the bare record that InputPath leaves, it wraps a [*FormError] that says
// which.
func Parse(data []byte) (*Event, error) {
	e, err := parse(bytes.Clone(data))
	if err != nil {
		return nil, err
	}
	return e, nil
}

// parse is Parse for data that is ours to keep.
func parse(data []byte) (*Event, *ParseError) {
	if err := checkUTF8(data, 0); err != nil {
		return nil, err
	}
	d := decoder{data: data}
	switch c := d.peek(); {
	case d.pos == len(data):
		return nil, &ParseError{Err: fmt.Errorf("no event, the text is empty: %w", io.ErrUnexpectedEOF)}
	case c == '[' || c == '"':
		return nil, d.wrongForm("")
	case c != '{':
		d.wrongType("object")
	}
	e := &Event{raw: data}
	for name := range d.members() {
		switch name {
		case "version":
			d.str(&e.Version)
		case "id":
			d.str(&e.ID)
		case "detail-type":
			d.str(&e.DetailType)
		case "source":
			d.str(&e.Source)
		case "account":
			d.str(&e.Account)
		case "time":
			d.time(&e.Time)
		case "region":
			d.str(&e.Region)
		case "resources":
			for range d.elements() {
				var arn string
				d.str(&arn)
				e.Resources = append(e.Resources, arn)
			}
		case "replay-name":
			d.str(&e.ReplayName)
		case "detail":
			if d.peek() != '{' {
				d.wrongType("object")
			}
			e.detailAt = int64(d.pos)
			e.Detail = d.raw()
		default:
			d.keep(&e.Extra, name)
		}
	}
	d.finish()
	switch {
	case d.err != nil:
		return nil, d.err
	case e.DetailType == "":
		return nil, d.wrongForm("no detail-type in the event")
	case e.Detail == nil:
		return nil, d.wrongForm("no detail in the event")
	}
	return e, nil
}

// wrongForm returns the error for a text that is not an event: that it is something else which is
// known or, failing that, the reason given.
func (d *decoder) wrongForm(reason string) *ParseError {
	err := &ParseError{Err: errors.New(reason)}
	if form := DetectForm(d.data); form != FormUnknown && form != FormEvent {
		err.Err = &FormError{Got: form, Want: FormEvent}
	}
	return err
}

// CloudTrail decodes the CloudTrail record that the event carries. It decodes anew on each call,
// so that an Event can be shared: keep the result.
//
// The error wraps [ErrNotCloudTrail] if the event is not one of CloudTrail's: by its detail type,
// by a source that is not AWS's, which anybody who may call PutEvents can send under any detail
// type, or by a detail that holds nothing of a record. Otherwise it is a [*ParseError], whose
// Offset is the one in [Event.Raw].
func (e *Event) CloudTrail() (*Record, error) {
	switch {
	case !strings.HasSuffix(e.DetailType, " via CloudTrail"):
		return nil, fmt.Errorf("event: %w: its detail-type is %.*q", ErrNotCloudTrail, maxQuoted, e.DetailType)
	case e.Source != "" && !strings.HasPrefix(e.Source, "aws.") || strings.HasPrefix(e.Source, "aws.partner/"):
		return nil, fmt.Errorf("event: %w: its source is %.*q", ErrNotCloudTrail, maxQuoted, e.Source)
	}
	// The detail is checked again from the ground up: an Event can be made by hand.
	if err := checkUTF8(e.Detail, e.detailAt); err != nil {
		return nil, err
	}
	d := decoder{data: e.Detail, base: e.detailAt, path: []step{{"detail", -1}}}
	if d.peek() == '{' {
		rec := d.record()
		d.finish()
		switch {
		case d.err != nil:
			return nil, d.err
		case rec.EventName != "" || rec.EventSource != "" || rec.EventType != "" || rec.EventVersion != "":
			return rec, nil
		}
	}
	return nil, fmt.Errorf("event: %w: its detail is not a record", ErrNotCloudTrail)
}
