package synth

import (
	"strings"
	"time"
)

// A caller is who makes a call, from where, and with what program.
type caller struct {
	account  string // the account whose log gets the record
	identity object
	ip       string
	agent    string
	console  bool // signed in through the console: no TLS details, and marked so
	service  bool // the call is a service's: no TLS details
}

// Programs, as user agents.
const (
	chrome    = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36"
	firefox   = "Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0"
	awsCLI    = "aws-cli/2.24.10 md/awscrt#0.23.8 ua/2.0 os/linux#6.8.0-1021-aws md/arch#x86_64 lang/python#3.12.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off"
	boto3     = "Boto3/1.37.4 md/Botocore#1.37.4 ua/2.0 os/linux#5.10.0-34-cloud-amd64 md/arch#x86_64 lang/python#3.11.2 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.37.4"
	lambdaSDK = "Boto3/1.36.15 md/Botocore#1.36.15 ua/2.0 os/linux#5.10.233-244.895.amzn2.x86_64 md/arch#x86_64 lang/python#3.13.1 md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 cfg/retry-mode#legacy Botocore/1.36.15"
	goSDK     = "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#arm64"
	ssmAgent  = "aws-sdk-go/1.55.5 (go1.23.6; linux; amd64) amazon-ssm-agent/3.3.1957"
	terraform = "APN/1.0 HashiCorp/1.0 Terraform/1.11.2 (+https://www.terraform.io) terraform-provider-aws/5.91.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.23.7 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.210.1 m/g"
)

// The people, by the addresses from which they work. One has IPv6.
var workplaces = map[string]string{
	"alice": "203.0.113.5", "bruno": "203.0.113.17", "chandra": "203.0.113.21",
	"dana": "2001:db8:85a3::8a2e:370:7334", "emil": "203.0.113.44",
}

var people = []string{"alice", "bruno", "chandra", "dana", "emil"}

// roleSession returns the identity of a role's session. Sessions last an hour, so that calls of
// the same hour share credentials.
func (d *day) roleSession(account, path, role, session string, at time.Time) object {
	hour := at.Truncate(time.Hour)
	id := d.principal("AROA", account, role)
	return obj(
		"type", "AssumedRole",
		"principalId", id+":"+session,
		"arn", arn("sts", "", account, "assumed-role/"+role+"/"+session),
		"accountId", account,
		"accessKeyId", d.accessKey("ASIA", account, role, session, isoDate(hour)),
		"sessionContext", obj(
			"sessionIssuer", obj(
				"type", "Role",
				"principalId", id,
				"arn", roleARN(account, strings.TrimPrefix(path, "/")+role),
				"accountId", account,
				"userName", role,
			),
			"attributes", obj("creationDate", isoDate(hour), "mfaAuthenticated", "false"),
		),
	)
}

// inContext returns the identity with more members in its session context.
func inContext(id object, pairs ...any) object {
	sc := id.get("sessionContext").(object)
	for _, m := range obj(pairs...) {
		sc = sc.set(m.key, m.value)
	}
	return id.set("sessionContext", sc)
}

// person returns somebody who came through IAM Identity Center, at the console or with the CLI.
func (d *day) person(name, account, set string, at time.Time) caller {
	role := "AWSReservedSSO_" + set + "_" + d.token(16, hexDigits, "sso", account, set)
	path := "/aws-reserved/sso.amazonaws.com/" + ireland + "/"
	c := caller{
		account:  account,
		identity: d.roleSession(account, path, role, name+"@example.com", at),
		ip:       workplaces[name],
		agent:    chrome,
		console:  d.chance(60),
	}
	if !c.console {
		c.agent = awsCLI
	} else if name == "chandra" {
		c.agent = firefox
	}
	return c
}

// user returns an IAM user with a long-lived key.
func (d *day) user(name, account, ip, agent string) caller {
	return caller{
		account: account,
		identity: obj(
			"type", "IAMUser",
			"principalId", d.principal("AIDA", account, name),
			"arn", userARN(account, name),
			"accountId", account,
			"accessKeyId", d.accessKey("AKIA", account, name),
			"userName", name,
		),
		ip:    ip,
		agent: agent,
	}
}

