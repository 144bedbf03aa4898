package synth

import (
	"fmt"
	"time"
)

// The ordinary calls, each as often as its weight says. The proportions are roughly those of a
// real account: services and agents make most of them.
var ordinaryCalls = []struct {
	weight int
	emit   func(d *day, at time.Time)
}{
	{17, describe},
	{16, assumeRoleByService},
	{6, decrypt},
	{6, putObject},
	{6, generateDataKey},
	{5, iamRead},
	{4, instanceHeartbeat},
	{4, getObject},
	{4, scan},
	{4, consoleWidget},
	{4, functionLog},
	{3, callerIdentity},
	{3, signInThroughIdentityCenter},
	{3, webIdentityRole},
	{3, parameter},
	{3, secret},
	{2, describeNewForm},
	{2, configWrites},
	{2, imagePull},
	{2, trailRead},
	{2, federate},
	{1, runInstances},
	{1, registerTask},
	{1, updateFunction},
	{1, dryRun},
	{1, notFound},
	{1, throttled},
	{1, createSnapshot},
	{1, deniedByEndpoint},
	{1, sendCommand},
	{1, rotateKey},
}

var ordinaryWeight = func() (sum int) {
	for _, c := range ordinaryCalls {
		sum += c.weight
	}
	return sum
}()

// ordinary emits one call of the kind that nobody needs to hear about.
func (d *day) ordinary(at time.Time) {
	n := d.intN(ordinaryWeight)
	for _, c := range ordinaryCalls {
		if n -= c.weight; n < 0 {
			c.emit(d, at)
			return
		}
	}
}

// anyone returns somebody at work in the account: a person, the pipeline or an instance.
func (d *day) anyone(account string, at time.Time) caller {
	switch n := d.intN(10); {
	case n < 5:
		return d.person(one(d, people...), account, one(d, "Developer", "ReadOnly"), at)
	case n < 8:
		return d.pipeline(account, at)
	}
	return d.instance(account, fmt.Sprint("web-", d.intN(4)), at)
}

func (d *day) anyAccount() string {
	return one(d, production, production, production, sandbox, management)
}
func (d *day) anyRegion() string {
	return one(d, ireland, ireland, ireland, frankfurt, virginia, sydney)
}

// describe is a read of EC2 or a neighbour, in the older form: lists are objects, empty ones too.
func describe(d *day, at time.Time) {
	account, region := d.anyAccount(), d.anyRegion()
	filter := func(name string, values ...any) object {
		set := make(list, len(values))
		for i, v := range values {
			set[i] = obj("value", v)
		}
		return obj("name", name, "valueSet", items(set...))
	}
	running := items(filter("instance-state-name", "running"), filter("tag:service", "web", "api"))
	inVPC := items(filter("vpc-id", d.ec2ID("vpc", "main")))
	webGroup := items(obj("groupId", d.ec2ID("sg", "web")))
	targetGroup := arn("elasticloadbalancing", region, account, "targetgroup/web/"+d.token(16, hexDigits, "tg"))
	k := one(d,
		call{name: "ec2:DescribeInstances", params: obj("instancesSet", object{}, "filterSet", running)},
		call{name: "ec2:DescribeInstances", params: obj("maxResults", 1000, "instancesSet", object{}, "filterSet", object{})},
		call{name: "ec2:DescribeInstanceStatus", params: obj("instancesSet", object{}, "filterSet", object{}, "includeAllInstances", false)},
		call{name: "ec2:DescribeSecurityGroups", params: obj("securityGroupSet", object{}, "securityGroupIdSet", webGroup, "filterSet", object{})},
		call{name: "ec2:DescribeVpcs", params: obj("vpcSet", object{}, "filterSet", object{})},
		call{name: "ec2:DescribeSubnets", params: obj("subnetSet", object{}, "filterSet", inVPC)},
		call{name: "ec2:DescribeVolumes", params: obj("maxResults", 500, "volumeSet", object{}, "filterSet", object{})},
		call{name: "ec2:DescribeNetworkInterfaces", params: obj("networkInterfaceIdSet", object{}, "filterSet", object{})},
		call{name: "ec2:DescribeRegions", params: obj("regionSet", object{})},
		call{name: "ec2:DescribeRouteTables", params: obj("routeTableIdSet", object{}, "filterSet", object{})},
		call{name: "ec2:DescribeTags", params: obj("filterSet", object{})},
		call{name: "elasticloadbalancing:DescribeLoadBalancers", params: obj("pageSize", 400), apiVersion: "2015-12-01"},
		call{name: "elasticloadbalancing:DescribeTargetHealth", params: obj("targetGroupArn", targetGroup), apiVersion: "2015-12-01"},
		call{name: "autoscaling:DescribeAutoScalingGroups", params: obj("maxRecords", 100)},
		call{name: "rds:DescribeDBInstances", params: obj("dBInstanceIdentifier", "orders-1")},
		call{name: "monitoring:DescribeAlarms", params: obj("maxRecords", 100, "stateValue", "ALARM")},
		call{name: "cloudformation:DescribeStacks", params: obj("stackName", "network-base")},
		call{name: "cloudformation:ListStacks"},
		call{name: "dynamodb:DescribeTable", params: obj("tableName", "orders"), apiVersion: "2012-08-10",
			resources: resource(account, "AWS::DynamoDB::Table", arn("dynamodb", region, account, "table/orders"))},
		call{name: "lambda:ListFunctions20150331", params: obj("maxItems", 50)},
		call{name: "lambda:GetFunction20150331v2", params: obj("functionName", "thumbnails")},
		call{name: "logs:DescribeLogGroups", params: obj("limit", 50, "logGroupNamePrefix", "/aws/lambda/"), apiVersion: "20140328"},
	)
	k.region = region
	d.emit(at, d.anyone(account, at), k)
}

