// Package kmsfix takes back what makes a KMS key unusable: it cancels a scheduled deletion and
// enables the key again, if it was enabled before.
//
// It answers three calls, in the event's account and Region and nowhere else.
//
//   - kms:ScheduleKeyDeletion: the deletion is cancelled. That leaves the key Disabled, whatever it
//     was before, and data under it unreadable; so the second half is to enable it. Neither the event
//     nor KMS tells whether the key was enabled. With a [History] that does, it is enabled, or left
//     disabled. Without one the second half is a suggestion: a key that was disabled on purpose, since
//     it is compromised, say, must not come back by itself.
//   - kms:DisableKey: the key is enabled, unless a History tells that it was disabled before. A key
//     that is also scheduled for deletion cannot be enabled; both halves are suggested then, and done
//     in answer to its ScheduleKeyDeletion.
//   - kms:PutKeyPolicy, if the policy no longer lets the account manage the key: the former policy, or
//     one that gives the account its rights back, is suggested. It is never applied: who is locked out
//     cannot, and a policy that lets more in loosens.
//
// What it leaves alone: grants; the other keys of a multi-Region key, for which there are events in
// their own Regions; rotation, aliases and imported key material. A key that is deleted, or whose
// material is, cannot be brought back by anybody.
//
// KMS is asked about the key by its ARN. An event that names the key by nothing but an alias is
// refused: since then the alias may have been moved to another key.
//
// The way back from what was done disables the key and schedules its deletion again. [Remediator.Undo]
// plans it as suggestions, which no engine applies. Of the waiting period the whole is planned, since
// KMS takes no other than 7 to 30 days.
package kmsfix
