package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/countertrail/countertrail/pattern"
)

// A Tuning narrows rules to what people want to hear of, without anybody editing their patterns. The
// zero value changes nothing. The result is a pattern that EventBridge takes, so that what is
// tuned out is not delivered, nor paid for.
//
// An exclusion leaves out only events that say what is excluded: one that lacks the field, or has
// null there, still matches. Excluding is trusting, so nothing here goes by what callers write
// themselves, such as the user agent. A Tuning is safe for concurrent use.
type Tuning struct {
	// ExcludePrincipals are the ARNs of those whose calls do not count. The ARN of a role, with its
	// path, stands for all its sessions; that of a user for the user; "arn:aws:iam::123456789012:root"
	// for root; and that of a session, as in "arn:aws:sts::123456789012:assumed-role/ops/alice", for the
	// sessions of this name. A star stands for any text: "arn:aws:iam::*:role/aws-service-role/*".
	ExcludePrincipals []string

	// ExcludeServices are services whose calls on somebody's behalf do not count, such as
	// "cloudformation.amazonaws.com" (userIdentity.invokedBy); "*" stands for all. What somebody does
	// by way of such a service does not count either, so think of it before it is CloudFormation.
	ExcludeServices []string

	// ExcludeFailed leaves out calls that failed, and failed sign-ins.
	ExcludeFailed bool

	// ExcludeReadOnly leaves out calls that only read. A rule that needed the state [EnabledAll] then
	// needs [Enabled] only, and gets it.
	ExcludeReadOnly bool

	// Accounts are the only accounts whose events count, by their twelve digits; none means all. It
	// is the account on whose event bus an event arises, not that of the caller.
	Accounts []string

	// Regions are the only Regions whose events count; none means all. They become the rule's
	// [Rule.Regions], as far as its events arrive there.
	Regions []string

	// MaxLength is the length, in characters, that a pattern must not exceed. Zero means 2048, which
	// is what EventBridge allows unless an account's quota has been raised; no more than 4096 is
	// possible.
	MaxLength int
}

// defaultMaxLength is the default quota of EventBridge for the characters of a pattern.
const defaultMaxLength = 2048

// Apply returns r with a pattern that is as much narrower as t says; everything else stays, but for
// what t says about State and Regions. It is an error if something in t has a wrong form, if
// nothing is left that would match, if the pattern is too long then, or if what it says already
// about a field cannot be joined with what t wants in one list of alternatives; the error names
// the field.
func (t Tuning) Apply(r Rule) (Rule, error) {
	tuned, err := t.apply(&r)
	if err != nil {
		return Rule{}, fmt.Errorf("rule: tuning %q: %w", r.ID, err)
	}
	return tuned, nil
}

func (t Tuning) apply(r *Rule) (Rule, error) {
	conditions, err := t.conditions()
	if err != nil {
		return Rule{}, err
	}
	tuned := r.Clone()
	if len(conditions) == 0 {
		return tuned, nil
	}
	if r.Pattern == nil {
		return Rule{}, errors.New("the rule has no pattern")
	}
	root, err := parseTree(r.Pattern.String())
	if err != nil {
		return Rule{}, err
	}
	for _, c := range conditions {
		if err := root.narrow(c.path, c.list); err != nil {
			return Rule{}, fmt.Errorf("%s: %s: %w", c.option, c.path, err)
		}
	}
	if tuned.Pattern, err = t.compile(root.String()); err != nil {
		return Rule{}, err
	}
	if len(t.Regions) > 0 {
		if tuned.Regions = t.common(r.Regions); len(tuned.Regions) == 0 {
			return Rule{}, wrong("Regions", "the rule's events arrive in %s only", strings.Join(r.Regions, ", "))
		}
	}
	if t.ExcludeReadOnly {
		if tuned.State == EnabledAll {
			tuned.State = Enabled
		}
		if readsOnly(root, tuned.Pattern) {
			return Rule{}, wrong("ExcludeReadOnly", "the rule would never match: all calls that it asks for only read")
		}
	}
	return tuned, nil
}

// wrong says what is wrong with an option.
func wrong(option, format string, args ...any) error {
	return fmt.Errorf("%s: %w", option, fmt.Errorf(format, args...))
}

// compile compiles the text of a tuned pattern.
func (t Tuning) compile(text string) (*pattern.Pattern, error) {
	limit := t.MaxLength
	if limit == 0 {
		limit = defaultMaxLength
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return nil, fmt.Errorf("the pattern would have %d characters, and %d are allowed", n, limit)
	}
	p, err := pattern.Compile(text)
	if err != nil {
		return nil, err
	}
	var never *pattern.UnsatisfiableError
	if _, err := p.Sample(nil); errors.As(err, &never) {
		return nil, fmt.Errorf("the rule would never match: %s", strings.TrimPrefix(never.Error(), "pattern: "))
	}
	return p, nil
}

// common returns those of regions that t leaves, all of t's if regions are not limited.
func (t Tuning) common(regions []string) []string {
	if len(regions) == 0 {
		return slices.Clone(t.Regions)
	}
	return slices.DeleteFunc(slices.Clone(regions), func(s string) bool { return !slices.Contains(t.Regions, s) })
}

