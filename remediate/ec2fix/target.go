package ec2fix

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/countertrail/countertrail/internal/awsplace"
)

// A place is where calls are made.
type place struct {
	partition string // "aws", "aws-cn", …
	region    string
	account   string
}

// A target is a resource of EC2.
type target struct {
	place
	resourceType string // as in ARNs, for example "security-group"
	id           string
	egress       bool // the outbound rules of a security group
}

// The types of resources, as ARNs have them.
const (
	typeGroup    = "security-group"
	typeImage    = "image"
	typeACL      = "network-acl"
	typeTable    = "route-table"
	typeGateway  = "internet-gateway"
	typeSnapshot = "snapshot"
)

// idPrefixes holds the prefix of the ids of each type.
var idPrefixes = map[string]string{
	typeGroup: "sg-", typeSnapshot: "snap-", typeImage: "ami-", typeACL: "acl-", typeTable: "rtb-", typeGateway: "igw-",
}

// arn returns the ARN of t. Those of snapshots and images name no account, as the Service
// Authorization Reference of EC2 has it.
func (t target) arn() string {
	account := t.account
	if !t.namesAccount() {
		account = ""
	}
	return "arn:" + t.partition + ":ec2:" + t.region + ":" + account + ":" + t.resourceType + "/" + t.id
}

func (t target) namesAccount() bool {
	return t.resourceType != typeSnapshot && t.resourceType != typeImage
}

// idSyntax is that of ids, which have 8 or 17 hexadecimal digits so far.
var idSyntax = regexp.MustCompile(`^[a-z]{1,16}-[0-9a-f]{8,32}$`)

func (p place) check() error {
	switch {
	case !awsplace.IsPartition(p.partition):
		return fmt.Errorf("%.40q is not a partition", p.partition)
	case !awsplace.IsRegion(p.region):
		return fmt.Errorf("%.40q is not a Region", p.region)
	case !awsplace.IsAccount(p.account):
		return fmt.Errorf("%.40q is not the twelve digits of an account", p.account)
	}
	return nil
}

func (t target) check() error {
	prefix, ok := idPrefixes[t.resourceType]
	if !ok || !isID(t.id, prefix) {
		return fmt.Errorf("%.100q is not the id of a resource of type %q", t.id, t.resourceType)
	}
	return t.place.check()
}

// isID reports whether s is an id of EC2 with the given prefix, such as "sgr-".
func isID(s, prefix string) bool { return strings.HasPrefix(s, prefix) && idSyntax.MatchString(s) }

// parseARN returns the target that an ARN names. The account is that of the ARN or, for one that
// names none, the given.
func parseARN(text, account string) (target, error) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "ec2" {
		return target{}, fmt.Errorf("%.200q is not the ARN of a resource of EC2", text)
	}
	t := target{place: place{partition: a.Partition, region: a.Region, account: a.AccountID}}
	t.resourceType, t.id, _ = strings.Cut(a.Resource, "/")
	if !t.namesAccount() {
		t.account = account
	}
	if err := t.check(); err != nil {
		return target{}, fmt.Errorf("%.200q: %w", text, err)
	}
	if t.arn() != text {
		return target{}, fmt.Errorf("%.200q is not the ARN of %q", text, t.id)
	}
	return t, nil
}
