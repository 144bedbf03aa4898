package notify

import (
	"strings"

	"github.com/countertrail/countertrail/event"
)

// String says in a line who a was: by name or else by what the record does tell. It is untrusted
// like every part of a message.
func (a Actor) String() string {
	switch {
	case a.Name != "":
		return a.Name
	case a.ARN != "":
		return a.ARN
	case a.InvokedBy != "":
		return a.InvokedBy
	case a.Type != "":
		return a.Type + " without a name in the record"
	}
	return "not in the record"
}

func newActor(rec *event.Record) Actor {
	u := &rec.UserIdentity
	a := Actor{
		Type:        u.Type,
		ARN:         u.ARN,
		AccountID:   u.AccountID,
		AccessKeyID: u.AccessKeyID,
		InvokedBy:   u.InvokedBy,
		SourceIP:    rec.SourceIPAddress,
		UserAgent:   rec.UserAgent,
		Name:        actorName(u),
		MFA:         mfa(rec),
	}
	if sc := u.SessionContext; sc != nil {
		a.SourceIdentity = sc.SourceIdentity
	}
	return a
}

// actorName returns the Name of an [Actor]. Each type of identity carries a name in another place,
// and some carry none.
func actorName(u *event.UserIdentity) string {
	user := u.UserName
	if hidden(user) {
		user = ""
	}
	var issuer event.SessionIssuer
	if u.SessionContext != nil {
		issuer = u.SessionContext.SessionIssuer
	}
	switch u.Type {
	case event.IdentityRoot:
		name := "root"
		if u.AccountID != "" {
			name += " of " + u.AccountID
		}
		if sc := u.SessionContext; sc != nil && sc.AssumedRoot {
			name += " (through sts:AssumeRoot)"
		}
		return name
	case event.IdentityAssumedRole:
		role := issuer.UserName
		if role == "" {
			role, _, _ = strings.Cut(resourceOf(u.ARN, "assumed-role/"), "/")
		}
		return qualified(role, "session", u.SessionName())
	case event.IdentityFederatedUser:
		name := resourceOf(u.ARN, "federated-user/")
		if name == "" {
			_, name, _ = strings.Cut(u.PrincipalID, ":")
		}
		return qualified(name, "federated by", issuer.UserName)
	case event.IdentitySAMLUser, event.IdentityWebIdentity:
		return qualified(user, "signed in by", u.IdentityProvider)
	case event.IdentityIdentityCenter, event.IdentityUnknown:
		if user == "" && u.OnBehalfOf != nil && u.OnBehalfOf.UserID != "" {
			return "Identity Center user " + u.OnBehalfOf.UserID
		}
	case event.IdentityAWSAccount:
		// All that one account is told of a caller in another.
		if u.AccountID != "" {
			principal := u.PrincipalID
			if principal == u.AccountID {
				principal = ""
			}
			return qualified("account "+u.AccountID, "principal", principal)
		}
	}
	if user == "" && (u.Type == event.IdentityAWSService || u.Type == "") {
		return u.InvokedBy
	}
	return user
}

// hidden reports whether CloudTrail put its mark in the place of a value: of the user name, after a
// failed sign-in under a name that the account does not have. People type passwords there.
func hidden(s string) bool { return s == "HIDDEN_DUE_TO_SECURITY_REASONS" }

// qualified returns "name (what detail)", or as much of it as there is.
func qualified(name, what, detail string) string {
	switch {
	case detail == "" || hidden(detail):
		return name
	case name == "":
		return what + " " + detail
	}
	return name + " (" + what + " " + detail + ")"
}

// resourceOf returns what follows kind in the resource part of an ARN, or nothing.
func resourceOf(arn, kind string) string {
	parts := strings.SplitN(arn, ":", 6)
	name, ok := strings.CutPrefix(parts[len(parts)-1], kind)
	if !ok {
		return ""
	}
	return name
}

// mfa returns the MFA of an [Actor]. A sign-in carries it in additionalEventData, as "Yes", "No" or
// "YES"; a session in its context.
func mfa(rec *event.Record) string {
	u := &rec.UserIdentity
	if u.Type != event.IdentityIAMUser && u.Type != event.IdentityRoot {
		return ""
	}
	used, _ := object(rec.AdditionalEventData)["MFAUsed"].(string)
	switch sc := u.SessionContext; {
	case strings.EqualFold(used, "yes"):
		return "yes"
	case strings.EqualFold(used, "no"):
		return "no"
	case sc == nil:
		return ""
	case sc.MFAAuthenticated:
		return "yes"
	case !sc.CreationDate.IsZero():
		// The two attributes come together, so this false was in the record.
		return "no"
	}
	return ""
}
