package event

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A Record is one CloudTrail record, at record version 1.11 or older. Fields that a record lacks
// are zero. It must not be changed once it is shared.
//
// The bodies that differ from call to call are kept as they came: nil when absent, the text
// "null" when null. They share their memory with the event.
type Record struct {
	EventVersion        string // "1.11"; compare with [Record.Version], not as text or number
	UserIdentity        UserIdentity
	EventTime           time.Time // when the call completed; whole seconds, UTC; zero when absent
	EventSource         string    // "cloudtrail.amazonaws.com"; empty for an insight
	EventName           string    // "StopLogging"; some services append a date and version; empty for an insight
	AWSRegion           string
	SourceIPAddress     string // an address, a service's host name, or "AWS Internal"; see [Record.SourceAddr]
	UserAgent           string // written by the caller
	ErrorCode           string // empty on success; see [Record.Failed] and [NormalErrorCode]
	ErrorMessage        string // can be present without ErrorCode: a failed sign-in
	RequestParameters   json.RawMessage
	ResponseElements    json.RawMessage // null for reads, for failures and for many writes
	AdditionalEventData json.RawMessage
	RequestID           string
	EventID             string // the key under which duplicates are recognised
	ReadOnly            *bool  // nil when the record does not say
	Resources           []Resource
	EventType           string // "AwsApiCall", "AwsConsoleSignIn", …; some are printed in another case
	ManagementEvent     *bool  // nil when the record does not say
	RecipientAccountID  string // the account whose trail this record belongs to
	EventCategory       string // "Management", "Data", "NetworkActivity", "Insight"
	TLSDetails          *TLSDetails
	APIVersion          string

	SessionCredentialFromConsole *bool  // nil when the record does not say
	VPCEndpointID                string // an endpoint's id, a service's name, or "AWS Internal"
	VPCEndpointAccountID         string
	SharedEventID                string          // the same in every account's copy of one action
	ServiceEventDetails          json.RawMessage // an object, or a string that holds its text
	Addendum                     *Addendum
	EdgeDeviceDetails            json.RawMessage
	Annotation                   json.RawMessage
	InsightDetails               *InsightDetails
	EventContext                 json.RawMessage // only in event data stores

	// Extra holds the members of the record that have no field above, as delivered.
	Extra map[string]json.RawMessage
}

// A Resource is one resource that a record says was accessed.
type Resource struct {
	AccountID string
	Type      string // "AWS::S3::Bucket"; absent for some services
	ARN       string
	ARNPrefix string // in the place of ARN, where a call can reach everything below it
}

// TLSDetails tells how the caller's connection was protected.
type TLSDetails struct {
	TLSVersion               string // "TLSv1.3"
	CipherSuite              string
	ClientProvidedHostHeader string // the host that the caller asked for
	KeyExchange              string // "X25519MLKEM768"
}

// An Addendum says that a record was delivered late, or corrects an earlier one. A record that
// corrects stands for the same call as the one it corrects.
type Addendum struct {
	Reason            string // "DELIVERY_DELAY", "UPDATED_DATA", "SERVICE_OUTAGE"
	UpdatedFields     string
	OriginalRequestID string
	OriginalEventID   string
}

// Failed reports whether the call changed nothing because it failed or was refused. A dry run is
// an error in CloudTrail, and so a failure here.
//
// Most failures have an error code. A failed sign-in has an error message alone, or says
// "Failure" under its event's name in responseElements; one at Identity Center, in
// serviceEventDetails.
func (r *Record) Failed() bool {
	return r.ErrorCode != "" || r.ErrorMessage != "" ||
		saysFailure(r.ResponseElements, r.EventName) || saysFailure(r.ServiceEventDetails, r.EventName)
}

// saysFailure reports whether body has a member of that name with the value "Failure".
func saysFailure(body json.RawMessage, name string) (failure bool) {
	d := decoder{data: body, lax: true}
	if d.peek() == '"' {
		d = decoder{data: []byte(unquote(d.quoted())), lax: true}
	}
	if d.peek() != '{' {
		return false
	}
	for n := range d.members() {
		if n == name && d.peek() == '"' {
			// If it stands there twice, one is enough.
			failure = strings.EqualFold(unquote(d.quoted()), "Failure") || failure
		}
	}
	return failure
}

// SourceAddr returns the address from which the call came, an IPv4 address never in its IPv6
// form. It is false for the calls of AWS services, whose sourceIPAddress is a name.
func (r *Record) SourceAddr() (netip.Addr, bool) {
	addr, err := netip.ParseAddr(r.SourceIPAddress)
	return addr.Unmap(), err == nil
}

// Version returns the two numbers of EventVersion. Records of one major version are compatible;
// the minor version is a whole number, so that 1.10 comes after 1.9, which is written "1.09".
// Insights have versions of their own.
func (r *Record) Version() (major, minor int, err error) {
	before, after, ok := strings.Cut(r.EventVersion, ".")
	a, errA := strconv.ParseUint(before, 10, 31)
	b, errB := strconv.ParseUint(after, 10, 31)
	if !ok || errA != nil || errB != nil {
		return 0, 0, fmt.Errorf("event: want an eventVersion such as %q, got %.*q", "1.11", maxQuoted, r.EventVersion)
	}
	return int(a), int(b), nil
}

// Call returns the service and the name of the call in the form "cloudtrail:StopLogging". The
// service is the first label of EventSource; for some it is not the prefix that IAM uses. Call is
// empty for a record that no event names, such as an insight.
func (r *Record) Call() string {
	if r.EventName == "" {
		return ""
	}
	return service(r.EventSource) + ":" + r.EventName
}

