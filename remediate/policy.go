package remediate

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxSessionPolicy is how many characters AWS takes of an inline session policy, as the API
// reference of AssumeRole has it.
const maxSessionPolicy = 2048

// policy is an IAM policy document.
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid      string `json:",omitempty"`
	Effect   string
	Action   []string
	Resource []string
}

// ReadPolicy returns the IAM policy, as JSON, with all that the remediators need to plan and to
// verify, on every resource: which one an event will be about, nobody knows. It is what a role may
// have that only observes.
func ReadPolicy(remediators ...Remediator) ([]byte, error) {
	return specPolicy("CountertrailRead", remediators, func(s Spec) []string { return s.Reads })
}

// WritePolicy returns the IAM policy, as JSON, with what the remediators need to apply beside that of
// [ReadPolicy].
func WritePolicy(remediators ...Remediator) ([]byte, error) {
	return specPolicy("CountertrailWrite", remediators, func(s Spec) []string { return s.Writes })
}

func specPolicy(sid string, remediators []Remediator, actions func(Spec) []string) ([]byte, error) {
	var all []string
	for _, r := range remediators {
		all = append(all, actions(r.Spec())...)
	}
	slices.Sort(all)
	return render(statement{Sid: sid, Action: slices.Compact(all), Resource: []string{"*"}})
}

// SessionPolicy returns the IAM policy, as JSON, for a session in which r applies p and can do nothing
// else: the actions of p's steps on their resources, without those of suggestions, and r's reads. It
// is passed when the role is assumed, and AWS allows what both it and the role's own policies allow,
// so that not even a mistake of the remediator reaches beyond the plan. Actions for which IAM may know
// no resource, those on AWS Config's channel and recorder, are allowed on any: an account has one of
// each in a Region. An action that needs another permission beside its own, such as iam:PassRole, is
// not served.
//
// It is an error if p has no such step, or if the policy is longer than the 2,048 characters that
// AWS takes.
func SessionPolicy(r Remediator, p *Plan) ([]byte, error) {
	resources := make(map[string][]string) // by action
	var actions []string
	for _, s := range p.Automatic().Steps {
		if resources[s.Action] == nil {
			actions = append(actions, s.Action)
		}
		arn := literalARN(s.Resource)
		if onAnyResource[s.Action] {
			arn = "*"
		}
		if !slices.Contains(resources[s.Action], arn) {
			resources[s.Action] = append(resources[s.Action], arn)
		}
	}
	if len(actions) == 0 {
		return nil, fmt.Errorf("remediate: the plan of %s applies nothing", p.Remediator)
	}
	var statements []statement
	for _, a := range actions {
		statements = append(statements, statement{Action: []string{a}, Resource: resources[a]})
	}
	if reads := r.Spec().Reads; len(reads) > 0 {
		statements = append(statements, statement{Action: reads, Resource: []string{"*"}})
	}
	text, err := render(statements...)
	if err != nil {
		return nil, err
	}
	if len(text) > maxSessionPolicy {
		return nil, fmt.Errorf("remediate: the session policy of the plan of %s has %d characters, and AWS takes %d", p.Remediator, len(text), maxSessionPolicy)
	}
	return text, nil
}

// onAnyResource has the actions of built-in remediators that the Service Authorization Reference lists,
// or used to list, without a resource type.
var onAnyResource = map[string]bool{
	"config:DeleteDeliveryChannel":      true,
	"config:PutConfigurationRecorder":   true,
	"config:PutDeliveryChannel":         true,
	"config:StartConfigurationRecorder": true,
	"config:StopConfigurationRecorder":  true,
}

// literalARN returns an element of Resource that stands for the one ARN, in which "*", "?" and "$"
// mean no more than themselves: see "IAM policy elements: Variables and tags" of the IAM User Guide.
func literalARN(arn string) string {
	return strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(arn)
}

// actionSyntax is that of one IAM action; a wildcard would allow more than was declared.
var actionSyntax = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+$`)

// render returns the policy that allows the statements. Sid is left out where it is empty.
func render(statements ...statement) ([]byte, error) {
	for i := range statements {
		s := &statements[i]
		s.Effect = "Allow"
		for _, a := range s.Action {
			if !actionSyntax.MatchString(a) {
				return nil, fmt.Errorf("remediate: %.100q is not an IAM action", a)
			}
		}
		for _, arn := range s.Resource {
			if _, ok := arnAccount(arn); !ok && arn != "*" {
				return nil, fmt.Errorf("remediate: %.200q is not an ARN", arn)
			}
		}
	}
	statements = slices.DeleteFunc(statements, func(s statement) bool { return len(s.Action) == 0 })
	if len(statements) == 0 {
		return nil, fmt.Errorf("remediate: no actions, and IAM takes no policy without any")
	}
	return json.Marshal(policy{Version: "2012-10-17", Statement: statements})
}
