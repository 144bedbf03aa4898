package trailfix

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/awsplace"
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

// namedTrail returns the trail that the request parameter of rec names. What the caller wrote is taken
// for a trail only if it is one of the event's own account and Region.
func namedTrail(e *event.Event, rec *event.Record, parameter string) (trail, error) {
	name, err := nameParameter(rec.RequestParameters, parameter)
	if err != nil {
		return trail{}, fmt.Errorf("detail.requestParameters: %w", err)
	}
	region := cmp.Or(rec.AWSRegion, e.Region)
	own := trail{
		partition: awsplace.Partition(rec.UserIdentity.ARN, region),
		region:    region,
		account:   cmp.Or(rec.RecipientAccountID, e.Account),
		name:      name,
	}
	text := name
	if !strings.HasPrefix(name, "arn:") {
		if err := checkName(name); err != nil {
			return trail{}, fmt.Errorf("detail.requestParameters.%s: %w", parameter, err)
		}
		text = own.arn()
	}
	t, err := parseTrailARN(text)
	switch {
	case err != nil:
		return trail{}, fmt.Errorf("the trail that was named: %w", err)
	case t.account != own.account || own.account != e.Account:
		return trail{}, refuse("the trail %q is not of the event's account %.20q: "+
			"an organization trail is for the account that owns it", t.arn(), e.Account)
	case t.region != own.region || own.region != e.Region:
		return trail{}, refuse("the trail %q is not of the event's Region %.40q, and a trail is changed only in its home Region",
			t.arn(), e.Region)
	case t.partition != own.partition:
		return trail{}, refuse("the trail %q is not of the event's partition %q", t.arn(), own.partition)
	}
	return t, nil
}

// nameParameter returns the member of the request parameters that names a trail.
func nameParameter(params json.RawMessage, parameter string) (string, error) {
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
	value, ok := members[parameter]
	if !ok {
		if _, omitted := members["omitted"]; omitted {
			return "", errors.New("CloudTrail left them out, as it does when they are too large, so the trail is unknown")
		}
		return "", fmt.Errorf("no %s, so the trail is unknown", parameter)
	}
	var name *string
	if err := json.Unmarshal(value, &name); err != nil || name == nil {
		return "", fmt.Errorf("%s is not a string: %.200q", parameter, string(value))
	}
	return *name, nil
}

// The syntax of names, as the API reference of CreateTrail has it: 3 to 128 letters, digits, and single
// periods, underscores and dashes between them, but not in the form of an IP address.
var (
	nameSyntax    = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)
	addressSyntax = regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}$`)
)

func checkName(name string) error {
	if len(name) < 3 || len(name) > 128 || !nameSyntax.MatchString(name) || addressSyntax.MatchString(name) {
		return fmt.Errorf("%.200q is not a name that a trail can have", name)
	}
	return nil
}

// parseTrailARN returns the parts of a trail's ARN.
func parseTrailARN(text string) (trail, error) {
	a, err := arn.Parse(text)
	name, ok := strings.CutPrefix(a.Resource, "trail/")
	t := trail{partition: a.Partition, region: a.Region, account: a.AccountID, name: name}
	switch {
	case err != nil || a.Service != "cloudtrail" || !ok:
		return trail{}, fmt.Errorf("%.200q is not the ARN of a trail", text)
	case !awsplace.IsPartition(t.partition):
		return trail{}, fmt.Errorf("%.200q: %.40q is not a partition", text, t.partition)
	case !awsplace.IsRegion(t.region):
		return trail{}, fmt.Errorf("%.200q: %.40q is not a Region", text, t.region)
	case !awsplace.IsAccount(t.account):
		return trail{}, fmt.Errorf("%.200q: %.40q is not the twelve digits of an account", text, t.account)
	}
	if err := checkName(t.name); err != nil {
		return trail{}, fmt.Errorf("%.200q: %w", text, err)
	}
	return t, nil
}
