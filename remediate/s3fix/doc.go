// Package s3fix takes back what makes an S3 bucket public.
//
// It answers like with like, in the event's account and Region and nowhere else:
//
//   - PutBucketPolicy: the statements that grant access to everyone are cut out of the policy. What
//     is left stays as it is, byte for byte; when nothing is left, the policy is deleted.
//   - PutBucketAcl, and CreateBucket with an ACL: the grants to the groups AllUsers and
//     AuthenticatedUsers (anybody with an AWS account, whosever) are taken out of the ACL.
//   - PutBucketPublicAccessBlock that leaves something open, and DeleteBucketPublicAccessBlock: all
//     four settings are turned on.
//   - PutAccountPublicAccessBlock that leaves something open, and DeleteAccountPublicAccessBlock: the
//     same for the account, as a suggestion for people. It concerns every bucket there is, and is
//     another service's API (s3control).
//
// A policy is not answered with the block, although that would be one call for everything: under
// a block, a policy with one public statement loses what its other statements grant to other
// accounts, too. Where a bucket's block already keeps a policy or an ACL from making anything
// public, there is nothing to do. Blocks of the account or the organization are not looked at.
//
// # What is public
//
// What S3's user guide says under "The meaning of public": a statement that allows is public
// unless its principals, or one of its conditions, are fixed values, without wildcards and policy
// variables. The condition keys that count are aws:SourceIp (no range wider than /8, or /32 in
// IPv6), aws:SourceArn, aws:SourceVpc, aws:SourceVpce, aws:SourceOwner, aws:SourceAccount,
// aws:userid, s3:DataAccessPointAccount, s3:DataAccessPointArn (where only the access point's
// name may have wildcards), and those by which a principal is known: aws:PrincipalArn,
// aws:PrincipalAccount, aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:PrincipalServiceName.
//
// Where the guide leaves room, a statement stays if what it grants is in truth not for everyone: one
// that fixes the key of encryption, the owner of a VPC endpoint, the organization of a path
// of an organization, or the role of aws:userid ("AROA…:*"). Negations, and operators that a missing
// key satisfies (…IfExists, ForAllValues:), fix nothing. Statements that deny are not weighed
// against those that allow, as S3 does not either.
//
// # What it does not do
//
// Access points, object ACLs and object ownership are left alone, and so are directory buckets,
// which know no public access. A statement for one foreign account is not public. A policy that
// cannot be read with certainty, such as one with a member twice, is an error and stays.
//
// S3 has no conditional write of these settings. What a step expects is compared just before the
// write; a change by somebody else between the two is lost.
//
// No answer is a call that would be answered: what is written is never public.
package s3fix
