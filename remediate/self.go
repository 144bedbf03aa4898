package remediate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/countertrail/countertrail/event"
)

// Self says by what our own changes are recognised. Each field that is set is compared; one that
// matches is enough. With none set, no change is taken for our own.
type Self struct {
	// RoleARN is the role whose sessions are ours, with its path, as in
	// sessionContext.sessionIssuer.arn.
	RoleARN string
	// FunctionARN is the Lambda function that runs us, without a version or alias: records of
	// version 1.11 name it in inScopeOf.credentialsIssuedTo.
	FunctionARN string
	// UserARN is the IAM user whose access key we use, with its path, for programs that run
	// outside AWS.
	UserARN string
	// Session is a role's name and the name of its session, ROLE/NAME, as they end the ARN of an assumed
	// role: for a role of one name in many accounts. Whoever may assume the role chooses the name
	// of the session.
	Session string
	// SourceIdentity is the one set when our role is assumed. Whoever may set a source identity
	// can set this one and pass for us: use it only where policies keep it to us.
	SourceIdentity string
}

// Made reports whether the call of rec was made by us. User agents are not looked at: anybody can
// send ours.
func (s Self) Made(rec *event.Record) bool {
	id := &rec.UserIdentity
	if s.RoleARN != "" && id.RoleARN() == s.RoleARN {
		return true
	}
	if s.UserARN != "" && id.ARN == s.UserARN {
		return true
	}
	if s.Session != "" && strings.HasSuffix(id.ARN, ":assumed-role/"+s.Session) {
		return true
	}
	if in := id.InScopeOf; s.FunctionARN != "" && in != nil &&
		(in.CredentialsIssuedTo == s.FunctionARN || strings.HasPrefix(in.CredentialsIssuedTo, s.FunctionARN+":")) {
		return true
	}
	sc := id.SessionContext
	return s.SourceIdentity != "" && sc != nil && sc.SourceIdentity == s.SourceIdentity
}

// Check returns an error if a field that is set could never match: a RoleARN that is not the ARN of
// a role but, say, of one of its sessions, a FunctionARN with a version, or a Session without a role. Such a Self would not
// recognise our changes, and nobody would notice.
func (s Self) Check() error {
	var errs []error
	check := func(field, value, service, kind string, colons int) {
		if value == "" {
			return
		}
		part := strings.SplitN(value, ":", 6)
		if len(part) != 6 || part[0] != "arn" || part[2] != service || part[4] == "" ||
			!strings.HasPrefix(part[5], kind) || len(part[5]) == len(kind) || strings.Count(part[5], ":") != colons {
			errs = append(errs, fmt.Errorf("remediate: Self.%s: %q is not the ARN of one", field, value))
		}
	}
	if role, name, ok := strings.Cut(s.Session, "/"); s.Session != "" && (!ok || role == "" || name == "" || strings.Contains(name, "/")) {
		errs = append(errs, fmt.Errorf("remediate: Self.Session: %q is not ROLE/NAME", s.Session))
	}
	check("RoleARN", s.RoleARN, "iam", "role/", 0)
	check("UserARN", s.UserARN, "iam", "user/", 0)
	check("FunctionARN", s.FunctionARN, "lambda", "function:", 1)
	return errors.Join(errs...)
}
