package ec2fix

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// A SharingReader reads whose snapshots and images are, their tags, and with whom they are shared.
// [*ec2.Client] is one.
type SharingReader interface {
	DescribeSnapshots(context.Context, *ec2.DescribeSnapshotsInput, ...func(*ec2.Options)) (*ec2.DescribeSnapshotsOutput, error)
	DescribeImages(context.Context, *ec2.DescribeImagesInput, ...func(*ec2.Options)) (*ec2.DescribeImagesOutput, error)
	DescribeTags(context.Context, *ec2.DescribeTagsInput, ...func(*ec2.Options)) (*ec2.DescribeTagsOutput, error)
	DescribeSnapshotAttribute(context.Context, *ec2.DescribeSnapshotAttributeInput, ...func(*ec2.Options)) (*ec2.DescribeSnapshotAttributeOutput, error)
	DescribeImageAttribute(context.Context, *ec2.DescribeImageAttributeInput, ...func(*ec2.Options)) (*ec2.DescribeImageAttributeOutput, error)
}

// A SharingWriter changes with whom snapshots and images are shared. [*ec2.Client] is one.
type SharingWriter interface {
	ModifySnapshotAttribute(context.Context, *ec2.ModifySnapshotAttributeInput, ...func(*ec2.Options)) (*ec2.ModifySnapshotAttributeOutput, error)
	ModifyImageAttribute(context.Context, *ec2.ModifyImageAttributeInput, ...func(*ec2.Options)) (*ec2.ModifyImageAttributeOutput, error)
}

// SharingOptions are the settings of [NewSharing].
type SharingOptions struct {
	// Policy says which sharing is taken back.
	Policy SharingPolicy

	// Interval and Reads are as in [GroupOptions].
	Interval time.Duration
	Reads    int
}

// Sharing takes back the sharing of snapshots and images that a policy forbids. It is a
// [remediate.Remediator], a [remediate.Verifier] and a [remediate.Undoer], and safe for concurrent
// use.
type Sharing struct {
	reader SharingReader
	writer SharingWriter
	policy SharingPolicy
	wait   wait
}

var (
	_ remediate.Remediator = (*Sharing)(nil)
	_ remediate.Verifier   = (*Sharing)(nil)
	_ remediate.Undoer     = (*Sharing)(nil)
	_ remediate.TagReader  = (*Sharing)(nil)
	_ SharingReader        = (*ec2.Client)(nil)
	_ SharingWriter        = (*ec2.Client)(nil)
)

// NewSharing returns a remediator that plans and verifies with r and applies with w, as [NewGroups]
// says of its own. The error is that of the policy's Check.
func NewSharing(r SharingReader, w SharingWriter, opts *SharingOptions) (*Sharing, error) {
	if opts == nil {
		opts = &SharingOptions{}
	}
	p := opts.Policy
	if err := p.Check(); err != nil {
		return nil, err
	}
	p.AllowAccounts, p.AllowOrganizations = slices.Clone(p.AllowAccounts), slices.Clone(p.AllowOrganizations)
	p.Exempt = slices.Clone(p.Exempt)
	return &Sharing{reader: r, writer: w, policy: p, wait: newWait(opts.Interval, opts.Reads)}, nil
}

// The IAM actions of Sharing.
const (
	actionSnapshots      = "ec2:DescribeSnapshots"
	actionImages         = "ec2:DescribeImages"
	actionSnapshot       = "ec2:DescribeSnapshotAttribute"
	actionImage          = "ec2:DescribeImageAttribute"
	actionModifySnapshot = "ec2:ModifySnapshotAttribute"
	actionModifyImage    = "ec2:ModifyImageAttribute"
)

// The names of the attributes that hold the sharing.
const (
	volumePermission = "createVolumePermission"
	launchPermission = "launchPermission"
)

func (s *Sharing) name() string { return "ec2fix-sharing" }

