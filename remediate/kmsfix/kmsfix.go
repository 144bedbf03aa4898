package kmsfix

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// self is the name by which plans and reports call the remediator.
const self = "kmsfix"

// The IAM actions, which are named like the calls.
const (
	actionDescribe  = "kms:DescribeKey"
	actionGetPolicy = "kms:GetKeyPolicy"
	actionCancel    = "kms:CancelKeyDeletion"
	actionEnable    = "kms:EnableKey"
	actionDisable   = "kms:DisableKey"
	actionSchedule  = "kms:ScheduleKeyDeletion"
	actionPutPolicy = "kms:PutKeyPolicy"
)

// A Reader reads keys. [*kms.Client] is one.
type Reader interface {
	DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
	GetKeyPolicy(context.Context, *kms.GetKeyPolicyInput, ...func(*kms.Options)) (*kms.GetKeyPolicyOutput, error)
}

// A Writer makes keys usable again. [*kms.Client] is one.
type Writer interface {
	CancelKeyDeletion(context.Context, *kms.CancelKeyDeletionInput, ...func(*kms.Options)) (*kms.CancelKeyDeletionOutput, error)
	EnableKey(context.Context, *kms.EnableKeyInput, ...func(*kms.Options)) (*kms.EnableKeyOutput, error)
}

// A Reverter takes back what a [Writer] did. [*kms.Client] is one.
type Reverter interface {
	DisableKey(context.Context, *kms.DisableKeyInput, ...func(*kms.Options)) (*kms.DisableKeyOutput, error)
	ScheduleKeyDeletion(context.Context, *kms.ScheduleKeyDeletionInput, ...func(*kms.Options)) (*kms.ScheduleKeyDeletionOutput, error)
}

// Options are the settings of [New].
type Options struct {
	// History tells whether a key was enabled before a call. Without it that is unknown.
	History History

	// Reverter lets Apply carry out the plans of Undo too, which nobody but the caller of Apply
	// can ask for. Without it they are for people to carry out, and no permission to schedule
	// deletions is needed.
	Reverter Reverter

	// Interval is the pause between reads of a key's state while KMS has yet to show the latest
	// change of it. The default is 2 seconds.
	Interval time.Duration

	// Reads is how often the state is read at most in one go. The default is 5, which with the
	// default Interval makes 8 seconds: changes take "less than a few seconds", as the Developer
	// Guide says of eventual consistency, and at times minutes.
	Reads int
}

// A Remediator makes keys usable again. It is a [remediate.Remediator], a [remediate.Verifier] and
// a [remediate.Undoer], and safe for concurrent use if what it was made of is.
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
	_ Reader               = (*kms.Client)(nil)
	_ Writer               = (*kms.Client)(nil)
	_ Reverter             = (*kms.Client)(nil)
)

// New returns a Remediator that plans and verifies with r and applies with w; both may be the
// same client, whose credentials must be of the account in which the events arise. Calls name the
// event's Region, whatever the client's own is. A key's policy may keep us out whatever IAM allows;
// then errors wrap [remediate.ErrDenied]. A nil w makes a Remediator that cannot apply. A nil opts
// means the defaults.
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
		Name:       self,
		Summary:    "cancels the deletion of a KMS key and enables it again",
		Handles:    []string{actionDisable, actionPutPolicy, actionSchedule},
		Reads:      []string{actionDescribe, actionGetPolicy},
		Writes:     []string{actionCancel, actionEnable},
		Risk:       remediate.Low,
		Reversible: true,
	}
	if r.reverter != nil {
		s.Writes = []string{actionCancel, actionDisable, actionEnable, actionSchedule}
	}
	return s
}

// Plan implements [remediate.Remediator]. The steps are to cancel the deletion and to enable the
// key, as far as its state needs them; which of them are suggestions, the package documentation says.
// The error wraps [remediate.ErrNotFound] if the key is gone, and a [*remediate.Refusal] if the call
// failed or the key is not of the event's account and Region.
func (r *Remediator) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	plan, err := r.plan(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("kmsfix: %w", err)
	}
	return plan, nil
}

