package metricfilter_test

import (
	"fmt"

	"github.com/countertrail/countertrail/pattern/metricfilter"
)

func ExampleFilter_Pattern() {
	f, err := metricfilter.Parse(`{ ($.eventSource = kms.amazonaws.com) &&
		(($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) && ($.errorCode NOT EXISTS) }`)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := f.Pattern()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p)
	// Output:
	// {"detail-type":[{"suffix":" via CloudTrail"}],"detail":{"eventSource":["kms.amazonaws.com"],"eventName":["DisableKey","ScheduleKeyDeletion"],"errorCode":[{"exists":false}]}}
}

func ExampleFilter_Pattern_refused() {
	f, err := metricfilter.Parse(`{ $.eventName = PutObject && $.resources[0].type = "AWS::S3::Object" }`)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = f.Pattern()
	fmt.Println(err)
	// Output:
	// metricfilter: offset 29: $.resources[0].type = "AWS::S3::Object": EventBridge does not count the elements of an array; [*], for any of them, can be translated
}

func ExampleFilter_Match() {
	f, err := metricfilter.Parse(`{ $.errorCode = "AccessDenied*" && $.userIdentity.invokedBy != "config.amazonaws.com" }`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, record := range []string{
		`{"errorCode": "AccessDenied", "userIdentity": {"invokedBy": "athena.amazonaws.com"}}`,
		`{"errorCode": "AccessDenied", "userIdentity": {"type": "IAMUser"}}`,
	} {
		matched, err := f.Match([]byte(record))
		fmt.Println(matched, err)
	}
	// The second record has no invokedBy, and what is absent does not pass !=.

	// Output:
	// true <nil>
	// false <nil>
}
