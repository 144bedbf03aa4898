package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/countertrail/countertrail"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/remediate/iamfix"
	"github.com/countertrail/countertrail/remediate/trailfix"
)

// validity is how long an approval is good.
const validity = time.Hour

// maxCommand is how many runes of a command are shown: one may carry a policy.
const maxCommand = 32 << 10

// undo prints the way back from a receipt and, if there is a key, has it approved and carries it out.
func (c command) undo(ctx context.Context, s settings) error {
	receipts, err := remediate.OpenReceipts(s.receipts)
	if err != nil {
		return err
	}
	defer receipts.Close()
	approvals, err := readKey(s.key)
	if err != nil {
		return err
	}
	h, err := c.newHandler(ctx, receipts, approvals)
	if err != nil {
		return err
	}
	plan, err := h.Undo(ctx, s.id)
	if err != nil {
		return err
	}
	c.print(plan)
	if approvals == nil || len(plan.Automatic().Steps) == 0 {
		return nil
	}
	token, err := c.approval(approvals, plan, s)
	if err != nil || s.approve != "" {
		return err
	}
	return c.apply(ctx, h, plan, token)
}

// newHandler returns a handler that has the remediators whose doings can be undone here. It needs no
// rules: it is given no events.
func (c command) newHandler(ctx context.Context, receipts remediate.Receipts, approvals *remediate.Approvals) (*countertrail.Handler, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	remediators, err := c.remediators(cfg)
	if err != nil {
		return nil, err
	}
	return countertrail.New(nil, &countertrail.Options{
		Remediators: remediators,
		Remediation: remediate.Options{Receipts: receipts, Approvals: approvals},
	})
}

func (c command) remediators(cfg aws.Config) ([]remediate.Remediator, error) {
	users, trails := iam.NewFromConfig(cfg), cloudtrail.NewFromConfig(cfg)
	keys, err := iamfix.NewAccessKey(users, users, &iamfix.Options{Interval: c.pause})
	if err != nil {
		return nil, err
	}
	return []remediate.Remediator{keys, trailfix.New(trails, trails, &trailfix.Options{Interval: c.pause})}, nil
}

// readKey returns the approvals with the key in the file; nil if there is no file.
func readKey(file string) (*remediate.Approvals, error) {
	if file == "" {
		return nil, nil
	}
	key, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return remediate.NewApprovals(key)
}

// print prints a plan. What it says may be an attacker's words.
func (c command) print(p *remediate.Plan) {
	fmt.Fprintln(c.stdout, notify.Clean(p.Summary, 1000))
	for i, s := range p.Steps {
		command := notify.Clean(s.Command, maxCommand)
		if command != s.Command {
			command = "(the command cannot be shown as it is)"
		}
		fmt.Fprintf(c.stdout, "%d. %s\n   %s\n", i+1, notify.Clean(s.Summary, 1000), command)
		if s.Manual {
			fmt.Fprintln(c.stdout, "   This is for people to carry out, and will not be done here.")
		}
	}
}

// approval returns the token by which p is approved: as the settings say, or as somebody is asked.
func (c command) approval(a *remediate.Approvals, p *remediate.Plan, s settings) (string, error) {
	switch {
	case s.approve != "":
		token, err := a.Token(p, s.approve, time.Now().Add(validity))
		if err == nil {
			fmt.Fprintln(c.stdout, token)
		}
		return token, err
	case s.yes != "":
		return a.Token(p, s.yes, time.Now().Add(validity))
	}
	token, err := c.ask("Approval, or nothing to leave it: ")
	if err == nil && token == "" {
		err = errors.New("not approved, so nothing was done")
	}
	return token, err
}

// apply carries p out and prints what came of it.
func (c command) apply(ctx context.Context, h *countertrail.Handler, p *remediate.Plan, token string) error {
	res, err := h.Apply(ctx, p, token)
	if res == nil {
		return err
	}
	fmt.Fprintln(c.stdout, res.Outcome)
	if res.Receipt != nil {
		fmt.Fprintf(c.stdout, "receipt %s, approved by %s\n", res.Receipt.ID, notify.Clean(res.Receipt.ApprovedBy, 100))
	}
	if err == nil && res.Outcome == remediate.Refused {
		err = fmt.Errorf("%s (guard %s)", res.Reason, res.Guard)
	}
	return err
}
