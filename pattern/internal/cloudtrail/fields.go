// Package cloudtrail holds what the checks of patterns know about CloudTrail events: the fields of a record, as of record
// version 1.11, and the event names of the services that people most often watch.
package cloudtrail

import (
	"slices"
	"strings"
	"sync"
)

// Kind is the type of a field.
type Kind uint8

const (
	Text   Kind = iota + 1
	Flag        // true or false
	Object      // an object, or an array of objects, with members that are known
	Open        // an object whose members are not known; also null, and text in some records
)

// A Field is a field of an event that carries a CloudTrail record.
type Field struct {
	Path string
	Kind Kind

	// Optional says that many records lack the field, so that a pattern must say what it wants then.
	Optional bool
}

// Envelope lists the members of every event, CloudTrail's or not.
var Envelope = []Field{
	{"version", Text, false},
	{"id", Text, false},
	{"detail-type", Text, false},
	{"source", Text, false},
	{"account", Text, false},
	{"time", Text, false},
	{"region", Text, false},
	{"resources", Text, true}, // an array of text; empty for CloudTrail
	{"replay-name", Text, true},
	{"detail", Open, false},
}

// Record lists the fields of a record. The types and which of them are rare are those observed in records of 2023 and 2024,
// and documented in the CloudTrail user guide ("CloudTrail record contents", "CloudTrail userIdentity element").
var Record = []Field{
	{"detail", Object, false},
	{"detail.eventVersion", Text, false},
	{"detail.userIdentity", Object, false},
	{"detail.userIdentity.type", Text, false}, // events of services lack it
	{"detail.userIdentity.principalId", Text, false},
	{"detail.userIdentity.arn", Text, false},
	{"detail.userIdentity.accountId", Text, false},
	{"detail.userIdentity.accessKeyId", Text, false},
	{"detail.userIdentity.userName", Text, true}, // roles and often root have none
	{"detail.userIdentity.invokedBy", Text, true},
	{"detail.userIdentity.identityProvider", Text, true},
	{"detail.userIdentity.credentialId", Text, true},
	{"detail.userIdentity.sessionContext", Object, true},
	{"detail.userIdentity.sessionContext.sessionIssuer", Object, true},
	{"detail.userIdentity.sessionContext.sessionIssuer.type", Text, true},
	{"detail.userIdentity.sessionContext.sessionIssuer.principalId", Text, true},
	{"detail.userIdentity.sessionContext.sessionIssuer.arn", Text, true},
	{"detail.userIdentity.sessionContext.sessionIssuer.accountId", Text, true},
	{"detail.userIdentity.sessionContext.sessionIssuer.userName", Text, true},
	{"detail.userIdentity.sessionContext.webIdFederationData", Object, true},
	{"detail.userIdentity.sessionContext.webIdFederationData.federatedProvider", Text, true},
	{"detail.userIdentity.sessionContext.webIdFederationData.attributes", Open, true},
	{"detail.userIdentity.sessionContext.attributes", Object, true},
	{"detail.userIdentity.sessionContext.attributes.creationDate", Text, true},
	{"detail.userIdentity.sessionContext.attributes.mfaAuthenticated", Text, true}, // "true" or "false"
	{"detail.userIdentity.sessionContext.sourceIdentity", Text, true},
	{"detail.userIdentity.sessionContext.ec2RoleDelivery", Text, true},
	{"detail.userIdentity.sessionContext.ec2IssuedInVpc", Text, true},
	{"detail.userIdentity.sessionContext.assumedRoot", Open, true}, // text or a flag
	{"detail.userIdentity.sessionContext.signInSessionArn", Text, true},
	{"detail.userIdentity.onBehalfOf", Object, true},
	{"detail.userIdentity.onBehalfOf.userId", Text, true},
	{"detail.userIdentity.onBehalfOf.identityStoreArn", Text, true},
	{"detail.userIdentity.inScopeOf", Object, true},
	{"detail.userIdentity.inScopeOf.sourceArn", Text, true},
	{"detail.userIdentity.inScopeOf.sourceAccount", Text, true},
	{"detail.userIdentity.inScopeOf.issuerType", Text, true},
	{"detail.userIdentity.inScopeOf.credentialsIssuedTo", Text, true},
	{"detail.userIdentity.inScopeOf.credentialsIssuedToVersion", Text, true},
	{"detail.userIdentity.invokedByDelegate", Object, true},
	{"detail.userIdentity.invokedByDelegate.accountId", Text, true},
	{"detail.eventTime", Text, false},
	{"detail.eventSource", Text, false},
	{"detail.eventName", Text, false},
	{"detail.awsRegion", Text, false},
	{"detail.sourceIPAddress", Text, false},
	{"detail.userAgent", Text, false},
	{"detail.errorCode", Text, true},
	{"detail.errorMessage", Text, true},
	{"detail.requestParameters", Open, true},
	{"detail.responseElements", Open, true},
	{"detail.additionalEventData", Open, true},
	{"detail.additionalEventData.LoginTo", Text, true},
	{"detail.additionalEventData.MobileVersion", Text, true},
	{"detail.additionalEventData.MFAUsed", Text, true},
	{"detail.additionalEventData.MFAIdentifier", Text, true},
	{"detail.requestID", Text, false},
	{"detail.eventID", Text, false},
	{"detail.readOnly", Flag, false},
	{"detail.resources", Object, true},
	{"detail.resources.accountId", Text, true},
	{"detail.resources.type", Text, true},
	{"detail.resources.ARN", Text, true},
	{"detail.eventType", Text, false},
	{"detail.managementEvent", Flag, false},
	{"detail.recipientAccountId", Text, false},
	{"detail.eventCategory", Text, false},
	{"detail.tlsDetails", Object, true},
	{"detail.tlsDetails.tlsVersion", Text, true},
	{"detail.tlsDetails.cipherSuite", Text, true},
	{"detail.tlsDetails.clientProvidedHostHeader", Text, true},
	{"detail.tlsDetails.keyExchange", Text, true},
	{"detail.sessionCredentialFromConsole", Text, true}, // "true"
	{"detail.vpcEndpointId", Text, true},
	{"detail.vpcEndpointAccountId", Text, true},
	{"detail.sharedEventID", Text, true},
	{"detail.apiVersion", Text, true},
	{"detail.serviceEventDetails", Open, true},
	{"detail.addendum", Object, true},
	{"detail.addendum.reason", Text, true},
	{"detail.addendum.updatedFields", Text, true},
	{"detail.addendum.originalRequestID", Text, true},
	{"detail.addendum.originalEventID", Text, true},
	{"detail.edgeDeviceDetails", Open, true},
	{"detail.insightDetails", Open, true},
}

