package trailfix

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/countertrail/countertrail/remediate"
)

// A Baseline is how a trail is meant to be, or was when all was well.
type Baseline struct {
	Trail types.Trail // as GetTrail returns it

	// Selectors are the basic event selectors, as GetEventSelectors returns them. Trails with
	// advanced ones have none here: see [Settings].
	Selectors []types.EventSelector
}

// A History knows how trails were. The events do not: an UpdateTrail says what a trail became.
type History interface {
	// Before returns how the trail with the ARN was just before the time at. The error wraps
	// [remediate.ErrNotFound] if that is not known. It must not be changed by those that it is
	// returned to.
	Before(ctx context.Context, trailARN string, at time.Time) (*Baseline, error)
}

// Baselines is a [History] of trails that are meant to stay as they are, by ARN: what a team keeps in
// its repository.
type Baselines map[string]Baseline

// Before implements [History].
func (b Baselines) Before(_ context.Context, trailARN string, _ time.Time) (*Baseline, error) {
	baseline, ok := b[trailARN]
	if !ok {
		return nil, fmt.Errorf("trailfix: a baseline of the trail %q: %w", trailARN, remediate.ErrNotFound)
	}
	return &baseline, nil
}
