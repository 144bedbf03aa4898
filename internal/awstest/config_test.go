package awstest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/countertrail/countertrail/remediate/configfix"
)

var configScenarios = []scenario{
	{
		service: "config", name: "the recorder stopped", reason: "it is started again",
		begin: func(t *testing.T, s *server) *incident {
			r := newRecorder(t, s)
			in := r.incident(t, func() call {
				r.stop(t)
				return r.record("StopConfigurationRecorder", object{"configurationRecorderName": "default"})
			})
			in.steps = []string{"config:StartConfigurationRecorder"}
			return in
		},
	},
	{
		service: "config", name: "the delivery channel deleted", reason: "it is put back as the history has it, and then the recorder starts",
		begin: func(t *testing.T, s *server) *incident {
			r := newRecorder(t, s)
			in := r.incident(t, func() call {
				r.stop(t)
				r.deleteChannel(t)
				return r.record("DeleteDeliveryChannel", object{"deliveryChannelName": "default"})
			})
			in.steps = []string{"config:PutDeliveryChannel", "config:StartConfigurationRecorder"}
			in.meddle = func() { r.putChannel(t, newBucket(t, s).name) }
			return in
		},
	},
	{service: "config", name: "the recorder weakened", reason: "the command to record everything again is shown, and works", begin: weakened},
	{service: "config", name: "the delivery channel misdirected", reason: "the command to put the former one is shown, and works", begin: misdirected},
}

// weakened is the incident that the recorder is told to record hardly anything.
func weakened(t *testing.T, s *server) *incident {
	r := newRecorder(t, s)
	in := r.incident(t, func() call {
		r.put(t, &types.RecordingGroup{ResourceTypes: []types.ResourceType{types.ResourceTypeInstance}})
		return r.record("PutConfigurationRecorder", recorderParameters(object{
			"allSupported": false, "includeGlobalResourceTypes": false, "resourceTypes": []string{"AWS::EC2::Instance"},
		}))
	})
	in.state = func() any {
		return must(r.owner.DescribeConfigurationRecorders(t.Context(), nil))(t).ConfigurationRecorders[0].RecordingGroup
	}
	in.steps, in.suggested = []string{"config:PutConfigurationRecorder"}, true
	return in
}

// misdirected is the incident that the channel is made to deliver to another bucket.
func misdirected(t *testing.T, s *server) *incident {
	r := newRecorder(t, s)
	in := r.incident(t, func() call {
		other := newBucket(t, s).name
		r.putChannel(t, other)
		return r.record("PutDeliveryChannel", object{"deliveryChannel": object{"name": "default", "s3BucketName": other}})
	})
	in.steps, in.suggested = []string{"config:PutDeliveryChannel"}, true
	return in
}

// A recorder is that of AWS Config in the Region of most scenarios, of which there is but one, with its
// delivery channel.
type recorder struct {
	owner, fixer *configservice.Client
	bucket       string
}

func newRecorder(t *testing.T, s *server) *recorder {
	t.Helper()
	r := &recorder{
		owner: configservice.NewFromConfig(s.config(home)), fixer: configservice.NewFromConfig(s.strange(t, home)),
		bucket: newBucket(t, s).name,
	}
	ctx, name := t.Context(), aws.String("default")
	r.put(t, &types.RecordingGroup{AllSupported: true, IncludeGlobalResourceTypes: true})
	r.putChannel(t, r.bucket)
	must(r.owner.StartConfigurationRecorder(ctx, &configservice.StartConfigurationRecorderInput{ConfigurationRecorderName: name}))(t)
	return r
}

// configRole is the role of the recorder.
const configRole = "arn:aws:iam::" + accountID + ":role/config"

func (r *recorder) put(t *testing.T, group *types.RecordingGroup) {
	t.Helper()
	must(r.owner.PutConfigurationRecorder(t.Context(), &configservice.PutConfigurationRecorderInput{
		ConfigurationRecorder: &types.ConfigurationRecorder{
			Name: aws.String("default"), RoleARN: aws.String(configRole), RecordingGroup: group,
		},
	}))(t)
}

// recorderParameters returns the parameters of put as CloudTrail records them.
func recorderParameters(group object) object {
	return object{"configurationRecorder": object{"name": "default", "roleARN": configRole, "recordingGroup": group}}
}

func (r *recorder) putChannel(t *testing.T, bucket string) {
	t.Helper()
	must(r.owner.PutDeliveryChannel(t.Context(), &configservice.PutDeliveryChannelInput{
		DeliveryChannel: &types.DeliveryChannel{Name: aws.String("default"), S3BucketName: &bucket},
	}))(t)
}

func (r *recorder) stop(t *testing.T) {
	t.Helper()
	in := &configservice.StopConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")}
	must(r.owner.StopConfigurationRecorder(t.Context(), in))(t)
}

func (r *recorder) deleteChannel(t *testing.T) {
	t.Helper()
	in := &configservice.DeleteDeliveryChannelInput{DeliveryChannelName: aws.String("default")}
	must(r.owner.DeleteDeliveryChannel(t.Context(), in))(t)
}

func (r *recorder) record(name string, request object) call {
	return call{service: "config", name: name, request: request}
}

func (r *recorder) incident(t *testing.T, attack func() call) *incident {
	past := monthAgo(t,
		r.record("PutConfigurationRecorder", recorderParameters(object{"allSupported": true, "includeGlobalResourceTypes": true})),
		r.record("PutDeliveryChannel", object{"deliveryChannel": object{"name": "default", "s3BucketName": r.bucket}}),
	)
	return &incident{
		remediator: configfix.New(r.fixer, r.fixer, &configfix.Options{History: past, Reverter: r.fixer, Interval: interval}),
		attack:     attack,
		state: func() any {
			ctx := t.Context()
			status := must(r.owner.DescribeConfigurationRecorderStatus(ctx, nil))(t).ConfigurationRecordersStatus
			return object{
				"recording": status[0].Recording,
				"channels":  must(r.owner.DescribeDeliveryChannels(ctx, nil))(t).DeliveryChannels,
			}
		},
		reverts: true,
	}
}
