package synth

import (
	"fmt"
	"time"
)

// organizationMoves: an account moves out from under a guardrail, another is made, and somebody
// tries to leave.
func organizationMoves(d *day) {
	t := d.clock(13, 5, 2*time.Minute)
	c := d.person("chandra", management, "Organization", t.now())
	org := func(name string, params, response any) {
		d.emit(t.next(), c, call{name: "organizations:" + name, region: virginia, params: params, response: response})
	}
	org("MoveAccount", obj("accountId", sandbox, "sourceParentId", "ou-abcd-11111111", "destinationParentId", "ou-abcd-22222222"), nil)
	org("DetachPolicy", obj("policyId", "p-examplepolicy1", "targetId", "ou-abcd-22222222"), nil)

	status := obj("id", "car-"+d.fresh(32, hexDigits), "accountName", "****", "state", "IN_PROGRESS", "requestedTimestamp", iamDate(t.now()))
	org("CreateAccount", obj("accountName", "****", "email", "****", "roleName", "OrganizationAccountAccessRole"),
		obj("createAccountStatus", status))
	const service = "organizations.amazonaws.com"
	d.emit(t.next(), caller{
		account:  management,
		identity: obj("accountId", management, "invokedBy", service),
		ip:       service, agent: service, service: true,
	}, call{
		name: "organizations:CreateAccountResult", region: virginia, kind: "AwsServiceEvent",
		details: obj("createAccountStatus", status.set("state", "SUCCEEDED").
			set("accountId", "888899990000").set("completedTimestamp", iamDate(t.now()))),
	})

	c = d.consoleUser("frank", sandbox, guesser, "false", t.now())
	d.emit(t.next(), c, call{name: "organizations:LeaveOrganization", region: virginia, errorCode: "AccessDenied",
		errorMessage: fmt.Sprintf("User: %s is not authorized to perform: organizations:LeaveOrganization on resource: * "+
			"with an explicit deny in a service control policy", c.identity.get("arn"))})
}

// lookAlikes: calls that resemble what the controls watch, and are something else.
func lookAlikes(d *day) {
	// A policy, but of a scaling group.
	t := d.clock(15, 40, time.Minute)
	d.emit(t.next(), d.pipeline(production, t.now()), call{name: "autoscaling:DeletePolicy", region: ireland,
		params: obj("policyName", "cpu-60", "autoScalingGroupName", "web")})

	// Root, but by a service acting for it.
	t = d.clock(3, 20, time.Minute)
	const backup = "backup.amazonaws.com"
	c := d.root(management, backup, "false", t.now())
	c.identity, c.agent, c.console, c.service = c.identity.set("invokedBy", backup), backup, false, true
	vault := obj("aws:backup:backup-vault", arn("backup", ireland, management, "backup-vault:main"))
	d.emit(t.next(), c, call{name: "kms:Decrypt", region: ireland,
		params:    obj("encryptionContext", vault, "encryptionAlgorithm", "SYMMETRIC_DEFAULT"),
		resources: d.keyResource(management, ireland, "backup")})

	// Somebody changing roles at the console: the identity is the new role's session.
	t = d.clock(9, 50, time.Minute)
	from := d.person("chandra", management, "Auditor", t.now()).identity.get("arn")
	d.emit(t.next(), d.person("chandra", production, "Auditor", t.now()), call{
		name: "signin:SwitchRole", region: ireland, kind: "AwsConsoleSignIn",
		response:   obj("SwitchRole", "Success"),
		additional: obj("SwitchFrom", from, "RedirectTo", "https://"+ireland+".console.aws.amazon.com/securityhub/home"),
	})

	// A user of an old federation proxy.
	t = d.clock(10, 35, time.Minute)
	id := obj(
		"type", "FederatedUser",
		"principalId", production+":report-viewer",
		"arn", arn("sts", "", production, "federated-user/report-viewer"),
		"accountId", production,
		"accessKeyId", d.accessKey("ASIA", production, "report-viewer"),
		"sessionContext", obj(
			"sessionIssuer", d.user("proxy", production, "", "").identity.without("accessKeyId"),
			"webIdFederationData", object{},
			"attributes", obj("creationDate", isoDate(t.now()), "mfaAuthenticated", "false"),
		),
	)
	d.emit(t.next(), caller{account: production, identity: id, ip: "203.0.113.80", agent: chrome},
		call{name: "quicksight:ListDashboards", region: ireland, params: obj("awsAccountId", production)})
}

// roleAcrossAccounts: the pipeline of one account takes up a role of another. Each account gets a
// copy with an id of its own, and the shared id is the same.
func roleAcrossAccounts(d *day) {
	t := d.clock(10, 20, time.Minute)
	k := d.assumeRole(t.next(), sandbox, ireland, "ci/deploy", "deploy-preview")
	k.requestID = d.uuid()
	c := d.pipeline(production, t.now())
	d.emit(t.now(), c, k)
	foreign := obj("type", "AWSAccount", "principalId", c.identity.get("principalId"), "accountId", production)
	d.emit(t.now(), caller{account: sandbox, identity: foreign, ip: c.ip, agent: c.agent}, k)
}

// errorRateInsight: CloudTrail notices the denials of the night. The record has nothing of a call.
func errorRateInsight(d *day) {
	t, shared := d.clock(2, 30, time.Minute), d.uuid()
	rate := func(attribute, value string) object {
		return obj("attribute", attribute, "insight", list{obj("value", value, "average", 3)}, "baseline", list{})
	}
	insight := func(state string, statistics object) {
		d.add(t.next(), obj(
			"eventVersion", "1.09",
			"eventTime", isoDate(t.now()),
			"awsRegion", ireland,
			"eventID", d.uuid(),
			"eventType", "AwsCloudTrailInsight",
			"recipientAccountId", production,
			"sharedEventID", shared,
			"insightDetails", obj(
				"state", state,
				"eventSource", "ec2.amazonaws.com",
				"eventName", "DescribeInstances",
				"insightType", "ApiErrorRateInsight",
				"errorCode", "Client.UnauthorizedOperation",
				"insightContext", obj(
					"statistics", statistics,
					"attributions", list{
						rate("userIdentityArn", userARN(production, "legacy-deploy")),
						rate("userAgent", boto3),
						rate("errorCode", "null"),
					},
				),
			),
			"eventCategory", "Insight",
		))
	}
	average := obj("baseline", obj("average", 0), "insight", obj("average", 3))
	insight("Start", average)
	t.wait(12 * time.Minute)
	insight("End", append(average, obj("insightDuration", 12, "baselineDuration", 10080)...))
}
