package event

import (
	"encoding/json"
	"strings"
	"time"
)

// The values of [UserIdentity.Type]. A record can lack it: AWS service events name only the
// account and the service.
const (
	IdentityRoot           = "Root"
	IdentityIAMUser        = "IAMUser"
	IdentityAssumedRole    = "AssumedRole"
	IdentityRole           = "Role"
	IdentityFederatedUser  = "FederatedUser"
	IdentityDirectory      = "Directory"
	IdentityAWSAccount     = "AWSAccount"
	IdentityAWSService     = "AWSService"
	IdentitySAMLUser       = "SAMLUser"
	IdentityWebIdentity    = "WebIdentityUser"
	IdentityIdentityCenter = "IdentityCenterUser"
	IdentityUnknown        = "Unknown"
)

// A UserIdentity says who made a call. Which fields are set depends on Type.
type UserIdentity struct {
	Type              string
	PrincipalID       string // of a role session "AROA…:SESSION"
	ARN               string // of a role session: without the role's path; see [UserIdentity.RoleARN]
	AccountID         string // the caller's account, not always the recipient's
	AccessKeyID       string
	UserName          string // "HIDDEN_DUE_TO_SECURITY_REASONS" after a failed sign-in with an unknown name
	InvokedBy         string // the service that made the call on the identity's behalf
	IdentityProvider  string // the provider's name or ARN, for SAMLUser and WebIdentityUser
	CredentialID      string // the credential of an Identity Center user
	SessionContext    *SessionContext
	OnBehalfOf        *OnBehalfOf
	InScopeOf         *InScopeOf
	InvokedByDelegate *InvokedByDelegate

	// Extra holds the members of the identity that have no field above, as delivered.
	Extra map[string]json.RawMessage
}

// A SessionContext tells how temporary credentials came to be.
type SessionContext struct {
	SessionIssuer       SessionIssuer // zero for sessions of IAM users and of root
	WebIDFederationData WebIDFederationData
	CreationDate        time.Time // when the credentials were issued; UTC, zero when absent
	MFAAuthenticated    bool      // false for a role unless MFA was part of assuming it
	SourceIdentity      string    // set when the role was assumed; it sticks through role chaining
	EC2RoleDelivery     string    // version of the instance metadata service: "1.0" or "2.0"
	EC2IssuedInVPC      string    // the VPC of the instance
	AssumedRoot         bool      // whether the session came from sts:AssumeRoot
	SignInSessionARN    string    // the console session
}

// A SessionIssuer is the role, user or root that a session's credentials were issued for.
type SessionIssuer struct {
	Type        string // "Role", "IAMUser", "Root"
	PrincipalID string
	ARN         string // with the role's path
	AccountID   string
	UserName    string // the role's name
}

// WebIDFederationData names the web identity provider of a session.
type WebIDFederationData struct {
	FederatedProvider string
	// Attributes are the provider's, by its own names. Values that are not strings are kept as
	// JSON text.
	Attributes map[string]string
}

// OnBehalfOf names the Identity Center user for whom a call was made.
type OnBehalfOf struct {
	UserID           string
	IdentityStoreARN string
}

// InScopeOf names the resource whose credentials made the call, for example a Lambda function.
type InScopeOf struct {
	SourceARN                  string
	SourceAccount              string
	IssuerType                 string // "AWS::Lambda::Function"
	CredentialsIssuedTo        string // the function's ARN
	CredentialsIssuedToVersion string
}

// InvokedByDelegate names the account that called as a delegate.
type InvokedByDelegate struct {
	AccountID string
}

// RoleARN returns the ARN, with path, of the role whose session made the call; it is empty for
// any other caller. The ARN of the identity itself is that of the session, and lacks the path, so
// that two roles can look the same there.
func (u *UserIdentity) RoleARN() string {
	if sc := u.SessionContext; sc != nil && sc.SessionIssuer.Type == IdentityRole {
		return sc.SessionIssuer.ARN
	}
	return ""
}

// SessionName returns the name of the role session that made the call; it is empty for any other
// caller. Whoever assumes a role chooses the name, unless the role's trust policy says otherwise;
// for a Lambda function it is the function's name.
func (u *UserIdentity) SessionName() string {
	if strings.Contains(u.ARN, ":assumed-role/") {
		return u.ARN[strings.LastIndexByte(u.ARN, '/')+1:]
	}
	// A caller in another account is known by its principal alone. "AROA" begins the ids of roles.
	if strings.HasPrefix(u.PrincipalID, "AROA") {
		_, name, _ := strings.Cut(u.PrincipalID, ":")
		return name
	}
	return ""
}

