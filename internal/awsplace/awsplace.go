// Package awsplace knows the partitions, Regions and accounts of AWS by their syntax.
//
// What is asked here was mostly written by somebody else, an attacker included, and becomes part of ARNs,
// host names and commands. So the answers are about form alone, and nothing says that a place exists.
package awsplace

import (
	"regexp"
	"strings"
)

// The syntax of the parts of ARNs. Partitions and Regions are left open to those to come, as far as they
// fit the scheme of all so far.
var (
	partitionSyntax = regexp.MustCompile(`^aws(-[a-z]{1,8}){0,2}$`)
	regionSyntax    = regexp.MustCompile(`^[a-z]{2,8}(-[a-z]{1,16}){1,3}-[0-9]{1,2}$`)
	accountSyntax   = regexp.MustCompile(`^[0-9]{12}$`)
)

// IsPartition reports whether s can be the name of a partition, such as "aws-cn".
func IsPartition(s string) bool { return partitionSyntax.MatchString(s) }

// IsRegion reports whether s can be the name of a Region, such as "eu-west-1".
func IsRegion(s string) bool { return regionSyntax.MatchString(s) }

// IsAccount reports whether s is the twelve digits of an account.
func IsAccount(s string) bool { return accountSyntax.MatchString(s) }

// Partition returns the partition that arn names or, if arn is empty or no ARN, that of the Region, which is
// "aws" for a Region that is not known to be of another.
func Partition(arn, region string) string {
	if fields := strings.SplitN(arn, ":", 6); len(fields) == 6 && fields[0] == "arn" && IsPartition(fields[1]) {
		return fields[1]
	}
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

// partitions holds those other than "aws" by the prefix of their Regions, as the endpoint rules of the SDK
// have them.
var partitions = []struct{ prefix, name string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
	{"eusc-", "aws-eusc"},
}
