package remediate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/countertrail/countertrail/rule"
)

// A Plan says what a remediator would do about one finding. It is data and does nothing.
type Plan struct {
	Remediator string `json:"remediator"` // the Spec's name
	RuleID     string `json:"ruleId"`     // the rule that fired; of several, the first
	EventID    string `json:"eventId"`    // CloudTrail's eventID; empty if the record has none
	Account    string `json:"account"`
	Region     string `json:"region"`

	// Summary says in a sentence what the plan does or, if it has no steps, why there is nothing
	// to do.
	Summary string `json:"summary"`
	Steps   []Step `json:"steps"`

	// Undoes is the ID of the receipt that the plan is the way back from; empty for any other plan.
	Undoes string `json:"undoes,omitempty"`
}

// A Step is one change to one resource.
type Step struct {
	Action   string `json:"action"`   // the exact IAM action, for example "cloudtrail:StartLogging"
	Resource string `json:"resource"` // ARN
	Region   string `json:"region"`   // where the call is made
	Summary  string `json:"summary"`  // what it does, in a line

	// Args is the input of the call; Before and After are what the step needs to know of the
	// state that it expects and of the one that it leaves.
	Args   json.RawMessage `json:"args,omitempty"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`

	// Command is the same call for the AWS CLI, made with [Command].
	Command string `json:"command,omitempty"`

	// Manual marks a suggestion: the step loosens or destroys something, or rests on what cannot be
	// proved. An Engine applies it in no mode; Command is there for people to run.
	Manual bool `json:"manual,omitempty"`

	// Remediator names whose step it is, in the plans of a [Playbook]; elsewhere it is empty.
	Remediator string `json:"remediator,omitempty"`

	// Inverse undoes the step; nil if nothing does.
	Inverse *Step `json:"inverse,omitempty"`
}

// NewPlan returns a plan without steps of the named remediator for f.
func NewPlan(remediator string, f rule.Finding) *Plan {
	p := &Plan{Remediator: remediator, Steps: []Step{}} // not null in JSON
	if f.Rule != nil {
		p.RuleID = f.Rule.ID
	}
	if f.Event != nil {
		p.Account, p.Region = f.Event.Account, f.Event.Region
	}
	if f.Record != nil {
		p.EventID = f.Record.EventID
	}
	return p
}

// Digest returns a fingerprint of the whole plan: equal plans have equal digests, and a change to
// any field, of an inverse too, changes it. Args, Before and After count as encoding/json writes
// them, so that a plan keeps its digest when it is kept as JSON.
func (p *Plan) Digest() string {
	// Quoting keeps apart what JSON would not: fields that run into each other, and strings that
	// differ in bytes which are not UTF-8.
	h := sha256.New()
	fmt.Fprintf(h, "%q", []string{p.Remediator, p.RuleID, p.EventID, p.Account, p.Region, p.Summary, p.Undoes})
	for i := range p.Steps {
		io.WriteString(h, "\nstep")
		for s := &p.Steps[i]; s != nil; s = s.Inverse {
			fmt.Fprintf(h, " %q %q %t", []string{s.Action, s.Resource, s.Region, s.Summary, s.Command, s.Remediator},
				[][]byte{canonical(s.Args), canonical(s.Before), canonical(s.After)}, s.Manual)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// canonical returns raw as it is when it has been through encoding/json, which compacts and
// escapes it; what is not JSON cannot have been, and stays as it is.
func canonical(raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return nil
	}
	if text, err := json.Marshal(raw); err == nil {
		return text
	}
	return raw
}

// Automatic returns p without the steps that are suggestions; p itself if it has none of those.
func (p *Plan) Automatic() *Plan {
	if !slices.ContainsFunc(p.Steps, isManual) {
		return p
	}
	rest := *p
	rest.Steps = slices.DeleteFunc(slices.Clone(p.Steps), isManual)
	return &rest
}

func isManual(s Step) bool { return s.Manual }

// String returns the summary and a line for each step.
func (p *Plan) String() string {
	var b strings.Builder
	b.WriteString(p.Summary)
	for i, s := range p.Steps {
		fmt.Fprintf(&b, "\n%d. %s on %q in %s", i+1, s.Action, s.Resource, s.Region)
		if s.Manual {
			b.WriteString(" (suggestion)")
		}
	}
	return b.String()
}

// Command returns the words as one line for a POSIX shell. Words that hold anything but letters,
// digits and the characters of ARNs, paths and options are quoted: names in events are chosen by
// whoever made the call.
//
// Quoting guards against the shell and not against the program: a name that starts with "-" or
// "file://" means something else to the AWS CLI. Check names before they become words.
func Command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if w != "" && strings.Trim(w, shellSafe) == "" {
			quoted[i] = w
			continue
		}
		quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}

const shellSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@+"