// Spec implements [remediate.Remediator].
func (s *Sharing) Spec() remediate.Spec {
	return remediate.Spec{
		Name:       s.name(),
		Summary:    "takes back the sharing of snapshots and images that a policy forbids",
		Handles:    []string{actionModifySnapshot, actionModifyImage},
		Reads:      []string{actionSnapshots, actionImages, actionSnapshot, actionImage, actionTags},
		Writes:     []string{actionModifySnapshot, actionModifyImage},
		Risk:       remediate.Medium,
		Reversible: true,
	}
}

// Plan implements [remediate.Remediator]. The plan has a step for each one with whom the event
// shared the snapshot or image although the policy forbids it, and with whom it still is shared. If
// the record does not tell all with whom it was shared, there is a step, which is a suggestion, for
// each other one with whom the policy forbids it.
func (s *Sharing) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	plan, err := s.plan(ctx, f)
	return plan, located(err)
}

func (s *Sharing) plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	c, err := changeOf(f, s.Spec().Handles)
	if err != nil {
		return nil, err
	}
	key, resourceType, attribute := "snapshotId", typeSnapshot, volumePermission
	if c.name == "ModifyImageAttribute" {
		key, resourceType, attribute = "imageId", typeImage, launchPermission
	}
	t, err := c.resourceID(key, resourceType)
	if err != nil {
		return nil, err
	}
	plan := remediate.NewPlan(s.name(), f)
	added, told := c.addedShares(attribute)
	switch {
	case slices.Contains(s.policy.Exempt, t.id):
		plan.Summary = fmt.Sprintf("The sharing of %q is not judged, by the policy's exemption.", t.id)
		return plan, nil
	case len(added) == 0 && told:
		plan.Summary = fmt.Sprintf("The call shared %q with nobody, so there is nothing to do.", t.id)
		return plan, nil
	}
	var all []share
	if err = s.checkOwner(ctx, t); err == nil {
		all, err = s.settled(ctx, t, added, c.record.EventTime)
	}
	switch {
	case errors.Is(err, remediate.ErrNotFound) && recent(c.record.EventTime):
		return nil, fmt.Errorf("%w: %w", remediate.ErrTemporary, err) // it may just have been made
	case errors.Is(err, remediate.ErrNotFound):
		plan.Summary = fmt.Sprintf("%q does not exist any more, so there is nothing to do.", t.id)
		return plan, nil
	case err != nil:
		return nil, err
	}
	var forbidden []share
	for _, with := range all {
		if s.policy.forbids(with, t.account) && (!told || slices.Contains(added, with)) {
			forbidden = append(forbidden, with)
		}
	}
	slices.SortFunc(forbidden, func(a, b share) int { return strings.Compare(a.content(), b.content()) })
	plan.Steps = append(plan.Steps, removals(s, t, all, forbidden)...)
	plan.Summary = sharingSummary(t, forbidden)
	if !told && len(forbidden) > 0 {
		plan.Summary += " The event does not tell all with whom it was shared: " +
			"what may have been shared before is a suggestion."
	}
	for i, with := range forbidden {
		plan.Steps[i].Manual = !slices.Contains(added, with)
	}
	return plan, nil
}

// sharingSummary says what the plan for t does.
func sharingSummary(t target, forbidden []share) string {
	if len(forbidden) == 0 {
		return fmt.Sprintf("%q is not shared, or no longer, with anybody with whom the policy forbids it: "+
			"there is nothing to do.", t.id)
	}
	var names []string
	for _, with := range forbidden {
		names = append(names, with.String())
	}
	return fmt.Sprintf("%q is shared with %s: take that back. Copies that were made meanwhile stay.",
		t.id, firstOf(names, ", "))
}