// describeNewForm is a read of EC2 in the newer form: a wrapper, and an empty request as a string.
func describeNewForm(d *day, at time.Time) {
	endpoint := obj("tag", 1, "content", d.ec2ID("vpce", "s3"))
	k := one(d,
		call{name: "ec2:DescribeNatGateways", params: obj("DescribeNatGatewaysRequest", "")},
		call{name: "ec2:DescribeFlowLogs", params: obj("DescribeFlowLogsRequest", obj("MaxResults", 100))},
		call{name: "ec2:DescribeVpcEndpoints", params: obj("DescribeVpcEndpointsRequest", obj("VpcEndpointId", endpoint))},
		call{name: "ec2:GetEbsEncryptionByDefault", params: obj("GetEbsEncryptionByDefaultRequest", "")},
	)
	k.region = d.anyRegion()
	d.emit(at, d.anyone(d.anyAccount(), at), k)
}

// scan is a posture scanner's or Config's read.
func scan(d *day, at time.Time) {
	account, region := d.anyAccount(), d.anyRegion()
	c := d.scanner(account, at)
	if d.chance(40) {
		c = d.linked(account, "config", "AWSServiceRoleForConfig", at)
	}
	name := bucket(account, one(d, "logs", "web", "backup"))
	switch d.intN(6) {
	case 0:
		d.bucketCall(at, c, region, "GetBucketAcl", name, "acl")
	case 1:
		d.bucketCall(at, c, region, "GetBucketEncryption", name, "encryption")
	case 2:
		d.bucketCall(at, c, region, "GetBucketPublicAccessBlock", name, "publicAccessBlock")
	case 3:
		d.emit(at, c, call{name: "kms:ListKeys", region: region, params: obj("limit", 1000)})
	case 4:
		d.emit(at, c, call{name: "config:DescribeConfigurationRecorderStatus", region: region})
	case 5:
		d.emit(at, c, call{name: "guardduty:ListDetectors", region: region})
	}
}