func (r *Remediator) plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	rec := f.Record
	if f.Event == nil || rec == nil || rec.EventSource != "kms.amazonaws.com" {
		return nil, fmt.Errorf("%w: not a record of KMS", remediate.ErrNotApplicable)
	}
	var answer func(context.Context, rule.Finding, reference) (*remediate.Plan, error)
	switch rec.EventName {
	case "ScheduleKeyDeletion":
		answer = r.scheduled
	case "DisableKey":
		answer = r.disabled
	case "PutKeyPolicy":
		answer = r.policyPut
	default:
		return nil, fmt.Errorf("%w: not a call that makes a key unusable", remediate.ErrNotApplicable)
	}
	if rec.Failed() {
		return nil, &remediate.Refusal{Guard: remediate.GuardFailedCall, Reason: "the call failed, so the key was not changed"}
	}
	ref, err := referenceOf(rec)
	if err != nil {
		return nil, err
	}
	if err := ref.checkScope(f.Event, rec); err != nil {
		return nil, err
	}
	return answer(ctx, f, ref)
}

// scheduled plans the answer to ScheduleKeyDeletion.
func (r *Remediator) scheduled(ctx context.Context, f rule.Finding, ref reference) (*remediate.Plan, error) {
	k, s, err := r.settled(ctx, f, ref, state.pending)
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(self, f)
	switch {
	case s.KeyState == keyEnabled:
		plan.Summary = fmt.Sprintf("The deletion of the key %q was cancelled, and it is enabled: there is nothing to do.", k.arn())
		return plan, nil
	case !s.pending() && s.KeyState != keyDisabled:
		plan.Summary = fmt.Sprintf("The key %q is %.40s: there is no deletion to cancel.", k.arn(), s.KeyState)
		return plan, nil
	}
	was, err := r.before(ctx, f, k)
	if err != nil {
		return nil, err
	}
	if s.pending() {
		plan.Summary = fmt.Sprintf("The key %q is to be deleted%s: cancel that.", k.arn(), s.when())
		plan.Steps = append(plan.Steps, cancelStep(k, s.KeyState, window(f.Record, s), false))
	} else {
		plan.Summary = fmt.Sprintf("The deletion of the key %q was cancelled, which left it disabled.", k.arn())
	}
	switch was.enabled {
	case yes:
		plan.Summary += " It was enabled before: enable it again."
		plan.Steps = append(plan.Steps, enableStep(k, false))
	case no:
		plan.Summary += " It was disabled before, and stays so."
	default:
		plan.Summary += " Whether it was enabled before is not known: to enable it again is for people to decide."
		plan.Steps = append(plan.Steps, enableStep(k, true))
	}
	plan.Summary += was.tell() + s.family()
	return plan, nil
}

// disabled plans the answer to DisableKey.
func (r *Remediator) disabled(ctx context.Context, f rule.Finding, ref reference) (*remediate.Plan, error) {
	k, s, err := r.settled(ctx, f, ref, func(s state) bool { return s.KeyState != keyEnabled })
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(self, f)
	switch {
	case s.KeyState == keyEnabled:
		plan.Summary = fmt.Sprintf("The key %q is enabled again, so there is nothing to do.", k.arn())
		return plan, nil
	case s.pending():
		plan.Summary = fmt.Sprintf("The key %q was disabled and is to be deleted%s: what cancels that also allows to enable it.", k.arn(), s.when())
		plan.Steps = []remediate.Step{cancelStep(k, s.KeyState, window(f.Record, s), true), enableStep(k, true)}
		plan.Summary += s.family()
		return plan, nil
	case s.KeyState != keyDisabled:
		plan.Summary = fmt.Sprintf("The key %q is %.40s, so it cannot be enabled.", k.arn(), s.KeyState)
		return plan, nil
	}
	was, err := r.before(ctx, f, k)
	if err != nil {
		return nil, err
	}
	if was.enabled == no {
		plan.Summary = fmt.Sprintf("The key %q was disabled already before the call: there is nothing to do.", k.arn()) + was.tell()
		return plan, nil
	}
	plan.Summary = fmt.Sprintf("The key %q is disabled: enable it again.", k.arn()) + s.family()
	plan.Steps = []remediate.Step{enableStep(k, false)}
	return plan, nil
}

func refuse(format string, args ...any) error {
	return &remediate.Refusal{Guard: remediate.GuardScope, Reason: fmt.Sprintf(format, args...)}
}

// in returns the setting of a call that makes it in the given Region.
func in(region string) func(*kms.Options) {
	return func(o *kms.Options) { o.Region = region }
}