func (d *decoder) userIdentity(u *UserIdentity) {
	for name := range d.members() {
		switch name {
		case "type":
			d.str(&u.Type)
		case "principalId":
			d.str(&u.PrincipalID)
		case "arn":
			d.str(&u.ARN)
		case "accountId":
			d.str(&u.AccountID)
		case "accessKeyId":
			d.str(&u.AccessKeyID)
		case "userName":
			d.str(&u.UserName)
		case "invokedBy":
			d.str(&u.InvokedBy)
		case "identityProvider":
			d.str(&u.IdentityProvider)
		case "credentialId":
			d.str(&u.CredentialID)
		case "sessionContext":
			if !d.null() {
				u.SessionContext = new(SessionContext)
				d.sessionContext(u.SessionContext)
			}
		case "onBehalfOf":
			if !d.null() {
				u.OnBehalfOf = new(OnBehalfOf)
				d.onBehalfOf(u.OnBehalfOf)
			}
		case "inScopeOf":
			if !d.null() {
				u.InScopeOf = new(InScopeOf)
				d.inScopeOf(u.InScopeOf)
			}
		case "invokedByDelegate":
			if !d.null() {
				u.InvokedByDelegate = new(InvokedByDelegate)
				for name := range d.members() {
					if name == "accountId" {
						d.str(&u.InvokedByDelegate.AccountID)
					}
				}
			}
		default:
			d.keep(&u.Extra, name)
		}
	}
}

func (d *decoder) sessionContext(sc *SessionContext) {
	for name := range d.members() {
		switch name {
		case "sessionIssuer":
			d.sessionIssuer(&sc.SessionIssuer)
		case "webIdFederationData":
			d.webIDFederationData(&sc.WebIDFederationData)
		case "attributes":
			for name := range d.members() {
				switch name {
				case "creationDate":
					d.time(&sc.CreationDate)
				case "mfaAuthenticated":
					d.boolean(&sc.MFAAuthenticated)
				}
			}
		case "sourceIdentity":
			d.str(&sc.SourceIdentity)
		case "ec2RoleDelivery":
			d.str(&sc.EC2RoleDelivery)
		case "ec2IssuedInVpc":
			d.str(&sc.EC2IssuedInVPC)
		case "assumedRoot":
			d.boolean(&sc.AssumedRoot)
		case "signInSessionArn":
			d.str(&sc.SignInSessionARN)
		}
	}
}

func (d *decoder) sessionIssuer(si *SessionIssuer) {
	for name := range d.members() {
		switch name {
		case "type":
			d.str(&si.Type)
		case "principalId":
			d.str(&si.PrincipalID)
		case "arn":
			d.str(&si.ARN)
		case "accountId":
			d.str(&si.AccountID)
		case "userName":
			d.str(&si.UserName)
		}
	}
}

func (d *decoder) webIDFederationData(w *WebIDFederationData) {
	for name := range d.members() {
		switch name {
		case "federatedProvider":
			d.str(&w.FederatedProvider)
		case "attributes":
			for name := range d.members() {
				if w.Attributes == nil {
					w.Attributes = make(map[string]string)
				}
				var value string
				d.text(&value)
				w.Attributes[name] = value
			}
		}
	}
}

func (d *decoder) onBehalfOf(o *OnBehalfOf) {
	for name := range d.members() {
		switch name {
		case "userId":
			d.str(&o.UserID)
		case "identityStoreArn":
			d.str(&o.IdentityStoreARN)
		}
	}
}

func (d *decoder) inScopeOf(in *InScopeOf) {
	for name := range d.members() {
		switch name {
		case "sourceArn":
			d.str(&in.SourceARN)
		case "sourceAccount":
			d.str(&in.SourceAccount)
		case "issuerType":
			d.str(&in.IssuerType)
		case "credentialsIssuedTo":
			d.str(&in.CredentialsIssuedTo)
		case "credentialsIssuedToVersion":
			d.str(&in.CredentialsIssuedToVersion)
		}
	}
}
