package trailfix

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/countertrail/countertrail/event"
)

// A trail is a trail by the parts of its ARN.
type trail struct {
	partition string // "aws", "aws-cn", …
	region    string // the home Region
	account   string // the account that owns it
	name      string
}

func (t trail) arn() string {
	return "arn:" + t.partition + ":cloudtrail:" + t.region + ":" + t.account + ":trail/" + t.name
}

// stoppedTrail returns the trail that rec says was stopped. What the caller of StopLogging wrote
// is taken for a trail only if it is one of the event's own account and Region.
func stoppedTrail(e *event.Event, rec *event.Record) (trail, error) {
	name, err := nameParameter(rec.RequestParameters)
	if err != nil {
		return trail{}, fmt.Errorf("detail.requestParameters: %w", err)
	}
	region := cmp.Or(rec.AWSRegion, e.Region)
	own := trail{
		partition: partition(rec.UserIdentity.ARN, region),
		region:    region,
		account:   cmp.Or(rec.RecipientAccountID, e.Account),
		name:      name,
	}
	arn := name
	if !strings.HasPrefix(name, "arn:") {
		if err := checkName(name); err != nil {
			return trail{}, fmt.Errorf("detail.requestParameters.name: %w", err)
		}
		arn = own.arn()
	}
	t, err := parseTrailARN(arn)
	switch {
	case err != nil:
		return trail{}, fmt.Errorf("the trail that was stopped: %w", err)
	case t.account != own.account || own.account != e.Account:
		return trail{}, refuse("the trail %q is not of the event's account %.20q: "+
			"an organization trail is started by the account that owns it", t.arn(), e.Account)
	case t.region != own.region || own.region != e.Region:
		return trail{}, refuse("the trail %q is not of the event's Region %.40q, and a trail is stopped only in its home Region",
			t.arn(), e.Region)
	case t.partition != own.partition:
		return trail{}, refuse("the trail %q is not of the event's partition %q", t.arn(), own.partition)
	}
	return t, nil
}

// nameParameter returns the member "name" of the parameters of StopLogging.
func nameParameter(params json.RawMessage) (string, error) {
	if len(params) == 0 {
		return "", errors.New("absent, so the trail is unknown")
	}
	// A map, since a struct would take "Name" for "name".
	var members map[string]json.RawMessage
	if err := json.Unmarshal(params, &members); err != nil {
		return "", fmt.Errorf("not an object: %w", err)
	}
	if members == nil {
		return "", errors.New("null, so the trail is unknown")
	}
	value, ok := members["name"]
	if !ok {
		if _, omitted := members["omitted"]; omitted {
			return "", errors.New("CloudTrail left them out, as it does when they are too large, so the trail is unknown")
		}
		return "", errors.New("no name, so the trail is unknown")
	}
	var name *string
	if err := json.Unmarshal(value, &name); err != nil || name == nil {
		return "", fmt.Errorf("name is not a string: %.200q", string(value))
	}
	return *name, nil
}

// The syntax of names and ARNs. Names are as the API reference of CreateTrail has it: 3 to 128
// letters, digits, and single periods, underscores and dashes between them, but not in the form
// of an IP address. Partitions and Regions are left open to those to come, as far as they fit the
// scheme of all so far.
var (
	nameSyntax      = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)
	addressSyntax   = regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}$`)
	partitionSyntax = regexp.MustCompile(`^aws(-[a-z]{1,8}){0,2}$`)
	regionSyntax    = regexp.MustCompile(`^[a-z]{2,8}(-[a-z]{1,16}){1,3}-[0-9]{1,2}$`)
	accountSyntax   = regexp.MustCompile(`^[0-9]{12}$`)
)

func checkName(name string) error {
	if len(name) < 3 || len(name) > 128 || !nameSyntax.MatchString(name) || addressSyntax.MatchString(name) {
		return fmt.Errorf("%.200q is not a name that a trail can have", name)
	}
	return nil
}

// parseTrailARN returns the parts of a trail's ARN.
func parseTrailARN(arn string) (trail, error) {
	fields := strings.SplitN(arn, ":", 6)
	if len(fields) != 6 || fields[0] != "arn" || fields[2] != "cloudtrail" {
		return trail{}, fmt.Errorf("%.200q is not the ARN of a trail", arn)
	}
	name, ok := strings.CutPrefix(fields[5], "trail/")
	t := trail{partition: fields[1], region: fields[3], account: fields[4], name: name}
	switch {
	case !ok:
		return trail{}, fmt.Errorf("%.200q is not the ARN of a trail", arn)
	case !partitionSyntax.MatchString(t.partition):
		return trail{}, fmt.Errorf("%.200q: %.40q is not a partition", arn, t.partition)
	case !regionSyntax.MatchString(t.region):
		return trail{}, fmt.Errorf("%.200q: %.40q is not a Region", arn, t.region)
	case !accountSyntax.MatchString(t.account):
		return trail{}, fmt.Errorf("%.200q: %.40q is not the twelve digits of an account", arn, t.account)
	}
	if err := checkName(t.name); err != nil {
		return trail{}, fmt.Errorf("%.200q: %w", arn, err)
	}
	return t, nil
}

// partition returns the partition of a record: that of its caller's ARN or, when the caller has
// none, that of its Region.
func partition(callerARN, region string) string {
	if fields := strings.SplitN(callerARN, ":", 3); len(fields) == 3 && fields[0] == "arn" && partitionSyntax.MatchString(fields[1]) {
		return fields[1]
	}
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

// partitions holds those other than "aws" by the prefix of their Regions, as the endpoint rules
// of the SDK have them.
var partitions = []struct{ prefix, name string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
	{"eusc-", "aws-eusc"},
}