var byPath = sync.OnceValue(func() map[string]Field {
	all := make(map[string]Field)
	for _, f := range Envelope {
		all[f.Path] = f
	}
	for _, f := range Record {
		all[f.Path] = f
	}
	return all
})

// Lookup returns the field of a path. If the path is in an object whose members are not known, that is the object, and within
// is true.
func Lookup(path string) (f Field, within, ok bool) {
	f, ok = byPath()[path]
	for !ok {
		dot := strings.LastIndexByte(path, '.')
		if dot < 0 {
			return Field{}, false, false
		}
		path = path[:dot]
		f, ok = byPath()[path]
		if ok {
			return f, true, f.Kind == Open
		}
	}
	return f, false, true
}

// DetailTypes are the detail types of the events that carry a record. For sign-in, AWS's documentation and most rules that are
// in use disagree on the spelling.
var DetailTypes = []string{
	"AWS API Call via CloudTrail",
	"AWS Console Action via CloudTrail",
	"AWS Console Sign In via CloudTrail",
	"AWS Console Signin via CloudTrail",
	"AWS Insight via CloudTrail",
	"AWS Network Activity Event via CloudTrail",
	"AWS Service Event via CloudTrail",
}

// SignInTypes are the two spellings.
var SignInTypes = []string{"AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"}

// Suggest returns the path of a field that may be meant by a path that no event has, or "". Same reports whether two names
// may be meant to be the same.
func Suggest(path string, same func(a, b string) bool) string {
	fields := slices.Concat(Envelope, Record)
	key := path[strings.LastIndexByte(path, '.')+1:]
	parent := path[:len(path)-len(key)]
	rank := func(f Field) int {
		itsKey := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
		itsParent := f.Path[:len(f.Path)-len(itsKey)]
		switch {
		case strings.EqualFold(f.Path, path):
			return 1
		case itsParent == parent && same(itsKey, key):
			return 2
		case itsKey == key:
			return 3 + strings.Count(f.Path, ".")
		case strings.EqualFold(itsKey, key):
			return 20 + strings.Count(f.Path, ".")
		}
		return 0
	}
	best, least := "", 0
	for _, f := range fields {
		if r := rank(f); r > 0 && f.Path != path && (best == "" || r < least) {
			best, least = f.Path, r
		}
	}
	return best
}
