package assume

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/countertrail/countertrail/internal/awsplace"
)

// Options say which roles are assumed and how. They need a SourceIdentity, and a Role or Roles.
type Options struct {
	// Role is the role of every account that Roles does not name; the zero Role is none, so that
	// only the accounts of Roles are served.
	Role Role
	// Roles are the roles of single accounts, by their twelve digits. The caller's own account is
	// served only if it is named here, and then through the role as any other.
	Roles map[string]Role

	// SourceIdentity is set on every session, and with it on every record of what is done there.
	// Give [remediate.Self] the same.
	SourceIdentity string
	// SessionName is the end of the session's ARN; empty means SourceIdentity.
	SessionName string
	// Duration is how long a session lasts, from 15 minutes, which zero means, to 12 hours. A role
	// has its own limit, and a caller that is itself a role's session may ask for one hour at most.
	Duration time.Duration
}

// The bounds of DurationSeconds, as the API reference of AssumeRole has them.
const (
	minDuration = 15 * time.Minute
	maxDuration = 12 * time.Hour
)

// sessionSyntax is that of session names and source identities, there too.
var sessionSyntax = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// check returns an error if o is incomplete or cannot work.
func (o *Options) check() error {
	var errs []error
	problem := func(format string, args ...any) { errs = append(errs, fmt.Errorf("assume: "+format, args...)) }
	if o.Role == (Role{}) && len(o.Roles) == 0 {
		problem("no role: there is neither Options.Role nor Options.Roles")
	}
	if o.Role != (Role{}) {
		if err := o.Role.check(); err != nil {
			problem("Options.Role: %w", err)
		}
	}
	for _, account := range slices.Sorted(maps.Keys(o.Roles)) {
		if !awsplace.IsAccount(account) {
			problem("Options.Roles: %.40q is not the twelve digits of an account", account)
		}
		if err := o.Roles[account].check(); err != nil {
			problem("Options.Roles: account %.40q: %w", account, err)
		}
	}
	if !sessionSyntax.MatchString(o.SourceIdentity) {
		problem("Options.SourceIdentity: %.100q is not 2 to 64 letters, digits or of _+=,.@-", o.SourceIdentity)
	}
	if o.SessionName != "" && !sessionSyntax.MatchString(o.SessionName) {
		problem("Options.SessionName: %.100q is not 2 to 64 letters, digits or of _+=,.@-", o.SessionName)
	}
	if o.Duration != 0 && (o.Duration < minDuration || o.Duration > maxDuration) {
		problem("Options.Duration: %s is not from %s to %s", o.Duration, minDuration, maxDuration)
	}
	return errors.Join(errs...)
}
