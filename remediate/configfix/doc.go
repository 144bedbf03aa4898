// Package configfix makes AWS Config record again: it restores a delivery channel that was deleted
// and starts a configuration recorder that was stopped, in this order, since a recorder does not
// start without a channel.
//
// It answers five calls, in the event's account and Region and nowhere else.
//
//   - config:StopConfigurationRecorder: the recorder is started. If there is no delivery channel any
//     more, the former one is put back first.
//   - config:DeleteDeliveryChannel: the former channel is put back, and the recorder started if it was
//     stopped not long before; Config deletes no channel under a running recorder, so whoever deletes
//     one stops the other. A recorder that was stopped long ago is only suggested to be started.
//   - config:PutDeliveryChannel, if the channel now delivers elsewhere: the former one is suggested.
//   - config:PutConfigurationRecorder, if the recorder now records less: the former is suggested.
//   - config:DeleteConfigurationRecorder: the former recorder, and to start it, are suggested.
//
// The events of these calls do not tell what was there before. A [History] does: of a channel or a
// recorder the latest call that put it, which names all of it. Without a History, or where it lacks
// the call, there are suggestions alone, with a bucket for people to fill in, or with a recorder that
// records everything. A channel that was put shortly before it was deleted is only suggested too: it
// may be the attacker's, who would have us restore it.
//
// Why no recorder is put by itself: it takes iam:PassRole, which a program that answers events had
// better not have, and a recorder that records more costs more.
//
// What it leaves alone: recorders that a service is linked to, which AWS starts and stops; rules,
// conformance packs, aggregators and retention; the bucket, the topic and the key of a channel, and
// their policies.
//
// The names in these events are the same in every account, so nothing is done unless the recorder's ARN,
// or that of its role, says that it is of the event's account. Where there is no recorder to tell, all
// is suggestion.
//
// The way back from what was done stops the recorder and deletes the channel. [Remediator.Undo] plans
// it as suggestions, which no engine applies.
package configfix
