package synth

import (
	"fmt"
	"time"
)

// passwordGuessing: one address tries many names. One of them nobody has, and one has its name
// for a password.
func passwordGuessing(d *day) {
	t := d.clock(4, 40, 15*time.Second)
	d.signIn(t.next(), d.atSignIn("", sandbox, guesser), "No username found in supplied account", "No")
	for _, name := range []string{"backup", "frank", "grace"} {
		d.signIn(t.next(), d.atSignIn(name, sandbox, guesser), "Failed authentication", "No")
	}
	d.signIn(t.next(), d.atSignIn("frank", sandbox, guesser), "", "No")
}

// mistypedPassword: somebody with MFA gets the password wrong once.
func mistypedPassword(d *day) {
	t, c := d.clock(8, 5, 15*time.Second), d.atSignIn("grace", sandbox, "203.0.113.61")
	d.signIn(t.next(), c, "Failed authentication", "Yes")
	// That the code was right is not yet a sign-in.
	checked := c
	checked.identity = incomplete(c.identity)
	d.emit(t.next(), checked, call{
		name: "signin:CheckMfa", region: virginia, kind: "AwsConsoleSignIn",
		response: obj("CheckMfa", "Success"), additional: obj("MfaType", "Virtual MFA"),
	})
	d.signIn(t.next(), c, "", "Yes")
}

// rootUse: the root of the management account does what only it can; that of the sandbox signs in
// without MFA, and makes itself a key.
func rootUse(d *day) {
	t := d.clock(9, 10, time.Minute)
	c := d.root(management, "203.0.113.9", "true", t.now())
	d.signIn(t.next(), c, "", "Yes")
	d.emit(t.next(), c, call{name: "account:PutContactInformation", region: virginia,
		params: obj("contactInformation", "HIDDEN_DUE_TO_SECURITY_REASONS")})

	t = d.clock(19, 45, time.Minute)
	c = d.root(sandbox, "198.51.100.140", "false", t.now())
	d.signIn(t.next(), c, "", "No")
	d.emit(t.next(), c, call{name: "iam:ListAccessKeys", region: virginia})
	d.iam(t.next(), c, "CreateAccessKey", nil, obj("accessKey", obj(
		"accessKeyId", d.accessKey("AKIA", sandbox, "root"),
		"status", "Active",
		"createDate", iamDate(t.now()),
	)))
}

// atSignIn returns an IAM user at the sign-in page, who has no key yet. Of a name that nobody
// has, there is nothing to tell; CloudTrail hides it, for it may be a password in the wrong field.
func (d *day) atSignIn(name, account, ip string) caller {
	c := d.user(name, account, ip, firefox)
	c.identity = c.identity.without("accessKeyId")
	if name == "" {
		c.identity = c.identity.set("principalId", "").set("userName", "HIDDEN_DUE_TO_SECURITY_REASONS")
	}
	return c
}

// incomplete returns the identity of a user who has not got in.
func incomplete(id object) object { return id.without("arn").set("accessKeyId", "") }

// signIn emits a sign-in of a user or of root. An empty message means that it succeeded: a failure
// has a message, and no code.
func (d *day) signIn(at time.Time, c caller, message, mfa string) {
	device := c.identity.get("userName")
	if c.identity.get("type") == "Root" {
		device = "root-account-mfa-device"
		c.identity = c.identity.without("sessionContext", "accessKeyId").set("accessKeyId", "")
	}
	result := "Success"
	if message != "" {
		result = "Failure"
		c.identity = incomplete(c.identity)
	}
	additional := obj("LoginTo", "https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true", "MobileVersion", "No", "MFAUsed", mfa)
	if mfa == "Yes" && message == "" {
		additional = additional.set("MFAIdentifier", arn("iam", "", c.account, fmt.Sprint("mfa/", device)))
	}
	d.emit(at, c, call{
		name: "signin:ConsoleLogin", region: virginia, kind: "AwsConsoleSignIn",
		errorMessage: message, response: obj("ConsoleLogin", result), additional: additional,
	})
}
