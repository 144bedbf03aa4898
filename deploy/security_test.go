package deploy_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countertrail/countertrail/rule"
)

// What holds for every stack, whatever its rules are called.
func TestSecurity(t *testing.T) {
	for name, s := range stacks(t) {
		t.Run(name, func(t *testing.T) {
			tp := newTemplate(t, s)
			for _, test := range []struct {
				name string
				f    func(*testing.T, *template)
			}{
				{"policies", testPolicies}, {"targets", testTargets}, {"permissions", testPermissions}, {"dead letters", testDeadLetters},
				{"alarms", testAlarms}, {"silence", testSilence}, {"function", testFunction}, {"encryption", testEncryption}, {"names", testNames}, {"topic", testTopic}, {"trail", testTrail},
			} {
				t.Run(test.name, func(t *testing.T) { test.f(t, tp) })
			}
		})
	}
}

// asList returns v as a list: policies may leave the brackets out.
func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// root is the principal that stands for an account's own IAM policies.
var root = object{"AWS": object{"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}

// No statement allows anything to everybody, or everything to anybody; but that of a key that hands
// the decision to IAM, without which nobody could ever administer it.
func testPolicies(t *testing.T, tp *template) {
	statements := 0
	for id, r := range tp.section("Resources") {
		isKey := r.(object)["Type"] == "AWS::KMS::Key"
		walk(r, func(o object) bool {
			list, ok := o["Statement"].([]any)
			if !ok {
				return true
			}
			for _, item := range list {
				st := item.(object)
				statements++
				if st["Effect"] == "Deny" {
					continue
				}
				hasPrincipal := isKey || strings.HasSuffix(id, "Policy") || strings.Contains(id, "Role") && st["Action"] == "sts:AssumeRole"
				if _, ok := st["Principal"]; ok != hasPrincipal {
					t.Errorf("%s: a principal: %t, want %t: %v", id, ok, hasPrincipal, st)
				}
				walk(object{"Principal": st["Principal"]}, func(o object) bool {
					for _, v := range o {
						if slices.Contains(asList(v), any("*")) {
							t.Errorf("%s allows something to everybody: %v", id, st)
						}
					}
					return true
				})
				for _, a := range asList(st["Action"]) {
					delegates := isKey && a == "kms:*" && cmp.Equal(st["Principal"], any(root))
					if action := a.(string); (action == "*" || strings.HasSuffix(action, ":*")) && !delegates {
						t.Errorf("%s allows everything: %v", id, st)
					}
				}
				for _, resource := range asList(st["Resource"]) {
					if resource == "*" && !isKey && st["Sid"] != "ReadNetworks" {
						t.Errorf("%s allows something on everything: %v", id, st)
					}
				}
			}
			return true
		})
	}
	if statements < 8 {
		t.Errorf("only %d statements were looked at", statements)
	}
}

// Every target has a dead-letter queue and a retry policy, people get text and the function the event.
func testTargets(t *testing.T, tp *template) {
	for id, r := range tp.ofType("AWS::Events::Rule") {
		targets, _ := properties(r)["Targets"].([]any)
		if id == "Heartbeat" {
			if len(targets) != 0 {
				t.Errorf("the heartbeat has targets")
			}
			continue
		}
		var names []string
		for _, item := range targets {
			target := item.(object)
			names = append(names, target["Id"].(string))
			if !cmp.Equal(target["DeadLetterConfig"], any(object{"Arn": attribute("DeadLetters", "Arn")})) {
				t.Errorf("%s: %s has the dead-letter queue %v", id, target["Id"], target["DeadLetterConfig"])
			}
			policy, _ := target["RetryPolicy"].(object)
			if policy["MaximumEventAgeInSeconds"] == nil || policy["MaximumRetryAttempts"] == nil {
				t.Errorf("%s: %s has the retry policy %v", id, target["Id"], policy)
			}
			if _, transformed := target["InputTransformer"]; transformed != (target["Id"] == "Alerts") {
				t.Errorf("%s: %s gets transformed events: %t", id, target["Id"], transformed)
			}
			if transformer, ok := target["InputTransformer"].(object); ok {
				testMessage(t, id, transformer, properties(r)["Description"].(string))
			}
			if _, ok := target["RoleArn"]; ok {
				t.Errorf("%s: %s has a role, with which EventBridge may not deliver to an encrypted topic", id, target["Id"])
			}
		}
		if !slices.Equal(names, []string{"Alerts"}) && !slices.Equal(names, []string{"Alerts", "Function"}) {
			t.Errorf("%s has the targets %v", id, names)
		}
	}
}

// An alert says which rule fired, and nothing that is not in the paths.
func testMessage(t *testing.T, id string, transformer object, description string) {
	t.Helper()
	template := transformer["InputTemplate"].(string)
	title, rest, _ := strings.Cut(template, "\n")
	words := strings.NewReplacer("<", "(", ">", ")", `"`, "'", `\`, "/").Replace(description)
	if !strings.HasPrefix(title, `"`+words+" (") {
		t.Errorf("%s begins with %s, want %s", id, title, words)
	}
	for name, path := range transformer["InputPathsMap"].(object) {
		if !strings.Contains(rest, "<"+name+">") || !strings.HasPrefix(path.(string), "$.") {
			t.Errorf("%s does not show %s, which is %s", id, name, path)
		}
	}
}

func attribute(resource, name string) object { return object{"Fn::GetAtt": []any{resource, name}} }

// The function can be invoked by the rules that have it as a target, and by nothing else.
func testPermissions(t *testing.T, tp *template) {
	want := make(map[string]any) // conditions of rules with the function as a target, by their ids
	for id, r := range tp.ofType("AWS::Events::Rule") {
		for _, target := range asList(properties(r)["Targets"]) {
			if o, ok := target.(object); ok && o["Id"] == "Function" {
				want[id] = r["Condition"]
			}
		}
	}
	got := make(map[string]any)
	for id, r := range tp.ofType("AWS::Lambda::Permission") {
		p := properties(r)
		source, _ := p["SourceArn"].(object)["Fn::GetAtt"].([]any)
		got[source[0].(string)] = r["Condition"]
		wanted := object{
			"Action": "lambda:InvokeFunction", "FunctionName": object{"Ref": "Function"}, "Principal": "events.amazonaws.com",
			"SourceArn": attribute(source[0].(string), "Arn"), "SourceAccount": object{"Ref": "AWS::AccountId"},
		}
		if diff := cmp.Diff(wanted, p); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules that may invoke the function (-targets +permissions):\n%s", diff)
	}
}

// The queue takes messages of the stack's rules only, of each of them, and only where it is deployed.
func testDeadLetters(t *testing.T, tp *template) {
	policy := properties(tp.section("Resources")["DeadLettersPolicy"].(object))["PolicyDocument"].(object)
	statement := policy["Statement"].([]any)[0].(object)
	got := make(map[string]any)
	for _, arn := range statement["Condition"].(object)["ArnEquals"].(object)["aws:SourceArn"].([]any) {
		var condition any
		if branches, ok := arn.(object)["Fn::If"].([]any); ok {
			condition, arn = branches[0], branches[1]
			if !cmp.Equal(branches[2], any(object{"Ref": "AWS::NoValue"})) {
				t.Errorf("where the rule is not, the queue takes messages of %v", branches[2])
			}
		}
		got[arn.(object)["Fn::GetAtt"].([]any)[0].(string)] = condition
	}
	want := make(map[string]any)
	for id, r := range tp.ofType("AWS::Events::Rule") {
		if id != "Heartbeat" {
			want[id] = r["Condition"]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules whose messages the queue takes (-want +got):\n%s", diff)
	}
	for id, r := range tp.ofType("AWS::Lambda::EventInvokeConfig") {
		destination := properties(r)["DestinationConfig"].(object)["OnFailure"].(object)["Destination"]
		if !cmp.Equal(destination, any(attribute("FunctionDeadLetters", "Arn"))) {
			t.Errorf("%s: what the function fails on goes to %v", id, destination)
		}
	}
}

// Everything that can fail silently has an alarm, and every alarm tells somebody.
func testAlarms(t *testing.T, tp *template) {
	resources := tp.section("Resources")
	type watched struct{ metric, id string }
	want := map[watched]any{
		{"AWS/SQS ApproximateNumberOfMessagesVisible", "DeadLetters"}: nil,
		{"AWS/SNS NumberOfNotificationsFailed", "Topic"}:              nil,
		{"AWS/Events TriggeredRules", "Heartbeat"}:                    nil,
	}
	for id, r := range tp.ofType("AWS::Events::Rule") {
		if id != "Heartbeat" {
			want[watched{"AWS/Events FailedInvocations", id}] = r["Condition"]
			want[watched{"AWS/Events InvocationsFailedToBeSentToDlq", id}] = r["Condition"]
		}
	}
	if resources["Function"] != nil {
		want[watched{"AWS/Lambda Errors", "Function"}] = nil
		want[watched{"AWS/Lambda Throttles", "Function"}] = nil
		want[watched{"AWS/Lambda DestinationDeliveryFailures", "Function"}] = nil
		want[watched{"AWS/SQS ApproximateNumberOfMessagesVisible", "FunctionDeadLetters"}] = nil
	}
	got := make(map[watched]any)
	for id, r := range tp.ofType("AWS::CloudWatch::Alarm") {
		p := properties(r)
		var target string
		for ref := range references(p["Dimensions"]) {
			target = ref
		}
		got[watched{p["Namespace"].(string) + " " + p["MetricName"].(string), target}] = r["Condition"]
		if actions, _ := p["AlarmActions"].([]any); len(actions) != 1 {
			t.Errorf("%s tells nobody", id)
		}
		missing := map[bool]string{true: "breaching", false: "notBreaching"}[target == "Heartbeat"]
		if p["TreatMissingData"] != missing {
			t.Errorf("%s: missing data is %v, want %s", id, p["TreatMissingData"], missing)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what alarms watch (-want +got):\n%s", diff)
	}
}

// The heartbeat counts everything that CloudTrail delivers, and the probe makes a call that changes
// nothing for it to count.
func testSilence(t *testing.T, tp *template) {
	resources := tp.section("Resources")
	heartbeat := properties(resources["Heartbeat"].(object))
	want := object{"source": []any{object{"prefix": "aws."}}, "detail-type": []any{object{"suffix": " via CloudTrail"}}}
	if diff := cmp.Diff(any(want), heartbeat["EventPattern"]); diff != "" || heartbeat["State"] != string(rule.EnabledAll) {
		t.Errorf("the heartbeat is %v and counts (-want +got):\n%s", heartbeat["State"], diff)
	}
	target := properties(resources["Probe"].(object))["Target"].(object)
	var input struct {
		QueueURL string `json:"QueueUrl"`
		Tags     map[string]string
	}
	if err := json.Unmarshal([]byte(target["Input"].(object)["Fn::Sub"].(string)), &input); err != nil {
		t.Fatal(err)
	}
	has := make(map[string]string)
	for _, tag := range properties(resources["DeadLetters"].(object))["Tags"].([]any) {
		has[tag.(object)["Key"].(string)] = tag.(object)["Value"].(string)
	}
	if diff := cmp.Diff(has, input.Tags); diff != "" || input.QueueURL != "${DeadLetters}" {
		t.Errorf("the probe changes the tags of %s (-has +given):\n%s", input.QueueURL, diff)
	}
}

func testFunction(t *testing.T, tp *template) {
	for id, r := range tp.ofType("AWS::Lambda::Function") {
		p := properties(r)
		if p["Runtime"] != "provided.al2023" || !cmp.Equal(p["Role"], any(attribute("FunctionRole", "Arn"))) || p["ReservedConcurrentExecutions"] == nil {
			t.Errorf("%s runs on %v as %v with at most %v instances", id, p["Runtime"], p["Role"], p["ReservedConcurrentExecutions"])
		}
		if !cmp.Equal(p["LoggingConfig"], any(object{"LogGroup": object{"Ref": "FunctionLogs"}})) {
			t.Errorf("%s logs to %v", id, p["LoggingConfig"])
		}
	}
	for id, r := range tp.ofType("AWS::Logs::LogGroup") {
		if properties(r)["RetentionInDays"] == nil {
			t.Errorf("%s is kept for ever", id)
		}
	}
}

func testEncryption(t *testing.T, tp *template) {
	for id, r := range tp.ofType("AWS::SNS::Topic") {
		if !cmp.Equal(properties(r)["KmsMasterKeyId"], any(object{"Ref": "Key"})) {
			t.Errorf("%s is not encrypted with the key", id)
		}
	}
	for id, r := range tp.ofType("AWS::SQS::Queue") {
		if properties(r)["SqsManagedSseEnabled"] != true {
			t.Errorf("%s is not encrypted", id)
		}
	}
	for id, r := range tp.ofType("AWS::KMS::Key") {
		if properties(r)["EnableKeyRotation"] != true {
			t.Errorf("%s is not rotated", id)
		}
	}
}

// Nothing has a name of its own choice, so that a stack can be there twice. A trail must have one, and
// has its bucket's, which is generated.
func testNames(t *testing.T, tp *template) {
	namesOf := map[string]string{
		"AWS::Events::Rule": "Name", "AWS::SNS::Topic": "TopicName", "AWS::SQS::Queue": "QueueName", "AWS::IAM::Role": "RoleName",
		"AWS::Lambda::Function": "FunctionName", "AWS::Logs::LogGroup": "LogGroupName", "AWS::CloudWatch::Alarm": "AlarmName",
		"AWS::S3::Bucket": "BucketName", "AWS::Scheduler::Schedule": "Name", "AWS::KMS::Key": "", "AWS::SNS::TopicPolicy": "",
		"AWS::SNS::Subscription": "", "AWS::SQS::QueuePolicy": "", "AWS::S3::BucketPolicy": "", "AWS::Lambda::Permission": "",
		"AWS::Lambda::EventInvokeConfig": "", "AWS::CloudTrail::Trail": "",
	}
	for _, id := range slices.Sorted(maps.Keys(tp.section("Resources"))) {
		r := tp.section("Resources")[id].(object)
		name, known := namesOf[r["Type"].(string)]
		if !known {
			t.Errorf("%s: how is a %s named?", id, r["Type"])
		}
		if properties(r)[name] != nil {
			t.Errorf("%s is named %v", id, properties(r)[name])
		}
	}
	if trail, ok := tp.section("Resources")["Trail"].(object); ok && !cmp.Equal(properties(trail)["TrailName"], any(object{"Ref": "TrailBucket"})) {
		t.Errorf("the trail is named %v", properties(trail)["TrailName"])
	}
}

// EventBridge may publish, without a condition, which it would not meet; alarms of this account may;
// nobody else.
func testTopic(t *testing.T, tp *template) {
	policy := properties(tp.section("Resources")["TopicPolicy"].(object))["PolicyDocument"].(object)
	got := make(map[string]int)
	for _, item := range policy["Statement"].([]any) {
		st := item.(object)
		condition, _ := st["Condition"].(object)
		got[st["Principal"].(object)["Service"].(string)+" "+st["Action"].(string)] = len(condition)
	}
	if diff := cmp.Diff(map[string]int{"events.amazonaws.com sns:Publish": 0, "cloudwatch.amazonaws.com sns:Publish": 2}, got); diff != "" {
		t.Errorf("who may do what, with how many conditions (-want +got):\n%s", diff)
	}
	publishers := properties(tp.section("Resources")["Key"].(object))["KeyPolicy"].(object)["Statement"].([]any)[1].(object)
	if diff := cmp.Diff(any(object{"Service": []any{"events.amazonaws.com", "cloudwatch.amazonaws.com"}}), publishers["Principal"]); diff != "" {
		t.Errorf("who may encrypt for the topic (-want +got):\n%s", diff)
	}
}

// The trail is made in one Region, and nobody but CloudTrail for this trail writes into its bucket.
func testTrail(t *testing.T, tp *template) {
	for _, id := range slices.Sorted(maps.Keys(tp.section("Resources"))) {
		r := tp.section("Resources")[id].(object)
		if strings.HasPrefix(id, "Trail") != (r["Condition"] == "HasTrail") {
			t.Errorf("%s has the condition %v", id, r["Condition"])
		}
		if !strings.HasPrefix(id, "Trail") {
			continue
		}
		walk(r, func(o object) bool {
			principal, _ := o["Principal"].(object)
			if principal["Service"] == nil {
				return true
			}
			source := o["Condition"].(object)["StringEquals"].(object)["aws:SourceArn"]
			if want := (object{"Fn::Sub": "arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/${TrailBucket}"}); !cmp.Equal(source, any(want)) {
				t.Errorf("%s trusts %v for %v", id, principal, source)
			}
			return true
		})
	}
	bucket, ok := tp.section("Resources")["TrailBucket"].(object)
	if !ok {
		return
	}
	trail := properties(tp.section("Resources")["Trail"].(object))
	for _, name := range []string{"IsLogging", "IsMultiRegionTrail", "IncludeGlobalServiceEvents", "EnableLogFileValidation"} {
		if trail[name] != true {
			t.Errorf("the trail's %s is %v", name, trail[name])
		}
	}
	block := properties(bucket)["PublicAccessBlockConfiguration"].(object)
	if diff := cmp.Diff(object{"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}, block); diff != "" {
		t.Errorf("public access (-want +got):\n%s", diff)
	}
	for _, id := range []string{"TrailBucket", "TrailKey"} {
		if r := tp.section("Resources")[id].(object); r["DeletionPolicy"] != "Retain" || r["UpdateReplacePolicy"] != "Retain" {
			t.Errorf("the logs go with the stack: %s", id)
		}
	}
}

// The function's role can do what the stack says, what it writes only where it enforces.
func TestFunctionRole(t *testing.T) {
	tp := newTemplate(t, full())
	got := make(map[string][]string) // actions by the name of the policy
	resources := make(map[string][]any)
	conditional := make(map[string]any)
	const trails = "arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/"
	for _, item := range properties(tp.section("Resources")["FunctionRole"].(object))["Policies"].([]any) {
		policy := item.(object)
		var condition any
		if branches, ok := policy["Fn::If"].([]any); ok {
			condition, policy = branches[0], branches[1].(object)
			if !cmp.Equal(branches[2], any(object{"Ref": "AWS::NoValue"})) {
				t.Errorf("otherwise the role has %v", branches[2])
			}
		}
		name := policy["PolicyName"].(string)
		conditional[name] = condition
		for _, st := range policy["PolicyDocument"].(object)["Statement"].([]any) {
			resources[name] = append(resources[name], st.(object)["Resource"])
			for _, a := range asList(st.(object)["Action"]) {
				got[name] = append(got[name], a.(string))
			}
		}
	}
	want := map[string][]string{
		"Work":  {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage", "sns:Publish", "kms:Decrypt", "kms:GenerateDataKey*"},
		"Read":  {"cloudtrail:GetTrail", "cloudtrail:GetTrailStatus", "ec2:DescribeSecurityGroups"},
		"Write": {"cloudtrail:StartLogging"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"Work": nil, "Read": nil, "Write": "Enforce"}, conditional); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	for name, want := range map[string][]any{
		"Read":  {[]any{object{"Fn::Sub": trails + "*"}}, []any{"*"}},
		"Write": {[]any{object{"Fn::Sub": trails + "${!aws:PrincipalTag/trail}"}, "arn:aws:cloudtrail:eu-west-1:123456789012:trail/x"}},
	} {
		if diff := cmp.Diff(want, resources[name]); diff != "" {
			t.Errorf("resources of %s (-want +got):\n%s", name, diff)
		}
	}
	enforce := tp.section("Conditions")["Enforce"]
	if diff := cmp.Diff(any(object{"Fn::Equals": []any{object{"Ref": "Mode"}, "enforce"}}), enforce); diff != "" {
		t.Errorf("when it enforces (-want +got):\n%s", diff)
	}
	if mode := tp.section("Parameters")["Mode"].(object)["Default"]; mode != "observe" {
		t.Errorf("unless it is told otherwise it does %v", mode)
	}
	variables := properties(tp.section("Resources")["Function"].(object))["Environment"].(object)["Variables"]
	wantVariables := object{
		"TOPIC": object{"Ref": "Topic"}, "ROLE": attribute("FunctionRole", "Arn"), "MODE": object{"Ref": "Mode"},
		"GREETING": full().Function.Variables["GREETING"],
	}
	if diff := cmp.Diff(any(wantVariables), variables); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

// A function that is given no topic may not publish, and one that writes nothing has no policy for it.
func TestFunctionRoleOfLess(t *testing.T) {
	s := full()
	s.Function.TopicVariable, s.Function.Writes = "", nil
	resources := newTemplate(t, s).section("Resources")
	variables := properties(resources["Function"].(object))["Environment"].(object)["Variables"].(object)
	if got := slices.Sorted(maps.Keys(variables)); !slices.Equal(got, []string{"GREETING", "MODE", "ROLE"}) {
		t.Errorf("variables %v", got)
	}
	walk(resources["FunctionRole"], func(o object) bool {
		for _, a := range asList(o["Action"]) {
			if a == "sns:Publish" || a == "kms:Decrypt" {
				t.Errorf("the role may %v", a)
			}
		}
		if o["PolicyName"] == "Write" {
			t.Error("the role may write")
		}
		return true
	})
}
