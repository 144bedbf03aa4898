package configfix

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/countertrail/countertrail/remediate"
)

// recorderName is the input of StartConfigurationRecorder and StopConfigurationRecorder.
type recorderName struct {
	ConfigurationRecorderName string
}

// channelName is the input of DeleteDeliveryChannel.
type channelName struct {
	DeliveryChannelName string
}

// channelState is the state of a place's delivery channel, and the input of PutDeliveryChannel.
type channelState struct {
	DeliveryChannel *channel // nil: there is none
}

// recorderState is what a recorder records, and the input of PutConfigurationRecorder.
type recorderState struct {
	ConfigurationRecorder *recorder // nil: there is none
}

// recordingState is whether a recorder records.
type recordingState struct {
	Recording bool `json:"recording"`

	// LastStopTime tells a start since then from a status that is out of date.
	LastStopTime time.Time `json:"lastStopTime,omitzero"`
}

// startStep returns the step that starts the recorder at the path of its ARN, which was stopped at the
// time given; zero if that is unknown.
func startStep(p place, path string, stopped time.Time, manual bool) remediate.Step {
	if stopped = stopped.UTC(); stopped.Year() < 1 || stopped.Year() > 9999 {
		stopped = time.Time{} // no time that JSON could hold, and none that AWS Config means
	}
	name, inverse := nameOf(path), stopStep(p, path)
	return remediate.Step{
		Action:   actionStart,
		Resource: p.arn(typeRecorder, path),
		Region:   p.region,
		Summary:  fmt.Sprintf("start the recorder %q", name),
		Args:     encode(recorderName{name}),
		Before:   encode(recordingState{LastStopTime: stopped}),
		After:    encode(recordingState{Recording: true}),
		Command:  p.command("start-configuration-recorder", "--configuration-recorder-name", name),
		Manual:   manual,
		Inverse:  &inverse,
	}
}

func stopStep(p place, path string) remediate.Step {
	name := nameOf(path)
	return remediate.Step{
		Action:   actionStop,
		Resource: p.arn(typeRecorder, path),
		Region:   p.region,
		Summary:  fmt.Sprintf("stop the recorder %q again", name),
		Args:     encode(recorderName{name}),
		Before:   encode(recordingState{Recording: true}),
		After:    encode(recordingState{}),
		Command:  p.command("stop-configuration-recorder", "--configuration-recorder-name", name),
		Manual:   true,
	}
}

// putChannelStep returns the step that puts a delivery channel where there is none.
func putChannelStep(p place, c channel, manual bool) remediate.Step {
	inverse := deleteChannelStep(p, c)
	return remediate.Step{
		Action:   actionPutChannel,
		Resource: p.arn(typeChannel, c.Name),
		Region:   p.region,
		Summary:  fmt.Sprintf("put the delivery channel %q, to the bucket %q", c.Name, c.S3BucketName),
		Args:     encode(channelState{&c}),
		Before:   encode(channelState{}),
		After:    encode(channelState{&c}),
		Command:  p.command("put-delivery-channel", "--delivery-channel", string(encode(c))),
		Manual:   manual,
		Inverse:  &inverse,
	}
}

func deleteChannelStep(p place, c channel) remediate.Step {
	return remediate.Step{
		Action:   actionDeleteChannel,
		Resource: p.arn(typeChannel, c.Name),
		Region:   p.region,
		Summary:  fmt.Sprintf("delete the delivery channel %q again", c.Name),
		Args:     encode(channelName{c.Name}),
		Before:   encode(channelState{&c}),
		After:    encode(channelState{}),
		Command:  p.command("delete-delivery-channel", "--delivery-channel-name", c.Name),
		Manual:   true,
	}
}

// The steps below are for people alone. [callOf] knows none of them.

// blankStep returns the suggestion to put a channel of which the bucket is not known.
func blankStep(p place, name string) remediate.Step {
	return remediate.Step{
		Action:   actionPutChannel,
		Resource: p.arn(typeChannel, name),
		Region:   p.region,
		Summary:  fmt.Sprintf("put the delivery channel %q, with the bucket's name in the place of BUCKET", name),
		Before:   encode(channelState{}),
		Command:  p.command("put-delivery-channel", "--delivery-channel", "name="+name+",s3BucketName=BUCKET"),
		Manual:   true,
	}
}

// replaceChannelStep returns the suggestion to replace a channel.
func replaceChannelStep(p place, before, after channel) remediate.Step {
	s, inverse := putChannelStep(p, after, true), putChannelStep(p, before, true)
	s.Before, inverse.Before = encode(channelState{&before}), encode(channelState{&after})
	inverse.Inverse = nil
	s.Inverse = &inverse
	return s
}

// putRecorderStep returns the suggestion to put a recorder in the place of another, or of none.
func putRecorderStep(p place, before *recorder, after recorder) remediate.Step {
	// The CLI takes the group apart from the rest.
	recorder := encode(struct {
		Name          string `json:"name"`
		RoleARN       string `json:"roleARN,omitempty"`
		RecordingMode mode   `json:"recordingMode,omitzero"`
	}{after.Name, after.RoleARN, after.RecordingMode})
	s := remediate.Step{
		Action:   actionPutRecorder,
		Resource: p.arn(typeRecorder, after.Name),
		Region:   p.region,
		Summary:  fmt.Sprintf("put the recorder %q", after.Name),
		Args:     encode(recorderState{&after}),
		Before:   encode(recorderState{before}),
		After:    encode(recorderState{&after}),
		Command: p.command("put-configuration-recorder",
			"--configuration-recorder", string(recorder), "--recording-group", string(encode(after.RecordingGroup))),
		Manual: true,
	}
	if before != nil {
		inverse := putRecorderStep(p, nil, *before)
		inverse.Before = s.After
		s.Inverse = &inverse
	}
	return s
}

func (p place) command(words ...string) string {
	return remediate.Command(append(append([]string{"aws", "configservice"}, words...), "--region", p.region)...)
}

func digest(s remediate.Step) string {
	return (&remediate.Plan{Steps: []remediate.Step{s}}).Digest()
}

// encode returns v as JSON. None of the types given to it can fail.
func encode(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
