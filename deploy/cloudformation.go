package deploy

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/countertrail/countertrail/rule"
)

// templates are the parts of the output that do not depend on the Stack.
//
//go:embed templates
var templates embed.FS

// A Format is a notation of CloudFormation templates.
type Format int

// The formats. A template says the same in both.
const (
	YAML Format = iota
	JSON
)

// maxTemplate is how many bytes CloudFormation takes of a template that is in a bucket. Its limit of
// 500 resources is out of reach of the rules that a Stack can have.
const maxTemplate = 1_000_000

// CloudFormation returns a template. It is the same, byte for byte, for the same Stack.
//
// The error is that of [Stack.Check], or says that the template would be too large or that there is
// no such format.
func (s *Stack) CloudFormation(f Format) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	s = s.withDefaults()
	root := s.template()
	var data []byte
	var err error
	switch f {
	case YAML:
		data, err = encodeYAML(root)
	case JSON:
		data, err = encodeJSON(root)
	default:
		err = fmt.Errorf("no format %d", int(f))
	}
	if err != nil {
		return nil, fmt.Errorf("deploy: %w", err)
	}
	if len(data) > maxTemplate {
		return nil, fmt.Errorf("deploy: the template has %d bytes; CloudFormation allows %d", len(data), maxTemplate)
	}
	return data, nil
}

// template returns the whole template of s, which has its defaults.
func (s *Stack) template() *yaml.Node {
	root := mapping()
	rules := s.ruleResources()
	s.addPart(root, "alerts.yaml", map[string]*yaml.Node{
		"description": stringNode(s.Description),
		"rule-arns":   s.ruleARNs(),
	})
	addAll(root, "Conditions", s.regionConditions())
	addAll(root, "Resources", rules)
	if s.Function != nil {
		s.addPart(root, "function.yaml", s.Function.inserts())
	}
	if s.Trail {
		s.addPart(root, "trail.yaml", nil)
	}
	return root
}

// addPart adds the sections of an embedded template to root.
func (s *Stack) addPart(root *yaml.Node, name string, values map[string]*yaml.Node) {
	part := fill(parseTemplate(name), values)
	for i := 0; i+1 < len(part.Content); i += 2 {
		section, content := part.Content[i].Value, part.Content[i+1]
		if member(root, section) == nil {
			addMember(root, section, content)
		} else {
			addAll(root, section, content)
		}
	}
}

// addAll adds the members of content to a section of root.
func addAll(root *yaml.Node, section string, content *yaml.Node) {
	to := member(root, section)
	to.Content = append(to.Content, content.Content...)
}

// ruleResources returns the resources of all rules.
func (s *Stack) ruleResources() *yaml.Node {
	general, forFunction := parseTemplate("rule.yaml"), parseTemplate("function_rule.yaml")
	all := mapping()
	for _, r := range s.Rules {
		id := logicalID(r.ID)
		description := ruleDescription(r)
		paths := mapping()
		for _, p := range messagePaths {
			addMember(paths, p[0], stringNode(p[1]))
		}
		resources := fill(general, map[string]*yaml.Node{
			"rule":          ref(id),
			"description":   stringNode(description),
			"state":         stringNode(string(stateOf(r))),
			"pattern":       patternNode(r.Pattern),
			"message":       stringNode(message(r)),
			"message-paths": paths,
			"failed":        stringNode(line("Events of a rule did not reach a target: "+description, maxAlarmDescription)),
			"lost": stringNode(line("Events of a rule reached neither a target nor the dead-letter queue: "+description,
				maxAlarmDescription)),
		})
		if s.answers(r) {
			extra := fill(forFunction, map[string]*yaml.Node{"rule-arn": getAtt(id + ".Arn")})
			targets := member(member(member(resources, "Rule"), "Properties"), "Targets")
			targets.Content = append(targets.Content, member(extra, "Target"))
			addMember(resources, "Invoke", member(extra, "Invoke"))
		}
		for i := 0; i+1 < len(resources.Content); i += 2 {
			name, resource := resources.Content[i].Value, resources.Content[i+1]
			if len(r.Regions) > 0 {
				resource.Content = slices.Insert(resource.Content, 2, scalar("!!str", "Condition"), stringNode(regionCondition(id)))
			}
			addMember(all, id+strings.TrimPrefix(name, "Rule"), resource)
		}
	}
	return all
}

// regionCondition names the condition that the Region is one of those of a rule.
func regionCondition(id string) string { return id + "ArrivesHere" }

// regionConditions returns the conditions of the rules whose events arrive in certain Regions only.
func (s *Stack) regionConditions() *yaml.Node {
	all := mapping()
	for _, r := range s.Rules {
		if len(r.Regions) > 0 {
			addMember(all, regionCondition(logicalID(r.ID)), oneOf(r.Regions))
		}
	}
	return all
}

