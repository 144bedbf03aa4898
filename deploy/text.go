package deploy

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countertrail/countertrail/rule"
)

// What AWS allows, in characters.
const (
	maxRuleDescription     = 512
	maxAlarmDescription    = 1024
	maxFunctionDescription = 256
	maxStackDescription    = 256 // 1,024 bytes
)

// line makes text fit to be shown in one line of at most limit characters: controls and runs of space
// become a space, and what is not seen or reverses the order of reading is dropped. "{{" is taken
// apart, with which CloudFormation would begin to resolve a secret.
func line(text string, limit int) string {
	var b strings.Builder
	var last rune
	for _, r := range strings.TrimSpace(text) {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			if last == ' ' {
				continue
			}
			r = ' '
		case unicode.Is(unicode.Cf, r) || r == utf8.RuneError:
			continue
		case r == '{' && last == '{':
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return cut(strings.TrimSpace(b.String()), limit)
}

// cut shortens text to limit characters, and shows that it did.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := []rune(text)
	return string(runes[:limit-3]) + "..."
}

// ruleDescription is what a rule is described as in AWS: what people search for and what they see.
func ruleDescription(r rule.Rule) string {
	return line(r.ID+" "+r.Title, maxRuleDescription)
}

// messagePaths are what of an event an alert tells, by the names in the template. Free text that the
// caller chose, such as the user agent, is left out: nothing of it is escaped on its way to a mail.
var messagePaths = [][2]string{
	{"account", "$.account"},
	{"actor", "$.detail.userIdentity.arn"},
	{"address", "$.detail.sourceIPAddress"},
	{"call", "$.detail.eventName"},
	{"error", "$.detail.errorCode"},
	{"id", "$.detail.eventID"},
	{"region", "$.region"},
	{"service", "$.detail.eventSource"},
	{"time", "$.time"},
	{"type", "$.detail-type"},
}

// templateText replaces what has a meaning in an input template. EventBridge reads a name in angle
// brackets as a value of the event, and each line as a quoted string.
var templateText = strings.NewReplacer("<", "(", ">", ")", `"`, "'", `\`, "/")

// message returns the input template of a rule's alerts. What the event lacks, EventBridge leaves
// blank.
func message(r rule.Rule) string {
	title := templateText.Replace(line(r.ID+" "+r.Title, maxRuleDescription))
	return `"` + title + ` (` + r.Severity.String() + `)"
"<call> of <service> by <actor> from <address>"
"Account <account>, Region <region>, <time>"
"Error: <error>"
"<type>, event <id>"`
}
