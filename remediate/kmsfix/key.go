package kmsfix

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/awsplace"
)

// A key is a KMS key by the parts of its ARN.
type key struct {
	partition string // "aws", "aws-cn", …
	region    string
	account   string
	id        string
}

func (k key) arn() string {
	return "arn:" + k.partition + ":kms:" + k.region + ":" + k.account + ":key/" + k.id
}

// idSyntax is that of the ids of keys. That of a multi-Region key begins with "mrk-".
var idSyntax = regexp.MustCompile(`^(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$`)

// parseARN returns the parts of a key's ARN.
func parseARN(text string) (key, error) {
	a, err := arn.Parse(text)
	id, ok := strings.CutPrefix(a.Resource, "key/")
	if err != nil || !ok || a.Service != "kms" || !idSyntax.MatchString(id) || !awsplace.IsPartition(a.Partition) ||
		!awsplace.IsRegion(a.Region) || !awsplace.IsAccount(a.AccountID) {
		return key{}, fmt.Errorf("%.200q is not the ARN of a key", text)
	}
	return key{partition: a.Partition, region: a.Region, account: a.AccountID, id: id}, nil
}

// A reference is what a record says about which key it is about: an ARN if key is set, and otherwise
// only the id.
type reference struct {
	key key
	id  string
}

// name returns what to ask KMS for.
func (ref reference) name() string {
	if ref.key != (key{}) {
		return ref.key.arn()
	}
	return ref.id
}

// referenceOf returns the key that rec is about. The ARN that KMS itself wrote, in the response or
// among the resources, counts more than what the caller wrote, which may be an alias. Where two of
// them are about different keys the record is refused.
func referenceOf(rec *event.Record) (reference, error) {
	var ref reference
	for _, text := range arnsOf(rec) {
		k, err := parseARN(text)
		switch {
		case err != nil:
			return reference{}, err
		case ref.key == key{}:
			ref = reference{key: k, id: k.id}
		case ref.key != k:
			return reference{}, refuse("the record is about two keys, %q and %q", ref.key.arn(), k.arn())
		}
	}
	asked := textOf(rec.RequestParameters, "keyId")
	switch {
	case ref.id == "" && isAlias(asked):
		return reference{}, refuse("the record names the key only by the alias %.200q, which may be another key's by now", asked)
	case ref.id == "" && asked == "":
		return reference{}, fmt.Errorf("the record does not tell which key it is about")
	case ref.id == "" && idSyntax.MatchString(asked):
		return reference{id: asked}, nil
	case ref.id == "":
		return reference{}, fmt.Errorf("detail.requestParameters.keyId: %.200q is not the id of a key", asked)
	case asked != "" && asked != ref.id && asked != ref.key.arn() && !isAlias(asked):
		return reference{}, refuse("the caller asked for the key %.200q and the record is about %q", asked, ref.key.arn())
	}
	return ref, nil
}

// arnsOf returns the ARNs of keys in rec, AWS's own words before the caller's.
func arnsOf(rec *event.Record) []string {
	var arns []string
	for _, r := range rec.Resources {
		if r.Type == "AWS::KMS::Key" || r.Type == "" && strings.Contains(r.ARN, ":key/") {
			arns = append(arns, r.ARN)
		}
	}
	if id := textOf(rec.ResponseElements, "keyId"); strings.HasPrefix(id, "arn:") {
		arns = append(arns, id)
	}
	if id := textOf(rec.RequestParameters, "keyId"); len(arns) == 0 && strings.HasPrefix(id, "arn:") && !isAlias(id) {
		arns = append(arns, id)
	}
	return arns
}

func isAlias(name string) bool {
	return strings.HasPrefix(name, "alias/") || strings.HasPrefix(name, "arn:") && strings.Contains(name, ":alias/")
}

// checkScope refuses a key that is not of the event's account and Region: KMS changes no key from
// another account.
func (ref reference) checkScope(e *event.Event, rec *event.Record) error {
	var (
		account = cmp.Or(rec.RecipientAccountID, e.Account)
		region  = cmp.Or(rec.AWSRegion, e.Region)
	)
	switch k := ref.key; {
	case account != e.Account:
		return refuse("the record is of account %.20q and the event of %.20q", account, e.Account)
	case region != e.Region:
		return refuse("the record is of Region %.40q and the event of %.40q", region, e.Region)
	case !awsplace.IsAccount(account) || !awsplace.IsRegion(region):
		return refuse("the event's account %.20q and Region %.40q are not such", account, region)
	case k == key{}:
		return nil // nothing to compare until KMS tells the ARN
	case k.account != account:
		return refuse("the key %q is not of the event's account %.20q", k.arn(), account)
	case k.region != region:
		return refuse("the key %q is not of the event's Region %.40q", k.arn(), region)
	}
	return nil
}

// member returns a member of an object; nil if there is none. Names are exact, which a struct's are
// not.
func member(object json.RawMessage, name string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return nil
	}
	return members[name]
}

// textOf returns a member of an object that is a string; empty if there is none.
func textOf(object json.RawMessage, name string) string {
	var text string
	if json.Unmarshal(member(object, name), &text) != nil {
		return ""
	}
	return text
}
