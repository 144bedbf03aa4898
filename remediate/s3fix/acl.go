package s3fix

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// An acl is the access control list of a bucket. Display names, which S3 no longer returns and
// does not need, are left out.
type acl struct {
	Owner  string  `json:"owner"` // canonical user id
	Grants []grant `json:"grants"`
}

// A grant gives a permission to an account or a group.
type grant struct {
	Type         string `json:"type"` // "CanonicalUser", "Group" or, in former times, "AmazonCustomerByEmail"
	ID           string `json:"id,omitempty"`
	URI          string `json:"uri,omitempty"`
	EmailAddress string `json:"emailAddress,omitempty"`
	Permission   string `json:"permission"`
}

// publicGroups holds how the URIs end of the groups that are everyone: anybody, and anybody with an
// AWS account. The names are from S3's user guide, "Amazon S3 predefined groups".
var publicGroups = []string{"/groups/global/AllUsers", "/groups/global/AuthenticatedUsers"}

// group returns the name of the group that g gives a permission to, if it is everyone.
func (g grant) group() (name string, ok bool) {
	for _, ending := range publicGroups {
		if strings.HasSuffix(g.URI, ending) {
			return ending[strings.LastIndex(ending, "/")+1:], true
		}
	}
	return "", false
}

// acls is the ACL of a bucket.
var acls = &setting{
	name:   "ACL",
	read:   readACL,
	decode: decodeAs[acl],
	open:   "the bucket %q is open to the public",
	fine:   "the ACL of the bucket %q makes nothing public",
	opened: opensACL,
	shut:   func(k block) bool { return k.IgnorePublicAcls },
}

// opensACL reports whether a PutBucketAcl or a CreateBucket names a group of everyone, or a canned
// ACL with one, anywhere among its headers and in its body.
func opensACL(q request) bool {
	if q.hidden() {
		return true
	}
	for name, value := range q {
		if !strings.HasPrefix(name, "x-amz-") && name != "AccessControlPolicy" {
			continue
		}
		for _, word := range []string{"AllUsers", "AuthenticatedUsers", "public-read", "authenticated-read"} {
			if strings.Contains(string(value), word) {
				return true
			}
		}
	}
	return false
}

func readACL(ctx context.Context, r Reader, b bucket) (state, error) {
	out, err := r.GetBucketAcl(ctx, &s3.GetBucketAclInput{
		Bucket: aws.String(b.name), ExpectedBucketOwner: aws.String(b.account),
	}, b.in)
	if err != nil {
		return nil, b.wrap(ctx, err, actionGetACL)
	}
	if out == nil || out.Owner == nil || aws.ToString(out.Owner.ID) == "" {
		return nil, fmt.Errorf("%s on %q does not say who owns the bucket", actionGetACL, b.arn())
	}
	list := acl{Owner: *out.Owner.ID, Grants: []grant{}}
	for _, g := range out.Grants {
		if g.Grantee == nil {
			return nil, fmt.Errorf("%s on %q returned a grant to nobody", actionGetACL, b.arn())
		}
		list.Grants = append(list.Grants, grant{
			Type:         string(g.Grantee.Type),
			ID:           aws.ToString(g.Grantee.ID),
			URI:          aws.ToString(g.Grantee.URI),
			EmailAddress: aws.ToString(g.Grantee.EmailAddress),
			Permission:   string(g.Permission),
		})
	}
	return list, nil
}

func (l acl) tighten() (state, string, error) {
	tight := acl{Owner: l.Owner, Grants: []grant{}}
	var removed []string
	for _, g := range l.Grants {
		if group, ok := g.group(); ok {
			removed = append(removed, fmt.Sprintf("%.20s to %s", g.Permission, group))
			continue
		}
		tight.Grants = append(tight.Grants, g)
	}
	if len(removed) == 0 {
		return l, "", nil
	}
	return tight, "the grants " + list(removed) + " of the ACL", nil
}

// equal compares the grants in any order, which has no meaning.
func (l acl) equal(s state) bool {
	other, ok := s.(acl)
	return ok && l.Owner == other.Owner && slices.Equal(sorted(l.Grants), sorted(other.Grants))
}

func sorted(grants []grant) []grant {
	return slices.SortedFunc(slices.Values(grants), func(a, b grant) int {
		return strings.Compare(fmt.Sprintf("%q", a), fmt.Sprintf("%q", b))
	})
}

// aclInput is the input of PutBucketAcl.
type aclInput struct {
	Bucket              string
	ExpectedBucketOwner string
	AccessControlPolicy aclBody
}

type aclBody struct {
	Owner  aclOwner
	Grants []aclGrant
}

type aclOwner struct{ ID string }

type aclGrant struct {
	Grantee    aclGrantee
	Permission string
}

type aclGrantee struct {
	Type         string
	ID           string `json:",omitempty"`
	URI          string `json:",omitempty"`
	EmailAddress string `json:",omitempty"`
}

func (l acl) call(b bucket) call {
	body := aclBody{Owner: aclOwner{l.Owner}, Grants: []aclGrant{}}
	for _, g := range l.Grants {
		body.Grants = append(body.Grants, aclGrant{aclGrantee{g.Type, g.ID, g.URI, g.EmailAddress}, g.Permission})
	}
	return call{
		action:  actionPutACL,
		args:    aclInput{b.name, b.account, body},
		command: []string{"put-bucket-acl", "--access-control-policy", string(encode(body))},
		do: func(ctx context.Context, w Writer) error {
			_, err := w.PutBucketAcl(ctx, &s3.PutBucketAclInput{
				Bucket: aws.String(b.name), ExpectedBucketOwner: aws.String(b.account),
				AccessControlPolicy: l.sdk(),
			}, b.in)
			return err
		},
	}
}

// sdk returns the list as the SDK takes it. Grants is never nil, which would leave the list out.
func (l acl) sdk() *types.AccessControlPolicy {
	p := &types.AccessControlPolicy{Owner: &types.Owner{ID: aws.String(l.Owner)}, Grants: []types.Grant{}}
	for _, g := range l.Grants {
		p.Grants = append(p.Grants, types.Grant{
			Grantee: &types.Grantee{
				Type: types.Type(g.Type), ID: optional(g.ID), URI: optional(g.URI), EmailAddress: optional(g.EmailAddress),
			},
			Permission: types.Permission(g.Permission),
		})
	}
	return p
}

// optional returns nil for the empty string.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// list returns the first few of what a summary lists, and how many more there are.
func list(items []string) string {
	const most = 5
	if len(items) <= most {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:most], ", "), len(items)-most)
}
