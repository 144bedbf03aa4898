package remediate

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/countertrail/countertrail/rule"
)

// A ClaimKey names one event's claim on one remediator. The account belongs to it: copies of one
// action that reach two accounts have event ids of their own, and forged ones must not collide.
type ClaimKey struct {
	Account    string `json:"account"`
	Event      string `json:"event"`
	Remediator string `json:"remediator"`
}

// A Claim says that an event was acted on, or is being acted on. It must not be changed once it is
// shared.
type Claim struct {
	Key     ClaimKey  `json:"key"`
	Attempt string    `json:"attempt"` // the ID of the attempt's receipt
	At      time.Time `json:"at"`      // when it was taken
	Expires time.Time `json:"expires"` // until when it is held; after that another may take it

	// Receipt is that of the attempt; nil while that is under way.
	Receipt *Receipt `json:"receipt,omitempty"`
}

// Claims keeps which events are acted on, so that of copies of one event that come at once, in one
// process or in several, one is acted on. Implementations must be safe for concurrent use, and each
// method one step that nothing comes between: to look and then to write lets two attempts pass.
//
// An error of Take means that nothing may be done. It may be or wrap a [*Refusal].
type Claims interface {
	// Take takes the claim, unless one with its key is held that has not expired at c.At: then it
	// returns that one and changes nothing.
	Take(ctx context.Context, c *Claim) (held *Claim, err error)

	// Settle puts c in the place of the claim that the same attempt took. The error wraps
	// [ErrStale] if it is held by another attempt, or by none.
	Settle(ctx context.Context, c *Claim) error

	// Release gives back the claim that the attempt of c took. It is no error if that is held by
	// another attempt, or by none; that one stays.
	Release(ctx context.Context, c *Claim) error

	// Held returns the claim that is held under key at the time now; nil if there is none.
	Held(ctx context.Context, key ClaimKey, now time.Time) (*Claim, error)
}

// keyOf returns the key of f, which guardCall let pass. The event's id is taken from the record: a
// plan is the remediator's word. A record that corrects another stands for the same call.
func keyOf(f rule.Finding, remediator string) ClaimKey {
	id := f.Record.EventID
	if a := f.Record.Addendum; a != nil && a.OriginalEventID != "" {
		id = a.OriginalEventID
	}
	return ClaimKey{Account: f.Event.Account, Event: id, Remediator: remediator}
}

// maxClaims bounds the memory of claims at about 20 MB, most of it receipts. Reaching it takes as
// many applied plans within MaxAge, which the default budget keeps below 300.
const maxClaims = 10_000

// MemoryClaims keeps claims in the memory of one process. It is safe for concurrent use. It refuses
// a claim too many rather than forget one that is held.
type MemoryClaims struct {
	mu     sync.Mutex
	claims map[ClaimKey]*Claim
}

// NewMemoryClaims returns a MemoryClaims without claims.
func NewMemoryClaims() *MemoryClaims { return &MemoryClaims{claims: make(map[ClaimKey]*Claim)} }

// Take implements [Claims].
func (m *MemoryClaims) Take(_ context.Context, c *Claim) (held *Claim, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held, ok := m.claims[c.Key]; ok && !held.expired(c.At) {
		return held, nil
	}
	if len(m.claims) >= maxClaims {
		maps.DeleteFunc(m.claims, func(_ ClaimKey, old *Claim) bool { return old.expired(c.At) })
		if len(m.claims) >= maxClaims {
			return nil, &Refusal{GuardDuplicate, "too many claims are held to tell duplicates"}
		}
	}
	m.claims[c.Key] = c
	return nil, nil
}

// Settle implements [Claims].
func (m *MemoryClaims) Settle(_ context.Context, c *Claim) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held, ok := m.claims[c.Key]; !ok || held.Attempt != c.Attempt {
		return fmt.Errorf("remediate: the claim of the attempt %s is no longer held: %w", c.Attempt, ErrStale)
	}
	m.claims[c.Key] = c
	return nil
}

// Release implements [Claims].
func (m *MemoryClaims) Release(_ context.Context, c *Claim) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held, ok := m.claims[c.Key]; ok && held.Attempt == c.Attempt {
		delete(m.claims, c.Key)
	}
	return nil
}

// Held implements [Claims].
func (m *MemoryClaims) Held(_ context.Context, key ClaimKey, now time.Time) (*Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, ok := m.claims[key]; ok && !c.expired(now) {
		return c, nil
	}
	return nil, nil
}

// expired reports whether c is no longer held at the time now.
func (c *Claim) expired(now time.Time) bool { return now.After(c.Expires) }
