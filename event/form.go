package event

import (
	"fmt"
	"strings"
)

// A Form is a kind of text that a program for CloudTrail events may be handed.
type Form int

// The forms. A batch and a single element of it are of the same form.
const (
	FormUnknown        Form = iota
	FormEvent               // an event as EventBridge delivers it
	FormRecord              // a bare CloudTrail record: an element of a log, or what InputPath leaves of an event
	FormLog                 // a CloudTrail log file: {"Records":[…]}
	FormDigest              // a digest file, which tells the hashes of log files
	FormAggregated          // a summary of data events, written by a trail with aggregation on
	FormTrailNotice         // the notice of new log files that a trail sends to its SNS topic
	FormLookup              // what LookupEvents answers; the record is a string in it
	FormLake                // a row of CloudTrail Lake or Athena, with names in lower case
	FormSNS                 // what SNS hands to a Lambda, or puts into a queue; the event is a string in it
	FormSQS                 // what SQS hands to a Lambda; the event is a string in it
	FormS3                  // a notice of S3 objects, which has many members of a CloudTrail record
	FormKinesis             // what a Kinesis stream hands to a Lambda
	FormFirehose            // what Firehose hands to a Lambda
	FormCloudWatchLogs      // what a subscription of CloudWatch Logs sends, encoded or not
	FormConfigRule          // the invocation of a rule of AWS Config
	FormConfigSnapshot      // a snapshot or history file of AWS Config
	FormArray               // a JSON array, such as a batch of EventBridge Pipes
	FormString              // a JSON string, such as an input transformer makes
)

var formNames = [...]string{
	FormUnknown:        "unknown form",
	FormEvent:          "EventBridge event",
	FormRecord:         "CloudTrail record",
	FormLog:            "CloudTrail log",
	FormDigest:         "CloudTrail digest",
	FormAggregated:     "aggregated CloudTrail record",
	FormTrailNotice:    "notice of CloudTrail log files",
	FormLookup:         "LookupEvents answer",
	FormLake:           "CloudTrail Lake row",
	FormSNS:            "SNS delivery",
	FormSQS:            "SQS delivery",
	FormS3:             "S3 object notification",
	FormKinesis:        "Kinesis delivery",
	FormFirehose:       "Firehose delivery",
	FormCloudWatchLogs: "CloudWatch Logs data",
	FormConfigRule:     "Config rule invocation",
	FormConfigSnapshot: "Config snapshot",
	FormArray:          "JSON array",
	FormString:         "JSON string",
}

// String returns a name for people, such as "SNS delivery".
func (f Form) String() string {
	if f < 0 || int(f) >= len(formNames) {
		return fmt.Sprintf("Form(%d)", int(f))
	}
	return formNames[f]
}

// DetectForm returns the form of a JSON text. It goes by the members that tell a form from the
// others, and does not check that the rest is as it should be: a text that is cut off or damaged
// behind those members still has its form. What has none of them, or is not JSON, is
// [FormUnknown].
func DetectForm(data []byte) Form {
	var o outline
	o.read(&decoder{data: data, lax: true}, lookIntoBatch)
	return o.form()
}

// A trait is a set of members that tell forms apart.
type trait uint32

const (
	hasDetailType trait = 1 << iota
	hasDetail
	hasEventVersion
	hasEventSource
	hasEventName
	hasUserIdentity
	hasInsightDetails
	hasDigestStart
	hasTimeWindow
	hasSummary
	hasS3Bucket
	hasS3ObjectKey
	hasCloudTrailEvent
	hasLowerEventSource
	hasLowerEventName
	hasSNS
	hasTopicARN
	hasMessage
	hasKinesis
	hasFirehoseRecords
	hasFirehoseStream
	hasRecordID
	hasData
	hasAWSLogs
	hasMessageType
	hasLogEvents
	hasInvokingEvent
	hasConfigSnapshotID
	hasFileVersion
	hasConfigurationItems
)

var traits = map[string]trait{
	"detail-type":        hasDetailType,
	"detail":             hasDetail,
	"eventVersion":       hasEventVersion,
	"eventSource":        hasEventSource,
	"eventName":          hasEventName,
	"userIdentity":       hasUserIdentity,
	"insightDetails":     hasInsightDetails,
	"digestStartTime":    hasDigestStart,
	"timeWindow":         hasTimeWindow,
	"summary":            hasSummary,
	"s3Bucket":           hasS3Bucket,
	"s3ObjectKey":        hasS3ObjectKey,
	"CloudTrailEvent":    hasCloudTrailEvent,
	"eventsource":        hasLowerEventSource,
	"eventname":          hasLowerEventName,
	"Sns":                hasSNS,
	"TopicArn":           hasTopicARN,
	"Message":            hasMessage,
	"kinesis":            hasKinesis,
	"records":            hasFirehoseRecords,
	"deliveryStreamArn":  hasFirehoseStream,
	"recordId":           hasRecordID,
	"data":               hasData,
	"awslogs":            hasAWSLogs,
	"messageType":        hasMessageType,
	"logEvents":          hasLogEvents,
	"invokingEvent":      hasInvokingEvent,
	"configSnapshotId":   hasConfigSnapshotID,
	"fileVersion":        hasFileVersion,
	"configurationItems": hasConfigurationItems,
}

