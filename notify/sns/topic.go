package sns

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A topic is a parsed topic ARN.
type topic struct {
	arn    string
	region string
	fifo   bool
}

var (
	partitionSyntax = regexp.MustCompile(`^aws(-[a-z0-9]+)*$`)
	regionSyntax    = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$`)
	accountSyntax   = regexp.MustCompile(`^[0-9]{12}$`)
	nameSyntax      = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
)

// parseTopic reads the ARN of a topic: arn:PARTITION:sns:REGION:ACCOUNT:NAME. What is wrong with it
// would otherwise come out with the first alert.
func parseTopic(arn string) (topic, error) {
	parts := strings.Split(arn, ":")
	switch {
	case len(parts) == 7 && parts[2] == "sns":
		return topic{}, errors.New("it is that of a subscription; leave the last part out")
	case len(parts) != 6 || parts[0] != "arn":
		return topic{}, errors.New("want arn:PARTITION:sns:REGION:ACCOUNT:NAME")
	case !partitionSyntax.MatchString(parts[1]):
		return topic{}, fmt.Errorf("no partition %q", parts[1])
	case parts[2] != "sns":
		return topic{}, fmt.Errorf("it is of the service %q", parts[2])
	case !regionSyntax.MatchString(parts[3]):
		return topic{}, fmt.Errorf("no Region %q", parts[3])
	case !accountSyntax.MatchString(parts[4]):
		return topic{}, fmt.Errorf("no account %q; want twelve digits", parts[4])
	}
	name, fifo := strings.CutSuffix(parts[5], ".fifo")
	if !nameSyntax.MatchString(name) || len(parts[5]) > 256 {
		return topic{}, fmt.Errorf("no topic name %q; want at most 256 letters, digits, - and _", parts[5])
	}
	return topic{arn: arn, region: parts[3], fifo: fifo}, nil
}
