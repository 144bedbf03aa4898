package kmsfix_test

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/rule"
)

const (
	account = "123456789012"
	region  = "eu-west-1"
	keyID   = "0a1b2c3d-1111-4222-8333-444455556666"
	keyARN  = "arn:aws:kms:eu-west-1:123456789012:key/" + keyID
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A cloud is a KMS with one key, which changes state as the Developer Guide's table of key states
// says. It records every call and fails the operations that have an error. What DescribeKey tells
// can lag behind.
type cloud struct {
	mu     sync.Mutex
	meta   types.KeyMetadata
	policy string
	lag    []types.KeyState // what the next calls of DescribeKey tell
	errs   map[string]error // by operation
	hook   func(action string) error
	calls  []string // operation, Region and key, with a space between
}

func newCloud(s types.KeyState) *cloud {
	return &cloud{
		meta: types.KeyMetadata{
			Arn: aws.String(keyARN), KeyId: aws.String(keyID), AWSAccountId: aws.String(account),
			KeyManager: types.KeyManagerTypeCustomer, KeyState: s,
		},
		errs: map[string]error{},
	}
}

// ops returns the operations that were called, in order.
func (c *cloud) ops() []string {
	var ops []string
	for _, call := range c.calls {
		op, _, _ := strings.Cut(call, " ")
		ops = append(ops, op)
	}
	return ops
}

func (c *cloud) writes() []string {
	return slices.DeleteFunc(c.ops(), func(op string) bool { return op == "DescribeKey" || op == "GetKeyPolicy" })
}

func (c *cloud) record(ctx context.Context, op string, id *string, opts []func(*kms.Options)) error {
	var o kms.Options
	for _, opt := range opts {
		opt(&o)
	}
	c.calls = append(c.calls, op+" "+o.Region+" "+aws.ToString(id))
	if c.hook != nil {
		if err := c.hook("kms:" + op); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := c.errs[op]; err != nil {
		return err
	}
	if name := aws.ToString(id); name != *c.meta.Arn && name != *c.meta.KeyId {
		return &types.NotFoundException{Message: aws.String("Key " + name + " does not exist")}
	}
	return nil
}

// move changes the state, if it is one of from, to the state given.
func (c *cloud) move(ctx context.Context, op string, id *string, opts []func(*kms.Options), to types.KeyState, from ...types.KeyState) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, op, id, opts); err != nil {
		return err
	}
	if !slices.Contains(from, c.meta.KeyState) {
		return &types.KMSInvalidStateException{Message: aws.String(*id + " is " + string(c.meta.KeyState))}
	}
	c.meta.KeyState = to
	return nil
}

const (
	enabled  = types.KeyStateEnabled
	disabled = types.KeyStateDisabled
	pending  = types.KeyStatePendingDeletion
	replicas = types.KeyStatePendingReplicaDeletion
)

func (c *cloud) DescribeKey(ctx context.Context, in *kms.DescribeKeyInput, opts ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, "DescribeKey", in.KeyId, opts); err != nil {
		return nil, err
	}
	m := c.meta
	if len(c.lag) > 0 {
		m.KeyState, c.lag = c.lag[0], c.lag[1:]
	}
	return &kms.DescribeKeyOutput{KeyMetadata: &m}, nil
}

func (c *cloud) GetKeyPolicy(ctx context.Context, in *kms.GetKeyPolicyInput, opts ...func(*kms.Options)) (*kms.GetKeyPolicyOutput, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.record(ctx, "GetKeyPolicy", in.KeyId, opts); err != nil {
		return nil, err
	}
	return &kms.GetKeyPolicyOutput{Policy: aws.String(c.policy), PolicyName: in.PolicyName}, nil
}

func (c *cloud) CancelKeyDeletion(ctx context.Context, in *kms.CancelKeyDeletionInput, opts ...func(*kms.Options)) (*kms.CancelKeyDeletionOutput, error) {
	err := c.move(ctx, "CancelKeyDeletion", in.KeyId, opts, disabled, pending, replicas)
	return &kms.CancelKeyDeletionOutput{}, err
}

func (c *cloud) EnableKey(ctx context.Context, in *kms.EnableKeyInput, opts ...func(*kms.Options)) (*kms.EnableKeyOutput, error) {
	err := c.move(ctx, "EnableKey", in.KeyId, opts, enabled, enabled, disabled)
	return &kms.EnableKeyOutput{}, err
}

func (c *cloud) DisableKey(ctx context.Context, in *kms.DisableKeyInput, opts ...func(*kms.Options)) (*kms.DisableKeyOutput, error) {
	err := c.move(ctx, "DisableKey", in.KeyId, opts, disabled, enabled, disabled)
	return &kms.DisableKeyOutput{}, err
}

func (c *cloud) ScheduleKeyDeletion(ctx context.Context, in *kms.ScheduleKeyDeletionInput, opts ...func(*kms.Options)) (*kms.ScheduleKeyDeletionOutput, error) {
	err := c.move(ctx, "ScheduleKeyDeletion", in.KeyId, opts, pending, enabled, disabled, types.KeyStatePendingImport)
	return &kms.ScheduleKeyDeletionOutput{}, err
}

// A past is a History: its records, newest first, or an error.
type past struct {
	records []*event.Record
	err     error
}

func (p past) Records(context.Context, string, string, []string, time.Time) iter.Seq2[*event.Record, error] {
	return func(yield func(*event.Record, error) bool) {
		for _, rec := range p.records {
			if !yield(rec, nil) {
				return
			}
		}
		if p.err != nil {
			yield(nil, p.err)
		}
	}
}

// record returns a record of a call on the key so long before the event.
func record(call string, ago time.Duration) *event.Record {
	rec := finding(call, `{"keyId":"`+keyARN+`"}`).Record
	rec.EventTime, rec.EventID = at.Add(-ago), call+ago.String()
	return rec
}

// finding returns a finding on a call with the parameters given; edit changes its event and record.
func finding(call, params string, edit ...func(*event.Event, *event.Record)) rule.Finding {
	e := &event.Event{
		ID: "11111111-1111-1111-1111-111111111111", DetailType: event.DetailTypeAPICall, Source: "aws.kms",
		Account: account, Region: region, Time: at,
	}
	rec := &event.Record{
		EventVersion:       "1.11",
		UserIdentity:       event.UserIdentity{Type: event.IdentityIAMUser, ARN: "arn:aws:iam::123456789012:user/mallory"},
		EventTime:          at,
		EventSource:        "kms.amazonaws.com",
		EventName:          call,
		AWSRegion:          region,
		RequestParameters:  json.RawMessage(params),
		ResponseElements:   json.RawMessage("null"),
		EventID:            "22222222-2222-2222-2222-222222222222",
		RecipientAccountID: account,
		Resources:          []event.Resource{{AccountID: account, Type: "AWS::KMS::Key", ARN: keyARN}},
	}
	for _, f := range edit {
		f(e, rec)
	}
	return rule.Finding{Rule: &rule.Rule{ID: "4.7"}, Event: e, Record: rec}
}

func scheduled() rule.Finding {
	return finding("ScheduleKeyDeletion", `{"keyId":"`+keyID+`","pendingWindowInDays":7}`)
}

func apiError(code string) error {
	return &smithy.GenericAPIError{Code: code, Message: "a message"}
}
