package iamfix

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/internal/awsplace"
	"github.com/countertrail/countertrail/remediate"
)

// The kinds of an entity, as ARNs have them.
const (
	kindUser   = "user"
	kindRole   = "role"
	kindGroup  = "group"
	kindPolicy = "policy"
)

// An entity is a user, role, group or managed policy by the parts of its ARN.
type entity struct {
	partition string // "aws", "aws-cn", …
	account   string // "aws" for a policy of AWS's own
	kind      string
	path      string // begins and ends with "/"
	name      string
}

func (e entity) arn() string {
	return "arn:" + e.partition + ":iam::" + e.account + ":" + e.kind + e.path + e.name
}

// String returns what to call e in a sentence.
func (e entity) String() string { return fmt.Sprintf("%s %q", e.kind, e.name) }

// The syntax of names, paths and ids, as IAM's API reference has it.
var (
	nameSyntax    = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,128}$`)
	pathSyntax    = regexp.MustCompile(`^/([!-~]{1,510}/)?$`)
	keySyntax     = regexp.MustCompile(`^[A-Z0-9]{16,128}$`)
	versionSyntax = regexp.MustCompile(`^v[1-9][0-9]{0,9}$`)
)

// parseARN returns the parts of an ARN in IAM.
func parseARN(text string) (entity, error) {
	a, err := arn.Parse(text)
	slash := strings.Index(a.Resource, "/")
	if err != nil || slash < 0 || len(text) > 2048 {
		return entity{}, fmt.Errorf("%.200q is not an ARN in IAM", text)
	}
	last := strings.LastIndex(a.Resource, "/")
	e := entity{a.Partition, a.AccountID, a.Resource[:slash], a.Resource[slash : last+1], a.Resource[last+1:]}
	own := e.account == "aws" && e.kind == kindPolicy
	switch e.kind {
	case kindUser, kindRole, kindGroup, kindPolicy:
	default:
		return entity{}, fmt.Errorf("%.200q is not the ARN of a user, role, group or policy", text)
	}
	if a.Service != "iam" || a.Region != "" || !awsplace.IsPartition(e.partition) || !own && !awsplace.IsAccount(e.account) ||
		!pathSyntax.MatchString(e.path) || !nameSyntax.MatchString(e.name) {
		return entity{}, fmt.Errorf("%.200q is not an ARN in IAM", text)
	}
	return e, nil
}

// The readers of single principals.
type (
	userReader interface {
		GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error)
	}
	roleReader interface {
		GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	}
	groupReader interface {
		GetGroup(context.Context, *iam.GetGroupInput, ...func(*iam.Options)) (*iam.GetGroupOutput, error)
	}
)

// A principal is an entity that IAM told of, with its unique id.
type principal struct {
	entity
	id string
}

// getUser returns the user with the name in the scope of an event, and getRole and getGroup the role
// and the group.
func getUser(ctx context.Context, r userReader, s scope, name string) (principal, error) {
	return s.get(kindUser, name, func() (*string, *string, error) {
		out, err := r.GetUser(ctx, &iam.GetUserInput{UserName: &name}, in(s.region))
		if err != nil || out == nil || out.User == nil {
			return nil, nil, awserr.Wrap(ctx, err, "iam:GetUser", name)
		}
		return out.User.Arn, out.User.UserId, nil
	})
}

func getRole(ctx context.Context, r roleReader, s scope, name string) (principal, error) {
	return s.get(kindRole, name, func() (*string, *string, error) {
		out, err := r.GetRole(ctx, &iam.GetRoleInput{RoleName: &name}, in(s.region))
		if err != nil || out == nil || out.Role == nil {
			return nil, nil, awserr.Wrap(ctx, err, "iam:GetRole", name)
		}
		return out.Role.Arn, out.Role.RoleId, nil
	})
}

func getGroup(ctx context.Context, r groupReader, s scope, name string) (principal, error) {
	return s.get(kindGroup, name, func() (*string, *string, error) {
		out, err := r.GetGroup(ctx, &iam.GetGroupInput{GroupName: &name, MaxItems: aws.Int32(1)}, in(s.region))
		if err != nil || out == nil || out.Group == nil {
			return nil, nil, awserr.Wrap(ctx, err, "iam:GetGroup", name)
		}
		return out.Group.Arn, out.Group.GroupId, nil
	})
}

// get returns the principal that read tells of, if it is the one with the name in the scope: with
// credentials of another account IAM would tell of one of the same name there.
func (s scope) get(kind, name string, read func() (text, id *string, err error)) (principal, error) {
	if !nameSyntax.MatchString(name) {
		return principal{}, fmt.Errorf("%.200q is not a name that a %s can have", name, kind)
	}
	text, id, err := read()
	if err != nil {
		return principal{}, err
	}
	e, err := parseARN(aws.ToString(text))
	switch {
	case err != nil:
		return principal{}, fmt.Errorf("asked for the %s %q, IAM tells of %w", kind, name, err)
	case e.kind != kind || !strings.EqualFold(e.name, name): // names differ by more than case
		return principal{}, fmt.Errorf("asked for the %s %q, IAM tells of %q", kind, name, e.arn())
	case e.account != s.account:
		return principal{}, refuse(remediate.GuardScope, "%q is not of the event's account %.20q", e.arn(), s.account)
	}
	return principal{e, aws.ToString(id)}, nil
}

func noSuchEntity(err error) bool {
	var gone *types.NoSuchEntityException
	return errors.As(err, &gone)
}
