package synth

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// The accounts of the organization.
const (
	management = "123456789012"
	production = "111122223333"
	sandbox    = "444455556666"
)

// The Regions in which it works. Ireland is home.
const (
	virginia  = "us-east-1"
	ireland   = "eu-west-1"
	frankfurt = "eu-central-1"
	sydney    = "ap-southeast-2"
)

const (
	hexDigits = "0123456789abcdef"
	base32    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	base62    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// token returns n characters of alphabet that follow from the seed and the words: the same words
// name the same thing on every day.
func (d *day) token(n int, alphabet string, words ...string) string {
	key := fmt.Appendf(nil, "%d %q", d.seed, words)
	out := make([]byte, 0, n)
	for block := uint64(0); len(out) < n; block++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(key, block))
		for _, c := range sum[:min(len(sum), n-len(out))] {
			out = append(out, alphabet[int(c)%len(alphabet)])
		}
	}
	return string(out)
}

// fresh returns a token that no other call returns.
func (d *day) fresh(n int, alphabet string) string {
	d.serial++
	return d.token(n, alphabet, "fresh", fmt.Sprint(d.number), fmt.Sprint(d.serial))
}

// uuid returns a fresh random UUID.
func (d *day) uuid() string {
	h := d.fresh(32, hexDigits)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:]
}

// keyID returns the id of a KMS key, a UUID that its name gives.
func (d *day) keyID(name string) string {
	h := d.token(32, hexDigits, "kms", name)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-9" + h[17:20] + "-" + h[20:]
}

// ec2ID returns the id of the named EC2 resource, such as "vpc-0…".
func (d *day) ec2ID(kind, name string) string {
	return kind + "-0" + d.token(16, hexDigits, kind, name)
}

// principal returns the unique id of an IAM entity, such as "AROA…EXAMPLE".
func (d *day) principal(prefix, account, name string) string {
	return prefix + d.token(10, base32, prefix, account, name) + "EXAMPLE"
}

// accessKey returns the id of an access key. Words that tell a session make it the session's.
func (d *day) accessKey(prefix string, words ...string) string {
	return prefix + d.token(9, base32, words...) + "EXAMPLE"
}

// arn returns the ARN of a resource.
func arn(service, region, account, resource string) string {
	return "arn:aws:" + service + ":" + region + ":" + account + ":" + resource
}

func userARN(account, user string) string { return arn("iam", "", account, "user/"+user) }
func roleARN(account, role string) string { return arn("iam", "", account, "role/"+role) }

func (d *day) keyARN(account, region, name string) string {
	return arn("kms", region, account, "key/"+d.keyID(account+region+name))
}

func trailARN(account, region, name string) string {
	return arn("cloudtrail", region, account, "trail/"+name)
}

func isIPv6(cidr string) bool { return strings.Contains(cidr, ":") }

// host returns a service's endpoint.
func host(service, region string) string {
	switch service {
	case "iam", "organizations":
		return service + ".amazonaws.com"
	case "signin":
		return region + ".signin.aws.amazon.com"
	}
	return service + "." + region + ".amazonaws.com"
}

// iamDate returns t as IAM and RDS write dates in bodies; KMS and STS put a comma after the year.
func iamDate(t time.Time) string { return t.Format("Jan 2, 2006 3:04:05 PM") }

func kmsDate(t time.Time) string { return t.Format("Jan 2, 2006, 3:04:05 PM") }

func isoDate(t time.Time) string { return t.Format(time.RFC3339) }

// title returns the name of the account, as host names and buckets hold it.
func title(account string) string {
	return map[string]string{management: "org", production: "prod", sandbox: "dev"}[account]
}

// bucket returns the name of an account's bucket.
func bucket(account, purpose string) string {
	return strings.Join([]string{"example", title(account), purpose}, "-")
}
