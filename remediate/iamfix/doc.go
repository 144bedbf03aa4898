// Package iamfix contains what was done to IAM's users, roles and policies. It has five remediators,
// each with permissions of its own.
//
//   - [AccessKey] deactivates an access key that was made or activated, or that AWS found exposed.
//   - [Attachment] detaches or deletes a policy by which a user, role or group was given far too much.
//   - [PolicyVersion] makes the former version of a managed policy the default again.
//   - [Quarantine] denies a principal everything, or revokes the sessions of a role.
//   - [LoginProfile] deletes a password that somebody gave a user.
//
// # Containment
//
// All of it is containment: it can interrupt work that is none of the attacker's, is rated so, and
// needs a person's approval unless the engine's MaxRisk says otherwise. No remediator deletes a
// credential that can be deactivated, or the version of a policy, which is evidence.
//
// Applied is only what takes something away. Where that cannot be proved the step is a suggestion:
// to detach a policy that also denies, to go back to a version that may allow more than the present
// one, to delete a password that replaced another. To give back what was taken is the way back, which
// no engine goes without a person.
//
// # What is never touched
//
// Root, whom no policy of the account binds; roles of services (below /aws-service-role/) and of
// Identity Center (below /aws-reserved/), which only AWS may change; the policies by which AWS
// quarantines a user whose key it found (AWSCompromisedKeyQuarantine, V2, V3 and later); and what
// [Options] protect: name your own role and the one to break the glass with there. An engine cannot
// tell from an event that it is about its own role.
//
// # What it does not answer
//
// A policy, key or password that was deleted: no event tells what it was. Trust policies, permissions
// boundaries and memberships of groups, whose earlier state an event does not tell either. Sessions of
// IAM users that were made with a key outlive its deactivation: quarantine the user.
//
// That a policy was attached before, so that to attach it again changed nothing, cannot be told from
// the event, nor that a policy of the same name was replaced. What is taken away then was there before
// the event; the way back gives it back.
//
// # IAM
//
// IAM is global. Its events arise in one Region of the partition (us-east-1 in "aws"); those that
// [Quarantine] answers may arise in any. Calls are made for the event's Region, and the SDK sends them to
// the one endpoint that the partition has. IAM is also eventually consistent: what an event set is looked
// for several times before it is taken for gone.
package iamfix
