package deploy

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/countertrail/countertrail/rule"
)

// maxRules is how many rules the policy of the dead-letter queue can name, with names as long as they
// may be.
const maxRules = 50

// Check reports whether s can be deployed: whether there are rules, each with an id of its own and a
// pattern, in a state and in Regions that can be; whether the names of their resources differ; and
// whether what the function needs is within Lambda's and IAM's limits. The error tells everything
// that is wrong, a problem a line, each with the field that it is about.
func (s *Stack) Check() error {
	c := checker{names: make(map[string]string)}
	c.require(len(s.Rules) > 0, "Rules", "there are none")
	c.require(len(s.Rules) <= maxRules, "Rules", "%d are more than the policy of the dead-letter queue can name, which is %d; use several stacks",
		len(s.Rules), maxRules)
	for i, r := range s.Rules {
		c.rule(fmt.Sprintf("Rules[%d]", i), r)
	}
	if s.Function != nil {
		c.function("Function", s.Function, s.Rules)
	}
	return errors.Join(c.errs...)
}

// A checker collects what is wrong.
type checker struct {
	names map[string]string // ids of rules by the names of their resources
	errs  []error
}

func (c *checker) require(ok bool, path, format string, args ...any) {
	if !ok {
		c.errs = append(c.errs, fmt.Errorf("deploy: %s: %s", path, fmt.Sprintf(format, args...)))
	}
}

var regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)

func (c *checker) rule(path string, r rule.Rule) {
	if r.ID == "" {
		c.require(false, path+".ID", "missing")
		return
	}
	path = fmt.Sprintf("%s (%q)", path, r.ID)
	name := logicalID(r.ID)
	other, taken := c.names[name]
	c.require(name != "Rule", path+".ID", "has no letter and no digit, so its resources cannot be named")
	c.require(!taken || other != r.ID, path+".ID", "is the id of two rules")
	c.require(!taken || other == r.ID, path+".ID", "its resources would be named %s, as those of %q are", name, other)
	c.require(len(name) <= maxLogicalID, path+".ID", "the name of its resources would have %d characters; %d are allowed", len(name), maxLogicalID)
	c.names[name] = r.ID
	c.require(r.Pattern.String() != "", path+".Pattern", "missing")
	c.require(rule.Info <= r.Severity && r.Severity <= rule.Critical, path+".Severity", "no severity %d", int(r.Severity))
	switch stateOf(r) {
	case rule.Enabled, rule.EnabledAll, rule.Disabled:
	default:
		c.require(false, path+".State", "no state %q", r.State)
	}
	for i, region := range r.Regions {
		c.require(regionName.MatchString(region), fmt.Sprintf("%s.Regions[%d]", path, i), "%q is not the name of a Region", region)
		c.require(!slices.Contains(r.Regions[:i], region), fmt.Sprintf("%s.Regions[%d]", path, i), "%s is there twice", region)
	}
}

// maxLogicalID leaves room for what is added to the name of a rule's resources, out of 255.
const maxLogicalID = 200

// logDays are the retentions that CloudWatch Logs knows, in days.
var logDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// What a function can have.
const (
	maxFunctionRules = 35    // its policy has at most 20 KB, and a statement of half of one for each rule
	maxRolePolicies  = 10240 // characters in the inline policies of a role
	ownPolicies      = 1500  // of those, what its own work takes at the most
	maxVariables     = 4096  // bytes in names and values of environment variables
)

