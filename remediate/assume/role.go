package assume

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// A Role is one that can be assumed. It is data, and reads from JSON.
type Role struct {
	// Name is the role's name with its path, if it has one: "countertrail" or "security/countertrail".
	// It is no ARN: account and partition are those that are asked for, so it cannot name others.
	Name string `json:"name"`
	// ExternalID is what the role's trust policy may ask for; empty means none.
	ExternalID string `json:"externalId,omitempty"`
}

// arn returns the role's ARN in the account.
func (r Role) arn(partition, account string) string {
	return arn.ARN{Partition: partition, Service: "iam", AccountID: account, Resource: "role/" + r.Name}.String()
}

// The syntax of roles and external IDs, as the API reference of AssumeRole has it. Of paths it takes a
// little more than is taken here.
var (
	roleSyntax       = regexp.MustCompile(`^([\w+=,.@-]{1,128}/){0,4}[\w+=,.@-]{1,64}$`)
	externalIDSyntax = regexp.MustCompile(`^[\w+=,.@:/-]*$`)
)

// check returns an error if STS could not assume r.
func (r Role) check() error {
	if !roleSyntax.MatchString(r.Name) {
		return fmt.Errorf("%.100q is not the name of a role, with or without its path", r.Name)
	}
	if n := len(r.ExternalID); n == 1 || n > 1224 || !externalIDSyntax.MatchString(r.ExternalID) {
		return errors.New("the external ID is not 2 to 1224 letters, digits or of _+=,.@:/-")
	}
	return nil
}
