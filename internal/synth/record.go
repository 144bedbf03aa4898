package synth

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A call is what was called and what came of it.
type call struct {
	name     string // "ec2:DescribeInstances"
	region   string
	params   any // nil for null
	response any

	errorCode    string
	errorMessage string

	additional object // additionalEventData
	details    object // serviceEventDetails
	resources  list

	requestID  string // made if empty
	sharedID   string // sharedEventID, for an action that two accounts see
	endpoint   string // vpcEndpointId
	apiVersion string
	host       string // clientProvidedHostHeader, if it is not the service's endpoint
	kind       string // eventType, "AwsApiCall" if empty
	category   string // eventCategory, "Management" if empty
}

// versions holds the record versions that services write, where it is not the newest.
var versions = map[string]string{"signin": "1.08", "sso": "1.08", "sts": "1.10", "ec2": "1.10", "ssm": "1.08", "rds": "1.09"}

// emit adds the record of a call to the day.
func (d *day) emit(at time.Time, c caller, k call) {
	service, name, _ := strings.Cut(k.name, ":")
	kind, category := cmp.Or(k.kind, "AwsApiCall"), cmp.Or(k.category, "Management")
	r := obj(
		"eventVersion", cmp.Or(versions[service], "1.11"),
		"userIdentity", c.identity,
		"eventTime", isoDate(at),
		"eventSource", service+".amazonaws.com",
		"eventName", name,
		"awsRegion", k.region,
		"sourceIPAddress", c.ip,
		"userAgent", c.agent,
	)
	add := func(present bool, key string, value any) {
		if present {
			r = append(r, member{key, value})
		}
	}
	add(k.errorCode != "", "errorCode", k.errorCode)
	add(k.errorMessage != "", "errorMessage", k.errorMessage)
	r = append(r, member{"requestParameters", k.params}, member{"responseElements", k.response})
	add(k.additional != nil, "additionalEventData", k.additional)
	if service != "signin" && kind != "AwsServiceEvent" {
		if k.requestID == "" {
			k.requestID = d.uuid()
		}
		r = append(r, member{"requestID", k.requestID})
	}
	r = append(r, member{"eventID", d.uuid()}, member{"readOnly", isRead(name)})
	add(k.resources != nil, "resources", k.resources)
	r = append(r, member{"eventType", kind})
	add(k.apiVersion != "", "apiVersion", k.apiVersion)
	r = append(r, member{"managementEvent", category == "Management"}, member{"recipientAccountId", c.account})
	add(k.sharedID != "", "sharedEventID", k.sharedID)
	add(k.details != nil, "serviceEventDetails", k.details)
	add(k.endpoint != "", "vpcEndpointId", k.endpoint)
	r = append(r, member{"eventCategory", category})
	switch {
	case c.service || kind == "AwsServiceEvent":
	case c.console && kind == "AwsApiCall":
		// The one boolean that has always been a string.
		r = append(r, member{"sessionCredentialFromConsole", "true"})
	default:
		r = append(r, member{"tlsDetails", d.tls(cmp.Or(k.host, host(service, k.region)))})
	}
	if d.chance(4) {
		// Some sources sort the keys, which carries no meaning.
		slices.SortFunc(r, func(a, b member) int { return strings.Compare(a.key, b.key) })
	}
	d.add(at, r)
}

// reads holds how the names of calls begin that read, or that count as reads.
var reads = []string{"AssumeRole", "BatchGet", "Decrypt", "Describe", "GenerateDataKey", "Get", "Head", "List", "Lookup"}

func isRead(name string) bool {
	return slices.ContainsFunc(reads, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// add adds a record to the day.
func (d *day) add(at time.Time, record object) {
	d.records = append(d.records, timed{at, appendJSON(nil, record)})
}

func (d *day) tls(host string) object {
	if d.chance(25) {
		return obj("tlsVersion", "TLSv1.2", "cipherSuite", "ECDHE-RSA-AES128-GCM-SHA256", "clientProvidedHostHeader", host)
	}
	o := obj("tlsVersion", "TLSv1.3", "cipherSuite", "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader", host)
	if d.chance(30) {
		o = append(o, member{"keyExchange", "X25519MLKEM768"})
	}
	return o
}

// ec2 emits a write call of EC2 in the form of its older calls: the response repeats the request
// id and, if it has nothing else to say, says true.
func (d *day) ec2(at time.Time, c caller, region, name string, params object, response ...any) {
	id := d.uuid()
	if len(response) == 0 {
		response = []any{"_return", true}
	}
	d.emit(at, c, call{
		name: "ec2:" + name, region: region, params: params, requestID: id,
		response: append(obj("requestId", id), obj(response...)...),
	})
}

// iam emits a call of IAM, all of which are logged in Virginia.
func (d *day) iam(at time.Time, c caller, name string, params, response any) {
	d.emit(at, c, call{name: "iam:" + name, region: virginia, params: params, response: response})
}

// bucketCall emits a call on a bucket's configuration, whose parameters hold an empty member
// named as the part of the bucket that it concerns.
func (d *day) bucketCall(at time.Time, c caller, region, name, bucket, marker string, more ...any) {
	h := bucket + ".s3." + region + ".amazonaws.com"
	params := append(obj("bucketName", bucket, "Host", h), obj(more...)...)
	d.emit(at, c, call{
		name: "s3:" + name, region: region, host: h,
		params:     append(params, member{marker, ""}),
		additional: d.transfer(0),
		requestID:  d.fresh(16, base32),
		resources:  bucketResource(c.account, bucket),
	})
}

// kms emits a write call on a key, which the parameters and the response name, and the resources
// too.
func (d *day) kms(at time.Time, c caller, region, name, key string, params, response object) {
	id := obj("keyId", d.keyARN(c.account, region, key))
	d.emit(at, c, call{
		name: "kms:" + name, region: region, params: append(id[:1:1], params...), response: append(id[:1:1], response...),
		resources: d.keyResource(c.account, region, key),
	})
}

// resource returns the resources of a call that concerns one.
func resource(account, typ, arn string) list {
	return list{obj("accountId", account, "type", typ, "ARN", arn)}
}

func bucketResource(account, bucket string) list {
	return resource(account, "AWS::S3::Bucket", "arn:aws:s3:::"+bucket)
}

func (d *day) keyResource(account, region, name string) list {
	return resource(account, "AWS::KMS::Key", d.keyARN(account, region, name))
}

// transfer returns what S3 adds about a transfer of so many bytes.
func (d *day) transfer(bytes int) object {
	return obj(
		"SignatureVersion", "SigV4",
		"CipherSuite", "TLS_AES_128_GCM_SHA256",
		"bytesTransferredIn", bytes,
		"AuthenticationMethod", "AuthHeader",
		"x-amz-id-2", d.fresh(75, base62)+"=",
		"bytesTransferredOut", 0,
	)
}
