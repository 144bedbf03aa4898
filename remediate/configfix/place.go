package configfix

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

const eventSource = "config.amazonaws.com"

// A place is where AWS Config is changed: there is one recorder that customers manage, and one
// delivery channel, for each account and Region.
type place struct {
	partition string // "aws", "aws-cn", …
	region    string
	account   string
}

// Types of resources in ARNs. IAM has no resource for a delivery channel; the ARN is made up so that
// a step has one that says whose it is.
const (
	typeRecorder = "configuration-recorder"
	typeChannel  = "delivery-channel"
)

func (p place) arn(resourceType, path string) string {
	return "arn:" + p.partition + ":config:" + p.region + ":" + p.account + ":" + resourceType + "/" + path
}

// The syntax of the parts of ARNs that are AWS Config's own. AWS leaves the names of recorders and
// channels open; these are what the API takes for names elsewhere, so that none of them is an option
// or a file to a program.
var (
	nameSyntax = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_+=,.@-]{0,255}$`)
	idSyntax   = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`) // of a recorder
)

func (p place) check() error {
	if !awsplace.IsPartition(p.partition) || !awsplace.IsRegion(p.region) || !awsplace.IsAccount(p.account) {
		return fmt.Errorf("%.20q, %.40q and %.20q are not a partition, a Region and an account", p.partition, p.region, p.account)
	}
	return nil
}

func checkName(name string) error {
	if !nameSyntax.MatchString(name) {
		return fmt.Errorf("%.200q is not a name of a recorder or a channel that is passed on", name)
	}
	return nil
}

// parseARN returns what an ARN is about. The path is the name of the channel or the recorder; in the
// ARNs of recorders that AWS tells, an id follows.
func parseARN(text, resourceType string) (p place, path string, err error) {
	a, err := arn.Parse(text)
	path, ok := strings.CutPrefix(a.Resource, resourceType+"/")
	name, id, more := strings.Cut(path, "/")
	p = place{partition: a.Partition, region: a.Region, account: a.AccountID}
	if err != nil || !ok || a.Service != "config" || p.check() != nil || checkName(name) != nil ||
		more && (resourceType != typeRecorder || !idSyntax.MatchString(id)) {
		return place{}, "", fmt.Errorf("%.200q is not the ARN of a %s", text, resourceType)
	}
	return p, path, nil
}

// nameOf returns the name at the beginning of a path.
func nameOf(path string) string {
	name, _, _ := strings.Cut(path, "/")
	return name
}

// placeOf returns where the call of a record was made, which must be the event's own account and
// Region.
func placeOf(e *event.Event, rec *event.Record) (place, error) {
	p := place{region: cmp.Or(rec.AWSRegion, e.Region), account: cmp.Or(rec.RecipientAccountID, e.Account)}
	p.partition = awsplace.Partition(rec.UserIdentity.ARN, p.region)
	switch {
	case p.account != e.Account:
		return place{}, refuse("the record is of account %.20q and the event of %.20q", p.account, e.Account)
	case p.region != e.Region:
		return place{}, refuse("the record is of Region %.40q and the event of %.40q", p.region, e.Region)
	}
	return p, p.check()
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

// textParameter returns a member of an object that must be the name of a recorder or a channel.
func textParameter(object json.RawMessage, name string) (string, error) {
	var text *string
	if err := json.Unmarshal(member(object, name), &text); err != nil || text == nil {
		return "", fmt.Errorf("%s is not told", name)
	}
	if err := checkName(*text); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return *text, nil
}
