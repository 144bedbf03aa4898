package sns

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/countertrail/countertrail/notify"
)

// maxSubject is the length of the longest subject: SNS wants fewer than 100 characters.
const maxSubject = 99

// subject returns the headline of m as the subject of an e-mail. SNS used to want subjects in
// printable ASCII that begin with a letter, a digit or punctuation, and now takes UTF-8 without line
// breaks; this is right under both rules. What is not ASCII becomes a question mark: the message has
// it in full.
func subject(m *notify.Message) string {
	for width := maxSubject; ; width-- {
		if s := ascii(notify.Headline(m, width)); len(s) <= maxSubject {
			return s
		}
	}
}

// ascii returns clean text in printable ASCII.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '…':
			b.WriteString("...")
		case r < ' ' || r > '~':
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// maxID is the length of the longest group id.
const maxID = 128

// groupID returns the group in which a FIFO topic keeps messages in order: one for each rule in each
// account. Two groups that come out as one do no harm.
func groupID(m *notify.Message) string {
	id := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, m.Account+"/"+m.RuleID)
	return id[:min(len(id), maxID)]
}

// deduplicationID returns what makes a FIFO topic drop a message: the same finding and the same
// outcomes. The key alone would not do, since a message that says what is planned would swallow the
// one that says what was done.
func deduplicationID(m *notify.Message) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q", m.Key)
	for _, a := range m.Actions {
		fmt.Fprintf(h, "%q%q", a.Remediator, a.Outcome)
	}
	return hex.EncodeToString(h.Sum(nil))
}
