// Package assume lets remediators work in the account of a finding: [Sessions] assumes a role there, and
// [PerAccount] gives a remediator clients of each finding's own account and Region.
//
// A session is looked at before anything is done in it: STS has to say that it is one of the role asked
// for, in the account asked for. There is no way back to the caller's own credentials. An account
// without a role is refused, an account that is the caller's own is refused unless it is named, and so
// is a Region of another partition.
//
// Sessions of PerAccount can do less than their role: a plan is made in one that may only read, and
// applied in one that may only make the changes of that plan.
//
// # What a role needs
//
// Its trust policy allows the caller sts:AssumeRole and, because every session has a source identity,
// sts:SetSourceIdentity; so does the caller's own policy. A role's permissions are those of
// [remediate.ReadPolicy] and [remediate.WritePolicy]. A caller whose session has a source identity
// already can set no other: give [Options] the same one.
//
// Changes that are made through a role are those of that role, and there is one in every account, so
// [remediate.Self] recognises them by SourceIdentity and not by RoleARN.
package assume
