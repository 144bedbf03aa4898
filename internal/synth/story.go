package synth

import (
	"fmt"
	"time"
)

// The stories of a day. Each emits a few records with seconds or minutes between them, so that
// they lie among ordinary ones. Which controls fire on a story stands beside it.
var stories = []func(d *day){
	leakedKey,          // 4.1, 4.4, 4.5, 4.7, 4.8, 4.9
	incidentResponse,   // 4.4, 4.5, 4.8, 4.9
	passwordGuessing,   // 4.2, 4.6
	mistypedPassword,   // 4.6
	rootUse,            // 4.2, 4.3
	newNetwork,         // 4.10, 4.11, 4.12, 4.13, 4.14
	peering,            // 4.11, 4.13, 4.14
	openedPort,         // 4.1, 4.10
	organizationMoves,  // 4.1, 4.15
	policyRelease,      // 4.4
	hiddenPolicy,       // 4.4
	logBucketLifecycle, // 4.8
	landingZone,        // 4.5, 4.9
	curiousFunction,    // 4.1
	lookAlikes,         // none
	roleAcrossAccounts, // none
	errorRateInsight,   // none
}

const (
	attacker = "198.51.100.77"
	guesser  = "198.51.100.23"
	stranger = "777788889999" // an account outside the organization
)

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

// leakedKey: at night, somebody finds the key of a build user, takes all rights with it, blinds
// the account and takes data. The first tries fail.
func leakedKey(d *day) {
	t, c := d.clock(2, 10, 90*time.Second), d.user("legacy-deploy", production, attacker, boto3)
	audit := trailARN(production, ireland, "audit")

	d.emit(t.next(), c, call{name: "sts:GetCallerIdentity", region: ireland})
	d.emit(t.next(), c, call{name: "s3:ListBuckets", region: virginia, params: obj("Host", "s3.amazonaws.com"),
		host: "s3.amazonaws.com", additional: d.transfer(0), requestID: d.fresh(16, base32)})
	d.emit(t.next(), c, call{name: "ec2:DescribeInstances", region: ireland, params: obj("instancesSet", object{}, "filterSet", object{}),
		errorCode: "Client.UnauthorizedOperation", errorMessage: unauthorizedOperation(c, "ec2:DescribeInstances")})
	d.emit(t.next(), c, call{name: "cloudtrail:DescribeTrails", region: ireland, params: obj("trailNameList", list{}, "includeShadowTrails", true)})
	// Of a call that was denied, most services log no parameters.
	d.emit(t.next(), c, call{name: "cloudtrail:StopLogging", region: ireland,
		errorCode: "AccessDenied", errorMessage: notAuthorized(c, "cloudtrail:StopLogging", audit)})
	d.iam(t.next(), c, "AttachUserPolicy", obj("userName", "legacy-deploy", "policyArn", administrator), nil)
	d.emit(t.next(), c, call{name: "cloudtrail:StopLogging", region: frankfurt, params: obj("name", "audit"),
		errorCode:    "TrailNotFoundException",
		errorMessage: "Unknown trail: " + trailARN(production, frankfurt, "audit") + " for the user: " + production})
	d.emit(t.next(), c, call{name: "cloudtrail:StopLogging", region: ireland, params: obj("name", audit)})

	d.iam(t.next(), c, "CreateUser", obj("userName", "svc-monitor", "path", "/"), obj("user", obj(
		"path", "/",
		"userName", "svc-monitor",
		"userId", d.principal("AIDA", production, "svc-monitor"),
		"arn", userARN(production, "svc-monitor"),
		"createDate", iamDate(t.now()),
	)))
	d.iam(t.next(), c, "AttachUserPolicy", obj("userName", "svc-monitor", "policyArn", administrator), nil)
	d.iam(t.next(), c, "CreateAccessKey", obj("userName", "svc-monitor"), obj("accessKey", obj(
		"accessKeyId", d.accessKey("AKIA", production, "svc-monitor"),
		"status", "Active",
		"userName", "svc-monitor",
		"createDate", iamDate(t.now()),
	)))
	d.iam(t.next(), c, "CreateLoginProfile", obj("userName", "svc-monitor", "passwordResetRequired", false), obj("loginProfile", obj(
		"userName", "svc-monitor",
		"createDate", iamDate(t.now()),
		"passwordResetRequired", false,
	)))

	d.emit(t.next(), c, call{name: "config:StopConfigurationRecorder", region: ireland, params: obj("configurationRecorderName", "default")})
	d.emit(t.next(), c, call{name: "config:DeleteDeliveryChannel", region: ireland, params: obj("deliveryChannelName", "default")})
	web := bucket(production, "web")
	d.bucketCall(t.next(), c, ireland, "DeleteBucketPublicAccessBlock", web, "publicAccessBlock")
	d.bucketCall(t.next(), c, ireland, "PutBucketPolicy", web, "policy", "bucketPolicy", statement(
		"Sid", "Public",
		"Effect", "Allow",
		"Principal", "*",
		"Action", list{"s3:GetObject", "s3:ListBucket"},
		"Resource", list{"arn:aws:s3:::" + web, "arn:aws:s3:::" + web + "/*"},
	))
	d.ec2(t.next(), c, ireland, "ModifySnapshotAttribute", obj(
		"snapshotId", d.ec2ID("snap", "orders"),
		"createVolumePermission", obj("add", items(obj("userId", stranger))),
		"attributeType", "CREATE_VOLUME_PERMISSION",
	))
	d.kms(t.next(), c, ireland, "DisableKey", "data", nil, nil)
	d.kms(t.next(), c, ireland, "ScheduleKeyDeletion", "data", obj("pendingWindowInDays", 7), obj(
		"deletionDate", kmsDate(t.now().AddDate(0, 0, 7)),
		"keyState", "PendingDeletion",
		"pendingWindowInDays", 7,
	))
}

