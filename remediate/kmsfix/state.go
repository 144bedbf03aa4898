package kmsfix

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/awserr"
	"github.com/countertrail/countertrail/rule"
)

// The key states that matter here; "Key states of KMS keys" in the Developer Guide lists all.
const (
	keyEnabled         = string(types.KeyStateEnabled)
	keyDisabled        = string(types.KeyStateDisabled)
	keyPending         = string(types.KeyStatePendingDeletion)
	keyPendingReplicas = string(types.KeyStatePendingReplicaDeletion)
)

// A state is what steps need to know of a key, and what plans tell of it.
type state struct {
	KeyState string `json:"keyState"`

	// PendingWindowInDays is the waiting period before the deletion, where there is one.
	PendingWindowInDays int `json:"pendingWindowInDays,omitempty"`

	deletion time.Time // when the key will be deleted; zero if unknown or never
	primary  bool      // of a multi-Region key
	replicas int       // of a primary, without it
	replica  bool      // of a multi-Region key
}

// pending reports whether the key is scheduled for deletion.
func (s state) pending() bool { return s.KeyState == keyPending || s.KeyState == keyPendingReplicas }

// when returns the date of the deletion, as the middle of a sentence.
func (s state) when() string {
	switch {
	case !s.deletion.IsZero():
		return " on " + s.deletion.UTC().Format(time.DateOnly)
	case s.KeyState == keyPendingReplicas:
		return " once its replicas are"
	}
	return ""
}

// family returns a sentence about the other keys of a multi-Region key.
func (s state) family() string {
	switch {
	case s.primary && s.replicas > 0:
		return fmt.Sprintf(" It is the primary of a multi-Region key; its replicas (%d) are keys of their own, and left as they are.", s.replicas)
	case s.primary:
		return " It is the primary of a multi-Region key."
	case s.replica:
		return " It is a replica of a multi-Region key; the others are left as they are."
	}
	return ""
}

// describe reads a key. That the answer is about the key that was asked for, in the account and
// Region that are meant, is checked.
func (r *Remediator) describe(ctx context.Context, ref reference, account, region string) (key, state, error) {
	out, err := r.reader.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(ref.name())}, in(region))
	if err != nil {
		return key{}, state{}, awserr.Wrap(ctx, err, actionDescribe, ref.name())
	}
	if out == nil || out.KeyMetadata == nil || out.KeyMetadata.KeyState == "" {
		return key{}, state{}, fmt.Errorf("%s on %q does not tell the key's state", actionDescribe, ref.name())
	}
	m := out.KeyMetadata
	k, err := parseARN(aws.ToString(m.Arn))
	if err != nil {
		return key{}, state{}, fmt.Errorf("%s on %q: %w", actionDescribe, ref.name(), err)
	}
	if k.id != ref.id || ref.key != (key{}) && ref.key != k || k.account != account || k.region != region {
		return key{}, state{}, refuse("asked for the key %q, KMS tells of %q", ref.name(), k.arn())
	}
	if m.KeyManager == types.KeyManagerTypeAws {
		return key{}, state{}, refuse("the key %q is managed by AWS", k.arn())
	}
	s := state{KeyState: string(m.KeyState), deletion: aws.ToTime(m.DeletionDate), PendingWindowInDays: int(aws.ToInt32(m.PendingDeletionWindowInDays))}
	if c := m.MultiRegionConfiguration; c != nil {
		s.primary, s.replica = c.MultiRegionKeyType == types.MultiRegionKeyTypePrimary, c.MultiRegionKeyType == types.MultiRegionKeyTypeReplica
		s.replicas = len(c.ReplicaKeys)
	}
	return k, s, nil
}

// state reads the state of a key that is known.
func (r *Remediator) state(ctx context.Context, k key) (state, error) {
	_, s, err := r.describe(ctx, reference{key: k, id: k.id}, k.account, k.region)
	return s, err
}

// propagation is how long after a call KMS may still show the state before it.
const propagation = 5 * time.Minute

// settled reads the key of a finding until it shows what the call did, or somebody's answer to it.
// Of an old call another state is believed at once, and of a recent one in the end.
func (r *Remediator) settled(ctx context.Context, f rule.Finding, ref reference, shows func(state) bool) (k key, s state, err error) {
	recent := time.Since(f.Record.EventTime) < propagation
	for read := 1; ; read++ {
		k, s, err = r.describe(ctx, ref, f.Event.Account, f.Event.Region)
		if err != nil || shows(s) || !recent || read == r.reads {
			return k, s, err
		}
		if err := r.pause(ctx, ref.name()); err != nil {
			return k, s, err
		}
	}
}

// pause waits before the next read.
func (r *Remediator) pause(ctx context.Context, name string) error {
	t := time.NewTimer(r.interval)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for the state of %q to change: %w", name, ctx.Err())
	}
}

// window returns the waiting period that a deletion was scheduled with: what KMS tells, what the
// record tells, or KMS's default of 30 days. KMS takes 7 to 30.
func window(rec *event.Record, s state) int {
	for _, days := range []int{
		s.PendingWindowInDays,
		days(member(rec.ResponseElements, "pendingWindowInDays")),
		days(member(rec.RequestParameters, "pendingWindowInDays")),
	} {
		if days >= minWindow && days <= maxWindow {
			return days
		}
	}
	return maxWindow
}

// The shortest and the longest waiting period, in days; the longest is the default.
const (
	minWindow = 7
	maxWindow = 30
)

// days returns the number that raw holds, as a number or a string; 0 if it holds none.
func days(raw json.RawMessage) int {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
