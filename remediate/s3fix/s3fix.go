package s3fix

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// self is the name by which plans and reports call the remediator.
const self = "s3fix"

// The IAM actions. They are not named like the calls throughout: to delete a block is to put one.
const (
	actionGetPolicy    = "s3:GetBucketPolicy"
	actionPutPolicy    = "s3:PutBucketPolicy"
	actionDeletePolicy = "s3:DeleteBucketPolicy"
	actionGetACL       = "s3:GetBucketAcl"
	actionPutACL       = "s3:PutBucketAcl"
	actionGetBlock     = "s3:GetBucketPublicAccessBlock"
	actionPutBlock     = "s3:PutBucketPublicAccessBlock"
)

// A Reader reads the settings of buckets. [*s3.Client] is one.
type Reader interface {
	GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error)
	GetBucketAcl(context.Context, *s3.GetBucketAclInput, ...func(*s3.Options)) (*s3.GetBucketAclOutput, error)
	GetPublicAccessBlock(context.Context, *s3.GetPublicAccessBlockInput, ...func(*s3.Options)) (*s3.GetPublicAccessBlockOutput, error)
}

// A Writer changes the settings of buckets. [*s3.Client] is one.
type Writer interface {
	PutBucketPolicy(context.Context, *s3.PutBucketPolicyInput, ...func(*s3.Options)) (*s3.PutBucketPolicyOutput, error)
	DeleteBucketPolicy(context.Context, *s3.DeleteBucketPolicyInput, ...func(*s3.Options)) (*s3.DeleteBucketPolicyOutput, error)
	PutBucketAcl(context.Context, *s3.PutBucketAclInput, ...func(*s3.Options)) (*s3.PutBucketAclOutput, error)
	PutPublicAccessBlock(context.Context, *s3.PutPublicAccessBlockInput, ...func(*s3.Options)) (*s3.PutPublicAccessBlockOutput, error)
	// DeletePublicAccessBlock is called only to undo, where there was no block before.
	DeletePublicAccessBlock(context.Context, *s3.DeletePublicAccessBlockInput, ...func(*s3.Options)) (*s3.DeletePublicAccessBlockOutput, error)
}

// Options are the settings of [New].
type Options struct {
	// Interval is the pause between reads of a setting while S3 has yet to show the latest change
	// of it. The default is 2 seconds.
	Interval time.Duration

	// Reads is how often a setting is read at most in one go. The default is 5, which with the
	// default Interval makes 8 seconds.
	Reads int
}

// A Remediator takes back what makes a bucket public. It is a [remediate.Remediator], a
// [remediate.Verifier] and a [remediate.Undoer], and safe for concurrent use if its Reader and
// Writer are.
type Remediator struct {
	reader   Reader
	writer   Writer
	interval time.Duration
	reads    int
}

var (
	_ remediate.Remediator = (*Remediator)(nil)
	_ remediate.Verifier   = (*Remediator)(nil)
	_ remediate.Undoer     = (*Remediator)(nil)
	_ Reader               = (*s3.Client)(nil)
	_ Writer               = (*s3.Client)(nil)
)

// New returns a Remediator that plans and verifies with r and applies with w; both may be the
// same client, whose credentials must be of the account in which the events arise. Calls name the
// event's Region, whatever the client's own is, and the event's account as the expected owner of
// the bucket. A nil w makes a Remediator that cannot apply. A nil opts means the defaults.
func New(r Reader, w Writer, opts *Options) *Remediator {
	rem := &Remediator{reader: r, writer: w, interval: 2 * time.Second, reads: 5}
	if opts != nil && opts.Interval > 0 {
		rem.interval = opts.Interval
	}
	if opts != nil && opts.Reads > 0 {
		rem.reads = opts.Reads
	}
	return rem
}

// Spec implements [remediate.Remediator].
func (r *Remediator) Spec() remediate.Spec {
	return remediate.Spec{
		Name:    self,
		Summary: "takes back what makes a bucket public: statements of its policy, grants of its ACL, a missing block on public access",
		Handles: []string{
			"s3:CreateBucket",
			"s3:DeleteAccountPublicAccessBlock",
			"s3:DeleteBucketPublicAccessBlock",
			"s3:PutAccountPublicAccessBlock",
			"s3:PutBucketAcl",
			"s3:PutBucketPolicy",
			"s3:PutBucketPublicAccessBlock",
		},
		Reads:      []string{actionGetACL, actionGetPolicy, actionGetBlock},
		Writes:     []string{actionDeletePolicy, actionPutACL, actionPutPolicy, actionPutBlock},
		Risk:       remediate.Medium, // a bucket may be meant to be public
		Reversible: true,
	}
}