// incidentResponse: in the morning, the one on call puts it right.
func incidentResponse(d *day) {
	t := d.clock(6, 30, 2*time.Minute)
	c := d.person("alice", production, "Operator", t.now())
	c.console, c.agent = false, awsCLI
	audit, web := trailARN(production, ireland, "audit"), bucket(production, "web")

	d.emit(t.next(), c, call{name: "cloudtrail:GetTrailStatus", region: ireland, params: obj("name", audit)})
	d.emit(t.next(), c, call{name: "cloudtrail:StartLogging", region: ireland, params: obj("name", audit)})
	d.iam(t.next(), c, "AttachUserPolicy", obj("userName", "legacy-deploy", "policyArn", "arn:aws:iam::aws:policy/AWSDenyAll"), nil)
	key := d.accessKey("AKIA", production, "legacy-deploy")
	d.iam(t.next(), c, "UpdateAccessKey", obj("userName", "legacy-deploy", "accessKeyId", key, "status", "Inactive"), nil)
	d.iam(t.next(), c, "DetachUserPolicy", obj("userName", "svc-monitor", "policyArn", administrator), nil)
	d.bucketCall(t.next(), c, ireland, "PutBucketPublicAccessBlock", web, "publicAccessBlock", "PublicAccessBlockConfiguration", obj(
		"xmlns", "http://s3.amazonaws.com/doc/2006-03-01/",
		"BlockPublicAcls", true,
		"IgnorePublicAcls", true,
		"BlockPublicPolicy", true,
		"RestrictPublicBuckets", true,
	))
	d.bucketCall(t.next(), c, ireland, "DeleteBucketPolicy", web, "policy")
	d.kms(t.next(), c, ireland, "CancelKeyDeletion", "data", nil, nil)
	d.kms(t.next(), c, ireland, "EnableKey", "data", nil, nil)
	// Without a channel, the recorder would not start.
	d.emit(t.next(), c, call{name: "config:PutDeliveryChannel", region: ireland,
		params: obj("deliveryChannel", obj("name", "default", "s3BucketName", bucket(management, "config")))})
	d.emit(t.next(), c, call{name: "config:StartConfigurationRecorder", region: ireland, params: obj("configurationRecorderName", "default")})
}

