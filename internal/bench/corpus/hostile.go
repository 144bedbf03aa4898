package corpus

import (
	"bytes"
	"fmt"
	"strings"
)

// hostileSize is about the size of the hostile events: the most that EventBridge takes.
const hostileSize = 256 << 10

// A Hostile is an event made to be slow to read.
type Hostile struct {
	Name  string
	Event []byte
}

// Hostiles returns events of about 256 KB, each of which stresses another part of a reader. None
// is nested more than 1,000 levels deep, and each is one line.
func Hostiles() []Hostile {
	const deep = 900
	return []Hostile{
		{"small fields", hostile(func(b *bytes.Buffer, i int) { fmt.Fprintf(b, `{"f%05d":"value %d"}`, i, i) })},
		{"small fields in one object", inOneObject()},
		{"one long string", within(`"` + strings.Repeat("x", hostileSize) + `"`)},
		{"escaped quotes", within(`"` + strings.Repeat(`\"`, hostileSize/2) + `"`)},
		{"numbers", hostile(func(b *bytes.Buffer, i int) { fmt.Fprintf(b, `%d.%de-%d`, i, i*7, i%40) })},
		{"empty objects", hostile(func(b *bytes.Buffer, i int) { b.WriteString(`{}`) })},
		{"blanks", within(strings.Repeat(" ", hostileSize) + `null`)},
		{"deep objects", hostile(func(b *bytes.Buffer, i int) {
			b.WriteString(strings.Repeat(`{"a":`, deep) + `1` + strings.Repeat(`}`, deep))
		})},
		{"deep arrays", hostile(func(b *bytes.Buffer, i int) {
			b.WriteString(strings.Repeat(`[`, deep) + strings.Repeat(`]`, deep))
		})},
	}
}

// head begins an event that has what rules ask for first.
const head = `{"version":"0","id":"e","detail-type":"AWS API Call via CloudTrail","source":"aws.ec2",` +
	`"account":"111122223333","region":"eu-west-1","resources":[],` +
	`"detail":{"eventSource":"ec2.amazonaws.com","eventName":"AuthorizeSecurityGroupIngress",` +
	`"sourceIPAddress":"203.0.113.5","userIdentity":{"type":"AssumedRole"},"requestParameters":`

// tail ends it with a field that rules ask for, so that none can stop early.
const tail = `,"eventType":"AwsApiCall"}}`

// within returns an event with a value for its request parameters.
func within(value string) []byte { return []byte(head + value + tail) }

// hostile returns an event whose request parameters are a list of as many elements as it takes.
func hostile(element func(b *bytes.Buffer, i int)) []byte {
	b := bytes.NewBufferString(head)
	b.WriteByte('[')
	for i := 0; b.Len() < hostileSize-len(tail); i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		element(b, i)
	}
	b.WriteString(`]` + tail)
	return b.Bytes()
}

func inOneObject() []byte {
	b := bytes.NewBufferString(head)
	b.WriteByte('{')
	for i := 0; b.Len() < hostileSize-len(tail); i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `"field%05d":"value %d"`, i, i)
	}
	b.WriteString(`}` + tail)
	return b.Bytes()
}

// Objects returns an event with an array of n objects, of two values each, as the resources of its
// detail.
func Objects(n int) []byte {
	b := bytes.NewBufferString(head + `null,"resources":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `{"accountId":"11112222%04d","type":"AWS::S3::Object",`, i%50)
		fmt.Fprintf(b, `"ARN":"arn:aws:s3:::example-prod-web/assets/%04x/%06d.png",`, i%61, i)
		fmt.Fprintf(b, `"labels":{"team":"team-%d","tier":"%d"}}`, i%40, i%7)
	}
	b.WriteString(`]` + tail)
	return b.Bytes()
}

// Strings returns an event with n strings as the request parameter "keys".
func Strings(n int) []byte {
	b := bytes.NewBufferString(head + `{"keys":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `"key-%06d-%x"`, i, i*i)
	}
	b.WriteString(`]}` + tail)
	return b.Bytes()
}