// checkOwner returns a refusal unless t is of its account: the ARN does not tell whose it is.
func (s *Sharing) checkOwner(ctx context.Context, t target) error {
	action, owners := actionSnapshots, []*string{}
	if t.resourceType == typeImage {
		action = actionImages
		out, err := s.reader.DescribeImages(ctx, &ec2.DescribeImagesInput{
			ImageIds: []string{t.id}, IncludeDeprecated: aws.Bool(true), IncludeDisabled: aws.Bool(true),
		}, in(t.region))
		if err != nil {
			return callError(ctx, err, action, t.arn())
		}
		for _, i := range out.Images {
			owners = append(owners, i.OwnerId)
		}
	} else {
		out, err := s.reader.DescribeSnapshots(ctx, &ec2.DescribeSnapshotsInput{SnapshotIds: []string{t.id}}, in(t.region))
		if err != nil {
			return callError(ctx, err, action, t.arn())
		}
		for _, i := range out.Snapshots {
			owners = append(owners, i.OwnerId)
		}
	}
	if len(owners) != 1 {
		return fmt.Errorf("%w: %s on %q returned %d of them", remediate.ErrNotFound, action, t.arn(), len(owners))
	}
	return owned(t, owners[0])
}

// settled reads with whom t is shared, until that shows the shares of an event. What still does not
// show then is taken back.
func (s *Sharing) settled(ctx context.Context, t target, added []share, at time.Time) ([]share, error) {
	return readUntil(ctx, s, s.wait, t, func(all []share) bool {
		return !recent(at) || !slices.ContainsFunc(added, func(with share) bool { return !holds(all, with) })
	})
}

func (s *Sharing) read(ctx context.Context, t target) ([]share, error) {
	var shares []share
	if t.resourceType == typeImage {
		out, err := s.reader.DescribeImageAttribute(ctx, &ec2.DescribeImageAttributeInput{
			ImageId: aws.String(t.id), Attribute: types.ImageAttributeNameLaunchPermission,
		}, in(t.region))
		if err != nil {
			return nil, callError(ctx, err, actionImage, t.arn())
		}
		if out == nil || aws.ToString(out.ImageId) != t.id {
			return nil, fmt.Errorf("%s on %q tells of another image", actionImage, t.arn())
		}
		for _, p := range out.LaunchPermissions {
			shares = append(shares, launchShare(p))
		}
		return shares, nil
	}
	out, err := s.reader.DescribeSnapshotAttribute(ctx, &ec2.DescribeSnapshotAttributeInput{
		SnapshotId: aws.String(t.id), Attribute: types.SnapshotAttributeNameCreateVolumePermission,
	}, in(t.region))
	if err != nil {
		return nil, callError(ctx, err, actionSnapshot, t.arn())
	}
	if out == nil || aws.ToString(out.SnapshotId) != t.id {
		return nil, fmt.Errorf("%s on %q tells of another snapshot", actionSnapshot, t.arn())
	}
	for _, p := range out.CreateVolumePermissions {
		shares = append(shares, volumeShare(p))
	}
	return shares, nil
}

// Apply implements [remediate.Remediator]. Before each step it reads the sharing again: what is no
// longer shared is [remediate.StepAlreadyDone], and if the snapshot or image is gone the error
// wraps [remediate.ErrStale]. A plan that was not made here, or that was changed since, is an error
// before any call.
//
// Suggestions are carried out too: an Engine takes them out before, and whoever calls Apply with
// the plan of Undo has decided.
func (s *Sharing) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	receipt, err := apply(ctx, s, s.wait, p)
	return receipt, located(err)
}

// Verify implements [remediate.Verifier]. It reads the sharing until it shows the change, as often
// as [SharingOptions] say.
func (s *Sharing) Verify(ctx context.Context, p *remediate.Plan) error {
	return located(verify(ctx, s, s.wait, p))
}

// Undo implements [remediate.Undoer]. The plan shares again what the receipt says was taken back;
// its steps are suggestions. The error wraps [remediate.ErrStale] if the sharing is no longer what
// we left, and [remediate.ErrNotApplicable] if the receipt is not of a plan of ours.
func (s *Sharing) Undo(ctx context.Context, r *remediate.Receipt) (*remediate.Plan, error) {
	plan, err := undo(ctx, s, s.wait, r)
	return plan, located(err)
}

