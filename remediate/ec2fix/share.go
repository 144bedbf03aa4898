package ec2fix

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/countertrail/countertrail/internal/awsplace"
)

// A SharingPolicy says with whom a snapshot or an image must not be shared. It is data, and reads
// from JSON. The zero value is the default: not with everybody.
type SharingPolicy struct {
	// AllowAccounts, unless nil, are the only accounts with which may be shared, beside the event's
	// own. Nil allows every one.
	AllowAccounts []string `json:"allowAccounts,omitzero"`

	// AllowOrganizations, unless nil, are the ARNs of the only organizations and organizational
	// units with which may be shared. Nil allows every one.
	AllowOrganizations []string `json:"allowOrganizations,omitzero"`

	// Exempt are the ids of snapshots and images that may be shared with anybody.
	Exempt []string `json:"exempt,omitempty"`
}

var organizationSyntax = regexp.MustCompile(`^arn:aws[a-z-]*:organizations::[0-9]{12}:(organization/o-[a-z0-9]{10,32}|ou/o-[a-z0-9]{10,32}/ou-[a-z0-9-]{5,68})$`)

// Check returns an error for each account, ARN or id in p that cannot be one.
func (p *SharingPolicy) Check() error {
	var errs []error
	check := func(field string, values []string, ok func(string) bool) {
		for i, v := range values {
			if !ok(v) {
				errs = append(errs, fmt.Errorf("ec2fix: SharingPolicy.%s[%d]: %q is not one", field, i, v))
			}
		}
	}
	check("AllowAccounts", p.AllowAccounts, awsplace.IsAccount)
	check("AllowOrganizations", p.AllowOrganizations, organizationSyntax.MatchString)
	check("Exempt", p.Exempt, func(id string) bool { return isID(id, "snap-") || isID(id, "ami-") })
	return errors.Join(errs...)
}

// forbids reports whether p forbids to share with the holder of s what belongs to the account.
func (p *SharingPolicy) forbids(s share, account string) bool {
	switch {
	case s.User != "":
		return p.AllowAccounts != nil && s.User != account && !slices.Contains(p.AllowAccounts, s.User)
	case s.Organization != "" || s.Unit != "":
		return p.AllowOrganizations != nil && !slices.Contains(p.AllowOrganizations, cmp.Or(s.Organization, s.Unit))
	}
	return s.Group != ""
}

// A share says with whom a snapshot or an image is shared. One field is set.
type share struct {
	Group        string `json:"Group,omitempty"` // "all"
	User         string `json:"UserId,omitempty"`
	Organization string `json:"OrganizationArn,omitempty"`
	Unit         string `json:"OrganizationalUnitArn,omitempty"`
}

func (s share) key() string     { return s.content() }
func (s share) content() string { return string(encode(s)) }

// String says whom s lets in.
func (s share) String() string {
	if s.Group == string(types.PermissionGroupAll) {
		return "everybody"
	}
	return fmt.Sprintf("%q", cmp.Or(s.Group, s.User, s.Organization, s.Unit))
}

func (s share) volumePermission() types.CreateVolumePermission {
	return types.CreateVolumePermission{Group: types.PermissionGroup(s.Group), UserId: optional(s.User)}
}

func (s share) launchPermission() types.LaunchPermission {
	return types.LaunchPermission{
		Group: types.PermissionGroup(s.Group), UserId: optional(s.User),
		OrganizationArn: optional(s.Organization), OrganizationalUnitArn: optional(s.Unit),
	}
}

func volumeShare(p types.CreateVolumePermission) share {
	return share{Group: string(p.Group), User: aws.ToString(p.UserId)}
}

func launchShare(p types.LaunchPermission) share {
	return share{
		Group: string(p.Group), User: aws.ToString(p.UserId),
		Organization: aws.ToString(p.OrganizationArn), Unit: aws.ToString(p.OrganizationalUnitArn),
	}
}

// addedShares returns those with whom a change shares something, and whether it tells all of them.
// It does not if the caller used the parameters that CloudTrail does not show as a list, or if an
// element of that is none that can be.
func (c change) addedShares(attribute string) (shares []share, all bool) {
	all = c.request.at("operationType").text() != "add"
	for _, item := range c.request.at(attribute, "add").list() {
		s := share{
			Group: item.at("group").text(), User: item.at("userId").text(),
			Organization: item.at("organizationArn").text(), Unit: item.at("organizationalUnitArn").text(),
		}
		switch {
		case !s.valid():
			all = false
		case !slices.Contains(shares, s):
			shares = append(shares, s)
		}
	}
	return shares, all
}

// valid reports whether s has one field set, to what that can be.
func (s share) valid() bool {
	switch {
	case s.Group != "":
		return s == share{Group: string(types.PermissionGroupAll)}
	case s.User != "":
		return s == share{User: s.User} && awsplace.IsAccount(s.User)
	case s.Organization != "":
		return s == share{Organization: s.Organization} && organizationSyntax.MatchString(s.Organization)
	}
	return organizationSyntax.MatchString(s.Unit)
}
