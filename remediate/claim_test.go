package remediate_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/remediatetest"
)

func TestMemoryClaims(t *testing.T) {
	remediatetest.RunClaims(t, func() remediate.Claims { return remediate.NewMemoryClaims() })
}

// brokenClaims are claims whose functions fail with the error that is set.
type brokenClaims struct {
	*remediate.MemoryClaims
	take, settle, release, held error
}

func (b *brokenClaims) Take(ctx context.Context, c *remediate.Claim) (*remediate.Claim, error) {
	if b.take != nil {
		return nil, b.take
	}
	return b.MemoryClaims.Take(ctx, c)
}

func (b *brokenClaims) Settle(ctx context.Context, c *remediate.Claim) error {
	return errors.Join(b.MemoryClaims.Settle(ctx, c), b.settle)
}

func (b *brokenClaims) Release(ctx context.Context, c *remediate.Claim) error {
	return errors.Join(b.MemoryClaims.Release(ctx, c), b.release)
}

func (b *brokenClaims) Held(ctx context.Context, key remediate.ClaimKey, now time.Time) (*remediate.Claim, error) {
	if b.held != nil {
		return nil, b.held
	}
	return b.MemoryClaims.Held(ctx, key, now)
}

// TestClaimsFail holds that nothing is done without a claim, and that what was done is told even if it
// could not be kept.
func TestClaimsFail(t *testing.T) {
	odd := errors.New("odd")
	run := func(b brokenClaims, r *fake) *remediate.Result {
		b.MemoryClaims = remediate.NewMemoryClaims()
		return enforcing(&remediate.Options{Claims: &b}).Run(t.Context(), r, finding())
	}
	r := &fake{}
	if res := run(brokenClaims{take: odd}, r); res.Outcome != remediate.Failed || !errors.Is(res.Err, odd) || res.Plan == nil || r.applies.Load() > 0 {
		t.Errorf("no claim: %s: %s; applied %d times", res.Outcome, res.Reason, r.applies.Load())
	}
	if res := run(brokenClaims{settle: odd}, r); res.Outcome != remediate.Applied || !errors.Is(res.Err, odd) || len(res.Notes) != 1 {
		t.Errorf("a claim that is not settled: %s: %q %v", res.Outcome, res.Notes, res.Err)
	}
	r = &fake{apply: func(*remediate.Plan) (*remediate.Receipt, error) { return nil, remediate.ErrDenied }}
	if res := run(brokenClaims{release: odd}, r); res.Outcome != remediate.Failed || !errors.Is(res.Err, odd) || !errors.Is(res.Err, remediate.ErrDenied) {
		t.Errorf("a claim that is not released: %s: %v", res.Outcome, res.Err)
	}

	b := &brokenClaims{MemoryClaims: remediate.NewMemoryClaims(), held: odd}
	res := enforcing(&remediate.Options{Claims: b}).Run(t.Context(), &fake{plan: noSteps}, finding())
	if res.Outcome != remediate.NothingToDo || res.Err != nil || len(res.Notes) != 1 {
		t.Errorf("claims that cannot be read, and nothing to do: %s: %q %v", res.Outcome, res.Notes, res.Err)
	}
}

// TestClaimsShared holds that two engines with the same claims act once, and that both tell of it.
func TestClaimsShared(t *testing.T) {
	claims := remediate.NewMemoryClaims()
	r := &fake{}
	first := enforcing(&remediate.Options{Claims: claims}).Run(t.Context(), r, finding())
	second := enforcing(&remediate.Options{Claims: claims}).Run(t.Context(), r, finding())
	if first.Outcome != remediate.Applied || second.Guard != remediate.GuardDuplicate || second.Earlier == nil || second.Earlier.ID != first.Receipt.ID {
		t.Errorf("%s, and then %s by guard %q with %+v", first.Outcome, second.Outcome, second.Guard, second.Earlier)
	}
}

// TestLease holds that an attempt that was never heard of again holds its claim for its lease, and no
// longer.
func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		claims := remediate.NewMemoryClaims()
		lost := &brokenClaims{MemoryClaims: claims}
		hang := &fake{apply: func(*remediate.Plan) (*remediate.Receipt, error) {
			time.Sleep(time.Hour)
			return nil, errors.New("odd")
		}}
		f := finding()
		go enforcing(&remediate.Options{Claims: lost, Lease: time.Minute}).Run(t.Context(), hang, f)
		synctest.Wait()
		run := func() *remediate.Result {
			return enforcing(&remediate.Options{Claims: claims}).Run(t.Context(), &fake{}, f)
		}
		time.Sleep(time.Minute)
		if res := run(); res.Guard != remediate.GuardDuplicate {
			t.Errorf("within the lease: %s by guard %q", res.Outcome, res.Guard)
		}
		time.Sleep(time.Second)
		if res := run(); res.Outcome != remediate.Applied {
			t.Errorf("after the lease: %s by guard %q", res.Outcome, res.Guard)
		}
		time.Sleep(time.Hour)
		if res := run(); res.Guard != remediate.GuardDuplicate {
			t.Errorf("the lost attempt ended: %s by guard %q; it must leave the other's claim", res.Outcome, res.Guard)
		}
	})
}
