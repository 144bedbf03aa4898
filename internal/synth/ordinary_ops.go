package synth

import (
	"fmt"
	"time"
)

// Calls that run and change machines and programs. Among them are the large records of a day.

// instanceHeartbeat is the agent on an instance reporting. SSM's resources have no type.
func instanceHeartbeat(d *day, at time.Time) {
	name := fmt.Sprint("web-", d.intN(4))
	id := d.ec2ID("i", name)
	d.emit(at, d.instance(production, name, at), call{
		name: "ssm:UpdateInstanceInformation", region: ireland,
		params: obj(
			"instanceId", id,
			"agentVersion", "3.3.1957",
			"agentStatus", "Active",
			"platformType", "Linux",
			"platformName", "Amazon Linux",
			"platformVersion", "2023",
			"iPAddress", "10.20.3.17",
			"computerName", "ip-10-20-3-17."+ireland+".compute.internal",
			"agentName", "amazon-ssm-agent",
			"availabilityZone", ireland+"a",
			"sSMConnectionChannel", "ssmmessages",
		),
		resources: list{obj("ARN", arn("ec2", ireland, production, "instance/"+id), "accountId", production)},
	})
}

// functionLog is a function's runtime making a place for its log.
func functionLog(d *day, at time.Time) {
	fn := one(d, "thumbnails", "inventory", "orders-api")
	d.emit(at, d.function(production, ireland, fn, at), call{
		name: "logs:CreateLogStream", region: ireland, apiVersion: "20140328",
		params: obj("logGroupName", "/aws/lambda/"+fn, "logStreamName", at.Format("2006/01/02")+"/[$LATEST]"+d.fresh(32, hexDigits)),
	})
}

func parameter(d *day, at time.Time) {
	c := d.instance(production, fmt.Sprint("web-", d.intN(4)), at)
	if d.chance(75) {
		name := "/app/web/" + one(d, "flags", "endpoint", "pool")
		d.emit(at, c, call{
			name: "ssm:GetParameter", region: ireland,
			params:    obj("name", name, "withDecryption", true),
			resources: list{obj("accountId", production, "ARN", arn("ssm", ireland, production, "parameter"+name))},
		})
		return
	}
	d.emit(at, d.pipeline(production, at), call{
		name: "ssm:PutParameter", region: ireland,
		params:   obj("name", "/app/web/token", "value", "HIDDEN_DUE_TO_SECURITY_REASONS", "type", "SecureString", "overwrite", true),
		response: obj("version", 7, "tier", "Standard"),
	})
}

// sendCommand hides a whole object.
func sendCommand(d *day, at time.Time) {
	id := d.uuid()
	d.emit(at, d.person("alice", production, "Operator", at), call{
		name: "ssm:SendCommand", region: ireland,
		params: obj(
			"documentName", "AWS-RunShellScript",
			"parameters", "HIDDEN_DUE_TO_SECURITY_REASONS",
			"targets", list{obj("key", "tag:service", "values", list{"web"})},
			"interactive", false,
		),
		response: obj("command", obj(
			"commandId", id,
			"documentName", "AWS-RunShellScript",
			"documentVersion", "$DEFAULT",
			"parameters", "HIDDEN_DUE_TO_SECURITY_REASONS",
			"requestedDateTime", iamDate(at),
			"expiresAfter", iamDate(at.Add(2*time.Hour)),
			"status", "Pending", "targetCount", 0, "completedCount", 0, "errorCount", 0,
			"notificationConfig", obj("notificationArn", "", "notificationEvents", list{}, "notificationType", ""),
		)),
	})
}

func imagePull(d *day, at time.Time) {
	c := d.instance(production, fmt.Sprint("web-", d.intN(4)), at)
	k := call{
		name: "ecr:BatchGetImage", region: ireland,
		params: obj("registryId", production, "repositoryName", "web",
			"imageIds", list{obj("imageTag", fmt.Sprint("build-", 400+d.intN(90)))},
			"acceptedMediaTypes", list{"application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"}),
		resources: list{obj("accountId", production, "ARN", arn("ecr", ireland, production, "repository/web"))},
	}
	if d.chance(50) {
		k.name, k.params, k.resources = "ecr:GetAuthorizationToken", nil, nil
	}
	d.emit(at, c, k)
}

// configWrites is Config's own work in the account.
func configWrites(d *day, at time.Time) {
	account := d.anyAccount()
	c := d.linked(account, "config", "AWSServiceRoleForConfig", at)
	key := "AWSLogs/" + account + "/Config/" + ireland + at.Format("/2006/1/2/") + "ConfigHistory/" + d.fresh(20, hexDigits) + ".json.gz"
	d.object(at, c, "PutObject", bucket(management, "config"), key)
}

