package event

import (
	"encoding/json"
	"strings"
	"time"
)

// detailTypes holds the detail type of each eventType, by its name in lower case: one guide of
// AWS prints "AWSServiceEvent", records say "AwsServiceEvent".
var detailTypes = map[string]string{
	"awsapicall":           DetailTypeAPICall,
	"awsconsolesignin":     DetailTypeSignIn,
	"awsconsoleaction":     DetailTypeConsoleAction,
	"awsserviceevent":      DetailTypeServiceEvent,
	"awscloudtrailinsight": DetailTypeInsight,
	"awsvpceevent":         DetailTypeNetworkActivity, // in records
	"awsvpceevents":        DetailTypeNetworkActivity, // in the user guide
}

// wrap returns the event in which EventBridge would have delivered a record, of which o is the
// outline. Offsets in an error are those of the record.
func wrap(record []byte, o *outline) (*Event, *ParseError) {
	detailType, ok := detailTypes[strings.ToLower(o.eventType)]
	if !ok {
		detailType = DetailTypeAPICall
	}
	source := service(o.eventSource)
	if source == "" {
		source = "cloudtrail" // an insight
	}
	account := o.recipientAccountID
	if account == "" {
		account = o.callerAccountID
	}
	var when string
	if t, ok := parseTime(o.eventTime); ok {
		when = t.Format(time.RFC3339)
	}

	b := make([]byte, 0, len(record)+400) // the envelope is about 250 bytes
	b = appendString(append(b, `{"version":"0","id":`...), o.eventID)
	b = appendString(append(b, `,"detail-type":`...), detailType)
	b = appendString(append(b, `,"source":`...), "aws."+source)
	b = appendString(append(b, `,"account":`...), account)
	if when != "" {
		b = appendString(append(b, `,"time":`...), when)
	}
	b = appendString(append(b, `,"region":`...), o.awsRegion)
	b = append(b, `,"resources":[],"detail":`...)
	at := len(b)
	b = append(append(b, record...), '}')

	e, err := parse(b)
	if err != nil {
		err.Offset -= int64(at)
		err.Path = strings.TrimPrefix(strings.TrimPrefix(err.Path, "detail"), ".")
		return nil, err
	}
	return e, nil
}

func appendString(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic("event: a string does not marshal: " + err.Error())
	}
	return append(b, text...)
}