// oneOf returns the condition that the Region is among those given. CloudFormation's Or takes two to
// ten, so more of them are nested.
func oneOf(regions []string) *yaml.Node {
	var conditions []*yaml.Node
	for _, region := range regions {
		conditions = append(conditions, call("!Equals", ref("AWS::Region"), stringNode(region)))
	}
	const most = 10
	for len(conditions) > most {
		n := len(conditions) - most
		conditions = append(conditions[:n:n], call("!Or", conditions[n:]...))
	}
	if len(conditions) == 1 {
		return conditions[0]
	}
	return call("!Or", conditions...)
}

// ruleARNs returns the ARNs of the rules that are deployed.
func (s *Stack) ruleARNs() *yaml.Node {
	all := sequence()
	for _, r := range s.Rules {
		id := logicalID(r.ID)
		arn := getAtt(id + ".Arn")
		if len(r.Regions) > 0 {
			arn = call("!If", stringNode(regionCondition(id)), arn, ref("AWS::NoValue"))
		}
		all.Content = append(all.Content, arn)
	}
	return all
}

// inserts returns what function.yaml leaves open.
func (f *Function) inserts() map[string]*yaml.Node {
	return map[string]*yaml.Node{
		"function-description": stringNode(f.Description),
		"memory":               intNode(f.Memory),
		"timeout":              intNode(int(f.Timeout.Seconds())),
		"concurrency":          intNode(f.Concurrency),
		"log-days":             intNode(f.LogDays),
		"variables":            f.variableNodes(),
		"policies":             f.policies(),
	}
}

func (f *Function) variableNodes() *yaml.Node {
	values := map[string]*yaml.Node{f.TopicVariable: ref("Topic"), f.RoleVariable: getAtt("FunctionRole.Arn"), f.ModeVariable: ref("Mode")}
	delete(values, "")
	for name, value := range f.Variables {
		values[name] = stringNode(value)
	}
	n := mapping()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		addMember(n, name, values[name])
	}
	return n
}

// policies returns the inline policies of the function's role.
func (f *Function) policies() *yaml.Node {
	work := []*yaml.Node{
		allow("Log", []string{"logs:CreateLogStream", "logs:PutLogEvents"}, getAtt("FunctionLogs.Arn")),
		allow("DeadLetters", []string{"sqs:SendMessage"}, getAtt("FunctionDeadLetters.Arn")),
	}
	if f.TopicVariable != "" {
		work = append(work,
			allow("Tell", []string{"sns:Publish"}, ref("Topic")),
			allow("EncryptWhatIsTold", []string{"kms:Decrypt", "kms:GenerateDataKey*"}, getAtt("Key.Arn")))
	}
	all := sequence(policy("Work", work...))
	if len(f.Reads) > 0 {
		all.Content = append(all.Content, policy("Read", statements(f.Reads)...))
	}
	if len(f.Writes) > 0 {
		all.Content = append(all.Content,
			call("!If", stringNode("Enforce"), policy("Write", statements(f.Writes)...), ref("AWS::NoValue")))
		all.Content[len(all.Content)-1].Style = 0 // in lines
	}
	return all
}

func policy(name string, statements ...*yaml.Node) *yaml.Node {
	document := mapping()
	addMember(document, "Version", stringNode("2012-10-17"))
	addMember(document, "Statement", sequence(statements...))
	n := mapping()
	addMember(n, "PolicyName", stringNode(name))
	addMember(n, "PolicyDocument", document)
	return n
}

func statements(list []Statement) []*yaml.Node {
	var all []*yaml.Node
	for _, s := range list {
		resources := sequence()
		for _, r := range s.Resources {
			resources.Content = append(resources.Content, resourceNode(r))
		}
		all = append(all, allow(s.Sid, s.Actions, resources))
	}
	return all
}

func allow(sid string, actions []string, resource *yaml.Node) *yaml.Node {
	n := mapping()
	addMember(n, "Sid", stringNode(sid))
	addMember(n, "Effect", stringNode("Allow"))
	addMember(n, "Action", stringNodes(actions))
	addMember(n, "Resource", resource)
	return n
}

// resourceNode returns the resource of a [Statement].
func resourceNode(resource string) *yaml.Node {
	if !strings.ContainsAny(resource, "{$") {
		return stringNode(resource)
	}
	n := stringNode(strings.NewReplacer(
		"${", "${!", // a variable of IAM, not of CloudFormation
		"{partition}", "${AWS::Partition}",
		"{region}", "${AWS::Region}",
		"{account}", "${AWS::AccountId}",
	).Replace(resource))
	n.Tag = "!Sub"
	return n
}

// answers reports whether the function gets the events of r.
func (s *Stack) answers(r rule.Rule) bool {
	return s.Function != nil && slices.Contains(s.Function.Rules, r.ID)
}

func stateOf(r rule.Rule) rule.State {
	if r.State == "" {
		return rule.Enabled
	}
	return r.State
}