// consoleWidget is a call that a console page makes on its own.
func consoleWidget(d *day, at time.Time) {
	c := d.person(one(d, people...), d.anyAccount(), "Developer", at)
	c.console, c.agent = true, chrome
	if d.chance(20) {
		c.ip, c.agent = "AWS Internal", "AWS Internal"
	}
	week := list{obj("from", kmsDate(at.AddDate(0, 0, -7)))}
	open := obj("eventStatusCodes", list{"open", "upcoming"}, "startTimes", week)
	month := obj("Start", "2026-03-01", "End", "2026-03-31")
	k := one(d,
		call{name: "health:DescribeEventAggregates", region: virginia, params: obj("filter", open, "aggregateField", "eventTypeCategory")},
		call{name: "notifications:ListNotificationHubs", region: d.anyRegion()},
		call{name: "ce:GetCostAndUsage", region: virginia, params: obj("TimePeriod", month, "Granularity", "MONTHLY", "Metrics", list{"UnblendedCost"})},
		call{name: "resource-explorer-2:ListIndexes", region: ireland, params: obj("MaxResults", "100")},
		call{name: "iam:GetAccountSummary", region: virginia},
	)
	if k.name == "health:DescribeEventAggregates" && d.chance(25) {
		// The page asks whether the person may see it or not.
		k.errorCode, k.errorMessage = "AccessDenied", notAuthorized(c, "health:DescribeEventAggregates", "")
	}
	d.emit(at, c, k)
}

func iamRead(d *day, at time.Time) {
	base := arn("iam", "", production, "policy/app/base")
	k := one(d,
		call{name: "iam:GetRole", params: obj("roleName", "web-tier")},
		call{name: "iam:ListRoles", params: obj("maxItems", 1000)},
		call{name: "iam:ListAttachedRolePolicies", params: obj("roleName", "deploy")},
		call{name: "iam:GetPolicyVersion", params: obj("policyArn", base, "versionId", "v3")},
		call{name: "iam:ListUsers"},
		call{name: "iam:GetAccountPasswordPolicy"},
		call{name: "iam:ListAccessKeys", params: obj("userName", "legacy-deploy")},
	)
	k.region = virginia
	d.emit(at, d.anyone(d.anyAccount(), at), k)
}

func trailRead(d *day, at time.Time) {
	writes := list{obj("attributeKey", "ReadOnly", "attributeValue", "false")}
	k := one(d,
		call{name: "cloudtrail:LookupEvents", params: obj("maxResults", 50, "lookupAttributes", writes)},
		call{name: "cloudtrail:DescribeTrails", params: obj("trailNameList", list{}, "includeShadowTrails", true)},
		call{name: "cloudtrail:GetTrailStatus", params: obj("name", trailARN(management, ireland, "org-trail"))},
	)
	k.region = ireland
	d.emit(at, d.anyone(management, at), k)
}

// notFound is a call that fails as pipelines expect it to.
func notFound(d *day, at time.Time) {
	k := one(d,
		call{name: "iam:GetRole", region: virginia, params: obj("roleName", "not-yet-made"),
			errorCode: "NoSuchEntityException", errorMessage: "The role with name not-yet-made cannot be found."},
		call{name: "lambda:GetFunction20150331v2", region: ireland, params: obj("functionName", "not-yet-made"),
			errorCode: "ResourceNotFoundException", errorMessage: "Function not found: not-yet-made"},
		call{name: "ssm:GetParameter", region: ireland, params: obj("name", "/app/optional", "withDecryption", true),
			errorCode: "ParameterNotFound"},
	)
	d.emit(at, d.pipeline(d.anyAccount(), at), k)
}

func throttled(d *day, at time.Time) {
	d.emit(at, d.function(production, ireland, "inventory", at), call{
		name: "organizations:ListAccounts", region: virginia,
		errorCode: "TooManyRequestsException", errorMessage: "You have sent too many requests in too short a period of time.",
	})
}

// deniedByEndpoint is network activity that the policy of a VPC endpoint denied.
func deniedByEndpoint(d *day, at time.Time) {
	c := d.instance(production, "web-1", at)
	c.ip = "10.20.3.17"
	d.emit(at, c, call{
		name: "s3:PutObject", region: ireland, kind: "AwsVpceEvent", category: "NetworkActivity",
		errorCode: "VpceAccessDenied", errorMessage: "The request was denied due to a VPC endpoint policy",
		endpoint: d.ec2ID("vpce", "s3"),
	})
}
