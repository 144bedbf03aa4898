package assume

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// PerAccountOptions are the settings of [PerAccount].
type PerAccountOptions struct {
	// Unlimited gives sessions all that their role may do. It is for remediators that the policies of
	// package remediate do not serve: one whose actions AWS does not limit to resources, one that needs
	// permissions beside its own, or one with a policy of more than 2,048 characters.
	Unlimited bool
}

// PerAccount returns a remediator that does what those do which newRemediator makes, each time with
// clients of the account and the Region that the finding, the plan or the receipt is of. A nil opts
// means the defaults.
//
// Plan, Verify, Undo and Tags are done in a session that may make the Spec's reads and no other call,
// and Apply in one of [remediate.SessionPolicy]. The Spec is that of what newRemediator makes, so it
// lists what the role in the account needs. What the caller needs is sts:AssumeRole and
// sts:SetSourceIdentity.
//
// newRemediator is called for each use, from several goroutines at once, and must make no call of AWS.
// PerAccount calls it once, with a configuration without credentials, to learn the Spec.
//
// The remediator is a [remediate.Undoer] and a [remediate.TagReader], whose methods return an error
// that wraps [errors.ErrUnsupported] if the one inside is none, and a [remediate.Verifier] if that is one.
func PerAccount(
	sessions *Sessions, newRemediator func(aws.Config) (remediate.Remediator, error), opts *PerAccountOptions,
) (remediate.Remediator, error) {
	if sessions == nil || newRemediator == nil {
		return nil, errors.New("assume: PerAccount needs sessions and a function that makes a remediator")
	}
	if opts == nil {
		opts = &PerAccountOptions{}
	}
	r := &perAccount{sessions: sessions, make: newRemediator, unlimited: opts.Unlimited}
	var err error
	if r.idle, err = r.with(sessions.base.Copy()); err != nil {
		return nil, fmt.Errorf("assume: %w", err)
	}
	if r.reads, err = readPolicy(r.idle); err != nil {
		return nil, fmt.Errorf("assume: %w", err)
	}
	if _, ok := r.idle.(remediate.Verifier); ok {
		return verifier{r}, nil
	}
	return r, nil
}

