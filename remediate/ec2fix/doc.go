// Package ec2fix takes back what opened an EC2 resource to people who should not reach it.
//
// It holds three remediators, so that a program has, and grants, only what it uses:
//
//   - [Groups] revokes rules of security groups that a [GroupPolicy] forbids, by default those that
//     open administrative ports to the Internet. It answers AuthorizeSecurityGroupIngress,
//     AuthorizeSecurityGroupEgress and ModifySecurityGroupRules.
//   - [Sharing] takes back the sharing of snapshots and images that a [SharingPolicy] forbids, by
//     default that with everybody. It answers ModifySnapshotAttribute and ModifyImageAttribute.
//   - [Network] answers changes of network ACLs, routes and internet gateways with the exact call
//     that would take them back, as a suggestion for people: whether such a change is harmful, no
//     rule can tell, and taking it back can cut off what works.
//
// The risk of the first two is medium, since somebody may be at work through what they close. An
// Engine asks for a person's approval then, unless its MaxRisk says otherwise.
//
// # What is touched
//
// Only what the event says was added or changed, and only while it still is as the event left it:
// a rule that was in the group before, or was edited since, is never touched. Each rule is revoked
// by its id in a call of its own, since one that does not exist makes a call fail whole. A group is
// not emptied, and a port range not split: a rule that opens port 22 among others goes altogether,
// and people decide what should take its place.
//
// ModifySecurityGroupRules does not tell what a rule was before. If what it became is forbidden,
// the rule is revoked, and so what it allowed before is closed too; the plan says so.
//
// For a minute after an event, what EC2 does not show as the event left it is read again, a few
// times: it may be that EC2 is late. What then still is missing is taken for gone.
//
// Revoking does not end connections that are open, and whoever copied a shared snapshot or image
// keeps the copy.
//
// # The way back
//
// Undo restores what was revoked with the same ports, source, description and tags, under a new
// rule id, if the rules of the group are otherwise still those that we left. Tags that AWS itself
// sets are not restored. To undo is to loosen, so all steps are suggestions, which an Engine never
// applies. A person who wants a program to do it has it call Apply with that plan.
//
// # What is not here
//
// A prefix list that a rule names is read when the rule is added; a later change of the list
// (ModifyManagedPrefixList) is not answered. Neither are groups that are put on a network
// interface, peerings, NAT, transit and VPN gateways, and snapshots of RDS. What was deleted cannot
// be restored from an event.
package ec2fix