// runInstances is a scaling group starting an instance, the largest of the ordinary records.
func runInstances(d *day, at time.Time) {
	id, eni, requestID := "i-0"+d.fresh(16, hexDigits), "eni-0"+d.fresh(16, hexDigits), d.uuid()
	group := items(obj("groupId", d.ec2ID("sg", "web"), "groupName", "web"))
	dns := "ip-10-20-3-44." + ireland + ".compute.internal"
	tags := list{obj("key", "service", "value", "web"), obj("key", "aws:autoscaling:groupName", "value", "web"),
		obj("key", "aws:ec2launchtemplate:version", "value", "12")}
	d.emit(at, d.linked(production, "autoscaling", "AWSServiceRoleForAutoScaling", at), call{
		name: "ec2:RunInstances", region: ireland, requestID: requestID,
		params: obj(
			"instancesSet", items(obj("minCount", 1, "maxCount", 1)),
			"userData", "<sensitiveDataRemoved>",
			"blockDeviceMapping", object{},
			"availabilityZone", ireland+"a",
			"monitoring", obj("enabled", false),
			"subnetId", d.ec2ID("subnet", "web-a"),
			"disableApiTermination", false,
			"disableApiStop", false,
			"clientToken", "fleet-"+d.uuid()+"-0",
			"tagSpecificationSet", items(obj("resourceType", "instance", "tags", tags)),
			"launchTemplate", obj("launchTemplateId", d.ec2ID("lt", "web"), "version", "12"),
		),
		response: obj(
			"requestId", requestID,
			"reservationId", "r-0"+d.fresh(16, hexDigits),
			"ownerId", production,
			"groupSet", object{},
			"instancesSet", items(obj(
				"instanceId", id,
				"imageId", d.ec2ID("ami", "web"),
				"bootMode", "uefi-preferred",
				"currentInstanceBootMode", "uefi",
				"instanceState", obj("code", 0, "name", "pending"),
				"privateDnsName", dns,
				"amiLaunchIndex", 0,
				"productCodes", object{},
				"instanceType", "m7g.large",
				"launchTime", at.UnixMilli(),
				"placement", obj("availabilityZone", ireland+"a", "availabilityZoneId", "euw1-az1", "tenancy", "default"),
				"monitoring", obj("state", "disabled"),
				"subnetId", d.ec2ID("subnet", "web-a"),
				"vpcId", d.ec2ID("vpc", "main"),
				"privateIpAddress", "10.20.3.44",
				"stateReason", obj("code", "pending", "message", "pending"),
				"architecture", "arm64",
				"rootDeviceType", "ebs",
				"rootDeviceName", "/dev/xvda",
				"blockDeviceMapping", object{},
				"virtualizationType", "hvm",
				"hypervisor", "xen",
				"tagSet", items([]any(tags)...),
				"clientToken", "fleet-"+requestID+"-0",
				"groupSet", group,
				"sourceDestCheck", true,
				"networkInterfaceSet", items(obj(
					"networkInterfaceId", eni,
					"subnetId", d.ec2ID("subnet", "web-a"),
					"vpcId", d.ec2ID("vpc", "main"),
					"ownerId", production,
					"operator", obj("managed", false),
					"status", "in-use",
					"macAddress", "02:00:5e:00:53:af",
					"privateIpAddress", "10.20.3.44",
					"privateDnsName", dns,
					"sourceDestCheck", true,
					"interfaceType", "interface",
					"groupSet", group,
					"attachment", obj(
						"attachmentId", "eni-attach-0"+d.fresh(16, hexDigits),
						"deviceIndex", 0,
						"networkCardIndex", 0,
						"status", "attaching",
						"attachTime", at.UnixMilli(),
						"deleteOnTermination", true,
					),
					"privateIpAddressesSet", obj("item", list{obj("privateIpAddress", "10.20.3.44", "privateDnsName", dns, "primary", true)}),
					"ipv6AddressesSet", object{},
					"tagSet", object{},
				)),
				"iamInstanceProfile", obj("arn", arn("iam", "", production, "instance-profile/web-tier"), "id", d.principal("AIPA", production, "web-tier")),
				"ebsOptimized", true,
				"enaSupport", true,
				"cpuOptions", obj("coreCount", 2, "threadsPerCore", 1),
				"capacityReservationSpecification", obj("capacityReservationPreference", "open"),
				"enclaveOptions", obj("enabled", false),
				"metadataOptions", obj("state", "pending", "httpTokens", "required", "httpPutResponseHopLimit", 2, "httpEndpoint", "enabled",
					"httpProtocolIpv4", "enabled", "httpProtocolIpv6", "disabled", "instanceMetadataTags", "disabled"),
				"maintenanceOptions", obj("autoRecovery", "default"),
				"privateDnsNameOptions", obj("hostnameType", "ip-name", "enableResourceNameDnsARecord", false, "enableResourceNameDnsAAAARecord", false),
			)),
			"requesterId", "AIDAEXAMPLE0000000009",
		),
	})
}

