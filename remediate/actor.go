package remediate

import (
	"github.com/countertrail/countertrail/pattern"
	"github.com/countertrail/countertrail/rule"
)

// An Actor is somebody whose changes are not to be fought: a break-glass role, or a tool that would
// make the same change again. What they do is planned and told as [Suggested].
//
// Choose patterns over what callers cannot choose, as an ARN of userIdentity or invokedBy. A user
// agent is anybody's to send, and would be a way around every remediator.
type Actor struct {
	Name    string           `json:"name"`    // for people, for example "break-glass"
	Pattern *pattern.Pattern `json:"pattern"` // matched against the event as EventBridge delivers it
}

// CloudFormation is the actor of the changes that AWS CloudFormation makes with somebody's
// credentials: CloudTrail's invokedBy names the service, and callers cannot set it. Whoever may
// deploy stacks can change what is protected without an answer, so that it is not there by default.
func CloudFormation() Actor {
	return Actor{
		Name:    "CloudFormation",
		Pattern: pattern.MustCompile(`{"detail":{"userIdentity":{"invokedBy":["cloudformation.amazonaws.com"]}}}`),
	}
}

// actor returns the name of the actor who made the call of f; empty if it is none of those.
func (e *Engine) actor(f rule.Finding) string {
	for _, a := range e.opts.Actors {
		if a.Pattern != nil && matches(a.Pattern, f.Event) {
			return a.Name
		}
	}
	return ""
}
