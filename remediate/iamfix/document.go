package iamfix

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// A verdict says how much a policy's document gives. The order is ascending.
type verdict int

const (
	harmless   verdict = iota
	suspect            // perhaps too much: people must look
	dangerous          // control of IAM, and so of the account
	everything         // every action on every resource
)

// An assessment is what can be told of a policy's document by itself.
type assessment struct {
	verdict verdict
	denies  bool // it has statements that deny, so that it is also a protection
}

// statement is one of a policy's document.
type statement struct {
	Effect                                   string
	Action, NotAction, Resource, NotResource oneOrMore[string]
	Condition                                map[string]any
}

// assess returns what a policy's document gives in the partition and account of e. A statement that
// gives control under a condition, or with exceptions, is suspect: a condition can be one that always
// holds.
func assess(document string, e entity) assessment {
	var doc struct{ Statement oneOrMore[statement] }
	if json.Unmarshal([]byte(document), &doc) != nil {
		return assessment{suspect, true}
	}
	var a assessment
	for _, s := range doc.Statement {
		if strings.EqualFold(s.Effect, "Deny") {
			a.denies = true
			continue
		}
		a.verdict = max(a.verdict, s.verdict(e))
	}
	return a
}

// unheard is the name of an action and of a resource that there are not, so that only a wildcard
// matches it.
const unheard = "Unheard0f"

// escalations are the actions of IAM by each of which one who has it can give himself any other.
var escalations = []string{
	"iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey",
	"iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:PutGroupPolicy", "iam:PutRolePolicy", "iam:PutUserPolicy",
	"iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile",
}

func (s statement) verdict(e entity) verdict {
	if len(s.Action) == 0 && len(s.NotAction) == 0 || len(s.Resource) == 0 && len(s.NotResource) == 0 {
		return harmless // a trust policy, which says who may and not what
	}
	all := anyMatches(s.Resource, unheard)
	some := all
	for _, kind := range []string{kindUser, kindRole, kindGroup, kindPolicy} {
		some = some || anyMatches(s.Resource, "arn:"+e.partition+":iam::"+e.account+":"+kind+"/"+unheard)
	}
	if len(s.NotResource) > 0 {
		all, some = true, true
	}
	v := harmless
	switch {
	case !some:
		return harmless
	case len(s.NotAction) > 0:
		v = suspect
	case all && anyMatches(s.Action, unheard+":"+unheard):
		v = everything
	case anyMatches(s.Action, "iam:"+unheard):
		v = dangerous
	default:
		for _, action := range escalations {
			if anyMatches(s.Action, action) {
				v = suspect
			}
		}
	}
	if len(s.Condition) > 0 || len(s.NotResource) > 0 {
		v = min(v, suspect)
	}
	return v
}

func anyMatches(patterns []string, text string) bool {
	for _, p := range patterns {
		if wildcard(strings.ToLower(p), strings.ToLower(text)) {
			return true
		}
	}
	return false
}

// wildcard reports whether the pattern, in which "*" stands for any characters and "?" for any one, is
// the text. It takes no more steps than the product of both lengths.
func wildcard(pattern, text string) bool {
	var p, t int
	star, resume := -1, 0 // where to go on when what follows the last star does not fit
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			resume++
			p, t = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// decodeDocument returns a policy's document as it was put: IAM sends it percent-encoded, as RFC 3986
// has it, in which "+" is no space.
func decodeDocument(encoded *string) (string, error) {
	if encoded == nil || *encoded == "" {
		return "", errors.New("IAM returned no document")
	}
	document, err := url.PathUnescape(*encoded)
	switch {
	case err != nil:
		return "", fmt.Errorf("IAM returned a document that is not percent-encoded: %w", err)
	case !utf8.ValidString(document):
		return "", errors.New("IAM returned a document that is not UTF-8") // a plan could not hold it as it is
	}
	return document, nil
}

// sameJSON reports whether two texts are the same JSON but for white space between its parts.
func sameJSON(a, b string) bool {
	compactA, errA := json.Marshal(json.RawMessage(a))
	compactB, errB := json.Marshal(json.RawMessage(b))
	return a == b || errA == nil && errB == nil && string(compactA) == string(compactB)
}

// oneOrMore is a list in a policy, where one element may stand without brackets.
type oneOrMore[T any] []T

// UnmarshalJSON implements [json.Unmarshaler].
func (l *oneOrMore[T]) UnmarshalJSON(text []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
		return json.Unmarshal(text, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*l = oneOrMore[T]{one}
	return nil
}
