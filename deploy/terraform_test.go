package deploy_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/countertrail/countertrail/deploy"
	"github.com/countertrail/countertrail/rule"
)

func TestTerraformGolden(t *testing.T) {
	for _, f := range terraform(t, full()) {
		if f.Name == "locals.tf" { // the others are as they are embedded
			golden(t, "full.locals.tf", f.Data)
		}
	}
}

func terraform(t testing.TB, s *deploy.Stack) []deploy.File {
	t.Helper()
	files, err := s.Terraform()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTerraformFiles(t *testing.T) {
	for _, tt := range []struct {
		change func(*deploy.Stack)
		want   string
	}{
		{func(s *deploy.Stack) {}, "alarms.tf alerts.tf function.tf locals.tf outputs.tf rules.tf silence.tf trail.tf variables.tf versions.tf"},
		{func(s *deploy.Stack) { s.Function, s.Trail = nil, false }, "alarms.tf alerts.tf locals.tf outputs.tf rules.tf silence.tf variables.tf versions.tf"},
	} {
		s := full()
		tt.change(s)
		var names []string
		for _, f := range terraform(t, s) {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("files %s, want %s", got, tt.want)
		}
	}
}

// Rules arrive as they were: pattern, state, Regions, what they say.
func TestModuleRules(t *testing.T) {
	for name, s := range stacks(t) {
		t.Run(name, func(t *testing.T) {
			rules := newModule(t, terraform(t, s)).local(t, "rules").AsValueMap()
			if len(rules) != len(s.Rules) {
				t.Errorf("%d rules are deployed, want %d", len(rules), len(s.Rules))
			}
			deployed := make(map[string]cty.Value) // by description: ids are normalised on their way
			for _, r := range rules {
				deployed[r.GetAttr("description").AsString()] = r
			}
			for _, r := range s.Rules {
				description := cty.StringVal(visible(r.ID + " " + r.Title)).AsString()
				got, ok := deployed[description]
				if !ok {
					t.Errorf("no rule is described as %q", description)
					continue
				}
				want := r.State
				if want == "" {
					want = rule.Enabled
				}
				if got.GetAttr("state").AsString() != string(want) {
					t.Errorf("rule %q has the state %v, want %s", r.ID, got.GetAttr("state"), want)
				}
				if regions := stringsOf(got.GetAttr("regions")); !slices.Equal(regions, r.Regions) {
					t.Errorf("rule %q is deployed in the Regions %v, want %v", r.ID, regions, r.Regions)
				}
				samePattern(t, r, got.GetAttr("pattern").AsString())
			}
		})
	}
}

func TestModuleDeterministic(t *testing.T) {
	for name, s := range stacks(t) {
		if diff := cmp.Diff(terraform(t, s), terraform(t, s)); diff != "" {
			t.Errorf("%s: two modules of one stack differ:\n%s", name, diff)
		}
	}
}

func TestModuleFormat(t *testing.T) {
	for name, s := range stacks(t) {
		for _, f := range terraform(t, s) {
			if !bytes.Equal(hclwrite.Format(f.Data), f.Data) {
				t.Errorf("%s: %s is not formatted", name, f.Name)
			}
			if !bytes.HasSuffix(f.Data, []byte("}\n")) || bytes.HasSuffix(f.Data, []byte("\n\n")) {
				t.Errorf("%s: %s does not end with one newline", name, f.Name)
			}
			for i, l := range bytes.Split(f.Data, []byte("\n")) {
				if bytes.HasSuffix(l, []byte(" ")) {
					t.Errorf("%s: %s:%d ends with a space", name, f.Name, i+1)
				}
			}
		}
	}
}

// functionLocals are the values that function.tf works with.
func TestModuleFunction(t *testing.T) {
	m := newModule(t, terraform(t, full()))
	settings := m.local(t, "function")
	if got, want := stringsOf(settings.GetAttr("rules")), full().Function.Rules; !slices.Equal(got, want) {
		t.Errorf("rules %v, want %v", got, want)
	}
	for name, want := range map[string]int64{"memory": 256, "timeout": 90, "concurrency": 2, "log_days": 365} {
		if got, _ := settings.GetAttr(name).AsBigFloat().Int64(); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	variables := make(map[string]string)
	for name, v := range settings.GetAttr("variables").AsValueMap() {
		variables[name] = v.AsString()
	}
	wantVariables := map[string]string{"TOPIC": "topic", "ROLE": "role", "MODE": "mode", "GREETING": full().Function.Variables["GREETING"]}
	if diff := cmp.Diff(wantVariables, variables); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	statements := func(name string) []deploy.Statement {
		var all []deploy.Statement
		for _, st := range m.local(t, name).AsValueSlice() {
			all = append(all, deploy.Statement{
				Sid: st.GetAttr("sid").AsString(), Actions: stringsOf(st.GetAttr("actions")), Resources: stringsOf(st.GetAttr("resources")),
			})
		}
		return all
	}
	here := strings.NewReplacer("{partition}", "aws", "{region}", "eu-west-1", "{account}", "123456789012")
	expand := func(list []deploy.Statement) []deploy.Statement {
		for _, st := range list {
			for i, r := range st.Resources {
				st.Resources[i] = here.Replace(r)
			}
		}
		return list
	}
	for name, want := range map[string][]deploy.Statement{
		"function_reads":  expand(full().Function.Reads),
		"function_writes": expand(full().Function.Writes),
		"function_tells": {
			{Sid: "Tell", Actions: []string{"sns:Publish"}, Resources: []string{"topic"}},
			{Sid: "EncryptWhatIsTold", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey*"}, Resources: []string{"key"}},
		},
	} {
		if diff := cmp.Diff(want, statements(name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	s := full()
	s.Function.TopicVariable = ""
	m = newModule(t, terraform(t, s))
	if v := m.local(t, "function_tells"); v.LengthInt() != 0 {
		t.Errorf("without a topic the function may %#v", v)
	}
	delete(variables, "TOPIC")
	if got, want := slices.Sorted(maps.Keys(m.local(t, "function").GetAttr("variables").AsValueMap())), slices.Sorted(maps.Keys(variables)); !slices.Equal(got, want) {
		t.Errorf("without a topic the function has the variables %v, want %v", got, want)
	}
}

func TestModuleSecurity(t *testing.T) {
	files := terraform(t, full())
	m := newModule(t, files)
	for _, tt := range []struct {
		block  string
		path   string
		want   string
		reason string
	}{
		{"aws_cloudwatch_event_rule.rule", "for_each", "local.rules_here", "rules are where their events arrive"},
		{"aws_cloudwatch_event_rule.rule", "state", "each.value.state", "in their state"},
		{"aws_cloudwatch_event_rule.rule", "event_pattern", "each.value.pattern", "with their pattern"},
		{"aws_cloudwatch_event_target.alerts", "for_each", "local.rules_here", "every rule alerts"},
		{"aws_cloudwatch_event_target.alerts", "dead_letter_config.arn", "aws_sqs_queue.dead_letters.arn", "and loses nothing"},
		{"aws_cloudwatch_event_target.alerts", "retry_policy.maximum_retry_attempts", "185", ""},
		{"aws_cloudwatch_event_target.alerts", "input_transformer.input_template", "chomp(each.value.message)", "in words"},
		{"aws_cloudwatch_event_target.alerts", "role_arn", "", "with a role EventBridge may not deliver to an encrypted topic"},
		{"aws_cloudwatch_event_target.function", "for_each", "local.function_rules_here", "the function gets what it answers"},
		{"aws_cloudwatch_event_target.function", "dead_letter_config.arn", "aws_sqs_queue.dead_letters.arn", ""},
		{"aws_cloudwatch_event_target.function", "retry_policy.maximum_event_age_in_seconds", "3600", ""},
		{"aws_cloudwatch_event_target.function", "input_transformer.input_template", "", "as it is"},
		{"aws_lambda_permission.rule", "for_each", "local.function_rules_here", "and of nobody else"},
		{"aws_lambda_permission.rule", "source_arn", "aws_cloudwatch_event_rule.rule[each.key].arn", ""},
		{"aws_lambda_permission.rule", "source_account", "local.account", ""},
		{"aws_lambda_function.function", "runtime", `"provided.al2023"`, ""},
		{"aws_lambda_function_event_invoke_config.function", "destination_config.on_failure.destination", "aws_sqs_queue.function_dead_letters.arn", ""},
		{"aws_sns_topic.alerts", "kms_master_key_id", "aws_kms_key.alerts.arn", "EventBridge cannot use a key that AWS manages"},
		{"aws_sqs_queue.dead_letters", "sqs_managed_sse_enabled", "true", ""},
		{"aws_sqs_queue.function_dead_letters", "sqs_managed_sse_enabled", "true", ""},
		{"aws_cloudwatch_metric_alarm.alarm", "for_each", "local.alarms", "everything is watched"},
		{"aws_cloudwatch_metric_alarm.function", "for_each", "local.function_alarms", ""},
		{"aws_cloudwatch_metric_alarm.silence", "dimensions", "{ RuleName = aws_cloudwatch_event_rule.heartbeat.name }", ""},
		{"aws_cloudwatch_metric_alarm.silence", "treat_missing_data", `"breaching"`, "silence is a breach"},
		{"aws_cloudtrail.trail", "count", "local.trails", "in one Region"},
		{"aws_cloudtrail.trail", "kms_key_id", "aws_kms_key.trail[0].arn", ""},
		{"aws_kms_key.trail", "lifecycle.prevent_destroy", "true", "without the key the logs cannot be read"},
		{"aws_s3_bucket.trail", "lifecycle.prevent_destroy", "true", ""},
		{"aws_cloudtrail.trail", "is_multi_region_trail", "true", ""},
		{"aws_s3_bucket_public_access_block.trail", "block_public_acls", "true", ""},
		{"aws_s3_bucket_public_access_block.trail", "block_public_policy", "true", ""},
		{"aws_s3_bucket_public_access_block.trail", "ignore_public_acls", "true", ""},
		{"aws_s3_bucket_public_access_block.trail", "restrict_public_buckets", "true", ""},
		{"data.aws_iam_policy_document.function", "dynamic.for_each",
			`concat(local.function_tells, local.function_reads, var.mode == "enforce" ? local.function_writes : [])`, "it writes only to enforce"},
		{"var.mode", "default", `"observe"`, "unless somebody decides otherwise"},
		{"var.subscriptions", "default", "", "somebody must say who is alerted"},
		{"var.trail_region", "default", "null", ""},
	} {
		found := false
		for _, b := range m.blocks {
			if address(b) != tt.block {
				continue
			}
			found = true
			if got := source(files, b.Body, strings.Split(tt.path, ".")...); got != tt.want {
				t.Errorf("%s: %s is %q, want %q: %s", tt.block, tt.path, got, tt.want, tt.reason)
			}
		}
		if !found {
			t.Errorf("there is no %s", tt.block)
		}
	}
}

// Rules, and the trail, are made where they belong.
func TestModuleRegions(t *testing.T) {
	s := full()
	m := newModule(t, terraform(t, s))
	rules := m.local(t, "rules")
	for _, region := range []string{"us-east-1", "eu-west-1", "cn-north-1"} {
		variables := map[string]cty.Value{
			"local": cty.ObjectVal(map[string]cty.Value{"rules": rules, "region": cty.StringVal(region)}),
			"var":   values("trail_region", "eu-west-1"),
		}
		rulesHere := m.evaluate(t, "rules_here", variables)
		here := rulesHere.AsValueMap()
		answered := m.evaluate(t, "function_rules_here", map[string]cty.Value{
			"local": cty.ObjectVal(map[string]cty.Value{"rules_here": rulesHere, "function": m.local(t, "function")}),
		}).AsValueMap()
		for _, r := range s.Rules {
			want := len(r.Regions) == 0 || slices.Contains(r.Regions, region)
			if _, got := here[r.ID]; got != want {
				t.Errorf("rule %q is made in %s: %t, want %t", r.ID, region, got, want)
			}
			want = want && slices.Contains(s.Function.Rules, r.ID)
			if _, got := answered[r.ID]; got != want {
				t.Errorf("the function answers rule %q in %s: %t, want %t", r.ID, region, got, want)
			}
		}
		if got, _ := m.evaluate(t, "trails", variables).AsBigFloat().Int64(); (got == 1) != (region == "eu-west-1") {
			t.Errorf("%d trails are made in %s", got, region)
		}
	}
}

// Everything that can fail silently has an alarm of its own.
func TestModuleAlarms(t *testing.T) {
	m := newModule(t, terraform(t, full()))
	rule := func(id string) cty.Value { return values("description", "of "+id, "name", "name of "+id) }
	variables := map[string]cty.Value{
		"local":                     cty.ObjectVal(map[string]cty.Value{"rules_here": cty.ObjectVal(map[string]cty.Value{"4.5": rule("4.5"), "root": rule("root")})}),
		"aws_cloudwatch_event_rule": cty.ObjectVal(map[string]cty.Value{"rule": cty.ObjectVal(map[string]cty.Value{"4.5": rule("4.5"), "root": rule("root")})}),
		"aws_sns_topic":             cty.ObjectVal(map[string]cty.Value{"alerts": values("name", "topic")}),
		"aws_sqs_queue":             cty.ObjectVal(map[string]cty.Value{"dead_letters": values("name", "queue"), "function_dead_letters": values("name", "queue of the function")}),
		"aws_lambda_function":       cty.ObjectVal(map[string]cty.Value{"function": values("function_name", "function")}),
	}
	var got []string
	names := make(map[string]bool)
	for _, local := range []string{"alarms", "function_alarms"} {
		for key, a := range m.evaluate(t, local, variables).AsValueMap() {
			for dimension, value := range a.GetAttr("dimensions").AsValueMap() {
				got = append(got, strings.Join(stringsOf(a.GetAttr("metric")), " ")+" "+dimension+" "+value.AsString())
			}
			name := key
			if local == "alarms" {
				name = a.GetAttr("name").AsString()
			}
			if names[name] {
				t.Errorf("two alarms are named %s", name)
			}
			names[name] = true
		}
	}
	slices.Sort(got)
	want := []string{
		"AWS/Events FailedInvocations RuleName name of 4.5",
		"AWS/Events FailedInvocations RuleName name of root",
		"AWS/Events InvocationsFailedToBeSentToDlq RuleName name of 4.5",
		"AWS/Events InvocationsFailedToBeSentToDlq RuleName name of root",
		"AWS/Lambda DestinationDeliveryFailures FunctionName function",
		"AWS/Lambda Errors FunctionName function",
		"AWS/Lambda Throttles FunctionName function",
		"AWS/SNS NumberOfNotificationsFailed TopicName topic",
		"AWS/SQS ApproximateNumberOfMessagesVisible QueueName queue",
		"AWS/SQS ApproximateNumberOfMessagesVisible QueueName queue of the function",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what alarms watch (-want +got):\n%s", diff)
	}
}

// global are the types of resources that are in no Region.
var global = []string{"aws_iam_role", "aws_iam_role_policy"}

func TestModuleResources(t *testing.T) {
	files := terraform(t, full())
	m := newModule(t, files)
	for _, b := range m.blocks {
		if b.Type == "provider" {
			t.Error("a module that others call has a provider of its own")
		}
	}
	inPolicies := []string{"aws_sns_topic_policy", "aws_sqs_queue_policy", "aws_s3_bucket_policy", "aws_iam_role_policy"}
	for _, r := range m.resources("") {
		name := r.Labels[0] + "." + r.Labels[1]
		region := source(files, r.Body, "region")
		if isGlobal := slices.Contains(global, r.Labels[0]); isGlobal == (region == "var.region") {
			t.Errorf("%s is in the Region %q", name, region)
		}
		// A name is generated, or begins with what was, or is that of a thing whose name was.
		for _, attribute := range []string{"name", "name_prefix", "bucket_prefix", "function_name", "alarm_name"} {
			text := source(files, r.Body, attribute)
			if text != "" && !strings.Contains(text, "var.name_prefix") && !strings.Contains(text, "aws_") && text != "each.value.name" && !slices.Contains(inPolicies, r.Labels[0]) {
				t.Errorf("%s is named %s", name, text)
			}
		}
		if r.Labels[0] == "aws_cloudwatch_metric_alarm" && source(files, r.Body, "alarm_actions") != "[local.alarm_topic]" {
			t.Errorf("%s tells %s", name, source(files, r.Body, "alarm_actions"))
		}
	}
}

// The policies of the module allow what those of the template do.
func TestModulePolicies(t *testing.T) {
	files := terraform(t, full())
	m := newModule(t, files)
	statements := 0
	for _, b := range m.blocks {
		if b.Type != "data" || b.Labels[0] != "aws_iam_policy_document" {
			continue
		}
		for _, st := range b.Body.Blocks {
			if st.Type != "statement" || source(files, st.Body, "effect") == `"Deny"` {
				continue
			}
			statements++
			where := "policy " + b.Labels[1] + ", " + source(files, st.Body, "sid")
			actions, resources := source(files, st.Body, "actions"), source(files, st.Body, "resources")
			principals := source(files, st.Body, "principals", "identifiers")
			isKey := strings.Contains(b.Labels[1], "key")
			delegates := isKey && strings.Contains(principals, ":root")
			if strings.Contains(actions, `:*"`) && !delegates || strings.Contains(actions, `"*"`) {
				t.Errorf("%s allows everything: %s", where, actions)
			}
			if strings.Contains(resources, `"*"`) && !isKey {
				t.Errorf("%s allows something on everything", where)
			}
			if strings.Contains(principals, "*") {
				t.Errorf("%s allows something to %s", where, principals)
			}
			if strings.Contains(principals, "events.amazonaws.com") && b.Labels[1] == "topic" && len(st.Body.Blocks) != 1 {
				t.Errorf("%s has a condition, which EventBridge would not meet", where)
			}
		}
	}
	if statements < 12 {
		t.Errorf("only %d statements were looked at", statements)
	}
	queue := newDocument(t, files, m, "dead_letters")
	if want := "[for rule in aws_cloudwatch_event_rule.rule : rule.arn]"; queue != want {
		t.Errorf("the queue takes messages of %s, want %s", queue, want)
	}
}

// newDocument returns the values of the condition of a policy's first statement.
func newDocument(t *testing.T, files []deploy.File, m *module, name string) string {
	for _, b := range m.blocks {
		if b.Type == "data" && b.Labels[1] == name {
			return source(files, b.Body, "statement", "condition", "values")
		}
	}
	t.Errorf("there is no policy %s", name)
	return ""
}

// References lead somewhere; variables and outputs are described, and all variables are used.
func TestModuleIsWhole(t *testing.T) {
	for name, s := range stacks(t) {
		t.Run(name, func(t *testing.T) {
			m := newModule(t, terraform(t, s))
			declared := make(map[string]bool)
			for _, b := range m.blocks {
				if name := address(b); name != "" {
					declared[name] = true
				}
				if b.Type == "locals" {
					for a := range b.Body.Attributes {
						declared["local."+a] = true
					}
				}
				if b.Type == "variable" || b.Type == "output" {
					if b.Body.Attributes["description"] == nil {
						t.Errorf("%s %s is not described", b.Type, b.Labels[0])
					}
				}
			}
			used := make(map[string]bool)
			for _, b := range m.blocks {
				for name := range moduleReferences(b) {
					used[name] = true
					if !declared[name] {
						t.Errorf("%s %v refers to %s, which is not there", b.Type, b.Labels, name)
					}
				}
			}
			for name := range declared {
				if (strings.HasPrefix(name, "var.") || strings.HasPrefix(name, "local.") || strings.HasPrefix(name, "data.")) && !used[name] {
					t.Errorf("nothing refers to %s", name)
				}
			}
		})
	}
}
