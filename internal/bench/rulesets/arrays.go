package rulesets

import "fmt"

// Arrays returns rules about the events that corpus.Objects and corpus.Strings make: most ask for
// an element of an array of objects in which two or three fields hold, which they do in a few of the
// elements or in none.
func Arrays() []string {
	var all []string
	for i := range 10 {
		all = append(all,
			pattern{
				"detail.resources.accountId": {fmt.Sprintf("11112222%04d", i*7)},
				"detail.resources.ARN":       {op("prefix", fmt.Sprintf("arn:aws:s3:::example-prod-web/assets/%04x/", i*9))},
			}.String(),
			pattern{
				"detail.resources.type":        {"AWS::S3::Object", "AWS::S3::Bucket"},
				"detail.resources.labels.team": {fmt.Sprintf("team-%d", i)},
				"detail.resources.labels.tier": {fmt.Sprint(i % 9)},
			}.String(),
			pattern{
				"detail.eventSource": {"ec2.amazonaws.com"},
				"detail.requestParameters.keys": {
					fmt.Sprintf("key-%06d-%x", i*1111, i*1111*i*1111), op("prefix", fmt.Sprint("key-01", i)),
				},
			}.String(),
		)
	}
	return all
}
