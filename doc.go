// Package countertrail acts on CloudTrail events as Amazon EventBridge delivers them: it finds
// what a rule watches for, plans what to do about it, does so where that was asked for by name,
// and tells people who did what, what was done about it, and how to undo it.
//
// It is a library. There are two ways to use it. In a Lambda, [Handler.Handle] is the whole
// function:
//
//	controls, err := cis.Version("v1.3.0")
//	…
//	h, err := countertrail.New(controls.Rules(), &countertrail.Options{ … })
//	…
//	lambda.Start(h.Handle)
//
// In a service, or over an archive of log files, [Handler.HandleEvent] takes the events that
// package event reads. The packages below this one also stand alone: pattern runs EventBridge
// patterns in a unit test, event decodes CloudTrail, and so on. This package only joins them.
//
// # Safety
//
// With write access to an account, a program must earn trust. This one keeps to the following.
//
//   - It observes unless told otherwise: the zero [remediate.Mode] plans, and changes nothing.
//   - A remediator plans through an interface that can only read. A plan is data: the IAM action,
//     the resource, the arguments, the state before and after, the inverse.
//   - What a plan expects is looked at again before each write.
//   - A call that failed, a read-only call and a change of our own are never answered, and nothing is
//     changed unless it is known by what our own changes are recognised ([remediate.Self]). A
//     replayed event or an old one is planned for, and never acted on.
//   - An event acts once, in its own account and Region, and only so many plans are applied in a
//     window of time. Claims and budget are kept in the memory of one Handler: two processes do
//     not share them.
//   - Every refusal is in the [Report] with its guard and its reason.
//   - Every string of an event counts as written by an attacker, and is made safe where it is
//     shown.
//
// The package keeps no global state, reads no environment variable, and starts no goroutine that
// outlives the call.
package countertrail
