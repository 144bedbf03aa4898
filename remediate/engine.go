package remediate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/countertrail/countertrail/internal/panics"
	"github.com/countertrail/countertrail/rule"
)

// An Engine runs remediators on findings, behind guards. It is safe for concurrent use. Budgets and
// hops are counted in memory: engines in two processes share claims and receipts, where [Options]
// say so, but not those.
type Engine struct {
	opts   Options
	limits *limits
}

// NewEngine returns an Engine; a nil opts means the defaults. It does not call [Options.Check].
func NewEngine(opts *Options) *Engine {
	if opts == nil {
		opts = &Options{}
	}
	return &Engine{opts: opts.withDefaults(), limits: newLimits()}
}

// Mode returns the mode of the rules that have none of their own.
func (e *Engine) Mode() Mode { return e.opts.Mode }

// ModeOf returns the mode of the rule with the ID. One that there is not is [Observe].
func (e *Engine) ModeOf(ruleID string) Mode {
	m, ok := e.opts.Modes[ruleID]
	if !ok {
		m = e.opts.Mode
	}
	if !m.exists() {
		return Observe
	}
	return m
}

// Run does about f what r can do, as far as the mode of f's rule and the guards allow. It always
// returns a Result; a panic of r is a failure of what r was asked for.
//
// A call that changed nothing, was our own, or falls under an exception is refused before anything
// is read. Everything else is planned. What an actor did who is not to be fought, and a plan of
// suggestions alone, end there. In mode [Observe], which takes no claim and spends no budget, so
// does the rest, and the result says which guard would refuse. In the other modes the plan without
// its suggestions is applied if the other guards let it pass: replay, age, scope, exceptions for
// resources, then risk or, in mode [Approve], a person's approval, then the claim and the budgets.
//
// Before the first write a receipt of what is intended is kept, and after the last one that of what
// was done; without the first nothing is done. An attempt that changed nothing (throttled, denied,
// cancelled) gives its claim back, so that the event may be tried again; one that panicked may have
// changed something, and keeps it.
func (e *Engine) Run(ctx context.Context, r Remediator, f rule.Finding) *Result {
	spec := r.Spec()
	res := &Result{Remediator: spec.Name}
	if f.Record != nil && !slices.Contains(spec.Handles, f.Record.Call()) {
		return res // not applicable: a remediator acts on what it declares, and on nothing else
	}
	if refusal := guardCall(f, e.opts.Self); refusal != nil {
		return res.fail(refusal)
	}
	if refusal := e.exceptEvent(f, res); refusal != nil {
		return res.fail(refusal)
	}
	plan, err := makePlan(ctx, r, f)
	if err != nil {
		return res.fail(err)
	}
	res.Plan = plan
	key := keyOf(f, spec.Name)
	if len(plan.Steps) == 0 {
		return e.nothingToDo(ctx, key, res)
	}
	var (
		ruleID = ruleID(f)
		mode   = e.ModeOf(ruleID)
		auto   = plan.Automatic()
	)
	refusal := guardPlan(plan, f, e.opts.MaxAge, time.Now())
	if refusal == nil {
		refusal = e.exceptPlan(ctx, r, plan, f, res)
	}
	if refusal == nil && mode != Approve && len(auto.Steps) > 0 {
		refusal = guardRisk(spec.Risk, e.opts.MaxRisk)
	}
	if actor := e.actor(f); actor != "" || len(auto.Steps) == 0 {
		return res.suggest(actor, refusal)
	}
	if mode == Observe {
		res.Outcome = Planned
		if refusal != nil {
			res.Guard, res.Reason = refusal.Guard, "enforcing would be refused: "+refusal.Reason
		}
		return res
	}
	if refusal != nil {
		return res.fail(refusal)
	}
	a := &attempt{remediator: r, plan: auto, key: key, ruleID: ruleID}
	if mode == Approve {
		if a.approvedBy, err = e.ask(ctx, plan); err != nil {
			return res.fail(err)
		}
		if a.approvedBy == "" {
			res.Outcome, res.Reason = AwaitingApproval, "nobody has approved the plan yet"
			return res
		}
	}
	return e.carryOut(ctx, a, res)
}

// ruleID returns the ID of the rule of f, if there is one.
func ruleID(f rule.Finding) string {
	if f.Rule == nil {
		return ""
	}
	return f.Rule.ID
}

