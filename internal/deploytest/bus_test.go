package deploytest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bridge "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queue "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/countertrail/countertrail/rule"
)

// An entry is what PutEvents takes of an event.
type entry struct {
	Source     string
	DetailType string `json:"detail-type"`
	Resources  []string
	Detail     json.RawMessage
}

// putEvent puts an event on the default bus and returns the id that it gets there.
func (r *region) putEvent(t *testing.T, e entry) string {
	t.Helper()
	out := must(r.eventBridge.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []bridge.PutEventsRequestEntry{{
		Source: &e.Source, DetailType: &e.DetailType, Resources: e.Resources, Detail: aws.String(string(e.Detail)),
	}}}))(t)
	if got := out.Entries[0]; got.EventId == nil {
		t.Fatalf("the bus refuses an event: %s: %s", aws.ToString(got.ErrorCode), aws.ToString(got.ErrorMessage))
	}
	return *out.Entries[0].EventId
}

// deployedRules returns what the bus says about its rules, by the ids of the rules given. They are
// told by their descriptions, for their names are generated.
func (r *region) deployedRules(t *testing.T, rules []rule.Rule) map[string]*eventbridge.DescribeRuleOutput {
	t.Helper()
	ids := make(map[string]string)
	for _, r := range rules {
		ids[r.ID+" "+r.Title] = r.ID
	}
	deployed := make(map[string]*eventbridge.DescribeRuleOutput)
	for list := (&eventbridge.ListRulesInput{}); ; {
		page := must(r.eventBridge.ListRules(t.Context(), list))(t)
		for _, l := range page.Rules {
			if id, ok := ids[aws.ToString(l.Description)]; ok {
				deployed[id] = must(r.eventBridge.DescribeRule(t.Context(), &eventbridge.DescribeRuleInput{Name: l.Name}))(t)
			}
		}
		if list.NextToken = page.NextToken; page.NextToken == nil {
			return deployed
		}
	}
}

// enable makes MiniStack deliver the events of a rule with a state that it does not know.
func (r *region) enable(t *testing.T, deployed *eventbridge.DescribeRuleOutput) {
	t.Helper()
	if deployed.State == bridge.RuleStateEnabledWithAllCloudtrailManagementEvents {
		must(r.eventBridge.EnableRule(t.Context(), &eventbridge.EnableRuleInput{Name: deployed.Name}))(t)
	}
}

// tap gives a rule a further target, a queue that gets events as they are, and returns its URL.
func (r *region) tap(t *testing.T, deployed *eventbridge.DescribeRuleOutput) string {
	t.Helper()
	url, arn := r.queue(t, "tap-"+*deployed.Name)
	must(r.eventBridge.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: deployed.Name, Targets: []bridge.Target{{Id: aws.String("Tap"), Arn: &arn}},
	}))(t)
	return url
}

// listen subscribes a queue to a topic and returns its URL.
func (r *region) listen(t *testing.T, topic string) string {
	t.Helper()
	url, arn := r.queue(t, "listener")
	must(r.sns.Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &arn, Attributes: map[string]string{"RawMessageDelivery": "true"},
	}))(t)
	return url
}

// queue makes a queue that rules and topics of the account can put messages into.
func (r *region) queue(t *testing.T, name string) (url, arn string) {
	t.Helper()
	url = *must(r.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}))(t).QueueUrl
	attributes := must(r.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []queue.QueueAttributeName{queue.QueueAttributeNameQueueArn},
	}))(t)
	arn = attributes.Attributes[string(queue.QueueAttributeNameQueueArn)]
	policy := fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage",
		"Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}, "Resource": %q}]}`, arn)
	must(r.sqs.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{
		QueueUrl: &url, Attributes: map[string]string{string(queue.QueueAttributeNamePolicy): policy},
	}))(t)
	return url, arn
}

// receive takes all messages out of a queue.
func (r *region) receive(t *testing.T, url string) []string {
	t.Helper()
	var all []string
	for {
		out := must(r.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10}))(t)
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			all = append(all, *m.Body)
			must(r.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}))(t)
		}
	}
}

// await takes messages out of a queue until one has all of the given parts.
func (r *region) await(t *testing.T, url string, parts ...string) string {
	t.Helper()
	var seen []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		for _, m := range r.receive(t, url) {
			if seen = append(seen, m); containsAll(m, parts) {
				return m
			}
		}
	}
	t.Fatalf("no message with %q came within a minute; those that did:\n%s", parts, strings.Join(seen, "\n\n"))
	return ""
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

// cloudTrailEvent returns the event of a call on a trail that alice makes now or, if role is the ARN of
// one, a session of that role.
func cloudTrailEvent(call, trail, region, role string) entry {
	identity := fmt.Sprintf(`{"type": "IAMUser", "principalId": "AIDAEXAMPLE",
		"arn": "arn:aws:iam::%[1]s:user/alice", "accountId": %[1]q, "userName": "alice"}`, accountID)
	if role != "" {
		name := role[strings.LastIndex(role, "/")+1:]
		identity = fmt.Sprintf(`{"type": "AssumedRole", "principalId": "AROAEXAMPLE:function",
			"arn": "arn:aws:sts::%[1]s:assumed-role/%[2]s/function", "accountId": %[1]q,
			"sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE",
				"arn": %[3]q, "accountId": %[1]q, "userName": %[2]q}}}`, accountID, name, role)
	}
	detail := fmt.Sprintf(`{"eventVersion": "1.11", "userIdentity": %s, "eventTime": %q,
		"eventSource": "cloudtrail.amazonaws.com", "eventName": %q, "awsRegion": %q,
		"sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2",
		"requestParameters": {"name": %q}, "responseElements": null,
		"requestID": "00000000-0000-4000-8000-000000000002", "eventID": %q, "readOnly": false,
		"eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": %q, "eventCategory": "Management"}`,
		identity, time.Now().UTC().Format(time.RFC3339), call, region, trail, call+"-"+role, accountID)
	return entry{Source: "aws.cloudtrail", DetailType: "AWS API Call via CloudTrail", Detail: json.RawMessage(detail)}
}
