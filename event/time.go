package event

import "time"

// timeLayouts are the layouts in which times have been seen. A fraction of a second may follow
// the seconds in each.
var timeLayouts = []string{
	time.RFC3339,            // what CloudTrail and EventBridge write
	"20060102T150405Z07:00", // creationDate, as the user guide shows it
	"2006-01-02 15:04:05",   // rows of CloudTrail Lake and Athena, in UTC
}

// parseTime returns the time that s tells, in UTC.
func parseTime(s string) (time.Time, bool) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
