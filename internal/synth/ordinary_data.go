package synth

import (
	"fmt"
	"strings"
	"time"
)

// Calls on identities, keys, secrets and data.

// assumeRoleByService is the commonest record there is: a service takes up a role.
func assumeRoleByService(d *day, at time.Time) {
	account, region := d.anyAccount(), d.anyRegion()
	who := one(d, "lambda", "ec2", "config", "ecs-tasks", "cloudtrail")
	role := map[string]string{
		"lambda": "service-role/thumbnails-role", "ec2": "web-tier", "ecs-tasks": "orders-task",
		"config":     "aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
		"cloudtrail": "trail-to-logs",
	}[who]
	session := one(d, "thumbnails", d.ec2ID("i", "web-1"), d.fresh(32, hexDigits))
	d.emit(at, d.byService(account, who), d.assumeRole(at, account, region, role, session))
}

// assumeRole returns the call that takes up a role of the account, which counts as a read.
func (d *day) assumeRole(at time.Time, account, region, role, session string) call {
	name := role[strings.LastIndexByte(role, '/')+1:]
	return call{
		name: "sts:AssumeRole", region: region,
		params: obj("roleArn", roleARN(account, role), "roleSessionName", session, "durationSeconds", 3600),
		response: obj(
			"credentials", obj(
				"accessKeyId", d.accessKey("ASIA", d.fresh(8, base32)),
				"sessionToken", "EXAMPLE//////////"+d.fresh(120, base62)+"=",
				"expiration", kmsDate(at.Add(time.Hour)),
			),
			"assumedRoleUser", obj(
				"assumedRoleId", d.principal("AROA", account, name)+":"+session,
				"arn", arn("sts", "", account, "assumed-role/"+name+"/"+session),
			),
		),
		resources: resource(account, "AWS::IAM::Role", roleARN(account, role)),
		sharedID:  d.uuid(),
	}
}

// webIdentityRole is the pipeline taking up its role.
func webIdentityRole(d *day, at time.Time) {
	account := one(d, production, sandbox)
	k := d.assumeRole(at, account, ireland, "ci/deploy", "GitHubActions")
	k.name, k.sharedID = "sts:AssumeRoleWithWebIdentity", ""
	subject := "repo:example/" + one(d, "web", "api", "infra") + ":ref:refs/heads/main"
	provider := arn("iam", "", account, "oidc-provider/token.actions.example.com")
	k.response = append(k.response.(object), obj(
		"subjectFromWebIdentityToken", subject,
		"provider", provider,
		"audience", "sts.amazonaws.com",
	)...)
	d.emit(at, caller{
		account: account,
		identity: obj(
			"type", "WebIdentityUser",
			"principalId", provider+":sts.amazonaws.com:"+subject,
			"userName", subject,
			"identityProvider", provider,
		),
		ip: "192.0.2.130", agent: goSDK,
	}, k)
}

func callerIdentity(d *day, at time.Time) {
	d.emit(at, d.anyone(d.anyAccount(), at), call{name: "sts:GetCallerIdentity", region: d.anyRegion()})
}

// decrypt is a use of a key by a service on somebody's behalf, or by a function.
func decrypt(d *day, at time.Time) {
	account, region := production, ireland
	c := d.function(account, region, one(d, "thumbnails", "inventory", "orders-api"), at)
	context := obj("aws:lambda:FunctionArn", arn("lambda", region, account, "function:orders-api"))
	if d.chance(50) {
		c = d.instance(account, "web-2", at)
		c.identity = c.identity.set("invokedBy", "secretsmanager.amazonaws.com")
		c.ip, c.agent, c.service = "secretsmanager.amazonaws.com", "secretsmanager.amazonaws.com", true
		context = obj("SecretARN", arn("secretsmanager", region, account, "secret:orders/db-"+d.token(6, base62, "secret")), "SecretVersionId", d.uuid())
	}
	d.emit(at, c, call{
		name: "kms:Decrypt", region: region,
		params:    obj("encryptionContext", context, "encryptionAlgorithm", "SYMMETRIC_DEFAULT"),
		resources: d.keyResource(account, region, "data"),
	})
}

// generateDataKey is CloudTrail encrypting its own log files.
func generateDataKey(d *day, at time.Time) {
	account, region := management, ireland
	key := d.keyARN(account, region, "trail")
	d.emit(at, d.byService(account, "cloudtrail"), call{
		name: "kms:GenerateDataKey", region: region,
		params: obj(
			"keySpec", "AES_256",
			"keyId", key,
			"encryptionContext", obj(
				"aws:cloudtrail:arn", trailARN(account, region, "org-trail"),
				"aws:s3:arn", "arn:aws:s3:::"+bucket(account, "logs")+"/AWSLogs/"+account+"/CloudTrail/"+region+"/"+at.Format("2006/01/02"),
			),
		),
		resources: d.keyResource(account, region, "trail"),
		sharedID:  d.uuid(),
	})
}

