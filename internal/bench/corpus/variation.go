package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

// A variation changes records, whose text it edits: that keeps the order of the members and all
// the forms that CloudTrail writes.
type variation struct {
	rand *rand.Rand
}

var (
	eventSource = regexp.MustCompile(`"eventSource":"([a-z0-9-]+)\.amazonaws\.com"`)
	eventName   = regexp.MustCompile(`"eventName":"((?:Describe|List|Get)[A-Za-z0-9_]*)"`)
	userAgent   = regexp.MustCompile(`"userAgent":"(?:[^"\\]|\\.)*"`)
	tlsDetails  = regexp.MustCompile(`,"tlsDetails":\{[^{}]*\}`)
	inScopeOf   = regexp.MustCompile(`,"inScopeOf":\{[^{}]*\}`)
	response    = regexp.MustCompile(`"responseElements":null`)
)

// vary returns a record with what real logs have more of: other reading calls of the service,
// records of older versions, and calls that were denied.
func (v *variation) vary(record []byte) json.RawMessage {
	service := ""
	if m := eventSource.FindSubmatch(record); m != nil {
		service = string(m[1])
	}
	if names := strings.Fields(reads[service]); len(names) > 0 && v.chance(75) {
		name := names[v.rand.IntN(len(names))]
		record = replaceFirst(record, eventName, fmt.Sprintf(`"eventName":"%s"`, name))
	}
	if v.chance(45) {
		record = v.older(record)
	}
	if v.chance(8) && !bytes.Contains(record, []byte(`"error`)) {
		record = replaceFirst(record, response, fmt.Sprintf(
			`"errorCode":"%s","errorMessage":"The call was refused for reasons of the caller's rights.","responseElements":null`,
			errorCodes[v.rand.IntN(len(errorCodes))]))
	}
	return record
}

// older returns a record as it was written some years ago: without the members that have been
// added since, and with shorter user agents.
func (v *variation) older(record []byte) []byte {
	record = tlsDetails.ReplaceAll(record, nil)
	record = inScopeOf.ReplaceAll(record, nil)
	if agent := userAgent.Find(record); len(agent) > 60 {
		record = replaceFirst(record, userAgent, `"userAgent":"`+oldAgents[v.rand.IntN(len(oldAgents))]+`"`)
	}
	return record
}

func (v *variation) chance(percent int) bool { return v.rand.IntN(100) < percent }

// replaceFirst returns text with the first match of re replaced, if there is one.
func replaceFirst(text []byte, re *regexp.Regexp, by string) []byte {
	at := re.FindIndex(text)
	if at == nil {
		return text
	}
	out := append([]byte(nil), text[:at[0]]...)
	return append(append(out, by...), text[at[1]:]...)
}

var oldAgents = []string{
	"console.amazonaws.com",
	"aws-cli/1.16.266 Python/2.7.16 Linux/4.14.146-93.123.amzn1.x86_64 botocore/1.13.2",
	"Boto3/1.9.60 Python/3.6.5 Linux/4.14.77-69.57.amzn1.x86_64 exec-env/AWS_Lambda_python3.6 Botocore/1.12.60",
	"aws-sdk-go/1.25.43 (go1.13.4; linux; amd64) APN/1.0 HashiCorp/1.0 Terraform/0.12.17",
	"aws-internal/3 aws-sdk-java/1.11.665 Linux/4.9.184-0.1.ac.235.83.329.metal1.x86_64",
	"S3Console/0.4, aws-internal/3",
}

var errorCodes = []string{
	"AccessDenied", "AccessDenied", "AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation",
	"UnauthorizedOperation", "NoSuchEntityException", "ThrottlingException", "ResourceNotFoundException",
}

