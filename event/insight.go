package event

// InsightDetails tell of an unusual rate of calls or of errors. The record that carries them is
// made by no call: it has no caller, and names the call that is unusual only here. Two records
// with the same SharedEventID tell when it began and when it ended.
type InsightDetails struct {
	State       string // "Start" or "End"
	EventSource string // the service that was called: "ec2.amazonaws.com"
	EventName   string
	InsightType string // "ApiCallRateInsight" or "ApiErrorRateInsight"
	ErrorCode   string // the error whose rate is unusual
	Context     InsightContext
}

// An InsightContext is the evidence for an insight.
type InsightContext struct {
	BaselineAverage  float64 // calls or errors a minute, as is usual
	InsightAverage   float64 // calls or errors a minute, during the unusual time
	BaselineDuration float64 // minutes
	InsightDuration  float64 // minutes
	Attributions     []InsightAttribution
}

// An InsightAttribution breaks the rates of an insight down by one attribute of the calls.
type InsightAttribution struct {
	Attribute string // "userIdentityArn", "userAgent" or "errorCode"
	Insight   []InsightValue
	Baseline  []InsightValue
}

// An InsightValue is the share of the calls that had one value of an attribute.
type InsightValue struct {
	Value   string  // calls without an error have the error code "null", a string
	Average float64 // calls a minute
}

func (d *decoder) insightDetails(i *InsightDetails) {
	for name := range d.members() {
		switch name {
		case "state":
			d.str(&i.State)
		case "eventSource":
			d.str(&i.EventSource)
		case "eventName":
			d.str(&i.EventName)
		case "insightType":
			d.str(&i.InsightType)
		case "errorCode":
			d.str(&i.ErrorCode)
		case "insightContext":
			d.insightContext(&i.Context)
		}
	}
}

func (d *decoder) insightContext(c *InsightContext) {
	for name := range d.members() {
		switch name {
		case "statistics":
			for name := range d.members() {
				switch name {
				case "baseline":
					d.average(&c.BaselineAverage)
				case "insight":
					d.average(&c.InsightAverage)
				case "baselineDuration":
					d.number(&c.BaselineDuration)
				case "insightDuration":
					d.number(&c.InsightDuration)
				}
			}
		case "attributions":
			for range d.elements() {
				var a InsightAttribution
				d.attribution(&a)
				c.Attributions = append(c.Attributions, a)
			}
		}
	}
}

func (d *decoder) average(average *float64) {
	for name := range d.members() {
		if name == "average" {
			d.number(average)
		}
	}
}

func (d *decoder) attribution(a *InsightAttribution) {
	for name := range d.members() {
		switch name {
		case "attribute":
			d.str(&a.Attribute)
		case "insight":
			d.insightValues(&a.Insight)
		case "baseline":
			d.insightValues(&a.Baseline)
		}
	}
}

func (d *decoder) insightValues(values *[]InsightValue) {
	for range d.elements() {
		var v InsightValue
		for name := range d.members() {
			switch name {
			case "value":
				d.str(&v.Value)
			case "average":
				d.number(&v.Average)
			}
		}
		*values = append(*values, v)
	}
}