// service returns the first label of an eventSource.
func service(eventSource string) string {
	label, _, _ := strings.Cut(eventSource, ".")
	return label
}

// NormalErrorCode returns an error code in a form in which codes of CloudTrail and of the SDKs
// compare equal. CloudTrail has EC2's with the side that is at fault in front
// ("Client.UnauthorizedOperation"), and IAM's with a suffix that the API does not send
// ("NoSuchEntityException"), which other services do send: so normalise both.
func NormalErrorCode(code string) string {
	for _, side := range []string{"Client.", "Server."} {
		if rest, ok := strings.CutPrefix(code, side); ok {
			code = rest
			break
		}
	}
	if rest := strings.TrimSuffix(code, "Exception"); rest != "" {
		return rest
	}
	return code
}

// Omitted reports whether CloudTrail left a body out because of its size: 100 KB for
// requestParameters, responseElements and serviceEventDetails, 28 KB for the others. In its place
// stands an object that says so. The limit can be passed on purpose, with white space in a policy
// for example, to hide what was asked for.
func Omitted(body json.RawMessage) bool {
	var omitted, explained bool
	d := decoder{data: body, lax: true}
	if d.peek() != '{' {
		return false
	}
	for name := range d.members() {
		switch name {
		case "omitted":
			var s string
			d.text(&s)
			omitted = strings.EqualFold(s, "true")
		case "originalSize", "reason":
			explained = true
		}
	}
	return omitted && explained && d.err == nil
}

func (d *decoder) record() *Record {
	r := new(Record)
	for name := range d.members() {
		switch name {
		case "eventVersion":
			d.str(&r.EventVersion)
		case "userIdentity":
			d.userIdentity(&r.UserIdentity)
		case "eventTime":
			d.time(&r.EventTime)
		case "eventSource":
			d.str(&r.EventSource)
		case "eventName":
			d.str(&r.EventName)
		case "awsRegion":
			d.str(&r.AWSRegion)
		case "sourceIPAddress":
			d.str(&r.SourceIPAddress)
		case "userAgent":
			d.str(&r.UserAgent)
		case "errorCode":
			d.str(&r.ErrorCode)
		case "errorMessage":
			d.str(&r.ErrorMessage)
		case "requestParameters":
			r.RequestParameters = d.raw()
		case "responseElements":
			r.ResponseElements = d.raw()
		case "additionalEventData":
			r.AdditionalEventData = d.raw()
		case "requestID":
			d.str(&r.RequestID)
		case "eventID":
			d.str(&r.EventID)
		case "readOnly":
			d.optional(&r.ReadOnly)
		case "resources":
			for range d.elements() {
				var res Resource
				d.resource(&res)
				r.Resources = append(r.Resources, res)
			}
		case "eventType":
			d.str(&r.EventType)
		case "managementEvent":
			d.optional(&r.ManagementEvent)
		case "recipientAccountId":
			d.str(&r.RecipientAccountID)
		case "eventCategory":
			d.str(&r.EventCategory)
		case "tlsDetails":
			if !d.null() {
				r.TLSDetails = new(TLSDetails)
				d.tlsDetails(r.TLSDetails)
			}
		case "apiVersion":
			d.str(&r.APIVersion)
		case "sessionCredentialFromConsole":
			d.optional(&r.SessionCredentialFromConsole)
		case "vpcEndpointId":
			d.str(&r.VPCEndpointID)
		case "vpcEndpointAccountId":
			d.str(&r.VPCEndpointAccountID)
		case "sharedEventID":
			d.str(&r.SharedEventID)
		case "serviceEventDetails":
			r.ServiceEventDetails = d.raw()
		case "addendum":
			if !d.null() {
				r.Addendum = new(Addendum)
				d.addendum(r.Addendum)
			}
		case "edgeDeviceDetails":
			r.EdgeDeviceDetails = d.raw()
		case "annotation":
			r.Annotation = d.raw()
		case "insightDetails":
			if !d.null() {
				r.InsightDetails = new(InsightDetails)
				d.insightDetails(r.InsightDetails)
			}
		case "eventContext":
			r.EventContext = d.raw()
		default:
			d.keep(&r.Extra, name)
		}
	}
	return r
}

func (d *decoder) resource(r *Resource) {
	var lower string
	for name := range d.members() {
		switch name {
		case "accountId":
			d.str(&r.AccountID)
		case "type":
			d.str(&r.Type)
		case "ARN":
			d.str(&r.ARN)
		case "arn": // seen, though it is documented in upper case
			d.str(&lower)
		case "ARNPrefix":
			d.str(&r.ARNPrefix)
		}
	}
	if r.ARN == "" {
		r.ARN = lower
	}
}

func (d *decoder) tlsDetails(t *TLSDetails) {
	for name := range d.members() {
		switch name {
		case "tlsVersion":
			d.str(&t.TLSVersion)
		case "cipherSuite":
			d.str(&t.CipherSuite)
		case "clientProvidedHostHeader":
			d.str(&t.ClientProvidedHostHeader)
		case "keyExchange":
			d.str(&t.KeyExchange)
		}
	}
}

func (d *decoder) addendum(a *Addendum) {
	for name := range d.members() {
		switch name {
		case "reason":
			d.str(&a.Reason)
		case "updatedFields":
			d.text(&a.UpdatedFields)
		case "originalRequestID":
			d.str(&a.OriginalRequestID)
		case "originalEventID":
			d.str(&a.OriginalEventID)
		}
	}
}
