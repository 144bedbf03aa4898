package remediatetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/countertrail/countertrail/remediate"
)

// RunClaims holds an implementation of [remediate.Claims] to its contract. NewClaims returns one
// without claims.
func RunClaims(t *testing.T, newClaims func() remediate.Claims) {
	now := time.Now().UTC().Truncate(time.Second)
	key := remediate.ClaimKey{Account: "123456789012", Event: "event-id", Remediator: "fix"}
	claim := func(attempt string, at time.Time) *remediate.Claim {
		return &remediate.Claim{Key: key, Attempt: attempt, At: at, Expires: at.Add(time.Minute)}
	}
	// take expects that c can be taken, or else that the attempt held holds the claim.
	take := func(t *testing.T, s remediate.Claims, c *remediate.Claim, held string) {
		t.Helper()
		got, err := s.Take(t.Context(), c)
		switch {
		case err != nil:
			t.Errorf("Take by %s: %v", c.Attempt, err)
		case got == nil && held != "":
			t.Errorf("Take by %s: taken, and %s holds the claim", c.Attempt, held)
		case got != nil && got.Attempt != held:
			t.Errorf("Take by %s: held by %s, want by %q", c.Attempt, got.Attempt, held)
		}
	}
	t.Run("one at a time", func(t *testing.T) {
		s := newClaims()
		take(t, s, claim("first", now), "")
		take(t, s, claim("second", now), "first")
		take(t, s, claim("second", now.Add(time.Minute)), "first")
		for _, other := range []remediate.ClaimKey{
			{Account: "111122223333", Event: key.Event, Remediator: key.Remediator},
			{Account: key.Account, Event: "other", Remediator: key.Remediator},
			{Account: key.Account, Event: key.Event, Remediator: "other"},
			{Account: key.Account, Event: key.Event + "#" + key.Remediator, Remediator: ""},
		} {
			c := claim("other", now)
			c.Key = other
			take(t, s, c, "")
		}
	})
	t.Run("a lease ends", func(t *testing.T) {
		s := newClaims()
		take(t, s, claim("first", now), "")
		later := claim("second", now.Add(time.Minute+time.Second))
		take(t, s, later, "")
		if err := s.Settle(t.Context(), claim("first", now)); !errors.Is(err, remediate.ErrStale) {
			t.Errorf("Settle by one whose lease ended: %v, want ErrStale", err)
		}
		if err := s.Release(t.Context(), claim("first", now)); err != nil {
			t.Errorf("Release by one whose lease ended: %v", err)
		}
		take(t, s, claim("third", later.At), "second")
	})
	t.Run("released", func(t *testing.T) {
		s := newClaims()
		first := claim("first", now)
		take(t, s, first, "")
		if err := s.Release(t.Context(), first); err != nil {
			t.Error(err)
		}
		if err := s.Release(t.Context(), first); err != nil {
			t.Errorf("again: %v", err)
		}
		if err := s.Settle(t.Context(), first); !errors.Is(err, remediate.ErrStale) {
			t.Errorf("Settle of what was released: %v, want ErrStale", err)
		}
		take(t, s, claim("second", now), "")
	})
	t.Run("settled", func(t *testing.T) {
		s := newClaims()
		c := claim("first", now)
		take(t, s, c, "")
		if held, err := s.Held(t.Context(), key, now); err != nil || held == nil || held.Receipt != nil {
			t.Errorf("Held while under way: %+v, %v", held, err)
		}
		c = claim("first", now)
		c.Expires = now.Add(time.Hour)
		c.Receipt = receipt("first")
		if err := s.Settle(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		held, err := s.Held(t.Context(), key, now.Add(time.Hour))
		if err != nil || encode(held) != encode(c) {
			t.Errorf("Held: error %v\ngot  %s\nwant %s", err, encode(held), encode(c))
		}
		if held, err := s.Held(t.Context(), key, now.Add(time.Hour+time.Second)); held != nil || err != nil {
			t.Errorf("Held after it ended: %+v, %v", held, err)
		}
		take(t, s, claim("second", now.Add(time.Minute)), "first")
	})
	t.Run("at once", func(t *testing.T) {
		s := newClaims()
		var (
			wg    sync.WaitGroup
			mu    sync.Mutex
			taken int
		)
		for i := range 32 {
			wg.Go(func() {
				held, err := s.Take(t.Context(), claim(fmt.Sprint(i), now))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				} else if held == nil {
					taken++
				}
			})
		}
		wg.Wait()
		if taken != 1 {
			t.Errorf("%d attempts took the claim", taken)
		}
	})
}

// RunReceipts holds an implementation of [remediate.Receipts] to its contract. NewReceipts returns one
// without receipts.
func RunReceipts(t *testing.T, newReceipts func() remediate.Receipts) {
	s := newReceipts()
	for _, id := range []string{"absent", "", "..", "../x", "a/b", "a\x00b", "receipt.json"} {
		if r, err := s.Get(t.Context(), id); !errors.Is(err, remediate.ErrNotFound) || r != nil {
			t.Errorf("Get of %q: %+v, %v, want ErrNotFound", id, r, err)
		}
	}
	for range 2 {
		want := receipt("first")
		for _, r := range []*remediate.Receipt{want, receipt("second")} {
			if err := s.Put(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Get(t.Context(), "first")
		if err != nil || encode(got) != encode(want) {
			t.Errorf("Get: error %v\ngot  %s\nwant %s", err, encode(got), encode(want))
		}
	}
	want := receipt("first")
	want.Steps[0].Status, want.Steps[0].Error = remediate.StepFailed, "a\nb\xe2\x80\xae"
	if err := s.Put(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), "first")
	if err != nil || encode(got) != encode(want) {
		t.Errorf("Get of what was put in its place: error %v\ngot  %s\nwant %s", err, encode(got), encode(want))
	}
}

// receipt returns a receipt with the ID that says something in each field.
func receipt(id string) *remediate.Receipt {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &remediate.Receipt{
		PlanDigest: "digest", Started: at, Finished: at.Add(time.Second), ID: id, Remediator: "fix", RuleID: "4.5", EventID: "event-id",
		Account: "123456789012", Region: "eu-west-1", Undoes: "another", ApprovedBy: "alice", Error: "an error",
		Steps: []remediate.StepResult{{
			Status: remediate.StepDone,
			Step: remediate.Step{
				Action: "cloudtrail:StartLogging", Resource: "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main",
				Before: []byte(`{"a":1}`), Inverse: &remediate.Step{Action: "cloudtrail:StopLogging"},
			},
		}},
	}
}