// nothingToDo ends a run whose plan has no steps. What the claims cannot tell is no failure.
func (e *Engine) nothingToDo(ctx context.Context, key ClaimKey, res *Result) *Result {
	res.Outcome, res.Reason = NothingToDo, res.Plan.Summary
	c, err := e.opts.Claims.Held(ctx, key, wallClock())
	switch {
	case err != nil:
		res.note("whether the event was acted on before cannot be told: " + err.Error())
	case c != nil:
		res.Earlier = c.Receipt
		res.Reason += " This event was acted on at " + c.At.UTC().Format(time.RFC3339) + "."
	}
	return res
}

// ask returns who has approved p; nobody yet, if that is empty.
func (e *Engine) ask(ctx context.Context, p *Plan) (by string, err error) {
	if e.opts.Approver == nil {
		return "", nil
	}
	defer panics.Recover(&err)
	token, err := e.opts.Approver.Approve(ctx, p)
	if err != nil || token == "" {
		return "", err
	}
	return e.opts.Approvals.Check(p, token)
}

// Apply applies a plan that a person has approved, as one that [Run] left [AwaitingApproval], or that
// of [Engine.Undo]. The approval must be for this very plan. The other guards that make sense are
// those of scope, the claim and the budgets; that the state is still the one that was approved is
// what r looks at again. Steps that are suggestions are left out.
func (e *Engine) Apply(ctx context.Context, r Remediator, p *Plan, token string) *Result {
	res := &Result{Remediator: r.Spec().Name, Plan: p}
	if p.Remediator != res.Remediator {
		return res.fail(fmt.Errorf("remediate: the plan is of the remediator %.100q", p.Remediator))
	}
	by, err := e.opts.Approvals.Check(p, token)
	if err != nil {
		return res.fail(err)
	}
	if p.Account == "" {
		return res.fail(&Refusal{GuardScope, "the plan does not say for which account it is"})
	}
	if refusal := guardScope(p, p.Account, p.Region); refusal != nil {
		return res.fail(refusal)
	}
	auto := p.Automatic()
	switch {
	case len(p.Steps) == 0:
		res.Outcome, res.Reason = NothingToDo, p.Summary
		return res
	case len(auto.Steps) == 0:
		return res.suggest("", nil)
	}
	key := ClaimKey{Account: p.Account, Event: p.EventID, Remediator: p.Remediator}
	if p.Undoes != "" {
		key.Event = "undo of " + p.Undoes
	}
	return e.carryOut(ctx, &attempt{remediator: r, plan: auto, key: key, ruleID: p.RuleID, approvedBy: by}, res)
}

// An attempt is an application of a plan that every guard but those of carryOut let pass.
type attempt struct {
	remediator Remediator
	plan       *Plan
	key        ClaimKey
	ruleID     string
	approvedBy string

	claim *Claim
	use   *use
}

// carryOut claims, keeps what is intended, applies, looks at the effect, and keeps what was done.
func (e *Engine) carryOut(ctx context.Context, a *attempt, res *Result) *Result {
	earlier, err := e.take(ctx, a)
	if err != nil {
		res.Earlier = earlier
		return res.fail(err)
	}
	intended := intent(a.claim.Attempt, a.plan, time.Now())
	intended.ApprovedBy = a.approvedBy
	if err := e.opts.Receipts.Put(ctx, intended); err != nil {
		err = fmt.Errorf("remediate: what is intended could not be kept, so nothing was done: %w", err)
		return res.fail(errors.Join(err, e.giveBack(ctx, a)))
	}
	receipt, err := apply(ctx, a.remediator, a.plan)
	kept := settled(intended, receipt, err, a.plan)
	if receipt != nil || isPanic(err) {
		res.Receipt = kept
	}
	keepErr := e.settle(ctx, a, kept, err)
	if err != nil {
		res.fail(err)
	} else {
		e.look(ctx, a, res)
	}
	if keepErr != nil {
		res.note("what was done was done, and could not be kept: " + keepErr.Error())
		res.Err = errors.Join(res.Err, keepErr)
	}
	return res
}