// policyRelease: the pipeline rolls out a new version of a policy, and a role with rights of its
// own. Those come close to what IAM allows in length, and make the day's largest record.
func policyRelease(d *day) {
	t := d.clock(15, 0, 4*time.Second)
	c := d.pipeline(production, t.now())
	trust := statement("Effect", "Allow", "Principal", obj("Service", "ecs-tasks.amazonaws.com"), "Action", "sts:AssumeRole")
	team := list{obj("key", "team", "value", "orders")}
	var tables list
	for i := range 150 {
		tables = append(tables, arn("dynamodb", ireland, production, fmt.Sprintf("table/orders-%03d", i)))
	}
	rights := statement(
		"Sid", "Orders",
		"Effect", "Allow",
		"Action", list{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"},
		"Resource", tables,
		"Condition", obj("StringEquals", obj("aws:PrincipalTag/team", "${aws:ResourceTag/team}")),
	)
	read := statement("Effect", "Allow", "Action", "dynamodb:Query", "Resource", tables[0])

	d.iam(t.next(), c, "CreatePolicyVersion",
		obj("policyArn", arn("iam", "", production, "policy/app/base"), "policyDocument", text(read), "setAsDefault", true),
		obj("policyVersion", obj("versionId", fmt.Sprint("v", 4+d.number), "isDefaultVersion", true, "createDate", iamDate(t.now()))))
	d.iam(t.next(), c, "CreateRole",
		obj("roleName", "orders-task", "path", "/", "assumeRolePolicyDocument", text(trust), "maxSessionDuration", 3600, "tags", team),
		obj("role", obj(
			"path", "/",
			"roleName", "orders-task",
			"roleId", d.principal("AROA", production, "orders-task"),
			"arn", roleARN(production, "orders-task"),
			"createDate", iamDate(t.now()),
			"assumeRolePolicyDocument", percentEncoded(trust),
			"tags", team,
		)))
	d.iam(t.next(), c, "PutRolePolicy", obj("roleName", "orders-task", "policyName", "orders", "policyDocument", text(rights)), nil)
}

// hiddenPolicy: white space does not count towards IAM's limit on a policy, and does towards
// CloudTrail's on parameters, so that a padded policy is not logged.
func hiddenPolicy(d *day) {
	t := d.clock(16, 30, time.Minute)
	d.iam(t.next(), d.consoleUser("grace", sandbox, "203.0.113.61", "true", t.now()), "PutUserPolicy",
		obj("omitted", true, "originalSize", 113_204+d.intN(1000), "reason", "requestParameters too large"), nil)
}

// logBucketLifecycle: somebody saves money on the log bucket, and gives an old tool its grant.
func logBucketLifecycle(d *day) {
	t := d.clock(17, 10, 10*time.Minute)
	c := d.person("emil", management, "Billing", t.now())
	d.bucketCall(t.next(), c, ireland, "PutBucketLifecycle", bucket(management, "logs"), "lifecycle", "LifecycleConfiguration", obj(
		"xmlns", "http://s3.amazonaws.com/doc/2006-03-01/",
		"Rule", obj("ID", "purge", "Status", "Enabled", "Filter", obj("Prefix", ""), "Expiration", obj("Days", 1)),
	))
	d.bucketCall(t.next(), c, ireland, "PutBucketAcl", bucket(management, "reports"), "acl", "x-amz-acl", "log-delivery-write")
}

// landingZone: AWS Control Tower updates its trail and its recorder.
func landingZone(d *day) {
	t := d.clock(12, 15, 5*time.Second)
	const tower = "controltower.amazonaws.com"
	id := d.roleSession(sandbox, "/", "AWSControlTowerExecution", "AWSControlTower", t.now()).set("invokedBy", tower)
	c := caller{account: sandbox, identity: id, ip: tower, agent: tower, service: true}
	settings := obj("includeGlobalServiceEvents", true, "isMultiRegionTrail", true)
	d.emit(t.next(), c, call{
		name: "cloudtrail:UpdateTrail", region: ireland,
		params: append(obj("name", "zone-trail", "kmsKeyId", "", "enableLogFileValidation", true), settings...),
		response: append(obj("name", "zone-trail", "s3BucketName", bucket(management, "logs"),
			"trailARN", trailARN(sandbox, ireland, "zone-trail"), "logFileValidationEnabled", true, "isOrganizationTrail", false), settings...),
	})
	d.emit(t.next(), c, call{
		name: "config:PutConfigurationRecorder", region: ireland,
		params: obj("configurationRecorder", obj(
			"name", "zone-recorder",
			"roleARN", roleARN(sandbox, "zone-config"),
			"recordingGroup", obj("allSupported", true, "includeGlobalResourceTypes", false, "resourceTypes", list{}),
		)),
	})
}

// curiousFunction: a function asks for more than it was given, and every service says so in its
// own way.
func curiousFunction(d *day) {
	t := d.clock(11, 20, 5*time.Second)
	c := d.function(production, ireland, "inventory", t.now())
	const admin = "OrganizationAccountAccessRole"
	d.emit(t.next(), c, call{name: "secretsmanager:GetSecretValue", region: ireland,
		errorCode: "AccessDeniedException", errorMessage: notAuthorized(c, "secretsmanager:GetSecretValue", "payments/api")})
	d.emit(t.next(), c, call{name: "sts:AssumeRole", region: ireland,
		errorCode: "AccessDenied", errorMessage: notAuthorized(c, "sts:AssumeRole", roleARN(management, admin))})
	d.emit(t.next(), c, call{name: "ec2:DescribeInstances", region: ireland, params: obj("instancesSet", object{}, "filterSet", object{}),
		errorCode: "Client.UnauthorizedOperation", errorMessage: unauthorizedOperation(c, "ec2:DescribeInstances")})
}

// notAuthorized returns what most services say to a caller that may not do something, where the
// resource may be unnamed.
func notAuthorized(c caller, action, on string) string {
	if on != "" {
		on = " on resource: " + on
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s%s because no identity-based policy allows the %[2]s action",
		c.identity.get("arn"), action, on)
}

// unauthorizedOperation returns what EC2 says.
func unauthorizedOperation(c caller, action string) string {
	return "You are not authorized to perform this operation. " + notAuthorized(c, action, "")
}