// reads lists calls that read, by service, beside those that package synth makes.
var reads = map[string]string{
	"autoscaling":    `DescribePolicies DescribeLaunchConfigurations DescribeScalingActivities`,
	"cloudformation": `ListStackResources DescribeStackEvents GetTemplate DescribeStackResources`,
	"cloudtrail":     `GetEventSelectors ListTrails GetTrail ListTags GetInsightSelectors`,
	"config": `DescribeConfigRules DescribeDeliveryChannels DescribeComplianceByConfigRule
		SelectResourceConfig GetDiscoveredResourceCounts DescribeConfigurationRecorders`,
	"dynamodb": `ListTables DescribeContinuousBackups DescribeTimeToLive ListBackups`,
	"ec2": `DescribeAddresses DescribeAvailabilityZones DescribeCustomerGateways
		DescribeDhcpOptions DescribeEgressOnlyInternetGateways DescribeHosts DescribeImages
		DescribeInternetGateways DescribeKeyPairs DescribeLaunchTemplates
		DescribeLaunchTemplateVersions DescribeManagedPrefixLists DescribeNetworkAcls
		DescribePlacementGroups DescribeReservedInstances DescribeSecurityGroupRules
		DescribeSnapshots DescribeSpotInstanceRequests DescribeTransitGateways
		DescribeVpcPeeringConnections DescribeVpnConnections DescribeVpnGateways
		DescribeVolumesModifications DescribeInstanceTypes DescribeInstanceAttribute
		DescribeIamInstanceProfileAssociations DescribeAccountAttributes
		DescribeCapacityReservations`,
	"ecs": `ListClusters DescribeClusters DescribeServices ListTasks DescribeTasks`,
	"elasticloadbalancing": `DescribeListeners DescribeRules DescribeTargetGroups DescribeTags
		DescribeLoadBalancerAttributes`,
	"iam": `GetUser GetGroup GetInstanceProfile GetLoginProfile GetAccountAuthorizationDetails
		GetCredentialReport GetOpenIDConnectProvider GetRolePolicy GetUserPolicy
		ListAccountAliases ListAttachedUserPolicies ListAttachedGroupPolicies
		ListEntitiesForPolicy ListGroups ListGroupsForUser ListInstanceProfiles
		ListInstanceProfilesForRole ListMFADevices ListOpenIDConnectProviders ListPolicies
		ListPolicyVersions ListRolePolicies ListRoleTags ListSAMLProviders
		ListServerCertificates ListSigningCertificates ListUserPolicies ListUserTags
		ListVirtualMFADevices GetServiceLastAccessedDetails`,
	"kms": `DescribeKey GetKeyPolicy GetKeyRotationStatus ListAliases ListGrants
		ListResourceTags ListKeyPolicies`,
	"lambda": `GetPolicy20150331v2 ListEventSourceMappings20150331
		GetFunctionConfiguration20150331v2 ListVersionsByFunction20150331 ListTags20170331
		GetAccountSettings20160819 ListAliases20150331`,
	"logs": `DescribeLogStreams DescribeMetricFilters DescribeSubscriptionFilters
		DescribeResourcePolicies DescribeQueries`,
	"organizations": `DescribeOrganization ListRoots ListPolicies ListParents DescribeAccount
		ListDelegatedAdministrators`,
	"rds": `DescribeDBClusters DescribeDBSnapshots DescribeDBSubnetGroups
		DescribeDBParameterGroups DescribeEventSubscriptions`,
	"s3": `GetBucketLocation GetBucketLogging GetBucketNotification GetBucketOwnershipControls
		GetBucketPolicy GetBucketPolicyStatus GetBucketReplication GetBucketTagging
		GetBucketVersioning GetBucketWebsite GetBucketLifecycle
		GetBucketObjectLockConfiguration GetAccountPublicAccessBlock GetBucketCors
		GetBucketRequestPayment GetAccelerateConfiguration ListObjects`,
	"secretsmanager": `ListSecrets DescribeSecret`,
	"ssm": `DescribeInstanceInformation DescribeParameters GetParameters GetParametersByPath
		ListAssociations ListCommands GetDocument ListInventoryEntries`,
}
