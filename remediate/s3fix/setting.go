package s3fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/countertrail/countertrail/internal/awsplace"
	"github.com/countertrail/countertrail/remediate"
)

// A setting is one of the three that can make a bucket public: its policy, its ACL and its block
// on public access.
type setting struct {
	name   string // what messages call it
	open   string // what they say of a bucket that it opens; %q is the bucket's name
	fine   string // and of one that it does not
	read   func(context.Context, Reader, bucket) (state, error)
	decode func(json.RawMessage) (state, error)

	// opened reports whether a request to change the setting may open the bucket to the public.
	// It is true for a request that cannot be read.
	opened func(request) bool

	// shut reports whether a block on public access leaves the setting without effect on the
	// public; nil for the block itself.
	shut func(block) bool
}

// A state is what a setting is set to. Its JSON is that of a step's Before and After.
type state interface {
	// tighten returns the state without what makes the bucket public, and says what that was; empty
	// if nothing does.
	tighten() (tight state, removed string, err error)

	// equal reports whether S3 means the same by both states, which are of one setting.
	equal(state) bool

	// call returns the call that brings a bucket into the state.
	call(bucket) call
}

// A call is a call of S3 that changes a bucket.
type call struct {
	action  string   // the IAM action that it needs
	args    any      // its input
	command []string // the same for the AWS CLI, without what all commands have
	do      func(context.Context, Writer) error
}

// A change takes a setting of a bucket from one state to another.
type change struct {
	bucket        bucket
	what          *setting
	before, after state
	removed       string // what of before is gone in after; empty if that is nothing
	undo          bool   // after is what there was, and before what we left
}

// tighten returns the change that takes from a setting what makes b public.
func tighten(b bucket, what *setting, live state) (change, error) {
	tight, removed, err := live.tighten()
	if err != nil {
		return change{}, fmt.Errorf("the %s of the bucket %q: %w", what.name, b.name, err)
	}
	return change{bucket: b, what: what, before: live, after: tight, removed: removed}, nil
}

// inverse returns the change back.
func (c change) inverse() change {
	c.before, c.after, c.undo = c.after, c.before, !c.undo
	return c
}

// step returns c as a step, with its inverse.
func (c change) step() remediate.Step {
	s, inverse := c.single(), c.inverse().single()
	s.Inverse = &inverse
	return s
}

// single returns c as a step without an inverse.
func (c change) single() remediate.Step {
	made := c.after.call(c.bucket)
	words := append([]string{"aws", "s3api"}, made.command...)
	words = append(words, "--bucket", c.bucket.name, "--expected-bucket-owner", c.bucket.account, "--region", c.bucket.region)
	summary := "remove " + c.removed
	switch {
	case c.what == blocks && c.undo:
		summary = "set the block on public access back to what it was (" + c.removed + ")"
	case c.what == blocks:
		summary = "block public access (" + c.removed + ")"
	case c.undo:
		summary = "put back " + c.removed
	}
	return remediate.Step{
		Action:   made.action,
		Resource: c.bucket.arn(),
		Region:   c.bucket.region,
		Summary:  summary,
		Args:     encode(made.args),
		Before:   encode(c.before),
		After:    encode(c.after),
		Command:  remediate.Command(words...),
	}
}

// planned returns the change of a step. It returns an error unless the step is as a plan of ours has
// it, whatever way it took since: it must be the very one that follows from the states that it names,
// and one of the two must be the other without what is public.
func planned(s remediate.Step) (change, error) {
	if s.Manual {
		return change{}, errors.New("a suggestion, which is for people to carry out")
	}
	what := settingOf(s.Action)
	if what == nil {
		return change{}, fmt.Errorf("its action is %.100q", s.Action)
	}
	var owned struct{ Bucket, ExpectedBucketOwner string }
	if err := json.Unmarshal(s.Args, &owned); err != nil {
		return change{}, fmt.Errorf("its arguments: %w", err)
	}
	b := bucket{partition: awsplace.Partition(s.Resource, s.Region), region: s.Region, account: owned.ExpectedBucketOwner, name: owned.Bucket}
	if err := b.check(); err != nil {
		return change{}, err
	}
	before, err := what.decode(s.Before)
	if err != nil {
		return change{}, fmt.Errorf("its state before: %w", err)
	}
	after, err := what.decode(s.After)
	if err != nil {
		return change{}, fmt.Errorf("its state after: %w", err)
	}
	fix, err := tighten(b, what, before)
	if err != nil {
		return change{}, err
	}
	undo, err := tighten(b, what, after)
	if err != nil {
		return change{}, err
	}
	for _, c := range []change{fix, undo.inverse()} {
		if c.removed != "" && digest(c.step()) == digest(s) {
			return c, nil
		}
	}
	return change{}, fmt.Errorf("it was not made here, or was changed: %.100q on %q", s.Action, b.arn())
}

// settingOf returns the setting that a call with the given IAM action changes; nil if none does.
func settingOf(action string) *setting {
	switch action {
	case actionPutPolicy, actionDeletePolicy:
		return policies
	case actionPutACL:
		return acls
	case actionPutBlock:
		return blocks
	}
	return nil
}

func digest(s remediate.Step) string {
	return (&remediate.Plan{Steps: []remediate.Step{s}}).Digest()
}

// encode returns v as JSON. None of the types given to it can fail.
func encode(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// decodeAs returns raw as a state of type S.
func decodeAs[S state](raw json.RawMessage) (state, error) {
	var s S
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	return s, nil
}