// nothing allows nothing; a session without any policy could do all that its role may.
const nothing = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`

func readPolicy(r remediate.Remediator) ([]byte, error) {
	if len(r.Spec().Reads) == 0 {
		return []byte(nothing), nil
	}
	return remediate.ReadPolicy(r)
}

// perAccount is a remediator in the account of what it is given.
type perAccount struct {
	sessions  *Sessions
	make      func(aws.Config) (remediate.Remediator, error)
	idle      remediate.Remediator // without credentials
	reads     []byte               // the policy of its reads
	unlimited bool
}

var (
	_ remediate.Remediator = (*perAccount)(nil)
	_ remediate.Undoer     = (*perAccount)(nil)
	_ remediate.TagReader  = (*perAccount)(nil)
	_ remediate.Verifier   = verifier{}
)

// with returns a remediator whose clients have the configuration.
func (r *perAccount) with(cfg aws.Config) (remediate.Remediator, error) {
	made, err := r.make(cfg)
	if err == nil && made == nil {
		err = errors.New("neither a remediator nor an error was made")
	}
	return made, err
}

// in returns a remediator whose clients are in the account and the Region.
func (r *perAccount) in(ctx context.Context, account, region string, policy []byte) (remediate.Remediator, error) {
	if r.unlimited {
		policy = nil
	}
	cfg, err := r.sessions.config(ctx, account, region, policy)
	if err != nil {
		return nil, r.wrap(err)
	}
	made, err := r.with(cfg)
	if err != nil {
		return nil, r.wrap(err)
	}
	return made, nil
}

func (r *perAccount) name() string { return r.idle.Spec().Name }

// wrap says whose err is that came about outside the remediator inside.
func (r *perAccount) wrap(err error) error { return fmt.Errorf("assume: %s: %w", r.name(), err) }

// Spec implements [remediate.Remediator].
func (r *perAccount) Spec() remediate.Spec { return r.idle.Spec() }

// Plan implements [remediate.Remediator]. No role is assumed for a finding that is not the
// remediator's, or whose event and record disagree on where it happened.
func (r *perAccount) Plan(ctx context.Context, f rule.Finding) (*remediate.Plan, error) {
	e, rec := f.Event, f.Record
	if e == nil || rec == nil || !slices.Contains(r.idle.Spec().Handles, rec.Call()) {
		return nil, r.wrap(remediate.ErrNotApplicable)
	}
	if a := rec.RecipientAccountID; a != "" && a != e.Account {
		return nil, r.wrap(refuse("the event is of account %.40q and its record of account %.40q", e.Account, a))
	}
	if reg := rec.AWSRegion; reg != "" && reg != e.Region {
		return nil, r.wrap(refuse("the event is of Region %.40q and its record of Region %.40q", e.Region, reg))
	}
	made, err := r.in(ctx, e.Account, e.Region, r.reads)
	if err != nil {
		return nil, err
	}
	return made.Plan(ctx, f)
}

// Apply implements [remediate.Remediator]. A plan without steps needs no session.
func (r *perAccount) Apply(ctx context.Context, p *remediate.Plan) (*remediate.Receipt, error) {
	if err := r.check(p); err != nil {
		return nil, err
	}
	if len(p.Steps) == 0 {
		return r.idle.Apply(ctx, p)
	}
	var policy []byte
	if !r.unlimited {
		var err error
		if policy, err = remediate.SessionPolicy(r.idle, p); err != nil {
			return nil, r.wrap(err)
		}
	}
	made, err := r.in(ctx, p.Account, p.Region, policy)
	if err != nil {
		return nil, err
	}
	return made.Apply(ctx, p)
}

// check returns an error unless p is the remediator's.
func (r *perAccount) check(p *remediate.Plan) error {
	if p == nil {
		return r.wrap(errors.New("no plan"))
	}
	if p.Remediator != r.name() {
		return r.wrap(fmt.Errorf("the plan is of the remediator %.100q", p.Remediator))
	}
	return nil
}

// Undo implements [remediate.Undoer]. A receipt that no Engine has completed is of the account that its
// first step's ARN names.
func (r *perAccount) Undo(ctx context.Context, receipt *remediate.Receipt) (*remediate.Plan, error) {
	if receipt == nil || len(receipt.Steps) == 0 {
		return nil, r.wrap(errors.New("no receipt of a step that was done"))
	}
	first := receipt.Steps[0].Step
	u, err := reading[remediate.Undoer](ctx, r, cmp.Or(receipt.Account, owner(first)), cmp.Or(receipt.Region, first.Region))
	if err != nil {
		return nil, err
	}
	return u.Undo(ctx, receipt)
}

// Tags implements [remediate.TagReader]. It is for resources whose ARN says whose they are: a bucket's
// does not.
func (r *perAccount) Tags(ctx context.Context, s remediate.Step) (map[string]string, error) {
	t, err := reading[remediate.TagReader](ctx, r, owner(s), s.Region)
	if err != nil {
		return nil, err
	}
	return t.Tags(ctx, s)
}

// A verifier is a perAccount whose remediator is a [remediate.Verifier]. Of any other, an Engine must
// not take the effect for confirmed.
type verifier struct{ *perAccount }

// Verify implements [remediate.Verifier].
func (v verifier) Verify(ctx context.Context, p *remediate.Plan) error {
	if err := v.check(p); err != nil {
		return err
	}
	if len(p.Steps) == 0 {
		return nil
	}
	inside, err := reading[remediate.Verifier](ctx, v.perAccount, p.Account, p.Region)
	if err != nil {
		return err
	}
	return inside.Verify(ctx, p)
}

// reading returns the remediator in the account and the Region, in a session that may only read, as a T.
// No role is assumed if it is none.
func reading[T any](ctx context.Context, r *perAccount, account, region string) (T, error) {
	none := fmt.Errorf("it is no %v: %w", reflect.TypeFor[T](), errors.ErrUnsupported)
	made, ok := r.idle.(T)
	if !ok {
		return made, r.wrap(none)
	}
	inside, err := r.in(ctx, account, region, r.reads)
	if err != nil {
		return made, err
	}
	if made, ok = inside.(T); !ok {
		return made, r.wrap(none)
	}
	return made, nil
}

// owner returns the account that the ARN of the step's resource names, which may be none.
func owner(s remediate.Step) string {
	a, err := arn.Parse(s.Resource)
	if err != nil {
		return ""
	}
	return a.AccountID
}