// Tags implements [remediate.TagReader]: it reads the tags of the snapshot or image of a step.
func (s *Sharing) Tags(ctx context.Context, step remediate.Step) (map[string]string, error) {
	tags, err := readTags(ctx, s, s.reader, step)
	return tags, located(err)
}

func (s *Sharing) writable(bool) bool { return s.writer != nil }

func (s *Sharing) side(t target, _ share) target { return t }

func (s *Sharing) remove(ctx context.Context, t target, with share) (remediate.StepStatus, error) {
	return s.modify(ctx, t, with, false)
}

func (s *Sharing) add(ctx context.Context, t target, with share) (remediate.StepStatus, error) {
	return s.modify(ctx, t, with, true)
}

// modify shares t or takes that back. Neither is an error if it is so already.
func (s *Sharing) modify(ctx context.Context, t target, with share, add bool) (remediate.StepStatus, error) {
	var (
		action = actionModifySnapshot
		err    error
	)
	if t.resourceType == typeImage {
		action = actionModifyImage
		_, err = s.writer.ModifyImageAttribute(ctx, imageInput(t, with, add), in(t.region))
	} else {
		_, err = s.writer.ModifySnapshotAttribute(ctx, snapshotInput(t, with, add), in(t.region))
	}
	switch {
	case isGone(err):
		return remediate.StepFailed, fmt.Errorf("%w: %w", remediate.ErrStale, callError(ctx, err, action, t.arn()))
	case err != nil:
		return remediate.StepFailed, callError(ctx, err, action, t.arn())
	}
	return remediate.StepDone, nil
}

func imageInput(t target, with share, add bool) *ec2.ModifyImageAttributeInput {
	m, list := &types.LaunchPermissionModifications{}, []types.LaunchPermission{with.launchPermission()}
	if m.Remove = list; add {
		m.Add, m.Remove = list, nil
	}
	return &ec2.ModifyImageAttributeInput{
		ImageId: aws.String(t.id), Attribute: aws.String(launchPermission), LaunchPermission: m,
	}
}

func snapshotInput(t target, with share, add bool) *ec2.ModifySnapshotAttributeInput {
	m, list := &types.CreateVolumePermissionModifications{}, []types.CreateVolumePermission{with.volumePermission()}
	if m.Remove = list; add {
		m.Add, m.Remove = list, nil
	}
	return &ec2.ModifySnapshotAttributeInput{
		SnapshotId: aws.String(t.id), Attribute: types.SnapshotAttributeNameCreateVolumePermission,
		CreateVolumePermission: m,
	}
}

func (s *Sharing) call(t target, with share, add bool) remediate.Step {
	modifications := map[string][]share{"Remove": {with}}
	summary := fmt.Sprintf("stop sharing %q with %s", t.id, with)
	if add {
		modifications = map[string][]share{"Add": {with}}
		summary = fmt.Sprintf("share %q with %s again", t.id, with)
	}
	step := remediate.Step{Action: actionModifySnapshot, Summary: summary}
	words := []string{"aws", "ec2", "modify-snapshot-attribute", "--snapshot-id", t.id, "--create-volume-permission"}
	args := map[string]any{"SnapshotId": t.id, "Attribute": volumePermission, "CreateVolumePermission": modifications}
	if t.resourceType == typeImage {
		step.Action = actionModifyImage
		words = []string{"aws", "ec2", "modify-image-attribute", "--image-id", t.id, "--launch-permission"}
		args = map[string]any{"ImageId": t.id, "Attribute": launchPermission, "LaunchPermission": modifications}
	}
	step.Args = encode(args)
	words = append(words, string(encode(modifications)), "--region", t.region)
	step.Command = remediate.Command(words...)
	return step
}
