package countertrail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/countertrail/countertrail/event"
	"github.com/countertrail/countertrail/internal/panics"
	"github.com/countertrail/countertrail/notify"
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/remediate"
	"github.com/countertrail/countertrail/rule"
)

// Options are the settings of [New]. The zero value matches, and neither acts nor tells.
type Options struct {
	// Remediators are asked, in this order, about every event on which a rule fired; those that
	// do not handle it stay out of the report. Their names must differ.
	Remediators []remediate.Remediator

	// Remediation holds the mode and the guards. The default observes: plans are made and told,
	// and nothing is changed.
	Remediation remediate.Options

	// Notifiers are the channels on which every finding is told, by the names that they have in
	// reports and errors.
	Notifiers map[string]notify.Notifier

	// Logger gets a record for every finding, remediation and failure. The default logs nothing.
	Logger *slog.Logger
}

// A Handler takes events in, and gives findings, remediations and alerts out. It is safe for
// concurrent use.
type Handler struct {
	rules       *pattern.Set[*rule.Rule]
	remediators []remediate.Remediator
	engine      *remediate.Engine
	self        remediate.Self
	notifiers   map[string]notify.Notifier
	channels    []string // the keys of notifiers, sorted
	log         *slog.Logger
}

// New returns a Handler for the given rules; a nil opts means the defaults. Rules whose state is
// [rule.Disabled] are left out. It is an error if two rules or two remediators share a name, if
// something that is needed is missing, if a rule has a severity that there is not, or if the settings
// for remediation do not pass [remediate.Options.Check]: to act, it must be known by what our own
// changes are recognised.
func New(rules []rule.Rule, opts *Options) (*Handler, error) {
	if opts == nil {
		opts = &Options{}
	}
	h := &Handler{
		remediators: slices.Clone(opts.Remediators),
		engine:      remediate.NewEngine(&opts.Remediation),
		self:        opts.Remediation.Self,
		notifiers:   maps.Clone(opts.Notifiers),
		channels:    slices.Sorted(maps.Keys(opts.Notifiers)),
		log:         opts.Logger,
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	var errs []error
	ids := make(map[string]bool)
	var enabled []rule.Rule
	for _, r := range rules {
		switch {
		case r.ID == "":
			errs = append(errs, fmt.Errorf("countertrail: rule %q has no ID", r.Title))
		case ids[r.ID]:
			errs = append(errs, fmt.Errorf("countertrail: two rules have the ID %q", r.ID))
		case r.Pattern == nil:
			errs = append(errs, fmt.Errorf("countertrail: rule %q has no pattern", r.ID))
		case r.Severity < rule.Info || r.Severity > rule.Critical:
			errs = append(errs, fmt.Errorf("countertrail: rule %q has no severity that there is: %s", r.ID, r.Severity))
		case r.State != rule.Disabled:
			enabled = append(enabled, r)
		}
		for _, call := range slices.Sorted(maps.Keys(r.Severities)) {
			if s := r.Severities[call]; s < rule.Info || s > rule.Critical {
				errs = append(errs, fmt.Errorf("countertrail: rule %q has no severity that there is for %q: %s", r.ID, call, s))
			}
		}
		ids[r.ID] = true
	}
	if err := opts.Remediation.Check(); err != nil {
		errs = append(errs, fmt.Errorf("countertrail: %w", err))
	}
	for _, id := range slices.Sorted(maps.Keys(opts.Remediation.Modes)) {
		if !ids[id] {
			errs = append(errs, fmt.Errorf("countertrail: Remediation.Modes names the rule %q, which there is not", id))
		}
	}
	names := make(map[string]bool)
	for i, r := range h.remediators {
		if r == nil {
			errs = append(errs, fmt.Errorf("countertrail: remediator %d is nil", i))
			continue
		}
		name := r.Spec().Name
		if name == "" {
			errs = append(errs, fmt.Errorf("countertrail: remediator %d has no name", i))
		}
		if names[name] {
			errs = append(errs, fmt.Errorf("countertrail: two remediators are named %q", name))
		}
		names[name] = true
	}
	for _, name := range h.channels {
		if h.notifiers[name] == nil {
			errs = append(errs, fmt.Errorf("countertrail: notifier %q is nil", name))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	h.rules = pattern.NewSet(func(yield func(*rule.Rule, *pattern.Pattern) bool) {
		for i := range enabled {
			if !yield(&enabled[i], enabled[i].Pattern) {
				return
			}
		}
	})
	return h, nil
}

// Handle runs one event, as EventBridge delivers it, through the rules: it finds, plans or acts
// as the mode says, and tells. Its signature is the one that lambda.Start of
// github.com/aws/aws-lambda-go wants, so that lambda.Start(h.Handle) is a whole Lambda.
//
// The report is nil only if the input is not an event. Otherwise the error joins what failed, and
// the report holds everything else: a failure never hides another result. In a Lambda an error
// makes AWS deliver the event again, twice by default, and then to the dead-letter queue. An
// event that was acted on is not acted on again, and is told again under the same key.
func (h *Handler) Handle(ctx context.Context, input json.RawMessage) (*Report, error) {
	e, err := event.Parse(input)
	if err != nil {
		h.log.ErrorContext(ctx, "unreadable event", "err", err)
		return nil, fmt.Errorf("countertrail: %w", err)
	}
	return h.HandleEvent(ctx, e)
}

// HandleEvent is Handle for an event that was parsed before, for example by [event.ReadLog]. The
// report is never nil.
func (h *Handler) HandleEvent(ctx context.Context, e *event.Event) (*Report, error) {
	rep := &Report{ID: e.ID, DetailType: e.DetailType, Account: e.Account, Region: e.Region, Time: e.Time}
	fired, err := h.rules.Match(e.Raw())
	if err != nil {
		h.log.ErrorContext(ctx, "event not matched", "err", err, "id", e.ID)
		return rep, fmt.Errorf("countertrail: %w", err)
	}
	if len(fired) == 0 {
		return rep, nil
	}
	var errs []error
	rec, err := e.CloudTrail()
	switch {
	case err == nil:
		rep.EventID = rec.EventID
	case !errors.Is(err, event.ErrNotCloudTrail):
		// The rules fired on what is there, so people must hear of it; what nobody can read, no
		// remediator may act on.
		rep.RecordError = err.Error()
		errs = append(errs, fmt.Errorf("countertrail: %w", err))
		h.log.ErrorContext(ctx, "unreadable record", "err", err, "id", e.ID)
	}
	// Remediators answer the call, not the rule: however many rules fire, each is asked once, in the
	// mode that goes furthest. An event that is not of CloudTrail has no call to answer.
	var results []*remediate.Result
	if rec != nil || rep.RecordError != "" {
		actCtx, cancel := leaveTimeToTell(ctx)
		results = h.remediate(actCtx, rule.Finding{Rule: h.furthest(fired), Event: e, Record: rec})
		cancel()
	}
	for _, r := range fired {
		m := message(rule.Finding{Rule: r, Event: e, Record: rec}, results)
		if rec != nil && h.self.Made(rec) {
			m.Notes = append(m.Notes, "the call was made with this program's own credentials")
		}
		if rep.RecordError != "" {
			m.Notes = append(m.Notes, "the CloudTrail record could not be read, so this message lacks what it says: "+rep.RecordError)
		}
		rep.Findings = append(rep.Findings, FindingReport{
			RuleID: r.ID, Title: r.Title, Severity: m.Severity, Remediations: results, Message: m,
		})
		h.log.InfoContext(ctx, "finding", "rule", r.ID, "severity", m.Severity.String(), "id", e.ID, "event_id", rep.EventID,
			"account", e.Account, "region", e.Region)
	}
	for _, res := range results {
		level := slog.LevelInfo
		if res.Err != nil {
			level = slog.LevelError
			errs = append(errs, fmt.Errorf("countertrail: remediator %s: %w", res.Remediator, res.Err))
		}
		h.log.Log(ctx, level, "remediation", "remediator", res.Remediator, "outcome", res.Outcome.String(),
			"guard", res.Guard, "reason", res.Reason, "id", e.ID, "event_id", rep.EventID, stack(res.Err))
	}
	errs = append(errs, h.tell(ctx, rep.Findings)...)
	return rep, errors.Join(errs...)
}

// furthest returns the rule whose mode goes furthest, since that was asked for by name; of several
// the first.
func (h *Handler) furthest(fired []*rule.Rule) *rule.Rule {
	return slices.MaxFunc(fired, func(a, b *rule.Rule) int {
		return cmp.Compare(h.engine.ModeOf(a.ID), h.engine.ModeOf(b.ID))
	})
}

// Undo returns the plan of the way back from what the receipt with the ID says was done; see
// [remediate.Engine.Undo].
func (h *Handler) Undo(ctx context.Context, id string) (*remediate.Plan, error) {
	receipt, err := h.engine.Receipt(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("countertrail: %w", err)
	}
	r, err := h.remediator(receipt.Remediator)
	if err != nil {
		return nil, err
	}
	plan, err := h.engine.Undo(ctx, r, id)
	if err != nil {
		return nil, fmt.Errorf("countertrail: remediator %s: %w", receipt.Remediator, err)
	}
	return plan, nil
}

// Apply applies a plan that a person has approved, of Undo or of a report; see
// [remediate.Engine.Apply]. The error is the result's, or that there is no such remediator, and then
// there is no result.
func (h *Handler) Apply(ctx context.Context, p *remediate.Plan, token string) (*remediate.Result, error) {
	r, err := h.remediator(p.Remediator)
	if err != nil {
		return nil, err
	}
	res := h.engine.Apply(ctx, r, p, token)
	if res.Err != nil {
		err = fmt.Errorf("countertrail: remediator %s: %w", res.Remediator, res.Err)
	}
	h.log.InfoContext(ctx, "plan applied", "remediator", res.Remediator, "outcome", res.Outcome.String(),
		"guard", res.Guard, "reason", res.Reason, "event_id", p.EventID, "undoes", p.Undoes, stack(res.Err))
	return res, err
}

// remediator returns the one with the name.
func (h *Handler) remediator(name string) (remediate.Remediator, error) {
	for _, r := range h.remediators {
		if r.Spec().Name == name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("countertrail: there is no remediator %.100q", name)
}

// remediate asks every remediator about f and returns the answers of those that f concerns.
func (h *Handler) remediate(ctx context.Context, f rule.Finding) []*remediate.Result {
	var results []*remediate.Result
	for _, r := range h.remediators {
		if res := h.engine.Run(ctx, r, f); res.Outcome != remediate.NotApplicable {
			results = append(results, res)
		}
	}
	return results
}

// errEnded is how a notifier fared that ended its goroutine instead of returning.
var errEnded = errors.New("ended its goroutine")

// tell sends the message of every finding on every channel, the channels side by side so that a
// slow one costs the others nothing. It notes the deliveries and returns the failures.
func (h *Handler) tell(ctx context.Context, findings []FindingReport) []error {
	sent := make([][]error, len(h.channels)) // by channel and finding
	var wg sync.WaitGroup
	for c, name := range h.channels {
		sent[c] = slices.Repeat([]error{errEnded}, len(findings))
		wg.Go(func() {
			for i, f := range findings {
				err := send(ctx, h.notifiers[name], f.Message)
				if err != nil { // told at once: another channel may take until the process ends
					h.log.ErrorContext(ctx, "notification failed", "rule", f.RuleID, "notifier", name, "err", err, stack(err))
				}
				sent[c][i] = err
			}
		})
	}
	wg.Wait()
	var errs []error
	for i := range findings {
		f := &findings[i]
		for c, name := range h.channels {
			d := Delivery{Notifier: name}
			if err := sent[c][i]; err != nil {
				d.Error = err.Error()
				errs = append(errs, fmt.Errorf("countertrail: rule %s: notifier %s: %w", f.RuleID, name, err))
			}
			f.Deliveries = append(f.Deliveries, d)
		}
	}
	return errs
}

// send sends one message. A panic is that notifier's failure.
func send(ctx context.Context, n notify.Notifier, m *notify.Message) (err error) {
	defer panics.Recover(&err)
	return n.Notify(ctx, m)
}

// stack returns where err panicked; if it is no panic, an attribute that handlers leave out.
func stack(err error) slog.Attr {
	var p *panics.Error
	if !errors.As(err, &p) {
		return slog.Attr{}
	}
	return slog.String("stack", string(p.Stack))
}

// maxReserve is how much of the time until a deadline is kept for telling people. Slower than
// ten seconds is no channel that works.
const maxReserve = 10 * time.Second

// leaveTimeToTell returns a context that ends early enough before ctx's deadline to still send
// the alerts: a remediator that hangs must not silence them.
func leaveTimeToTell(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(maxReserve, time.Until(deadline)/2)))
}