// take takes the claim and a unit of the budgets, or says why it may not; if the event was acted on
// before, with the receipt of that. An event without an id cannot be told from its own duplicate, so
// it is refused too.
func (e *Engine) take(ctx context.Context, a *attempt) (earlier *Receipt, err error) {
	if a.key.Event == "" {
		return nil, &Refusal{GuardDuplicate, "the event has no id, so a duplicate could not be told"}
	}
	now := wallClock()
	a.claim = &Claim{Key: a.key, Attempt: rand.Text(), At: now, Expires: now.Add(e.opts.Lease)}
	held, err := e.opts.Claims.Take(ctx, a.claim)
	if err != nil {
		return nil, fmt.Errorf("remediate: the claim could not be taken, so nothing was done: %w", err)
	}
	if held != nil {
		return held.Receipt, &Refusal{GuardDuplicate, fmt.Sprintf("the event was acted on at %s", held.At.UTC().Format(time.RFC3339))}
	}
	use, refusal := e.limits.take(&e.opts, a.ruleID, a.plan, now)
	if refusal != nil {
		if err := e.giveBack(ctx, a); err != nil {
			return nil, errors.Join(refusal, err)
		}
		return nil, refusal
	}
	a.use = use
	return nil, nil
}

// giveBack ends an attempt that changed nothing.
func (e *Engine) giveBack(ctx context.Context, a *attempt) error {
	if a.use != nil {
		e.limits.unchanged(a.use)
	}
	ctx, cancel := afterwards(ctx)
	defer cancel()
	return e.opts.Claims.Release(ctx, a.claim)
}

// settle keeps what became of an attempt. One that failed and changed nothing gives its claim back.
func (e *Engine) settle(ctx context.Context, a *attempt, kept *Receipt, err error) error {
	ctx, cancel := afterwards(ctx)
	defer cancel()
	putErr := e.opts.Receipts.Put(ctx, kept)
	if !kept.Changed() && !isPanic(err) {
		e.limits.unchanged(a.use)
		if err != nil {
			return errors.Join(putErr, e.opts.Claims.Release(ctx, a.claim))
		}
	}
	c := *a.claim
	c.Receipt = kept
	c.Expires = c.At.Add(e.opts.MaxAge + maxSkew) // as long as guardPlan lets the event pass
	return errors.Join(putErr, e.opts.Claims.Settle(ctx, &c))
}

// look says what came of an application without an error, and looks at its effect.
func (e *Engine) look(ctx context.Context, a *attempt, res *Result) {
	res.Outcome = Applied
	if !res.Receipt.Changed() {
		res.Outcome, res.Reason = NothingToDo, "the state was already as planned"
		return
	}
	v, ok := a.remediator.(Verifier)
	if !ok {
		return
	}
	if err := verify(ctx, v, a.plan); err != nil {
		res.Reason, res.Err = "applied, but the effect was not confirmed: "+err.Error(), err
		return
	}
	res.Outcome = Verified
}

// settled returns the receipt to keep of an application that returned receipt and err. Of one that
// panicked it is not known what it did, so the intent stays.
func settled(intended, receipt *Receipt, err error, p *Plan) *Receipt {
	if receipt == nil {
		receipt = &Receipt{PlanDigest: intended.PlanDigest, Started: intended.Started, Finished: time.Now().UTC(), Steps: []StepResult{}}
		if isPanic(err) {
			receipt.Steps, receipt.Finished = intended.Steps, time.Time{}
		}
	}
	kept := receipt.stamp(intended.ID, p)
	kept.ApprovedBy = intended.ApprovedBy
	if err != nil {
		kept.Error = err.Error()
	}
	return kept
}

// afterwards returns a context for what must be kept although there is no time left for more.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// wallClock returns the time by the wall clock, as the age of events: the monotonic one may stand
// still while a Lambda function is frozen.
func wallClock() time.Time { return time.Now().Round(0) }

func isPanic(err error) bool {
	var p *panics.Error
	return errors.As(err, &p)
}

// makePlan returns the plan of r for f.
func makePlan(ctx context.Context, r Remediator, f rule.Finding) (plan *Plan, err error) {
	defer panics.Recover(&err)
	plan, err = r.Plan(ctx, f)
	if err == nil && plan == nil {
		err = errors.New("remediate: Plan returned neither a plan nor an error")
	}
	return plan, err
}

// apply carries p out, and holds r to what its receipt says.
func apply(ctx context.Context, r Remediator, p *Plan) (receipt *Receipt, err error) {
	defer panics.Recover(&err)
	receipt, err = r.Apply(ctx, p)
	if err == nil {
		err = receipt.check(p)
	}
	return receipt, err
}

// verify looks whether p has taken effect.
func verify(ctx context.Context, v Verifier, p *Plan) (err error) {
	defer panics.Recover(&err)
	return v.Verify(ctx, p)
}