func secret(d *day, at time.Time) {
	d.emit(at, d.instance(production, fmt.Sprint("web-", d.intN(4)), at), call{
		name: "secretsmanager:GetSecretValue", region: ireland,
		params: obj("secretId", one(d, "orders/db", "payments/api")),
	})
}

// putObject is a write of an object: a data event. S3 puts the user agent in brackets.
func putObject(d *day, at time.Time) {
	if d.chance(60) {
		name := bucket(management, "logs")
		key := "AWSLogs/" + production + "/CloudTrail/" + ireland + at.Format("/2006/01/02/")
		d.object(at, d.byService(management, "cloudtrail"), "PutObject", name, key+d.fresh(16, base62)+".json.gz")
		return
	}
	c := d.function(production, ireland, "thumbnails", at)
	d.object(at, c, "PutObject", bucket(production, "web"), "thumbs/"+d.fresh(12, hexDigits)+".webp")
}

func getObject(d *day, at time.Time) {
	c := d.instance(production, fmt.Sprint("web-", d.intN(4)), at)
	name := one(d, "GetObject", "GetObject", "HeadObject")
	d.object(at, c, name, bucket(production, "web"), one(d, "img/", "css/", "fonts/")+d.fresh(12, hexDigits))
}

// object emits a data event of S3.
func (d *day) object(at time.Time, c caller, name, bucket, key string) {
	h := bucket + ".s3." + ireland + ".amazonaws.com"
	c.agent = "[" + c.agent + "]"
	k := call{
		name: "s3:" + name, region: ireland, category: "Data", host: h,
		params:     obj("bucketName", bucket, "Host", h, "key", key),
		additional: d.transfer(1024 + d.intN(1<<20)),
		requestID:  d.fresh(16, base32),
		resources:  append(list{obj("type", "AWS::S3::Object", "ARN", "arn:aws:s3:::"+bucket+"/"+key)}, bucketResource(c.account, bucket)...),
	}
	if name == "PutObject" {
		k.response = obj("x-amz-server-side-encryption", "aws:kms",
			"x-amz-server-side-encryption-aws-kms-key-id", d.keyARN(c.account, ireland, "data"))
	}
	if !c.service {
		k.endpoint = d.ec2ID("vpce", "s3")
	}
	d.emit(at, c, k)
}

// signInThroughIdentityCenter is a person's way into an account's console. There is no word of
// the MFA that the person used, and no LoginTo.
func signInThroughIdentityCenter(d *day, at time.Time) {
	account := d.anyAccount()
	c := d.person(one(d, people...), account, "Developer", at)
	c.console, c.agent = true, chrome
	d.emit(at, c, call{
		name: "signin:ConsoleLogin", region: ireland, kind: "AwsConsoleSignIn",
		response:   obj("ConsoleLogin", "Success"),
		additional: obj("MobileVersion", "No", "MFAUsed", "No"),
	})
}

// federate is a step in the access portal: a service event whose identity has its own type.
func federate(d *day, at time.Time) {
	user := one(d, people...)
	id := obj(
		"type", "IdentityCenterUser",
		"arn", "",
		"accountId", management,
		"accessKeyId", "",
		"onBehalfOf", obj("userId", d.token(8, hexDigits, "idc", user)+"-EXAMPLE",
			"identityStoreArn", arn("identitystore", "", management, "identitystore/d-93670EXAMPLE")),
		"credentialId", d.uuid(),
	)
	c := caller{account: management, identity: id, ip: workplaces[user], agent: chrome}
	if d.chance(50) {
		c.identity = c.identity.set("type", "Unknown")
		d.emit(at, c, call{
			name: "signin:UserAuthentication", region: ireland, kind: "AwsServiceEvent",
			additional: obj(
				"AuthWorkflowID", d.uuid(),
				"LoginTo", "https://d-93670example.awsapps.example.com/start/",
				"CredentialType", "WEBAUTHN",
				"UserName", user,
			),
			details: obj("UserAuthentication", "Success"),
		})
		return
	}
	d.emit(at, c, call{
		name: "sso:Federate", region: ireland, kind: "AwsServiceEvent",
		details: obj("role_name", "Developer", "account_id", production),
	})
}

// rotateKey is a service event: nobody called, so its identity has no type.
func rotateKey(d *day, at time.Time) {
	d.emit(at, caller{
		account:  production,
		identity: obj("accountId", production, "invokedBy", "AWS Internal"),
		ip:       "AWS Internal", agent: "AWS Internal",
	}, call{
		name: "kms:RotateKey", region: ireland, kind: "AwsServiceEvent",
		resources: d.keyResource(production, ireland, "data"),
		details:   obj("keyId", d.keyID(production+ireland+"data"), "backingKeyId", d.fresh(64, hexDigits), "rotationType", "AUTOMATIC"),
	})
}