// readsOnly reports whether every call that a pattern names is one of those that only read.
func readsOnly(root *tree, p *pattern.Pattern) bool {
	names := root.find("detail.eventName")
	if len(names) != 1 {
		return false
	}
	withheld := 0
	for _, w := range p.Lint(nil) {
		if w.Code == pattern.LintReadOnly && w.Path == "detail.eventName" {
			withheld++
		}
	}
	return withheld == len(*names[0])
}

// A condition is a list of alternatives of which one must hold for a field.
type condition struct {
	option string // of Tuning, for errors
	path   string
	list   []string // JSON
}

// absent are the alternatives for a field of which nothing is said.
var absent = []string{"null", `{"exists":false}`}

// conditions returns what t adds to a pattern.
func (t Tuning) conditions() ([]condition, error) {
	all, err := t.principals()
	if err != nil {
		return nil, err
	}
	services, err := t.services()
	if err != nil {
		return nil, err
	}
	all = append(all, services...)
	if t.ExcludeFailed {
		all = append(all, condition{"ExcludeFailed", "detail.errorCode", absent}, condition{"ExcludeFailed", "detail.errorMessage", absent})
	}
	if t.ExcludeReadOnly {
		all = append(all, condition{"ExcludeReadOnly", "detail.readOnly", append([]string{"false"}, absent...)})
	}
	for _, s := range t.Accounts {
		if !accountID.MatchString(s) {
			return nil, wrong("Accounts", "%q is not twelve digits", s)
		}
	}
	for _, s := range t.Regions {
		if !isName(s) {
			return nil, wrong("Regions", "%q is not a Region", s)
		}
	}
	if len(t.Accounts) > 0 {
		all = append(all, condition{"Accounts", "account", quoted(t.Accounts)})
	}
	if len(t.Regions) > 0 {
		all = append(all, condition{"Regions", "region", quoted(t.Regions)})
	}
	return all, nil
}

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// principals returns the conditions of ExcludePrincipals. The role of a session is in another field
// than the session.
func (t Tuning) principals() ([]condition, error) {
	var roles, others []string
	for _, s := range t.ExcludePrincipals {
		part := strings.SplitN(s, ":", 6)
		if len(part) != 6 || part[0] != "arn" || part[4] == "" {
			return nil, wrong("ExcludePrincipals", "%q is not the ARN of a principal", s)
		}
		kind, name, _ := strings.Cut(part[5], "/")
		switch service := part[2]; {
		case service == "iam" && kind == "role" && name != "":
			roles = append(roles, s)
		case service == "iam" && (kind == "user" && name != "" || part[5] == "root"),
			service == "sts" && kind == "federated-user" && name != "",
			service == "sts" && kind == "assumed-role" && (strings.Contains(name, "/") || strings.HasSuffix(name, "*")):
			others = append(others, s)
		case service == "sts" && kind == "assumed-role":
			return nil, wrong("ExcludePrincipals", "%q names no session; for all sessions of a role give the role's own ARN, with its path", s)
		default:
			return nil, wrong("ExcludePrincipals", "%q is not the ARN of a role, user, session or root", s)
		}
	}
	var all []condition
	if len(others) > 0 {
		all = append(all, condition{"ExcludePrincipals", "detail.userIdentity.arn", except(others)})
	}
	if len(roles) > 0 {
		all = append(all, condition{"ExcludePrincipals", "detail.userIdentity.sessionContext.sessionIssuer.arn", except(roles)})
	}
	return all, nil
}

// services returns the condition of ExcludeServices.
func (t Tuning) services() ([]condition, error) {
	if len(t.ExcludeServices) == 0 {
		return nil, nil
	}
	list := absent
	if !slices.Contains(t.ExcludeServices, "*") {
		for _, s := range t.ExcludeServices {
			if !isName(s) || !strings.Contains(s, ".") || strings.Contains(s, "*") {
				return nil, wrong("ExcludeServices", "%q is not the name of a service, such as cloudformation.amazonaws.com", s)
			}
		}
		list = except(t.ExcludeServices)
	}
	return []condition{{"ExcludeServices", "detail.userIdentity.invokedBy", list}}, nil
}

// except returns the alternatives for a field that is none of some texts, in which a star is any text.
// That a text is missing is no reason to leave an event out; anything-but takes null by itself.
func except(texts []string) []string {
	var but exclusion
	if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, "*") }) {
		but.operator = "wildcard"
	}
	for _, s := range texts {
		if but.operator == "wildcard" {
			s = strings.ReplaceAll(s, `\`, `\\`)
		}
		but.add(jsonText(s))
	}
	return []string{but.String(), `{"exists":false}`}
}

func quoted(texts []string) []string {
	list := make([]string, len(texts))
	for i, s := range texts {
		list[i] = jsonText(s)
	}
	return list
}

// jsonText returns s as JSON, without the escapes that are for HTML.
func jsonText(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("rule: " + err.Error()) // a string always has a form
	}
	return strings.TrimSuffix(b.String(), "\n")
}
