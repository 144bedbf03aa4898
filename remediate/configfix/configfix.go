package configfix

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/configservice"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// self is the name by which plans and reports call the remediator.
const self = "configfix"

// The IAM actions, which are named like the calls.
const (
	actionDescribeRecorders = "config:DescribeConfigurationRecorders"
	actionDescribeStatus    = "config:DescribeConfigurationRecorderStatus"
	actionDescribeChannels  = "config:DescribeDeliveryChannels"
	actionStart             = "config:StartConfigurationRecorder"
	actionStop              = "config:StopConfigurationRecorder"
	actionPutChannel        = "config:PutDeliveryChannel"
	actionDeleteChannel     = "config:DeleteDeliveryChannel"
	actionPutRecorder       = "config:PutConfigurationRecorder"
	actionDeleteRecorder    = "config:DeleteConfigurationRecorder"
)

// A Reader reads recorders and delivery channels. [*configservice.Client] is one.
type Reader interface {
	DescribeConfigurationRecorders(context.Context, *configservice.DescribeConfigurationRecordersInput, ...func(*configservice.Options)) (*configservice.DescribeConfigurationRecordersOutput, error)
	DescribeConfigurationRecorderStatus(context.Context, *configservice.DescribeConfigurationRecorderStatusInput, ...func(*configservice.Options)) (*configservice.DescribeConfigurationRecorderStatusOutput, error)
	DescribeDeliveryChannels(context.Context, *configservice.DescribeDeliveryChannelsInput, ...func(*configservice.Options)) (*configservice.DescribeDeliveryChannelsOutput, error)
}

// A Writer makes AWS Config record again. [*configservice.Client] is one.
type Writer interface {
	PutDeliveryChannel(context.Context, *configservice.PutDeliveryChannelInput, ...func(*configservice.Options)) (*configservice.PutDeliveryChannelOutput, error)
	StartConfigurationRecorder(context.Context, *configservice.StartConfigurationRecorderInput, ...func(*configservice.Options)) (*configservice.StartConfigurationRecorderOutput, error)
}

// A Reverter takes back what a [Writer] did. [*configservice.Client] is one.
type Reverter interface {
	StopConfigurationRecorder(context.Context, *configservice.StopConfigurationRecorderInput, ...func(*configservice.Options)) (*configservice.StopConfigurationRecorderOutput, error)
	DeleteDeliveryChannel(context.Context, *configservice.DeleteDeliveryChannelInput, ...func(*configservice.Options)) (*configservice.DeleteDeliveryChannelOutput, error)
}

// Options are the settings of [New].
type Options struct {
	// History tells what a channel and a recorder were before a call. Without it that is unknown.
	History History

	// Reverter lets Apply carry out the plans of Undo too, which nobody but the caller of Apply
	// can ask for. Without it they are for people to carry out, and no permission to stop the
	// recorder is needed.
	Reverter Reverter

	// Interval is the pause between reads while AWS Config has yet to show the latest change. The
	// default is 2 seconds.
	Interval time.Duration

	// Reads is how often the state is read at most in one go. The default is 5, which with the
	// default Interval makes 8 seconds.
	Reads int
}

// A Remediator makes AWS Config record again. It is a [remediate.Remediator], a
// [remediate.Verifier] and a [remediate.Undoer], and safe for concurrent use if what it was made of
// is.
type Remediator struct {
	reader   Reader
	writer   Writer
	reverter Reverter
	history  History
	interval time.Duration
	reads    int
}

var (
	_ remediate.Remediator = (*Remediator)(nil)
	_ remediate.Verifier   = (*Remediator)(nil)
	_ remediate.Undoer     = (*Remediator)(nil)
	_ Reader               = (*configservice.Client)(nil)
	_ Writer               = (*configservice.Client)(nil)
	_ Reverter             = (*configservice.Client)(nil)
)

// New returns a Remediator that plans and verifies with r and applies with w; both may be the
// same client, whose credentials must be of the account in which the events arise. Calls name the
// event's Region, whatever the client's own is. A nil w makes a Remediator that cannot apply. A nil
// opts means the defaults.
func New(r Reader, w Writer, opts *Options) *Remediator {
	rem := &Remediator{reader: r, writer: w, interval: 2 * time.Second, reads: 5}
	if opts == nil {
		return rem
	}
	rem.history, rem.reverter = opts.History, opts.Reverter
	if opts.Interval > 0 {
		rem.interval = opts.Interval
	}
	if opts.Reads > 0 {
		rem.reads = opts.Reads
	}
	return rem
}

// Spec implements [remediate.Remediator].
func (r *Remediator) Spec() remediate.Spec {
	s := remediate.Spec{
		Name:    self,
		Summary: "restores a delivery channel of AWS Config and starts a configuration recorder that was stopped",
		Handles: []string{actionDeleteRecorder, actionDeleteChannel, actionPutRecorder, actionPutChannel, actionStop},
		Reads:   []string{actionDescribeStatus, actionDescribeRecorders, actionDescribeChannels},
		Writes:  []string{actionPutChannel, actionStart},
		Risk:    remediate.Low,

		// What has no inverse is never applied.
		Reversible: true,
	}
	if r.reverter != nil {
		s.Writes = []string{actionDeleteChannel, actionPutChannel, actionStart, actionStop}
	}
	return s
}

// Plan implements [remediate.Remediator]. The steps are to put the delivery channel and to start
// the recorder, as far as both need it; which of them are suggestions, the package documentation
// says. The error wraps [remediate.ErrNotFound] if the recorder is gone, [remediate.ErrTemporary] also
// if AWS Config still shows it as it was before the event, and a [*remediate.Refusal] if the call
// failed, or is not of the event's account and Region, or is about a recorder that a service is
// linked to.
func (r *Remediator) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	plan, err := r.plan(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("configfix: %w", err)
	}
	return plan, nil
}

func (r *Remediator) plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	rec := f.Record
	if f.Event == nil || rec == nil || rec.EventSource != eventSource {
		return nil, fmt.Errorf("%w: not a record of AWS Config", remediate.ErrNotApplicable)
	}
	var answer func(context.Context, rule.Finding, place) (*remediate.Plan, error)
	switch rec.EventName {
	case "StopConfigurationRecorder":
		answer = r.stopped
	case "DeleteDeliveryChannel":
		answer = r.channelDeleted
	case "PutDeliveryChannel":
		answer = r.channelPut
	case "PutConfigurationRecorder":
		answer = r.recorderPut
	case "DeleteConfigurationRecorder":
		answer = r.recorderDeleted
	default:
		return nil, fmt.Errorf("%w: not a call that keeps AWS Config from recording", remediate.ErrNotApplicable)
	}
	if rec.Failed() {
		return nil, &remediate.Refusal{Guard: remediate.GuardFailedCall, Reason: "the call failed, so nothing was changed"}
	}
	p, err := placeOf(f.Event, rec)
	if err != nil {
		return nil, err
	}
	return answer(ctx, f, p)
}

func refuse(format string, args ...any) error {
	return &remediate.Refusal{Guard: remediate.GuardScope, Reason: fmt.Sprintf(format, args...)}
}

// in returns the setting of a call that makes it in the given Region.
func in(region string) func(*configservice.Options) {
	return func(o *configservice.Options) { o.Region = region }
}