// registerTask is a deployment of a container.
func registerTask(d *day, at time.Time) {
	environment := list{}
	for _, name := range []string{"PORT", "LOG_LEVEL", "QUEUE_URL", "TABLE", "CACHE_HOST", "FEATURES"} {
		environment = append(environment, obj("name", name, "value", "HIDDEN_DUE_TO_SECURITY_REASONS"))
	}
	container := obj(
		"name", "orders",
		"image", production+".dkr.ecr."+ireland+".amazonaws.com/orders:build-"+d.fresh(7, hexDigits),
		"cpu", 0,
		"portMappings", list{obj("containerPort", 8080, "hostPort", 8080, "protocol", "tcp", "name", "http")},
		"essential", true,
		"environment", environment,
		"mountPoints", list{}, "volumesFrom", list{}, "systemControls", list{},
		"logConfiguration", obj("logDriver", "awslogs",
			"options", obj("awslogs-group", "/ecs/orders", "awslogs-region", ireland, "awslogs-stream-prefix", "ecs")),
	)
	task := obj(
		"family", "orders",
		"taskRoleArn", roleARN(production, "orders-task"),
		"executionRoleArn", roleARN(production, "orders-exec"),
		"networkMode", "awsvpc",
		"containerDefinitions", list{container},
		"requiresCompatibilities", list{"FARGATE"},
		"cpu", "512", "memory", "1024",
		"runtimePlatform", obj("cpuArchitecture", "ARM64", "operatingSystemFamily", "LINUX"),
	)
	revision := 100 + d.intN(50)
	c := d.pipeline(production, at)
	d.emit(at, c, call{
		name: "ecs:RegisterTaskDefinition", region: ireland, params: task,
		response: obj("taskDefinition", append(obj(
			"taskDefinitionArn", arn("ecs", ireland, production, fmt.Sprint("task-definition/orders:", revision)),
			"revision", revision,
			"status", "ACTIVE",
			"registeredAt", kmsDate(at),
			"registeredBy", c.identity.get("arn"),
			"compatibilities", list{"EC2", "FARGATE"},
		), task...)),
	})
}

// updateFunction is a deployment of a function: EventName holds the API's date and version.
func updateFunction(d *day, at time.Time) {
	fn := one(d, "thumbnails", "inventory", "orders-api")
	archive := fn + "/" + d.fresh(40, hexDigits) + ".zip"
	d.emit(at, d.pipeline(production, at), call{
		name: "lambda:UpdateFunctionCode20150331v2", region: ireland,
		params: obj("functionName", fn, "s3Bucket", bucket(production, "artifacts"), "s3Key", archive, "publish", true, "dryRun", false),
		response: obj(
			"functionName", fn,
			"functionArn", arn("lambda", ireland, production, "function:"+fn),
			"runtime", "python3.13",
			"role", roleARN(production, "service-role/"+fn+"-role"),
			"handler", "app.handler",
			"codeSize", 1_200_000+d.intN(90_000),
			"description", "",
			"timeout", 30,
			"memorySize", 512,
			"lastModified", at.Format("2006-01-02T15:04:05.000+0000"),
			"codeSha256", d.fresh(43, base62)+"=",
			"version", fmt.Sprint(30+d.intN(60)),
			"environment", object{},
			"tracingConfig", obj("mode", "Active"),
			"revisionId", d.uuid(),
			"state", "Active",
			"lastUpdateStatus", "InProgress",
			"packageType", "Zip",
			"architectures", list{"arm64"},
			"ephemeralStorage", obj("size", 512),
			"snapStart", obj("applyOn", "None", "optimizationStatus", "Off"),
			"loggingConfig", obj("logFormat", "Text", "logGroup", "/aws/lambda/"+fn),
		),
	})
}

// dryRun is a call that asks whether it would be allowed: the answer is an error.
func dryRun(d *day, at time.Time) {
	d.emit(at, d.pipeline(sandbox, at), call{
		name: "ec2:RunInstances", region: frankfurt,
		errorCode: "Client.DryRunOperation", errorMessage: "Request would have succeeded, but DryRun flag is set.",
		params: obj("instancesSet", items(obj("imageId", d.ec2ID("ami", "base"), "minCount", 1, "maxCount", 1)),
			"instanceType", "t4g.micro", "blockDeviceMapping", object{}, "monitoring", obj("enabled", false),
			"disableApiTermination", false, "disableApiStop", false),
	})
}

func createSnapshot(d *day, at time.Time) {
	volume := d.ec2ID("vol", "orders")
	c := d.user("backup-bot", production, "192.0.2.90", boto3)
	d.ec2(at, c, ireland, "CreateSnapshot", obj("volumeId", volume, "description", "nightly"),
		"snapshotId", "snap-0"+d.fresh(16, hexDigits),
		"volumeId", volume,
		"status", "pending",
		"startTime", at.UnixMilli(),
		"progress", "",
		"ownerId", production,
		"volumeSize", "200",
		"description", "nightly",
		"encrypted", true,
		"tagSet", object{},
	)
}