// formTraits lists what tells each form. An object is of the first form all of whose traits it has.
var formTraits = []struct {
	form Form
	all  trait
}{
	{FormRecord, hasEventSource | hasEventName | hasEventVersion},
	{FormRecord, hasEventSource | hasEventName | hasUserIdentity},
	{FormRecord, hasInsightDetails},
	{FormAggregated, hasTimeWindow | hasSummary},
	{FormDigest, hasDigestStart},
	{FormTrailNotice, hasS3Bucket | hasS3ObjectKey},
	{FormLookup, hasCloudTrailEvent},
	{FormLake, hasLowerEventSource | hasLowerEventName},
	{FormSNS, hasSNS},
	{FormSNS, hasTopicARN | hasMessage},
	{FormKinesis, hasKinesis},
	{FormFirehose, hasFirehoseRecords | hasFirehoseStream},
	{FormFirehose, hasRecordID | hasData},
	{FormCloudWatchLogs, hasAWSLogs},
	{FormCloudWatchLogs, hasMessageType | hasLogEvents},
	{FormConfigRule, hasInvokingEvent},
	{FormConfigSnapshot, hasConfigSnapshotID},
	{FormConfigSnapshot, hasFileVersion | hasConfigurationItems},
}

// lambdaSources holds what Lambda's event sources write as eventSource. Some of their records
// look much like CloudTrail's otherwise. SNS has another name for the member.
var lambdaSources = map[string]Form{
	"aws:sqs":     FormSQS,
	"aws:s3":      FormS3,
	"aws:kinesis": FormKinesis,
}

// An outline is what can be seen of a JSON value without decoding it.
type outline struct {
	kind    byte // the first byte of the value, 0 if there is none
	has     trait
	batch   Form // the form of a batch, by its first element
	records bool // reading stopped at the first element of Records

	// From the top level of a record, for the envelope that it needs; and the account of the
	// caller, which stands in userIdentity.
	eventSource, eventType, eventID, eventTime, awsRegion, recipientAccountID, callerAccountID string
}

// form returns the form of the value that o is the outline of.
func (o *outline) form() Form {
	switch {
	case o.kind == '[':
		return FormArray
	case o.kind == '"':
		return FormString
	case o.has&hasDetailType != 0 && o.has&hasDetail != 0:
		return FormEvent
	case o.batch != FormUnknown:
		return o.batch
	case strings.HasPrefix(o.eventSource, "aws:"):
		return lambdaSources[o.eventSource]
	}
	for _, f := range formTraits {
		if o.has&f.all == f.all {
			return f.form
		}
	}
	return FormUnknown
}

// A batchRule says what to do about an array of events in an object.
type batchRule int

const (
	lookIntoBatch  batchRule = iota // tell the form by the first element
	stopAtRecords                   // the same, but stop behind the bracket of Records
	disregardBatch                  // read over it
)

// read reads a value.
func (o *outline) read(d *decoder, rule batchRule) {
	o.kind = d.peek()
	if o.kind != '{' {
		d.skip()
		return
	}
	for name := range d.members() {
		o.has |= traits[name]
		switch c := d.peek(); {
		case name == "Records" && c == '[' && rule == stopAtRecords:
			d.begin()
			o.records = true
			return
		case (name == "Records" || name == "Events") && c == '[' && rule != disregardBatch:
			o.batch = d.batch(name)
		case c == '"':
			if field := o.field(name); field != nil {
				d.str(field)
			}
		case name == "userIdentity" && c == '{':
			for name := range d.members() {
				if name == "accountId" && d.peek() == '"' {
					d.str(&o.callerAccountID)
				}
			}
		}
	}
}

// field returns where the string under name belongs, nil if nowhere.
func (o *outline) field(name string) *string {
	switch name {
	case "eventSource":
		return &o.eventSource
	case "eventType":
		return &o.eventType
	case "eventID":
		return &o.eventID
	case "eventTime":
		return &o.eventTime
	case "awsRegion":
		return &o.awsRegion
	case "recipientAccountId":
		return &o.recipientAccountID
	}
	return nil
}

// batch reads the array under name and returns the form of the whole. It does not look into
// batches within: nothing makes those, and following them would take a stack of any depth.
func (d *decoder) batch(name string) Form {
	form := FormUnknown
	if name == "Records" {
		form = FormLog // an empty one
	}
	for i := range d.elements() {
		if i > 0 {
			continue
		}
		var first outline
		first.read(d, disregardBatch)
		form = first.form()
	}
	if form == FormRecord || form == FormEvent {
		form = FormLog
	}
	return form
}