func (c *checker) function(path string, f *Function, rules []rule.Rule) {
	c.require(len(f.Rules) > 0, path+".Rules", "there are none, so it would get no events")
	c.require(len(f.Rules) <= maxFunctionRules, path+".Rules", "%d are more than its policy can name, which is %d", len(f.Rules), maxFunctionRules)
	for i, id := range f.Rules {
		at := fmt.Sprintf("%s.Rules[%d]", path, i)
		known := slices.ContainsFunc(rules, func(r rule.Rule) bool { return r.ID == id })
		c.require(known, at, "no rule of the stack has the id %q", id)
		c.require(!slices.Contains(f.Rules[:i], id), at, "%q is there twice", id)
	}
	sids := make(map[string]bool)
	for i, st := range f.Reads {
		c.statement(fmt.Sprintf("%s.Reads[%d]", path, i), st, sids)
	}
	for i, st := range f.Writes {
		c.statement(fmt.Sprintf("%s.Writes[%d]", path, i), st, sids)
	}
	size := policySize(f.Reads) + policySize(f.Writes) + ownPolicies
	c.require(size <= maxRolePolicies, path, "the policies of its role would have about %d characters; IAM allows %d", size, maxRolePolicies)
	c.variables(path, f)
	c.require(f.Memory == 0 || 128 <= f.Memory && f.Memory <= 10240, path+".Memory", "%d is not in 128 to 10240", f.Memory)
	c.require(f.Timeout == 0 || time.Second <= f.Timeout && f.Timeout <= 15*time.Minute && f.Timeout%time.Second == 0, path+".Timeout",
		"%s is not a number of whole seconds up to 15 minutes", f.Timeout)
	c.require(-1 <= f.Concurrency && f.Concurrency <= 1000, path+".Concurrency", "%d is not in -1 to 1000", f.Concurrency)
	c.require(f.LogDays == 0 || slices.Contains(logDays, f.LogDays), path+".LogDays", "CloudWatch Logs does not know a retention of %d days", f.LogDays)
}

var (
	sidName      = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	actionName   = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+$`)
	variableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]+$`)
)

// ownSids are those that the role's policy has anyway.
var ownSids = []string{"Log", "DeadLetters", "Tell", "EncryptWhatIsTold"}

func (c *checker) statement(path string, st Statement, sids map[string]bool) {
	c.require(sidName.MatchString(st.Sid), path+".Sid", "%q is not letters and digits", st.Sid)
	c.require(!sids[st.Sid] && !slices.Contains(ownSids, st.Sid), path+".Sid", "%q is there twice", st.Sid)
	sids[st.Sid] = true
	c.require(len(st.Actions) > 0, path+".Actions", "there are none")
	for i, a := range st.Actions {
		c.require(actionName.MatchString(a), fmt.Sprintf("%s.Actions[%d]", path, i), "%q is not an IAM action without wildcards", a)
	}
	c.require(len(st.Resources) > 0, path+".Resources", "there are none")
	for i, r := range st.Resources {
		c.require(r == "*" || isARN(r), fmt.Sprintf("%s.Resources[%d]", path, i), `%q is neither an ARN nor "*"`, r)
	}
}

// policySize returns the most characters that statements take in a policy.
func policySize(list []Statement) int {
	where := strings.NewReplacer("{partition}", "aws-us-gov", "{region}", "ap-southeast-99", "{account}", "123456789012")
	size := 0
	for _, st := range list {
		size += len(`{"Sid":"","Effect":"Allow","Action":[],"Resource":[]},`) + len(st.Sid)
		for _, s := range slices.Concat(st.Actions, st.Resources) {
			size += len(`"",`) + len(where.Replace(s))
		}
	}
	return size
}

// isARN reports whether s can stand for resources in a policy. No ARN has two braces together, with
// which CloudFormation would begin to resolve a reference.
func isARN(s string) bool {
	return strings.HasPrefix(s, "arn:") && strings.Count(s, ":") >= 5 && line(s, len(s)) == s && !strings.ContainsAny(s, " \"\\")
}

func (c *checker) variables(path string, f *Function) {
	const longestARN = 140 // of the topic or the role
	seen := make(map[string]bool)
	size := 0
	check := func(path, name string) {
		size += len(name) + longestARN
		c.require(variableName.MatchString(name), path, "%q is not the name of an environment variable", name)
		upper := strings.ToUpper(name)
		c.require(!strings.HasPrefix(upper, "AWS_") && !strings.HasPrefix(upper, "LAMBDA_"), path, "%q is reserved by Lambda", name)
		c.require(!seen[name], path, "%q is there twice", name)
		seen[name] = true
	}
	for _, v := range []struct{ field, name string }{
		{"TopicVariable", f.TopicVariable}, {"RoleVariable", f.RoleVariable}, {"ModeVariable", f.ModeVariable},
	} {
		if v.name != "" {
			check(path+"."+v.field, v.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Variables)) {
		at := fmt.Sprintf("%s.Variables[%q]", path, name)
		check(at, name)
		size += len(f.Variables[name]) - longestARN
		c.require(!strings.Contains(f.Variables[name], "{{resolve:"), at, "CloudFormation would resolve the reference in its value")
	}
	c.require(size <= maxVariables, path+".Variables", "they would have %d bytes; Lambda allows %d", size, maxVariables)
}
