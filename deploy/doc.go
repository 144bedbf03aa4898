// Package deploy writes rules as infrastructure: a CloudFormation template in YAML or JSON, or a
// Terraform module, with everything that makes rules an alarm that can be relied on.
//
// A [Stack] says what is deployed, and is the same for every Region of every account: names are
// generated where it is deployed, and a rule whose events arrive in certain Regions only is made
// only there. What its output deploys in a Region is:
//
//   - The rules, each in the state that it asks for. [rule.EnabledAll] is among those that
//     CloudFormation and Terraform can set and the console cannot.
//   - A topic of Amazon SNS, to which every rule publishes a few lines of text. It is encrypted with a
//     key of its own, for neither EventBridge nor CloudWatch can use one that AWS manages.
//   - A dead-letter queue and a retry policy of an hour for every target. The queue takes messages of
//     these rules only.
//   - If there is a [Function], it, its role with no more permissions than it is given here, its log,
//     a queue of what it failed on, and the right for its rules, one by one, to invoke it. It observes
//     until the parameter for its mode says "enforce", and is not permitted to change anything before.
//   - Alarms: on every rule whose events do not reach a target or are lost, on queues that are not
//     empty, on subscribers that do not take alerts, on a function that fails, is late or loses events.
//   - An alarm on silence. A rule without targets counts whatever CloudTrail delivers, and a schedule
//     makes a call every quarter of an hour that CloudTrail logs. When none arrives for some hours, no
//     trail is logging, or its events do not get here, and no other rule can fire either.
//   - If [Stack.Trail] is set, a second trail in a Region that a parameter names, with a key and a
//     private bucket that CloudFormation leaves behind and Terraform refuses to destroy.
//
// Events of CloudTrail reach EventBridge only while a trail in the account, or one of its
// organization, is logging. The output cannot check that there is one; the alarm on silence does.
//
// # Who may publish
//
// The topic's policy lets EventBridge publish without a condition. Its service does not fill in
// aws:SourceArn or aws:SourceAccount when it publishes to a topic, so a statement with such a
// condition drops every alert, in silence; the same goes for the key
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html,
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html). The price is that EventBridge
// would publish for somebody else's rule as well, so an alert is a reason to look and not a proof.
// The other way is a role for the target, whose trust can have conditions. The editions of AWS's
// documentation contradict each other on it: some say that it works, some that delivery to an encrypted
// topic may then fail. An alert that is forged costs a look; an alert that is lost costs the alarm. So
// the old way it is. Permissions of the function and of the queue do name their rules.
//
// # Text of others
//
// Titles and ids are shown in one line, without controls and without what begins a reference that
// CloudFormation or Terraform would resolve. Patterns keep every token of their JSON; where
// CloudFormation would read one of them differently, the pattern is passed on as text. Of an event,
// alerts show only what its caller cannot choose freely.
package deploy