// Plan implements [remediate.Remediator]. The plan has one step, or none if nothing is public. The
// error wraps [remediate.ErrNotFound] if the bucket is gone, and a [*remediate.Refusal] if the call
// failed or the bucket is not of the event's account and Region.
func (r *Remediator) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	plan, err := r.plan(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("s3fix: %w", err)
	}
	return plan, nil
}

func (r *Remediator) plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	rec := f.Record
	if f.Event == nil || rec == nil || rec.EventSource != "s3.amazonaws.com" {
		return nil, fmt.Errorf("%w: not a record of S3", remediate.ErrNotApplicable)
	}
	var what *setting
	switch rec.EventName {
	case "PutBucketPolicy":
		what = policies
	case "PutBucketAcl", "CreateBucket":
		what = acls
	case "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock":
		what = blocks
	case "PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock":
	default:
		return nil, fmt.Errorf("%w: not a call that makes a bucket public", remediate.ErrNotApplicable)
	}
	if rec.Failed() {
		return nil, &remediate.Refusal{Guard: remediate.GuardFailedCall, Reason: "the call failed, so it made nothing public"}
	}
	params, err := parameters(rec.RequestParameters)
	if err != nil {
		return nil, fmt.Errorf("detail.requestParameters: %w", err)
	}
	if what == nil {
		return accountPlan(f, params)
	}
	b, err := bucketOf(f.Event, rec, params)
	if err != nil {
		return nil, err
	}
	return r.bucketPlan(ctx, f, b, what, params)
}

// bucketPlan returns the plan for a setting of b that the call of f changed.
func (r *Remediator) bucketPlan(ctx context.Context, f rule.Finding, b bucket, what *setting, params request) (*remediate.Plan, error) {
	plan := remediate.NewPlan(self, f)
	opened := what.opened(params)
	if !opened && (what == blocks || f.Record.EventName == "CreateBucket") {
		plan.Summary = fmt.Sprintf("The call opened nothing of the bucket %q to the public, so there is nothing to do.", b.name)
		return plan, nil
	}
	// A read just after the change can show what was before it, and to believe that would leave the
	// bucket public. So what the call opened is looked for more than once.
	var found change
	err := r.poll(ctx, b, what, func(live state) (done bool, err error) {
		found, err = tighten(b, what, live)
		return found.removed != "" || !opened, err
	})
	if err != nil {
		return nil, err
	}
	if found.removed == "" {
		plan.Summary = sentence(fmt.Sprintf(what.fine, b.name) + ", so there is nothing to do.")
		return plan, nil
	}
	if what.shut != nil {
		live, err := blocks.read(ctx, r.reader, b)
		if err != nil {
			return nil, err
		}
		if what.shut(live.(block)) {
			plan.Summary = fmt.Sprintf("The %s of the bucket %q would make it public (%s), but the bucket's block on public access "+
				"leaves that without effect, so there is nothing to do.", what.name, b.name, found.removed)
			return plan, nil
		}
	}
	step := found.step()
	plan.Summary = sentence(fmt.Sprintf(what.open, b.name) + ": " + step.Summary + ".")
	plan.Steps = []remediate.Step{step}
	return plan, nil
}

// sentence returns text with a capital.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// poll reads a setting of b until done accepts it, at most as often as [Options] say. It is no
// error if done never does, but it is one if the bucket is unknown to the last: one that was just
// created may not be found at first.
func (r *Remediator) poll(ctx context.Context, b bucket, what *setting, done func(state) (bool, error)) error {
	for read := 1; ; read++ {
		live, err := what.read(ctx, r.reader, b)
		missing := errors.Is(err, remediate.ErrNotFound)
		if err != nil && (!missing || read == r.reads) {
			return err
		}
		if !missing {
			if ok, err := done(live); ok || err != nil || read == r.reads {
				return err
			}
		}
		pause := time.NewTimer(r.interval)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("waiting for the %s of the bucket %q to change: %w", what.name, b.name, ctx.Err())
		}
	}
}