// consoleUser returns an IAM user who signed in to the console, with "true" or "false" for MFA: such
// a session has an empty issuer.
func (d *day) consoleUser(name, account, ip, mfa string, at time.Time) caller {
	c := d.user(name, account, ip, firefox)
	hour := at.Truncate(time.Hour)
	c.console = true
	c.identity = c.identity.set("accessKeyId", d.accessKey("ASIA", account, name, isoDate(hour)))
	c.identity = c.identity.set("sessionContext", obj(
		"sessionIssuer", object{},
		"webIdFederationData", object{},
		"attributes", obj("creationDate", isoDate(hour), "mfaAuthenticated", mfa),
	))
	return c
}

// root returns an account's root user at the console, with "true" or "false" for MFA.
func (d *day) root(account, ip, mfa string, at time.Time) caller {
	return caller{
		account: account,
		identity: obj(
			"type", "Root",
			"principalId", account,
			"arn", arn("iam", "", account, "root"),
			"accountId", account,
			"accessKeyId", d.accessKey("ASIA", account, "root"),
			"sessionContext", obj(
				"sessionIssuer", object{},
				"webIdFederationData", object{},
				"attributes", obj("creationDate", isoDate(at.Truncate(time.Hour)), "mfaAuthenticated", mfa),
			),
		),
		ip:      ip,
		agent:   chrome,
		console: true,
	}
}

// pipeline returns the role of the deployment pipeline, which trusts a web identity.
func (d *day) pipeline(account string, at time.Time) caller {
	id := d.roleSession(account, "/ci/", "deploy", "GitHubActions", at)
	id = inContext(id, "webIdFederationData", obj(
		"federatedProvider", arn("iam", "", account, "oidc-provider/token.actions.example.com"),
		"attributes", object{},
	))
	return caller{account: account, identity: id, ip: "192.0.2.130", agent: terraform}
}

// function returns a Lambda function's role. Its calls name the function as what its credentials
// were issued to.
func (d *day) function(account, region, name string, at time.Time) caller {
	fn := arn("lambda", region, account, "function:"+name)
	return caller{
		account: account,
		identity: d.roleSession(account, "/service-role/", name+"-role", name, at).set("inScopeOf", obj(
			"sourceArn", fn,
			"sourceAccount", account,
			"issuerType", "AWS::Lambda::Function",
			"credentialsIssuedTo", fn,
			"credentialsIssuedToVersion", "$LATEST",
		)),
		ip:    "192.0.2.201",
		agent: lambdaSDK,
	}
}

// instance returns an EC2 instance's role.
func (d *day) instance(account, name string, at time.Time) caller {
	id := d.roleSession(account, "/", "web-tier", d.ec2ID("i", name), at)
	id = inContext(id, "ec2RoleDelivery", "2.0", "ec2IssuedInVpc", d.ec2ID("vpc", "main"))
	return caller{account: account, identity: id, ip: "192.0.2.77", agent: ssmAgent}
}

// byService returns a service that calls for itself: its identity is its name.
func (d *day) byService(account, service string) caller {
	h := service + ".amazonaws.com"
	return caller{account: account, identity: obj("type", "AWSService", "invokedBy", h), ip: h, agent: h, service: true}
}

// linked returns a service that calls with a service-linked role of the account.
func (d *day) linked(account, service, role string, at time.Time) caller {
	h := service + ".amazonaws.com"
	session := strings.TrimPrefix(role, "AWSServiceRoleFor")
	id := d.roleSession(account, "/aws-service-role/"+h+"/", role, session, at).set("invokedBy", h)
	return caller{account: account, identity: id, ip: h, agent: h, service: true}
}

// scanner returns the role of a posture scanner of another company, which has IPv6.
func (d *day) scanner(account string, at time.Time) caller {
	return caller{
		account:  account,
		identity: d.roleSession(account, "/vendor/", "posture-audit", "scan", at),
		ip:       "2001:db8:5ca:1::42",
		agent:    boto3,
	}
}
